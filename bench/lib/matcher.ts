// Our part of bench/faq.ts, spoken to as the peers are.
import { createMatcher, trainMatcher } from '#bot/faq.ts'

interface Task {
  bank: { text: string; label: string }[]
  queries: { text: string }[]
}

let input = ''
for await (const chunk of process.stdin) input += chunk
const { bank, queries } = JSON.parse(input) as Task
const before = process.cpuUsage()
const asks = new Map<string, string[]>()
for (const { text, label } of bank) asks.set(label, [...(asks.get(label) ?? []), text])
// The peers know nothing of labels' words, so neither do we here.
const entries = [...asks].map(([id, ask]) => ({ id, ask, titles: [] }))
const matcher = createMatcher(entries).trained(trainMatcher(entries))
if (!matcher) throw new Error('what was just learnt does not fit its own bank')
const { user, system } = process.cpuUsage(before)
const times: number[] = []
const found = queries.map(({ text }) => {
  const start = performance.now()
  const { ranked, confidence } = matcher.match(text)
  times.push(performance.now() - start)
  return { ranked, confidence }
})
const queryMs = times.sort((a, b) => a - b)[times.length >> 1]
process.stdout.write(JSON.stringify({ found, trainMs: (user + system) / 1000, queryMs }))
