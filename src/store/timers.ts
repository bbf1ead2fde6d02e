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

const WAKE = {
  name: 'wake_clocks',
  text: `insert into timers (id, lane, payload, due_at, created_at)
    select 'tmr_' || substr(id, 5) || '_' || (extract(epoch from $1::timestamptz) * 1000)::bigint,
      '[' || to_json(channel_id) || ',' || to_json(user_key) || ',' || to_json(thread_key) || ']',
      jsonb_build_object('type', 'clock', 'anew', true, 'conversation', id, 'at', $2::text), $1, $1
    from conversations where status in ('queued', 'assigned', 'snoozed') and clocks is not null
    on conflict do nothing`,
}

const NOTICE = {
  name: 'notice_terms',
  text: `insert into settings (key, value) values ('terms', to_jsonb($1::text))
    on conflict (key) do update set value = excluded.value where settings.value <> excluded.value returning key`,
}

/**
 * Every clock is looked at again when the terms are others than those that were seen last; true when they are. Several processes that
 * read the same file find that one of them was first.
 */
export async function noticeTerms(db: Db, terms: string, now: Date): Promise<boolean> {
  const changed = (await run(db, NOTICE, [terms])).length > 0
  if (changed) await run(db, WAKE, [now, now.toISOString()])
  return changed
}
