// How fast the queue moves: what agents have in hand, and who came lately.
import { sql } from 'drizzle-orm'
import type { Reader } from './database.ts'
import type { Priority } from './schema.ts'

export interface Pace {
  /** Minutes that each agent's conversations have lasted, by agent. */
  busy: Map<string, number[]>
  arrivals: { skill: string | null; priority: Priority; count: number }[]
  /** The arrivals are of so many minutes. */
  window: number
}

const WINDOW_MINUTES = 60

export async function paceOf(db: Reader, now: Date): Promise<Pace> {
  const { rows } = await db.execute<{ agent: string; minutes: number }>(
    sql`select agent_id as agent, extract(epoch from (${now.toISOString()}::timestamptz - assigned_at))::float8 / 60 as minutes
      from conversations where status = 'assigned' and agent_id is not null and assigned_at is not null`,
  )
  const busy = new Map<string, number[]>()
  for (const { agent, minutes } of rows) busy.set(agent, [...(busy.get(agent) ?? []), Math.max(0, Number(minutes))])
  const since = new Date(now.getTime() - WINDOW_MINUTES * 60_000)
  const came = await db.execute<{ skill: string | null; priority: Priority; count: number }>(
    sql`select skill, priority, count(*)::int as count from conversations where queued_at > ${since.toISOString()}::timestamptz group by skill, priority`,
  )
  return { busy, arrivals: came.rows.map((row) => ({ ...row, count: Number(row.count) })), window: WINDOW_MINUTES }
}
