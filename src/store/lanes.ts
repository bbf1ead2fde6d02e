// Lanes: what stands in one is worked on, or sent, in order, and those of different ones side by side.
import { and, eq, gt, inArray, sql } from 'drizzle-orm'
import { type Db, type Reader, transact } from './database.ts'
import type { DeliveryRow } from './rows.ts'
import { deliveries } from './schema.ts'

/** So many lanes are passed in one look at most: only when as many are held by others, or stand behind what is to be tried again. */
const MOST_LANES = 2_000

/**
 * `head (id, position, lanes)`, for a statement that begins with `with recursive`: of each lane the oldest row that meets `due`, oldest
 * first. It goes from head to head, past whatever else waits in lanes that were met: to ask of each row whether another of its lane
 * comes before it costs fifteen times as much, and everybody would pay for it while one customer floods us. Whether something that is
 * not due comes before a head is left to be asked, of the heads alone. A step is made when it is asked for: nothing may sort them.
 */
export function headsOf(table: 'events' | 'deliveries', due: string): string {
  return `head as (
      (select id, position, array[lane] as lanes from ${table} where ${due} order by position limit 1)
      union all
      select next.id, next.position, head.lanes || next.lane from head cross join lateral (
        select id, position, lane from ${table} where ${due} and position > head.position and lane <> all(head.lanes)
        order by position limit 1) next
      where cardinality(head.lanes) < ${MOST_LANES})`
}

/** What waits in the same lane behind this one, in order. */
export async function waitingBehind(db: Reader, { lane, position }: DeliveryRow, limit: number): Promise<DeliveryRow[]> {
  return db
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.lane, lane), gt(deliveries.position, position), inArray(deliveries.state, ['pending', 'retry'])))
    .orderBy(deliveries.position)
    .limit(limit)
}

/**
 * What waits right behind this one in its lane, as long as `fits` likes it: marked as shown with it before it is, so that a process that
 * dies leaves no doubt. `known`: only what was marked before, since half of it may be shown already.
 */
export async function gatherBehind(
  db: Db,
  { id, lane, position }: DeliveryRow,
  most: number,
  known: boolean,
  fits: (row: DeliveryRow) => boolean,
): Promise<DeliveryRow[]> {
  return transact(db, async (tx) => {
    const behind = await tx
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.lane, lane), gt(deliveries.position, position), inArray(deliveries.state, ['pending', 'retry'])))
      .orderBy(deliveries.position)
      .limit(most)
      .for('update')
    const end = behind.findIndex((row) => !fits(row) || (known && row.payload.with !== id))
    const gathered = end < 0 ? behind : behind.slice(0, end)
    if (gathered.length === 0 || known) return gathered
    await tx
      .update(deliveries)
      .set({ payload: sql`${deliveries.payload} || jsonb_build_object('with', ${id}::text)` })
      .where(inArray(deliveries.id, [id, ...gathered.map((row) => row.id)]))
    return gathered
  })
}

/** Whether a later delivery of this lane waits that says the same anew. */
export async function isFollowed(db: Reader, { lane, position }: Pick<DeliveryRow, 'lane' | 'position'>): Promise<boolean> {
  const [row] = await db
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(eq(deliveries.lane, lane), gt(deliveries.position, position), inArray(deliveries.state, ['pending', 'retry'])))
    .limit(1)
  return row !== undefined
}
