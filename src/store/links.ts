// Which agent somebody in a tool is, beside what the config says.
import { and, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { Clock } from '#core/clock.ts'
import { newId } from '#core/ids.ts'
import { insertAudit } from './audit.ts'
import type { Reader, Tx } from './database.ts'
import { agentLinks, agents, deliveries, invites, unlinkedPeople } from './schema.ts'

/** Somebody in a tool turned out to be an agent. `code`: the one-time code that proved it, used up with it. */
export interface PersonLink {
  deskId: string
  userId: string
  agentId: string
  how: 'email' | 'code'
  code?: string
}

/** Somebody's account in a tool, as far as it is known here. */
export interface Account {
  agentId: string
  deskId: string
  userId: string
  /** `file`: named in frontdesk.yaml, and changed only there. */
  how: 'file' | 'email' | 'code'
  linkedAt?: Date
}

/** What takes a link back, and who does: nobody where it is done on the command line. */
export interface Unlinking {
  account: Account
  by: string | null
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
    await tx.delete(unlinkedPeople).where(and(eq(unlinkedPeople.deskId, deskId), eq(unlinkedPeople.userId, userId)))
  } else if (await wasUnlinked(tx, deskId, userId)) return false
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

/** The accounts of everybody, or of one agent, by the tool's name. */
export async function accountsOf(db: Reader, agentId?: string): Promise<Account[]> {
  const { rows } = await db.execute<{
    agent_id: string
    desk_id: string
    user_id: string
    how: 'email' | 'code' | null
    at: string | null
  }>(sql`
    select a.id as agent_id, i.key as desk_id, i.value as user_id, l.how, l.created_at as at
    from agents a cross join jsonb_each_text(a.identities) i
    left join agent_links l on l.agent_id = a.id and l.desk_id = i.key and l.user_id = i.value
    where not a.disabled ${agentId === undefined ? sql`` : sql`and a.id = ${agentId}`} order by a.id, i.key`)
  return rows.map(({ agent_id, desk_id, user_id, how, at }) => {
    return { agentId: agent_id, deskId: desk_id, userId: user_id, how: how ?? 'file', ...(at && { linkedAt: new Date(at) }) }
  })
}

export async function wasUnlinked(db: Reader, deskId: string, userId: string): Promise<boolean> {
  const [row] = await db
    .select({ at: unlinkedPeople.unlinkedAt })
    .from(unlinkedPeople)
    .where(and(eq(unlinkedPeople.deskId, deskId), eq(unlinkedPeople.userId, userId)))
  return row !== undefined
}

/**
 * Takes a link back, and with it what was still to be said to that account alone: it is not this agent's any more. False where the link is
 * gone already, or the file's.
 */
export async function unlinkPerson(tx: Tx, { account, by }: Unlinking, clock: Clock): Promise<boolean> {
  const { agentId, deskId, userId } = account
  const now = clock.now()
  const gone = await tx
    .delete(agentLinks)
    .where(and(eq(agentLinks.deskId, deskId), eq(agentLinks.userId, userId), eq(agentLinks.agentId, agentId)))
    .returning()
  const [link] = gone
  if (!link) return false
  await tx
    .update(agents)
    .set({ identities: sql`${agents.identities} - ${deskId}::text` })
    .where(and(eq(agents.id, agentId), sql`${agents.identities} ->> ${deskId} = ${userId}`))
  await tx
    .insert(unlinkedPeople)
    .values({ deskId, userId, unlinkedAt: now })
    .onConflictDoUpdate({
      target: [unlinkedPeople.deskId, unlinkedPeople.userId],
      set: { unlinkedAt: now },
    })
  await tx
    .update(deliveries)
    .set({ state: 'expired', error: 'the link to this account was taken back / 该账号的关联已解除', finishedAt: now })
    .where(
      and(
        eq(deliveries.targetId, deskId),
        eq(deliveries.kind, 'desk'),
        inArray(deliveries.op, ['whisper', 'offer']),
        inArray(deliveries.state, ['pending', 'retry']),
        sql`${deliveries.payload} -> 'whom' ->> 'id' = ${userId}`,
      ),
    )
  const actor = by === null ? { actorKind: 'system' as const, actorId: null } : { actorKind: 'agent' as const, actorId: by }
  const data = { agent: agentId, desk: deskId, user: userId, how: link.how, linkedAt: link.createdAt.toISOString() }
  await insertAudit(tx, [{ id: newId('aud', clock), at: now, action: 'agent.unlinked', ...actor, conversationId: null, data }])
  return true
}
