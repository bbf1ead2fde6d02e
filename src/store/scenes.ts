// What events are about, taken and locked with one statement: a batch costs one journey, whatever its size.
import { type Db, run } from './database.ts'
import { shapeOf } from './records.ts'
import type { AgentRow, ConversationRow, CustomerRow, EventRow, ThreadRow } from './rows.ts'
import * as s from './schema.ts'

export interface AddressKey {
  channelId: string
  user: string
  thread: string
}

/** What is known at one address: the open conversation, else the newest one; and whose address it is. */
export interface Known {
  customer: CustomerRow | undefined
  conversation: ConversationRow | undefined
}

export interface Taken {
  events: EventRow[]
  /** The addresses that the customers' events come from. */
  addresses: Map<string, Known>
  /** Of those conversations, without the lost ones. */
  threads: Map<string, ThreadRow[]>
  agents: AgentRow[]
}

/**
 * Takes the oldest pending event of each of up to `$2` lanes and keeps them locked until the transaction ends: only heads of
 * lanes, so that events of one conversation are worked on in order, those of different ones side by side. The conversations are
 * locked with them. One snapshot serves for both, since whatever else an event of the same lane changed was committed before
 * this one became the head.
 */
const TAKE = {
  name: 'take_events',
  text: `with taken as materialized (
      select * from events e where state = 'pending' and next_at <= $1 and not exists (
        select 1 from events b where b.lane = e.lane and b.state = 'pending' and b.position < e.position)
      order by position limit $2 for update skip locked),
    address as (
      select distinct source_id as channel, payload->'from'->>'user' as user_key, coalesce(payload->'from'->>'thread', '') as thread_key
      from taken where source = 'channel'),
    found as materialized (
      select a.*, i.customer_id as customer, c.id as conversation
      from address a
      left join identities i on i.channel_id = a.channel and i.kind = 'channel' and i.value = a.user_key
      left join lateral (
        select id from conversations c
        where c.channel_id = a.channel and c.user_key = a.user_key and c.thread_key = a.thread_key
        order by (c.status = 'resolved'), c.opened_at desc limit 1) c on true),
    locked as materialized (
      select * from conversations where id in (select conversation from found) order by id for update)
    select
      (select json_agg(taken order by position) from taken) as events,
      (select json_agg(found) from found) as addresses,
      (select json_agg(locked) from locked) as conversations,
      (select json_agg(c) from customers c where id in (select customer from found union select customer_id from locked)) as customers,
      (select json_agg(t) from threads t where conversation_id in (select id from locked) and state <> 'lost') as threads,
      (select json_agg(a order by id) from agents a where not disabled and exists (select 1 from taken)) as agents`,
}

type Json = Record<string, unknown>[] | null
interface Answer {
  events: Json
  addresses: { channel: string; user_key: string; thread_key: string; customer: string | null; conversation: string | null }[] | null
  conversations: Json
  customers: Json
  threads: Json
  agents: Json
}

const [event, conversation, customer, thread, agent] = [
  shapeOf(s.events),
  shapeOf(s.conversations),
  shapeOf(s.customers),
  shapeOf(s.threads),
  shapeOf(s.agents),
]

export async function takeEvents(tx: Db, limit: number, now: Date): Promise<Taken> {
  const [answer] = await run<Answer>(tx, TAKE, [now, limit])
  const addresses = new Map<string, Known>()
  const conversations = byId(answer?.conversations, conversation.fromJson)
  const customers = byId(answer?.customers, customer.fromJson)
  for (const row of answer?.addresses ?? []) {
    const open = conversations.get(row.conversation ?? '')
    const key = { channelId: row.channel, user: row.user_key, thread: row.thread_key }
    addresses.set(keyOf(key), { conversation: open, customer: customers.get(open?.customerId ?? row.customer ?? '') })
  }
  return {
    events: (answer?.events ?? []).map(event.fromJson),
    addresses,
    threads: Map.groupBy((answer?.threads ?? []).map(thread.fromJson), (row) => row.conversationId),
    agents: (answer?.agents ?? []).map(agent.fromJson),
  }
}

function byId<Row extends { id: string }>(json: Json | undefined, read: (json: Record<string, unknown>) => Row): Map<string, Row> {
  return new Map((json ?? []).map(read).map((row) => [row.id, row]))
}

const keyOf = (key: AddressKey) => JSON.stringify([key.channelId, key.user, key.thread])

export function at(known: Map<string, Known>, key: AddressKey): Known {
  return known.get(keyOf(key)) ?? { customer: undefined, conversation: undefined }
}
