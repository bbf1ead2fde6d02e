// The words of a configuration mistake: what zod and the YAML parser found, in both languages, with what was probably meant.
import type { z } from 'zod'
import type { Path } from './document.ts'
import type { Text } from './message.ts'
import { nearest } from './nearest.ts'

/** One mistake. `key`: a key inside `path` that is itself the mistake. */
export interface Issue {
  path: Path
  message: Text
  hint?: Text
  key?: string
  of?: 'key' | 'value'
}

/** What a check of one's own may put into `params` of a custom issue. */
export interface IssueWords {
  text: Text
  hint?: Text
}

type Raw = z.core.$ZodRawIssue
type Found = z.core.$ZodIssue
type SourceAt = (path: Path) => { text?: string; inline: boolean }

/** The issues of the reading that goes on: it is one call without a pause, so that no two are ever mixed. */
let raws: Raw[] = []

/**
 * zod drops the schema and the input from an issue when it makes the message: the message carries their number here. A schema that
 * parses a part of its value by itself hands this on, or nobody could say which keys were possible there.
 */
export const noting = { error: (raw: Raw) => `#${raws.push(raw) - 1}` }

/** Parses with `schema`; `source` gives the text as written, so that no substituted secret is ever repeated. */
export function issuesOf<S extends z.ZodType>(schema: S, value: unknown, source: SourceAt): { value: z.output<S> } | { issues: Issue[] } {
  raws = []
  const parsed = schema.safeParse(value, noting)
  if (parsed.success) return { value: parsed.data }
  const raw = (issue: Found) => raws[Number(/^#(\d+)$/.exec(issue.message)?.[1] ?? -1)]
  return { issues: parsed.error.issues.flatMap((issue) => words(issue, [], { raw, source })) }
}

interface Lookup {
  raw(issue: Found): Raw | undefined
  source: SourceAt
}

function words(issue: Found, base: Path, lookup: Lookup): Issue[] {
  const path = [...base, ...issue.path]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, keysOf(lookup.raw(issue)?.inst), lookup))
    case 'invalid_type':
      return [wrongType(path, issue.expected, lookup.raw(issue), lookup)]
    case 'invalid_value':
      return [notOneOf(path, issue.values, lookup.raw(issue)?.input === undefined, lookup)]
    case 'invalid_union':
      return union(issue, path, lookup)
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.flatMap((inner) => words(inner, path, lookup)).map((inner) => ({ ...inner, path, of: 'key' as const }))
    case 'too_small':
      return [{ path, message: size(issue.origin, issue.minimum, 'small') }]
    case 'too_big':
      return [{ path, message: size(issue.origin, issue.maximum, 'big') }]
    case 'invalid_format':
      return [wrongFormat(path, issue, lookup)]
    case 'not_multiple_of':
      return [{ path, message: { zh: `必须是 ${issue.divisor} 的倍数`, en: `must be a multiple of ${issue.divisor}` } }]
    case 'custom':
      return [custom(path, issue, lookup)]
  }
}

function custom(path: Path, issue: Found & { params?: Record<string, unknown> }, lookup: Lookup): Issue {
  const own = issue.params as Partial<IssueWords> | undefined
  if (own?.text) return { path, message: own.text, ...(own.hint && { hint: own.hint }) }
  const said = lookup.raw(issue) ? undefined : bothOf(issue.message)
  return { path, message: said ?? { zh: '这个值无效', en: 'this value is not valid' } }
}

/** Checks of a key say both languages in one text: `an origin like … / 形如 …`. */
function bothOf(said: string): Text {
  const cut = said.lastIndexOf(' / ')
  return cut > 0 && /[\u2e80-\uffef]/.test(said.slice(cut)) ? { zh: said.slice(cut + 3), en: said.slice(0, cut) } : { zh: said, en: said }
}

function unknownKey(path: Path, key: string, known: string[], lookup: Lookup): Issue {
  const meant = nearest(key, known)
  const message = {
    zh: `未知的键 "${key}"${meant ? `；您是不是想写 "${meant}"？` : ''}`,
    en: `unknown key "${key}"${meant ? `; did you mean "${meant}"?` : ''}`,
  }
  const at = lookup.source([...path, key])
  // In `{ zh: 您好, 欢迎 }` the ASCII comma ends the text, and the rest becomes a key without a value.
  const cut = at.inline && at.text === undefined && /[^\x20-\x7e]|\s/.test(key)
  const hint = cut ? commaHint : key.includes('\uff1a') ? colonHint : known.length > 0 && !meant ? keysHint(known) : undefined
  return { path, key, message, ...(hint && { hint }) }
}

const commaHint: Text = {
  zh: '花括号里的英文逗号会结束文字：请给整段文字加引号，例如 { zh: "您好, 欢迎" }',
  en: 'an ASCII comma inside { … } ends the text: quote the text, for example { zh: "您好, 欢迎" }',
}

const bracesHint: Text = {
  zh: '以 {{ 开头的文字会被当成映射：请给整段文字加引号，例如 say: "{{customer.name}}，您好"',
  en: 'text that begins with {{ is read as a map: quote the text, for example say: "{{customer.name}}, hello"',
}

const colonHint: Text = {
  zh: '这里用了全角冒号“\uff1a”，键后面要用英文冒号加空格 ": "',
  en: 'this has a full-width colon "\uff1a": a key is followed by an ASCII colon and a space ": "',
}

function keysHint(known: string[]): Text {
  return { zh: `可用的键：${known.join('、')}`, en: `known keys: ${known.join(', ')}` }
}

const kinds: Record<string, Text> = {
  string: { zh: '文字', en: 'text' },
  number: { zh: '数字', en: 'a number' },
  int: { zh: '整数', en: 'a whole number' },
  boolean: { zh: 'true 或 false', en: 'true or false' },
  object: { zh: '若干“键: 值”', en: 'keys with values' },
  record: { zh: '若干“键: 值”', en: 'keys with values' },
  array: { zh: '列表', en: 'a list' },
  null: { zh: '空的', en: 'nothing' },
}

function kindOf(input: unknown): Text {
  const kind = input === null ? 'null' : Array.isArray(input) ? 'array' : typeof input
  return kinds[kind] ?? { zh: kind, en: kind }
}

const unquoteHint: Text = { zh: '请去掉引号', en: 'take the quotes away' }
const quoteHint: Text = { zh: '请给它加引号', en: 'put it in quotes' }

/** Quotes alone do not make `15` a time: what its own check says of it then. */
function shapeOf(inst: unknown, input: number): Text | undefined {
  const parsed = (inst as z.ZodType | undefined)?.safeParse(String(input))
  const said = parsed?.error?.issues[0]?.message
  return said?.includes(' / ') ? bothOf(said) : undefined
}

function wrongType(path: Path, expected: string, raw: { input?: unknown; inst?: unknown } | undefined, lookup: Lookup): Issue {
  const input = raw?.input
  const wanted = kinds[expected] ?? { zh: expected, en: expected }
  if (input === undefined) {
    return { path, message: { zh: `缺少这一项（应为${wanted.zh}）`, en: `is missing (expected ${wanted.en})` } }
  }
  const found = kindOf(input)
  const message = { zh: `应为${wanted.zh}，实际是${found.zh}`, en: `expected ${wanted.en}, found ${found.en}` }
  const { text, inline } = lookup.source(path)
  if (text?.includes('\uff1a') && expected !== 'string') return { path, message, hint: colonHint }
  if (expected === 'string' && typeof input === 'number') return { path, message, hint: shapeOf(raw?.inst, input) ?? quoteHint }
  if ((expected === 'number' || expected === 'int') && text !== undefined && /^\d+(\.\d+)?$/.test(text))
    return { path, message, hint: unquoteHint }
  if (expected === 'string' && inline && input !== null)
    return { path, message, hint: Object.values(input ?? {}).includes(null) ? commaHint : bracesHint }
  return { path, message }
}

function notOneOf(path: Path, values: readonly unknown[], absent: boolean, lookup: Lookup): Issue {
  const list = values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value))).join('|')
  if (absent)
    return { path, message: { zh: `缺少这一项（应为 ${list}）`, en: `is missing (expected ${values.length > 1 ? 'one of ' : ''}${list})` } }
  const { text } = lookup.source(path)
  if (text !== undefined && values.some((value) => typeof value !== 'string' && String(value) === text))
    return { path, message: { zh: `应为 ${list}，实际是 "${text}"`, en: `expected ${list}, found "${text}"` }, hint: unquoteHint }
  const names = values.filter((value) => typeof value === 'string')
  const meant = text === undefined ? undefined : nearest(text, names)
  const got = text === undefined ? '' : ` "${text.slice(0, 40)}"`
  return {
    path,
    message: {
      zh: `应为 ${list}${got && `，实际是${got}`}${meant ? `；您是不是想写 "${meant}"？` : ''}`,
      en: `expected ${values.length > 1 ? 'one of ' : ''}${list}${got && `, found${got}`}${meant ? `; did you mean "${meant}"?` : ''}`,
    },
  }
}

function size(origin: string, limit: number | bigint, which: 'small' | 'big'): Text {
  const [zh, en] = which === 'small' ? ['至少', 'at least'] : ['最多', 'at most']
  if (origin === 'string' && which === 'small' && limit === 1) return { zh: '不能为空', en: 'must not be empty' }
  if (origin === 'string') return { zh: `${zh} ${limit} 个字`, en: `must be ${en} ${limit} characters` }
  if (origin === 'array' || origin === 'set' || origin === 'map')
    return { zh: `${zh}要有 ${limit} 项`, en: `must have ${en} ${limit} ${limit === 1 ? 'entry' : 'entries'}` }
  return { zh: `${zh}为 ${limit}`, en: `must be ${en} ${limit}` }
}

const formats: Record<string, Text> = {
  url: { zh: '应为完整的网址，如 https://desk.example.com', en: 'must be a whole address like https://desk.example.com' },
  email: { zh: '应为邮箱地址，如 help@example.com', en: 'must be a mail address like help@example.com' },
}

function wrongFormat(path: Path, issue: Found & { format: string; pattern?: string }, lookup: Lookup): Issue {
  const said = lookup.raw(issue) ? formats[issue.format] : bothOf(issue.message)
  const shape = issue.format === 'regex' && issue.pattern ? issue.pattern : issue.format
  return { path, message: said ?? { zh: `格式不对（应符合 ${shape}）`, en: `has the wrong form (expected ${shape})` } }
}

/** The keys that an object schema knows. */
function keysOf(inst: unknown): string[] {
  const shape = (inst as { _zod?: { def?: { shape?: Record<string, unknown> } } } | undefined)?._zod?.def?.shape
  return shape ? Object.keys(shape) : []
}

function optionsOf(inst: unknown): unknown[] {
  return (inst as { _zod?: { def?: { options?: unknown[] } } } | undefined)?._zod?.def?.options ?? []
}

function union(issue: Extract<Found, { code: 'invalid_union' }>, path: Path, lookup: Lookup): Issue[] {
  const raw = lookup.raw(issue)
  if (issue.errors.length === 0) {
    const known = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : []
    return [notOneOf(path, known, lookup.source(path).text === undefined && !isPresent(raw?.input, issue.path.at(-1)), lookup)]
  }
  const fitting = issue.errors.map((errors, index) => ({ errors, index })).filter(({ errors }) => !errors.some(isAnotherKind))
  if (fitting.length === 1) return (fitting[0]?.errors ?? []).flatMap((inner) => words(inner, path, lookup))
  if (fitting.length === 0) return [wrongKind(issue, path, raw?.input, lookup)]
  return amongObjects(fitting, optionsOf(raw?.inst), path, raw?.input, lookup)
}

function isPresent(input: unknown, key: PropertyKey | undefined): boolean {
  return typeof input === 'object' && input !== null && key !== undefined && key in input
}

function isAnotherKind(issue: Found): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union') return issue.errors.length > 0 && issue.errors.every((errors) => errors.some(isAnotherKind))
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function wrongKind(issue: Extract<Found, { code: 'invalid_union' }>, path: Path, input: unknown, lookup: Lookup): Issue {
  const values: string[] = []
  const wanted: Text[] = []
  for (const inner of issue.errors.flat()) {
    if (inner.code === 'invalid_value') values.push(...inner.values.map(String))
    if (inner.code === 'invalid_type') wanted.push(kinds[inner.expected] ?? { zh: inner.expected, en: inner.expected })
  }
  if (values.length > 0 && typeof input === 'string') return notOneOf(path, values, false, lookup)
  const first = wrongType(path, 'string', { input }, lookup)
  const zh = [...new Set([...wanted.map((text) => text.zh), ...values])].join('或')
  const en = [...new Set([...wanted.map((text) => text.en), ...values])].join(' or ')
  const found = kindOf(input)
  const message =
    input === undefined
      ? { zh: `缺少这一项（应为${zh}）`, en: `is missing (expected ${en})` }
      : { zh: `应为${zh}，实际是${found.zh}`, en: `expected ${en}, found ${found.en}` }
  return { path, message, ...(first.hint && { hint: first.hint }) }
}

/**
 * Which of several objects was meant? A union of strict objects is told apart by the FIRST key of each (a step's verb); after
 * that by the number of keys in common. Only the errors of that one are shown: 'invalid input' would help nobody.
 */
function amongObjects(
  fitting: { errors: Found[]; index: number }[],
  options: unknown[],
  path: Path,
  input: unknown,
  lookup: Lookup,
): Issue[] {
  const given = typeof input === 'object' && input !== null ? Object.keys(input) : []
  const scored = fitting.map(({ errors, index }) => {
    const known = keysOf(options[index])
    const shared = known.filter((key) => given.includes(key)).length
    return { errors, known, score: shared + (known[0] !== undefined && given.includes(known[0]) ? 100 : 0) }
  })
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a))
  if (best.score > 0 || given.length === 0) {
    const only = best.score >= 100 || scored.filter(({ score }) => score === best.score).length === 1 || best.known.length === 0
    if (only) return best.errors.flatMap((inner) => words(inner, path, lookup))
  }
  const verbs = [...new Set(scored.flatMap(({ known }) => known.slice(0, 1)))]
  const all = [...new Set(scored.flatMap(({ known }) => known))]
  const stranger = given.find((key) => !all.includes(key))
  if (stranger !== undefined)
    return [{ ...unknownKey(path, stranger, all, lookup), ...(nearest(stranger, all) ? {} : { hint: keysHint(verbs) }) }]
  return [{ path, message: { zh: `需要以下之一：${verbs.join('、')}`, en: `needs one of the keys ${verbs.join(', ')}` } }]
}

const syntax: Record<string, Text> = {
  BAD_ALIAS: { zh: '别名（*）写法有误', en: 'this alias (*) is malformed' },
  BAD_DQ_ESCAPE: { zh: '双引号里的 \\ 转义无效；用单引号可避免转义', en: 'invalid \\ escape in double quotes; single quotes need none' },
  BAD_INDENT: { zh: '缩进不对', en: 'the indentation is wrong' },
  BAD_SCALAR_START: { zh: '文字不能以这个字符开头，请加引号', en: 'text cannot begin with this character: quote it' },
  BLOCK_AS_IMPLICIT_KEY: { zh: '一行里有两个“: ”；请给含冒号的文字加引号', en: 'two ": " on one line: quote the text that holds a colon' },
  BLOCK_IN_FLOW: { zh: '括号 { } [ ] 里不能换用缩进写法', en: 'block style is not possible inside { } or [ ]' },
  DUPLICATE_KEY: { zh: '同一个键写了两次', en: 'the same key is there twice' },
  MISSING_CHAR: { zh: '缺少字符（引号、括号或冒号没有写完）', en: 'a character is missing (a quote, bracket or colon is not finished)' },
  MULTILINE_IMPLICIT_KEY: { zh: '这一行缺少冒号，或文字没有加引号', en: 'this line lacks a colon, or text is not quoted' },
  MULTIPLE_DOCS: { zh: '一个文件里只能有一份文档（不能有第二个 ---）', en: 'one file holds one document (no second ---)' },
  NON_STRING_KEY: { zh: '键必须是文字', en: 'keys must be text' },
  TAB_AS_INDENT: { zh: '缩进不能用 Tab，请用空格', en: 'tabs are not allowed as indentation: use spaces' },
  UNEXPECTED_TOKEN: {
    zh: '这里不该有内容：前面可能少了一个引号或括号，或引号里又用了同样的引号',
    en: 'nothing may stand here: before it a quote or bracket is missing, or the same quote stands inside the quotes',
  },
  TAG_RESOLVE_FAILED: { zh: '不认识的标签（!）', en: 'unknown tag (!)' },
}

/** What the parser has one code for, and people would mend in different ways. */
const told: [start: string, words: Text][] = [
  ['Missing closing', { zh: '这个引号没有写完', en: 'this quote is not closed' }],
  [
    'Sequence item without -',
    { zh: '缩进不对：应与同一项的其他键对齐', en: 'the indentation is wrong: it begins where the other keys of its entry do' },
  ],
  ['Flow map in block', { zh: '前面的花括号没有写完（缺少 }）', en: 'a brace before this is not closed (a } is missing)' }],
  ['Flow sequence in block', { zh: '前面的方括号没有写完（缺少 ]）', en: 'a bracket before this is not closed (a ] is missing)' }],
  ['Alias cannot be an empty', { zh: '单独的 * 要加引号："*"', en: 'a * by itself is quoted: "*"' }],
]

const wideCommaHint: Text = {
  zh: '这里用了全角逗号“\uff0c”，括号里各项之间要用英文逗号加空格 ", "',
  en: 'this has a full-width comma "\uff0c": inside brackets an ASCII comma and a space ", " stand between entries',
}

/** The parser speaks English only and for YAML experts: the common mistakes get plain words in both languages. */
export function syntaxWords(error: { code: string; message: string }, line: string): { message: Text; advice?: Text } {
  const own = told.find(([start]) => error.message.startsWith(start))?.[1] ?? syntax[error.code]
  const message = own ?? { zh: `YAML 语法有误：${error.message}`, en: `YAML syntax: ${error.message}` }
  if (/(?:^|[:\-?]\s+|[[,]\s*)\{\{/.test(line)) return { message, advice: bracesHint }
  if (/(?:^|[{,])\s*(?:- )?[A-Za-z_]+\uff1a/.test(line)) return { message, advice: colonHint }
  if (/[{[][^"']*\uff0c/.test(line) && error.code === 'BLOCK_IN_FLOW') return { message, advice: wideCommaHint }
  return { message }
}
