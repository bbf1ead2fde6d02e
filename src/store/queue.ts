// What the router needs: who waits, and how long conversations take.
import { and, count, desc, eq, gte, inArray, isNotNull, or, sql } from 'drizzle-orm'
import type { Reader, Tx } from './database.ts'
import type { ConversationRow } from './rows.ts'
import { auditEvents, conversations, customers } from './schema.ts'
import { byTurn, type Vip } from './turn.ts'

/** Any number: one routing pass at a time in the whole cluster. */
const LOCK = 7_230_115

/** False when another process routes right now: it sees what we see. */
export async function lockQueue(tx: Tx): Promise<boolean> {
  const { rows } = await tx.execute<{ locked: boolean }>(sql`select pg_try_advisory_xact_lock(${LOCK}) as locked`)
  return rows[0]?.locked ?? false
}

const { id, customerId, channelId, skill, priority, locale, tags, handoff, toldPlace, wait, queuedAt, openedAt } = conversations
const looked = { id, customerId, channelId, skill, priority, locale, tags, handoff, toldPlace, wait, queuedAt, openedAt }

/** What is looked at of each who waits, at every pass: to read the whole rows of thousands would cost more than to route them. */
export interface WaitingRow extends Pick<ConversationRow, keyof typeof looked> {
  customerTags: string[]
}

function waiting(db: Reader) {
  return db
    .select({ ...looked, customerTags: customers.tags })
    .from(conversations)
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .where(eq(conversations.status, 'queued'))
    .orderBy(conversations.id)
}

/** Everybody who waits, locked; conversations that are being worked on this instant come in the next pass. */
export async function lockWaiting(tx: Tx): Promise<WaitingRow[]> {
  return waiting(tx).for('update', { of: conversations, skipLocked: true })
}

/** Everybody who waits, as it stands: nothing is locked. */
export async function readWaiting(db: Reader): Promise<WaitingRow[]> {
  return waiting(db)
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

export interface QueuedLine {
  id: string
  customer: string
  skill: string | null
  priority: ConversationRow['priority']
  status: ConversationRow['status']
  /** Since when it waits, or until when it is put off. */
  at: Date | null
}

export interface QueueView {
  waiting: QueuedLine[]
  mine: QueuedLine[]
}

/** Longer lists are for the console. */
const MOST = 200

/** Who waits, in the order in which they are served, and whom the agent has. */
export async function readQueue(db: Reader, agentId: string, vip: Vip): Promise<QueueView> {
  const rows = await db
    .select({ conversation: conversations, customer: customers.name })
    .from(conversations)
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .where(
      or(
        eq(conversations.status, 'queued'),
        and(inArray(conversations.status, ['assigned', 'snoozed']), eq(conversations.agentId, agentId)),
      ),
    )
    .orderBy(...byTurn(vip))
    .limit(MOST)
  const lines = rows.map(({ conversation: { id, skill, priority, status, queuedAt, snoozedUntil }, customer }) => ({
    id,
    customer,
    skill,
    priority,
    status,
    at: status === 'queued' ? queuedAt : snoozedUntil,
  }))
  return { waiting: lines.filter(({ status }) => status === 'queued'), mine: lines.filter(({ status }) => status !== 'queued') }
}
