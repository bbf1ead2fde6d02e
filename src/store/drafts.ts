// What desks' events are about, and how everything that the pipeline decided is saved: a batch costs as many statements as one.
import { and, eq, getTableColumns, inArray, isNull, ne, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { type Db, type Reader, run, runLast, type Tx } from './database.ts'
import { deliveryOf, type Finishing, firstOfLanes, type Written, writtenOf } from './deliveries.ts'
import type { Finished } from './events.ts'
import { countMacroUses, saveFollowups } from './followups.ts'
import { resendDeliveries, withdrawDeliveries } from './message-deliveries.ts'
import { saveReceipts } from './receipts.ts'
import { holdDeliveries } from './restored.ts'
import type { AgentRow, ConversationRow, CustomerRow, DeliveryRow, Draft, EventRow, MessageRow, NewDelivery, ThreadRow } from './rows.ts'
import { type SavedRow, saving } from './saving.ts'
import * as s from './schema.ts'

export async function lockConversations(tx: Tx, ids: string[]): Promise<Map<string, ConversationRow>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.select().from(s.conversations).where(inArray(s.conversations.id, ids)).orderBy(s.conversations.id).for('update')
  return new Map(rows.map((row) => [row.id, row]))
}

export async function loadConversations(db: Reader, ids: string[]): Promise<Map<string, ConversationRow>> {
  if (ids.length === 0) return new Map()
  const rows = await db.select().from(s.conversations).where(inArray(s.conversations.id, ids))
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

/** The open conversation of the address that a resolved one belongs to: there is at most one. */
export async function findOpenBeside(db: Reader, { channelId, userKey, threadKey }: ConversationRow): Promise<ConversationRow | undefined> {
  const at = and(eq(s.conversations.channelId, channelId), eq(s.conversations.userKey, userKey), eq(s.conversations.threadKey, threadKey))
  const [row] = await db
    .select()
    .from(s.conversations)
    .where(and(at, ne(s.conversations.status, 'resolved')))
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

/** Conversations that wait for a person or are with one, and where they are shown. */
export async function openWithPeople(db: Reader): Promise<{ conversation: ConversationRow; threads: ThreadRow[] }[]> {
  const rows = await db
    .select()
    .from(s.conversations)
    .where(inArray(s.conversations.status, ['queued', 'assigned', 'snoozed']))
    .orderBy(s.conversations.id)
  const ids = rows.map(({ id }) => id)
  const threads = await loadThreads(db, ids)
  return rows.map((conversation) => ({ conversation, threads: threads.get(conversation.id) ?? [] }))
}

/** One message of a conversation, by our id, the channel's id of it, or a desk's. */
export async function findMessage(
  db: Reader,
  conversationId: string,
  by: { id?: string; externalId?: string; link?: { scope: string; externalId: string } },
): Promise<MessageRow | undefined> {
  const match = by.id
    ? eq(s.messages.id, by.id)
    : by.externalId
      ? eq(s.messages.externalId, by.externalId)
      : sql`${s.messages.id} = (select message_id from message_links where scope = ${by.link?.scope ?? ''} and external_id = ${by.link?.externalId ?? ''})`
  const [row] = await db
    .select()
    .from(s.messages)
    .where(and(eq(s.messages.conversationId, conversationId), match))
    .limit(1)
  return row
}

export interface Saving {
  drafts: Draft[]
  /** Stored events that are worked on. */
  finished: Finished[]
  /** Events that are stored with what follows from them: with a result they are done, without one they wait. */
  received: EventRow[]
  /** Deliveries of no conversation: answers to somebody who asked outside of all. */
  answers: NewDelivery[]
  /** Those of the new deliveries that a restored house may have sent already: nothing of this batch goes out at once. */
  held: string[]
  now: Date
  /** Names this process in attempts. */
  holder: string
  /** May this delivery go out at once, by this process? It may when nothing of its lane waits before it. */
  admit(row: NewDelivery): boolean
  /** What came of attempts and may travel along; asked only when there is something to travel with. */
  outcomes(): Finishing[]
}

export interface Saved {
  /** The deliveries that this process sends now. */
  sending: DeliveryRow[]
  /** Of each of the outcomes that travelled along. */
  written: Written[]
}

/**
 * Writes what the pipeline decided and ends the transaction: all of it or nothing. Throws `isKnown` when one of the received
 * events is stored already.
 */
export async function saveDrafts(
  tx: Db,
  { drafts, finished, answers, received, held, now, holder, admit, outcomes: take }: Saving,
): Promise<Saved> {
  if (drafts.length + finished.length + answers.length + received.length === 0) return { sending: [], written: [] }
  const all = <K extends keyof Draft>(key: K) => drafts.flatMap((draft) => draft[key] as Draft[K] & unknown[]) as Draft[K] & unknown[]
  await saveRare(tx, drafts, now)
  const deliveries = [...all('newDeliveries'), ...answers]
  const outcomes = take()
  const { statement, values } = saving({
    // In one order everywhere: two batches that touch the same customers never wait for each other in a circle.
    customers: lastOf(drafts.filter((draft) => draft.changesCustomer).map((draft) => draft.customer)),
    identities: all('newIdentities'),
    conversations: lastOf(drafts.map((draft) => draft.conversation)),
    messages: all('newMessages'),
    links: all('newLinks'),
    audit: all('newAudit'),
    timers: all('newTimers'),
    decisions: all('newDecisions'),
    finished,
    outcomes,
    deliveries,
    received: received.map((row) => (row.result ? { ...row, state: 'done', processedAt: now } : row)),
    going: firstOfLanes(deliveries, held.length > 0 ? () => false : admit),
    now,
    holder,
  })
  const [saved] = await (held.length > 0 ? run : runLast)<SavedRow>(tx, statement, values)
  await holdDeliveries(tx, held, now)
  return { sending: (saved?.sending ?? []).map(deliveryOf), written: writtenOf(outcomes, saved?.outcomes ?? []) }
}

/** What few events change: a statement each, and only when there is something to change. */
async function saveRare(tx: Db, drafts: Draft[], now: Date): Promise<void> {
  const changed = drafts.flatMap((draft) => draft.changedMessages)
  if (changed.length > 0) await upsert(tx, s.messages, changed)
  const files = drafts.flatMap((draft) => draft.newAttachments)
  if (files.length > 0) await tx.insert(s.attachments).values(files)
  await nameUploads(
    tx,
    drafts.flatMap((draft) => draft.newMessages),
  )
  await saveThreads(tx, drafts)
  for (const one of drafts.flatMap((draft) => draft.withdrawn)) await withdrawDeliveries(tx, one)
  await resendDeliveries(
    tx,
    drafts.flatMap((draft) => draft.resend),
    now,
  )
  await saveReceipts(
    tx,
    drafts.flatMap((draft) => draft.receipts),
  )
  await saveFollowups(
    tx,
    drafts.flatMap((draft) => draft.followups),
  )
  await countMacroUses(
    tx,
    drafts.flatMap((draft) => draft.used),
    now,
  )
  await saveAgents(tx, drafts)
}

/** Rows that stand twice in a batch are written as they stand last. */
function lastOf<Row extends { id: string }>(rows: Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()].sort((a, b) => (a.id < b.id ? -1 : 1))
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

async function saveAgents(tx: Db, drafts: Draft[]): Promise<void> {
  const changed = new Map<string, AgentRow>()
  for (const draft of drafts) {
    for (const agent of draft.agents) if (draft.changedAgents.has(agent.id)) changed.set(agent.id, agent)
  }
  for (const agent of [...changed.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) await saveAgent(tx, agent)
}

const SAVE_AGENT = {
  name: 'save_agent',
  text: `update agents set
      presence = case when presence_at > coalesce($4::timestamptz, '-infinity') then presence else $2 end,
      presence_until = case when presence_at > coalesce($4::timestamptz, '-infinity') then presence_until else $3 end,
      presence_at = greatest(presence_at, $4::timestamptz),
      last_assigned_at = greatest(last_assigned_at, $5::timestamptz),
      missed = case when missed_at > coalesce($7::timestamptz, '-infinity') then missed else $6 end,
      missed_at = greatest(missed_at, $7::timestamptz)
    where id = $1`,
}

/**
 * Presence, last assignment and misses only: names and rights are changed elsewhere. Each counts by its own time, so that what was decided
 * beside a word of the agent's, or long after it, leaves that word as it is.
 */
export async function saveAgent(
  tx: Db,
  { id, presence, presenceUntil, presenceAt, lastAssignedAt, missed, missedAt }: AgentRow,
): Promise<void> {
  await run(tx, SAVE_AGENT, [id, presence, presenceUntil, presenceAt, lastAssignedAt, missed, missedAt])
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
