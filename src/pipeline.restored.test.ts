// After a restore: what was in the backup and not yet worked on is worked on, and nothing of it goes out by itself.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { RESTORED } from '#store/restored.ts'
import { testDatabase } from '../test/support/database.ts'
import { stage } from '../test/support/stage.ts'

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

test('the answer to a message of before is held, the next one goes out', async () => {
  const place = await stage(database)
  place.house.restoredUntil = new Date(place.clock.ms)
  await place.says('u1', '多久发货')
  await place.settle()
  const { rows } = await database.db.execute(sql`select state, error from deliveries`)
  expect(rows).toEqual([{ state: 'held', error: RESTORED }])
  expect((await database.db.execute(sql`select 1 from messages`)).rows).toHaveLength(2)
  place.clock.ms += 1
  await place.says('u1', '怎么开发票')
  await place.settle()
  expect(place.sent).toHaveLength(1)
  await place.stop()
})
