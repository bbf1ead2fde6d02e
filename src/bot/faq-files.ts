// FAQ from other files: what is written in a spreadsheet or as Markdown need not be copied into bot.yaml.
import type { Text } from '#core/message.ts'
import { type FaqEntry, faqEntry } from './schema.ts'

/** An entry and the line of its file where it begins; or what is wrong in a line. */
export type Read = { line: number; entry: FaqEntry } | { line: number; wrong: Text }

/** More than this is a mistake, not a FAQ. */
const MOST = 5000

/** `.csv` with a line of headings, `.md` with a heading for each question. */
export function readFaq(name: string, source: string): Read[] {
  const text = source.replace(/^\uFEFF/, '')
  return (/\.csv$/i.test(name) ? readCsv(text) : readMarkdown(text)).slice(0, MOST)
}

const HEADINGS = ['id', 'title', 'title_zh', 'title_en', 'ask', 'answer', 'answer_zh', 'answer_en'] as const
type Heading = (typeof HEADINGS)[number]

/** Ways of asking stand in one cell, with `|` or on lines of their own. */
function readCsv(text: string): Read[] {
  const [head, ...rows] = cells(text)
  const columns = (head?.cells ?? []).map((cell) => cell.trim().toLowerCase())
  const missing = columns.includes('ask') && columns.some((one) => one.startsWith('answer')) ? undefined : columns
  if (missing) {
    return [
      {
        line: 1,
        wrong: {
          zh: `第一行应为列名，至少有 ask 和 answer；可用：${HEADINGS.join('、')}`,
          en: `the first line names the columns, at least ask and answer; known: ${HEADINGS.join(', ')}`,
        },
      },
    ]
  }
  return rows
    .filter(({ cells: row }) => row.some((cell) => cell.trim() !== ''))
    .map(({ line, cells: row }) => {
      const of = (name: Heading) => row[columns.indexOf(name)]?.trim() || undefined
      const both = (name: 'title' | 'answer') => {
        const [zh, en] = [of(`${name}_zh`), of(`${name}_en`)]
        return zh || en ? { ...(zh && { zh }), ...(en && { en }) } : of(name)
      }
      const ask = (of('ask') ?? '').split(/[|\n｜]/).map((one) => one.trim())
      return checked(line, { id: of('id') ?? idOf(ask[0] ?? ''), title: both('title'), ask: ask.filter(Boolean), answer: both('answer') })
    })
}

/** RFC 4180, with the separator that the first line uses: spreadsheets write what their language has. */
function cells(text: string): { line: number; cells: string[] }[] {
  const first = text.split('\n', 1)[0] ?? ''
  const separator = [',', ';', '\t'].reduce((a, b) => (first.split(b).length > first.split(a).length ? b : a))
  const rows: { line: number; cells: string[] }[] = []
  let [line, start, cell, quoted] = [1, 1, '', false]
  let row: string[] = []
  const end = () => {
    rows.push({ line: start, cells: [...row, cell] })
    ;[row, cell, start] = [[], '', line + 1]
  }
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (quoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') cell += text[++at]
      else quoted = false
    } else if (char === '"' && cell === '') quoted = true
    else if (char === separator) [row, cell] = [[...row, cell], '']
    else if (char === '\n') end()
    else if (char !== '\r') cell += char
    if (char === '\n') line++
  }
  if (cell !== '' || row.length > 0) end()
  return rows
}

/** `## Question {#id}`, then a list of other ways of asking, then the answer. Headings above the second level only group. */
function readMarkdown(text: string): Read[] {
  const found: { line: number; title: string; id: string | undefined; body: string[] }[] = []
  let fenced = false
  text.split(/\r?\n/).forEach((words, index) => {
    if (/^\s*(```|~~~)/.test(words)) fenced = !fenced
    const [, marks = '', title = ''] = fenced ? [] : (/^(#{1,3})\s+(.*?)\s*#*$/.exec(words) ?? [])
    const [, own] = /\{#([^}\s]+)\}\s*$/.exec(title) ?? []
    if (marks.length > 1) found.push({ line: index + 1, title: title.replace(/\s*\{#[^}]*\}\s*$/, ''), id: own, body: [] })
    else if (marks.length === 0) found.at(-1)?.body.push(words)
  })
  return found
    .filter(({ body }) => body.some((words) => words.trim() !== ''))
    .map(({ line, title, id, body }) => {
      const from = body.findIndex((words) => words.trim() !== '')
      const rest = body.slice(from)
      const list = rest.findIndex((words) => !/^\s*[-*+]\s+\S/.test(words))
      const after = list >= 0 && rest.slice(list).some((words) => words.trim() !== '') ? list : -1
      const asks = rest.slice(0, after < 0 ? undefined : after).map((words) => words.replace(/^\s*[-*+]\s+/, '').trim())
      // A list with nothing behind it is the answer, and not other ways of asking.
      const answer = (after < 0 ? rest : rest.slice(after)).join('\n').trim()
      return checked(line, { id: id ?? idOf(title), title, ask: [title, ...(after < 0 ? [] : asks)], answer })
    })
}

function checked(line: number, entry: Record<string, unknown>): Read {
  const parsed = faqEntry.safeParse(Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined && value !== '')))
  if (parsed.success) return { line, entry: parsed.data }
  const [issue] = parsed.error.issues
  const key = String(issue?.path[0] ?? '')
  return { line, wrong: { zh: `${key || '这一条'} 缺少或有误`, en: `${key || 'this entry'} is missing or not valid` } }
}

/** A name from the words of a question: letters of any script, with dashes. */
function idOf(words: string): string {
  const id = words
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
  return [...id].slice(0, 40).join('')
}
