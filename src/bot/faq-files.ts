// FAQ from other files: what is written in a spreadsheet or as Markdown need not be copied into bot.yaml.
import type { Text } from '#core/message.ts'
import { type FaqEntry, faqEntry } from './schema.ts'

/** An entry and the line of its file where it begins; or what is wrong in a line. */
export type Read = { line: number; entry: FaqEntry } | { line: number; wrong: Text }

/** More than this is a mistake, not a FAQ. */
export const MOST = 5000

/** `.csv` with a line of headings, `.md` with a heading for each question. */
export function readFaq(name: string, source: string): Read[] {
  const text = source.replace(/^\uFEFF/, '')
  const broken = text.indexOf('\uFFFD')
  // Excel in Chinese saves a plain CSV in the code page of its system.
  if (broken >= 0) return [{ line: text.slice(0, broken).split('\n').length, wrong: NOT_UTF8 }]
  return (/\.csv$/i.test(name) ? readTable(cellsOf(text)) : readMarkdown(text)).slice(0, MOST)
}

const NOT_UTF8: Text = {
  zh: '文件不是 UTF-8 编码：请另存为“CSV UTF-8”，或用 frontdesk faq import 导入',
  en: 'the file is not UTF-8: save it as "CSV UTF-8", or bring it in by `frontdesk faq import`',
}

/** A row of a table, and the line of its file where it begins. */
export interface Row {
  line: number
  cells: string[]
}

const HEADINGS = ['id', 'title', 'title_zh', 'title_en', 'ask', 'answer', 'answer_zh', 'answer_en'] as const
type Heading = (typeof HEADINGS)[number]

/** As people head their own tables. */
const ALSO: Readonly<Record<string, Heading>> = {
  ...{ 编号: 'id', 标题: 'title', 问法: 'ask', 问题: 'ask', question: 'ask', questions: 'ask' },
  ...{ 答案: 'answer', 回答: 'answer', 答复: 'answer', answers: 'answer', 中文答案: 'answer_zh', 英文答案: 'answer_en' },
  ...{ 中文标题: 'title_zh', 英文标题: 'title_en' },
}

function columnsOf(head: Row | undefined): string[] {
  return (head?.cells ?? []).map((cell) => {
    const name = cell.trim().toLowerCase()
    return Object.hasOwn(ALSO, name) ? (ALSO[name] as Heading) : name
  })
}

const isWhole = (columns: string[]) => columns.includes('ask') && columns.some((one) => one.startsWith('answer'))

/** Whether its first row names what a table of questions and answers needs. */
export function isTable([head]: readonly Row[]): boolean {
  return isWhole(columnsOf(head))
}

/** Ways of asking stand in one cell, with `|` or on lines of their own. */
export function readTable([head, ...rows]: readonly Row[]): Read[] {
  const columns = columnsOf(head)
  if (!isWhole(columns)) {
    return [
      {
        line: head?.line ?? 1,
        wrong: {
          zh: `第一行应为列名，至少有 ask（问法）和 answer（答案）；可用：${HEADINGS.join('、')}`,
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
export function cellsOf(text: string): Row[] {
  const first = text.split('\n', 1)[0] ?? ''
  const separator = [',', ';', '\t'].reduce((a, b) => (first.split(b).length > first.split(a).length ? b : a))
  const rows: Row[] = []
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
  for (const [key, zh] of [
    ['ask', '问法'],
    ['answer', '答案'],
  ] as const) {
    const value = entry[key]
    if (!value || (Array.isArray(value) && value.length === 0))
      return { line, wrong: { zh: `缺少 ${key}（${zh}）`, en: `${key} is missing` } }
  }
  const [issue] = parsed.error.issues
  const key = String(issue?.path[0] ?? '')
  return { line, wrong: { zh: `${key || '这一条'}有误`, en: `${key || 'this entry'} is not valid` } }
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
