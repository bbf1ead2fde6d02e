// A small, safe Markdown: text in, a tree out. Nothing here or in its view makes HTML from a string, so what a customer, a
// bot or an agent writes can never become markup.

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'strong' | 'em'; children: Inline[] }
  | { type: 'code'; text: string }
  | { type: 'link'; href: string; children: Inline[] }

export type Block =
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'list'; ordered: boolean; start: number; items: Inline[][] }
  | { type: 'code'; text: string }

const LINK_SCHEMES = new Set(['http:', 'https:', 'mailto:'])
/** Ends where Chinese punctuation begins: '见 https://a.example/b。谢谢' links only the address. */
const URL_TEXT = String.raw`https?:\/\/[^\s<>"'\u0060，。；：！？、（）【】《》「」“”]+`
const EMAIL_TEXT = String.raw`[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+`
const PLAIN = new RegExp(`(${URL_TEXT})|(${EMAIL_TEXT})`, 'g')
const RICH = new RegExp(
  [
    String.raw`\u0060([^\u0060\n]+)\u0060`,
    String.raw`\*\*([^\n]+?)\*\*`,
    String.raw`\*([^*\s][^*\n]*)\*`,
    String.raw`\[([^\]\n]+)\]\(([^)\s]+)\)`,
    `(${URL_TEXT})`,
    `(${EMAIL_TEXT})`,
  ].join('|'),
  'g',
)

/** The address if a link may lead there; undefined for `javascript:`, `data:`, relative and broken ones. */
export function safeHref(href: string): string | undefined {
  if (!URL.canParse(href)) return undefined
  const url = new URL(href)
  return LINK_SCHEMES.has(url.protocol) ? url.href : undefined
}

/** Plain words with their addresses made into links. */
export function parsePlain(text: string): Inline[] {
  return scan(text, PLAIN, (match) => bareLink(match[1], match[2]))
}

/** Paragraphs, lists, code blocks, bold, italics, code and links; everything else stays the text that it is. */
export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = []
  let paragraph: string[] = []
  const flush = () => {
    if (paragraph.length) blocks.push({ type: 'paragraph', children: parseInline(paragraph.join('\n')) })
    paragraph = []
  }
  const lines = source.replace(/\r\n?/g, '\n').split('\n')
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string
    const item = listItem(line)
    if (/^\s*```/.test(line)) {
      flush()
      const end = closingFence(lines, i + 1)
      blocks.push({ type: 'code', text: lines.slice(i + 1, end).join('\n') })
      i = end
    } else if (item) {
      flush()
      addItem(blocks, item, i > 0 && listItem(lines[i - 1] as string) !== undefined)
    } else if (line.trim() === '') {
      flush()
    } else {
      const heading = /^#{1,6}\s+(.+)$/.exec(line)
      if (heading) {
        flush()
        blocks.push({ type: 'paragraph', children: [{ type: 'strong', children: parseInline(heading[1] as string) }] })
      } else paragraph.push(line)
    }
  }
  flush()
  return blocks
}

function closingFence(lines: string[], from: number): number {
  const end = lines.findIndex((line, index) => index >= from && /^\s*```\s*$/.test(line))
  return end < 0 ? lines.length : end
}

interface Item {
  ordered: boolean
  number: number
  text: string
}

function listItem(line: string): Item | undefined {
  const match = /^\s*(?:([-*+•])|(\d{1,3})[.)、])\s+(.+)$/.exec(line) ?? /^\s*()(\d{1,3})、(\S.*)$/.exec(line)
  if (!match) return undefined
  return { ordered: match[2] !== undefined, number: Number(match[2] ?? 1), text: match[3] as string }
}

function addItem(blocks: Block[], item: Item, follows: boolean): void {
  const last = blocks.at(-1)
  if (follows && last?.type === 'list' && last.ordered === item.ordered) last.items.push(parseInline(item.text))
  else blocks.push({ type: 'list', ordered: item.ordered, start: item.number, items: [parseInline(item.text)] })
}

function parseInline(text: string): Inline[] {
  return scan(text, RICH, (match) => {
    const [whole, code, strong, em, label, target, url, email] = match
    if (code !== undefined) return [{ type: 'code', text: code }]
    if (strong !== undefined) return [{ type: 'strong', children: parseInline(strong) }]
    if (em !== undefined) return [{ type: 'em', children: parseInline(em) }]
    if (label !== undefined) {
      const href = safeHref(target as string)
      return href ? [{ type: 'link', href, children: [{ type: 'text', text: label }] }] : [{ type: 'text', text: whole }]
    }
    return bareLink(url, email)
  })
}

function bareLink(url: string | undefined, email: string | undefined): Inline[] {
  const written = url ?? (email as string)
  const shown = url ? trimUrl(url) : written
  const href = safeHref(url ? shown : `mailto:${shown}`)
  if (!href) return [{ type: 'text', text: written }]
  const link: Inline = { type: 'link', href, children: [{ type: 'text', text: shown }] }
  return shown === written ? [link] : [link, { type: 'text', text: written.slice(shown.length) }]
}

/** The full stop after an address is the sentence's; a closing bracket is the address's only if it was opened in it. */
function trimUrl(url: string): string {
  let end = url.length
  while (end > 0) {
    const last = url[end - 1] as string
    const unopened = last === ')' && !url.slice(0, end).includes('(')
    if (!unopened && !'.,;:!?]*'.includes(last)) break
    end--
  }
  return url.slice(0, end)
}

function scan(text: string, pattern: RegExp, read: (match: RegExpExecArray) => Inline[]): Inline[] {
  const out: Inline[] = []
  let from = 0
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) out.push({ type: 'text', text: text.slice(from, match.index) })
    out.push(...read(match))
    from = match.index + match[0].length
  }
  if (from < text.length) out.push({ type: 'text', text: text.slice(from) })
  return out
}
