// Loads what an event is about, and saves what the pipeline made of it. Set-based: a batch costs as many statements as one.
import { and, eq, getTableColumns, inArray, isNull, ne, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Db, Reader, Tx } from './database.ts'
import { insertDeliveries, resendDeliveries } from './deliveries.ts'
import type { AgentRow, ConversationRow, CustomerRow, Draft, MessageRow, ThreadRow } from './rows.ts'
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

const keyOf = (key: AddressKey) => JSON.stringify([key.channelId, key.user, key.thread])

/** Loads and LOCKS the conversations at these addresses: nobody else changes them until the transaction ends. */
export async function loadAddresses(tx: Tx, keys: AddressKey[]): Promise<Map<string, Known>> {
  const known = new Map<string, Known>()
  if (keys.length === 0) return known
  const wanted = sql.join(
    keys.map((key) => sql`(${key.channelId}::text, ${key.user}::text, ${key.thread}::text)`),
    sql`, `,
  )
  const { rows } = await tx.execute<{
    channel: string
    user_key: string
    thread_key: string
    customer: string | null
    conversation: string | null
  }>(sql`
    select k.channel, k.user_key, k.thread_key, i.customer_id as customer, c.id as conversation
    from (values ${wanted}) as k(channel, user_key, thread_key)
    left join identities i on i.channel_id = k.channel and i.kind = 'channel' and i.value = k.user_key
    left join lateral (
      select id from conversations c
      where c.channel_id = k.channel and c.user_key = k.user_key and c.thread_key = k.thread_key
      order by (c.status = 'resolved'), c.opened_at desc limit 1
    ) c on true`)
  const conversations = await lockConversations(
    tx,
    rows.flatMap((row) => row.conversation ?? []),
  )
  const customers = await loadCustomers(tx, [
    ...rows.flatMap((row) => row.customer ?? []),
    ...[...conversations.values()].map((c) => c.customerId),
  ])
  for (const row of rows) {
    const conversation = row.conversation ? conversations.get(row.conversation) : undefined
    known.set(keyOf({ channelId: row.channel, user: row.user_key, thread: row.thread_key }), {
      conversation,
      customer: customers.get(conversation?.customerId ?? row.customer ?? ''),
    })
  }
  return known
}

export function at(known: Map<string, Known>, key: AddressKey): Known {
  return known.get(keyOf(key)) ?? { customer: undefined, conversation: undefined }
}

export async function lockConversations(tx: Tx, ids: string[]): Promise<Map<string, ConversationRow>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.select().from(s.conversations).where(inArray(s.conversations.id, ids)).orderBy(s.conversations.id).for('update')
  return new Map(rows.map((row) => [row.id, row]))
}

export async function loadCustomers(db: Reader, ids: string[]): Promise<Map<string, CustomerRow>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .select()
    .from(s.customers)
    .where(inArray(s.customers.id, [...new Set(ids)]))
  return new Map(rows.map((row) => [row.id, row]))
}

export async function loadThreads(db: Reader, conversationIds: string[]): Promise<Map<string, ThreadRow[]>> {
  const byConversation = new Map<string, ThreadRow[]>()
  if (conversationIds.length === 0) return byConversation
  const rows = await db
    .select()
    .from(s.threads)
    .where(and(inArray(s.threads.conversationId, conversationIds), ne(s.threads.state, 'lost')))
  for (const row of rows) byConversation.set(row.conversationId, [...(byConversation.get(row.conversationId) ?? []), row])
  return byConversation
}

export async function findConversation(db: Reader, id: string): Promise<ConversationRow | undefined> {
  const [row] = await db.select().from(s.conversations).where(eq(s.conversations.id, id))
  return row
}

/** Which conversation a thread of a desk belongs to; a lost thread still names it. */
export async function findThread(db: Reader, deskId: string, threadKey: string): Promise<ThreadRow | undefined> {
  const [row] = await db
    .select()
    .from(s.threads)
    .where(and(eq(s.threads.deskId, deskId), eq(s.threads.threadKey, threadKey)))
  return row
}

export async function loadAgents(db: Reader): Promise<AgentRow[]> {
  return db.select().from(s.agents).where(eq(s.agents.disabled, false)).orderBy(s.agents.id)
}

/** One message of a conversation, by our id, the channel's id of it, or a desk's. */
export async function findMessage(
  db: Reader,
  conversationId: string,
  by: { id?: string; externalId?: string; link?: string },
): Promise<MessageRow | undefined> {
  const match = by.id
    ? eq(s.messages.id, by.id)
    : by.externalId
      ? eq(s.messages.externalId, by.externalId)
      : sql`${s.messages.id} = (select message_id from message_links where scope || ' ' || external_id = ${by.link ?? ''} limit 1)`
  const [row] = await db
    .select()
    .from(s.messages)
    .where(and(eq(s.messages.conversationId, conversationId), match))
    .limit(1)
  return row
}

/** Writes what the pipeline decided. All of it or nothing: the caller's transaction. */
export async function saveDrafts(tx: Tx, drafts: Draft[], now: Date): Promise<void> {
  if (drafts.length === 0) return
  const all = <K extends keyof Draft>(key: K) => drafts.flatMap((draft) => draft[key] as Draft[K] & unknown[]) as Draft[K] & unknown[]
  await upsert(
    tx,
    s.customers,
    drafts.map((draft) => draft.customer),
  )
  await insert(tx, s.identities, all('newIdentities'))
  await upsert(
    tx,
    s.conversations,
    drafts.map((draft) => draft.conversation),
  )
  await insert(tx, s.messages, all('newMessages'))
  await upsert(tx, s.messages, all('changedMessages'))
  await insert(tx, s.attachments, all('newAttachments'))
  await nameUploads(tx, all('newMessages'))
  const links = all('newLinks')
  if (links.length > 0) await tx.insert(s.messageLinks).values(links).onConflictDoNothing()
  await saveThreads(tx, drafts)
  await insertDeliveries(tx, all('newDeliveries'))
  await resendDeliveries(tx, all('resend'), now)
  await insert(tx, s.auditEvents, all('newAudit'))
  await saveAgents(tx, drafts)
}

/** Files that were uploaded before the words they came with: from now on they belong to the conversation. */
async function nameUploads(tx: Tx, said: MessageRow[]): Promise<void> {
  for (const { conversationId, parts } of said) {
    const ids = parts.flatMap((part) => (part.type === 'media' ? [part.media.id] : []))
    if (ids.length === 0) continue
    await tx
      .update(s.attachments)
      .set({ conversationId })
      .where(and(inArray(s.attachments.id, ids), isNull(s.attachments.conversationId)))
  }
}

/** Only what a draft changed, since the runner writes states, too; and a thread that is lost stays lost. */
async function saveThreads(tx: Tx, drafts: Draft[]): Promise<void> {
  for (const { threads, changedThreads } of drafts) {
    for (const { id, state } of threads.filter((thread) => changedThreads.has(thread.id))) {
      await tx
        .update(s.threads)
        .set({ state })
        .where(and(eq(s.threads.id, id), ne(s.threads.state, 'lost')))
    }
  }
}

async function saveAgents(tx: Tx, drafts: Draft[]): Promise<void> {
  const changed = new Map<string, AgentRow>()
  for (const draft of drafts) {
    for (const agent of draft.agents) if (draft.changedAgents.has(agent.id)) changed.set(agent.id, agent)
  }
  for (const agent of changed.values()) await saveAgent(tx, agent)
}

/** Presence and last assignment only: names and rights are changed elsewhere. */
export async function saveAgent(tx: Db | Tx, agent: AgentRow): Promise<void> {
  const { presence, presenceUntil, lastAssignedAt } = agent
  await tx.update(s.agents).set({ presence, presenceUntil, lastAssignedAt }).where(eq(s.agents.id, agent.id))
}

async function insert<T extends PgTable>(tx: Tx, table: T, rows: T['$inferInsert'][]): Promise<void> {
  if (rows.length > 0) await tx.insert(table).values(rows)
}

/** Inserts, or overwrites the row of the same id. Rows that stand twice in a batch are written as they stand last. */
async function upsert<T extends PgTable>(tx: Tx, table: T, rows: (T['$inferInsert'] & { id?: string })[]): Promise<void> {
  const last = [...new Map(rows.map((row) => [row.id, row])).values()]
  if (last.length === 0) return
  const columns = getTableColumns(table)
  const { id, ...others } = columns
  if (!id) throw new Error('upsert wants a table with an id')
  const set = Object.fromEntries(Object.entries(others).map(([key, column]) => [key, sql.raw(`excluded.${column.name}`)]))
  await tx
    .insert(table)
    .values(last as T['$inferInsert'][])
    .onConflictDoUpdate({ target: id, set: set as never })
}
