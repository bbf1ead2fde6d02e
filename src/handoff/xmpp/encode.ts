// Cards and entries as messages of a room. Everything is plain text (XEP-0393 switched off), so nothing that a customer writes can become
// markup; who speaks stands before the words, on one line, so that no name can look like somebody else's words.
import { adapt, cut } from '#core/adapt.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { Card, CardLine, DeskEntry, MarkState, Offer } from '#core/desk.ts'
import type { Button, Locale, Part, Text } from '#core/message.ts'
import type { Xml } from '#core/xmpp.ts'
import { type Child, el, NS } from '#platforms/xmpp/stanza.ts'
import { oneLine, speaker } from '../speaker.ts'

/** Clients on phones draw more than this badly; servers take 64 KB of a stanza at least (ejabberd). */
export const TEXT_MAX = 4000

const ANY = { maxBytes: 64 * 1024 * 1024 }
/** What a room carries. No buttons: those that the bot offered the customer must not look like commands for agents, so they are a list. */
const ROOM: Capabilities = {
  text: { max: TEXT_MAX, unit: 'utf16', markdown: false },
  media: { image: ANY, audio: ANY, video: ANY, file: ANY },
}

export const WORDS = {
  history: { zh: '对话记录', en: 'History' },
  console: { zh: '控制台', en: 'Console' },
  commands: { zh: '命令', en: 'Commands' },
  room: { zh: '房间', en: 'Room' },
  until: { zh: '请在此时间前答复', en: 'Please answer by' },
  gone: { zh: '（客户已撤回）', en: '(taken back by the customer)' },
  file: { zh: '文件', en: 'File' },
  noLink: { zh: '（请在控制台查看）', en: '(look at it in the console)' },
  empty: { zh: '（已并入上一条）', en: '(now part of the message above)' },
} satisfies Record<string, Text>

export const TICKS: Record<MarkState, string> = { held: '⏳', note: '📝', sent: '✅', delivered: '☑️', read: '👀', failed: '⚠️' }

/** What of a message everybody's client should know: no markup in it, and its commands as quick answers (XEP-0439). */
export function message(id: string, body: string, more: { commands?: readonly Button[]; replaces?: string; rest?: Child[] } = {}): Xml {
  const { commands = [], replaces, rest = [] } = more
  return el(
    'message',
    { id },
    el('body', {}, body),
    el('unstyled', { xmlns: NS.styling }),
    ...commands
      .filter(({ url }) => url === undefined)
      .map((button) => el('response', { xmlns: NS.quick, value: `!${button.id}`, label: button.label })),
    replaces !== undefined && el('replace', { xmlns: NS.correct, id: replaces }),
    ...rest,
  )
}

/** The parts of an entry, each for one message of its own, with who said it before the first words. */
export function entryParts(entry: DeskEntry, locale: Locale): Part[] {
  return adapt(entry.parts, ROOM, { locale, sender: { name: speaker(entry.author, entry.name, locale) } }).flat()
}

/** What can be typed, for clients without quick answers: `!claim 认领`. */
export function commandLines(buttons: readonly Button[] | undefined, locale: Locale): string {
  if (!buttons?.length) return ''
  const typed = buttons.map(({ id, label, url }) => (url === undefined ? `!${id}（${label}）` : `${label} ${url}`))
  return `${WORDS.commands[locale]}: ${locale === 'en' ? typed.join(' ').replaceAll('（', ' (').replaceAll('）', ')') : typed.join(' ')}`
}

/** The card with as much of the newest history as one message holds. */
export function cardText(card: Card, locale: Locale): string {
  const facts = card.facts.map(([label, value]) => `${oneLine(label)}: ${cut(oneLine(value), 300, 'utf16')}`)
  const end = ['', ...(card.url ? [`${WORDS.console[locale]}: ${card.url}`] : []), commandLines(card.buttons, locale)]
  const head = [cut(oneLine(card.title), 300, 'utf16'), '', ...facts]
  const lines: string[] = []
  let room = TEXT_MAX - [...head, '', `${WORDS.history[locale]}:`, ...end].join('\n').length
  for (const line of [...card.history].reverse()) {
    const text = cut(historyLine(line, locale), 500, 'utf16')
    room -= text.length + 1
    if (room < 0) break
    lines.unshift(text)
  }
  const history = lines.length > 0 ? ['', `${WORDS.history[locale]}:`, ...lines] : []
  return cut([...head, ...history, ...end].join('\n').trimEnd(), TEXT_MAX, 'utf16')
}

/** One line of the lobby for one conversation: what it is, how it stands, where it is. */
export function lobbyText(card: Card, room: string): string {
  const facts = card.facts.slice(0, 4).map(([, value]) => oneLine(value))
  return cut(`${[oneLine(card.title), ...facts].join(' · ')}\nxmpp:${room}?join`, 1000, 'utf16')
}

export function offerText({ card, until, buttons, thread }: Offer, locale: Locale): string {
  const time = until.toISOString().slice(11, 19)
  const end = [
    '',
    `${WORDS.until[locale]}: ${time} UTC`,
    ...(thread ? [`${WORDS.room[locale]}: xmpp:${thread}?join`] : []),
    commandLines(buttons, locale),
  ].join('\n')
  return `${cut(cardText({ ...card, buttons: [] }, locale), TEXT_MAX - end.length - 1, 'utf16')}\n${end}`
}

/** A subject is one line of a window's head. */
export function subjectOf(card: Card): string {
  return cut(`${card.status === 'resolved' ? '✓ ' : ''}${oneLine(card.title) || card.conversation}`, 100, 'utf16')
}

function historyLine(line: CardLine, locale: Locale): string {
  return `${speaker(line.author, line.name, locale)}: ${oneLine(line.text)}`
}
