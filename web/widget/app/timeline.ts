// Turns the history and the outbox into what the reader sees: time separators, and runs of bubbles by one speaker.
import type { Locale } from '#core/message.ts'
import type { ChatMessage } from '#http/chat/protocol.ts'
import { type OutboxItem, type OutboxState, outboxParts } from './outbox.ts'

export interface Bubble {
  type: 'bubble'
  /** Stays the same when an outbox entry becomes a message, so that the bubble does not jump. */
  key: string
  message: ChatMessage
  /** First and last of a run by the same speaker. */
  first: boolean
  last: boolean
  /** Only on what is still in the outbox. */
  sending?: { state: OutboxState; clientId: string; reason?: string }
}

export interface Separator {
  type: 'separator'
  key: string
  at: string
}

/** A pause of this length begins a new stretch of talk, with its time above it. */
const PAUSE_MS = 20 * 60_000
/** Within this time the same speaker goes on speaking. */
const RUN_MS = 5 * 60_000

export function timeline(messages: readonly ChatMessage[], outbox: readonly OutboxItem[]): (Bubble | Separator)[] {
  const out: (Bubble | Separator)[] = []
  let previous: Bubble | undefined
  for (const bubble of inOrder(messages, outbox)) {
    const at = bubble.message.at
    if (startsStretch(previous?.message.at, at)) {
      out.push({ type: 'separator', key: `at ${bubble.key}`, at })
      previous = undefined
    }
    if (previous && continues(previous.message, bubble.message)) {
      previous.last = false
      bubble.first = false
    }
    out.push(bubble)
    previous = bubble
  }
  return out
}

/** What waits comes last, since it will be said last; what was refused stays where it was said. */
function inOrder(messages: readonly ChatMessage[], outbox: readonly OutboxItem[]): Bubble[] {
  const refused = outbox.filter((item) => item.state === 'failed')
  const out: Bubble[] = refused.filter((item) => messages.every((message) => message.seq > item.after)).map(fromOutbox)
  messages.forEach((message, index) => {
    const next = messages[index + 1]?.seq ?? Infinity
    out.push(fromMessage(message))
    out.push(...refused.filter((item) => item.after >= message.seq && item.after < next).map(fromOutbox))
  })
  return [...out, ...outbox.filter((item) => item.state !== 'failed').map(fromOutbox)]
}

function fromMessage(message: ChatMessage): Bubble {
  return { type: 'bubble', key: message.clientId ?? message.id, message, first: true, last: true }
}

function fromOutbox(item: OutboxItem): Bubble {
  const { clientId } = item.request
  const message: ChatMessage = { id: clientId, seq: Infinity, author: 'customer', parts: outboxParts(item), at: item.at, clientId }
  return { ...fromMessage(message), sending: { state: item.state, clientId, ...(item.reason && { reason: item.reason }) } }
}

function startsStretch(previous: string | undefined, at: string): boolean {
  if (previous === undefined) return true
  const [before, after] = [new Date(previous), new Date(at)]
  return after.getTime() - before.getTime() >= PAUSE_MS || before.toDateString() !== after.toDateString()
}

function continues(before: ChatMessage, after: ChatMessage): boolean {
  const near = new Date(after.at).getTime() - new Date(before.at).getTime() < RUN_MS
  return near && before.author === after.author && before.name === after.name
}

const INTL: Record<Locale, string> = { zh: 'zh-CN', en: 'en-GB' }
const DAY_MS = 24 * 3600_000

/** '今天 14:03', 'Yesterday 09:12', '11月20日 周五 14:03'; the year only when it is not this one. */
export function timeLabel(at: Date, now: Date, locale: Locale): string {
  const clock = clockLabel(at, locale)
  const days = Math.round((midnight(now) - midnight(at)) / DAY_MS)
  if (days === 0 || days === 1) {
    const day = new Intl.RelativeTimeFormat(INTL[locale], { numeric: 'auto' }).format(-days, 'day')
    return `${day.charAt(0).toUpperCase()}${day.slice(1)} ${clock}`
  }
  const year = at.getFullYear() === now.getFullYear() ? undefined : ('numeric' as const)
  const format = new Intl.DateTimeFormat(INTL[locale], {
    year,
    month: locale === 'zh' ? 'long' : 'short',
    day: 'numeric',
    weekday: 'short',
  })
  return `${format.format(at)} ${clock}`
}

export function clockLabel(at: Date, locale: Locale): string {
  return new Intl.DateTimeFormat(INTL[locale], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at)
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** Upserts by id (an edit brings the same id again) and keeps the order of `seq`. */
export function mergeMessages(known: readonly ChatMessage[], news: readonly ChatMessage[]): ChatMessage[] {
  const byId = new Map(known.map((message) => [message.id, message]))
  for (const message of news) byId.set(message.id, message)
  return [...byId.values()].sort((a, b) => a.seq - b.seq)
}

/** Which button of a question was chosen: the next words of the customer, when they are one of its labels. */
export function chosenLabel(messages: readonly ChatMessage[], question: ChatMessage): string | undefined {
  const answer = messages.find((message) => message.seq > question.seq && message.author === 'customer')
  const part = answer?.parts[0]
  return part?.type === 'text' ? part.text : undefined
}
