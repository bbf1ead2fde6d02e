// The database goes away in the middle of the work. An event is not to blame for it, however often that happens.
import { DrizzleQueryError } from 'drizzle-orm'
import pg from 'pg'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Unreachable } from '#store/database.ts'
import { isOwnFault } from '#store/events.ts'
import { onPostgres } from '../test/support/database.ts'
import { stages } from '../test/support/stages.ts'
import { until } from '../test/support/until.ts'
import { work } from './pipeline.ts'

const at = stages()

// Before the house is closed: it says good-bye to its database.
afterEach(() => void vi.restoreAllMocks())

const stored = () => at.database.db.query.events.findMany()

/** An event that waits, and `tries` passes in which what it leads to cannot be saved for this reason. */
async function failing(tries: number, error: Error): Promise<void> {
  await at.open({ still: true })
  await at.house.says('c1', '多久发货')
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [{ name }] = args as [{ name?: string }]
    return name?.startsWith('save_') ? Promise.reject(error) : query.apply(this, args)
  } as never)
  for (let n = 0; n < tries; n++) {
    await work(at.database.db, at.house.house)
    at.house.clock.ms += 600_000
  }
  vi.restoreAllMocks()
}

test('a connection that is lost ten times while an event is worked on makes it wait, and never sets it aside', async () => {
  await failing(10, new Error('Connection terminated unexpectedly'))
  expect(await stored()).toMatchObject([{ state: 'pending', attempts: 0 }])
  expect((await work(at.database.db, at.house.house)).finished).toHaveLength(1)
})

test('what the database refuses of an event counts, and sets it aside in the end', async () => {
  await failing(5, Object.assign(new Error('value too long'), { code: '22001' }))
  expect(await stored()).toMatchObject([{ state: 'dead', attempts: 5 }])
})

/** Who waits for a lock; not the one before. */
async function waiting(before: number): Promise<{ pid: number } | undefined> {
  const text = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and pid <> $1"
  return (await (at.database.db.$client as pg.Pool).query<{ pid: number }>(text, [before])).rows[0]
}

test.runIf(onPostgres)('a server that ends the session of whoever works on an event does not count', async () => {
  await at.open({ still: true })
  await at.house.says('c1', '多久发货')
  const pool = at.database.db.$client as pg.Pool
  const other = await pool.connect()
  try {
    await other.query('begin; lock table messages')
    const working = work(at.database.db, at.house.house)
    let pid = 0
    for (let n = 0; n < 2; n++) {
      // The batch, and then the event alone.
      pid = await until('somebody who waits for the lock', async () => (await waiting(pid))?.pid)
      await pool.query('select pg_terminate_backend($1)', [pid])
    }
    await other.query('rollback')
    await working
  } finally {
    other.release()
  }
  expect(await stored()).toMatchObject([{ state: 'pending', attempts: 0, error: expect.stringContaining('terminating connection') }])
})

describe('counts as a try of the event', () => {
  const of = (code: string) => Object.assign(new Error('failed'), { code })
  test.each([
    ['a key that is taken', of('23505')],
    ['a statement that cannot be', of('42703')],
    ['the same, wrapped', new Error('Failed query', { cause: of('23505') })],
    ['a slip of the program', new TypeError('x is not a function')],
    ['what somebody throws who prepares a statement', new Error('poison')],
  ])('%s', (_what, error) => {
    expect(isOwnFault(error)).toBe(true)
  })
  test.each([
    ['a refused connection', new Unreachable('connect', { cause: of('ECONNREFUSED') })],
    ['a broken pipe, whose code looks like one of PostgreSQL', new DrizzleQueryError('select 1', [], of('EPIPE'))],
    ['a time-out without a code', new Unreachable('timeout exceeded when trying to connect')],
    ['a server that ends', of('57P01')],
    ['a session that was left alone too long', of('25P03')],
    ['a full disk', of('53100')],
    ['a broken disk', new Error('Failed query', { cause: of('58030') })],
    ['a protocol that broke off', of('08006')],
    ['two that waited for each other', of('40P01')],
    ['somebody who held it for too long', of('55P03')],
    ['a server that only reads since another one took over', of('25006')],
  ])('not: %s', (_what, error) => {
    expect(isOwnFault(error)).toBe(false)
  })
})
