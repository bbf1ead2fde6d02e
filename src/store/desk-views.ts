// What agents ask for by command: who a customer is, how the day goes.
import { and, count, desc, eq, gte, ne, sql } from 'drizzle-orm'
import type { Reader } from './database.ts'
import type { ConversationRow, IdentityRow } from './rows.ts'
import { conversations, identities } from './schema.ts'

export interface CustomerView {
  identities: IdentityRow[]
  /** Newest first, without the one that is asked about. */
  before: Pick<ConversationRow, 'id' | 'channelId' | 'status' | 'skill' | 'openedAt' | 'closing' | 'csatScore'>[]
  total: number
}

const BEFORE = 3

export async function readCustomer(db: Reader, customerId: string, conversationId: string): Promise<CustomerView> {
  const known = await db.select().from(identities).where(eq(identities.customerId, customerId)).orderBy(identities.id)
  const before = await db
    .select()
    .from(conversations)
    .where(and(eq(conversations.customerId, customerId), ne(conversations.id, conversationId)))
    .orderBy(desc(conversations.openedAt))
    .limit(BEFORE)
  const [total] = await db.select({ n: count() }).from(conversations).where(eq(conversations.customerId, customerId))
  return { identities: known, before, total: total?.n ?? 0 }
}

export interface DayView {
  taken: number
  resolved: number
  messages: number
  /** Minutes until the first answer, on average. */
  firstReply: number | null
  score: number | null
  rated: number
}

export async function readDay(db: Reader, agentId: string, since: Date): Promise<DayView> {
  const from = sql`${since.toISOString()}::timestamptz`
  const { rows } = await db.execute<Record<keyof DayView, number | null>>(sql`
    select
      (select count(distinct conversation_id) from audit_events
        where action = 'assignment.changed' and at >= ${from} and data->>'agent' = ${agentId})::int as taken,
      (select count(*) from messages m where m.agent_id = ${agentId} and m.author = 'agent' and m.created_at >= ${from}
        and m.conversation_id in (select id from conversations
          where status in ('bot', 'queued', 'assigned', 'snoozed', 'resolved')
            and active_slot >= floor(extract(epoch from (${from} - timestamptz '2000-01-01 00:00:00+00')) / 300)::int))::int as messages,
      (select avg((data->>'score')::int) from audit_events
        where action = 'csat.submitted' and at >= ${from} and data->>'agent' = ${agentId})::float8 as score,
      (select count(*) from audit_events
        where action = 'csat.submitted' and at >= ${from} and data->>'agent' = ${agentId})::int as rated`)
  const [resolved] = await db
    .select({
      n: count(),
      first: sql<number | null>`avg(extract(epoch from ${conversations.firstReplyAt} - ${conversations.queuedAt}) / 60)
        filter (where ${conversations.firstReplyAt} > ${conversations.queuedAt})::float8`,
    })
    .from(conversations)
    .where(and(eq(conversations.agentId, agentId), eq(conversations.status, 'resolved'), gte(conversations.resolvedAt, since)))
  const { taken = 0, messages = 0, score = null, rated = 0 } = rows[0] ?? {}
  return {
    taken: taken ?? 0,
    messages: messages ?? 0,
    score,
    rated: rated ?? 0,
    resolved: resolved?.n ?? 0,
    firstReply: resolved?.first ?? null,
  }
}
