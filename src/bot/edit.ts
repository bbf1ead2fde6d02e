// Writes into bot.yaml as a person would: a phrase at the end of its list, an entry at the end of `faq`. Everything else stays as it
// is, comments and spaces included.
import { isMap, isSeq, type Node, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Text } from '#core/message.ts'

export interface NewEntry {
  id: string
  title: string
  ask: readonly string[]
  answer: string
}

export type Edited = { source: string } | { problem: Text }

/** `phrases` under `ask` of the entry; those that stand there already are left out. */
export function addPhrases(source: string, id: string, phrases: readonly string[]): Edited {
  const entry = entriesIn(source)?.items.find((one): one is YAMLMap => isMap(one) && one.get('id') === id)
  if (!entry)
    return {
      problem: {
        zh: `bot.yaml 里没有 “${id}”，可能写在别的文件里：请手工添加`,
        en: `bot.yaml has no entry "${id}"; it may stand in another file: add it there by hand`,
      },
    }
  const ask = entry.get('ask', true) as unknown
  if (!isSeq(ask)) return { problem: { zh: `“${id}” 的 ask 不是列表`, en: `ask of "${id}" is no list` } }
  const known = new Set(ask.items.map((item) => String(Object(item).value)))
  const fresh = [...new Set(phrases)].filter((phrase) => !known.has(phrase))
  return { source: append(source, ask, fresh.map(quoted), fresh.map(quoted)) }
}

export function addEntry(source: string, { id, title, ask, answer }: NewEntry): Edited {
  const faq = entriesIn(source)
  const name = plainOrQuoted(id)
  const inline = `{ id: ${name}, title: ${quoted(title)}, ask: [${ask.map(quoted).join(', ')}], answer: ${quoted(answer)} }`
  const block = [
    `id: ${name}`,
    `title: ${quoted(title)}`,
    'ask:',
    ...ask.map((phrase) => `  - ${quoted(phrase)}`),
    `answer: ${quoted(answer)}`,
  ]
  if (faq && faq.items.length > 0) return { source: append(source, faq, [inline], [block.join('\n')]) }
  const root = parseDocument(source).contents
  if (isMap(root) && root.has('faq'))
    return { problem: { zh: 'bot.yaml 的 faq 是空的：请先手工写一条', en: 'faq in bot.yaml is empty: write its first entry by hand' } }
  const lines = block.map((line, n) => (n === 0 ? `  - ${line}` : `    ${line}`))
  return { source: `${source.replace(/\n*$/, '\n')}\nfaq:\n${lines.join('\n')}\n` }
}

/** The file `name` among `faq_files`; where it stands already, nothing changes. */
export function addFaqFile(source: string, name: string): Edited {
  const root = parseDocument(source).contents
  const list = isMap(root) ? (root.get('faq_files', true) as unknown) : undefined
  const item = plainOrQuoted(name)
  if (isSeq(list)) {
    const isThere = list.items.some((one) => Object(one).value === name)
    return { source: isThere ? source : append(source, list, [item], [item]) }
  }
  if (isMap(root) && root.has('faq_files'))
    return {
      problem: {
        zh: `bot.yaml 的 faq_files 不是列表：请手工加上 ${name}`,
        en: `faq_files in bot.yaml is no list: add ${name} to it by hand`,
      },
    }
  return { source: `${source.replace(/\n*$/, '\n')}\nfaq_files: [${item}]\n` }
}

/** `2024` and `null` are read as something else than text, unless they stand in quotes. */
function plainOrQuoted(text: string): string {
  return Object(parseDocument(text).contents).value === text ? text : quoted(text)
}

/** A double-quoted text of YAML is written as one of JSON. */
function quoted(text: string): string {
  return JSON.stringify(text)
}

function entriesIn(source: string): YAMLSeq | undefined {
  const root = parseDocument(source).contents
  const faq = isMap(root) ? (root.get('faq', true) as unknown) : undefined
  return isSeq(faq) ? faq : undefined
}

/** Behind the last item, in the list's own style: `[a, b]`, or one line for each. */
function append(source: string, list: YAMLSeq, inline: readonly string[], blocks: readonly string[]): string {
  if (inline.length === 0) return source
  const last = list.items.at(-1) as Node | undefined
  const [start = 0] = list.range ?? []
  // In brackets right behind the item itself: a comment may follow it there, too.
  if (list.flow || !last?.range) {
    const at = last?.range?.[1] ?? start + 1
    return `${source.slice(0, at)}${last ? ', ' : ''}${inline.join(', ')}${source.slice(at)}`
  }
  const indent = ' '.repeat(start - (source.lastIndexOf('\n', start - 1) + 1))
  const at = lineEnd(source, last.range[1])
  const lines = blocks.map((block) => `${indent}- ${block.replaceAll('\n', `\n${indent}  `)}`)
  return `${source.slice(0, at)}\n${lines.join('\n')}${source.slice(at)}`
}

/** Where the line ends in which the item does, so that a comment behind it stays with it. */
function lineEnd(source: string, at: number): number {
  // A block text ends behind its own line break.
  const from = source[at - 1] === '\n' ? at - 1 : at
  const end = source.indexOf('\n', from)
  return end < 0 ? source.length : end
}
