// What the router needs: who waits, and how long conversations take.
import { and, count, desc, eq, gte, inArray, isNotNull, sql } from 'drizzle-orm'
import type { Reader, Tx } from './database.ts'
import type { ConversationRow } from './rows.ts'
import { auditEvents, conversations } from './schema.ts'

/** Any number: one routing pass at a time in the whole cluster. */
const LOCK = 7_230_115

/** False when another process routes right now: it sees what we see. */
export async function lockQueue(tx: Tx): Promise<boolean> {
  const { rows } = await tx.execute<{ locked: boolean }>(sql`select pg_try_advisory_xact_lock(${LOCK}) as locked`)
  return rows[0]?.locked ?? false
}

/** Everybody who waits, locked; conversations that are being worked on this instant come in the next pass. */
export async function lockWaiting(tx: Tx): Promise<ConversationRow[]> {
  return tx
    .select()
    .from(conversations)
    .where(eq(conversations.status, 'queued'))
    .orderBy(conversations.id)
    .for('update', { skipLocked: true })
}

/** Everybody who waits, as it stands: nothing is locked. */
export async function readWaiting(db: Reader): Promise<ConversationRow[]> {
  return db.select().from(conversations).where(eq(conversations.status, 'queued')).orderBy(conversations.id)
}

/** Minutes from assignment to resolution of the last hundred conversations that a person finished within a day. */
export async function handlingMinutes(db: Reader): Promise<number[]> {
  const { rows } = await db.execute<{ minutes: number }>(sql`
    select extract(epoch from (resolved_at - assigned_at))::float8 / 60 as minutes from conversations
    where resolved_at > assigned_at and resolved_at - assigned_at < interval '1 day' order by resolved_at desc limit 100`)
  return rows.map((row) => Number(row.minutes)).reverse()
}

/** How many open conversations each agent has, by channel. */
export async function loadsByChannel(db: Reader): Promise<Map<string, Map<string, number>>> {
  const { rows } = await db.execute<{ agent_id: string; channel_id: string; load: number }>(sql`
    select agent_id, channel_id, count(*)::int as load from conversations where status = 'assigned' group by agent_id, channel_id`)
  const loads = new Map<string, Map<string, number>>()
  for (const { agent_id, channel_id, load } of rows) {
    const own = loads.get(agent_id) ?? new Map<string, number>()
    loads.set(agent_id, own.set(channel_id, load))
  }
  return loads
}

/** Who finished each customer's last conversation since then. */
export async function lastAgents(db: Reader, customerIds: string[], since: Date): Promise<Map<string, string>> {
  if (customerIds.length === 0) return new Map()
  const rows = await db
    .selectDistinctOn([conversations.customerId], { customerId: conversations.customerId, agentId: conversations.agentId })
    .from(conversations)
    .where(
      and(
        inArray(conversations.customerId, [...new Set(customerIds)]),
        eq(conversations.status, 'resolved'),
        isNotNull(conversations.agentId),
        gte(conversations.resolvedAt, since),
      ),
    )
    .orderBy(conversations.customerId, desc(conversations.resolvedAt))
  return new Map(rows.map(({ customerId, agentId }) => [customerId, agentId as string]))
}

/** How many conversations began since then. */
export async function countOpened(db: Reader, since: Date): Promise<number> {
  const [row] = await db
    .select({ count: count() })
    .from(auditEvents)
    .where(and(eq(auditEvents.action, 'conversation.opened'), gte(auditEvents.at, since)))
  return row?.count ?? 0
}

export async function countWaiting(db: Reader, agentId: string): Promise<{ waiting: number; mine: number }> {
  const { rows } = await db.execute<{ waiting: number; mine: number }>(sql`
    select count(*) filter (where status = 'queued')::int as waiting,
           count(*) filter (where status = 'assigned' and agent_id = ${agentId})::int as mine
    from conversations where status in ('queued', 'assigned')`)
  return rows[0] ?? { waiting: 0, mine: 0 }
}
