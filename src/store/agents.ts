// Who answers: the people of frontdesk.yaml, and those added in the console.
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Db, Reader, Tx } from './database.ts'
import { keepLinks } from './links.ts'
import type { AgentRow } from './rows.ts'
import { agents } from './schema.ts'

export type ConfiguredAgent = Pick<AgentRow, 'id' | 'name' | 'publicName' | 'email' | 'role' | 'skills' | 'capacity' | 'identities'>

/**
 * Makes the configured agents those of the file: new ones come, changed ones change, missing ones are disabled, not deleted.
 * An e-mail that an agent gave when signing up stays while the file names none. Throws, in both languages, when the file gives
 * somebody an e-mail that an account of the console's has: two people cannot sign in as one.
 */
export async function syncAgents(db: Db, wanted: ConfiguredAgent[], now: Date): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(7230114)`)
    const existing = await tx.select().from(agents)
    const gone = existing.filter((row) => row.configured && !wanted.some((agent) => agent.id === row.id)).map((row) => row.id)
    if (gone.length > 0) await tx.update(agents).set({ disabled: true, presence: 'offline' }).where(inArray(agents.id, gone))
    await freeMails(tx, wanted, existing)
    for (const { email, ...agent } of wanted) {
      const values = { ...agent, ...(email && { email }), configured: true, disabled: false }
      await tx
        .insert(agents)
        .values({ ...values, presence: 'offline', createdAt: now })
        .onConflictDoUpdate({ target: agents.id, set: values })
    }
    await keepLinks(tx)
  })
}

/** Addresses that change hands within the file are free before anybody gets them. */
async function freeMails(tx: Tx, wanted: ConfiguredAgent[], existing: AgentRow[]): Promise<void> {
  const taken = existing.filter((row) => wanted.some((agent) => agent.email && agent.email === row.email && agent.id !== row.id))
  const foreign = taken.find((row) => !row.configured)
  if (foreign) {
    throw new Error(
      `frontdesk.yaml gives an agent the e-mail ${foreign.email}, but ${foreign.name} was added with it in the console: use another one.\n` +
        `frontdesk.yaml 中客服的邮箱 ${foreign.email} 已被控制台中添加的 ${foreign.name} 使用，请换一个。`,
    )
  }
  if (taken.length > 0)
    await tx
      .update(agents)
      .set({ email: null })
      .where(
        inArray(
          agents.id,
          taken.map((row) => row.id),
        ),
      )
}

/** Who is linked to this desk: their ids in its tool. */
export async function linkedPeople(db: Reader, desk: string): Promise<{ id: string; name: string }[]> {
  const id = sql<string | null>`${agents.identities} ->> ${desk}`
  const rows = await db
    .select({ id, name: agents.name })
    .from(agents)
    .where(and(eq(agents.disabled, false), sql`${id} is not null`))
  return rows.flatMap((row) => (row.id ? [{ id: row.id, name: row.name }] : []))
}

/** Who of them said that they are online, however long ago, and until when that holds. */
export async function onlinePeople(db: Reader, desk: string): Promise<{ id: string; until: Date | null }[]> {
  const id = sql<string>`${agents.identities} ->> ${desk}`
  return db
    .select({ id, until: agents.presenceUntil })
    .from(agents)
    .where(and(eq(agents.disabled, false), eq(agents.presence, 'online'), sql`${id} is not null`))
}

export async function findAgent(db: Reader, by: { id: string } | { email: string }): Promise<AgentRow | undefined> {
  const match = 'id' in by ? eq(agents.id, by.id) : eq(agents.email, by.email)
  const [row] = await db
    .select()
    .from(agents)
    .where(and(match, eq(agents.disabled, false)))
  return row
}

/** Also by somebody who was disabled: they may come back. */
export async function isMailTaken(db: Reader, email: string): Promise<boolean> {
  const rows = await db.select({ id: agents.id }).from(agents).where(eq(agents.email, email))
  return rows.length > 0
}

export async function insertAgent(tx: Db | Tx, row: AgentRow): Promise<boolean> {
  const rows = await tx.insert(agents).values(row).onConflictDoNothing().returning({ id: agents.id })
  return rows.length > 0
}

export async function setPassword(tx: Db | Tx, id: string, passwordHash: string, email?: string): Promise<void> {
  await tx
    .update(agents)
    .set(email ? { passwordHash, email } : { passwordHash })
    .where(eq(agents.id, id))
}

/** Whether anybody can sign in as admin: until then, each start gives a one-time link. */
export async function hasAdmin(db: Reader): Promise<boolean> {
  const [row] = await db
    .select({ id: agents.id })
    .from(agents)
    .where(and(eq(agents.role, 'admin'), eq(agents.disabled, false), sql`${agents.passwordHash} is not null`))
    .limit(1)
  return row !== undefined
}

/** How many open conversations each agent has. */
export async function loads(db: Reader): Promise<Map<string, number>> {
  const { rows } = await db.execute<{ agent_id: string; load: number }>(
    sql`select agent_id, count(*)::int as load from conversations where status = 'assigned' group by agent_id`,
  )
  return new Map(rows.map((row) => [row.agent_id, row.load]))
}
