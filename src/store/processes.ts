// The processes that share the work, and the targets that all of them leave alone for a while.
import { gt, lt, sql } from 'drizzle-orm'
import type { Db, Reader } from './database.ts'
import { pauses, processes } from './schema.ts'

/** A process that was not seen for so long is gone. */
export const GONE_MS = 15_000

/** Says that this process lives; how many do. */
export async function beat(db: Db, name: string, startedAt: Date, now: Date): Promise<number> {
  await db
    .insert(processes)
    .values({ name, startedAt, seenAt: now })
    .onConflictDoUpdate({ target: processes.name, set: { seenAt: now } })
  const [row] = await db
    .select({ count: sql<number>`count(*)::int` })
    .from(processes)
    .where(gt(processes.seenAt, new Date(now.getTime() - GONE_MS)))
  return Math.max(1, row?.count ?? 1)
}

/** Says that this process ends, and forgets those that are long gone. */
export async function leave(db: Db, name: string, now: Date): Promise<void> {
  await db.delete(processes).where(sql`${processes.name} = ${name} or ${lt(processes.seenAt, new Date(now.getTime() - 3_600_000))}`)
}

export interface Pause {
  targetId: string
  until: Date
  reason: string
}

/** Tells the other processes; a longer pause stays. */
export async function pauseTarget(db: Db, { targetId, until, reason }: Pause): Promise<void> {
  await db
    .insert(pauses)
    .values({ targetId, until, reason })
    .onConflictDoUpdate({ target: pauses.targetId, set: { until, reason }, setWhere: lt(pauses.until, until) })
}

/** Targets that rest now. */
export async function readPauses(db: Reader, now: Date): Promise<Pause[]> {
  return db.select().from(pauses).where(gt(pauses.until, now))
}
