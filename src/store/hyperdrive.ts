// PostgreSQL from a Cloudflare Worker. A connection belongs to the request that opened it: the runtime forbids its use in any
// other. So the one `db` of the app takes its connections from whichever request is asking.
import { sql } from 'drizzle-orm'
import pg from 'pg'
import type { Logger } from '#core/connector.ts'
import { type Database, wrap } from './database.ts'
import { durability } from './postgres.ts'

export type Connections = pg.Pool

/** A request may hold six connections at once, and sends with the others. */
const MAX = 2

/** The connections of one request. They need not be closed: the runtime does that when the request has ended. */
export function openConnections(url: string, log: Logger): Connections {
  // Hyperdrive owns the time limits and the pool behind us; session settings would not survive its transaction mode.
  const pool = new pg.Pool({ connectionString: url, max: MAX, connectionTimeoutMillis: 5_000, idleTimeoutMillis: 0 })
  pool.on('error', (error) => log.warn({ error: error.message }, 'an idle database connection broke'))
  return pool
}

/** `current` gives the connections of the request that is running. No LISTEN: Hyperdrive has none. */
export function requestDatabase(current: () => Connections): Database {
  const pool = new Proxy(new pg.Pool(), {
    get(target, key) {
      if (key !== 'connect' && key !== 'query') return Reflect.get(target, key, target)
      const own = current()
      return own[key].bind(own)
    },
  })
  const db = wrap(pool)
  return { kind: 'postgresql', db, durability: () => durability(db), close: async () => undefined }
}

/** Has `frontdesk migrate` of this version, or of a later one, been run? Counts, since a Worker has no files to compare. */
export async function hasMigrations({ db }: Database, wanted: number): Promise<boolean> {
  const { rows } = await db.execute<{ present: boolean }>(sql`select to_regclass('migrations') is not null as present`)
  if (!rows[0]?.present) return false
  const done = await db.execute<{ count: number }>(sql`select count(*)::int as count from migrations`)
  return (done.rows[0]?.count ?? 0) >= wanted
}
