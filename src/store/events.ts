// What came in: commit first, work later, once.
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Db, Reader, Tx } from './database.ts'
import type { EventRow } from './rows.ts'
import { type EventResult, events } from './schema.ts'

export type NewEvent = Pick<EventRow, 'id' | 'source' | 'sourceId' | 'externalId' | 'lane' | 'payload' | 'receivedAt'>

/** What somebody who waits is told; the reason stays in `error`, for the admin. */
const FAILED: EventResult = { ok: false, code: 'failed', message: 'This could not be done. / 未能完成。' }

/** After so many failures an event is set aside as `dead`: kept with its error, counted in /metrics. */
export const EVENT_TRIES = 5

/**
 * Stores events; those already known stay as they are. Returns the ids of the new ones.
 * The unique index decides, not a look before: a redelivery at the same instant changes nothing either.
 */
export async function acceptEvents(tx: Db | Tx, incoming: NewEvent[]): Promise<string[]> {
  if (incoming.length === 0) return []
  const rows = await tx
    .insert(events)
    .values(incoming.map((event) => ({ ...(storable(event) as NewEvent), state: 'pending' as const, nextAt: event.receivedAt })))
    .onConflictDoNothing()
    .returning({ id: events.id })
  return rows.map((row) => row.id)
}

/** PostgreSQL stores neither NUL nor half a surrogate pair; both become U+FFFD, so that no message is refused for one letter. */
export function storable(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd')
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), storable(inner)]))
}

export async function findEvent(
  db: Reader,
  source: EventRow['source'],
  sourceId: string,
  externalId: string,
): Promise<EventRow | undefined> {
  const [row] = await db
    .select()
    .from(events)
    .where(and(eq(events.source, source), eq(events.sourceId, sourceId), eq(events.externalId, externalId)))
  return row
}

/**
 * Takes the oldest pending event of each of up to `limit` lanes and keeps them locked until the transaction ends.
 * Only heads of lanes: events of one conversation are worked on in order, those of different ones side by side.
 */
export async function claimEvents(tx: Tx, limit: number, now: Date): Promise<EventRow[]> {
  return tx
    .select()
    .from(events)
    .where(
      and(
        eq(events.state, 'pending'),
        sql`${events.nextAt} <= ${now.toISOString()}::timestamptz`,
        sql`not exists (select 1 from events before where before.lane = ${events.lane} and before.state = 'pending' and before.position < ${events.position})`,
      ),
    )
    .orderBy(events.position)
    .limit(limit)
    .for('update', { skipLocked: true })
}

export interface Finished {
  id: string
  result: EventResult
}

/** What came of these events; waits for those that somebody is working on this instant. */
export async function awaitResults(db: Db, ids: string[]): Promise<Finished[]> {
  // The lock is what waits; a condition on the state would pass over rows that are just becoming done.
  const rows = await db.select({ id: events.id, result: events.result }).from(events).where(inArray(events.id, ids)).for('share')
  return rows.flatMap(({ id, result }) => (result ? [{ id, result }] : []))
}

export async function finishEvents(tx: Tx, done: Finished[], now: Date): Promise<void> {
  if (done.length === 0) return
  const values = sql.join(
    done.map(({ id, result }) => sql`(${id}::text, ${JSON.stringify(result)}::jsonb)`),
    sql`, `,
  )
  await tx.execute(
    sql`update events set state = 'done', result = v.result, processed_at = ${now.toISOString()}::timestamptz, error = null
        from (values ${values}) as v(id, result) where events.id = v.id`,
  )
}

/** Counts a failure: again after a growing pause, and set aside in the end so that it stops only itself. */
export async function failEvent(tx: Db | Tx, id: string, error: string, now: Date): Promise<void> {
  await tx
    .update(events)
    .set({
      attempts: sql`${events.attempts} + 1`,
      error,
      state: sql`case when ${events.attempts} + 1 >= ${EVENT_TRIES} then 'dead' else 'pending' end`,
      nextAt: sql`${now.toISOString()}::timestamptz + interval '1 second' * power(3, ${events.attempts})`,
      result: sql`case when ${events.attempts} + 1 >= ${EVENT_TRIES} then ${JSON.stringify(FAILED)}::jsonb else null end`,
    })
    .where(eq(events.id, id))
}

/** How many wait, and how many were set aside. */
export async function countEvents(db: Reader): Promise<{ pending: number; dead: number }> {
  const { rows } = await db.execute<{ pending: number; dead: number }>(
    sql`select count(*) filter (where state = 'pending')::int as pending, count(*) filter (where state = 'dead')::int as dead
        from events where state in ('pending', 'dead')`,
  )
  return rows[0] ?? { pending: 0, dead: 0 }
}
