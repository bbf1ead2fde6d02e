// Writes figures into docs/scaling.md and docs/scaling.zh.md, and their picture: node bench/docs.ts figures.json
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chart } from './lib/chart.ts'
import type { Machine } from './lib/machine.ts'
import { type Figure, meets, type PartResult } from './lib/report.ts'
import { short } from './lib/screen.ts'

interface Report {
  at: string
  machine: Machine
  options: { seconds: number; rounds: number }
  results: PartResult[]
}

const WORDS = {
  en: {
    picture: 'Each figure against what was asked of it',
    columns: ['What', 'Against', 'Limit', 'Frontdesk', 'Ratio', 'Asked'],
    place: ({ at, machine, options }: Report) =>
      `Measured ${at.slice(0, 10)} on ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, Node ${machine.node}; medians of ${options.rounds} rounds of ${options.seconds} s.`,
  },
  zh: {
    picture: '各项数字与要求之比',
    columns: ['项目', '对照', '上限', 'Frontdesk', '比值', '要求'],
    place: ({ at, machine, options }: Report) =>
      `测于 ${at.slice(0, 10)}，${machine.cores} 核（${machine.cpu}），${machine.memoryGb} GB，Node ${machine.node}；每项 ${options.rounds} 轮、每轮 ${options.seconds} 秒，取中位数。`,
  },
}

/** What a figure measures, in Chinese; the bench itself speaks English. */
const TITLES: [id: RegExp, zh: string][] = [
  [/^intake\.burst$/, '平台调用 → 事件落盘 → 200，128 并发，处理暂缓'],
  [/^intake\.sustained$/, '同上，同时在同样的核上处理并回复'],
  [/^transaction$/, '完整事务：事件、客户、会话、消息、回复、发件箱'],
  [/^answers\..*$/, '经 Bot API 的回复数，32 并发，500 位客户'],
  [/^alone$/, '只有一位客户时，从提问到回复的中位时间'],
  [/^half$/, '最大速率的一半时，回复时间的 p99'],
  [/^embedded\.transaction$/, '内嵌数据库：完整事务'],
  [/^embedded\.answers$/, '内嵌数据库：经 Bot API 的回复数'],
  [/^growth\.answers\.p99\.(\d+)$/, '已存 $1 个会话时，回复时间的 p99'],
  [/^growth\.answers\.(\d+)$/, '已存 $1 个会话时的回复数'],
  [/^growth\.intake\.p99\.(\d+)$/, '已存 $1 个会话时，200 的 p99'],
  [/^growth\.intake\.(\d+)$/, '已存 $1 个会话时的接收数'],
  [/^fanout\.(\d+)$/, '$1 个进程共用一个 PostgreSQL 的回复数'],
]

const PEERS: [en: RegExp, zh: string][] = [
  [/^bare Hono handler$/, '什么都不存的 Hono 处理函数'],
  [/^best pgbench, one at a time$/, 'pgbench 逐条执行的最好成绩'],
  [/^Chat SDK, PostgreSQL state$/, 'Chat SDK，状态存 PostgreSQL'],
  [/^the bar of (\d+) ms$/, '$1 毫秒的界限'],
  [/^(\d+) conversations$/, '$1 个会话'],
  [/^one process$/, '一个进程'],
]

const UNITS: Record<string, string> = {
  'events/s': '事件/秒',
  'transactions/s': '事务/秒',
  'answers/s': '回复/秒',
  '/s': '/秒',
  ms: '毫秒',
}

const [file] = process.argv.slice(2)
if (!file) throw new Error('node bench/docs.ts figures.json')
const report = JSON.parse(readFileSync(file, 'utf8')) as Report
const figures = report.results.flatMap((result) => result.figures)
const docs = fileURLToPath(new URL('../docs', import.meta.url))

for (const locale of ['en', 'zh'] as const) {
  const page = join(docs, locale === 'en' ? 'scaling.md' : 'scaling.zh.md')
  const text = readFileSync(page, 'utf8')
  const made = text.replace(/(<!-- figures: .*? -->\n)[\s\S]*?(<!-- end -->)/, (_, start, end) => `${start}${section(locale)}${end}`)
  writeFileSync(page, made)
}
const { machine } = report
writeFileSync(
  join(docs, 'images/bench.svg'),
  chart(figures, `${machine.cores} cores (${machine.cpu}), Node ${machine.node}, PostgreSQL with fsync`),
)

function section(locale: 'en' | 'zh'): string {
  const { columns, picture, place } = WORDS[locale]
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const rows = figures.map((figure) => line(cellsOf(figure, locale)))
  return [place(report), '', `![${picture}](images/bench.svg)`, '', line(columns), line(columns.map(() => '---')), ...rows, ''].join('\n')
}

function cellsOf(figure: Figure, locale: 'en' | 'zh'): string[] {
  const { id, title, against, limit, ours, unit, ratio, target } = figure
  const met = meets(figure)
  const asked = target ? `${target.at === 'least' ? '≥' : '≤'} ${target.value} ${met ? '✓' : '✗'}` : ''
  const value = (number: number) => `${short(number)} ${locale === 'en' ? unit : (UNITS[unit] ?? unit)}`
  const inChinese = (table: [RegExp, string][], key: string, other: string) => {
    const found = table.find(([pattern]) => pattern.test(key))
    return found ? key.replace(...found) : other
  }
  const [what, whom] = locale === 'en' ? [title, against] : [inChinese(TITLES, id, title), inChinese(PEERS, against, against)]
  return [what, whom, value(limit), value(ours), short(ratio), asked]
}
