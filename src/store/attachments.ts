// Files as rows: what they are, whose they are, and whether we have their bytes yet.
import { and, asc, eq, inArray, lte, sql } from 'drizzle-orm'
import type { Db, Reader } from './database.ts'
import type { AttachmentRow } from './rows.ts'
import { attachments } from './schema.ts'

const FILE_TRIES = 6

export async function findAttachment(db: Reader, id: string): Promise<AttachmentRow | undefined> {
  const [row] = await db.select().from(attachments).where(eq(attachments.id, id))
  return row
}

export async function findAttachments(db: Reader, ids: string[]): Promise<AttachmentRow[]> {
  return ids.length === 0 ? [] : db.select().from(attachments).where(inArray(attachments.id, ids))
}

export async function insertAttachment(db: Db, row: AttachmentRow): Promise<void> {
  await db.insert(attachments).values(row)
}

/** Files still at their platform, that are due. Several processes may copy one: the bytes are the same. */
export async function findRemote(db: Reader, now: Date, limit = 8): Promise<AttachmentRow[]> {
  return db
    .select()
    .from(attachments)
    .where(and(eq(attachments.state, 'remote'), lte(attachments.nextAt, now)))
    .orderBy(asc(attachments.nextAt))
    .limit(limit)
}

export async function markStored(db: Db, id: string, file: { bytes: number; mime: string; name: string }): Promise<void> {
  await db
    .update(attachments)
    .set({ ...file, state: 'stored', error: null })
    .where(eq(attachments.id, id))
}

/** Tries again later, and gives up in the end; `final` gives up at once. */
export async function markFailed(db: Db, id: string, error: string, now: Date, final: boolean): Promise<void> {
  await db
    .update(attachments)
    .set({
      attempts: sql`${attachments.attempts} + 1`,
      error,
      state: final ? 'failed' : sql`case when ${attachments.attempts} + 1 >= ${FILE_TRIES} then 'failed' else 'remote' end`,
      nextAt: sql`${now.toISOString()}::timestamptz + interval '2 seconds' * power(3, ${attachments.attempts})`,
    })
    .where(eq(attachments.id, id))
}
