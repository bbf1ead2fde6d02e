// What a mail to an agent says, as text and as HTML: the same words in both. HTML has inline styles only, since mail programs drop all
// others, and colours that stay readable when a program turns them dark.
import { adapt, cut } from '#core/adapt.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { Card, CardLine, DeskEntry } from '#core/desk.ts'
import type { Author, Locale, Part, Text } from '#core/message.ts'
import { oneLine, speaker } from '../speaker.ts'

/** Above it stands what an agent writes. In both languages, since it is looked for in what comes back. */
export const MARK = '--- 请在此行上方回复 / reply above this line ---'
/** However a program on the way wrapped or quoted it. */
const MARKED = /请在此行上方回复|reply\s+above\s+this\s+line/i
const RULE = '———'

export const TEXT_MAX = 20_000
const MB = 1024 * 1024
const media = { maxBytes: 20 * MB, captionMax: TEXT_MAX }
/** No buttons: those that the bot offered the customer must not look like buttons for agents, so they are a list. */
const MAIL: Capabilities = {
  text: { max: TEXT_MAX, unit: 'utf16', markdown: false },
  media: { image: media, audio: media, video: media, file: media },
  multipart: true,
}

const WORDS = {
  history: { zh: '对话记录', en: 'Conversation' },
  console: { zh: '在控制台打开', en: 'Open in console' },
  how: {
    zh: '直接回复这封邮件，所写内容会发给客户；以 ! 开头的首行是命令（!claim、!note …、!resolve、!help）。',
    en: 'Answer this mail: what you write goes to the customer. First lines that begin with ! are commands (!claim, !note …, !resolve, !help).',
  },
  files: { zh: '附件见本邮件', en: 'files: see the attachments' },
  unclaimed: { zh: '还没有人接入，先回复者即接入。', en: 'Nobody has it yet: whoever answers first takes it.' },
  yours: { zh: '这个对话现在由您负责。', en: 'This conversation is yours now.' },
  offered: { zh: '您愿意接下这个对话吗？', en: 'Will you take this conversation?' },
} satisfies Record<string, Text>

export const wordOf = (key: keyof typeof WORDS, locale: Locale): string => WORDS[key][locale]

/** A button of ours, as the address that a press writes to. */
export interface Press {
  label: string
  href: string
}

/** One block of a mail: who speaks, and what is said. */
export interface Said {
  author: Author
  name: string
  text: string
}

export interface Content {
  /** A line above all, told by the house. */
  lead?: string
  title: string
  facts?: [string, string][]
  history?: Said[]
  said?: Said[]
  presses: Press[]
  links: Press[]
  url?: string
}

/** The words of an entry, and its files by their ids. */
export function wordsOf(entry: DeskEntry, locale: Locale): { said: Said; files: string[] } {
  const parts = adapt(entry.parts, MAIL, { locale }).flat()
  const files = parts.flatMap((part) => (part.type === 'media' ? [part.media.id] : []))
  const text = joined(parts) || (files.length > 0 ? `[${WORDS.files[locale]}]` : '')
  return { said: { author: entry.author, name: entry.name, text }, files }
}

/** A text that was too long for one part goes on in the next without a break. */
function joined(parts: Part[]): string {
  let text = ''
  let isFull = true
  for (const part of parts) {
    const words = part.type === 'text' ? part.text : part.type === 'media' ? (part.caption ?? '') : ''
    if (words === '') continue
    text += isFull ? words : `\n${words}`
    isFull = words.length >= TEXT_MAX
  }
  return text
}

export function linesOf(history: readonly CardLine[]): Said[] {
  return history.map(({ author, name, text }) => ({ author, name, text: oneLine(text) }))
}

export function factsOf({ facts }: Card): [string, string][] {
  return facts.map(([label, value]) => [oneLine(label), cut(oneLine(value), 300, 'utf16')])
}

export interface Parted {
  above: string
  /** Nothing where the line is not in it. */
  below: string
  /** The line stands in a quote with marks, so that what has none below it may be the agent's, too. */
  isQuoted: boolean
}

/** Where what an agent wrote ends, if our line is in it. */
export function partAtMark(text: string): Parted {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => MARKED.test(line.slice(0, 400)))
  if (at < 0) return { above: text, below: '', isQuoted: false }
  return { above: lines.slice(0, at).join('\n'), below: lines.slice(at + 1).join('\n'), isQuoted: /^\s{0,3}>/.test(lines[at] ?? '') }
}

export function plainText(content: Content, locale: Locale): string {
  const { lead, title, facts, history, said, presses, links, url } = content
  const line = ({ author, name, text }: Said) => `${speaker(author, name, locale)}: ${text}`
  const body = [
    ...(lead ? [lead] : []),
    ...(said ?? []).map(line),
    ...(facts ? [[oneLine(title), '', ...facts.map(([label, value]) => `${label}: ${value}`)].join('\n')] : []),
    ...(history?.length ? [[`${WORDS.history[locale]}:`, ...history.map(line)].join('\n')] : []),
  ].join('\n\n')
  const foot = [
    ...presses.map(({ label, href }) => `${label}: ${href}`),
    WORDS.how[locale],
    ...links.map(({ label, href }) => `· ${label}: ${href}`),
    ...(url ? [`· ${WORDS.console[locale]}: ${url}`] : []),
  ]
  return [MARK, '', body, '', RULE, ...foot, ''].join('\n')
}
