// Topics of the team's own, in the group that is also a desk: what is said there belongs to no conversation, and costs nothing.
import { expect, test } from 'vitest'
import { stages } from '../test/support/stages.ts'
import { work } from './pipeline.ts'

const at = stages()

const pending = async () => (await at.database.db.query.events.findMany()).filter(({ state }) => state === 'pending')

test('a hundred messages in one such topic wait one second together, not one after the other, and hold up nobody', async () => {
  await at.open({ still: true })
  const [group = ''] = at.house.house.desks.keys()
  for (let n = 0; n < 100; n++) await at.house.types(group, 'u-anna', 'the team talks', `line ${n}`)
  await at.house.says('c1', '多久发货')
  const { drafts } = await work(at.database.db, at.house.house)
  expect(drafts).toHaveLength(1)
  expect(await pending()).toHaveLength(100)
  at.house.clock.ms += 1_000
  while ((await work(at.database.db, at.house.house)).events > 0);
  expect(await pending()).toEqual([])
})

test('what is said in a thread before it is on record whose it is finds its conversation a second later', async () => {
  await at.open({ still: true })
  const [group = ''] = at.house.house.desks.keys()
  await at.house.says('c1', '转人工')
  await work(at.database.db, at.house.house)
  await at.house.types(group, 'u-anna', 'new', '您好')
  await work(at.database.db, at.house.house)
  const [conversation] = await at.database.db.query.conversations.findMany()
  await at.database.db.execute(
    `insert into threads (id, conversation_id, desk_id, thread_key, state, created_at) values ('thr_1', '${conversation?.id}', '${group}', 'new', 'open', now())`,
  )
  expect((await work(at.database.db, at.house.house)).events).toBe(0)
  at.house.clock.ms += 1_000
  expect((await work(at.database.db, at.house.house)).drafts).toHaveLength(1)
})
