// What agents may read. Every query takes the actor: who may not see a conversation does not find it.
import { and, count, desc, eq, gte, ilike, inArray, isNull, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import type { Reader } from './database.ts'
import { type Page, type Place, readPage } from './pages.ts'
import type { AgentRow, AuditRow, ConversationRow, CustomerRow, IdentityRow, MessageRow, ThreadRow } from './rows.ts'
import { agents, auditEvents, conversations, customers, identities, messages, threads } from './schema.ts'
import { byTurn, type Vip } from './turn.ts'

export type Actor = Pick<AgentRow, 'id' | 'role' | 'skills'>
export type View = 'queue' | 'mine' | 'open' | 'bot' | 'resolved'

/** Admins and supervisors see all; agents what is theirs, what nobody's skill is asked for, and what asks for theirs. */
export function visibleTo(actor: Actor): SQL | undefined {
  return actor.role === 'agent' ? or(...reasonsOf(actor)) : undefined
}

/** Each of them is enough for an agent to see a conversation. */
export function reasonsOf(actor: Actor): SQL[] {
  const asked = JSON.stringify({ offer: { to: [actor.id] } })
  return [
    eq(conversations.agentId, actor.id),
    isNull(conversations.skill),
    ...(actor.skills.length > 0 ? [inArray(conversations.skill, actor.skills)] : []),
    // Who is asked whether they help out must see with what. Nobody is asked about anything but what waits.
    sql`(${conversations.status} = 'queued' and ${conversations.handoff} @> ${asked}::jsonb)`,
  ]
}

export function inView(view: View, actor: Actor): SQL | undefined {
  switch (view) {
    case 'queue':
      return eq(conversations.status, 'queued')
    case 'mine':
      return and(inArray(conversations.status, ['assigned', 'snoozed']), eq(conversations.agentId, actor.id))
    case 'open':
      return inArray(conversations.status, ['assigned', 'snoozed'])
    case 'bot':
      return eq(conversations.status, 'bot')
    case 'resolved':
      // What is archived is found by searching.
      return and(eq(conversations.status, 'resolved'), isNull(conversations.archivedAt))
  }
}

export interface ListedRow {
  conversation: ConversationRow
  customer: CustomerRow
  agent: AgentRow | null
  /** The last words of a person or the bot, notes included. */
  last: Pick<MessageRow, 'text' | 'author'> | undefined
  unanswered: boolean
}

export interface ListQuery {
  view: View
  search?: string
  /** What the page before gave. */
  cursor?: string
  limit: number
  vip: Vip
}

/** The queue in the order in which it is served; the other views newest first. */
export async function listConversations(db: Reader, actor: Actor, query: ListQuery): Promise<{ rows: ListedRow[]; cursor?: string }> {
  const isQueue = query.view === 'queue'
  const after = query.cursor && !isQueue ? before(new Date(query.cursor)) : undefined
  const rows = await listed(db, and(visibleTo(actor), query.search ? matching(query.search) : inView(query.view, actor), after))
    .orderBy(...orderOf(query.view, query.vip))
    .limit(query.limit)
  const end = rows.at(-1)
  const cursor = rows.length === query.limit && end && !isQueue && end.conversations.lastMessageAt.toISOString()
  return { rows: await withLast(db, rows), ...(cursor && { cursor }) }
}

const orderOf = (view: View, vip: Vip) =>
  view === 'queue' ? byTurn(vip) : [desc(conversations.activeSlot), desc(conversations.lastMessageAt)]

function listed(db: Reader, where: SQL | undefined) {
  return db
    .select()
    .from(conversations)
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .leftJoin(agents, eq(agents.id, conversations.agentId))
    .where(where)
}

/** Everything of a view that has clocks, in its usual order: when a term falls due depends on the config, so the house orders them. */
export async function listTimed(
  db: Reader,
  actor: Actor,
  view: View,
  vip: Vip,
): Promise<Pick<ConversationRow, 'id' | 'skill' | 'priority' | 'clocks'>[]> {
  const { id, skill, priority, clocks } = conversations
  return db
    .select({ id, skill, priority, clocks })
    .from(conversations)
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .where(and(visibleTo(actor), inView(view, actor)))
    .orderBy(...orderOf(view, vip))
}

/** These, as far as the actor may see them, in this order. */
export async function readListed(db: Reader, actor: Actor, ids: readonly string[]): Promise<ListedRow[]> {
  if (ids.length === 0) return []
  const rows = await withLast(db, await listed(db, and(visibleTo(actor), inArray(conversations.id, [...ids]))))
  const byId = new Map(rows.map((row) => [row.conversation.id, row]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

type JoinedRow = Awaited<ReturnType<typeof listed>>[number]

async function withLast(db: Reader, rows: JoinedRow[]): Promise<ListedRow[]> {
  const last = await lastMessages(
    db,
    rows.map((row) => row.conversations.id),
  )
  return rows.map((row) => {
    const newest = last.get(row.conversations.id)
    return {
      conversation: row.conversations,
      customer: row.customers,
      agent: row.agents,
      last: newest,
      unanswered: newest?.author === 'customer',
    }
  })
}

/** The slot is what the index knows; see `activeSlot`. */
function before(time: Date): SQL | undefined {
  const slot = sql`floor(extract(epoch from (${time.toISOString()}::timestamptz - timestamptz '2000-01-01 00:00:00+00')) / 300)::int`
  return and(sql`${conversations.activeSlot} <= ${slot}`, lt(conversations.lastMessageAt, time))
}

const containing = (words: string) => `%${words.replace(/[\\%_]/g, (c) => `\\${c}`)}%`

/** By the customer's name or by words that were said. */
function matching(search: string): SQL | undefined {
  const like = containing(search)
  return or(
    ilike(customers.name, like),
    sql`exists (select 1 from messages m where m.conversation_id = ${conversations.id} and m.text ilike ${like})`,
  )
}

/** The last words of a person or the bot: what the house itself says ('you are next') tells an agent nothing. */
async function lastMessages(db: Reader, ids: string[]): Promise<Map<string, Pick<MessageRow, 'text' | 'author'>>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectDistinctOn([messages.conversationId], { conversationId: messages.conversationId, text: messages.text, author: messages.author })
    .from(messages)
    .where(and(inArray(messages.conversationId, ids), ne(messages.author, 'system')))
    .orderBy(messages.conversationId, desc(messages.seq))
  return new Map(rows.map((row) => [row.conversationId, row]))
}

/** What one reading of a history brings, whoever reads it. */
const PAGE = 100
/** A page that stays open is given what it shows, until so much is new that it reads on as somebody who just came. */
const SHOWN_MAX = 300
/** Behind all that can be said. */
const END: Place = { before: 2 ** 31 - 1 }

/** A page of what the actor may see. Undefined: no such conversation for them. */
export async function readHistory(db: Reader, actor: Actor, id: string, place: Place): Promise<Page | undefined> {
  return (await maySee(db, actor, id)) ? readPage(db, eq(messages.conversationId, id), place, PAGE) : undefined
}

/** The end of the history: at least the last page of it, and from a message on that is on screen already. */
async function readNewest(db: Reader, id: string, from: number | undefined): Promise<Page> {
  const said = eq(messages.conversationId, id)
  const newest = async (limit: number, where?: SQL) => ({ ...(await readPage(db, and(said, where), END, limit)), newer: false })
  if (from === undefined) return newest(PAGE)
  const page = sql`(select m.seq from messages m where m.conversation_id = ${id} order by m.seq desc offset ${PAGE - 1} limit 1)`
  const shown = await newest(SHOWN_MAX, gte(messages.seq, sql`least(${from}::int, coalesce(${page}, 0))`))
  // There it says whether it is more than that; before that there may be more all the same.
  const first = shown.messages[0]
  if (shown.older || !first) return newest(PAGE)
  return { ...shown, older: (await readPage(db, said, { before: first.seq }, 1)).messages.length > 0 }
}

/** The newest messages of a conversation in which these words stand, newest first. */
export async function findSaid(db: Reader, actor: Actor, id: string, words: string, limit: number): Promise<number[] | undefined> {
  if (!(await maySee(db, actor, id))) return undefined
  const rows = await db
    .select({ seq: messages.seq })
    .from(messages)
    .where(and(eq(messages.conversationId, id), ilike(messages.text, containing(words))))
    .orderBy(desc(messages.seq))
    .limit(limit)
  return rows.map(({ seq }) => seq)
}

/** What happened is told from its end, too: a conversation of years has more than anybody looks through. */
const TRAIL = 200

export interface DetailRows extends ListedRow, Page {
  identities: IdentityRow[]
  conversations: number
  trail: AuditRow[]
  threads: ThreadRow[]
}

/** Undefined when there is none, and when the actor may not see it: from outside the two look the same. */
export async function readConversation(db: Reader, actor: Actor, id: string, from?: number): Promise<DetailRows | undefined> {
  const [row] = await db
    .select()
    .from(conversations)
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .leftJoin(agents, eq(agents.id, conversations.agentId))
    .where(and(eq(conversations.id, id), visibleTo(actor)))
  if (!row) return undefined
  const said = await readNewest(db, id, from)
  const known = await db.select().from(identities).where(eq(identities.customerId, row.customers.id)).orderBy(identities.id)
  const [total] = await db.select({ n: count() }).from(conversations).where(eq(conversations.customerId, row.customers.id))
  const trail = await db.select().from(auditEvents).where(eq(auditEvents.conversationId, id)).orderBy(desc(auditEvents.id)).limit(TRAIL)
  const stands = await db.select().from(threads).where(eq(threads.conversationId, id))
  const last = said.messages.findLast((message) => message.author !== 'system') ?? (await lastMessages(db, [id])).get(id)
  return {
    conversation: row.conversations,
    customer: row.customers,
    agent: row.agents,
    last,
    unanswered: last?.author === 'customer',
    ...said,
    identities: known,
    conversations: total?.n ?? 0,
    trail: trail.reverse(),
    threads: stands,
  }
}

/** May the actor see the conversation that a file belongs to? */
export async function maySee(db: Reader, actor: Actor, conversationId: string): Promise<boolean> {
  const [row] = await db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.id, conversationId), visibleTo(actor)))
  return row !== undefined
}
