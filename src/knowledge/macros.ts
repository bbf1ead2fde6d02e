// config/macros.yaml: canned replies, in categories, with variables. Checked like the other files, each mistake with its place.
import { z } from 'zod'
import { type Problem, problemAt, readDocument } from '#core/document.ts'
import type { Locale, Text } from '#core/message.ts'
import type { Expanded, Macro, Told, Wording } from './contract.ts'

const words = (most: number) => {
  const text = z.string().trim().min(1).max(most)
  const both = z.strictObject({ zh: text.optional(), en: text.optional() })
  return z.union([text, both]).refine((value) => typeof value === 'string' || value.zh !== undefined || value.en !== undefined, {
    params: { text: { zh: '至少写一种语言：zh 或 en', en: 'needs at least one language: zh or en' } },
  })
}

const key = z
  .string()
  // No \p{…}: the published schema is read by tools whose patterns know no Unicode classes.
  .regex(
    /^[A-Za-z0-9\u0080-\uffff][A-Za-z0-9_\u0080-\uffff-]{0,39}$/,
    'letters of any language, digits, - and _, no blanks, at most 40 / 任何文字的字母、数字、- 和 _，不含空格，最多 40 个',
  )

const macro = z.strictObject({
  key: key.describe('What agents type: /macro key, or !key / 坐席输入的关键词'),
  aliases: z.array(key).max(10).default([]).describe('Other words for it / 其他叫法'),
  category: words(60).optional().describe('Where it stands in the list / 分类'),
  title: words(100).optional().describe('What the list says; the beginning of the text when absent / 列表中的标题'),
  text: words(4000).describe('What the customer gets. {{customer.name}}, {{agent.name}}, {{brand.name}}, {{your_own}} / 发给客户的内容'),
})

const macrosFile = z.strictObject({
  version: z.literal(1).default(1),
  macros: z.array(macro).max(2000).default([]),
})

/** What the house knows; everything else that a text asks for comes from the agent: `order=A12`. */
const KNOWN = ['customer.name', 'agent.name', 'brand.name', 'channel', 'conversation']

/** `taken`: words that are commands, so that `!word` could not mean a macro. */
export function readMacros(
  source: string,
  file: string,
  taken: (word: string) => boolean,
): { macros: Macro[]; problems: Problem[]; warnings: Problem[] } {
  const reading = readDocument(source, file, macrosFile)
  if ('problems' in reading) return { macros: [], problems: reading.problems, warnings: reading.warnings }
  const { document, value } = reading
  const problems: Problem[] = []
  const warnings = [...reading.warnings]
  const seen = new Set<string>()
  value.macros.forEach((one, n) => {
    for (const [word, path] of [[one.key, 'key'] as const, ...one.aliases.map((alias, k) => [alias, ['aliases', k]] as const)]) {
      const place = ['macros', n, ...[path].flat()]
      const name = word.toLowerCase()
      if (seen.has(name)) problems.push(problemAt(document, place, { zh: `“${word}” 重复了`, en: `"${word}" stands twice` }))
      if (taken(name)) warnings.push(problemAt(document, place, shadowed(word)))
      seen.add(name)
    }
    for (const name of textsOf(one.text).flatMap(slotsOf)) {
      if (!name.includes('.') || KNOWN.includes(name)) continue
      problems.push(problemAt(document, ['macros', n, 'text'], unknownSlot(name)))
    }
  })
  return { macros: problems.length > 0 ? [] : value.macros.map(macroOf), problems, warnings }
}

function shadowed(word: string): Text {
  return {
    zh: `“${word}” 也是命令：只能写 /macro ${word}，不能写 !${word}`,
    en: `"${word}" is a command too: it is reached by /macro ${word}, not by !${word}`,
  }
}

function unknownSlot(name: string): Text {
  return {
    zh: `不认识的变量 {{${name}}}；带点的只有：${KNOWN.filter((one) => one.includes('.')).join('、')}`,
    en: `unknown variable {{${name}}}; with a dot there are only: ${KNOWN.filter((one) => one.includes('.')).join(', ')}`,
  }
}

function macroOf({ key: name, aliases, category, title, text }: z.output<typeof macro>): Macro {
  return { key: name, aliases, category: wording(category), title: wording(title), text: wording(text) }
}

/** What stands in one language only serves both. */
function wording(value: string | { zh?: string; en?: string } | undefined): Wording {
  if (value === undefined) return {}
  if (typeof value !== 'string') return value
  return /\p{Script=Han}/u.test(value) ? { zh: value } : { en: value }
}

function textsOf(value: string | { zh?: string; en?: string }): string[] {
  return typeof value === 'string' ? [value] : [value.zh, value.en].filter((text) => text !== undefined)
}

const slot = /\{\{\s*([\p{L}_][\p{L}\p{N}_.]*)\s*(?:\|([^{}]*))?\}\}/gu

function slotsOf(text: string): string[] {
  return [...text.matchAll(slot)].map(([, name = '']) => name)
}

export function inWanted(wording: Wording, locale: Locale): Told | undefined {
  const other = locale === 'zh' ? 'en' : 'zh'
  const text = wording[locale] ?? wording[other]
  return text === undefined ? undefined : { text, locale: wording[locale] === undefined ? other : locale }
}

/** What the list calls it. */
export function titleOf(macro: Macro, locale: Locale): string {
  const title = inWanted(macro.title, locale)?.text
  return title ?? [...(inWanted(macro.text, locale)?.text ?? macro.key).replaceAll(/\s+/g, ' ')].slice(0, 60).join('')
}

/**
 * The macro with its variables filled in. `{{order|your order}}` has words for when nobody gives any. Where exactly one is missing,
 * `words` – what stands behind the key without a name – is it.
 */
export function expand(
  macro: Macro,
  given: { values: Readonly<Record<string, string | undefined>>; words?: string; locale: Locale },
): Expanded {
  const told = inWanted(macro.text, given.locale) ?? { text: '', locale: given.locale }
  const missing = new Set<string>()
  /** `{{name|}}`: nothing at all, where nobody gives one. */
  const said = new Map(Object.entries(given.values))
  const ofName = (name: string, preset: string | undefined) => said.get(name)?.trim() || preset?.trim()
  for (const [, name = '', preset] of told.text.matchAll(slot)) if (ofName(name, preset) === undefined) missing.add(name)
  const [only] = missing
  const lone = missing.size === 1 ? given.words || undefined : undefined
  const fill = (_: string, name: string, preset?: string) => (name === only ? lone : undefined) ?? ofName(name, preset) ?? `{{${name}}}`
  return { text: told.text.replaceAll(slot, fill), locale: told.locale, missing: lone === undefined ? [...missing] : [] }
}

/** The JSON Schema that editors complete and check macros.yaml with; written to schema/macros.schema.json. */
export function macrosSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(macrosFile, { io: 'input', target: 'draft-7' })
  return { ...schema, title: 'macros.yaml', description: 'Canned replies. See docs/agents.md.' }
}
