// What customers said to the bot lately, for a look at how another bot would do.
import { and, asc, desc, eq, gte, inArray } from 'drizzle-orm'
import type { Reader } from './database.ts'
import { conversations, customers, messages } from './schema.ts'

export interface SaidRow {
  conversation: typeof conversations.$inferSelect
  customer: typeof customers.$inferSelect
  words: { text: string; at: Date }[]
}

/** The newest conversations that began since then, at most so many, with what their customers said. */
export async function saidSince(db: Reader, since: Date, most: number): Promise<SaidRow[]> {
  const rows = await db
    .select()
    .from(conversations)
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .where(gte(conversations.openedAt, since))
    .orderBy(desc(conversations.openedAt))
    .limit(most)
  const found: SaidRow[] = []
  for (let at = 0; at < rows.length; at += 200) {
    const some = rows.slice(at, at + 200)
    const ids = some.map((row) => row.conversations.id)
    const said = await db
      .select({ id: messages.conversationId, text: messages.text, at: messages.createdAt })
      .from(messages)
      .where(and(inArray(messages.conversationId, ids), eq(messages.author, 'customer')))
      .orderBy(asc(messages.conversationId), asc(messages.seq))
    const byConversation = Map.groupBy(said, ({ id }) => id)
    found.push(
      ...some.map((row) => ({
        conversation: row.conversations,
        customer: row.customers,
        words: (byConversation.get(row.conversations.id) ?? []).map((one) => ({ text: one.text, at: one.at })),
      })),
    )
  }
  return found
}
