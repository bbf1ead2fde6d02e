// Makes a message fit a channel before a connector sees it. Pure; the property tests are beside it.
// What the channel cannot carry becomes what it can, the sender's name is written, words are joined where messages are counted, and split.
import type { Capabilities } from './capabilities.ts'
import { convertible, type Makes } from './convert.ts'
import type { Button, Locale, MediaKind, MediaRef, Part, Text } from './message.ts'

export interface AdaptOptions {
  locale: Locale
  /** The agent's public name: written before the first words on channels that do not show names themselves. */
  sender?: { name: string }
  /** A signed link to an attachment, for channels that cannot carry it; undefined when we have no public address. */
  link?(ref: MediaRef): string | undefined
  /** What can be made of files before they leave; absent: nothing. */
  makes?: Makes
}

/** How long a link to a file in a message opens it: whoever gives one out keeps to it. */
export const LINK_DAYS = 7

type MediaPart = Extract<Part, { type: 'media' }>
type ButtonsPart = Extract<Part, { type: 'buttons' }>
type Unit = Capabilities['text']['unit']

/** Each inner list is ONE platform message, and so one delivery; none is empty. The order is the order of the parts. */
export function adapt(parts: readonly Part[], capabilities: Capabilities, options: AdaptOptions): Part[][] {
  const carried = parts.map((part) => carry(part, capabilities, options))
  const named =
    capabilities.senderNames || !options.sender?.name.trim() ? carried : writeName(carried, options.sender.name.trim(), capabilities)
  const joined = capabilities.window?.messages ? joinWords(named, capabilities) : named
  const fitted = joined.flatMap((part) => fitPart(part, capabilities)).filter(isVisible)
  if (fitted.length === 0) return []
  return capabilities.multipart ? [fitted] : fitted.map((part) => [part])
}

// ── What the channel cannot carry ────────────────────────────────────────────────────────────────────────────────────

const WORDS = {
  image: { zh: '图片', en: 'image' },
  audio: { zh: '语音', en: 'audio' },
  video: { zh: '视频', en: 'video' },
  file: { zh: '文件', en: 'file' },
  location: { zh: '位置', en: 'Location' },
  choose: { zh: '请选择:', en: 'Please choose:' },
  expires: { zh: `（${LINK_DAYS} 天内有效）`, en: ` (valid for ${LINK_DAYS} days)` },
  cannotSend: { zh: '此渠道无法发送', en: 'cannot be sent on this channel' },
  cannotShow: { zh: '暂不支持显示的内容', en: 'content that cannot be shown' },
} satisfies Record<string, Text>

function carry(part: Part, capabilities: Capabilities, options: AdaptOptions): Part {
  switch (part.type) {
    case 'text':
      if (part.format !== 'markdown' || capabilities.text.markdown) return part
      return { type: 'text', text: stripMarkdown(part.text) }
    case 'buttons':
      return carryButtons(part, capabilities, options.locale)
    case 'media':
      return carryMedia(part, capabilities, options)
    case 'location': {
      if (capabilities.location) return part
      const place = `${part.lat},${part.lng}`
      return { type: 'text', text: `${WORDS.location[options.locale]}: ${part.title ? `${part.title} (${place})` : place}` }
    }
    case 'unsupported':
      return { type: 'text', text: `[${WORDS.cannotShow[options.locale]}: ${part.what}]` }
  }
}

function carryButtons(part: ButtonsPart, capabilities: Capabilities, locale: Locale): Part {
  const limits = capabilities.buttons
  const pressable = part.buttons.filter((button) => button.url === undefined || limits?.links)
  if (!limits || pressable.length === 0 || pressable.length > limits.max) {
    // Every button is counted, links too: a customer's `2` then means the second choice, as the bot offered it.
    const lines = part.buttons.map((button, index) => `${index + 1}. ${unnumbered(labelOf(button), index + 1)}`)
    return { type: 'text', text: [part.text, ...lines].filter((line) => line !== '').join('\n') }
  }
  const links = part.buttons.filter((button) => !pressable.includes(button)).map(labelOf)
  const text = [part.text, ...links].filter((line) => line !== '').join('\n')
  return {
    type: 'buttons',
    text: isBlank(text) ? WORDS.choose[locale] : text,
    buttons: pressable.map((button) => fitButton(button, capabilities)),
  }
}

/** A label that begins with its own number (a rating) is not numbered twice. */
function unnumbered(label: string, number: number): string {
  const [head, digits] = /^(\d{1,2})[\s.、:：)）]+(?=\S)/.exec(label) ?? []
  return head !== undefined && Number(digits) === number ? label.slice(head.length) : label
}

function labelOf(button: Button): string {
  return button.url === undefined ? button.label : `${button.label}: ${button.url}`
}

function fitButton(button: Button, capabilities: Capabilities): Button {
  const limits = capabilities.buttons
  if (!limits) return button
  const id = sizeOf(button.id, 'bytes') > limits.idMaxBytes ? shortId(button.id) : button.id
  return { ...button, id, label: cut(button.label, limits.labelMax, capabilities.text.unit) }
}

function carryMedia(part: MediaPart, capabilities: Capabilities, options: AdaptOptions): Part {
  if (takes(capabilities, part.kind, part.media)) return part
  // A picture too large or of an odd type for the picture message is made to fit it, or usually still goes as a file.
  const kind = convertible(part.kind, part.media, capabilities, options.makes ?? {})
  if (kind) return { ...part, kind, convert: { instead: insteadOf(part, options) } }
  if (takes(capabilities, 'file', part.media)) return { ...part, kind: 'file' }
  return { type: 'text', text: [insteadOf(part, options), part.caption].filter(Boolean).join('\n') }
}

/** The words for a file that does not leave as one. */
function insteadOf(part: MediaPart, options: AdaptOptions): string {
  const word = WORDS[part.kind][options.locale]
  const name = part.media.name ?? word
  const link = options.link?.(part.media)
  const placeholder = name === word ? word : `${word} ${name}`
  return link ? `${name}${WORDS.expires[options.locale]}: ${link}` : `[${placeholder}: ${WORDS.cannotSend[options.locale]}]`
}

function takes(capabilities: Capabilities, kind: MediaKind, media: MediaRef): boolean {
  const limits = capabilities.media?.[kind]
  if (!limits || (media.bytes ?? 0) > limits.maxBytes) return false
  if (!limits.mimes) return true
  const mime = media.mime?.split(';')[0]?.trim().toLowerCase()
  return mime !== undefined && limits.mimes.includes(mime)
}

/** What stands on the wire for a button's id that is too long for the platform. Stable, so that the pipeline finds the id again. */
export function shortId(id: string): string {
  // FNV-1a, 64 bit: no secret rests on it, and WebCrypto's digest would make every caller wait.
  let hash = 0xcbf2_9ce4_8422_2325n
  for (const byte of new TextEncoder().encode(id)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100_0000_01b3n)
  return `#${(hash >> 24n).toString(16).padStart(10, '0')}`
}

// ── Who speaks ───────────────────────────────────────────────────────────────────────────────────────────────────────

function writeName(parts: readonly Part[], name: string, capabilities: Capabilities): Part[] {
  const words = parts.findIndex((part) => isVisible(part) && hasWords(part))
  if (words >= 0) return parts.map((part, index) => (index === words ? prefixed(part, `${name}: `) : part))
  if (!parts.some(isVisible)) return []
  const first = parts[0] as Part
  const captionMax = first.type === 'media' ? (capabilities.media?.[first.kind]?.captionMax ?? 0) : 0
  if (first.type === 'media' && sizeOf(name, capabilities.text.unit) <= captionMax) return [{ ...first, caption: name }, ...parts.slice(1)]
  return [{ type: 'text', text: `${name}:` }, ...parts]
}

function hasWords(part: Part): boolean {
  return part.type === 'text' || part.type === 'buttons' || (part.type === 'media' && !isBlank(part.caption ?? ''))
}

function prefixed(part: Part, prefix: string): Part {
  if (part.type === 'text' || part.type === 'buttons') return { ...part, text: prefix + part.text }
  if (part.type === 'media') return { ...part, caption: prefix + (part.caption ?? '') }
  return part
}

// ── How many ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Words that follow each other, and words before buttons, become one message where they fit in one: the platform counts messages. */
function joinWords(parts: readonly Part[], capabilities: Capabilities): Part[] {
  const joined: Part[] = []
  for (const part of parts.filter(isVisible)) {
    const before = joined.at(-1)
    if (before?.type !== 'text' || (part.type !== 'text' && part.type !== 'buttons')) joined.push(part)
    else {
      const text = `${before.text}\n${part.text}`
      const { max, unit } = capabilities.text
      const most = part.type === 'buttons' ? Math.min(max, capabilities.buttons?.textMax ?? max) : max
      if (sizeOf(text, unit) <= most) joined[joined.length - 1] = { ...part, text }
      else joined.push(part)
    }
  }
  return joined
}

// ── How long ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function fitPart(part: Part, capabilities: Capabilities): Part[] {
  const { max, unit } = capabilities.text
  if (part.type === 'text') {
    const pieces = splitText(part.text, max, unit)
    return pieces.length === 1 ? [part] : pieces.map((text) => ({ ...part, text }))
  }
  if (part.type === 'buttons') {
    const last = Math.min(max, capabilities.buttons?.textMax ?? max)
    const pieces = splitText(part.text, max, unit)
    // Where less may stand above buttons than in a text, only what stands there is split again.
    pieces.push(...splitText(pieces.pop() ?? '', last, unit))
    // The buttons stand under the last words; words that are only blanks cannot carry them.
    while (pieces.length > 1 && isBlank(pieces.at(-1) as string)) pieces.pop()
    return pieces.map((text, index) => (index === pieces.length - 1 ? { ...part, text } : { type: 'text', text }))
  }
  if (part.type === 'media') return fitCaption(part, capabilities)
  return [part]
}

function fitCaption(part: MediaPart, capabilities: Capabilities): Part[] {
  const { caption, ...bare } = part
  if (caption === undefined || isBlank(caption)) return [bare]
  const captionMax = capabilities.media?.[part.kind]?.captionMax ?? 0
  if (sizeOf(caption, capabilities.text.unit) <= captionMax) return [part]
  return [bare, ...fitPart({ type: 'text', text: caption }, capabilities)]
}

/** Platforms refuse a message of blanks only; nothing that anybody could see is lost with it. */
function isVisible(part: Part): boolean {
  return part.type !== 'text' || !isBlank(part.text)
}

function isBlank(text: string): boolean {
  return text.trim() === ''
}

function sizeOf(text: string, unit: Unit): number {
  if (unit === 'utf16') return text.length
  let size = 0
  for (const point of text) size += unit === 'chars' ? 1 : pointBytes(point.codePointAt(0) as number)
  return size
}

/** UTF-8, where a lone half of a surrogate pair becomes U+FFFD: three bytes. */
function pointBytes(point: number): number {
  if (point < 0x80) return 1
  if (point < 0x800) return 2
  return point < 0x1_0000 ? 3 : 4
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Ends where it must, with `…`, and never within a grapheme. */
export function cut(text: string, max: number, unit: Unit): string {
  if (sizeOf(text, unit) <= max) return text
  const ends = boundaries(text, max - sizeOf('…', unit), unit)
  return `${text.slice(0, ends.at(-1) ?? 0).trimEnd()}…`
}

/**
 * Pieces of at most `max` units whose concatenation is exactly `text`: split after a blank line, a line, a sentence or a word,
 * whichever comes first in this order and leaves no piece less than a third full; else between two graphemes.
 */
export function splitText(text: string, max: number, unit: Unit): string[] {
  const pieces: string[] = []
  let rest = text
  while (sizeOf(rest, unit) > max) {
    const end = splitPoint(rest, max, unit)
    pieces.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  if (rest !== '' || pieces.length === 0) pieces.push(rest)
  return pieces
}

const BLANK_LINE = /\n[^\S\n]*\n\s*/g
const LINE = /\n\s*/g
// Latin marks end a sentence only before a blank or a Chinese character, so that `3.14` and `a?b=c` stay whole.
const SENTENCE = /(?:[。！？…；]+|[.!?;]+(?=["'”’)\]]{0,3}(?:\s|[\u3000-\u9fff])))["'”’）)】」』\]]{0,3}\s*/g
const WORD = /\s+|[，、,]/g

function splitPoint(text: string, max: number, unit: Unit): number {
  const ends = boundaries(text, max, unit)
  const last = ends.at(-1)
  // One grapheme alone is too long (letters under hundreds of accents): only then a cut between its code points.
  if (last === undefined) return pointsThatFit(text, max, unit)
  const allowed = new Set(ends)
  const head = text.slice(0, last)
  for (const pattern of [BLANK_LINE, LINE, SENTENCE, WORD]) {
    let best = 0
    for (const match of head.matchAll(pattern)) {
      const end = match.index + match[0].length
      if (allowed.has(end)) best = end
    }
    if (best * 3 >= last) return best
  }
  return last
}

/** Every place between two graphemes at which the text before it fits. */
function boundaries(text: string, max: number, unit: Unit): number[] {
  const ends: number[] = []
  let size = 0
  // No unit counts less than half a UTF-16 unit, so what lies behind the window cannot fit.
  for (const { segment, index } of graphemes.segment(text.slice(0, max * 2 + 64))) {
    size += sizeOf(segment, unit)
    if (size > max) break
    ends.push(index + segment.length)
  }
  return ends
}

function pointsThatFit(text: string, max: number, unit: Unit): number {
  let end = 0
  let size = 0
  for (const point of text) {
    size += sizeOf(point, unit)
    if (size > max && end > 0) break
    end += point.length
  }
  return end
}

// ── Markdown as plain words ──────────────────────────────────────────────────────────────────────────────────────────

// What must come out as it stands: fenced and inline code, escaped marks, links, and the two characters used as placeholders.
// Every repetition is bounded or excludes its own end, so that hostile text costs no more than its length.
const LITERAL =
  /```[^\n`]{0,40}\n([\s\S]*?)\n?```|`([^`\n]{1,400})`|\\([\\`*_{}[\]()#+\-.!~>|])|!?\[([^[\]\n\uE000\uE001]{0,400})\]\(([^()\s]{1,2000})\)|<(https?:[^<>\s]{1,2000})>|([\uE000\uE001])/g
const STARS = /(\*{1,3}|~~)(?=\S)([^\n]{0,400}?\S)\1/g
const UNDERSCORES = /(?<![\p{L}\p{N}_])(_{1,3})(?=[^\s_])([^\n]{0,400}?[^\s_])\1(?![\p{L}\p{N}_])/gu

/** Reads as a person would read it aloud: marks go, words, code and addresses stay. */
export function stripMarkdown(text: string): string {
  const kept: string[] = []
  const keep = (value: string) => `\uE000${kept.push(value) - 1}\uE001`
  const marked = text.replace(LITERAL, (whole, fence, code, escaped, label, url, address) => {
    if (url !== undefined) return label && label !== url ? `${label} (${keep(url)})` : keep(url)
    return keep(fence ?? code ?? escaped ?? address ?? whole)
  })
  const plain = marked
    .replace(/^ {0,3}#{1,6}[ \t]+/gm, '')
    .replace(/^([ \t]{0,12})[*+][ \t]+/gm, '$1- ')
    .replace(/^ {0,3}>[ \t]?/gm, '')
  return unmark(unmark(plain)).replace(/\uE000(\d+)\uE001/g, (_, index) => kept[Number(index)] ?? '')
}

function unmark(text: string): string {
  return text.replace(STARS, '$2').replace(UNDERSCORES, '$2')
}
