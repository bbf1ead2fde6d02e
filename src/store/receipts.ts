// What became of our words after they went out: the platform's receipts, and what a visitor's own browser says.
// Monotone, and the same in whatever order it comes: read implies delivered, and whoever has a message cannot have been refused it.
import { sql } from 'drizzle-orm'
import type { Db } from './database.ts'
import { insertDeliveries } from './deliveries.ts'
import { acceptEvents, type NewEvent } from './events.ts'
import type { NewDelivery } from './rows.ts'

/** One receipt of a platform, for one of its messages. */
export interface Receipt {
  channelId: string
  /** The platform's id of our message. */
  target: string
  state: 'delivered' | 'read' | 'failed'
  reason?: string
  at: Date
  /** What the desks are told when the message had counted as sent until now. */
  tell(delivery: { id: string; messageId: string }): NewDelivery[]
  /** The same receipt once more, for when it was quicker than our own note of what the message is called there. */
  again?: NewEvent
  /** Where an agent's tick stands, what shows it anew. */
  mark(row: Ticked): NewDelivery[]
}

/** A delivery whose state changed, and where its writer sees it. */
export interface Ticked {
  id: string
  conversationId: string
  messageId: string
  tick: { desk: string; target: string }
  state: string
}

/** Writes receipts, however many, with one statement. Receipts of messages that are not ours change nothing. */
export async function saveReceipts(tx: Db, receipts: Receipt[]): Promise<void> {
  if (receipts.length === 0) return
  const json = JSON.stringify(receipts.map(({ channelId, target, state, reason, at }, n) => ({ n, channelId, target, state, reason, at })))
  const { rows } = await tx.execute<{
    n: number
    id: string | null
    message_id: string | null
    conversation_id: string | null
    tick: Ticked['tick'] | null
    failed: boolean | null
  }>(sql`
    with told as (select * from json_to_recordset(${json}::json)
        as t(n int, "channelId" text, target text, state text, reason text, at timestamptz)),
      meant as (select t.*, d.id as delivery_id from told t
        join message_links l on l.scope = t."channelId" and l.external_id = t.target and l.direction = 'out'
        join deliveries d on d.message_id = l.message_id and d.kind = 'channel' and d.op = 'send'
          and d.target_id = t."channelId" and d.external_ids ? t.target),
      heard as (select delivery_id, min(at) filter (where state <> 'failed') as delivered_at, min(at) filter (where state = 'read') as read_at,
          max(n) filter (where state = 'failed') as failed_n, max(reason) filter (where state = 'failed') as reason
        from meant group by delivery_id),
      held as materialized (select d.id, d.delivered_at is null and h.delivered_at is null and d.state = 'sent' and h.failed_n is not null as failed
        from deliveries d join heard h on h.delivery_id = d.id order by d.position for update of d),
      changed as (update deliveries d set
          delivered_at = coalesce(d.delivered_at, h.delivered_at), read_at = coalesce(d.read_at, h.read_at),
          state = case when held.failed then 'failed'
            when h.delivered_at is not null and d.state in ('failed', 'unknown', 'held', 'expired') then 'sent' else d.state end,
          error = case when held.failed then h.reason
            when h.delivered_at is not null then null else d.error end
        from heard h join held on held.id = h.delivery_id where d.id = held.id
        returning d.id, d.message_id, d.conversation_id, d.payload->'tick' as tick, held.failed, h.failed_n)
    select t.n, m.delivery_id as id, c.message_id, c.conversation_id, c.tick, c.failed and c.failed_n = t.n as failed
    from told t left join meant m on m.n = t.n left join changed c on c.id = m.delivery_id`)
  const failed = rows.flatMap(({ n, id, message_id: messageId, failed }) =>
    failed && id && messageId ? (receipts[n]?.tell({ id, messageId }) ?? []) : [],
  )
  const marks = rows.flatMap(({ n, id, message_id: messageId, conversation_id: conversationId, tick }) => {
    const receipt = receipts[n]
    if (!receipt || !id || !messageId || !conversationId || !tick) return []
    return receipt.mark({ id, messageId, conversationId, tick, state: receipt.state })
  })
  await insertDeliveries(tx, [...failed, ...marks])
  const early = rows.flatMap(({ n, id }) => (id ? [] : (receipts[n]?.again ?? [])))
  await acceptEvents(tx, early)
}

export interface Seen {
  channelId: string
  user: string
  /** Everything up to this number. */
  seq: number
  state: 'delivered' | 'read'
}

/** How far back one word of the browser reaches: older messages were told of when they were shown. */
const REACH = 200

/**
 * The visitor's browser has everything up to a number, or the visitor has read it. One statement, whatever the history.
 * Returns the conversations in which that was news.
 */
export async function markSeen(
  db: Db,
  { channelId, user, seq, state }: Seen,
  now: Date,
  mark: Receipt['mark'] = () => [],
): Promise<string[]> {
  const at = sql`${now.toISOString()}::timestamptz`
  const isRead = state === 'read'
  const { rows } = await db.execute<{ id: string; conversation_id: string; message_id: string; tick: Ticked['tick'] | null }>(sql`
    with shown as materialized (
        select m.id from conversations c cross join lateral (
          select id, author from messages where conversation_id = c.id and seq <= ${seq} order by seq desc limit ${REACH}) m
        where c.channel_id = ${channelId} and c.user_key = ${user} and c.thread_key = '' and m.author in ('agent', 'bot', 'system')),
      news as materialized (
        select d.id from deliveries d join shown on shown.id = d.message_id
        where d.kind = 'channel' and d.op = 'send' and d.target_id = ${channelId}
          and (d.delivered_at is null or ${isRead} and d.read_at is null)
        order by d.position for update of d)
    update deliveries set delivered_at = coalesce(delivered_at, ${at}),
      read_at = case when ${isRead} then coalesce(read_at, ${at}) else read_at end,
      state = case when state in ('failed', 'unknown', 'held', 'expired') then 'sent' else state end,
      error = case when state in ('failed', 'unknown', 'held', 'expired') then null else error end
    where id in (select id from news) returning id, conversation_id, message_id, payload->'tick' as tick`)
  await insertDeliveries(
    db,
    rows.flatMap(({ id, conversation_id: conversationId, message_id: messageId, tick }) =>
      tick ? mark({ id, conversationId, messageId, tick, state }) : [],
    ),
  )
  return [...new Set(rows.map((row) => row.conversation_id))]
}
