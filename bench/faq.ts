// The FAQ matcher beside nlp.js and MiniSearch, on the same question sets, in one go. Each runs in a process of its own.
//   node bench/faq.ts --data <folder with the sets> [--only banking77-5,cic] [--queries 1000]
// The sets are public and not part of Frontdesk: docs/faq.md says which they are. A folder for each, with JSON lines { text, label }.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Match } from '#bot/faq.ts'
import { figuresOf } from '#src/cli/faq-figures.ts'
import { installPeers } from './lib/peers.ts'

interface Line {
  text: string
  label: string
}

const SETS: Record<string, { train: string; test: string[] }> = {
  'banking77-5': { train: 'banking77/train_5.jsonl', test: ['banking77/test.jsonl'] },
  'banking77-10': { train: 'banking77/train_10.jsonl', test: ['banking77/test.jsonl'] },
  banking77: { train: 'banking77/train.jsonl', test: ['banking77/test.jsonl'] },
  'clinc150-10': { train: 'clinc150/train_10.jsonl', test: ['clinc150/test.jsonl', 'clinc150/oos_test.jsonl'] },
  clinc150: { train: 'clinc150/train.jsonl', test: ['clinc150/test.jsonl', 'clinc150/oos_test.jsonl'] },
  cic: { train: 'cic_zh/train.jsonl', test: ['cic_zh/test.jsonl', 'cic_zh/oos_ood_test.jsonl'] },
  sofmattress: { train: 'hint3_sofmattress/train.jsonl', test: ['hint3_sofmattress/test.jsonl'] },
}

const { values } = parseArgs({
  options: { data: { type: 'string' }, only: { type: 'string' }, queries: { type: 'string', default: '1000' } },
})
const folder = values.data
if (!folder) throw new Error('--data <folder with the question sets>')
const chosen = values.only?.split(',') ?? Object.keys(SETS)
const unknown = chosen.filter((name) => !(name in SETS))
if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: there is ${Object.keys(SETS).join(', ')}`)
const missing = await installPeers()
if (missing) process.stderr.write(`${missing}\n`)

interface Answer {
  found: { ranked: { id: string; score: number }[]; confidence: number }[]
  trainMs: number
  queryMs: number
}

const OURS = fileURLToPath(new URL('./lib/matcher.ts', import.meta.url))
const PEERS = fileURLToPath(new URL('./peers/matchers.mjs', import.meta.url))

function ask(peer: string, bank: Line[], queries: Line[]): Promise<Answer> {
  const child = spawn(process.execPath, [peer === 'Frontdesk' ? OURS : PEERS], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(JSON.stringify({ peer, bank, queries }))
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output.slice(output.indexOf('{"found"'))) as Answer)
      else reject(new Error(`${peer} ended with ${code}`))
    })
  })
}

const read = (path: string): Line[] =>
  readFileSync(join(folder, path), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)

/** Evenly spread, so that known and unknown keep their shares. */
function sample(lines: Line[], count: number): Line[] {
  const step = Math.max(1, lines.length / count)
  return Array.from({ length: Math.min(count, lines.length) }, (_, at) => lines[Math.floor(at * step)] as Line)
}

process.stdout.write('| set | questions | | right first | first three | AUROC | right at 90 % rejected | training | a question |\n')
process.stdout.write('| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n')
for (const name of chosen) {
  const { train, test } = SETS[name] as { train: string; test: string[] }
  if (![train, ...test].every((path) => existsSync(join(folder, path)))) {
    process.stderr.write(`${name}: not in ${folder}\n`)
    continue
  }
  const bank = read(train)
  const labels = new Set(bank.map(({ label }) => label))
  const queries = sample(test.flatMap(read), Number(values.queries))
  for (const peer of missing ? ['Frontdesk'] : ['Frontdesk', 'nlp.js', 'MiniSearch']) {
    process.stderr.write(`${name} ${peer} …\n`)
    const { found, trainMs, queryMs } = await ask(peer, bank, queries)
    const judged = found.map(({ ranked, confidence }, at) => {
      const label = queries[at]?.label ?? ''
      const match: Match = { ranked, confidence, zone: 'answer' }
      return { match, label: labels.has(label) ? label : undefined }
    })
    const { accuracy1, accuracy3, auroc, rightAt90 } = figuresOf(judged)
    const cells = [accuracy1, accuracy3, auroc, rightAt90].map((value) => value?.toFixed(3) ?? '–')
    process.stdout.write(
      `| ${name} | ${queries.length} | ${peer} | ${cells.join(' | ')} | ${(trainMs / 1000).toFixed(1)} s | ${queryMs.toFixed(2)} ms |\n`,
    )
  }
}
