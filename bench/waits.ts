// The wait that customers are told beside the wait that they had: a month of arrivals at three loads. `node bench/waits.ts [days]`.
import { playShop, table } from '../test/simulation/waits.ts'

const days = Number(process.argv[2] ?? 30)
const seed = Number(process.env.FRONTDESK_SEED ?? 20261127)
;[0.75, 0.9, 1.05].forEach((load, n) => {
  const [head = '', rule = '', row = ''] = table([playShop({ days, load, seed: seed + n })]).split('\n')
  process.stdout.write(`${n === 0 ? `${head}\n${rule}\n` : ''}${row}\n`)
})
