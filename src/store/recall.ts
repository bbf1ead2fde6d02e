// What is on record under the ids of a channel's platform: for mail, whose threads are nothing but ids that name each other.
import { sql } from 'drizzle-orm'
import type { Inbound } from '#core/event.ts'
import type { Address } from '#core/message.ts'
import type { Reader } from './database.ts'

type Whose = Map<string, { address: Address; raw?: unknown }>

export async function whoseIds(db: Reader, channelId: string, ids: string[]): Promise<Whose> {
  const found: Whose = new Map()
  if (ids.length === 0) return found
  const asked = JSON.stringify(ids)
  const { rows } = await db.execute<{ id: string; user: string; thread: string | null; raw: unknown }>(sql`
    with asked as (select jsonb_array_elements_text(${asked}::jsonb) as id)
    select a.id, e.payload->'from'->>'user' as "user", e.payload->'from'->>'thread' as thread, e.payload->'raw' as raw
      from asked a join events e on e.source = 'channel' and e.source_id = ${channelId} and e.external_id = a.id
    union all
    select a.id, c.user_key, c.thread_key, null from asked a
      join message_links l on l.scope = ${channelId} and l.external_id = a.id and l.direction = 'out'
      join messages m on m.id = l.message_id join conversations c on c.id = m.conversation_id
    union all
    select a.id, c.user_key, c.thread_key, null from asked a
      join deliveries d on d.id = a.id and d.target_id = ${channelId} join conversations c on c.id = d.conversation_id`)
  for (const { id, user, thread, raw } of rows) {
    if (!found.has(id)) found.set(id, { address: { user, ...(thread && { thread }) }, ...(raw !== null && { raw }) })
  }
  return found
}

/** The last message that came from there. */
export async function lastFrom(db: Reader, channelId: string, { user, thread = '' }: Address): Promise<Inbound | undefined> {
  const { rows } = await db.execute<{ payload: Inbound }>(sql`
    select e.payload from conversations c
      cross join lateral (select external_id from messages where conversation_id = c.id and author = 'customer' and external_id is not null
        order by seq desc limit 1) m
      join events e on e.source = 'channel' and e.source_id = ${channelId} and e.external_id = m.external_id
    where c.channel_id = ${channelId} and c.user_key = ${user} and c.thread_key = ${thread}
    order by c.opened_at desc limit 1`)
  return rows[0]?.payload
}

/** How often machines of ours spoke to this person, in any of their threads. */
export async function answersSince(db: Reader, channelId: string, user: string, since: Date): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(sql`
    select count(*)::int as count from conversations c join messages m on m.conversation_id = c.id
    where c.channel_id = ${channelId} and c.user_key = ${user} and c.last_message_at >= ${since.toISOString()}::timestamptz
      and m.author in ('bot', 'system') and m.created_at >= ${since.toISOString()}::timestamptz`)
  return rows[0]?.count ?? 0
}
