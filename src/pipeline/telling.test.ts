// What those who wait are told, and that nobody who waits is taken for silent. The clock is moved by hand; the house does what is due.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { conversations as table } from '#store/schema.ts'
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
const answers = async (text: string, by = 'anna') => {
  await house.agent('console', by, {
    type: 'message',
    thread: (await row()).id,
    parts: [{ type: 'text', text }],
    messageId: `a${house.clock.ms}-${text}`,
  } as never)
  await pass()
}
const heard = () => house.sent.flatMap(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type)))

describe('where nobody is there', () => {
  const queue = { place: true, wait: true, soothe: 3 * MINUTE, choices: true }
  const alone = async (agents: StageOptions['agents']) => {
    await open({ queue }, { agents })
    // Without a chat tool it is known who is here.
    house.house.desks.clear()
  }
  const away = [{ id: 'anna', name: '安娜', presence: 'away' as const }]

  test.each([
    ['转人工', /都不在线.*第 2 位/, /下一位|请稍候|正在赶来/, '您前面还有 1 位'],
    ['agent please', /Nobody is online.*number 2/, /next|one moment|soon:/, 'One person is ahead'],
  ])(
    'customers hear just that and the place they keep, once, and where they stand when somebody is back: %s',
    async (asks, nobody, untrue, place) => {
      await alone([{ ...away[0], capacity: 0 }])
      await house.says('c0', asks)
      await pass()
      house.clock.ms += 1_000
      await house.says('c1', asks)
      await pass()
      const told = () => house.sent.filter(({ message }) => message.to.user === 'c1').map(({ message }) => JSON.stringify(message.parts))
      expect(told()).toEqual([expect.stringMatching(nobody)])
      expect(told().join()).not.toMatch(untrue)
      expect(told().join()).not.toContain('wait:stay')
      await pass(HOUR)
      expect(told()).toHaveLength(1)
      await house.agent('console', 'anna', { type: 'presence', state: 'online' } as never)
      await pass()
      expect(told()).toHaveLength(2)
      expect(told()[1]).toContain(place)
    },
  )
})

describe('who is passed on', () => {
  const idle = { ask: 30 * MINUTE, close: HOUR, hours: false, left: true, rating: false }
  const people = [
    { id: 'anna', name: '安娜' },
    { id: 'ben', name: '小本' },
  ]

  test.each(['/transfer @小本', '/transfer tech', '/release'])('waits for us, and does not grow idle whoever has it: %s', async (line) => {
    await open(
      { idle, sla: [{ warnAt: 0.8, nextReply: 10 * MINUTE }] },
      { agents: people, routing: { leaseMinutes: { chat: 0, async: 0 } } },
    )
    await says('转人工')
    await command('/claim')
    await answers('我帮您转给同事')
    expect((await row()).clocks).toMatchObject({ awaits: 'customer' })
    await command(line)
    await command('/claim', 'ben')
    expect((await row()).clocks).toMatchObject({ awaits: 'us', clocks: [{ term: 'resolution' }, { term: 'nextReply' }] })
    await pass(5 * HOUR)
    expect(await row()).toMatchObject({ status: 'assigned', agentId: 'ben' })
    expect(heard().join()).not.toContain('还有其他')
  })

  test('is not left in the queue for longer than the file says', async () => {
    await open({}, { bot: 'version: 1\nhandoff: { back: { queue: 10m } }', routing: { mode: 'claim' } })
    await says('转人工')
    await command('/claim')
    await command('/release')
    await pass(10 * MINUTE)
    expect((await row()).status).toBe('bot')
  })
})

describe('where customers do not sit and wait, as with mail', () => {
  const queue = { place: true, wait: true, soothe: 3 * MINUTE, choices: true }
  const told = (user: string) =>
    house.sent.filter(({ message }) => message.to.user === user).map(({ message }) => JSON.stringify(message.parts))
  const byMail = async (agents: StageOptions['agents']) => {
    await open({ queue }, { agents, routing: { mode: 'claim', async: ['fake'] } })
    await house.says('c0', '转人工')
    await pass()
    house.clock.ms += 1_000
    await house.says('c1', '转人工')
    await pass()
  }

  test('one mail says that theirs is here and where it stands; the next is the answer', async () => {
    await byMail([{ id: 'anna', name: '安娜' }])
    expect(told('c1')).toEqual([expect.stringMatching(/来信已收到.*第 2 位/)])
    expect(told('c1').join()).not.toMatch(/请稍候|wait:stay|wait:message/)
    // The queue moves, an hour passes, somebody takes it.
    const [first] = await database.db.select().from(table).orderBy(table.openedAt)
    await house.agent('console', 'anna', { type: 'command', thread: first?.id, line: 'resolve' } as never)
    await pass(HOUR)
    await command('claim')
    expect(told('c1')).toHaveLength(1)
    await answers('您好，已为您处理。')
    expect(told('c1')).toHaveLength(2)
    expect(told('c1')[1]).toContain('已为您处理')
  })

  test('nor does a second one come when somebody is back', async () => {
    await open(
      { queue },
      { agents: [{ id: 'anna', name: '安娜', presence: 'away', capacity: 0 }], routing: { mode: 'claim', async: ['fake'] } },
    )
    house.house.desks.clear()
    await says('转人工')
    expect(told('c1')).toEqual([expect.stringContaining('来信已收到')])
    await house.agent('console', 'anna', { type: 'presence', state: 'online' } as never)
    await pass(HOUR)
    expect(told('c1')).toHaveLength(1)
  })
})
