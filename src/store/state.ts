// How the store is: for health checks and metrics.
import { sql } from 'drizzle-orm'
import type { Db, Reader } from './database.ts'
import type { Status } from './schema.ts'

/** A standby answers every question, and keeps no message. */
export async function onlyReads(db: Reader): Promise<boolean> {
  const { rows } = await db.execute<{ reads: string }>(sql`select current_setting('transaction_read_only') as reads`)
  return rows[0]?.reads === 'on'
}

/** Throws when the database does not answer, or takes nothing. */
export async function ping(db: Reader): Promise<void> {
  if (await onlyReads(db)) throw new Error('the database only reads: it is a standby, or default_transaction_read_only is on')
}

/** What time it is there, now and not when a transaction began. */
export async function databaseTime(db: Reader): Promise<Date> {
  const { rows } = await db.execute<{ ms: number }>(sql`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`)
  return new Date(Number(rows[0]?.ms))
}

export async function countConversations(db: Reader): Promise<Record<Exclude<Status, 'resolved'>, number>> {
  const { rows } = await db.execute<{ status: Status; count: number }>(
    sql`select status, count(*)::int as count from conversations where status <> 'resolved' group by status`,
  )
  const of = (status: Status) => rows.find((row) => row.status === status)?.count ?? 0
  return { bot: of('bot'), queued: of('queued'), assigned: of('assigned'), snoozed: of('snoozed') }
}

/** Tells every process that listens. At most 8000 bytes, and only ids: the text is not kept anywhere. */
export async function notify(db: Db, channel: string, text: string): Promise<void> {
  await db.execute(sql`select pg_notify(${channel}, ${text})`)
}
