// What came in: commit first, work later, once.
import { and, DrizzleQueryError, eq, inArray, sql } from 'drizzle-orm'
import { type Db, READ_ONLY, type Reader, run, sqlState, type Tx, Unreachable } from './database.ts'
import { shapeOf } from './records.ts'
import type { EventRow } from './rows.ts'
import { type EventResult, events } from './schema.ts'

export type NewEvent = Pick<EventRow, 'id' | 'source' | 'sourceId' | 'externalId' | 'lane' | 'payload' | 'receivedAt'>

const shape = shapeOf(events, ['id', 'source', 'sourceId', 'externalId', 'lane', 'payload', 'receivedAt'])

/** What somebody who waits is told; the reason stays in `error`, for the admin. */
const FAILED: EventResult = { ok: false, code: 'failed', message: 'This could not be done. / 未能完成。' }

/** After so many failures an event is set aside as `dead`: kept with its error, counted in /metrics. */
export const EVENT_TRIES = 5

const ACCEPT = {
  name: 'accept_events',
  text: `insert into events (${shape.columns}, state, attempts, next_at)
    select ${shape.columns}, 'pending', 0, received_at from jsonb_populate_recordset(null::events, $1::jsonb)
    on conflict do nothing returning id`,
}

/**
 * Stores events; those already known stay as they are. Returns the ids of the new ones.
 * The unique index decides, not a look before: a redelivery at the same instant changes nothing either.
 */
export async function acceptEvents(db: Db, incoming: NewEvent[]): Promise<string[]> {
  if (incoming.length === 0) return []
  return (await run<{ id: string }>(db, ACCEPT, [shape.toJson(incoming)])).map((row) => row.id)
}

/** The same events, without what PostgreSQL cannot store: what is decided from them is decided from what will be read again. */
export function storableRows(rows: NewEvent[]): NewEvent[] {
  return rows.map((row) => (isStorable(row.externalId) && isStorable(row.payload) ? row : (storable(row) as NewEvent)))
}

/** What is looked up before it is stored: PostgreSQL cannot even be asked for a NUL. */
export function storableOf<T>(value: T): T {
  return isStorable(value) ? value : (storable(value) as T)
}

/** Looks at every text: a copy of each event, or its JSON, would cost ten times as much. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isStorable)
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner))
}

/**
 * Is one of several rows at fault, and not the connection or the server? SQLSTATE classes 22 (data), 23 (constraints), 54 (limits);
 * 40, two batches that waited for each other's rows, and 55P03, one that waited too long for somebody's: each row alone waits less.
 */
export function isPoison(error: unknown): boolean {
  return /^(22|23|40|54|55P03)/.test(sqlState(error))
}

/**
 * Is the event itself what failed, so that it counts as one of its tries? Not where the way to the server broke (or class 08), and
 * not where the server ended the session (25P03, 57), had no room (53, 58) or only reads (25006), nor where somebody else stood in the way
 * (40, 55P03: a migration, a backup): once that is over, the same succeeds.
 */
export function isOwnFault(error: unknown): boolean {
  const state = sqlState(error)
  if (state) return state !== READ_ONLY && !/^(08|25P03|40|53|55P03|57|58)/.test(state)
  // What drizzle wraps was asked of the server, and is no word of it.
  return !(error instanceof Unreachable || error instanceof DrizzleQueryError)
}

/**
 * Is there nobody who could write: the way broke, the server ended the session, or it only reads? Not where it has no room (53: too many
 * connections are too much at once), or where somebody else stood in the way (40, 55P03): it is there.
 */
export function isAway(error: unknown): boolean {
  return !isOwnFault(error) && !/^(40|53|55P03)/.test(sqlState(error))
}

/** Somebody else stored the same event meanwhile. */
export function isKnown(error: unknown): boolean {
  return (error as { constraint?: unknown } | undefined)?.constraint === 'events_once'
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

/** What came of these, without waiting for anybody. */
export async function resultsOf(db: Db, ids: string[]): Promise<Finished[]> {
  const rows = await db.select({ id: events.id, result: events.result }).from(events).where(inArray(events.id, ids))
  return rows.flatMap(({ id, result }) => (result ? [{ id, result }] : []))
}

/**
 * Counts a failure: again after a growing pause, and set aside in the end so that it stops only itself. A failure that is not the
 * event's own makes it wait, too, so that others come before it, and counts as nothing. `final`: it is set aside at once.
 */
export async function failEvent(tx: Db | Tx, id: string, error: string, now: Date, isOwn: boolean | 'final' = true): Promise<void> {
  const attempts = sql`${events.attempts} + ${isOwn === 'final' ? EVENT_TRIES : isOwn ? 1 : 0}`
  await tx
    .update(events)
    .set({
      attempts,
      error: storableOf(error),
      state: sql`case when ${attempts} >= ${EVENT_TRIES} then 'dead' else 'pending' end`,
      nextAt: sql`${now.toISOString()}::timestamptz + interval '1 second' * power(3, ${events.attempts})`,
      result: sql`case when ${attempts} >= ${EVENT_TRIES} then ${JSON.stringify(FAILED)}::jsonb else null end`,
    })
    .where(and(eq(events.id, id), eq(events.state, 'pending')))
}

/** How many wait to be worked on, counted up to `most`. */
export async function countPending(db: Reader, most: number): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from (select 1 from events where state = 'pending' limit ${most}) as waiting`,
  )
  return rows[0]?.count ?? 0
}

/** How many wait, and how many were set aside. */
export async function countEvents(db: Reader): Promise<{ pending: number; dead: number }> {
  const { rows } = await db.execute<{ pending: number; dead: number }>(
    sql`select count(*) filter (where state = 'pending')::int as pending, count(*) filter (where state = 'dead')::int as dead
        from events where state in ('pending', 'dead')`,
  )
  return rows[0] ?? { pending: 0, dead: 0 }
}
