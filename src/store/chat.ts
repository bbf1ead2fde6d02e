// What a customer may read: their own conversation, without the notes.
import { and, desc, eq, inArray, isNotNull, lte, ne, or, type SQL, type SQLWrapper, sql } from 'drizzle-orm'
import type { Reader } from './database.ts'
import { type Page, type Place, readPage } from './pages.ts'
import type { AgentRow, ConversationRow, MessageRow } from './rows.ts'
import { agents, conversations, customers, identities, messages } from './schema.ts'

/** The visitor's open conversation, else the newest; with the public name of who has it. */
export async function conversationAt(
  db: Reader,
  channelId: string,
  user: string,
): Promise<{ conversation: ConversationRow; agent: AgentRow | null } | undefined> {
  const rows = await db
    .select()
    .from(conversations)
    .leftJoin(agents, eq(agents.id, conversations.agentId))
    .where(and(eq(conversations.channelId, channelId), eq(conversations.userKey, user), eq(conversations.threadKey, '')))
    .orderBy(desc(conversations.openedAt))
    .limit(2)
  const row = rows.find((one) => one.conversations.status !== 'resolved') ?? rows[0]
  return row && { conversation: row.conversations, agent: row.agents }
}

/** A page of what the visitor may see of all conversations at this address. `seq` ascends over all of them. */
export async function readSaid(db: Reader, channelId: string, user: string, place: Place, limit: number, undo?: Undo): Promise<Page> {
  return readPage(db, visible(db, channelId, user, undo), place, limit)
}

/** The time that agents have for second thoughts. */
export interface Undo {
  ms: number
  now: Date
}

function visible(db: Reader, channelId: string, user: string, undo: Undo | undefined): SQL | undefined {
  const mine = db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.channelId, channelId), eq(conversations.userKey, user), eq(conversations.threadKey, '')))
  return and(inArray(messages.conversationId, mine), ne(messages.author, 'note'), undo && isOut(undo, mine))
}

/**
 * An agent's words whose time for second thoughts is not over have not left, and nothing behind them is shown before them: a reader's
 * cursor would pass them by. What was taken back within that time was never there.
 */
function isOut({ ms, now }: Undo, mine: SQLWrapper): SQL {
  const since = new Date(now.getTime() - ms).toISOString()
  return sql`${messages.seq} < coalesce((select min(w.seq) from messages w where w.conversation_id in ${mine} and w.author = 'agent'
      and w.created_at > ${since}::timestamptz and w.recalled_at is null), 2147483647)
    and (${messages.recalledAt} is null or ${messages.author} <> 'agent' or ${messages.recalledAt} > ${messages.createdAt} + ${`${ms} milliseconds`}::interval)`
}

const isChanged = or(isNotNull(messages.editedAt), isNotNull(messages.recalledAt))
const changedAt = sql`greatest(${messages.editedAt}, ${messages.recalledAt})`

/**
 * A word that is another one as soon as anything that the visitor may see is changed or taken back. No time: of two changes the earlier may be
 * committed later, and whoever had read up to the later one would never hear of it.
 */
export async function markOfChanges(db: Reader, channelId: string, user: string, undo?: Undo): Promise<string> {
  const last = db
    .select({ line: sql<string>`${messages.id} || ' ' || extract(epoch from ${changedAt})`.as('line') })
    .from(messages)
    .where(and(visible(db, channelId, user, undo), isChanged))
    .orderBy(desc(changedAt))
    .limit(CHANGES)
    .as('last')
  const all = sql`coalesce(string_agg(${last.line}, ',' order by ${last.line}), '')`
  const [row] = await db.select({ mark: sql<string>`left(encode(sha256(convert_to(${all}, 'UTF8')), 'hex'), 16)` }).from(last)
  return row?.mark ?? ''
}

/** So many of the last changes an open page is told of. */
const CHANGES = 200

/**
 * Of what the visitor was shown up to this number, however long ago: what was changed or taken back since, the last changes of many. Oldest
 * message first.
 */
export async function changedBefore(db: Reader, channelId: string, user: string, seq: number, undo?: Undo): Promise<MessageRow[]> {
  const said = visible(db, channelId, user, undo)
  const rows = await db
    .select()
    .from(messages)
    .where(and(said, lte(messages.seq, seq), isChanged))
    .orderBy(desc(changedAt))
    .limit(CHANGES)
  return rows.sort((one, other) => one.seq - other.seq)
}

/** The name of a visitor who wrote before. */
export async function customerAt(db: Reader, channelId: string, user: string): Promise<{ name: string; named: boolean } | undefined> {
  const [row] = await db
    .select({ name: customers.name, named: customers.named })
    .from(identities)
    .innerJoin(customers, eq(customers.id, identities.customerId))
    .where(and(eq(identities.channelId, channelId), eq(identities.kind, 'channel'), eq(identities.value, user)))
  return row
}
