// The outbox. Nothing leaves except through it; each attempt is on record before its first byte.
import { and, eq, inArray, lt, sql } from 'drizzle-orm'
import { type Db, type Reader, run, runPlanned, type Tx, transact } from './database.ts'
import { headsOf } from './lanes.ts'
import { shapeOf, storableJson } from './records.ts'
import type { DeliveryRow, NewDelivery } from './rows.ts'
import { type DeliveryState, deliveries } from './schema.ts'

/** A sender that does not renew its lease for so long is taken for dead; what it was sending is `unknown`. */
export const LEASE_MS = 20_000

export const leaseEnd = (now: Date) => new Date(now.getTime() + LEASE_MS)

const written = shapeOf(deliveries, [
  'id',
  'kind',
  'targetId',
  'lane',
  'conversationId',
  'messageId',
  'op',
  'payload',
  'automatic',
  'nextAt',
  'originKey',
  'createdAt',
])
const whole = shapeOf(deliveries)

export const deliveryOf = whole.fromJson

/**
 * The part of a statement that inserts deliveries, named `delivery`. `rows` holds them as JSON; of those in `going`, a list of ids,
 * each is `sending` from the beginning when nothing of its lane waits before it: `lease` is how long its sender has, `holder` who
 * that is. What the same statement ends, as it does `withOutcomes`, stands before nothing. A cause that is known already makes no
 * second one.
 */
export function insertDelivery(rows: string, going: string, lease: string, now: string, holder: string, withOutcomes: boolean): string {
  const isEnding = "exists (select from outcome f where f.id = b.id and f.fence = b.fence and b.state = 'sending' and f.state <> 'retry')"
  return `new_delivery as materialized (
      select d.*, d.id = any(${going}::text[]) and (
        select true from deliveries b where b.lane = d.lane and b.state in ('pending', 'retry', 'sending')
          ${withOutcomes ? `and not ${isEnding}` : ''} limit 1) is null as go
      from jsonb_populate_recordset(null::deliveries, ${rows}::jsonb) d),
    delivery as (
      insert into deliveries (${written.columns}, state, attempts, fence, started_at, lease_until)
      select ${written.columns}, case when go then 'sending' else 'pending' end, go::int, go::int,
        case when go then ${now}::timestamptz end, case when go then ${lease}::timestamptz end
      from new_delivery on conflict do nothing returning *),
    attempt as (
      insert into attempts (delivery_id, number, holder, started_at)
      select id, fence, ${holder}, ${now}::timestamptz from delivery where state = 'sending')`
}

export const deliveriesJson = written.toJson

/** Which of these may go at once: the first of each lane, where the target has room. */
export function firstOfLanes(rows: NewDelivery[], admit: (row: NewDelivery) => boolean): string[] {
  const lanes = new Set<string>()
  return rows.filter((row) => !lanes.has(row.lane) && lanes.add(row.lane) && admit(row)).map(({ id }) => id)
}

/** Deliveries that wait for the next look of the pump. */
export async function insertDeliveries(tx: Tx, rows: NewDelivery[]): Promise<void> {
  if (rows.length === 0) return
  await tx
    .insert(deliveries)
    .values(rows.map((row) => ({ ...row, state: 'pending' as const })))
    .onConflictDoNothing()
}

/** Is there one of this origin already? */
export async function isKnownOrigin(tx: Db, originKey: string): Promise<boolean> {
  const [row] = await tx.select({ id: deliveries.id }).from(deliveries).where(eq(deliveries.originKey, originKey)).limit(1)
  return row !== undefined
}

/** How much of a target may be sent now. */
export interface Room {
  id: string
  room: number
}

const CLAIM = {
  name: 'claim_deliveries',
  text: `with target as (select * from json_to_recordset($1::json) as t(id text, room int)),
    due as materialized (
      select d.id from target t cross join lateral (
        with recursive ${headsOf('deliveries', "target_id = t.id and state in ('pending', 'retry') and next_at <= $2")}
        select d.id from head cross join lateral (
          select id from deliveries d
          where d.id = head.id and d.state in ('pending', 'retry') and d.next_at <= $2 and not exists (
            select 1 from deliveries b
            where b.lane = d.lane and b.state in ('pending', 'retry', 'sending') and b.position < d.position)
          for update skip locked) d
        limit t.room) d),
    taken as (
      update deliveries d set state = 'sending', attempts = attempts + 1, fence = fence + 1, started_at = $2, lease_until = $3
      from due where d.id = due.id returning d.*),
    attempt as (
      insert into attempts (delivery_id, number, holder, started_at) select id, fence, $4, $2 from taken)
    select to_json(taken) as delivery from taken order by position`,
}

/**
 * Takes deliveries that are due and heads of their lanes, and commits that they are being sent, each attempt on record: from
 * here on, a crash means that we do not know whether they went out. Of each target as many as it has room for.
 */
export async function claimDeliveries(db: Db, rooms: Room[], holder: string, now: Date): Promise<DeliveryRow[]> {
  if (rooms.length === 0) return []
  const rows = await runPlanned<{ delivery: Record<string, unknown> }>(db, CLAIM, [JSON.stringify(rooms), now, leaseEnd(now), holder])
  return rows.map(({ delivery }) => whole.fromJson(delivery))
}

const CLAIM_WAITING = {
  name: 'claim_waiting',
  text: `with due as materialized (
      select d.id from deliveries d
      where d.lane in (select 'channel:' || id from conversations where channel_id = $1 and user_key = $2 and thread_key = $3)
        and d.target_id = $1 and d.op = 'send' and d.state in ('pending', 'retry')
      order by d.position limit $4 for update skip locked),
    taken as (
      update deliveries d set state = 'sending', attempts = attempts + 1, fence = fence + 1, started_at = $5, lease_until = $6
      from due where d.id = due.id returning d.*),
    attempt as (
      insert into attempts (delivery_id, number, holder, started_at) select id, fence, $7, $5 from taken)
    select to_json(taken) as delivery from taken order by position`,
}

/** As `claimDeliveries`, for one customer whose platform listens now: the oldest that wait, whenever they are due. */
export async function claimWaiting(
  db: Db,
  { channelId, user, thread = '' }: { channelId: string; user: string; thread?: string },
  most: number,
  holder: string,
  now: Date,
): Promise<DeliveryRow[]> {
  const values = [channelId, user, thread, most, now, leaseEnd(now), holder]
  const rows = await runPlanned<{ delivery: Record<string, unknown> }>(db, CLAIM_WAITING, values)
  return rows.map(({ delivery }) => whole.fromJson(delivery))
}

/** What a delivery becomes when a person has it sent again: theirs, marked where it may have arrived, and as fresh as a new one. */
export function sentAgain(now: Date) {
  return {
    state: 'pending' as const,
    nextAt: now,
    attempts: 0,
    error: null,
    automatic: false,
    possiblyTwice: sql`${deliveries.possiblyTwice} or ${deliveries.state} in ('unknown', 'held')`,
    payload: sql`jsonb_set(${deliveries.payload}, '{again}', to_jsonb(${now.toISOString()}::text))`,
  }
}

/** Since when it waits: what was sent again does so only from then on. */
const waitsSince = sql`coalesce((${deliveries.payload} ->> 'again')::timestamptz, ${deliveries.createdAt})`

/** Ends what waits for these targets since before `since`; nobody sends there of their own accord. */
export async function expireWaiting(db: Db, targetIds: string[], since: Date, error: string, now: Date): Promise<DeliveryRow[]> {
  if (targetIds.length === 0) return []
  return db
    .update(deliveries)
    .set({ state: 'expired', error, finishedAt: now })
    .where(
      and(
        inArray(deliveries.targetId, targetIds),
        inArray(deliveries.state, ['pending', 'retry']),
        sql`${waitsSince} < ${since.toISOString()}::timestamptz`,
      ),
    )
    .returning()
}

/** Targets of deliveries that wait since before `since`, whether they are configured or not. */
export async function waitingTargets(db: Reader, since: Date): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: deliveries.targetId })
    .from(deliveries)
    .where(and(inArray(deliveries.state, ['pending', 'retry']), lt(deliveries.createdAt, since)))
  return rows.map(({ id }) => id)
}

const RENEW = {
  name: 'renew_leases',
  text: `update deliveries d set lease_until = $2 from json_to_recordset($1::json) as h(id text, fence int)
    where d.id = h.id and d.fence = h.fence and d.state = 'sending'`,
}

/** Says that these are still being sent; what somebody else took over meanwhile stays theirs. */
export async function renewLeases(db: Db, held: Pick<DeliveryRow, 'id' | 'fence'>[], now: Date): Promise<void> {
  if (held.length > 0) await runPlanned(db, RENEW, [JSON.stringify(held.map(({ id, fence }) => ({ id, fence }))), leaseEnd(now)])
}

export interface Outcome {
  state: DeliveryState
  error?: string
  nextAt?: Date
  externalIds?: string[]
  possiblyTwice?: boolean
}

/** What came of one attempt. */
export interface Finishing {
  row: DeliveryRow
  outcome: Outcome
}

/** What was written of an attempt: whether more of its lane waits. Undefined where the lease was lost meanwhile, and somebody else decides. */
export type Written = { next: boolean } | undefined

/**
 * The parts of a statement that writes what came of attempts, JSON in `rows`; `outcomeRows` is what it tells of each. Only under the
 * fence of the attempt.
 */
export function writeOutcomes(rows: string, now: string): string {
  return `outcome as (
      select * from json_to_recordset(${rows}::json) as f(
        id text, fence int, state text, error text, next_at timestamptz, external_ids jsonb, twice boolean)),
    done as (
      update deliveries d set state = f.state, error = f.error, lease_until = null,
        next_at = coalesce(f.next_at, d.next_at), external_ids = coalesce(f.external_ids, d.external_ids),
        possibly_twice = coalesce(f.twice, d.possibly_twice),
        finished_at = case when f.state = 'retry' then null else ${now}::timestamptz end
      from outcome f where d.id = f.id and d.fence = f.fence and d.state = 'sending'
      returning d.id, d.lane, d.position, d.fence, d.state, d.error, d.target_id, d.message_id, f.external_ids),
    closed as (
      update attempts a set ended_at = ${now}::timestamptz, outcome = done.state, error = done.error
      from done where a.delivery_id = done.id and a.number = done.fence),
    named as (
      insert into message_links (scope, external_id, message_id, direction)
      select done.target_id, x.id, done.message_id, 'out' from done, jsonb_array_elements_text(done.external_ids) x(id)
      where done.message_id is not null on conflict do nothing)`
}

export const outcomeRows = `select done.id, coalesce((
      select true from deliveries n
      where n.lane = done.lane and n.state in ('pending', 'retry') and n.id <> done.id limit 1), false) as next from done`

/** The ids are a platform's: whatever stands in them, that it took the message is written. */
export function outcomesJson(finished: Finishing[]): string {
  const rows = finished.map(({ row, outcome }) => ({
    id: row.id,
    fence: row.fence,
    state: outcome.state,
    error: outcome.error,
    next_at: outcome.nextAt,
    external_ids: outcome.externalIds,
    twice: outcome.possiblyTwice,
  }))
  return storableJson(JSON.stringify(rows))
}

export function writtenOf(finished: Finishing[], rows: { id: string; next: boolean }[]): Written[] {
  const byId = new Map(rows.map(({ id, next }) => [id, { next }]))
  return finished.map(({ row }) => byId.get(row.id))
}

const FINISH = { name: 'finish_deliveries', text: `with ${writeOutcomes('$1', '$2')} ${outcomeRows}` }

export async function finishDeliveries(db: Db, finished: Finishing[], now: Date): Promise<Written[]> {
  return writtenOf(finished, await runPlanned<{ id: string; next: boolean }>(db, FINISH, [outcomesJson(finished), now]))
}

/** Writes one outcome, and with it what is told of it. */
export async function finishTelling(db: Db, finished: Finishing, told: NewDelivery[], now: Date): Promise<Written> {
  return transact(db, async (tx) => {
    const rows = await run<{ id: string; next: boolean }>(tx, FINISH, [outcomesJson([finished]), now])
    if (rows.length > 0) await insertDeliveries(tx, told)
    return writtenOf([finished], rows)[0]
  })
}

const TAKE_OVER = {
  name: 'take_abandoned',
  text: `with taken as (
      update deliveries set fence = fence + 1, lease_until = $2 where state = 'sending' and lease_until < $1 returning *),
    attempt as (
      update attempts a set ended_at = $1, outcome = 'unknown', error = $3 from taken
      where a.delivery_id = taken.id and a.number = taken.fence - 1 and a.ended_at is null)
    select to_json(taken) as delivery from taken order by position`,
}

/** Takes over deliveries whose sender died while sending: the fence rises, so a sender that wakes up can write nothing. */
export async function takeAbandoned(db: Db, now: Date, why: string): Promise<DeliveryRow[]> {
  const rows = await runPlanned<{ delivery: Record<string, unknown> }>(db, TAKE_OVER, [now, leaseEnd(now), why])
  return rows.map(({ delivery }) => whole.fromJson(delivery))
}

const HELD_BY = {
  name: 'held_by',
  text: `select to_json(d) as delivery from deliveries d
    where d.state = 'sending' and exists (
      select 1 from attempts a where a.delivery_id = d.id and a.number = d.fence and a.holder = $2 and a.ended_at is null
        and (a.delivery_id = any($1::text[]) or a.started_at = any($3::timestamptz[])))
    order by d.position`,
}

/** Of these, and of what was taken at these times, what is on record as being sent by this holder, and by nobody since. */
export async function heldBy(db: Db, ids: string[], times: Date[], holder: string): Promise<DeliveryRow[]> {
  const rows = await runPlanned<{ delivery: Record<string, unknown> }>(db, HELD_BY, [ids, holder, times])
  return rows.map(({ delivery }) => whole.fromJson(delivery))
}

/** At the start of the only process there is, whatever is `sending` was cut off: nobody else can hold it. */
export async function expireLeases(db: Db, now: Date): Promise<void> {
  await db
    .update(deliveries)
    .set({ leaseUntil: new Date(now.getTime() - 1) })
    .where(eq(deliveries.state, 'sending'))
}

export async function isSent(db: Reader, id: string): Promise<boolean> {
  const [row] = await db.select({ state: deliveries.state }).from(deliveries).where(eq(deliveries.id, id))
  return row?.state === 'sent'
}

export async function countDeliveries(db: Reader): Promise<{ pending: number; failed: number; unknown: number; held: number }> {
  const { rows } = await db.execute<{ state: string; count: number }>(
    sql`select state, count(*)::int as count from deliveries
        where state in ('pending', 'retry', 'sending', 'failed', 'unknown', 'held') group by state`,
  )
  const count = (...states: string[]) => rows.filter((row) => states.includes(row.state)).reduce((sum, row) => sum + row.count, 0)
  return { pending: count('pending', 'retry', 'sending'), failed: count('failed'), unknown: count('unknown'), held: count('held') }
}
