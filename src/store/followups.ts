// Follow-ups of agents, and how often canned replies are used.
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { type Db, type Reader, run, type Tx } from './database.ts'
import type { FollowupRow } from './rows.ts'
import { conversations, customers, followups, macroUses } from './schema.ts'

/** Nobody has a longer list. */
const MOST = 200

/** What an agent still means to do, with whose conversation it is; the next first. */
export interface ListedFollowup {
  followup: FollowupRow
  customer: string
}

export async function openFollowups(db: Reader, agentId: string): Promise<ListedFollowup[]> {
  return db
    .select({ followup: followups, customer: customers.name })
    .from(followups)
    .innerJoin(conversations, eq(conversations.id, followups.conversationId))
    .innerJoin(customers, eq(customers.id, conversations.customerId))
    .where(and(eq(followups.agentId, agentId), isNull(followups.doneAt)))
    .orderBy(asc(followups.dueAt), asc(followups.id))
    .limit(MOST)
}

export async function findFollowup(db: Reader, id: string): Promise<FollowupRow | undefined> {
  const [row] = await db.select().from(followups).where(eq(followups.id, id))
  return row
}

/** Inserted, or changed: reminded of, put off, done. What is done stays done. */
export async function saveFollowups(tx: Tx, rows: FollowupRow[]): Promise<void> {
  for (const row of new Map(rows.map((one) => [one.id, one])).values()) {
    const { dueAt, remindedAt, doneAt } = row
    const set = { dueAt, remindedAt, doneAt: sql`coalesce(${followups.doneAt}, ${doneAt?.toISOString() ?? null}::timestamptz)` }
    await tx.insert(followups).values(row).onConflictDoUpdate({ target: followups.id, set })
  }
}

/** An agent ticks off one of their own. False when there is none. */
export async function finishFollowup(db: Db, agentId: string, id: string, now: Date): Promise<boolean> {
  const rows = await db
    .update(followups)
    .set({ doneAt: sql`coalesce(${followups.doneAt}, ${now.toISOString()}::timestamptz)` })
    .where(and(eq(followups.id, id), eq(followups.agentId, agentId)))
    .returning({ id: followups.id })
  return rows.length > 0
}

const USED = {
  name: 'count_macro_uses',
  text: `insert into macro_uses (macro, agent_id, count, last_at)
    select macro, agent_id, count(*)::int, $2::timestamptz from json_to_recordset($1::json) as u(macro text, agent_id text)
    group by macro, agent_id order by macro, agent_id
    on conflict (macro, agent_id) do update set count = macro_uses.count + excluded.count, last_at = excluded.last_at`,
}

export async function countMacroUses(tx: Db, uses: { macro: string; agentId: string }[], now: Date): Promise<void> {
  if (uses.length === 0) return
  await run(tx, USED, [JSON.stringify(uses.map(({ macro, agentId }) => ({ macro, agent_id: agentId }))), now])
}

export interface MacroUse {
  /** By everybody. */
  all: number
  mine: number
}

export async function readMacroUses(db: Reader, agentId: string): Promise<Map<string, MacroUse>> {
  const rows = await db
    .select({
      macro: macroUses.macro,
      all: sql<number>`sum(${macroUses.count})::int`,
      mine: sql<number>`coalesce(sum(${macroUses.count}) filter (where ${macroUses.agentId} = ${agentId}), 0)::int`,
    })
    .from(macroUses)
    .groupBy(macroUses.macro)
  return new Map(rows.map(({ macro, all, mine }) => [macro, { all, mine }]))
}

/** By macro and agent: who uses what. */
export async function macroUsesByAgent(
  db: Reader,
  macros: string[],
): Promise<{ macro: string; agentId: string; count: number; lastAt: Date }[]> {
  return macros.length === 0 ? [] : db.select().from(macroUses).where(inArray(macroUses.macro, macros)).orderBy(macroUses.macro)
}
