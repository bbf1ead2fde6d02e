// Events that were worked on long ago. What was said is kept with the messages: an event's own row only tells a platform that says the same
// again, which none does after weeks, and it is half of what a message takes on the disk.
import { type Db, run } from './database.ts'
import { readSetting, writeSetting } from './settings.ts'

/** Looked at in one go: a million conversations of six questions a day are a thousand events in each 15 seconds. */
const MOST = 2_000
const PLACE = 'spent'

const DROP = {
  name: 'drop_spent',
  // In the order of ids, which is that of time. What is kept is passed over once in a round, not at each look.
  text: `with looked as materialized (
      select id, source, source_id, state, processed_at from events where id > $1 and id < $2 order by id limit ${MOST}),
    gone as (
      delete from events where id in (
        select id from looked where state = 'done' and processed_at < $3 and (source = 'house' or source_id = any($4)))
      returning 1)
    select (select max(id) from looked) as last, (select count(*)::int from looked) as looked, (select count(*)::int from gone) as dropped`,
}

/**
 * Deletes some of the events of these channels and desks, and of the house's own, that were done before then; waiting and dead ones stay.
 * Goes on where it, or another process, stopped. `more`: this round has not come to its end.
 */
export async function dropSpent(db: Db, before: Date, sources: string[]): Promise<{ dropped: number; more: boolean }> {
  const after = (await readSetting<string>(db, PLACE)) ?? ''
  const upTo = `evt_${before.getTime().toString(16).padStart(12, '0')}`
  const [row] = await run<{ last: string | null; looked: number; dropped: number }>(db, DROP, [after, upTo, before, sources])
  const { last = null, looked = 0, dropped = 0 } = row ?? {}
  const more = looked === MOST
  const next = more && last !== null ? last : ''
  if (next !== after) await writeSetting(db, PLACE, next)
  return { dropped, more }
}
