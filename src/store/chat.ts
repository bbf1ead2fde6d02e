// What a customer may read: their own conversation, without the notes.
import { and, asc, desc, eq, gt, inArray, ne } from 'drizzle-orm'
import type { Reader } from './database.ts'
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

/** What the visitor may see of all conversations at this address after `seq`, oldest first. `seq` ascends over all of them. */
export async function messagesAfter(db: Reader, channelId: string, user: string, seq: number, limit: number): Promise<MessageRow[]> {
  const mine = db
    .select({ id: conversations.id })
    .from(conversations)
    .where(and(eq(conversations.channelId, channelId), eq(conversations.userKey, user), eq(conversations.threadKey, '')))
  return db
    .select()
    .from(messages)
    .where(and(inArray(messages.conversationId, mine), gt(messages.seq, seq), ne(messages.author, 'note')))
    .orderBy(asc(messages.seq))
    .limit(limit)
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
