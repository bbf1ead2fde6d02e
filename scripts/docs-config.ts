// docs/config.md and docs/config.zh.md: every key of frontdesk.yaml and bot.yaml with its type, default and meaning.
import { connectors } from '#connectors/index.ts'
import type { Locale, Text } from '#core/message.ts'
import { desks } from '#handoff/index.ts'
import { frontdeskWords } from './docs-words.ts'
import { botWords } from './docs-words-bot.ts'
import { kindWords } from './docs-words-kinds.ts'

/** As much of JSON Schema as zod writes. */
interface Schema {
  type?: string
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  items?: Schema
  anyOf?: Schema[]
  allOf?: Schema[]
  oneOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  default?: unknown
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMaximum?: number
  maxItems?: number
  $ref?: string
  definitions?: Record<string, Schema>
}

interface Row {
  path: string
  schema: Schema
  /** `within`: the nearest part above that may be left out as a whole. */
  required: boolean
  within: string | undefined
}

/** Parts of bot.yaml that stand in many places: named once, explained once. */
interface Shapes {
  text: string
  when: string
  button: string
}

const NONE: Shapes = { text: '', when: '', button: '' }

const words = {
  title: { zh: '配置参考', en: 'Configuration reference' },
  other: { zh: '[English](config.md)', en: '[中文](config.zh.md)' },
  intro: {
    zh: '`frontdesk.yaml` 和 `bot.yaml` 都在 `FRONTDESK_CONFIG`（默认 `./config`）中。启动时检查，保存时重新检查：有错误的文件不会替换正在使用的配置，错误会带行号写入日志，并显示在控制台的“系统”页和 `/readyz`。渠道、坐席工具和 `publicUrl` 的改动在重启后生效，其余立即生效。',
    en: 'Both files lie in `FRONTDESK_CONFIG` (`./config`). They are checked at the start and whenever they are saved: a file with a mistake never replaces the one in use, and its mistakes are shown with their lines in the log, in the console under *System* and in `/readyz`. Changes of channels, desks and `publicUrl` wait for a restart; all others count at once.',
  },
  secrets: {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the file writes variables so
    zh: '密钥只写成 `${NAME}`：值来自环境变量或 `.env` 文件（见 [.env.example](../.env.example)）；没有设置时启动会停止并指出是哪一行。只有 `frontdesk.yaml` 会替换变量；要写出这几个字符本身，用 `$${NAME}`。',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
    en: 'Secrets are written as `${NAME}` only: the value comes from the environment or from a file `.env` (see [.env.example](../.env.example)), and the start stops at the line where one is missing. Only `frontdesk.yaml` takes variables; `$${NAME}` means the characters themselves.',
  },
  made: {
    zh: '本页由 `node scripts/docs.ts` 从配置的 schema 生成，请勿手改。机器人的用法见 [bot.zh.md](bot.zh.md)。',
    en: 'This page is made from the schemas of the files by `node scripts/docs.ts`: do not edit it. How the bot behaves stands in [bot.md](bot.md).',
  },
  key: { zh: '键', en: 'key' },
  type: { zh: '类型', en: 'type' },
  preset: { zh: '默认', en: 'default' },
  meaning: { zh: '含义', en: 'meaning' },
  required: { zh: '必填', en: 'required' },
  requiredIn: { zh: '写了 `{part}` 就必填', en: 'required with `{part}`' },
  house: { zh: '总体', en: 'The house' },
  channel: { zh: '渠道', en: 'Channel' },
  desk: { zh: '坐席工具', en: 'Desk' },
  entry: {
    zh: '每一项有 `id`（小写字母、数字、`-`、`_`，在 `channels` 和 `desks` 中不重复，地址为 `/hooks/<id>`）和 `type`：',
    en: 'Each entry has an `id` (small letters, digits, `-`, `_`; used once in `channels` and `desks` together, since hooks are `/hooks/<id>`) and a `type`:',
  },
  noKeys: { zh: '没有其他设置项。', en: 'No other keys.' },
  page: { zh: '说明', en: 'Page' },
  hidden: { zh: '密钥', en: 'secret' },
  when: { zh: '写出的条件必须全部满足。', en: 'All that is written must hold.' },
  button: {
    zh: '按钮可以只写文字：点击等于客户说这句话。也可以写：',
    en: 'A button may be its words alone: pressing it says them. Or:',
  },
  steps: {
    zh: '步骤的第一个键是动词。去向写流程名、`end` 或 `handoff`；选项中还可以写 `next`。',
    en: 'The first key of a step is its verb. Where one goes on: a flow, `end` or `handoff`, and for choices also `next`.',
  },
} satisfies Record<string, Text>

/** What was explained, so that words without a key are found. */
type Used = Set<string>

export function configPage(locale: Locale, schemas: Record<'frontdesk' | 'bot', Record<string, unknown>>): string {
  const used: Used = new Set()
  const say = (key: keyof typeof words) => words[key][locale]
  const text = [
    `# ${say('title')}`,
    say('other'),
    say('intro'),
    say('secrets'),
    say('made'),
    '## frontdesk.yaml',
    ...house(schemas.frontdesk as Schema, locale, used),
    ...kinds('channels', connectors, schemas.frontdesk as Schema, locale, used),
    ...kinds('desks', desks, schemas.frontdesk as Schema, locale, used),
    '## bot.yaml',
    ...bot(schemas.bot as Schema, locale, used),
  ].join('\n\n')
  const left = [...Object.keys(frontdeskWords), ...Object.keys(kindWords), ...Object.keys(botWords)].filter((key) => !used.has(key))
  if (left.length > 0) throw new Error(`scripts/docs-words.ts explains keys that the schemas do not have: ${left.join(', ')}`)
  return `${text}\n`
}

function house(schema: Schema, locale: Locale, used: Used): string[] {
  const { channels, desks: _desks, ...rest } = schema.properties ?? {}
  const rows = rowsOf({ ...schema, properties: rest }, '', NONE)
  const sections = Map.groupBy(rows, ({ path }) => /^(hours|sla|idle|queue|skills|teams|agents|routing)\b/.exec(path)?.[0] ?? '')
  return [...sections].flatMap(([name, list]) => [
    `### ${name || words.house[locale]}`,
    table(list, locale, NONE, (path) => explain(frontdeskWords, path, used)),
  ])
}

function kinds(
  list: 'channels' | 'desks',
  definitions: Record<string, { type: string; title: Text; docs: string; secrets: string[] }>,
  schema: Schema,
  locale: Locale,
  used: Used,
): string[] {
  const variants = schema.properties?.[list]?.items?.oneOf ?? []
  const label = words[list === 'channels' ? 'channel' : 'desk'][locale]
  const sections = variants.flatMap((variant) => {
    const definition = definitions[String(variant.properties?.type?.const)]
    if (!definition) throw new Error(`no definition for an entry of ${list}`)
    const { id: _id, type: _type, ...own } = variant.properties ?? {}
    const rows = rowsOf({ ...variant, properties: own }, '', NONE)
    const page = locale === 'zh' ? definition.docs.replace(/\.md$/, '.zh.md') : definition.docs
    const meaning = (path: string): Text => {
      const text = explain(kindWords, path.startsWith('redact.') ? `${list}.${path}` : `${list}.${definition.type}.${path}`, used)
      return definition.secrets.includes(path) ? { zh: `${text.zh}（${words.hidden.zh}）`, en: `${text.en} (${words.hidden.en})` } : text
    }
    return [
      `#### ${label} \`type: ${definition.type}\``,
      `${definition.title[locale]} · [${words.page[locale]}](${page})`,
      rows.length > 0 ? table(rows, locale, NONE, meaning) : words.noKeys[locale],
    ]
  })
  return [`### ${list}`, words.entry[locale], ...sections]
}

function bot(schema: Schema, locale: Locale, used: Used): string[] {
  const { greetings, ...rest } = schema.properties ?? {}
  const greeting = greetings?.items?.properties ?? {}
  const button = greeting.buttons?.items ?? {}
  const shapes: Shapes = { text: mark(greeting.say), when: mark(greeting.when), button: mark(button) }
  const meaning = (path: string) => explain(botWords, path, used)
  const whole = rowsOf({ ...schema, properties: { ...(greetings && { greetings }), ...rest } }, '', shapes)
  const order = Object.keys(schema.properties ?? {})
  const sections = Map.groupBy(whole, ({ path }) => /^\w+/.exec(path)?.[0] ?? path)
  const top = order.flatMap((name) => {
    const list = sections.get(name)
    return list ? [`### ${name}`, table(list, locale, shapes, meaning)] : []
  })
  const part = (name: string, of: Schema) => table(rowsOf(of, `${name}.`, shapes), locale, shapes, meaning, name)
  const steps = (schema.definitions?.step?.anyOf ?? []).flatMap((step) => {
    const verb = Object.keys(step.properties ?? {})[0] ?? ''
    return [`#### \`${verb}\``, part(verb, step)]
  })
  const long = button.anyOf?.find((option) => option.properties?.label) ?? {}
  return [
    ...top,
    '### when',
    words.when[locale],
    part('when', greeting.when ?? {}),
    '### button',
    words.button[locale],
    part('button', long),
    '### steps',
    words.steps[locale],
    ...steps,
  ]
}

/** One row for each key that has a value of its own; what only holds other keys is walked through. */
function rowsOf(schema: Schema, prefix: string, shapes: Shapes, within?: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]): Row[] => {
    const path = `${prefix}${key}`
    const known = Object.values(shapes).includes(mark(inner))
    const optional = schema.required?.includes(key) ? within : inner.default === undefined ? path : undefined
    if (!known && inner.properties) return rowsOf(inner, `${path}.`, shapes, optional)
    if (!known && inner.items?.properties) return rowsOf(inner.items, `${path}[].`, shapes)
    // What may be a plain name or a whole entry. In bot.yaml such shapes are named, and explained once.
    const long = inner.items?.anyOf?.find((option) => option.properties)
    if (shapes === NONE && long) return [{ path, schema: inner, within, required: false }, ...rowsOf(long, `${path}[].`, shapes)]
    const values = typeof inner.additionalProperties === 'object' ? inner.additionalProperties : undefined
    if (!known && values?.properties) return rowsOf(values, `${path}.<name>.`, shapes)
    return [{ path, schema: inner, within, required: schema.required?.includes(key) === true && inner.default === undefined }]
  })
}

function table(rows: Row[], locale: Locale, shapes: Shapes, meaning: (path: string) => Text, drop = ''): string {
  const head = (['key', 'type', 'preset', 'meaning'] as const).map((key) => words[key][locale])
  const must = (within: string | undefined) => (within ? words.requiredIn[locale].replace('{part}', within) : words.required[locale])
  const lines = rows.map(({ path, schema, required, within }) => [
    `\`${drop && path.startsWith(`${drop}.`) ? path.slice(drop.length + 1) : path}\``,
    typeOf(schema, locale, shapes),
    required ? must(within) : presetOf(schema),
    meaning(path)[locale],
  ])
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), '| --- | --- | --- | --- |', ...lines.map(line)].join('\n')
}

function presetOf(schema: Schema): string {
  return schema.default === undefined ? '–' : `\`${typeof schema.default === 'string' ? schema.default : JSON.stringify(schema.default)}\``
}

/** The same shape, wherever it stands: without what is said of it there. */
function mark(schema: Schema | undefined): string {
  const { description: _said, default: _preset, ...rest } = (schema ?? {}) as Schema & { description?: string }
  return JSON.stringify(rest)
}

function explain(list: Record<string, Text>, path: string, used: Used): Text {
  const text = list[path]
  if (!text) throw new Error(`scripts/docs-words.ts does not explain ${path}`)
  used.add(path)
  return text
}

const or: Text = { zh: '，或', en: ' or ' }

function typeOf(schema: Schema, locale: Locale, shapes: Shapes): string {
  const shape = (Object.entries(shapes) as [keyof Shapes, string][]).find(([, own]) => own !== '' && own === mark(schema))?.[0]
  if (shape) return named[shape][locale]
  if (schema.$ref) return schema.$ref.endsWith('/step') ? named.step[locale] : named.steps[locale]
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(' · ')
  // That a value may be `${NAME}` is said once, at the top.
  const options = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.filter(({ pattern }) => !pattern?.startsWith('\\$\\{'))
  if (options) return [...new Set(options.map((option) => typeOf(option, locale, shapes)))].join(or[locale])
  switch (schema.type) {
    case 'array': {
      const inner = typeOf(schema.items ?? {}, locale, shapes)
      return locale === 'zh' ? `${inner}${inner.endsWith('`') ? ' ' : ''}的列表` : `list of ${inner}`
    }
    case 'object': {
      if (schema.properties) return `\`{ ${Object.keys(schema.properties).join(', ')} }\``
      const inner = typeOf(typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}, locale, shapes)
      return locale === 'zh' ? `名字 → ${inner}` : `map of names to ${inner}`
    }
    case 'integer':
    case 'number':
      return `${named[schema.type][locale]}${limits(schema, locale)}`
    case 'boolean':
      return '`true` · `false`'
    default:
      return schema.format === 'uri' ? named.address[locale] : schema.format === 'email' ? named.email[locale] : named.string[locale]
  }
}

const named = {
  text: { zh: '文字', en: 'text' },
  when: { zh: '条件', en: 'condition' },
  button: { zh: '按钮', en: 'button' },
  step: { zh: '步骤', en: 'step' },
  steps: { zh: '步骤的列表', en: 'list of steps' },
  string: { zh: '字符串', en: 'string' },
  address: { zh: '网址', en: 'address' },
  email: { zh: '邮箱', en: 'e-mail' },
  integer: { zh: '整数', en: 'whole number' },
  number: { zh: '数字', en: 'number' },
} satisfies Record<string, Text>

function limits({ minimum, maximum, exclusiveMaximum }: Schema, locale: Locale): string {
  if (exclusiveMaximum === 0) return locale === 'zh' ? '，负数' : ', negative'
  if (minimum === undefined || maximum === undefined) return ''
  return locale === 'zh' ? `，${minimum} 至 ${maximum}` : `, ${minimum} to ${maximum}`
}
