// What customers say of how it was: the score, and the words after a low one. The clock is moved by hand; the house does what is due.
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { auditEvents, conversations as table } from '#store/schema.ts'
import { testDatabase } from '../../test/support/database.ts'
import { type Stage, type StageOptions, stage } from '../../test/support/stage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let database: Database
let house: Stage

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
afterEach(() => house.stop())

const open = async (service: StageOptions['service'], more: StageOptions = {}) => {
  house = await stage(database, { still: true, service, ...more })
}
/** Time goes on, and the house does all that is due by then. */
const pass = async (ms = 0) => {
  house.clock.ms += ms
  for (let round = 0; round < 2; round++) await house.runner.drain(new Date(house.clock.ms + MINUTE))
}
const says = async (text: string) => {
  await house.says('c1', text)
  await pass()
}
const row = async () => {
  const rows = await database.db.select().from(table).orderBy(table.openedAt)
  const last = rows.at(-1)
  if (!last) throw new Error('no conversation')
  return last
}
const command = async (line: string, by = 'anna') => {
  await house.agent('console', by, { type: 'command', thread: (await row()).id, line } as never)
  await pass()
}
const heard = () => house.sent.flatMap(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type)))
const audited = async (action: string) =>
  (await database.db.select().from(auditEvents).where(eq(auditEvents.action, action))).map(({ actorKind, data }) => ({
    by: actorKind,
    ...data,
  }))

test('a low score asks what was wrong, and keeps the words with agent and skill', async () => {
  await open({})
  await says('转人工')
  await command('/claim')
  await command('/resolve')
  await says('1')
  expect(heard().at(-1)).toContain('哪里做得不好')
  await says('等了太久')
  expect(heard().at(-1)).toContain('谢谢您告诉我们')
  expect(await row()).toMatchObject({ status: 'resolved', csatScore: 1, csatComment: '等了太久' })
  expect(await audited('csat.commented')).toMatchObject([{ by: 'customer', score: 1, agent: 'anna', skill: 'aftersales' }])
  await says('再问一下发货')
  expect((await row()).status).toBe('bot')
})

describe('the words after a low score', () => {
  const rated = async () => {
    await open({})
    await says('转人工')
    await command('/claim')
    await command('/resolve')
  }

  test.each(['客服态度很差', '客服说话不耐烦', 'the agent was rude'])('may be about people: %s', async (words) => {
    await rated()
    await says('2')
    await says(words)
    expect(await row()).toMatchObject({ status: 'resolved', csatComment: words })
  })

  test.each(['转人工', '找客服', 'agent please', '为什么还没发货？'])('are none where they ask for something: %s', async (words) => {
    await rated()
    await says('2')
    await says(words)
    expect(await row()).toMatchObject({ csatComment: null })
    expect((await row()).status).not.toBe('resolved')
  })

  test('are heard soon after the score, however late that comes', async () => {
    await rated()
    await pass(3 * HOUR)
    await says('1')
    await pass(20 * MINUTE)
    await says('等了太久')
    expect(await row()).toMatchObject({ status: 'resolved', csatComment: '等了太久' })
    await rated()
    await says('1')
    await pass(31 * MINUTE)
    await says('等了太久')
    expect((await row()).csatComment).toBeNull()
  })
})
