// Writes what is made from the schemas and the definitions: docs/config.md and the tables in README.
// `node scripts/docs.ts` writes; test/docs.test.ts fails when a file is not what this makes.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { botSchema } from '#bot/schema.ts'
import { connectors } from '#connectors/index.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { Locale } from '#core/message.ts'
import { commandHelp } from '#handoff/commands.ts'
import { desks } from '#handoff/index.ts'
import { frontdeskSchema } from '#src/config.ts'
import { FILE_MAX_BYTES } from '#src/files.ts'
import { configPage } from './docs-config.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Every made file, by its path from the root. */
export function madeFiles(read = (path: string) => readFileSync(join(root, path), 'utf8')): Map<string, string> {
  const schemas = { frontdesk: plain(frontdeskSchema()), bot: plain(botSchema()) }
  return new Map([
    ['docs/config.md', configPage('en', schemas)],
    ['docs/config.zh.md', configPage('zh', schemas)],
    ['docs/agents.md', withCommands(read('docs/agents.md'), 'en')],
    ['docs/agents.zh.md', withCommands(read('docs/agents.zh.md'), 'zh')],
    ['README.md', withTables(read('README.md'), 'en')],
    ['README.zh.md', withTables(read('README.zh.md'), 'zh')],
  ])
}

/** Without what only the maker of the schema needs. */
function plain(schema: Record<string, unknown>): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema)) as Record<string, unknown>
}

function withTables(page: string, locale: Locale): string {
  return between(between(page, 'channels', channelTable(locale)), 'desks', deskTable(locale))
}

function withCommands(page: string, locale: Locale): string {
  return between(page, 'commands', commandTable(locale))
}

/** Puts a table between its marks; the marks stay. */
function between(page: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`a page lacks the marks ${begin} … ${end}`)
  return `${before}${begin}\n${table}\n${end}${after}`
}

/** As the grammar has them. */
function commandTable(locale: Locale): string {
  const head = { zh: ['命令', '作用', '也可写', '例子'], en: ['command', 'does', 'also', 'examples'] }[locale]
  const code = (list: string[]) => list.map((one) => `\`${one.replaceAll('|', '\\|')}\``).join(locale === 'zh' ? '、' : ', ')
  const rows = commandHelp
    .filter(({ name }) => name !== 'held' && name !== 'resend')
    .map(({ usage, text, aliases, examples = [] }) => [
      code([usage]),
      text[locale].replaceAll('|', '\\|'),
      code(aliases.map((alias) => `/${alias}`)),
      code(examples),
    ])
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

const words = {
  channel: { zh: '渠道', en: 'channel' },
  text: { zh: '文字', en: 'text' },
  media: { zh: '图片 / 语音 / 视频 / 文件', en: 'picture / voice / video / file' },
  files: { zh: '文件', en: 'files' },
  buttons: { zh: '按钮', en: 'buttons' },
  place: { zh: '位置', en: 'place' },
  answers: { zh: '回复期限', en: 'may answer' },
  signs: { zh: '对方可见', en: 'shown there' },
  again: { zh: '重发不会重复', en: 'sent again without doubles' },
  always: { zh: '随时', en: 'any time' },
  typing: { zh: '正在输入', en: 'typing' },
  read: { zh: '已读', en: 'read' },
  delivered: { zh: '已送达', en: 'delivered' },
  rings: { zh: '回调 + 读取', en: 'a call, then reading' },
  connect: { zh: '长连接', en: 'a connection' },
  comesIn: { zh: '接收方式', en: 'comes in by' },
  desk: { zh: '坐席工具', en: 'desk' },
  whisper: { zh: '单独提示某位客服', en: 'a word for one agent' },
  characters: { zh: '字符', en: 'characters' },
  bytes: { zh: '字节', en: 'bytes' },
  numbered: { zh: '编号列表', en: 'numbered list' },
  upTo: { zh: '最多', en: 'up to' },
  none: { zh: '本服务自己的页面', en: 'our own pages' },
  poll: { zh: '轮询', en: 'polling' },
  webhook: { zh: 'webhook', en: 'webhook' },
} satisfies Record<string, Record<Locale, string>>

function channelTable(locale: Locale): string {
  const head = (['channel', 'text', 'media', 'buttons', 'place', 'answers', 'signs', 'again', 'comesIn'] as const).map(
    (key) => words[key][locale],
  )
  const rows = Object.values(connectors).map((definition) => {
    const { capabilities: can } = definition
    return [
      pageLink(definition.title[locale], definition.docs, locale),
      textLimit(can.text, locale),
      mediaLimits(can),
      can.buttons ? `${words.upTo[locale]} ${can.buttons.max}` : words.numbered[locale],
      tick(can.location),
      window(can, locale),
      signs(can, locale),
      tick(can.idempotent),
      waysIn(definition, locale),
    ]
  })
  return table(head, rows)
}

function deskTable(locale: Locale): string {
  const head = (['desk', 'text', 'files', 'buttons', 'whisper', 'comesIn'] as const).map((key) => words[key][locale])
  const rows = Object.values(desks).map((definition) => {
    const { capabilities: can } = definition
    const own = can.reads === true
    return [
      pageLink(definition.title[locale], definition.docs, locale),
      textLimit(can.text, locale),
      own ? megabytes(FILE_MAX_BYTES) : can.media ? megabytes(can.media.maxBytes) : '–',
      tick(own || can.buttons),
      tick(own || can.whisper),
      waysIn(definition, locale),
    ]
  })
  return table(head, rows)
}

/** How long a customer may be answered, and how often. */
function window({ window: limits }: Capabilities, locale: Locale): string {
  if (!limits) return words.always[locale]
  const hours = `${limits.ms / 3_600_000} ${locale === 'zh' ? '小时' : 'h'}`
  if (!limits.messages) return hours
  return locale === 'zh' ? `${hours}内 ${limits.messages} 条` : `${limits.messages} in ${hours}`
}

/** What the other side sees of us, and we of them. */
function signs({ typing, receipts = [] }: Capabilities, locale: Locale): string {
  const shown = [...(typing ? [words.typing[locale]] : []), ...receipts.map((state) => words[state][locale])]
  return shown.join(locale === 'zh' ? '、' : ', ') || '–'
}

/** How a kind fetches. Kinds that can do both have a `mode` to choose by, or take a key that only a connection needs. */
function waysIn({ config, inbound, rings }: { config: unknown; inbound(config: unknown): string; rings?: true }, locale: Locale): string {
  if (rings) return words.rings[locale]
  const { shape = {} } = config as { shape?: Record<string, { safeParse(value: unknown): { success: boolean } }> }
  if ('appToken' in shape || shape.mode?.safeParse('connection').success) return `${words.webhook[locale]} / ${words.connect[locale]}`
  if ('mode' in shape) return `${words.poll[locale]} / ${words.webhook[locale]}`
  // A key may change the way: a mailbox is read where there is one.
  const ways = new Set([...Object.keys(shape).map((key) => inbound({ [key]: {} })), inbound({})])
  const known = (['poll', 'webhook', 'connect'] as const).filter((way) => ways.has(way))
  return known.length > 0 ? known.map((way) => words[way][locale]).join(' / ') : words.none[locale]
}

function textLimit({ max, unit }: Pick<Capabilities['text'], 'max' | 'unit'>, locale: Locale): string {
  return `${max} ${unit === 'bytes' ? words.bytes[locale] : words.characters[locale]}`
}

function mediaLimits({ media }: Capabilities): string {
  const sizes = (['image', 'audio', 'video', 'file'] as const).map((kind) => (media?.[kind] ? megabytes(media[kind].maxBytes) : '–'))
  return new Set(sizes).size === 1 ? (sizes[0] as string) : sizes.join(' / ')
}

function megabytes(bytes: number): string {
  return `${bytes / 1024 / 1024} MB`
}

function tick(value: unknown): string {
  return value ? '✓' : '–'
}

/** Pages lie under docs/; the Chinese one has `.zh` before its ending. */
function pageLink(title: string, page: string, locale: Locale): string {
  return `[${title}](docs/${locale === 'zh' ? page.replace(/\.md$/, '.zh.md') : page})`
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of madeFiles()) writeFileSync(join(root, path), text)
}
