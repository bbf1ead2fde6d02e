// Topics of the team's own, in the group that is also a desk: what is said there belongs to no conversation, and costs nothing.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { testDatabase } from '../test/support/database.ts'
import { type Stage, stage } from '../test/support/stage.ts'
import { work } from './pipeline.ts'

let database: Database
let house: Stage

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
afterEach(() => house.stop())

const pending = async () => (await database.db.query.events.findMany()).filter(({ state }) => state === 'pending')

test('a hundred messages in one such topic wait one second together, not one after the other, and hold up nobody', async () => {
  house = await stage(database, { still: true })
  const [group = ''] = house.house.desks.keys()
  for (let n = 0; n < 100; n++) await house.types(group, 'u-anna', 'the team talks', `line ${n}`)
  await house.says('c1', '多久发货')
  const { drafts } = await work(database.db, house.house)
  expect(drafts).toHaveLength(1)
  expect(await pending()).toHaveLength(100)
  house.clock.ms += 1_000
  while ((await work(database.db, house.house)).events > 0);
  expect(await pending()).toEqual([])
})

test('what is said in a thread before it is on record whose it is finds its conversation a second later', async () => {
  house = await stage(database, { still: true })
  const [group = ''] = house.house.desks.keys()
  await house.says('c1', '转人工')
  await work(database.db, house.house)
  await house.types(group, 'u-anna', 'new', '您好')
  await work(database.db, house.house)
  const [conversation] = await database.db.query.conversations.findMany()
  await database.db.execute(
    `insert into threads (id, conversation_id, desk_id, thread_key, state, created_at) values ('thr_1', '${conversation?.id}', '${group}', 'new', 'open', now())`,
  )
  expect((await work(database.db, house.house)).events).toBe(0)
  house.clock.ms += 1_000
  expect((await work(database.db, house.house)).drafts).toHaveLength(1)
})
