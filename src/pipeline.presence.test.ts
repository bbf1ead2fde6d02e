// Who is here is the agents' own word. Whatever else happens beside it, or is worked on long after it, leaves it as it is.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findAgent } from '#store/agents.ts'
import type { Database } from '#store/database.ts'
import { saveAgent } from '#store/drafts.ts'
import { testDatabase } from '../test/support/database.ts'
import { type Stage, stage } from '../test/support/stage.ts'
import { touch } from './pipeline/presence.ts'
import { work } from './pipeline.ts'

let database: Database
let house: Stage

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
afterEach(() => house.stop())

async function open(): Promise<Stage> {
  house = await stage(database, { still: true })
  return house
}

const anna = async () => {
  const row = await findAgent(database.db, { id: 'anna' })
  if (!row) throw new Error('no anna')
  return row
}
const says = (state: 'online' | 'away' | 'offline') => house.agent('console', 'anna', { type: 'presence', state } as never)
const workAll = async () => {
  while ((await work(database.db, house.house)).events > 0);
}

test('who was given a conversation beside their word keeps both, however old what the router read of them', async () => {
  await open()
  await says('online')
  await workAll()
  const read = await anna()
  house.clock.ms += 1_000
  await says('away')
  await workAll()
  const assignedAt = house.house.clock.now()
  await saveAgent(database.db, { ...read, lastAssignedAt: assignedAt })
  await saveAgent(database.db, { ...read, lastAssignedAt: read.createdAt })
  expect(await anna()).toMatchObject({ presence: 'away', presenceUntil: null, lastAssignedAt: assignedAt })
})

test('words that are worked on late do not bring back somebody who said since that they are away', async () => {
  await open()
  await house.says('c1', '转人工')
  await workAll()
  const [conversation] = await database.db.query.conversations.findMany()
  await house.agent('console', 'anna', { type: 'message', thread: conversation?.id, parts: [{ type: 'text', text: '您好' }] } as never)
  house.clock.ms += 60_000
  const away = touch(await anna(), 'away', house.house)
  await saveAgent(database.db, away)
  await workAll()
  expect(await anna()).toMatchObject({ presence: 'away', presenceAt: away.presenceAt })
  house.clock.ms += 60_000
  await says('online')
  await workAll()
  expect(await anna()).toMatchObject({ presence: 'online' })
})

test('of one batch, the last word counts, and an assignment beside it is not lost', async () => {
  await open()
  await says('online')
  await house.says('c1', '转人工')
  await house.says('c2', '转人工')
  await workAll()
  const [one, two] = await database.db.query.conversations.findMany()
  const at = house.clock.ms
  const command = (thread = '', line = '') => house.agent('console', 'anna', { type: 'command', thread, line } as never)
  house.clock.ms = at + 1_000
  await command(one?.id, '/claim')
  house.clock.ms = at + 2_000
  await command(two?.id, '/away')
  expect((await work(database.db, house.house)).events).toBe(2)
  expect(await anna()).toMatchObject({ presence: 'away', lastAssignedAt: house.house.clock.now() })
})

test('a sign of life keeps somebody online, and brings nobody back', async () => {
  await open()
  await says('online')
  await house.says('c1', '多久发货')
  await workAll()
  const [conversation] = await database.db.query.conversations.findMany()
  const note = () => house.agent('console', 'anna', { type: 'command', thread: conversation?.id, line: '/note hm' } as never)
  const first = await anna()
  house.clock.ms += 60_000
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
  house.clock.ms -= 3_600_000
  await says('online')
  await workAll()
  expect(await anna()).toMatchObject({ presence: 'online' })
  await says('away')
  await workAll()
  expect(await anna()).toMatchObject({ presence: 'away' })
})
