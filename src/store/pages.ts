// A history page by page, whoever reads it: what was said before a message, after it, or around it. Always oldest first.
import { and, asc, desc, gt, gte, lt, type SQL } from 'drizzle-orm'
import type { Reader } from './database.ts'
import type { MessageRow } from './rows.ts'
import { messages } from './schema.ts'

/** By the `seq` of a message. `around`: with it in the middle. */
export type Place = { before: number } | { after: number } | { around: number }

export interface Page {
  messages: MessageRow[]
  /** More was said before them, and after them: the message that was named stands there, for one. */
  older: boolean
  newer: boolean
}

/** Of those that `said` lets through. */
export async function readPage(db: Reader, said: SQL | undefined, place: Place, limit: number): Promise<Page> {
  if ('before' in place) {
    const { rows, more } = await readBack(db, and(said, lt(messages.seq, place.before)), limit)
    return { messages: rows, older: more, newer: true }
  }
  if ('after' in place) {
    const { rows, more } = await readOn(db, and(said, gt(messages.seq, place.after)), limit)
    return { messages: rows, older: true, newer: more }
  }
  const half = Math.floor(limit / 2)
  const before = await readBack(db, and(said, lt(messages.seq, place.around)), half)
  const after = await readOn(db, and(said, gte(messages.seq, place.around)), limit - half)
  return { messages: [...before.rows, ...after.rows], older: before.more, newer: after.more }
}

/** One more than is shown tells whether there is more: nobody is offered a page that is empty. */
async function readBack(db: Reader, where: SQL | undefined, limit: number): Promise<{ rows: MessageRow[]; more: boolean }> {
  const rows = await db
    .select()
    .from(messages)
    .where(where)
    .orderBy(desc(messages.seq))
    .limit(limit + 1)
  return { rows: rows.slice(0, limit).reverse(), more: rows.length > limit }
}

async function readOn(db: Reader, where: SQL | undefined, limit: number): Promise<{ rows: MessageRow[]; more: boolean }> {
  const rows = await db
    .select()
    .from(messages)
    .where(where)
    .orderBy(asc(messages.seq))
    .limit(limit + 1)
  return { rows: rows.slice(0, limit), more: rows.length > limit }
}
