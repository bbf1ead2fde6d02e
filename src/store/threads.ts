// Where conversations stand in desks, and what a card shows of them.
import { and, desc, eq, lte, ne } from 'drizzle-orm'
import type { Db, Reader } from './database.ts'
import type { AgentRow, ConversationRow, CustomerRow, MessageRow, ThreadRow } from './rows.ts'
import { agents, conversations, customers, messages, threads } from './schema.ts'

export async function findOpenThread(db: Reader, conversationId: string, deskId: string): Promise<ThreadRow | undefined> {
  const [row] = await db
    .select()
    .from(threads)
    .where(and(eq(threads.conversationId, conversationId), eq(threads.deskId, deskId), ne(threads.state, 'lost')))
  return row
}

export async function openThreadsOf(db: Reader, conversationId: string): Promise<ThreadRow[]> {
  return db
    .select()
    .from(threads)
    .where(and(eq(threads.conversationId, conversationId), ne(threads.state, 'lost')))
}

/** Keeps a thread that a desk just opened. Had somebody else opened one meanwhile, theirs stays and is returned. */
export async function keepThread(db: Db, row: ThreadRow): Promise<ThreadRow> {
  const inserted = await db.insert(threads).values(row).onConflictDoNothing().returning()
  return inserted[0] ?? (await findOpenThread(db, row.conversationId, row.deskId)) ?? row
}

export async function setThreadState(db: Db, id: string, state: ThreadRow['state']): Promise<void> {
  // A thread that is lost stays lost: somebody deleted it.
  await db
    .update(threads)
    .set({ state })
    .where(and(eq(threads.id, id), ne(threads.state, 'lost')))
}

export interface CardRows {
  conversation: ConversationRow
  customer: CustomerRow
  agent: AgentRow | null
  /** The last messages up to number `untilSeq`, oldest first, without `except`, which is about to be shown by itself. */
  history: MessageRow[]
}

export async function cardRows(
  db: Reader,
  conversationId: string,
  untilSeq: number,
  except: string | null,
  limit = 12,
): Promise<CardRows | undefined> {
  const [row] = await db
    .select()
    .from(conversations)
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .leftJoin(agents, eq(agents.id, conversations.agentId))
    .where(eq(conversations.id, conversationId))
  if (!row) return undefined
  const history = await db
    .select()
    .from(messages)
    .where(and(eq(messages.conversationId, conversationId), lte(messages.seq, untilSeq), except ? ne(messages.id, except) : undefined))
    .orderBy(desc(messages.seq))
    .limit(limit)
  return { conversation: row.conversations, customer: row.customers, agent: row.agents, history: history.reverse() }
}
