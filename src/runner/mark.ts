// Shows at an agent's words what became of them. Losing a tick is no harm: the next one tells it all, and failure is told in words besides.
import type { Desk, MarkState } from '#core/desk.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { findMessage } from '#store/drafts.ts'
import { isFollowed } from '#store/lanes.ts'
import { deliveriesOf } from '#store/message-deliveries.ts'
import type { DeliveryRow, MessageRow } from '#store/rows.ts'
import { findOpenThread } from '#store/threads.ts'
import type { RunnerParts } from './parts.ts'

/** A tick that is late by so much tells nobody anything: what the tool cannot be told by then is left. */
const LATE_MS = 10 * 60_000

export async function showTick(parts: RunnerParts, desk: Desk, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  const { db } = parts.database
  if (!desk.mark || !row.payload.target || !row.messageId || (await isFollowed(db, row))) return []
  const message = await findMessage(db, row.conversationId, { id: row.messageId })
  const state = message && markOf(message, await deliveriesOf(db, [message.id]))
  const thread = state && (await findOpenThread(db, row.conversationId, row.targetId))
  if (!thread) return []
  try {
    await desk.mark(thread.threadKey, row.payload.target, state, signal)
  } catch (error) {
    const kind = error instanceof ConnectorError ? error.kind : 'transient'
    const isLate = parts.clock.now().getTime() - row.createdAt.getTime() > LATE_MS
    if ((kind === 'transient' || kind === 'rate_limited' || kind === 'unauthorized') && !isLate) throw error
    // The message is gone, or the tool lets us not: the words themselves are where they belong.
    parts.log.debug({ delivery: row.id, error: reason(error) }, 'a tick could not be shown')
  }
  return []
}

const REFUSED = new Set<DeliveryRow['state']>(['failed', 'unknown', 'held', 'expired'])

/** Of words that are on their way nothing is shown yet. */
export function markOf(message: MessageRow, sends: Pick<DeliveryRow, 'state' | 'deliveredAt' | 'readAt'>[]): MarkState | undefined {
  if (message.author === 'note') return message.question ? 'held' : 'note'
  if (message.author !== 'agent' || message.recalledAt || sends.length === 0) return undefined
  if (sends.some(({ state }) => REFUSED.has(state))) return 'failed'
  if (sends.some(({ state }) => state !== 'sent')) return undefined
  if (sends.every(({ readAt }) => readAt)) return 'read'
  return sends.every(({ deliveredAt }) => deliveredAt) ? 'delivered' : 'sent'
}
