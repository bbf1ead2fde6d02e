// The outbox. Nothing leaves except through it; each attempt is on record before its first byte.
import { and, asc, eq, inArray, lt, notInArray, sql } from 'drizzle-orm'
import type { Db, Reader, Tx } from './database.ts'
import type { DeliveryRow, NewDelivery } from './rows.ts'
import { type DeliveryState, deliveries, messageLinks } from './schema.ts'

/** A sender that does not renew its lease for so long is taken for dead; what it was sending is `unknown`. */
export const LEASE_MS = 20_000

export async function insertDeliveries(tx: Tx, rows: NewDelivery[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insert(deliveries)
    .values(rows.map((row) => ({ ...row, state: 'pending' as const })))
    .onConflictDoNothing()
}

/**
 * Takes deliveries that are due and heads of their lanes, and commits that they are being sent: from here on, a crash means
 * that we do not know whether they went out. `paused` are targets that asked us to wait.
 */
export async function claimDeliveries(db: Db, limit: number, now: Date, paused: string[] = []): Promise<DeliveryRow[]> {
  return db.transaction(async (tx) => {
    const due = await tx
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(
        and(
          inArray(deliveries.state, ['pending', 'retry']),
          sql`${deliveries.nextAt} <= ${now.toISOString()}::timestamptz`,
          paused.length > 0 ? notInArray(deliveries.targetId, paused) : undefined,
          sql`not exists (select 1 from deliveries before where before.lane = ${deliveries.lane}
              and before.state in ('pending', 'retry', 'sending') and before.position < ${deliveries.position})`,
        ),
      )
      .orderBy(asc(deliveries.position))
      .limit(limit)
      .for('update', { skipLocked: true })
    if (due.length === 0) return []
    const rows = await tx
      .update(deliveries)
      .set({
        state: 'sending',
        attempts: sql`${deliveries.attempts} + 1`,
        fence: sql`${deliveries.fence} + 1`,
        startedAt: now,
        leaseUntil: new Date(now.getTime() + LEASE_MS),
      })
      .where(
        inArray(
          deliveries.id,
          due.map((row) => row.id),
        ),
      )
      .returning()
    return rows.sort((a, b) => a.position - b.position)
  })
}

/** Says that these are still being sent. */
export async function renewLeases(db: Db, ids: string[], now: Date): Promise<void> {
  if (ids.length === 0) return
  await db
    .update(deliveries)
    .set({ leaseUntil: new Date(now.getTime() + LEASE_MS) })
    .where(and(inArray(deliveries.id, ids), eq(deliveries.state, 'sending')))
}

export interface Outcome {
  state: DeliveryState
  error?: string
  nextAt?: Date
  externalIds?: string[]
  possiblyTwice?: boolean
}

/** Writes what came of an attempt; false when the lease was lost meanwhile, and somebody else decides. */
export async function finishDelivery(db: Db, row: DeliveryRow, outcome: Outcome, now: Date): Promise<boolean> {
  return db.transaction(async (tx) => {
    const done = await tx
      .update(deliveries)
      .set({
        state: outcome.state,
        error: outcome.error ?? null,
        leaseUntil: null,
        nextAt: outcome.nextAt ?? row.nextAt,
        externalIds: outcome.externalIds ?? row.externalIds,
        possiblyTwice: outcome.possiblyTwice ?? row.possiblyTwice,
        finishedAt: outcome.state === 'retry' ? null : now,
      })
      .where(and(eq(deliveries.id, row.id), eq(deliveries.fence, row.fence), eq(deliveries.state, 'sending')))
      .returning({ id: deliveries.id })
    if (done.length === 0) return false
    if (row.messageId && outcome.externalIds?.length) {
      const links = outcome.externalIds.map((externalId) => ({
        scope: row.targetId,
        externalId,
        messageId: row.messageId as string,
        direction: 'out' as const,
      }))
      await tx.insert(messageLinks).values(links).onConflictDoNothing()
    }
    return true
  })
}

/** Takes over deliveries whose sender died while sending: the fence rises, so a sender that wakes up can write nothing. */
export async function takeAbandoned(db: Db, now: Date): Promise<DeliveryRow[]> {
  return db
    .update(deliveries)
    .set({ fence: sql`${deliveries.fence} + 1`, leaseUntil: new Date(now.getTime() + LEASE_MS) })
    .where(and(eq(deliveries.state, 'sending'), lt(deliveries.leaseUntil, now)))
    .returning()
}

/** At the start of the only process there is, whatever is `sending` was cut off: nobody else can hold it. */
export async function expireLeases(db: Db, now: Date): Promise<void> {
  await db
    .update(deliveries)
    .set({ leaseUntil: new Date(now.getTime() - 1) })
    .where(eq(deliveries.state, 'sending'))
}

/** Sends what did not surely arrive of these messages again, by somebody's word: from here on it is a person's, not the bot's. */
export async function resendDeliveries(tx: Tx, messageIds: string[], now: Date): Promise<void> {
  if (messageIds.length === 0) return
  await tx
    .update(deliveries)
    .set({ state: 'pending', nextAt: now, attempts: 0, error: null, automatic: false })
    .where(
      and(
        inArray(deliveries.messageId, messageIds),
        eq(deliveries.kind, 'channel'),
        inArray(deliveries.state, ['failed', 'unknown', 'held', 'expired']),
      ),
    )
}

/** The deliveries to the customer's channel of some messages, in order. */
export async function deliveriesOf(db: Reader, messageIds: string[]): Promise<DeliveryRow[]> {
  if (messageIds.length === 0) return []
  return db
    .select()
    .from(deliveries)
    .where(and(inArray(deliveries.messageId, messageIds), eq(deliveries.kind, 'channel'), eq(deliveries.op, 'send')))
    .orderBy(deliveries.position)
}

export async function countDeliveries(db: Reader): Promise<{ pending: number; failed: number; unknown: number; held: number }> {
  const { rows } = await db.execute<{ state: string; count: number }>(
    sql`select state, count(*)::int as count from deliveries
        where state in ('pending', 'retry', 'sending', 'failed', 'unknown', 'held') group by state`,
  )
  const count = (...states: string[]) => rows.filter((row) => states.includes(row.state)).reduce((sum, row) => sum + row.count, 0)
  return { pending: count('pending', 'retry', 'sending'), failed: count('failed'), unknown: count('unknown'), held: count('held') }
}
