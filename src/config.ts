// frontdesk.yaml and bot.yaml as one immutable value. A bad file gives problems with their places, never half a config.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { articlesOf } from '#bot/articles.ts'
import { createBot } from '#bot/bot.ts'
import { type KnownNames, readBot } from '#bot/check.ts'
import type { Bot, Lesson } from '#bot/contract.ts'
import { createMatcher, fewestToTrain, type MatcherEntry, type OwnMatcher } from '#bot/faq.ts'
import type { BotFile } from '#bot/schema.ts'
import { connectors } from '#connectors/index.ts'
import { REFUSED_ENDINGS } from '#core/admission.ts'
import { type Problem, problemAt, readDocument, type SourceDocument } from '#core/document.ts'
import { noting } from '#core/document-words.ts'
import { isTimezone } from '#core/hours.ts'
import type { Redaction } from '#core/redact.ts'
import { commandNamed } from '#handoff/commands.ts'
import { desks } from '#handoff/index.ts'
import type { Library } from '#knowledge/contract.ts'
import { readLibrary, readPages } from '#knowledge/read.ts'
import { ASSISTANT, assistantSettings } from '#knowledge/settings.ts'
import { isLoopback } from '#platforms/address.ts'
import { keyOf } from '#platforms/standard-webhooks.ts'
import { checkFeeds, checkHours } from './config/calendars.ts'
import { checkRouting } from './config/check.ts'
import { agent, id, routing, skills, teams } from './config/routing.ts'
import { redact, sending } from './config/sending.ts'
import { hours, idle, queue, sla } from './config/service.ts'

/** What a channel or a desk of the file is, its settings already checked by its definition. */
export interface Entry {
  id: string
  type: string
  settings: Record<string, unknown>
  /** Of a desk: what its tool is not shown. */
  redact?: Redaction
}

export type Settings = z.output<typeof frontdeskFile>

export interface Config {
  settings: Settings
  /** Answers at once, by likeness alone. */
  bot: Bot
  lesson: Lesson
  /** Canned replies and articles. */
  library: Library
  /** In which times without a zone are meant. */
  timezone: string
}

export type Loaded = { config: Config; warnings: Problem[] } | { problems: Problem[]; warnings: Problem[] }

/** An entry of a list whose other keys depend on its type. */
/** `reads`: it shows what is in the store, and is no third party. */
type Kinds = Record<string, { config: z.ZodType; title: { en: string }; capabilities: object }>
const isOurs = (kind: Kinds[string] | undefined) => kind !== undefined && 'reads' in kind.capabilities

function entry(kinds: Kinds, common: 'redact' | undefined = undefined) {
  const types = Object.keys(kinds) as [string, ...string[]]
  return z.looseObject({ id, type: z.enum(types) }).transform((value, context): Entry => {
    const { id: name, type, ...given } = value
    const { redact: cut, ...own } = given
    const isCut = common !== undefined && !isOurs(kinds[type])
    const rest = isCut ? own : given
    const redaction = isCut ? redact.safeParse(cut ?? {}, noting) : undefined
    for (const issue of redaction?.error?.issues ?? [])
      context.issues.push({ ...issue, path: ['redact', ...issue.path], input: cut } as never)
    const parsed = kinds[type]?.config.safeParse(rest, noting)
    if (!parsed?.success) {
      for (const issue of parsed?.error.issues ?? []) context.issues.push({ ...issue, input: rest } as never)
      return z.NEVER
    }
    return { id: name, type, settings: parsed.data as Record<string, unknown>, ...(redaction?.data && { redact: redaction.data }) }
  })
}

const signingSecret = z
  .string()
  .refine((value) => keyOf(value) !== undefined, 'whsec_ and 24 to 64 random bytes in base64 / whsec_ 加 24 至 64 个随机字节的 base64')

const webhook = z.strictObject({
  id: id.describe('The name that flows call it by / 流程中使用的名字'),
  url: z.url({ protocol: /^https?$/ }).describe('Where it is called; no redirect is followed / 调用地址，不跟随跳转'),
  secret: z
    .union([signingSecret, z.array(signingSecret).min(1).max(2)])
    .describe('Signs each call (Standard Webhooks); two while one replaces the other / 签名密钥，更换期间可写两个'),
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]{1,60}$/, 'the name of a header, like x-api-key / 请求头的名字，如 x-api-key'),
      z.string().max(2000),
    )
    .default({})
    .describe('Sent along, such as authorization / 附带的请求头'),
})

const files = z.strictObject({
  maxMegabytes: z.number().min(1).max(100).default(20).describe('The largest file taken from anybody / 接收文件的大小上限（MB）'),
  refuse: z
    .array(z.string().regex(/^[a-z0-9]{1,20}$/, 'an ending without the dot, like exe / 不带点的扩展名，如 exe'))
    .default(REFUSED_ENDINGS)
    .describe('Endings that are not taken, since such files can run / 不接收的扩展名'),
  store: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('disk') }),
      z.strictObject({
        type: z.literal('s3'),
        endpoint: z.url({ protocol: /^https?$/ }),
        bucket: z.string().min(1),
        region: z.string().min(1).default('us-east-1'),
        accessKeyId: z.string().min(1),
        secretAccessKey: z.string().min(1),
        prefix: z.string().default('frontdesk/'),
        pathStyle: z.boolean().default(true),
      }),
    ])
    .default({ type: 'disk' })
    .describe('Where files are kept / 文件存放在哪里'),
  scan: z
    .discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('clamd'),
        host: z.string().min(1).default('127.0.0.1'),
        port: z.int().min(1).max(65_535).default(3310),
      }),
      z.strictObject({ type: z.literal('http'), url: z.url({ protocol: /^https?$/ }), token: z.string().optional() }),
    ])
    .optional()
    .describe('Who looks at each file before anybody opens it / 文件打开前由谁做安全扫描'),
  ffmpeg: z
    .string()
    .regex(/^[^\s-]\S*$/, 'a program, such as /usr/bin/ffmpeg / 程序的路径，如 /usr/bin/ffmpeg')
    .optional()
    .describe('The program that converts voices; absent: they stay as they are / 转换语音的程序；不填则不转换'),
})

const frontdeskFile = z.strictObject({
  brand: z.strictObject({ name: z.string().min(1).max(60) }).default({ name: 'Frontdesk' }),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where the world reaches us; absent: hooks are not registered / 公网地址'),
  locale: z.enum(['zh', 'en']).default('zh').describe('Language when nothing is known of a customer / 默认语言'),
  timezone: z
    .string()
    .refine(isTimezone, 'a time zone like Asia/Shanghai / 应像 Asia/Shanghai')
    .optional()
    .describe('In which agents mean their times (/snooze fri 9); that of bot.yaml hours when absent / 坐席所说时间的时区'),
  channels: z.array(entry(connectors)).default([]),
  desks: z.array(entry(desks, 'redact')).default([]),
  webhooks: z.array(webhook).max(100).default([]).describe('Your own systems that flows may ask / 流程可以调用的业务系统'),
  assistant: assistantSettings.optional().describe('A language model or embeddings, to help the bot / 语言模型或向量，协助机器人'),
  files: files.prefault({}),
  hours,
  sla,
  idle,
  queue,
  skills,
  teams,
  agents: z.array(agent).default([]),
  sending: sending.prefault({}),
  routing,
  surge: z
    .strictObject({
      backlog: z
        .int()
        .min(100)
        .max(10_000_000)
        .default(20_000)
        .describe(
          'Events that may wait to be worked on; beyond, callers are asked to come again (503) / 待处理事件上限，超过后请调用方稍后重试',
        ),
      waiting: z.int().min(1).optional().describe('A surge begins when so many wait in the queue / 排队人数达到多少时进入高峰模式'),
      perMinute: z
        .int()
        .min(1)
        .optional()
        .describe('… or when so many conversations open within a minute / 每分钟新对话达到多少时进入高峰模式'),
      calmMinutes: z.number().min(0).max(1440).default(5).describe('It ends when both stayed below for so long / 低于阈值多久后结束高峰'),
      overflow: z
        .array(z.string())
        .default([])
        .describe('Skills or teams whose agents then may be given any conversation / 高峰时这些技能或团队的客服可接任何对话'),
      bot: z
        .boolean()
        .default(true)
        .describe('The bot then keeps its conversations unless a person is asked for, and says so / 高峰时由机器人先接待并告知客户'),
    })
    .prefault({}),
  events: z
    .strictObject({
      keepDays: z
        .int()
        .min(7)
        .max(3650)
        .default(30)
        .describe(
          'What came in is kept for so long as its platform sent it; conversations and messages stay / 平台原始事件保留多少天，对话和消息不受影响',
        ),
    })
    .prefault({}),
})

export interface ConfigSource {
  /** The text of `frontdesk.yaml` or `bot.yaml`; undefined when there is none. */
  read(name: string): string | undefined
  /** Puts another text in its place, wholly or not at all. Absent where there is no folder. */
  write?(name: string, source: string): void
  /** Names of the files in a folder beside them, where there are folders. */
  list?(folder: string): string[]
  env: Record<string, string | undefined>
}

export function loadConfig(source: ConfigSource): Loaded {
  const { read, env } = source
  const house = readDocument(read('frontdesk.yaml') ?? '{}', 'frontdesk.yaml', frontdeskFile, { env })
  const pages = readPages(source)
  const names = { ...('value' in house && namesOf(house.value)), articles: pages.articles }
  const bot = readBot(read('bot.yaml') ?? 'version: 1\n', 'bot.yaml', names, read)
  const shelf = readLibrary(source, {
    faq: 'value' in bot ? articlesOf(bot.value) : [],
    pages,
    taken: (word) => commandNamed(word) !== undefined,
    matching(entries) {
      const matcher = createMatcher(entries)
      return { rank: (words) => matcher.match(words).ranked }
    },
  })
  const warnings = [
    ...house.warnings,
    ...bot.warnings,
    ...shelf.warnings,
    ...('value' in house ? [...plainCalls(house.value, house.document), ...checkFeeds(house.value, house.document, read)] : []),
  ]
  const problems = [
    ...('value' in house ? crossChecks(house.value, house.document) : house.problems),
    ...('value' in house ? checkHours(house.value, house.document, 'value' in bot ? bot.value : undefined) : []),
    ...('value' in bot ? [] : bot.problems),
    ...('library' in shelf ? [] : shelf.problems),
  ]
  if (problems.length > 0 || !('value' in house) || !('value' in bot) || !('library' in shelf)) return { problems, warnings }
  const settings = decideModes(house.value)
  const timezone = settings.timezone ?? officeZone(bot.value) ?? new Intl.DateTimeFormat().resolvedOptions().timeZone
  return { config: { settings, ...botOf(bot.value), library: shelf.library, timezone }, warnings }
}

function officeZone({ defaults, hours }: BotFile): string | undefined {
  return defaults.hours === undefined ? undefined : hours[defaults.hours]?.timezone
}

/** Counted up when training or its result changes. */
const LEARNING = 1

function botOf(file: BotFile): Pick<Config, 'bot' | 'lesson'> {
  let own: OwnMatcher | undefined
  let entries: MatcherEntry[] = []
  const bot = createBot(file, {
    matcher: (given, options) => {
      entries = given
      own = createMatcher(given, options)
      return own
    },
  })
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([LEARNING, entries]))
    .digest('hex')
  return {
    bot,
    lesson: {
      ...(entries.length >= fewestToTrain && { entries }),
      fingerprint,
      trained(model) {
        const matcher = own?.trained(model)
        return matcher && createBot(file, { matcher: () => matcher })
      },
    },
  }
}

/** What bot.yaml may name. */
export function namesOf({ skills, webhooks, channels, hours }: Settings): KnownNames {
  const names = [...channels.map(({ id }) => id), ...Object.keys(connectors)]
  return {
    skills: skills.map(({ id }) => id),
    webhooks: webhooks.map(({ id }) => id),
    channels: [...new Set(names)],
    calendars: Object.keys(hours),
  }
}

/** What a flow asks holds words of customers. */
function plainCalls({ webhooks }: Settings, document: SourceDocument): Problem[] {
  return webhooks.flatMap(({ url }, n) => {
    const address = new URL(url)
    if (address.protocol === 'https:' || isLoopback(address)) return []
    const message = { zh: '没有加密的 http：客户的话会以明文传输', en: 'plain http: what customers say goes over the wire unencrypted' }
    return [problemAt(document, ['webhooks', n, 'url'], message)]
  })
}

/** What one entry cannot know of the others: names that stand twice, names that nobody has. */
function crossChecks(file: Settings, document: SourceDocument): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<string>()
  for (const [list, entries] of [
    ['channels', file.channels],
    ['desks', file.desks],
    ['webhooks', file.webhooks],
  ] as const) {
    entries.forEach((one: { id: string }, n) => {
      // Hooks are /hooks/<id> for both, and deliveries name their target by it, so the ids must differ across the lists.
      if (seen.has(one.id))
        problems.push(problemAt(document, [list, n, 'id'], { zh: `id “${one.id}” 重复了`, en: `the id "${one.id}" stands twice` }))
      seen.add(one.id)
    })
  }
  problems.push(...unknownPlaces(file, document))
  file.webhooks.forEach(({ id }, n) => {
    if (id === ASSISTANT)
      problems.push(
        problemAt(document, ['webhooks', n, 'id'], { zh: `“${ASSISTANT}” 是保留的名字`, en: `"${ASSISTANT}" is a reserved name` }),
      )
  })
  return [...problems, ...checkRouting(file, document)]
}

/** A desk may have a place of its own for some skills. */
function unknownPlaces(file: Settings, document: SourceDocument): Problem[] {
  const { skills: known } = namesOf(file)
  return file.desks.flatMap(({ settings }, n) =>
    Object.keys((settings.channels as Record<string, string> | undefined) ?? {})
      .filter((skill) => !known?.includes(skill))
      .map((skill) =>
        problemAt(document, ['desks', n, 'channels', skill], { zh: `skills 里没有 “${skill}”`, en: `there is no skill "${skill}"` }),
      ),
  )
}

/**
 * Who can be reached from outside takes webhooks; everybody else fetches. A webhook wants a secret that the platform sends back:
 * where the file names none, it is made from the token, the same in every process and not to be guessed without it.
 */
function decideModes(file: Settings): Settings {
  const decide = (one: Entry): Entry => {
    if (!('pollSeconds' in one.settings) || one.settings.mode !== undefined) return one
    if (!file.publicUrl) return { ...one, settings: { ...one.settings, mode: 'polling' } }
    const secret = one.settings.secret ?? createHash('sha256').update(`hook ${one.settings.token}`).digest('hex')
    return { ...one, settings: { ...one.settings, mode: 'webhook', secret } }
  }
  return { ...file, channels: file.channels.map(decide), desks: file.desks.map(decide) }
}

/** The JSON Schema of frontdesk.yaml, for editors: completion, hover and checks while typing. */
export function frontdeskSchema(): Record<string, unknown> {
  const plain = z.toJSONSchema(frontdeskFile, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, Record<string, unknown>>
  }
  plain.properties.channels = { type: 'array', items: { oneOf: variants(connectors) } }
  const common = { redact: z.toJSONSchema(redact, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) }
  plain.properties.desks = { type: 'array', items: { oneOf: variants(desks, common) } }
  return allowVariables(plain) as Record<string, unknown>
}

/** In the file a value may still be `${NAME}`, which fits no pattern and is no number: an editor must not call it wrong. */
function allowVariables(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(allowVariables)
  if (typeof node !== 'object' || node === null) return node
  const schema = node as Record<string, unknown>
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, allowVariables(value)]))
  const isNarrow = (schema.type === 'string' && (schema.pattern ?? schema.format)) || schema.type === 'integer' || schema.type === 'number'
  if (!isNarrow) return inner
  const { description, default: preset, ...rest } = inner
  return { description, default: preset, anyOf: [rest, { type: 'string', pattern: VARIABLE }] }
}

/** How `${NAME}` looks, within other text too. */
const VARIABLE = '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}'

function variants(kinds: Kinds, common: Record<string, unknown> = {}) {
  return Object.entries(kinds).map(([type, definition]) => {
    const schema = z.toJSONSchema(definition.config, { target: 'draft-7', io: 'input', unrepresentable: 'any' }) as {
      properties?: Record<string, unknown>
      required?: string[]
    }
    return {
      ...schema,
      title: definition.title.en,
      properties: { id: { type: 'string' }, type: { const: type }, ...schema.properties, ...(!isOurs(definition) && common) },
      required: ['id', 'type', ...(schema.required ?? [])],
    }
  })
}
