// What a mail says and carries: its words, without and with what it quotes, and its files.
import { addressParser } from 'postal-mime'
import { decodeText } from './charset.ts'
import { decodeWords, headerOf } from './headers.ts'
import { textOf } from './html.ts'
import { type Node, readMime } from './mime.ts'
import { withoutQuotes } from './quote.ts'

export interface EnclosedFile {
  name: string | undefined
  mime: string
  bytes: Uint8Array
  /** Shown within the words, where they name it. */
  cid?: string
}

export interface Body {
  /** What was written this time. */
  own: string
  /** Without what the markup calls a quote; all the rest stays. */
  unquoted: string
  /** With everything that is quoted. */
  whole: string
  files: EnclosedFile[]
}

/** No mail that a person reads is longer; the rest is kept with the raw mail. */
const TEXT_MAX = 200_000
const FORWARDS_MAX = 5

interface Words {
  /** Quotes that the markup names are left out already. */
  own: string
  whole: string
}

export function bodyOf(root: Node): Body {
  const files: EnclosedFile[] = []
  const words = render(root, files, 0)
  const whole = join(words.map((one) => one.whole)).slice(0, TEXT_MAX)
  const unquoted = join(words.map((one) => one.own)).slice(0, TEXT_MAX)
  return { own: withoutQuotes(unquoted) || withoutQuotes(whole), unquoted, whole, files }
}

const join = (texts: string[]) => texts.filter((text) => text.trim() !== '').join('\n\n')

function render(node: Node, files: EnclosedFile[], forwards: number): Words[] {
  if (node.type.value === 'multipart/alternative') return chosen(node, files, forwards)
  if (node.children.length > 0) return node.children.flatMap((child) => render(child, files, forwards))
  const { value } = node.type
  const isShown = node.disposition !== 'attachment' && !node.name
  if (value === 'text/html' && isShown) return [htmlOf(node)]
  if (value === 'text/plain' && isShown) return [plainOf(node)]
  if (value === 'message/rfc822' && node.disposition !== 'attachment' && forwards < FORWARDS_MAX)
    return forwarded(node, files, forwards + 1)
  if (node.bytes.length > 0) files.push(fileOf(node))
  return value === 'text/calendar' ? calendarOf(node) : []
}

/** One of several ways to say the same: the plain one, unless it says nothing. Files come from all of them. */
function chosen(node: Node, files: EnclosedFile[], forwards: number): Words[] {
  const ways = node.children.map((child) => ({ words: render(child, files, forwards), isPlain: child.type.value === 'text/plain' }))
  const says = ways.filter(({ words }) => words.some(({ whole }) => whole.trim() !== ''))
  return (says.find(({ isPlain }) => isPlain) ?? says.at(-1))?.words ?? []
}

function plainOf(node: Node): Words {
  const text = decodeText(node.bytes, node.type.params.get('charset')).replaceAll(/\r\n?/g, '\n')
  const isFlowed = /^flowed$/i.test(node.type.params.get('format') ?? '')
  const whole = isFlowed ? unflowed(text, /^yes$/i.test(node.type.params.get('delsp') ?? '')) : text
  return { own: whole, whole }
}

function htmlOf(node: Node): Words {
  const html = decodeText(node.bytes, node.type.params.get('charset') ?? charsetOf(node.bytes))
  return { own: textOf(html), whole: textOf(html, { quotes: true }) }
}

/** What the page says of itself. */
function charsetOf(bytes: Uint8Array): string | undefined {
  return /<meta[^>]{1,200}charset=["']?([\w-]+)/i.exec(Buffer.from(bytes.subarray(0, 2048)).toString('latin1'))?.[1]
}

/** RFC 3676: a line that ends in a blank goes on in the next one, if that is quoted as deep. */
function unflowed(text: string, delsp: boolean): string {
  const out: string[] = []
  let goesOn = false
  let depth = 0
  for (const line of text.split('\n')) {
    const quotes = /^>*/.exec(line)?.[0] ?? ''
    const words = line.slice(quotes.length).replace(/^ /, '')
    const isFlowed = words.endsWith(' ') && words !== '-- '
    const kept = isFlowed && delsp ? words.slice(0, -1) : words
    if (goesOn && quotes.length === depth) out.push((out.pop() ?? '') + kept)
    else out.push(quotes ? `${quotes} ${kept}` : kept)
    goesOn = isFlowed
    depth = quotes.length
  }
  return out.join('\n')
}

/** A mail within the mail: shown below a few lines of what it was. */
function forwarded(node: Node, files: EnclosedFile[], forwards: number): Words[] {
  const inner = readMime(node.bytes)
  const lines = ['From', 'Date', 'Subject', 'To'].flatMap((name) => {
    const value = decodeWords(headerOf(inner.fields, name.toLowerCase()))
    return value ? [`${name}: ${value.slice(0, 300)}`] : []
  })
  const words = render(inner, files, forwards)
  const text = join([['---------- Forwarded message 转发的邮件 ----------', ...lines].join('\n'), ...words.map(({ whole }) => whole)])
  // Somebody else's words: passed on on purpose, so they stay. The mark would cut them, and everything before it is their own.
  return [{ own: text.replace(/^-+ (.*) -+\n/, '[$1]\n').replace(/^From: /m, 'From : '), whole: text }]
}

function fileOf(node: Node): EnclosedFile {
  const subject = node.type.value === 'message/rfc822' ? decodeWords(headerOf(readMime(node.bytes).fields, 'subject')) : ''
  const name = node.name ?? (node.type.value === 'message/rfc822' ? `${subject || 'mail'}.eml` : undefined)
  const isWithin = node.cid !== undefined && node.disposition !== 'attachment'
  return { name, mime: node.type.value, bytes: node.bytes, ...(isWithin && { cid: node.cid }) }
}

const CALENDAR_MAX = 64 * 1024

/** An invitation in a few lines; the file itself goes along. */
function calendarOf(node: Node): Words[] {
  const text = decodeText(node.bytes.subarray(0, CALENDAR_MAX), node.type.params.get('charset')).replaceAll(/\r?\n[ \t]/g, '')
  const value = (name: string) =>
    new RegExp(`^${name}(?:;[^:\\r\\n]*)?:(.+)$`, 'm')
      .exec(text)?.[1]
      ?.trim()
      .replaceAll(/\\([,;\\])/g, '$1') ?? ''
  const time = (name: string) =>
    value(name).replace(
      /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$/,
      (_all, y, m, d, h, min, z) => `${y}-${m}-${d}${h ? ` ${h}:${min}${z ? ' UTC' : ''}` : ''}`,
    )
  const lines = [value('SUMMARY'), [time('DTSTART'), time('DTEND')].filter(Boolean).join(' – '), value('LOCATION')].filter(Boolean)
  const card = lines.length > 0 ? `📅 ${lines.join('\n')}` : ''
  return card ? [{ own: card, whole: card }] : []
}

export interface Mailbox {
  address: string
  name: string
}

/** The addresses of a field, groups opened. */
export function addressesOf(value: string): Mailbox[] {
  return addressParser(value)
    .flatMap((one) => one.group ?? one)
    .map(({ address = '', name }) => ({ address: address.trim(), name: decodeWords(name ?? '') }))
}
