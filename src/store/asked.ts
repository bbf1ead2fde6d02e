// What is asked most. Counted by each process for itself and written now and then: a count that is lost with a process harms nobody,
// and a row that every conversation waits for would.
import { type Db, type Reader, run } from './database.ts'
import { asked } from './schema.ts'

const HALF_LIFE_DAYS = 14

const COUNT = {
  name: 'count_asked',
  text: `insert into asked (entry, score, counted_at)
    select entry, count, $2::timestamptz from json_to_recordset($1::json) as a(entry text, count float8) order by entry
    on conflict (entry) do update set counted_at = excluded.counted_at, score = excluded.score +
      asked.score * power(0.5, greatest(0, extract(epoch from excluded.counted_at - asked.counted_at)::float8) / (86400.0 * ${HALF_LIFE_DAYS}))`,
}

export async function countAsked(db: Db, counts: ReadonlyMap<string, number>, now: Date): Promise<void> {
  if (counts.size === 0) return
  await run(db, COUNT, [JSON.stringify([...counts].map(([entry, count]) => ({ entry, count }))), now])
}

/** How much each entry is asked, as of `now`. */
export async function readAsked(db: Reader, now: Date): Promise<Map<string, number>> {
  const rows = await db.select().from(asked)
  const days = (at: Date) => Math.max(0, now.getTime() - at.getTime()) / 86_400_000
  return new Map(rows.map(({ entry, score, countedAt }) => [entry, score * 0.5 ** (days(countedAt) / HALF_LIFE_DAYS)]))
}
