// The one database, in PostgreSQL's dialect: a real server behind `pg`, or the embedded one behind the same driver.
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import * as schema from './schema.ts'

/** Queries of drizzle's, and the connection (or the pool of them) below for statements that must cost little. */
export type Db = NodePgDatabase<typeof schema> & { $client: pg.Pool | pg.PoolClient }
/** What runs inside one transaction. Functions that take a `Tx` do not open one. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0] | Db
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

/** A statement whose text never changes: each connection plans it once. */
export interface Statement {
  name: string
  text: string
}

export async function run<T extends pg.QueryResultRow>(db: Db, { name, text }: Statement, values: unknown[]): Promise<T[]> {
  return (await db.$client.query<T>({ name, text, values })).rows
}

const bound = new WeakMap<pg.PoolClient, Db>()

/**
 * One transaction on one connection, for the hot path: like drizzle's, with `run` inside. `begin` does not wait for its
 * answer: it travels with the first statement.
 */
export async function transact<T>(db: Db, task: (tx: Db) => Promise<T>): Promise<T> {
  const client = (await db.$client.connect()) as pg.PoolClient
  let broken: unknown
  try {
    const begun = client.query('begin')
    begun.catch(() => undefined) // The first statement fails with it, and tells.
    const tx = bound.get(client) ?? drizzle(client, { schema })
    bound.set(client, tx)
    const result = await task(tx)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((second) => {
      broken = second
    })
    throw error
  } finally {
    client.release(broken !== undefined)
  }
}
