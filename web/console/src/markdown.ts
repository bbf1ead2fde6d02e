// The little markdown that bots and agents write, as a tree: no HTML ever comes of it. Plain text gets links only.

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'strong' | 'em' | 'code'; text: string }
  | { type: 'link'; text: string; href: string }

export type Block =
  | { type: 'paragraph'; lines: Inline[][] }
  | { type: 'list'; ordered: boolean; items: Inline[][] }
  | { type: 'code'; text: string }

const URL_END = /[.,;:!?，。；：！？、）)\]】》」'"]+$/
const PLAIN_LINK = /https?:\/\/[^\s<>"'，。；！？、）】》」]+/
const MARKS = new RegExp(
  [
    '`(?<code>[^`\\n]+)`',
    '\\*\\*(?<strong>[^*\\n]+)\\*\\*',
    '\\[(?<label>[^\\]\\n]+)\\]\\((?<href>[^)\\s]+)\\)',
    '(?<![\\w*])\\*(?<em>[^*\\s][^*\\n]*)\\*(?![\\w*])',
    `(?<url>${PLAIN_LINK.source})`,
  ].join('|'),
)

/** Only addresses that a browser opens without running anything. */
export function safeHref(href: string): string | null {
  try {
    const url = new URL(href)
    return ['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol) ? url.href : null
  } catch {
    return null
  }
}

export function inline(text: string, marks = true): Inline[] {
  const out: Inline[] = []
  const say = (words: string) => {
    const last = out.at(-1)
    if (last?.type === 'text') last.text += words
    else if (words) out.push({ type: 'text', text: words })
  }
  let rest = text
  for (;;) {
    const found = (marks ? MARKS : new RegExp(`(?<url>${PLAIN_LINK.source})`)).exec(rest)
    if (!found) break
    say(rest.slice(0, found.index))
    const groups = found.groups ?? {}
    const url = groups.url?.replace(URL_END, '')
    const taken = url ?? found[0]
    const href = safeHref(url ?? groups.href ?? '')
    if (groups.code) out.push({ type: 'code', text: groups.code })
    else if (groups.strong) out.push({ type: 'strong', text: groups.strong })
    else if (groups.em) out.push({ type: 'em', text: groups.em })
    else if (href) out.push({ type: 'link', text: groups.label ?? taken, href })
    else say(taken)
    rest = rest.slice(found.index + taken.length)
  }
  say(rest)
  return out
}

export function blocks(text: string): Block[] {
  const out: Block[] = []
  const pieces = text.split(/^```[^\n]*\n([\s\S]*?)\n?```$/m)
  pieces.forEach((piece, index) => {
    if (index % 2 === 1) out.push({ type: 'code', text: piece })
    else for (const line of piece.split('\n')) addLine(out, line)
  })
  return out.filter((block) => block.type !== 'paragraph' || block.lines.length > 0)
}

function addLine(out: Block[], line: string): void {
  const last = out.at(-1)
  const item = /^\s*(?:([-*•])|\d{1,3}[.)])\s+(.*)$/.exec(line)
  if (item) {
    const ordered = !item[1]
    const words = inline(item[2] ?? '')
    if (last?.type === 'list' && last.ordered === ordered) last.items.push(words)
    else out.push({ type: 'list', ordered, items: [words] })
    return
  }
  if (line.trim() === '') {
    if (last?.type !== 'paragraph' || last.lines.length > 0) out.push({ type: 'paragraph', lines: [] })
    return
  }
  const words = inline(line.replace(/^#{1,6}\s+(.*)$/, '**$1**'))
  if (last?.type === 'paragraph') last.lines.push(words)
  else out.push({ type: 'paragraph', lines: [words] })
}
