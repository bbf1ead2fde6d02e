// What a platform tells of a customer, kept beside what they said of themselves.
import { and, eq } from 'drizzle-orm'
import type { Clock } from '#core/clock.ts'
import { newId } from '#core/ids.ts'
import type { Identity } from '#core/message.ts'
import { type Db, transact } from './database.ts'
import { customers, identities } from './schema.ts'

export interface KnownProfile {
  customerId: string
  channelId: string
  name?: string
  avatarUrl?: string
  identities: Identity[]
}

/** A name is taken only while there is none; what is known of somebody else already stays theirs. */
export async function saveProfile(
  db: Db,
  { customerId, channelId, name, avatarUrl, identities: known }: KnownProfile,
  clock: Clock,
): Promise<void> {
  await transact(db, async (tx) => {
    const rows = known.map((identity) => ({ ...identity, id: newId('idn', clock), customerId, channelId, createdAt: clock.now() }))
    if (rows.length > 0) await tx.insert(identities).values(rows).onConflictDoNothing()
    if (name?.trim()) {
      const set = { name: name.trim().slice(0, 200), named: true, ...(avatarUrl && { avatarUrl }) }
      await tx
        .update(customers)
        .set(set)
        .where(and(eq(customers.id, customerId), eq(customers.named, false)))
    }
  })
}
