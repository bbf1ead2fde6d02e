// The messages of a thread as they stand on the screen: days between them, and runs of one author drawn together.
import type { ConsoleMessage } from '#http/console/protocol.ts'
import { dayKey } from '../time.ts'

export type TimelineItem =
  | { type: 'day'; key: string; at: string }
  /** `first` carries the author's name, `last` the time. */
  | { type: 'message'; key: string; message: ConsoleMessage; first: boolean; last: boolean }

const RUN_MS = 5 * 60_000

function sameRun(one: ConsoleMessage | undefined, other: ConsoleMessage | undefined): boolean {
  if (!one || !other) return false
  const gap = Math.abs(Date.parse(other.at) - Date.parse(one.at))
  return one.author === other.author && one.name === other.name && gap < RUN_MS && dayKey(one.at) === dayKey(other.at)
}

export function timeline(messages: readonly ConsoleMessage[]): TimelineItem[] {
  const items: TimelineItem[] = []
  messages.forEach((message, index) => {
    const before = messages[index - 1]
    if (!before || dayKey(before.at) !== dayKey(message.at)) items.push({ type: 'day', key: `day ${dayKey(message.at)}`, at: message.at })
    const first = !sameRun(before, message)
    const last = !sameRun(message, messages[index + 1])
    items.push({ type: 'message', key: message.id, message, first, last })
  })
  return items
}
