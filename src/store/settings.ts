// Small durable values, and leases: who in the cluster does what only one may do.
import { randomBytes } from 'node:crypto'
import { and, eq, lt, or, sql } from 'drizzle-orm'
import type { Memory } from '#core/connector.ts'
import type { Db, Reader, Tx } from './database.ts'
import { leases, settings } from './schema.ts'

export async function readSetting<T>(db: Reader, key: string): Promise<T | undefined> {
  // By the builder a text that looks like JSON would be read as JSON a second time: a cursor must come back as it was given.
  const { rows } = await db.execute<{ value: T }>(sql`select value from settings where key = ${key}`)
  return rows[0]?.value
}

/** Whoever reads it, decides and writes it in this transaction is alone with it. */
export async function lockSetting(tx: Db | Tx, key: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`setting:${key}`}))`)
}

export async function writeSetting(db: Db | Tx, key: string, value: unknown): Promise<void> {
  await db.insert(settings).values({ key, value }).onConflictDoUpdate({ target: settings.key, set: { value } })
}

export async function dropSetting(db: Db | Tx, key: string): Promise<void> {
  await db.delete(settings).where(eq(settings.key, key))
}

/** A secret of the house, made at the first start and then the same on every process. */
export async function houseSecret(db: Db, name: string): Promise<string> {
  const key = `secret:${name}`
  await db
    .insert(settings)
    .values({ key, value: randomBytes(32).toString('base64url') })
    .onConflictDoNothing()
  return (await readSetting<string>(db, key)) as string
}

/** What one channel or desk remembers, for all processes. */
export function memoryOf(db: Db, partId: string): Memory {
  const keyOf = (key: string) => `memory:${partId}:${key}`
  return {
    read: (key) => readSetting(db, keyOf(key)),
    async write(key, value, before) {
      const row = { key: keyOf(key), value }
      const written =
        before === undefined
          ? db.insert(settings).values(row).onConflictDoNothing().returning({ key: settings.key })
          : db
              .update(settings)
              .set({ value })
              .where(and(eq(settings.key, row.key), eq(settings.value, before)))
              .returning({ key: settings.key })
      return (await written).length > 0
    },
  }
}

/** Takes or keeps a lease for `ms`; false while somebody else has it. The database's clock decides: processes' clocks differ. */
export async function holdLease(db: Db, name: string, holder: string, ms: number): Promise<boolean> {
  const until = sql`now() + ${ms} * interval '1 millisecond'`
  const rows = await db
    .insert(leases)
    .values({ name, holder, until })
    .onConflictDoUpdate({
      target: leases.name,
      set: { holder, until },
      setWhere: or(eq(leases.holder, holder), lt(leases.until, sql`now()`)),
    })
    .returning({ holder: leases.holder })
  return rows[0]?.holder === holder
}

export async function dropLease(db: Db, name: string, holder: string): Promise<void> {
  await db.delete(leases).where(and(eq(leases.name, name), eq(leases.holder, holder)))
}

/** All leases, whoever holds them: for the one process of an embedded database, after a crash. */
export async function dropLeases(db: Db): Promise<void> {
  await db.delete(leases)
}
