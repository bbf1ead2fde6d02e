// The one database, in PostgreSQL's dialect: a real server behind `pg`, or the embedded one behind the same driver.
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { reason } from '#core/errors.ts'
import * as schema from './schema.ts'

/** Queries of drizzle's, and the connection (or the pool of them) below for statements that must cost little. */
export type Db = NodePgDatabase<typeof schema> & { $client: pg.Pool | pg.PoolClient }
/** What runs inside one transaction. Functions that take a `Tx` do not open one. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0] | Db
/** For reads that do not mind. */
export type Reader = Db | Tx

export interface Line {
  /** Asks for nothing, on a connection of its own. Rejects when there is no answer. */
  ask(): Promise<void>
  /** How many bytes ever came from the database: more than before means that it lives, however busy we both are. */
  heard(): number
}

export interface Database {
  kind: 'embedded' | 'postgresql'
  db: Db
  /** For LISTEN, which wants a connection of its own; the embedded database has one process and needs none. */
  listen?(channel: string, listener: (payload: string) => void): Promise<void>
  /** How to feel whether anybody is there. The embedded database lives in the process. */
  line?: Line
  /** Says whether a power cut can lose a committed message; shown in /readyz and the console. */
  durability(): Promise<{ safe: boolean; detail?: string }>
  close(): Promise<void>
}

export function wrap(pool: pg.Pool): Db {
  return drizzle(pool, { schema })
}

/** The way to the database broke: it is not PostgreSQL that spoke. */
export class Unreachable extends Error {}

/** Under what PostgreSQL refused a statement; drizzle wraps its errors. Empty where it was not PostgreSQL that spoke. */
export function sqlState(error: unknown): string {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown }
  if (typeof code === 'string' && /^(\d\w|F0|HV|P0|XX)\w{3}$/.test(code)) return code
  return cause === undefined ? '' : sqlState(cause)
}

/** What a standby says to whoever wants to write. */
export const READ_ONLY = '25006'

/** So that what breaks on the way is told from a slip of whoever prepared the statement. */
function unreachable(error: unknown): never {
  throw sqlState(error) ? error : new Unreachable(reason(error), { cause: error })
}

/** A statement whose text never changes: each connection plans it once. */
export interface Statement {
  name: string
  text: string
}

export async function run<T extends pg.QueryResultRow>(db: Db, { name, text }: Statement, values: unknown[]): Promise<T[]> {
  return (await db.$client.query<T>({ name, text, values }).catch(unreachable)).rows
}

/**
 * The hot path asks for a few rows by their keys, and reads queues in the order of their indexes. What the planner believes of the
 * tables is old whenever it matters – queues fill and empty within seconds, and a new house was empty when its statements were
 * planned – and it would rather read, sort or hash the whole of them for each look.
 */
const BEGIN = ['begin', ...['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin'].map((way) => `set local enable_${way} = off`)].join('; ')

const bound = new WeakMap<pg.PoolClient, Db>()

/** Connections whose transaction ended with its last statement. */
const ended = new WeakSet<pg.PoolClient>()

/**
 * One transaction on one connection, for the hot path: like drizzle's, with `run` inside. `begin` does not wait for its
 * answer: it travels with the first statement. Waits at most `lockMs` for a lock, where given.
 */
export async function transact<T>(db: Db, task: (tx: Db) => Promise<T>, { lockMs }: { lockMs?: number } = {}): Promise<T> {
  return onOne(db, async (client) => {
    const tx = bound.get(client) ?? drizzle(client, { schema })
    bound.set(client, tx)
    ended.delete(client)
    const result = await together(client, () => {
      start(client, lockMs)
      return task(tx)
    })
    if (!ended.has(client)) await client.query('commit').catch(unreachable)
    return result
  })
}

/** The last statement of `transact`: the commit travels with it, and when it fails nothing is kept. */
export async function runLast<T extends pg.QueryResultRow>(tx: Db, { name, text }: Statement, values: unknown[]): Promise<T[]> {
  const client = tx.$client as pg.PoolClient
  ended.add(client)
  const both = () => Promise.all([client.query<T>({ name, text, values }), client.query('commit')])
  const [{ rows }] = await together(client, both).catch(unreachable)
  return rows
}

/** One statement with the plans of `transact`; all of it is one journey. */
export async function runPlanned<T extends pg.QueryResultRow>(db: Db, { name, text }: Statement, values: unknown[]): Promise<T[]> {
  return onOne(db, async (client) => {
    const [{ rows }] = await together(client, () => {
      start(client)
      // After a failure `commit` rolls back.
      return Promise.all([client.query<T>({ name, text, values }), client.query('commit')])
    }).catch(unreachable)
    return rows
  })
}

function start(client: pg.PoolClient, lockMs?: number): void {
  const limit = lockMs === undefined ? '' : `; set local lock_timeout = ${lockMs}`
  client.query(BEGIN + limit).catch(() => undefined) // The first statement fails with it, and tells.
}

/** What `task` asks before its first pause leaves in one packet: each packet wakes the server, which then wants our core. */
function together<T>(client: pg.PoolClient, task: () => Promise<T>): Promise<T> {
  const { stream } = (client as unknown as { connection: { stream: { cork?(): void; uncork?(): void } } }).connection
  stream.cork?.()
  try {
    return task()
  } finally {
    stream.uncork?.()
  }
}

async function onOne<T>(db: Db, task: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = (await db.$client.connect().catch(unreachable)) as pg.PoolClient
  let broken: unknown
  try {
    return await task(client)
  } catch (error) {
    // The server only reads since another one took over: a new connection may find that one, this one never will.
    if (sqlState(error) === READ_ONLY) broken = error
    await client.query('rollback').catch((second) => {
      broken = second
    })
    throw error
  } finally {
    client.release(broken !== undefined)
  }
}
