// Cards and entries as plain text. There is no parse_mode, so nothing that a customer writes can become a link, a mention or a command.
import { adapt, cut } from '#core/adapt.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { Card, CardLine, DeskEntry } from '#core/desk.ts'
import type { Button, Locale, Part, Text } from '#core/message.ts'
import { oneLine, speaker } from '../speaker.ts'

const MB = 1024 * 1024
export const TEXT_MAX = 4096

/**
 * What a topic carries. No buttons: those that the bot offered the customer must not look like buttons for agents, so they are
 * a list.
 */
export const TOPIC: Capabilities = {
  text: { max: TEXT_MAX, unit: 'utf16', markdown: false },
  media: {
    image: { maxBytes: 10 * MB, mimes: ['image/jpeg', 'image/png', 'image/webp'], captionMax: 1024 },
    audio: { maxBytes: 50 * MB, mimes: ['audio/ogg', 'audio/mpeg', 'audio/mp4', 'audio/x-m4a'], captionMax: 1024 },
    video: { maxBytes: 50 * MB, mimes: ['video/mp4'], captionMax: 1024 },
    file: { maxBytes: 50 * MB, captionMax: 1024 },
  },
  location: true,
}

const WORDS = {
  history: { zh: '对话记录', en: 'History' },
  console: { zh: '控制台', en: 'Console' },
  thread: { zh: '话题', en: 'Topic' },
  offer: { zh: '要接待这位客户吗？', en: 'Will you take this customer?' },
  until: { zh: '剩余时间（秒）', en: 'Seconds left' },
} satisfies Record<string, Text>

/** The parts of an entry, each fit for one message of its own, with who said it before the first words and commands under the last. */
export function entryParts(entry: DeskEntry, locale: Locale): Part[] {
  const parts = adapt(entry.parts, TOPIC, { locale, sender: { name: speaker(entry.author, entry.name, locale) } }).flat()
  const last = parts.at(-1)
  if (!entry.commands?.length || last?.type !== 'text') return parts
  return [...parts.slice(0, -1), { type: 'buttons', text: last.text, buttons: entry.commands }]
}

export interface Asking {
  until: Date
  now: Date
  /** The topic, where it is shown already. */
  url: string | undefined
}

/** An offer: what the card says, with the question before it and how long it stands. */
export function offerText(card: Card, { until, now, url }: Asking, locale: Locale): string {
  const seconds = Math.max(0, Math.round((until.getTime() - now.getTime()) / 1000))
  const facts: Card['facts'] = [[WORDS.until[locale], String(seconds)], ...card.facts]
  const topic = url === undefined ? '' : `\n${WORDS.thread[locale]}: ${url}`
  const question = `${WORDS.offer[locale]}\n\n`
  return question + cardText({ ...card, facts }, locale, TEXT_MAX - question.length - topic.length) + topic
}

/** The card with as much of the newest history as one message holds. */
export function cardText(card: Card, locale: Locale, max = TEXT_MAX): string {
  const facts = card.facts.map(([label, value]) => `${oneLine(label)}: ${cut(oneLine(value), 300, 'utf16')}`)
  const end = card.url ? ['', `${WORDS.console[locale]}: ${card.url}`] : []
  const head = [oneLine(card.title), '', ...facts]
  const lines: string[] = []
  let room = max - [...head, '', `${WORDS.history[locale]}:`, ...end].join('\n').length
  for (const line of [...card.history].reverse()) {
    const text = cut(historyLine(line, locale), 500, 'utf16')
    room -= text.length + 1
    if (room < 0) break
    lines.unshift(text)
  }
  const history = lines.length > 0 ? ['', `${WORDS.history[locale]}:`, ...lines] : []
  return cut([...head, ...history, ...end].join('\n'), max, 'utf16')
}

function historyLine(line: CardLine, locale: Locale): string {
  return `${speaker(line.author, line.name, locale)}: ${oneLine(line.text)}`
}

/** Command buttons, two in a row. */
export function keyboardOf(buttons: readonly Button[]) {
  const keys = buttons.map(({ id, label, url }) => (url === undefined ? { text: label, callback_data: id } : { text: label, url }))
  const rows = []
  for (let index = 0; index < keys.length; index += 2) rows.push(keys.slice(index, index + 2))
  return { inline_keyboard: rows }
}
