// Signed-in browsers and one-time links. Tokens are random and kept only as hashes: a copy of the table opens no door.
import { and, eq, gt, isNull, lt, ne } from 'drizzle-orm'
import type { Db, Reader, Tx } from './database.ts'
import type { AgentRow } from './rows.ts'
import { agents, invites, sessions } from './schema.ts'

export async function insertSession(db: Db, row: typeof sessions.$inferInsert): Promise<void> {
  await db.insert(sessions).values(row)
}

/** Who is signed in under this hash. A disabled agent is nobody. */
export async function findSession(db: Reader, id: string, now: Date): Promise<{ agent: AgentRow; lastSeenAt: Date } | undefined> {
  const [row] = await db
    .select()
    .from(sessions)
    .innerJoin(agents, eq(agents.id, sessions.agentId))
    .where(and(eq(sessions.id, id), gt(sessions.expiresAt, now), eq(agents.disabled, false)))
  return row && { agent: row.agents, lastSeenAt: row.sessions.lastSeenAt }
}

export async function touchSession(db: Db, id: string, now: Date, expiresAt: Date): Promise<void> {
  await db.update(sessions).set({ lastSeenAt: now, expiresAt }).where(eq(sessions.id, id))
}

export async function deleteSession(db: Db, id: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.id, id))
}

/** A new password ends every session but the one that set it. */
export async function deleteSessionsOf(tx: Db | Tx, agentId: string, except = ''): Promise<void> {
  await tx.delete(sessions).where(and(eq(sessions.agentId, agentId), ne(sessions.id, except)))
}

export async function deleteExpired(db: Db, now: Date): Promise<void> {
  await db.delete(sessions).where(lt(sessions.expiresAt, now))
}

export async function insertInvite(db: Db, row: typeof invites.$inferInsert): Promise<void> {
  await db.insert(invites).values(row)
}

export async function dropCodes(db: Db, agentId: string): Promise<void> {
  await db.delete(invites).where(and(eq(invites.kind, 'link'), eq(invites.agentId, agentId)))
}

/** A code that says who somebody in a tool is opens no account. */
function isGood(id: string, now: Date) {
  return and(eq(invites.id, id), ne(invites.kind, 'link'), gt(invites.expiresAt, now), isNull(invites.usedAt))
}

export async function findInvite(db: Reader, id: string, now: Date): Promise<typeof invites.$inferSelect | undefined> {
  const [row] = await db.select().from(invites).where(isGood(id, now))
  return row
}

/** One atomic statement: of many that use a link at once, one gets it. */
export async function useInvite(tx: Db | Tx, id: string, now: Date): Promise<typeof invites.$inferSelect | undefined> {
  const [row] = await tx.update(invites).set({ usedAt: now }).where(isGood(id, now)).returning()
  return row
}
