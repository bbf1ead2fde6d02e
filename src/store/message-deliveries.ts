// What became of one message on its way out, and what a person may still change about it.
import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Reader, Tx } from './database.ts'
import { insertDeliveries, sentAgain } from './deliveries.ts'
import type { DeliveryRow, NewDelivery } from './rows.ts'
import { deliveries } from './schema.ts'

/** The deliveries to the customer's channel of some messages, in order. */
export async function deliveriesOf(db: Reader, messageIds: string[]): Promise<DeliveryRow[]> {
  if (messageIds.length === 0) return []
  return db
    .select()
    .from(deliveries)
    .where(and(inArray(deliveries.messageId, messageIds), eq(deliveries.kind, 'channel'), eq(deliveries.op, 'send')))
    .orderBy(deliveries.position)
}

/** Sends what did not surely arrive of these messages again, by somebody's word: from here on it is a person's, not the bot's. */
export async function resendDeliveries(tx: Tx, messageIds: string[], now: Date): Promise<void> {
  if (messageIds.length === 0) return
  await tx
    .update(deliveries)
    .set(sentAgain(now))
    .where(
      and(
        inArray(deliveries.messageId, messageIds),
        eq(deliveries.kind, 'channel'),
        inArray(deliveries.state, ['failed', 'unknown', 'held', 'expired']),
      ),
    )
}

/**
 * Takes back a message of which nothing was tried yet, and puts `fresh` in its place; where something may have left, `after` follows it.
 * The rows are locked first: a sender that takes them at the same time is either seen or waits, and then finds them gone.
 */
export async function withdrawDeliveries(
  tx: Tx,
  { messageId, fresh, after }: { messageId: string; fresh: NewDelivery[]; after: NewDelivery[] },
): Promise<void> {
  const mine = and(eq(deliveries.messageId, messageId), eq(deliveries.kind, 'channel'), eq(deliveries.op, 'send'))
  const rows = await tx
    .select({ id: deliveries.id, state: deliveries.state, attempts: deliveries.attempts })
    .from(deliveries)
    .where(mine)
    .orderBy(deliveries.position)
    .for('update')
  const isUntouched = rows.length > 0 && rows.every(({ state, attempts }) => state === 'pending' && attempts === 0)
  if (!isUntouched) return insertDeliveries(tx, after)
  // In their own places: what was written after them must not overtake them.
  for (const [n, { id }] of rows.entries()) {
    const payload = fresh[n]?.payload
    if (payload) await tx.update(deliveries).set({ payload }).where(eq(deliveries.id, id))
    else await tx.delete(deliveries).where(eq(deliveries.id, id))
  }
  await insertDeliveries(tx, fresh.slice(rows.length))
}

/** What was shown of a message in a desk: the ids of its last showing there. */
export async function shownOf(db: Reader, messageId: string, deskId: string): Promise<string[]> {
  const [row] = await db
    .select({ externalIds: deliveries.externalIds })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.messageId, messageId),
        eq(deliveries.kind, 'desk'),
        eq(deliveries.targetId, deskId),
        inArray(deliveries.op, ['post', 'edit']),
        eq(deliveries.state, 'sent'),
        // What is shown together with other words cannot change by itself.
        sql`not ${deliveries.payload} ? 'with'`,
      ),
    )
    .orderBy(desc(deliveries.position))
    .limit(1)
  return row?.externalIds ?? []
}
