// A PostgreSQL of the bench's own: the npm package's server, durable as in production.
import { join } from 'node:path'
import pg from 'pg'
import { wrap } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'
import { createDatabase, startPostgres } from '../../test/support/postgresql.ts'
import { removeAtExit, tidyAtExit } from './leftovers.ts'

export interface BenchDatabase {
  url: string
  /** The server's process. */
  pid: number
  /** Where its log lies, when `logging_collector` is on. */
  logs: string
  /** A new migrated database; its address. */
  fresh(name: string): Promise<string>
  stop(): Promise<void>
}

/** What a careful administrator would set on a machine of this size; nothing of it trades safety for speed. */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '512MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
}

export async function startDatabase(settings: Record<string, string> = {}): Promise<BenchDatabase> {
  const server = await startPostgres({ ...SETTINGS, ...settings })
  const done = tidyAtExit(() => void server.process.kill('SIGQUIT')) // At once: the folder goes, too.
  removeAtExit(server.folder)
  await createDatabase(server.url, 'template')
  const pool = new pg.Pool({ connectionString: `${server.url}/template`, max: 2 })
  await migrate(wrap(pool))
  await pool.end()
  return {
    url: server.url,
    pid: server.process.pid ?? 0,
    logs: join(server.folder, 'data', 'log'),
    async fresh(name) {
      await createDatabase(server.url, name, 'template')
      return `${server.url}/${name}`
    },
    stop() {
      done()
      return server.stop()
    },
  }
}

/** One connection to look with. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

export async function one(client: pg.Client, sql: string, values: unknown[] = []): Promise<number> {
  const { rows } = await client.query<Record<string, unknown>>(sql, values)
  return Number(Object.values(rows[0] ?? {})[0] ?? 0)
}
