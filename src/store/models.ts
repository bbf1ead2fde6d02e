// What was learnt of the FAQ, for every process and for Workers, which cannot train themselves. Only the last one is kept.
import { and, eq, sql } from 'drizzle-orm'
import type { Db, Reader } from './database.ts'
import { settings } from './schema.ts'
import { writeSetting } from './settings.ts'

const KEY = 'faq:model'

/** Undefined when something else was learnt last. */
export async function readModel(db: Reader, fingerprint: string): Promise<Uint8Array | undefined> {
  const [row] = await db
    .select({ bytes: sql<string>`${settings.value} ->> 'bytes'` })
    .from(settings)
    .where(and(eq(settings.key, KEY), sql`${settings.value} ->> 'fingerprint' = ${fingerprint}`))
  return row && new Uint8Array(Buffer.from(row.bytes, 'base64'))
}

export async function writeModel(db: Db, fingerprint: string, model: Uint8Array): Promise<void> {
  await writeSetting(db, KEY, { fingerprint, bytes: Buffer.from(model).toString('base64') })
}
