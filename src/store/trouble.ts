// What needs a person: deliveries that did not go out, or of which nobody knows, and events that could not be worked on.
// They are seen here, sent or worked on again, or dropped; who may is in every query.
import { and, desc, eq, gt, inArray, notInArray, or, type SQL, sql } from 'drizzle-orm'
import { insertAudit } from './audit.ts'
import { type Actor, visibleTo } from './console.ts'
import type { Db, Reader, Tx } from './database.ts'
import { sentAgain } from './deliveries.ts'
import type { AuditRow, CustomerRow, DeliveryRow, EventRow, MessageRow } from './rows.ts'
import { attempts, conversations, customers, deliveries, type EventResult, events, messages, pauses } from './schema.ts'

export type TroubleState = 'failed' | 'unknown' | 'held' | 'expired' | 'dead'
export const TROUBLE: readonly TroubleState[] = ['failed', 'unknown', 'held', 'expired', 'dead']

/** Who looks: somebody signed in, or whoever has the machine and the command line. */
export type Overseer = Actor | 'operator'

export interface TroubleQuery {
  states?: readonly TroubleState[]
  /** A channel's or desk's id. */
  target?: string
  /** Made in this time. */
  since?: Date
  until?: Date
  ids?: readonly string[]
  /** What the page before gave. */
  cursor?: string
  limit: number
}

interface Whose {
  customer: CustomerRow | null
  conversationId: string | null
}
export type TroubleRow = Whose &
  ({ kind: 'delivery'; delivery: DeliveryRow; message: MessageRow | null } | { kind: 'event'; event: EventRow })

/** A dropped delivery says so in its error, above what it was: it is settled, and counts no longer. No platform begins its words like this. */
const DROPPED = '[dropped] '
const TROUBLED = ['failed', 'unknown', 'held', 'expired'] as const
/** A pop-up, an answer to a press, a redraw of a card and a flow's question to a webhook are worth nothing later: sending them again would help nobody. */
const PASSING = ['update', 'whisper', 'offer', 'acknowledge', 'call'] as const

/** What such a one has for an error. */
export function droppedBefore(name: string): SQL {
  return sql`${DROPPED + name} || coalesce(E'\\n' || ${deliveries.error}, '')`
}

/** Who dropped a delivery, when that is what became of it. */
export function droppedBy({ state, error }: Pick<DeliveryRow, 'state' | 'error'>): string | undefined {
  return state === 'expired' && error?.startsWith(DROPPED) ? error.slice(DROPPED.length).split('\n')[0] : undefined
}

/** Agents answer customers; what is stuck in the house is for those who look after it. */
function overseen(by: Overseer): SQL | undefined {
  return by !== 'operator' && by.role === 'agent' ? sql`false` : undefined
}

function ofDeliveries(by: Overseer, query: Omit<TroubleQuery, 'limit'>): SQL | undefined {
  const states = TROUBLED.filter((state) => query.states?.includes(state) ?? true)
  return and(
    overseen(by),
    states.length > 0 ? inArray(deliveries.state, states) : sql`false`,
    sql`not (${deliveries.state} = 'expired' and coalesce(${deliveries.error}, '') like ${`${DROPPED}%`})`,
    notInArray(deliveries.op, [...PASSING]),
    query.target ? eq(deliveries.targetId, query.target) : undefined,
    query.ids ? inArray(deliveries.id, [...query.ids]) : undefined,
    between(sql`${deliveries.createdAt}`, query),
    query.cursor ? sql`substr(${deliveries.id}, 5) < ${query.cursor}` : undefined,
  )
}

function ofEvents(by: Overseer, query: Omit<TroubleQuery, 'limit'>): SQL | undefined {
  return and(
    overseen(by),
    eq(events.state, 'dead'),
    (query.states?.includes('dead') ?? true) ? undefined : sql`false`,
    query.target ? eq(events.sourceId, query.target) : undefined,
    query.ids ? inArray(events.id, [...query.ids]) : undefined,
    between(sql`${events.receivedAt}`, query),
    query.cursor ? sql`substr(${events.id}, 5) < ${query.cursor}` : undefined,
  )
}

function between(column: SQL, { since, until }: Pick<TroubleQuery, 'since' | 'until'>): SQL | undefined {
  return and(since && sql`${column} >= ${since.toISOString()}::timestamptz`, until && sql`${column} < ${until.toISOString()}::timestamptz`)
}

/** Ids sort by time behind their prefix, those of deliveries and events alike. */
const timeOf = (id: string) => id.slice(4)

/** Newest first. */
export async function listTrouble(db: Reader, by: Overseer, query: TroubleQuery): Promise<{ rows: TroubleRow[]; cursor?: string }> {
  const sent = await db
    .select()
    .from(deliveries)
    .leftJoin(conversations, eq(conversations.id, deliveries.conversationId))
    .leftJoin(customers, eq(customers.id, conversations.customerId))
    .leftJoin(messages, eq(messages.id, deliveries.messageId))
    .where(ofDeliveries(by, query))
    .orderBy(desc(sql`substr(${deliveries.id}, 5)`))
    .limit(query.limit)
  const came = await db
    .select()
    .from(events)
    .where(ofEvents(by, query))
    .orderBy(desc(sql`substr(${events.id}, 5)`))
    .limit(query.limit)
  const whose = await whoseEvents(
    db,
    came.map((event) => event.id),
  )
  const rows: [string, TroubleRow][] = [
    ...sent.map((row): [string, TroubleRow] => {
      const conversationId = row.conversations?.id ?? null
      return [
        timeOf(row.deliveries.id),
        { kind: 'delivery', delivery: row.deliveries, message: row.messages, customer: row.customers, conversationId },
      ]
    }),
    ...came.map((event): [string, TroubleRow] => {
      return [timeOf(event.id), { kind: 'event', event, ...(whose.get(event.id) ?? { customer: null, conversationId: null }) }]
    }),
  ]
  rows.sort(([a], [b]) => (a < b ? 1 : -1))
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return { rows: page.map(([, row]) => row), ...(page.length === query.limit && last && { cursor: last[0] }) }
}

/** The conversation that an event is about: the newest at a customer's address, or that of a desk's thread. */
async function whoseEvents(db: Reader, ids: string[]): Promise<Map<string, Whose>> {
  if (ids.length === 0) return new Map()
  const { rows } = await db.execute<{ id: string; conversation: string }>(sql`
    select e.id, c.id as conversation from events e cross join lateral (
      select c.id, c.opened_at from conversations c where e.source = 'channel' and c.channel_id = e.source_id
        and c.user_key = e.payload->'from'->>'user' and c.thread_key = coalesce(e.payload->'from'->>'thread', '')
      union all
      select c.id, c.opened_at from conversations c where e.source = 'desk' and c.id = e.payload->>'thread'
      union all
      select c.id, c.opened_at from threads t join conversations c on c.id = t.conversation_id
        where e.source = 'desk' and t.desk_id = e.source_id and t.thread_key = e.payload->>'thread'
      order by 2 desc limit 1) c where ${inArray(sql`e.id`, ids)}`)
  const known = await db
    .select()
    .from(conversations)
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .where(inArray(conversations.id, ['', ...rows.map((row) => row.conversation)]))
  const byId = new Map(known.map((row) => [row.conversations.id, row.customers]))
  return new Map(rows.map((row) => [row.id, { conversationId: row.conversation, customer: byId.get(row.conversation) ?? null }]))
}

export interface TroubleCount {
  state: TroubleState
  target: string
  count: number
}

export async function countTrouble(db: Reader, by: Overseer, query: Omit<TroubleQuery, 'limit'> = {}): Promise<TroubleCount[]> {
  const count = sql<number>`count(*)::int`
  const sent = await db
    .select({ state: deliveries.state, target: deliveries.targetId, count })
    .from(deliveries)
    .where(ofDeliveries(by, query))
    .groupBy(deliveries.state, deliveries.targetId)
  const came = await db
    .select({ state: events.state, target: events.sourceId, count })
    .from(events)
    .where(ofEvents(by, query))
    .groupBy(events.state, events.sourceId)
  return [...sent, ...came] as TroubleCount[]
}

export interface Settled {
  /** How many were still in trouble, and are not any more. */
  count: number
  /** Conversations that look different now. */
  conversations: string[]
}

export interface Deed {
  by: Overseer
  now: Date
  auditId(): string
}

/** Sends again what is chosen: by a person's word, and marked where the customer may have it already. */
export async function sendAgain(db: Db, ids: readonly string[], deed: Deed): Promise<Settled> {
  if (ids.length === 0) return { count: 0, conversations: [] }
  return db.transaction(async (tx) => {
    const rows = await tx.update(deliveries).set(sentAgain(deed.now)).where(ofDeliveries(deed.by, { ids })).returning()
    await record(tx, 'delivery.resent', rows.map(aboutDelivery), deed)
    return settled(rows)
  })
}

/** Gives up what is chosen: nobody sends it, and it counts as settled. `name` is what others see of who did it. */
export async function dropDeliveries(db: Db, ids: readonly string[], name: string, deed: Deed): Promise<Settled> {
  return drop(db, ofDeliveries(deed.by, { ids }), name, deed)
}

/** As above, for what is left of one message, by whoever may change its conversation. */
export async function dropMessage(db: Db, actor: Actor, messageId: string, name: string, deed: Deed): Promise<Settled> {
  const mine = or(sql`${actor.role !== 'agent'}`, eq(conversations.agentId, actor.id), sql`${conversations.status} <> 'assigned'`)
  const may = db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(visibleTo(actor), mine))
  const which = and(
    ofDeliveries('operator', {}),
    eq(deliveries.messageId, messageId),
    eq(deliveries.kind, 'channel'),
    inArray(deliveries.conversationId, may),
  )
  return drop(db, which, name, deed)
}

async function drop(db: Db, which: SQL | undefined, name: string, deed: Deed): Promise<Settled> {
  return db.transaction(async (tx) => {
    const rows = await tx
      .update(deliveries)
      .set({ state: 'expired', error: droppedBefore(name), finishedAt: deed.now })
      .where(which)
      .returning()
    await record(tx, 'delivery.dropped', rows.map(aboutDelivery), deed)
    return settled(rows)
  })
}

/** Works on dead events once more, from the beginning. */
export async function replayEvents(db: Db, ids: readonly string[], deed: Deed): Promise<Settled> {
  return settleEvents(db, ids, 'event.replayed', { state: 'pending', attempts: 0, nextAt: deed.now, error: null, result: null }, deed)
}

/** Gives up dead events: they are done, and nothing came of them. */
export async function dropEvents(db: Db, ids: readonly string[], name: string, deed: Deed): Promise<Settled> {
  const result: EventResult = { ok: false, code: 'dropped', message: `${DROPPED}${name}` }
  return settleEvents(db, ids, 'event.dropped', { state: 'done', result, processedAt: deed.now }, deed)
}

async function settleEvents(db: Db, ids: readonly string[], action: string, set: Partial<EventRow>, deed: Deed): Promise<Settled> {
  if (ids.length === 0) return { count: 0, conversations: [] }
  return db.transaction(async (tx) => {
    const rows = await tx.update(events).set(set).where(ofEvents(deed.by, { ids })).returning()
    const whose = await whoseEvents(
      tx,
      rows.map((row) => row.id),
    )
    const about = rows.map(({ id, sourceId }) => ({
      conversationId: whose.get(id)?.conversationId ?? null,
      data: { event: id, target: sourceId },
    }))
    await record(tx, action, about, deed)
    return settled(about)
  })
}

function aboutDelivery({ id, conversationId, messageId, targetId, error }: DeliveryRow) {
  return { conversationId: conversationId || null, data: { delivery: id, message: messageId, target: targetId, error } }
}

async function record(tx: Tx, action: string, about: Pick<AuditRow, 'conversationId' | 'data'>[], deed: Deed): Promise<void> {
  const actor =
    deed.by === 'operator' ? { actorKind: 'system' as const, actorId: null } : { actorKind: 'agent' as const, actorId: deed.by.id }
  await insertAudit(
    tx,
    about.map((one) => ({ id: deed.auditId(), at: deed.now, action, ...actor, ...one })),
  )
}

function settled(rows: { conversationId: string | null }[]): Settled {
  return { count: rows.length, conversations: [...new Set(rows.flatMap((row) => row.conversationId || []))] }
}

export type AttemptRow = typeof attempts.$inferSelect

/** How one message fared: its deliveries to the customer's channel and each try of them. Undefined when the actor may not see it. */
export async function readAttempts(
  db: Reader,
  actor: Actor,
  conversationId: string,
  messageId: string,
): Promise<{ deliveries: DeliveryRow[]; attempts: AttemptRow[] } | undefined> {
  const [seen] = await db
    .select({ id: messages.id })
    .from(messages)
    .innerJoin(conversations, eq(conversations.id, messages.conversationId))
    .where(and(eq(messages.id, messageId), eq(conversations.id, conversationId), visibleTo(actor)))
  if (!seen) return undefined
  const mine = and(eq(deliveries.messageId, messageId), eq(deliveries.kind, 'channel'), eq(deliveries.op, 'send'))
  const rows = await db.select().from(deliveries).where(mine).orderBy(deliveries.position)
  const ids = db.select({ id: deliveries.id }).from(deliveries).where(mine)
  const tries = await db.select().from(attempts).where(inArray(attempts.deliveryId, ids)).orderBy(attempts.deliveryId, attempts.number)
  return { deliveries: rows, attempts: tries }
}

export interface Resting {
  targetId: string
  until: Date
  reason: string
}

/** Channels and desks that are left alone for now: their platform asked for it, or they fail again and again. */
export async function restingTargets(db: Reader, now: Date): Promise<Resting[]> {
  return db.select().from(pauses).where(gt(pauses.until, now)).orderBy(pauses.targetId)
}
