// A real PostgreSQL, named by DATABASE_URL.
import { Socket } from 'node:net'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import { type Database, type Db, wrap } from './database.ts'

export interface PostgresOptions {
  url: string
  log: Logger
  /** How many connections this process may hold. */
  max?: number
}

const STATEMENT_MS = 15_000
/** The server ends every statement before this, and idle connections are closed sooner: so nobody is there any more. */
const SILENT_MS = STATEMENT_MS + 5_000
const AGAIN_MS = 1_000
const ASK_MS = 1_500

/** Where a cable is pulled, no reset comes: without this a connection that is in use would wait for ever. */
function impatient(): Socket {
  const socket = new Socket()
  return socket.setTimeout(SILENT_MS, () => socket.destroy(new Error('the database fell silent')))
}

/** Makes sockets, and knows what came over all of them. */
function counted(): { open(): Socket; heard(): number } {
  const open = new Set<Socket>()
  let closed = 0
  return {
    open() {
      const socket = impatient()
      open.add(socket)
      return socket.once('close', () => {
        open.delete(socket)
        closed += socket.bytesRead
      })
    },
    heard: () => [...open].reduce((sum, { bytesRead }) => sum + bytesRead, closed),
  }
}

export function openPostgres({ url, log, max = 12 }: PostgresOptions): Database {
  const sockets = counted()
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    idle_in_transaction_session_timeout: 10_000,
    statement_timeout: STATEMENT_MS,
    application_name: 'frontdesk',
    stream: sockets.open,
    // What follows travels without waiting for the answer before it: `begin` with the first statement.
    pipeline: true,
  })
  // An idle connection that breaks (server restart) must not end the process: the pool makes a new one.
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle database connection broke'))
  // Nor may one that breaks while it is in use, between two statements: the next statement fails, and that is enough.
  pool.on('connect', (client) => client.on('error', (error) => log.warn({ error: error.message }, 'a database connection broke')))
  const db = wrap(pool)
  const listeners: pg.Client[] = []
  const asking = asker(url)
  let closed = false

  return {
    kind: 'postgresql',
    db,
    async listen(channel, listener) {
      // One attempt at a time: a client whose connecting fails ends, too.
      let timer: NodeJS.Timeout | undefined
      const again = () => {
        clearTimeout(timer)
        timer = setTimeout(() => void connect().catch((error) => log.warn({ error: reason(error) }, 'cannot listen yet')), AGAIN_MS).unref()
      }
      const connect = async (): Promise<void> => {
        if (closed) return
        const client = new pg.Client({
          connectionString: url,
          application_name: 'frontdesk listen',
          connectionTimeoutMillis: 5_000,
          keepAlive: true, // Nothing is ever sent on it: only so is it seen that the server is gone.
          keepAliveInitialDelayMillis: 10_000,
        })
        client.on('notification', (message) => listener(message.payload ?? ''))
        client.on('error', (error) => log.warn({ error: error.message }, 'the listening connection broke'))
        client.on('end', () => {
          const at = listeners.indexOf(client)
          if (at >= 0) listeners.splice(at, 1)
          if (!closed) again()
        })
        await client.connect()
        listeners.push(client)
        // A standby refuses it. One that is promoted keeps its connections: this one would stay open, and hear nothing for ever.
        await client.query(`listen ${pg.escapeIdentifier(channel)}`).catch((error) => client.end().finally(() => Promise.reject(error)))
      }
      await connect()
    },
    line: { ask: asking.ask, heard: sockets.heard },
    durability: () => durability(db),
    async close() {
      closed = true
      asking.close()
      await Promise.all(listeners.map((client) => client.end()))
      await pool.end()
    },
  }
}

/** One connection for questions, kept while it answers. */
function asker(url: string): { ask(): Promise<void>; close(): void } {
  let line: pg.Client | undefined
  const drop = () => {
    // Not awaited: it says goodbye, and a database that hangs would not answer.
    void line?.end().catch(() => undefined)
    line = undefined
  }
  return {
    async ask() {
      try {
        if (!line) {
          line = new pg.Client({
            connectionString: url,
            application_name: 'frontdesk ask',
            connectionTimeoutMillis: ASK_MS,
            query_timeout: ASK_MS,
          })
          line.on('error', () => undefined) // The next question fails with it.
          await line.connect()
        }
        await line.query('select 1')
      } catch (error) {
        drop()
        throw error
      }
    },
    close: drop,
  }
}

export async function durability(db: Db): ReturnType<Database['durability']> {
  const { rows } = await db.execute<{ name: string; setting: string }>(
    sql`select name, setting from pg_settings where name in ('fsync', 'synchronous_commit') and setting = 'off'`,
  )
  const off = rows.map((row) => `${row.name} = off`).join(', ')
  return off ? { safe: false, detail: `${off}: a power cut can lose messages that we already confirmed` } : { safe: true }
}
