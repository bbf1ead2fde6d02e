// What the router decided, and why: read by whoever asks, kept for a month.
import { desc, eq, sql } from 'drizzle-orm'
import type { Db, Reader } from './database.ts'
import type { DecisionRow } from './rows.ts'
import { decisions } from './schema.ts'

/** The last ones of a conversation, oldest first. */
export async function lastDecisions(db: Reader, conversationId: string, limit = 20): Promise<DecisionRow[]> {
  const rows = await db
    .select()
    .from(decisions)
    .where(eq(decisions.conversationId, conversationId))
    .orderBy(desc(decisions.position))
    .limit(limit)
  return rows.reverse()
}

/** Forgets those from before; at most so many at a time, so that nobody waits for it. */
export async function forgetDecisions(db: Db, before: Date, limit = 5_000): Promise<number> {
  const { rows } = await db.execute<{ id: string }>(sql`
    delete from decisions where id in (select id from decisions where at < ${before} order by at limit ${limit}) returning id`)
  return rows.length
}
