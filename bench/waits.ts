// The wait that customers are told beside the wait that they had: a month of arrivals at three loads. `npm run bench:waits`.
import { playShop, table } from '../test/simulation/waits.ts'

const seed = Number(process.env.FRONTDESK_SEED ?? 20261127)
process.stdout.write(`${table([0.75, 0.9, 1.05].map((load, n) => playShop({ days: 30, load, seed: seed + n })))}\n`)
