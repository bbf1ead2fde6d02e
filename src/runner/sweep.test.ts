// What the house does by itself in the course of weeks.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { testDatabase } from '../../test/support/database.ts'
import { stage } from '../../test/support/stage.ts'
import { until } from '../../test/support/until.ts'

const DAY = 86_400_000

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

async function count(table: 'events' | 'messages'): Promise<number> {
  const { rows } = await database.db.execute<{ n: number }>(sql`select count(*)::int as n from ${sql.identifier(table)}`)
  return rows[0]?.n ?? 0
}

test('a month later the event of what a customer wrote is gone, and every word of it is kept', async () => {
  const house = await stage(database)
  await house.says('u1', '多久发货')
  await house.settle()
  const said = await count('messages')
  expect([await count('events'), said]).toEqual([1, 2])
  house.clock.ms += 31 * DAY
  await until('the event is gone', async () => (await count('events')) === 0)
  expect(await count('messages')).toBe(said)
  await house.stop()
})

test('what came by a channel that reads its past again is remembered for ever', async () => {
  const house = await stage(database)
  const [channel] = house.parts.channels.values()
  if (channel) channel.definition.recalls = true
  await house.says('u1', '多久发货')
  await house.agent([...house.house.desks.keys()][0] ?? '', 'u-anna', { type: 'presence', availability: 'available' } as never)
  await house.settle()
  expect(await count('events')).toBe(2)
  house.clock.ms += 31 * DAY
  await until('the event of the desk is gone', async () => (await count('events')) === 1)
  const { rows } = await database.db.execute<{ source: string }>(sql`select source from events`)
  expect(rows).toEqual([{ source: 'channel' }])
  await house.stop()
})
