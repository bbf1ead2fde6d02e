// A real PostgreSQL, named by DATABASE_URL.
import { sql } from 'drizzle-orm'
import pg from 'pg'
import type { Logger } from '#core/connector.ts'
import { type Database, type Db, wrap } from './database.ts'

export interface PostgresOptions {
  url: string
  log: Logger
  /** How many connections this process may hold. */
  max?: number
}

export function openPostgres({ url, log, max = 12 }: PostgresOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    idle_in_transaction_session_timeout: 10_000,
    statement_timeout: 15_000,
    application_name: 'frontdesk',
    // What follows travels without waiting for the answer before it: `begin` with the first statement.
    pipeline: true,
  })
  // An idle connection that breaks (server restart) must not end the process: the pool makes a new one.
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle database connection broke'))
  const db = wrap(pool)
  const listeners: pg.Client[] = []
  let closed = false

  return {
    kind: 'postgresql',
    db,
    async listen(channel, listener) {
      const connect = async (): Promise<void> => {
        if (closed) return
        const client = new pg.Client({ connectionString: url, application_name: 'frontdesk listen' })
        client.on('notification', (message) => listener(message.payload ?? ''))
        client.on('error', (error) => log.warn({ error: error.message }, 'the listening connection broke'))
        client.on('end', () => {
          listeners.splice(listeners.indexOf(client) >>> 0, 1)
          if (!closed)
            setTimeout(() => void connect().catch((error) => log.warn({ error: String(error) }, 'cannot listen yet')), 1_000).unref()
        })
        await client.connect()
        listeners.push(client)
        await client.query(`listen ${pg.escapeIdentifier(channel)}`)
      }
      await connect()
    },
    durability: () => durability(db),
    async close() {
      closed = true
      await Promise.all(listeners.map((client) => client.end()))
      await pool.end()
    },
  }
}

export async function durability(db: Db): ReturnType<Database['durability']> {
  const { rows } = await db.execute<{ name: string; setting: string }>(
    sql`select name, setting from pg_settings where name in ('fsync', 'synchronous_commit') and setting = 'off'`,
  )
  const off = rows.map((row) => `${row.name} = off`).join(', ')
  return off ? { safe: false, detail: `${off}: a power cut can lose messages that we already confirmed` } : { safe: true }
}
