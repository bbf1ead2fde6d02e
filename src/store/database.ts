// The one database, in PostgreSQL's dialect: a real server behind `pg`, or the embedded one behind the same driver.
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import * as schema from './schema.ts'

export type Db = NodePgDatabase<typeof schema>
/** What runs inside one transaction. Functions that take a `Tx` do not open one. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]
/** For reads that do not mind. */
export type Reader = Db | Tx

export interface Database {
  kind: 'embedded' | 'postgresql'
  db: Db
  /** For LISTEN, which wants a connection of its own; the embedded database has one process and needs none. */
  listen?(channel: string, listener: (payload: string) => void): Promise<void>
  /** Says whether a power cut can lose a committed message; shown in /readyz and the console. */
  durability(): Promise<{ safe: boolean; detail?: string }>
  close(): Promise<void>
}

export function wrap(pool: pg.Pool): Db {
  return drizzle(pool, { schema })
}
