// The messages of a thread as they stand on the screen: days between them, and runs of one author drawn together.
import type { ConsoleMessage } from '#http/console/protocol.ts'
import type { Outgoing } from '../outgoing.ts'
import { dayKey } from '../time.ts'

export type TimelineItem =
  | { type: 'day'; key: string; at: string }
  /** `first` carries the author's name, `last` the time. */
  /** My own words that were refused, after what stood there when they were said. */
  | { type: 'unsent'; key: string; item: Outgoing }
  | { type: 'message'; key: string; message: ConsoleMessage; first: boolean; last: boolean }

const RUN_MS = 5 * 60_000

function sameRun(one: ConsoleMessage | undefined, other: ConsoleMessage | undefined): boolean {
  if (!one || !other) return false
  const gap = Math.abs(Date.parse(other.at) - Date.parse(one.at))
  return one.author === other.author && one.name === other.name && gap < RUN_MS && dayKey(one.at) === dayKey(other.at)
}

export function timeline(messages: readonly ConsoleMessage[], unsent: readonly Outgoing[] = []): TimelineItem[] {
  const items: TimelineItem[] = []
  const left = [...unsent].sort((one, other) => one.afterSeq - other.afterSeq)
  const place = (until: number) => {
    const here = left.splice(0, left.filter(({ afterSeq }) => afterSeq < until).length)
    items.push(...here.map((item): TimelineItem => ({ type: 'unsent', key: item.clientId, item })))
  }
  /** Words between two messages end the run. */
  const isCut = (message: ConsoleMessage | undefined, next: ConsoleMessage | undefined) =>
    !sameRun(message, next) || unsent.some(({ afterSeq }) => message && next && message.seq <= afterSeq && afterSeq < next.seq)
  messages.forEach((message, index) => {
    const before = messages[index - 1]
    place(message.seq)
    if (!before || dayKey(before.at) !== dayKey(message.at)) items.push({ type: 'day', key: `day ${dayKey(message.at)}`, at: message.at })
    items.push({ type: 'message', key: message.id, message, first: isCut(before, message), last: isCut(message, messages[index + 1]) })
  })
  place(Number.POSITIVE_INFINITY)
  return items
}
