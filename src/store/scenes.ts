// What events are about, taken and locked with one statement: a batch costs one journey, whatever its size.
import type { Inbound } from '#core/event.ts'
import { type Db, run } from './database.ts'
import type { NewEvent } from './events.ts'
import { headsOf } from './lanes.ts'
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
 * Takes the oldest pending event of each of up to `limit` lanes and keeps them locked until the transaction ends: only heads of
 * lanes, so that events of one conversation are worked on in order, those of different ones side by side. The conversations are
 * locked with them. One snapshot serves for both, since whatever else an event of the same lane changed was committed before
 * this one became the head. The limit stands in the text, so that the plan made once is the plan for it.
 */
const take = (limit: number) => ({
  name: `take_events_${limit}`,
  text: `with recursive ${headsOf('events', "state = 'pending' and next_at <= $1")},
    taken as materialized (
      select e.* from head cross join lateral (
        select * from events e where e.id = head.id and state = 'pending' and next_at <= $1 and not exists (
          select 1 from events b where b.lane = e.lane and b.state = 'pending' and b.position < e.position)
        for update skip locked) e
      limit ${limit}),
    address as (
      select distinct source_id as channel, payload->'from'->>'user' as user_key, coalesce(payload->'from'->>'thread', '') as thread_key
      from taken where source = 'channel'),
    ${found('for update')}
    select (select json_agg(taken order by position) from taken) as events, ${scene('exists (select 1 from taken)')}`,
})

/** From `address`: whose they are, and their conversations, locked. */
const found = (lock: string) => `found as materialized (
      select a.*, i.customer_id as customer, c.id as conversation
      from address a
      left join identities i on i.channel_id = a.channel and i.kind = 'channel' and i.value = a.user_key
      left join lateral (
        select id from conversations c
        where c.channel_id = a.channel and c.user_key = a.user_key and c.thread_key = a.thread_key
        order by (c.status = 'resolved'), c.opened_at desc limit 1) c on true),
    locked as materialized (
      select * from conversations where id in (select conversation from found) order by id ${lock})`

const scene = (isAsked: string) => `
      (select json_agg(found) from found) as addresses,
      (select json_agg(locked) from locked) as conversations,
      (select json_agg(c) from customers c where id in (select customer from found union select customer_id from locked)) as customers,
      (select json_agg(t) from threads t where conversation_id in (select id from locked) and state <> 'lost') as threads,
      (select json_agg(a order by id) from agents a where not disabled and ${isAsked}) as agents`

/**
 * As `take`, for events that are not stored yet. What is known already, or must wait for others of its lane, is only named; and a
 * conversation that somebody holds is not waited for: nobody's platform shall wait for somebody else's conversation.
 */
const LOOK = {
  name: 'look_at_events',
  text: `with asked as materialized (
      select a.*,
        (select true from events e where e.source = 'channel' and e.source_id = a.channel and e.external_id = a.external_id) as known,
        (select true from events b where b.lane = a.lane and b.state = 'pending' limit 1) as waits
      from json_to_recordset($1::json) as a(n int, channel text, external_id text, lane text, user_key text, thread_key text)),
    address as (select distinct channel, user_key, thread_key from asked where known is null and waits is null),
    ${found('for update skip locked')}
    select (select json_agg(n) from asked where known) as known, (select json_agg(n) from asked where waits) as waits, ${scene('true')}`,
}

type Json = Record<string, unknown>[] | null
interface Answer {
  events?: Json
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
  const [answer] = await run<Answer>(tx, take(limit), [now])
  return { events: (answer?.events ?? []).map(event.fromJson), ...read(answer) }
}

export interface Looked extends Omit<Taken, 'events'> {
  /** May be worked on now: the first of each lane, and nothing of it waits. */
  free: EventRow[]
  /** New, too, but not now. */
  waiting: EventRow[]
}

/** Edits need more than their conversation, and receipts none: they go the plain way. */
const SHORT = new Set(['message', 'press', 'arrive', 'leave', 'typing'])

/** What new events of customers are about, locked as by `takeEvents`; those that are stored already are left out. */
export async function lookAt(tx: Db, rows: NewEvent[]): Promise<Looked> {
  const asked = rows.map((row, n) => {
    const { from } = row.payload as Inbound
    return { n, channel: row.sourceId, external_id: row.externalId, lane: row.lane, user_key: from.user, thread_key: from.thread ?? '' }
  })
  const [answer] = await run<Answer & { known: number[] | null; waits: number[] | null }>(tx, LOOK, [JSON.stringify(asked)])
  const known = new Set(answer?.known)
  const waits = new Set(answer?.waits)
  const looked: Looked = { free: [], waiting: [], ...read(answer) }
  const held = new Set((answer?.addresses ?? []).filter(({ conversation: id }) => id && !isIn(answer, id)).map(keyOfJson))
  const [lanes, ids] = [new Set<string>(), new Set<string>()]
  rows.forEach((row, n) => {
    const id = JSON.stringify([row.sourceId, row.externalId])
    if (known.has(n) || ids.has(id)) return
    ids.add(id)
    const { type, from } = row.payload as Inbound
    const isHeld = held.has(keyOf({ channelId: row.sourceId, user: from.user, thread: from.thread ?? '' }))
    const isFree = !waits.has(n) && !isHeld && !lanes.has(row.lane) && SHORT.has(type)
    lanes.add(row.lane)
    const whole = {
      ...row,
      position: 0,
      state: 'pending',
      attempts: 0,
      nextAt: row.receivedAt,
      error: null,
      result: null,
      processedAt: null,
    }
    looked[isFree ? 'free' : 'waiting'].push(whole as EventRow)
  })
  return looked
}

function read(answer: Answer | undefined): Omit<Taken, 'events'> {
  const addresses = new Map<string, Known>()
  const conversations = byId(answer?.conversations, conversation.fromJson)
  const customers = byId(answer?.customers, customer.fromJson)
  for (const row of answer?.addresses ?? []) {
    const open = conversations.get(row.conversation ?? '')
    addresses.set(keyOfJson(row), { conversation: open, customer: customers.get(open?.customerId ?? row.customer ?? '') })
  }
  return {
    addresses,
    threads: Map.groupBy((answer?.threads ?? []).map(thread.fromJson), (row) => row.conversationId),
    agents: (answer?.agents ?? []).map(agent.fromJson),
  }
}

function isIn(answer: Answer | undefined, id: string): boolean {
  return (answer?.conversations ?? []).some((row) => row.id === id)
}

function byId<Row extends { id: string }>(json: Json | undefined, read: (json: Record<string, unknown>) => Row): Map<string, Row> {
  return new Map((json ?? []).map(read).map((row) => [row.id, row]))
}

const keyOf = (key: AddressKey) => JSON.stringify([key.channelId, key.user, key.thread])

const keyOfJson = (row: { channel: string; user_key: string; thread_key: string }) =>
  keyOf({ channelId: row.channel, user: row.user_key, thread: row.thread_key })

export function at(known: Map<string, Known>, key: AddressKey): Known {
  return known.get(keyOf(key)) ?? { customer: undefined, conversation: undefined }
}
