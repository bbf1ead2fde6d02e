// A message that did not reach the customer is never silent: every thread of the conversation says so, with a button.
import { newId } from '#core/ids.ts'
import { inTongue } from '#core/locale.ts'
import { phrase } from '#core/phrases.ts'
import type { Reader } from '#store/database.ts'
import type { Outcome } from '#store/deliveries.ts'
import type { DeliveryRow, NewDelivery } from '#store/rows.ts'
import { openThreadsOf } from '#store/threads.ts'
import { markRow } from '../pipeline/tick.ts'
import type { RunnerParts } from './parts.ts'

/** What desks are told of an outcome; written together with it, so that no crash comes between. */
export async function toldOf(
  parts: RunnerParts,
  row: DeliveryRow,
  outcome: Outcome,
  db: Reader = parts.database.db,
): Promise<NewDelivery[]> {
  if (row.kind !== 'channel' || outcome.state === 'retry') return []
  return [...tickOf(parts, row, outcome), ...(await troubleOf(parts, row, outcome, db))]
}

/** The tick at the writer's own words. */
function tickOf({ clock }: RunnerParts, { payload: { tick }, messageId, conversationId, ...row }: DeliveryRow, outcome: Outcome) {
  return tick && messageId ? [markRow({ conversationId, messageId, tick }, `${row.id}:${row.fence}:${outcome.state}`, clock)] : []
}

const WORDS = { send: 'whisper.cannot_send', edit: 'whisper.cannot_edit', remove: 'whisper.cannot_recall' } as const

async function troubleOf(parts: RunnerParts, row: DeliveryRow, outcome: Outcome, db: Reader): Promise<NewDelivery[]> {
  const { op } = row
  if (outcome.state === 'sent' || (op !== 'send' && op !== 'edit' && op !== 'remove')) return []
  const now = parts.clock.now()
  return (await openThreadsOf(db, row.conversationId)).map(({ deskId }): NewDelivery => {
    const locale = parts.house().desks.get(deskId)?.locale ?? parts.house().locale
    const unsure = outcome.state === 'unknown' || outcome.state === 'held'
    const text = unsure
      ? phrase('whisper.send_unknown', locale)
      : phrase(WORDS[op], locale, { why: inTongue(outcome.error ?? outcome.state, locale) })
    const buttons = row.messageId && op === 'send' ? [{ id: `resend ${row.messageId}`, label: phrase('button.resend', locale) }] : []
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
