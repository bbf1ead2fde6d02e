// Reads a YAML file that people edit, and tells every mistake with its line. Nothing here knows what the file is about.
import {
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type Document as YamlDocument,
} from 'yaml'
import type { z } from 'zod'
import { issuesOf, syntaxWords } from './document-words.ts'
import type { Locale, Text } from './message.ts'

export interface Problem {
  file: string
  /** From 1. */
  line: number
  column: number
  /** Keys and list positions (from 0) joined by dots; empty for the file as a whole. */
  path: string
  message: Text
  hint?: Text
}

export type Path = readonly PropertyKey[]

/** Where things stand in a file that could be parsed: for checks that a schema cannot make. */
export interface SourceDocument {
  file: string
  /** The place of the value at `path`, or of its key; where it is absent, the nearest thing that is there. */
  at(path: Path, of?: 'key' | 'value'): { line: number; column: number }
}

export type Reading<T> =
  | { value: T; warnings: Problem[]; document: SourceDocument }
  | { problems: Problem[]; warnings: Problem[]; document?: SourceDocument }

export interface ReadOptions {
  /** Where `${NAME}` in texts is looked up. Absent: texts stay as they are. `$${NAME}` always means the characters themselves. */
  env?: Record<string, string | undefined>
}

/** Above this a file is a mistake or an attack, not a configuration. */
const maxBytes = 2 * 1024 * 1024
/** Aliases are for repeating a block or two; nested, they grow without bound ("billion laughs"). */
const maxAliases = 100

export function readDocument<S extends z.ZodType>(
  source: string,
  file: string,
  schema: S,
  options: ReadOptions = {},
): Reading<z.output<S>> {
  const lines = new LineCounter()
  const whole = (message: Text, hint?: Text): Problem => ({ file, line: 1, column: 1, path: '', message, hint })
  if (source.length > maxBytes || new TextEncoder().encode(source).length > maxBytes) {
    return { problems: [whole({ zh: '文件超过 2 MB', en: 'the file is larger than 2 MB' })], warnings: [] }
  }
  const yaml = parseDocument(source.replace(/^\uFEFF/, ''), {
    lineCounter: lines,
    stringKeys: true,
    prettyErrors: false,
    logLevel: 'error',
  })
  const document = sourceDocument(yaml, lines, file)
  const warnings = yaml.warnings.map((warning) => syntaxProblem(warning, warning.pos[0], source, lines, file))
  const error = yaml.errors[0]
  // Bad indentation makes the parser report follow-up errors that only confuse: the first is the one to mend.
  if (error) return { problems: [syntaxProblem(error, startOf(error, yaml), source, lines, file)], warnings, document }
  const plain = toPlain(yaml)
  if ('refused' in plain) return { problems: [whole(plain.refused)], warnings, document }
  const missing: Problem[] = []
  const value = options.env
    ? substitute(plain.value, options.env, [], (path, name) => missing.push(missingVariable(document, path, name)))
    : plain.value
  const parsed = issuesOf(schema, value, rawText(yaml))
  if ('value' in parsed && missing.length === 0) return { value: parsed.value, warnings, document }
  const issues = 'issues' in parsed ? parsed.issues : []
  const absent = new Set(missing.map((problem) => problem.path))
  const found = issues.map((issue) => problemAt(document, issue.path, issue.message, { hint: issue.hint, key: issue.key, of: issue.of }))
  const problems = [...missing, ...found.filter((problem) => !absent.has(problem.path))]
  return { problems: problems.sort((a, b) => a.line - b.line || a.column - b.column), warnings, document }
}

/** A problem that only a look at the whole file shows, at its place. `key` names a key inside `path` that is itself the mistake. */
export function problemAt(
  document: SourceDocument,
  path: Path,
  message: Text,
  options: { hint?: Text; key?: string; of?: 'key' | 'value' } = {},
): Problem {
  const place = options.key === undefined ? document.at(path, options.of) : document.at([...path, options.key], 'key')
  return { file: document.file, ...place, path: path.map(String).join('.'), message, ...(options.hint && { hint: options.hint }) }
}

/** `bot.yaml:41:9 flows.order_status.steps.1: unknown key "saev"; did you mean "save"?`, and the hint on lines of its own. */
export function formatProblem(problem: Problem, locale: Locale): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`
  const head = problem.path ? `${place} ${problem.path}: ` : `${place}: `
  const hint = problem.hint ? `\n${problem.hint[locale].replaceAll(/^/gm, '    ')}` : ''
  return head + problem.message[locale] + hint
}

function sourceDocument(yaml: YamlDocument, lines: LineCounter, file: string): SourceDocument {
  return {
    file,
    at(path, of = 'value') {
      let node: unknown = yaml.contents
      let offset = rangeStart(node) ?? 0
      for (const [depth, step] of path.entries()) {
        const entry = child(resolved(node, yaml), step)
        if (!entry) break
        node = entry.value
        const wanted = of === 'key' && depth === path.length - 1 ? entry.key : entry.value
        offset = rangeStart(wanted) ?? rangeStart(entry.key) ?? offset
      }
      const { line, col } = lines.linePos(offset)
      return { line: Math.max(1, line), column: Math.max(1, col) }
    },
  }
}

function resolved(node: unknown, yaml: YamlDocument): unknown {
  return isAlias(node) ? node.resolve(yaml) : node
}

function child(node: unknown, step: PropertyKey): { key?: unknown; value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step))
    return pair && { key: pair.key, value: pair.value }
  }
  const item = isCollection(node) ? node.items[Number(step)] : undefined
  return item === undefined || isPair(item) ? undefined : { value: item }
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined
  return (node as Node).range?.[0]
}

/** The text as it stands in the file: before any variable was put in, so that a message never shows a secret. */
function rawText(yaml: YamlDocument): (path: Path) => { text?: string; inline: boolean } {
  return (path) => {
    let node: unknown = yaml.contents
    let inline = false
    for (const step of path) {
      const parent = resolved(node, yaml)
      inline = isMap(parent) && parent.flow === true
      node = child(parent, step)?.value
    }
    const end = resolved(node, yaml)
    if (isMap(end) && end.flow === true) inline = true
    return { inline, ...(isScalar(end) && typeof end.value === 'string' && { text: end.value }) }
  }
}

function toPlain(yaml: YamlDocument): { value: unknown } | { refused: Text } {
  try {
    return { value: yaml.toJS({ maxAliasCount: maxAliases }) }
  } catch (error) {
    // The library throws ReferenceError for an anchor that is missing and for more aliases than allowed.
    const why = error instanceof Error ? error.message : String(error)
    return { refused: { zh: `锚点或别名（& 与 *）有误：${why}`, en: `anchors or aliases (& and *) are wrong: ${why}` } }
  }
}

const variable = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g

function substitute(
  value: unknown,
  env: Record<string, string | undefined>,
  path: Path,
  missing: (path: Path, name: string) => void,
): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(variable, (whole, escaped: string, name: string) => {
      if (escaped) return whole.slice(1)
      const found = Object.hasOwn(env, name) ? env[name] : undefined
      if (found === undefined || found === '') missing(path, name)
      return found ?? ''
    })
  }
  if (Array.isArray(value)) return value.map((item, index) => substitute(item, env, [...path, index], missing))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, env, [...path, key], missing)]))
}

function missingVariable(document: SourceDocument, path: Path, name: string): Problem {
  return problemAt(
    document,
    path,
    { zh: `环境变量 ${name} 没有设置`, en: `the environment variable ${name} is not set` },
    {
      hint: {
        zh: `在 .env 或环境变量中设置 ${name} 后启动（运行中的要重启），或删除这一项`,
        en: `set ${name} in .env or the environment, then start (a running one again), or remove this entry`,
      },
    },
  )
}

/** A quote that nobody closed is found missing at the end of the file: to be mended is where it begins. */
function startOf(error: { message: string; pos: [number, number] }, yaml: YamlDocument): number {
  if (!error.message.startsWith('Missing closing')) return error.pos[0]
  let start = error.pos[0]
  visit(yaml, {
    Scalar(_, { type, range }) {
      if ((type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE') && range && range[1] >= error.pos[0]) start = range[0]
    },
  })
  return start
}

function syntaxProblem(
  error: { code: string; message: string },
  offset: number,
  source: string,
  lines: LineCounter,
  file: string,
): Problem {
  const { line, col } = lines.linePos(offset)
  const text =
    source
      .replace(/^\uFEFF/, '')
      .split('\n')
      [line - 1]?.replace(/\r$/, '') ?? ''
  const { message, advice } = syntaxWords(error, text)
  const excerpt = `${text}\n${indentTo(text, col)}^`
  const hint = (words: string | undefined) => (words ? `${excerpt}\n${words}` : excerpt)
  return { file, line, column: col, path: '', message, hint: { zh: hint(advice?.zh), en: hint(advice?.en) } }
}

/** Blanks under the text before the caret: tabs stay tabs, and Chinese characters are two columns wide in a terminal. */
function indentTo(text: string, column: number): string {
  return [...text.slice(0, column - 1)].map((char) => (char === '\t' ? '\t' : char >= '\u2e80' ? '  ' : ' ')).join('')
}
