// Which agent somebody in a tool is, beside what the config says.
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { Reader, Tx } from './database.ts'
import { agentLinks, agents, invites } from './schema.ts'

/** Somebody in a tool turned out to be an agent. `code`: the one-time code that proved it, used up with it. */
export interface PersonLink {
  deskId: string
  userId: string
  agentId: string
  how: 'email' | 'code'
  code?: string
}

/** False where somebody else was quicker, or the code is used: then nothing is changed. */
export async function linkPerson(tx: Tx, { deskId, userId, agentId, how, code }: PersonLink, now: Date): Promise<boolean> {
  if (code !== undefined) {
    const used = await tx
      .update(invites)
      .set({ usedAt: now })
      .where(and(eq(invites.id, code), isNull(invites.usedAt)))
      .returning({ id: invites.id })
    if (used.length === 0) return false
  }
  const made = await tx.insert(agentLinks).values({ deskId, userId, agentId, how, createdAt: now }).onConflictDoNothing().returning()
  if (made.length === 0) return false
  await tx
    .update(agents)
    .set({ identities: sql`${agents.identities} || jsonb_build_object(${deskId}::text, ${userId}::text)` })
    .where(and(eq(agents.id, agentId), sql`not ${agents.identities} ? ${deskId}`))
  return true
}

/** After the file's agents were written: what was linked counts where the file says nothing, and never against it. */
export async function keepLinks(tx: Tx): Promise<void> {
  await tx.execute(sql`
    delete from agent_links l using agents a
    where not a.disabled and (a.id <> l.agent_id and a.identities ->> l.desk_id = l.user_id or a.id = l.agent_id and a.identities ? l.desk_id)`)
  await tx.execute(sql`
    update agents a set identities = l.known || a.identities
    from (select agent_id, jsonb_object_agg(desk_id, user_id) as known from agent_links group by agent_id) l where a.id = l.agent_id`)
}

/** Whose code this is, while it is good. `id` is the SHA-256 of it. */
export async function findCode(db: Reader, id: string, now: Date): Promise<string | undefined> {
  const [row] = await db
    .select({ agentId: invites.agentId })
    .from(invites)
    .where(and(eq(invites.id, id), eq(invites.kind, 'link'), gt(invites.expiresAt, now), isNull(invites.usedAt)))
  return row?.agentId ?? undefined
}

export async function knowsPerson(db: Reader, deskId: string, userId: string): Promise<boolean> {
  const [row] = await db
    .select({ id: agents.id })
    .from(agents)
    .where(and(eq(agents.disabled, false), sql`${agents.identities} ->> ${deskId} = ${userId}`))
    .limit(1)
  return row !== undefined
}
