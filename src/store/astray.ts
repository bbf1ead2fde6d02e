// Which conversation is meant by whoever writes in a thread that never came on record: one whose thread was opened more than once.
import { and, desc, eq, gte, ne, sql } from 'drizzle-orm'
import type { Db, Reader } from './database.ts'
import { auditEvents, conversations, customers, threads } from './schema.ts'

const ACTION = 'thread.opened_again'
/** So many rows are looked at: one conversation may have been opened again more than once. */
const LOOKED_AT = 20

/** An earlier try may have made a thread that nobody knows. */
export async function noteOpenedAgain(db: Db, row: { id: string; at: Date; conversationId: string; deskId: string }): Promise<void> {
  const { deskId: desk, ...rest } = row
  await db.insert(auditEvents).values({ ...rest, action: ACTION, actorKind: 'system', actorId: null, data: { desk } })
}

export interface OpenedAgain {
  conversation: string
  customer: string
  /** Where it stands now. */
  thread: string
}

/** Those that are not resolved, the newest first. */
export async function openedAgain(db: Reader, deskId: string, since: Date): Promise<OpenedAgain[]> {
  const rows = await db
    .select({ conversation: conversations.id, customer: customers.name, thread: threads.threadKey })
    .from(auditEvents)
    .innerJoin(conversations, eq(conversations.id, auditEvents.conversationId))
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .innerJoin(threads, and(eq(threads.conversationId, conversations.id), eq(threads.deskId, deskId), ne(threads.state, 'lost')))
    .where(
      and(
        eq(auditEvents.action, ACTION),
        gte(auditEvents.at, since),
        sql`${auditEvents.data} ->> 'desk' = ${deskId}`,
        ne(conversations.status, 'resolved'),
      ),
    )
    .orderBy(desc(auditEvents.at))
    .limit(LOOKED_AT)
  return [...new Map(rows.map((row) => [row.conversation, row])).values()]
}
