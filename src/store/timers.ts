// Times to come: at its time a timer becomes an event of its conversation, once.
import { type Db, run } from './database.ts'

/** At once; more are due at the next look. */
const MOST = 200

const FIRE = {
  name: 'fire_timers',
  text: `with due as (
      delete from timers where id in (select id from timers where due_at <= $1 order by due_at limit ${MOST} for update skip locked)
      returning *),
    event as (
      insert into events (id, source, source_id, external_id, lane, payload, state, attempts, next_at, received_at)
      select 'evt_' || substr(id, 5), 'house', 'timer', id, lane, payload, 'pending', 0, $1, created_at from due
      on conflict do nothing returning 1)
    select count(*)::int as fired from event`,
}

/**
 * Makes events of the timers that are due, and says how many. They count as received when they were set: after a restore nobody
 * knows whether the house before it did the same already.
 */
export async function fireTimers(db: Db, now: Date): Promise<number> {
  const [row] = await run<{ fired: number }>(db, FIRE, [now])
  return row?.fired ?? 0
}
