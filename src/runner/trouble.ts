// A message that did not reach the customer is never silent: every thread of the conversation says so, with a button.
import { newId } from '#core/ids.ts'
import { phrase } from '#core/phrases.ts'
import type { Outcome } from '#store/deliveries.ts'
import type { DeliveryRow, NewDelivery } from '#store/rows.ts'
import { openThreadsOf } from '#store/threads.ts'
import type { RunnerParts } from './parts.ts'

/** What the desks are told; written together with the outcome, so that no crash comes between. */
export async function troubleOf(parts: RunnerParts, row: DeliveryRow, outcome: Outcome): Promise<NewDelivery[]> {
  if (row.kind !== 'channel' || row.op !== 'send' || outcome.state === 'sent' || outcome.state === 'retry') return []
  const { db } = parts.database
  const now = parts.clock.now()
  return (await openThreadsOf(db, row.conversationId)).map(({ deskId }): NewDelivery => {
    const locale = parts.house().desks.get(deskId)?.locale ?? parts.house().locale
    const unsure = outcome.state === 'unknown' || outcome.state === 'held'
    const text = unsure
      ? phrase('whisper.send_unknown', locale)
      : phrase('whisper.cannot_send', locale, { why: outcome.error ?? outcome.state })
    const buttons = row.messageId ? [{ id: `resend ${row.messageId}`, label: phrase('button.resend', locale) }] : []
    return {
      id: newId('dlv', parts.clock),
      kind: 'desk',
      targetId: deskId,
      lane: `desk:${deskId}:${row.conversationId}`,
      conversationId: row.conversationId,
      messageId: null,
      op: 'post',
      payload: { author: 'system', name: phrase('author.system', locale), parts: [{ type: 'text', text }], buttons },
      automatic: true,
      nextAt: now,
      originKey: `${row.id}:trouble:${row.fence}:${deskId}`,
      createdAt: now,
    }
  })
}
