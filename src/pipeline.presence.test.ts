// Who is here is the agents' own word. Whatever else happens beside it, or is worked on long after it, leaves it as it is.
import { expect, test } from 'vitest'
import { findAgent } from '#store/agents.ts'
import { saveAgent } from '#store/drafts.ts'
import { stages } from '../test/support/stages.ts'
import { touch } from './pipeline/presence.ts'
import { work } from './pipeline.ts'

const at = stages()

const open = () => at.open({ still: true })
const anna = async () => {
  const row = await findAgent(at.database.db, { id: 'anna' })
  if (!row) throw new Error('no anna')
  return row
}
const says = (state: 'online' | 'away' | 'offline') => at.house.agent('console', 'anna', { type: 'presence', state } as never)
const workAll = async () => {
  while ((await work(at.database.db, at.house.house)).events > 0);
}

test('who was given a conversation beside their word keeps both, however old what the router read of them', async () => {
  await open()
  await says('online')
  await workAll()
  const read = await anna()
  at.house.clock.ms += 1_000
  await says('away')
  await workAll()
  const assignedAt = at.house.house.clock.now()
  await saveAgent(at.database.db, { ...read, lastAssignedAt: assignedAt })
  await saveAgent(at.database.db, { ...read, lastAssignedAt: read.createdAt })
  expect(await anna()).toMatchObject({ presence: 'away', presenceUntil: null, lastAssignedAt: assignedAt })
})

test('words that are worked on late do not bring back somebody who said since that they are away', async () => {
  await open()
  await at.house.says('c1', '转人工')
  await workAll()
  const [conversation] = await at.database.db.query.conversations.findMany()
  await at.house.agent('console', 'anna', { type: 'message', thread: conversation?.id, parts: [{ type: 'text', text: '您好' }] } as never)
  at.house.clock.ms += 60_000
  const away = touch(await anna(), 'away', at.house.house)
  await saveAgent(at.database.db, away)
  await workAll()
  expect(await anna()).toMatchObject({ presence: 'away', presenceAt: away.presenceAt })
  at.house.clock.ms += 60_000
  await says('online')
  await workAll()
  expect(await anna()).toMatchObject({ presence: 'online' })
})

test('of one batch, the last word counts, and an assignment beside it is not lost', async () => {
  await open()
  await says('online')
  await at.house.says('c1', '转人工')
  await at.house.says('c2', '转人工')
  await workAll()
  const [one, two] = await at.database.db.query.conversations.findMany()
  const began = at.house.clock.ms
  const command = (thread = '', line = '') => at.house.agent('console', 'anna', { type: 'command', thread, line } as never)
  at.house.clock.ms = began + 1_000
  await command(one?.id, '/claim')
  at.house.clock.ms = began + 2_000
  await command(two?.id, '/away')
  expect((await work(at.database.db, at.house.house)).events).toBe(2)
  expect(await anna()).toMatchObject({ presence: 'away', lastAssignedAt: at.house.house.clock.now() })
})

test('a sign of life keeps somebody online, and brings nobody back', async () => {
  await open()
  await says('online')
  await at.house.says('c1', '多久发货')
  await workAll()
  const [conversation] = await at.database.db.query.conversations.findMany()
  const note = () => at.house.agent('console', 'anna', { type: 'command', thread: conversation?.id, line: '/note hm' } as never)
  const first = await anna()
  at.house.clock.ms += 60_000
  await note()
  await workAll()
  const kept = await anna()
  expect(kept.presenceUntil?.getTime()).toBe((first.presenceUntil?.getTime() ?? 0) + 60_000)
  expect(kept.presenceAt).toEqual(first.presenceAt)
  await says('away')
  await note()
  await workAll()
  expect(await anna()).toMatchObject({ presence: 'away' })
})

test('after the clock was set back an agent is heard at once, not only when it is as late again', async () => {
  await open()
  await says('away')
  await workAll()
  at.house.clock.ms -= 3_600_000
  await says('online')
  await workAll()
  expect(await anna()).toMatchObject({ presence: 'online' })
  await says('away')
  await workAll()
  expect(await anna()).toMatchObject({ presence: 'away' })
})
