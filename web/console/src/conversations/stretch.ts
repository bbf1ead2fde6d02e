// Pages of a history put together: each covers a stretch from one message to another, and what touches is one stretch. Pure.
import type { ConsoleMessage, HistoryPage } from '#http/console/protocol.ts'

/** What a page was asked with. It stays what it is, whatever is said later. */
export type Ask = { before: number } | { after: number } | { around: number }

export interface Stretch {
  /** Without a hole between them; 0: from the very beginning, infinity: to whatever is said next. */
  from: number
  to: number
  messages: readonly ConsoleMessage[]
}

export const keyOf = (ask: Ask): string => JSON.stringify(ask)

export function stretchOf({ messages, older, newer }: HistoryPage, ask?: Ask): Stretch {
  const first = ask && 'after' in ask ? ask.after + 1 : (messages[0]?.seq ?? 0)
  const last = ask && 'before' in ask ? ask.before - 1 : (messages.at(-1)?.seq ?? 0)
  return { from: older ? first : 0, to: newer ? last : Number.POSITIVE_INFINITY, messages }
}

/** What can be read from `base` on without a hole, and of which of the others it is made. */
export function joined(base: Stretch, others: readonly Stretch[]): Stretch {
  let { from, to } = base
  const used = new Set([base])
  for (let before = 0; before !== used.size; ) {
    before = used.size
    for (const one of others) {
      if (one.from > to + 1 || one.to < from - 1) continue
      used.add(one)
      from = Math.min(from, one.from)
      to = Math.max(to, one.to)
    }
  }
  return { from, to, messages: used.size === 1 ? base.messages : merged([...used]) }
}

/** Each message once, where two pages hold it as the newer one has it. */
function merged(stretches: readonly Stretch[]): ConsoleMessage[] {
  const byId = new Map<string, ConsoleMessage>()
  const inOrder = [...stretches].sort((one, other) => one.to - other.to || one.from - other.from)
  for (const { messages } of inOrder) for (const message of messages) byId.set(message.id, message)
  return [...byId.values()].sort((one, other) => one.seq - other.seq)
}

/** The pages that are still to be asked for, so that what is shown reaches over all that is wanted. */
export function missing(shown: Stretch, wanted: { from: number; to: number }): Ask[] {
  return [
    ...(wanted.from < shown.from ? [{ before: shown.from }] : []),
    ...(wanted.to > shown.to && shown.to < Number.POSITIVE_INFINITY ? [{ after: shown.to }] : []),
  ]
}

export const covers = ({ from, to }: Stretch, seq: number): boolean => from <= seq && seq <= to
