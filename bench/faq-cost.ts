// What the FAQ matcher costs with 1,000 entries of 5 phrases, half of them English and half Chinese: computing, time, memory.
//   node --expose-gc bench/faq-cost.ts --data <folder with the sets of bench/faq.ts>
// The memory is all that the process takes more at its peak than before it learnt, its thread and garbage included.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createMatcher, type MatcherEntry } from '#bot/faq.ts'
import { trainInThread } from '#src/node/train.ts'

const { data } = parseArgs({ options: { data: { type: 'string' } } }).values
if (!data) throw new Error('--data <folder with the question sets>')
if (!globalThis.gc) throw new Error('node --expose-gc bench/faq-cost.ts')

const PHRASES = 5
const OF_EACH = 500
const MB = 1024 * 1024

function read(path: string): { text: string; label: string }[] {
  const lines = readFileSync(join(data as string, path), 'utf8')
    .split('\n')
    .filter(Boolean)
  return lines.map((line) => JSON.parse(line) as { text: string; label: string })
}

/** Real phrases, five of one label each: so entries are more alike than those of any shop. */
function entriesOf(path: string): MatcherEntry[] {
  const asks = new Map<string, string[]>()
  for (const { text, label } of read(path)) asks.set(label, [...(asks.get(label) ?? []), text])
  const entries = [...asks].flatMap(([label, ask]) =>
    Array.from({ length: Math.floor(ask.length / PHRASES) }, (_, n) => ({
      place: n,
      entry: { id: `${label} ${n}`, titles: [], ask: ask.slice(n * PHRASES, (n + 1) * PHRASES) },
    })),
  )
  return entries
    .sort((a, b) => a.place - b.place)
    .slice(0, OF_EACH)
    .map(({ entry }) => entry)
}

const entries = ['clinc150/train.jsonl', 'cic_zh/train.jsonl'].flatMap(entriesOf)
const questions = ['clinc150/val.jsonl', 'cic_zh/valid.jsonl'].flatMap((path) => read(path).slice(0, 1000))
globalThis.gc()
const before = process.memoryUsage().rss
const cpu = process.cpuUsage()
const model = await trainInThread(entries, new AbortController().signal)
const { user, system } = process.cpuUsage(cpu)
const peak = process.resourceUsage().maxRSS * 1024
const matcher = createMatcher(entries).trained(model)
if (!matcher) throw new Error('what was just learnt does not fit its own bank')
const times = questions.map(({ text }) => {
  const start = performance.now()
  matcher.match(text)
  return performance.now() - start
})
const median = times.sort((a, b) => a - b)[times.length >> 1] as number
process.stdout.write(
  `${entries.length} entries: ${((user + system) / 1e6).toFixed(1)} s of computing, ${((peak - before) / MB).toFixed(0)} MB while learning, ` +
    `${(model.length / MB).toFixed(1)} MB learnt, ${median.toFixed(2)} ms a question (median of ${times.length})\n`,
)
