// Vectors of the bot's phrases, as a model made them: made once for all processes, and kept as long as they are used.
import { and, inArray, lt, sql } from 'drizzle-orm'
import { type Db, type Reader, run } from './database.ts'
import { vectors } from './schema.ts'

/** Those that are there, by the hash of their text. */
export async function readVectors(db: Reader, model: string, hashes: readonly string[]): Promise<Map<string, Int8Array>> {
  const found = new Map<string, Int8Array>()
  for (let at = 0; at < hashes.length; at += 1000) {
    const rows = await db
      .select({ hash: vectors.hash, vector: vectors.vector })
      .from(vectors)
      .where(and(sql`${vectors.model} = ${model}`, inArray(vectors.hash, hashes.slice(at, at + 1000))))
    for (const { hash, vector } of rows) found.set(hash, new Int8Array(Buffer.from(vector, 'base64')))
  }
  return found
}

export async function writeVectors(db: Db, model: string, made: ReadonlyMap<string, Int8Array>, now: Date): Promise<void> {
  const rows = [...made].map(([hash, vector]) => ({ model, hash, vector: Buffer.from(vector).toString('base64'), usedAt: now }))
  if (rows.length > 0) await db.insert(vectors).values(rows).onConflictDoNothing()
}

/** Marks what is in use, and forgets what nobody used since `before`. */
export async function keepVectors(db: Db, model: string, hashes: readonly string[], now: Date, before: Date): Promise<void> {
  for (let at = 0; at < hashes.length; at += 1000) {
    await db
      .update(vectors)
      .set({ usedAt: now })
      .where(and(sql`${vectors.model} = ${model}`, inArray(vectors.hash, hashes.slice(at, at + 1000))))
  }
  await db.delete(vectors).where(lt(vectors.usedAt, before))
}

const SPEND = {
  name: 'spend_budget',
  text: `insert into settings (key, value) values ($1, '1'::jsonb)
    on conflict (key) do update set value = to_jsonb((settings.value)::text::int + 1) where (settings.value)::text::int < $2::int
    returning value`,
}

/** Takes one of `most`, for all processes together; false when they are spent. */
export async function spend(db: Db, key: string, most: number): Promise<boolean> {
  return (await run(db, SPEND, [key, most])).length > 0
}
