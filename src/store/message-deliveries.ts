// What became of one message on its way out, and what a person may still change about it.
import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Part } from '#core/message.ts'
import { type Db, type Reader, type Tx, transact } from './database.ts'
import { insertDeliveries, sentAgain } from './deliveries.ts'
import type { DeliveryRow, Draft } from './rows.ts'
import { deliveries } from './schema.ts'
import { droppedBefore } from './trouble.ts'

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

/** Nothing of it leaves any more, unless a person has it sent again. */
const STUCK: ReadonlySet<DeliveryRow['state']> = new Set(['failed', 'unknown', 'held', 'expired'])

/**
 * Surely nothing of it left. What is sent again by somebody's word may have; and what is tried again only where the platform knows it by a
 * key (`keyed`) and may have taken it.
 */
function isHere({ state, attempts, possiblyTwice }: Pick<DeliveryRow, 'state' | 'attempts' | 'possiblyTwice'>, keyed: boolean): boolean {
  return !possiblyTwice && ((state === 'pending' && attempts === 0) || (state === 'retry' && !keyed))
}

/** Whether the customer has nothing of a message, and nothing of it is on its way, as far as can be seen now. */
export async function isUnsent(db: Reader, messageId: string, keyed: boolean): Promise<boolean> {
  const rows = await deliveriesOf(db, [messageId])
  return rows.length > 0 && (rows.every(({ state }) => STUCK.has(state)) || rows.every((row) => isHere(row, keyed)))
}

const sendsOf = (messageId: string) => and(eq(deliveries.messageId, messageId), eq(deliveries.kind, 'channel'), eq(deliveries.op, 'send'))

/** The deliveries of a message to its channel, in order: whoever sends one of them at the same time is seen, or waits. */
async function lockSends(tx: Db | Tx, messageId: string) {
  const { id, state, attempts, possiblyTwice, error } = deliveries
  return tx
    .select({ id, state, attempts, possiblyTwice, error })
    .from(deliveries)
    .where(sendsOf(messageId))
    .orderBy(deliveries.position)
    .for('update')
}

/**
 * Takes back a message of which nothing left, and puts `fresh` in its place; where something may have left, `after` follows it.
 * Of what is stuck nothing leaves: it is changed in its place, for whoever has it sent again, or settled in the name of `by`.
 * The rows are locked first: a sender that takes them at the same time is either seen or waits, and then finds them gone.
 */
export async function withdrawDeliveries(tx: Tx, { messageId, fresh, after, by, keyed }: Draft['withdrawn'][number]): Promise<void> {
  const rows = await lockSends(tx, messageId)
  const [first] = rows
  const isStuck = rows.every((row) => STUCK.has(row.state))
  const isUntouched = rows.every((row) => isHere(row, keyed))
  if (!first || (!isStuck && !isUntouched)) return insertDeliveries(tx, after)
  if (isStuck && fresh.length === 0) {
    await tx
      .update(deliveries)
      .set({ state: 'expired', error: droppedBefore(by) })
      .where(sendsOf(messageId))
    return
  }
  // In their own places: what was written after them must not overtake them.
  for (const [n, row] of rows.entries()) {
    const payload = fresh[n]?.payload
    if (payload) await tx.update(deliveries).set({ payload }).where(eq(deliveries.id, row.id))
    else await tx.delete(deliveries).where(eq(deliveries.id, row.id))
  }
  const more = fresh.slice(rows.length)
  await insertDeliveries(tx, more)
  if (!isStuck || more.length === 0) return
  const ids = more.map((one) => one.id)
  await tx.update(deliveries).set({ state: first.state, error: first.error }).where(inArray(deliveries.id, ids))
}

/** The same for what got stuck after the change was asked for: `chunks`, no more than there are deliveries, are its words now. */
export async function amendStuck(db: Db, messageId: string, chunks: Part[][], by: string): Promise<void> {
  await transact(db, async (tx) => {
    const rows = await lockSends(tx, messageId)
    if (!rows.every(({ state }) => STUCK.has(state))) return
    for (const [n, { id }] of rows.entries()) {
      const parts = JSON.stringify({ parts: chunks[n] })
      const now = chunks[n]
        ? { payload: sql`${deliveries.payload} || ${parts}::jsonb` }
        : { state: 'expired' as const, error: droppedBefore(by) }
      await tx.update(deliveries).set(now).where(eq(deliveries.id, id))
    }
  })
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
