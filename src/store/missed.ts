// Which threads are read again after a break.
import { and, desc, eq, gte, ne, or } from 'drizzle-orm'
import type { Reader } from './database.ts'
import { conversations, threads } from './schema.ts'

/** Of more conversations at once nobody could say what was said where. */
const MOST = 2_000

/** Threads in this tool of conversations that are open, or were at that time. */
export async function threadsToRead(db: Reader, deskId: string, since: Date): Promise<string[]> {
  const rows = await db
    .select({ key: threads.threadKey })
    .from(threads)
    .innerJoin(conversations, eq(conversations.id, threads.conversationId))
    .where(
      and(
        eq(threads.deskId, deskId),
        ne(threads.state, 'lost'),
        or(ne(conversations.status, 'resolved'), gte(conversations.resolvedAt, since)),
      ),
    )
    .orderBy(desc(threads.createdAt))
    .limit(MOST)
  return rows.map(({ key }) => key)
}
