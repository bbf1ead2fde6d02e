// When there will be something to do again: for runtimes that sleep until then.
import { sql } from 'drizzle-orm'
import type { Reader } from './database.ts'

/** So many rows are looked at, at most: a long line has something due soon in any case. */
const LOOK = 500

/** The next moment after `now` at which something becomes due. What is due already belongs to whoever is at it. */
export async function nextDue(db: Reader, now: Date): Promise<Date | undefined> {
  const after = sql`${now.toISOString()}::timestamptz`
  const { rows } = await db.execute<{ at: string | Date | null }>(sql`
    select min(at) as at from (
      (select next_at as at from deliveries where state in ('pending', 'retry') limit ${LOOK})
      union all (select next_at from events where state = 'pending' limit ${LOOK})
      union all (select next_at from attachments where state = 'remote' and next_at > ${after} order by next_at limit 1)
      union all (select due_at from timers where due_at > ${after} order by due_at limit 1)
      union all (select until from pauses where until > ${after})
    ) as waiting where at > ${after}`)
  const at = rows[0]?.at
  return at ? new Date(at) : undefined
}
