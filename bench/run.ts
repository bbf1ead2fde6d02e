// npm run bench: every figure as a ratio to a limit that is measured in the same run.
//   node bench/run.ts [--only intake,answers] [--seconds 5] [--rounds 3] [--quick] [--profile] [--json] [--out figures.json] [--strict]
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chart } from './lib/chart.ts'
import { machine } from './lib/machine.ts'
import { emptyResult, meets, type PartResult } from './lib/report.ts'
import { progress, show } from './lib/screen.ts'

const ALL = ['intake', 'transaction', 'answers', 'alone', 'embedded', 'growth', 'fanout', 'routing']

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    strict: { type: 'boolean', default: false },
  },
})
const chosen = values.only?.split(',') ?? ALL
const unknown = chosen.filter((name) => !ALL.includes(name))
if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: there is ${ALL.join(', ')}`)
const options = {
  seconds: Number(values.seconds ?? (values.quick ? 2 : 6)),
  rounds: Number(values.rounds ?? (values.quick ? 1 : 3)),
  quick: values.quick,
  profile: values.profile,
}
if (!(options.seconds > 0 && options.rounds >= 1)) throw new Error('--seconds and --rounds are numbers above 0')

/** A part that breaks says so, and the others go on. */
function runPart(name: string): Promise<PartResult> {
  const bar = progress(name)
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(new URL('./part.ts', import.meta.url)), [name, JSON.stringify(options)], { serialization: 'advanced' })
    let result: PartResult | undefined
    child.on('message', (message: { plan?: number; step?: string; result?: PartResult }) => {
      if (message.plan !== undefined) bar.plan(message.plan)
      if (message.step !== undefined) bar.step(message.step)
      result = message.result ?? result
    })
    child.on('exit', (code) => {
      bar.end()
      const broken = { title: `${name} ran to its end`, ok: false, detail: `ended with ${code}; its words are above` }
      resolve(result ?? { ...emptyResult(name), checks: [broken] })
    })
  })
}

const results: PartResult[] = []
for (const name of chosen) results.push(await runPart(name))

const place = machine()
const caption = `${place.cores} cores (${place.cpu}), Node ${place.node}, ${options.rounds} rounds of ${options.seconds} s, PostgreSQL with fsync`
const report = { at: new Date().toISOString(), machine: place, options, results }
const json = `${JSON.stringify(report, null, 2)}\n`
if (values.out) {
  writeFileSync(values.out, json)
  const picture = values.out.replace(/(\.json)?$/, '.svg')
  writeFileSync(
    picture,
    chart(
      results.flatMap((result) => result.figures),
      caption,
    ),
  )
  process.stderr.write(`${values.out} ${picture}\n`)
}
process.stdout.write(values.json ? json : `\n${caption}\n\n${show(results)}`)
const failed = results.some((result) => result.checks.some((check) => !check.ok))
const missed = results.some((result) => result.figures.some((figure) => meets(figure) === false))
if (failed || (values.strict && missed)) process.exitCode = 1
