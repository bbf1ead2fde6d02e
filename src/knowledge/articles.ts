// Markdown files under config/articles: one article each, with a head of a few lines. Two files with one id are one article in two languages.
import type { Problem } from '#core/document.ts'
import type { Locale } from '#core/message.ts'
import type { Article } from './contract.ts'

interface Page {
  id: string
  locale: Locale
  title: string
  tags: string[]
  ask: string[]
  text: string
}

/** Longer is a book, and no channel takes it in one piece. */
const MOST = 20_000

/** `returns.zh.md` and `returns.en.md` are the same article; so are files whose head names one id. */
export function readArticles(files: readonly { name: string; text: string }[]): { articles: Article[]; problems: Problem[] } {
  const problems: Problem[] = []
  const articles = new Map<string, Article>()
  for (const { name, text } of files) {
    const page = readPage(name, text, (line, zh, en) => problems.push({ file: name, line, column: 1, path: '', message: { zh, en } }))
    if (!page) continue
    const known = articles.get(page.id) ?? { id: page.id, title: {}, text: {}, ask: [], tags: [] }
    if (known.text[page.locale] !== undefined) {
      const message = { zh: `文章 “${page.id}” 在这种语言里已有一篇`, en: `there is an article "${page.id}" in this language already` }
      problems.push({ file: name, line: 1, column: 1, path: '', message })
      continue
    }
    known.title[page.locale] = page.title
    known.text[page.locale] = page.text
    known.ask.push(...page.ask)
    known.tags = [...new Set([...known.tags, ...page.tags])]
    articles.set(page.id, known)
  }
  return { articles: [...articles.values()], problems }
}

const HEAD = ['id', 'title', 'language', 'tags', 'ask']

function readPage(name: string, source: string, complain: (line: number, zh: string, en: string) => void): Page | undefined {
  const lines = source.replace(/^\uFEFF/, '').split(/\r?\n/)
  const head: Record<string, string> = {}
  let body = 0
  if (lines[0]?.trim() === '---') {
    body = lines.findIndex((line, n) => n > 0 && line.trim() === '---') + 1
    if (body === 0) return void complain(1, '开头的 --- 没有结束', 'the head that --- begins does not end')
    for (let n = 1; n < body - 1; n++) {
      const [, key = '', value = ''] = /^([A-Za-z]+)\s*[:：]\s*(.*)$/.exec(lines[n] ?? '') ?? []
      if (HEAD.includes(key.toLowerCase())) head[key.toLowerCase()] = value.replace(/^(["'])(.*)\1$/, '$2').trim()
      else if (lines[n]?.trim()) complain(n + 1, `开头只能写：${HEAD.join('、')}`, `the head knows only: ${HEAD.join(', ')}`)
    }
  }
  const rest = lines.slice(body)
  const heading = rest.findIndex((line) => /^#\s+\S/.test(line))
  const title = head.title ?? (heading >= 0 ? rest[heading]?.replace(/^#\s+/, '').replace(/\s*#*\s*$/, '') : undefined)
  const text = plain((head.title === undefined && heading >= 0 ? rest.slice(heading + 1) : rest).join('\n'))
  if (!title) return void complain(body + 1, '没有标题：写 title: 或一行 # 标题', 'no title: write title: in the head, or a line # Title')
  if (!text) return void complain(body + 1, '没有正文', 'there is no text')
  if (text.length > MOST) return void complain(body + 1, `超过 ${MOST} 字`, `longer than ${MOST} characters`)
  const [, stem = name, suffix] = /^(.*?)(?:\.(zh|en))?\.md$/i.exec(name.replace(/^.*\//, '')) ?? []
  return {
    id: head.id || stem,
    locale: localeOf(head.language ?? suffix, title + text),
    title,
    tags: listOf(head.tags),
    ask: listOf(head.ask),
    text,
  }
}

function localeOf(named: string | undefined, text: string): Locale {
  if (named && /^(zh|en)/i.test(named)) return /^zh/i.test(named) ? 'zh' : 'en'
  return /\p{Script=Han}/u.test(text) ? 'zh' : 'en'
}

function listOf(value: string | undefined): string[] {
  return (value ?? '')
    .replace(/^\[(.*)\]$/, '$1')
    .split(/[,，、|]/)
    .map((one) => one.trim().replace(/^(["'])(.*)\1$/, '$2'))
    .filter(Boolean)
}

/** Channels show text, not Markdown: links keep their address, lists their dashes. */
function plain(markdown: string): string {
  return markdown
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/!\[([^\]]*)\]\(([^)\s]+)[^)]*\)/g, '$1 $2')
    .replaceAll(/\[([^\]]+)\]\(([^)\s]+)[^)]*\)/g, (_, words: string, url: string) => (words === url ? url : `${words} ${url}`))
    .replaceAll(/^#{1,6}\s+(.*?)\s*#*$/gm, '$1')
    .replaceAll(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replaceAll(/`([^`\n]+)`/g, '$1')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}
