// What is taken next: the oldest of each lane, whatever else waits there.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { onPostgres, testDatabase } from '../../test/support/database.ts'
import { type Database, transact } from './database.ts'
import { claimDeliveries, insertDeliveries } from './deliveries.ts'
import { acceptEvents } from './events.ts'
import type { NewDelivery } from './rows.ts'
import { takeEvents } from './scenes.ts'
import { attempts, deliveries, events } from './schema.ts'

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const now = new Date('2026-11-22T08:00:00Z')
const later = new Date(now.getTime() + 60_000)
const FLOOD = 300
const flood = Array.from({ length: FLOOD }, (_, n) => `flood ${n}`)

/** How often an index was looked into by what `task` asks. */
async function searches(index: string, task: (tx: Database['db']) => Promise<unknown>): Promise<number> {
  return transact(database.db, async (tx) => {
    const count = async () => {
      const { rows } = await tx.execute<{ n: number }>(sql`select pg_stat_get_xact_numscans(${index}::regclass)::int as n`)
      return rows[0]?.n ?? 0
    }
    const before = await count()
    await task(tx)
    return (await count()) - before
  })
}

/** The same of what commits by itself: counted for the whole server, once whoever asked was made to report. */
async function searchesInAll(index: string, task: () => Promise<unknown>): Promise<number> {
  const count = async () => {
    await database.db.execute(sql`select pg_stat_force_next_flush()`)
    const { rows } = await database.db.execute<{ n: number }>(sql`select pg_stat_get_numscans(${index}::regclass)::int as n`)
    return rows[0]?.n ?? 0
  }
  const before = await count()
  await task()
  return (await count()) - before
}

describe('events', () => {
  beforeEach(async () => void (await database.db.delete(events)))

  /** 'lane number', in this order. */
  const arrive = (names: string[]) =>
    acceptEvents(
      database.db,
      names.map((name) => ({
        id: `evt_${name}`,
        source: 'channel',
        sourceId: 'web',
        externalId: name,
        lane: name.split(' ')[0] ?? '',
        payload: { type: 'leave', from: { user: name } } as never,
        receivedAt: now,
      })),
    )
  const taken = async (limit = 32) =>
    (await transact(database.db, (tx) => takeEvents(tx, limit, now))).events.map(({ externalId }) => externalId)

  test('whoever wrote after a flood is taken beside it, the oldest of each lane first, as many as are asked for', async () => {
    await arrive([...flood, 'anna 1', 'ben 1', 'anna 2'])
    expect(await taken()).toEqual(['flood 0', 'anna 1', 'ben 1'])
    expect(await taken(2)).toEqual(['flood 0', 'anna 1'])
  })

  test('what follows one that is to be tried again waits for it', async () => {
    await arrive(['anna 1', 'anna 2', 'ben 1'])
    await database.db.update(events).set({ nextAt: later }).where(sql`external_id = 'anna 1'`)
    expect(await taken()).toEqual(['ben 1'])
  })

  test('who is being worked on is passed, and so is all of their lane', async () => {
    await arrive([...flood, 'anna 1'])
    if (!onPostgres) return // One connection only: nobody else is there.
    await transact(database.db, async (tx) => {
      await takeEvents(tx, 1, now)
      expect(await taken()).toEqual(['anna 1'])
    })
  })

  test('a flood costs a look at its first, not one at each', async () => {
    await arrive([...flood, 'anna 1'])
    expect(await searches('events_lane', (tx) => takeEvents(tx, 32, now))).toBeLessThan(10)
  })
})

describe('deliveries', () => {
  beforeEach(async () => {
    await database.db.delete(attempts)
    await database.db.delete(deliveries)
  })

  const post = (names: string[], target = 'web') =>
    insertDeliveries(
      database.db,
      names.map(
        (name): NewDelivery => ({
          id: `dlv_${name}`,
          kind: 'desk',
          targetId: target,
          lane: name.split(' ')[0] ?? '',
          conversationId: 'cnv_1',
          messageId: null,
          op: 'post',
          payload: {} as never,
          automatic: false,
          nextAt: now,
          originKey: name,
          createdAt: now,
        }),
      ),
    )
  const claim = async (room = 32, at = now) =>
    (
      await claimDeliveries(
        database.db,
        ['web', 'tg'].map((id) => ({ id, room })),
        'a',
        at,
      )
    ).map(({ originKey }) => originKey)

  test('of each target the oldest of each lane, as many as it has room for; what follows waits for the end of the first', async () => {
    await post([...flood, 'anna 1', 'ben 1'])
    await post(['cara 1', 'cara 2'], 'tg')
    expect(await claim(2)).toEqual(['flood 0', 'anna 1', 'cara 1'])
    expect(await claim()).toEqual(['ben 1'])
    await database.db.update(deliveries).set({ state: 'sent' }).where(sql`origin_key in ('flood 0', 'cara 1')`)
    expect(await claim()).toEqual(['flood 1', 'cara 2'])
  })

  test('what follows one that is to be tried again waits for it', async () => {
    await post(['anna 1', 'anna 2', 'ben 1'])
    await database.db.update(deliveries).set({ state: 'retry', nextAt: later }).where(sql`origin_key = 'anna 1'`)
    expect(await claim()).toEqual(['ben 1'])
    expect(await claim(32, later)).toEqual(['anna 1'])
  })

  test('a flood costs a look at its first, not one at each', async () => {
    await post([...flood, 'anna 1'])
    const looks = await searchesInAll('deliveries_lane', () => claim())
    expect(looks).toBeGreaterThan(0)
    expect(looks).toBeLessThan(10)
  })
})
