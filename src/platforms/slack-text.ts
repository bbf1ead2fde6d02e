// Slack's two ways to write a message down, as plain words: `rich_text` blocks, which the clients send, and mrkdwn, where there are
// none. And the way back: words of which nothing can become a mention, a link or a command.

/** Slack's three control characters; with them escaped neither `<!here>` nor `<@U1>` nor a disguised link comes about. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

export interface Names {
  get(id: string): string | undefined
}

export interface Written {
  text?: string
  blocks?: readonly unknown[]
}

interface Element {
  type?: unknown
  elements?: unknown
  text?: unknown
  url?: unknown
  user_id?: unknown
  channel_id?: unknown
  usergroup_id?: unknown
  range?: unknown
  name?: unknown
  unicode?: unknown
  fallback?: unknown
  value?: unknown
  style?: unknown
  indent?: unknown
  offset?: unknown
}

/** What somebody wrote, as they saw it. `names` are those of the people mentioned. */
export function wordsOf({ text, blocks }: Written, names: Names): string {
  const rich = (blocks ?? []).filter((block): block is Element => isElement(block) && block.type === 'rich_text')
  if (rich.length === 0) return plain(text ?? '', names)
  return joined(rich.flatMap((block) => list(block.elements).map((element) => section(element, names))))
}

/** The ids of people whose names `wordsOf` wants. */
export function mentionsIn({ text, blocks }: Written): string[] {
  const written = `${JSON.stringify(blocks ?? [])} ${text ?? ''}`
  const found = [...written.matchAll(/"user_id":"([UW][A-Z0-9]{1,30})"|<@([UW][A-Z0-9]{1,30})>/g)]
  return [...new Set(found.map(([, rich, marked]) => rich ?? marked ?? ''))].slice(0, 20)
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null
}

function list(value: unknown): Element[] {
  return Array.isArray(value) ? value.filter(isElement) : []
}

/** Sections follow each other on lines of their own; most end with a line end already. */
function joined(pieces: string[]): string {
  return pieces.reduce((all, piece) => (all === '' || all.endsWith('\n') ? all + piece : `${all}\n${piece}`), '')
}

function section(element: Element, names: Names): string {
  const inline = () =>
    list(element.elements)
      .map((one) => inlineText(one, names))
      .join('')
  if (element.type === 'rich_text_list') return listText(element, names)
  if (element.type === 'rich_text_quote')
    return inline()
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n')
  return inline()
}

function listText(element: Element, names: Names): string {
  const indent = '  '.repeat(Math.min(8, Number(element.indent) || 0))
  const first = (Number(element.offset) || 0) + 1
  return list(element.elements)
    .map((one, n) => `${indent}${element.style === 'ordered' ? `${first + n}.` : '•'} ${section(one, names)}`)
    .join('\n')
}

function inlineText(element: Element, names: Names): string {
  const text = typeof element.text === 'string' ? element.text : ''
  switch (element.type) {
    case 'link':
      return linkText(String(element.url ?? ''), text)
    case 'user':
      return personText(String(element.user_id ?? ''), names)
    case 'channel':
      return `#${element.channel_id}`
    case 'usergroup':
      return `@${element.usergroup_id}`
    case 'broadcast':
      return `@${element.range}`
    case 'emoji':
      return emojiText(element)
    case 'date':
      return String(element.fallback ?? '')
    case 'color':
      return String(element.value ?? '')
    default:
      return text
  }
}

function linkText(url: string, label: string): string {
  const address = url.replace(/^mailto:/, '')
  const isSame = label === '' || label === url || label === address || `http://${label}` === url || `https://${label}` === url
  if (isSame) return url.startsWith('mailto:') ? address : url
  return `${label} (${address})`
}

function personText(id: string, names: Names): string {
  return `@${names.get(id) ?? id}`
}

/** `1f44d-1f3fd`; emoji that a workspace made itself have none. */
function emojiText({ unicode, name }: Element): string {
  const points = typeof unicode === 'string' ? unicode.split('-').map((point) => Number.parseInt(point, 16)) : []
  if (points.length === 0 || points.some((point) => !(point > 0 && point <= 0x10_ffff))) return `:${name}:`
  return String.fromCodePoint(...points)
}

/** `<@U1>`, `<#C1|name>`, `<!here>`, `<!subteam^S1|@team>`, `<!date^…|words>`, `<https://…|words>`. */
function plain(text: string, names: Names): string {
  return text
    .split(/(<[^<>\n]{1,4000}>)/)
    .map((piece) => (piece.startsWith('<') && piece.endsWith('>') ? marked(piece.slice(1, -1), names) : unescapeText(piece)))
    .join('')
}

function marked(inner: string, names: Names): string {
  const [target = '', ...rest] = inner.split('|')
  const label = unescapeText(rest.join('|'))
  if (target.startsWith('@')) return label === '' ? personText(target.slice(1), names) : `@${label.replace(/^@/, '')}`
  if (target.startsWith('#')) return label === '' ? target : `#${label.replace(/^#/, '')}`
  if (target.startsWith('!')) return label === '' ? `@${target.slice(1).replace(/\^.*$/, '')}` : label
  return linkText(unescapeText(target), label)
}
