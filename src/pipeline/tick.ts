// What became of an agent's words, shown at them in the tool where they were written. A tick is no news by itself: what it shows is
// looked up when it goes out, so that a late one is right, and several at once become one.
import type { Clock } from '#core/clock.ts'
import { newId } from '#core/ids.ts'
import type { Ticked } from '#store/receipts.ts'
import type { Draft, MessageRow, NewDelivery } from '#store/rows.ts'
import type { House } from './house.ts'

/** Long enough for what follows at once (sent, delivered, read) to be shown as one tick. */
const TICK_MS = 700

/** Where a tick can be shown at what an agent wrote: desks know their own ids of it. */
export function tickOf({ via, externalId }: MessageRow, house: House): { desk: string; target: string } | undefined {
  return via && externalId && house.desks.get(via)?.marks ? { desk: via, target: externalId } : undefined
}

/** Shows it anew. `why` names the cause: the same again makes no second one. */
export function mark(draft: Draft, message: MessageRow, why: string, house: House): void {
  const tick = tickOf(message, house)
  if (tick) draft.newDeliveries.push(markRow({ conversationId: message.conversationId, messageId: message.id, tick }, why, house.clock))
}

/** In a lane of its own: no words wait for a tick. */
export function markRow({ conversationId, messageId, tick }: Omit<Ticked, 'id' | 'state'>, why: string, clock: Clock): NewDelivery {
  const now = clock.now()
  return {
    id: newId('dlv', clock),
    kind: 'desk',
    targetId: tick.desk,
    lane: `mark:${messageId}`,
    conversationId,
    messageId,
    op: 'mark',
    payload: { target: tick.target },
    automatic: true,
    nextAt: new Date(now.getTime() + TICK_MS),
    originKey: `mark:${messageId}:${why}`,
    createdAt: now,
  }
}

/** What the platform, or the customer's browser, says of a message. */
export function markOf(clock: Clock): (row: Ticked) => NewDelivery[] {
  return (row) => [markRow(row, `${row.id}:${row.state}`, clock)]
}
