// What those who wait are told and may choose, and that nobody who waits is taken for silent. The clock is moved by hand; the house does
// what is due.
import { describe, expect, test } from 'vitest'
import type { Calendar } from '#core/hours.ts'
import { conversations as table } from '#store/schema.ts'
import { byHand, HOUR, MINUTE } from '../../test/support/byhand.ts'
import type { StageOptions } from '../../test/support/stage.ts'
import { whatToTell } from './telling.ts'

const at = byHand()
const { answers, command, heard, pass, row, says } = at
const open = (service: StageOptions['service'], more: StageOptions = {}) => at.open({ service, ...more })
const day = (from: number, to: number): Calendar => ({ timezone: 'UTC', open: { daily: [{ from: from * 60, to: to * 60 }] }, closed: [] })

describe('those who wait', () => {
  const queue = { place: true, wait: true, soothe: 3 * MINUTE, choices: true }
  const buttons = () =>
    at.house.sent.flatMap(({ message }) =>
      message.parts.flatMap((part) => (part.type === 'buttons' ? [part.buttons.map(({ id }) => id)] : [])),
    )
  const closed = { calendars: { office: day(20, 22) }, queue }
  const office = { bot: 'version: 1\ndefaults: { hours: office }' }

  test('outside opening hours may ask for a call: the number is asked for, checked, and stands on the card', async () => {
    await open(closed, office)
    await says('转人工')
    expect(heard().join()).toContain('今天 20:00 上线')
    expect(buttons()).toEqual([['wait:message', 'wait:callback', 'wait:leave']])
    await at.house.customer('c1', { type: 'press', buttonId: 'wait:callback' })
    await pass()
    await says('明天吧')
    expect(heard().at(-1)).toContain('不像电话号码')
    await says('138 0013 8000')
    expect(heard().at(-1)).toBe('已记下，客服今天 20:00 上线后会拨打 138 0013 8000。')
    expect(await row()).toMatchObject({
      status: 'queued',
      wait: { choice: 'callback', contact: { kind: 'phone', value: '138 0013 8000' } },
    })
    await pass(3_000)
    const cards = at.house.shown.flatMap((one) => (one.op === 'update' ? [JSON.stringify(one.card.facts)] : []))
    expect(cards.at(-1)).toContain('请回电：138 0013 8000')
    // It stays a task of the queue, and an agent has the wish before their eyes.
    await command('/claim')
    expect((await row()).wait).toMatchObject({ choice: 'callback' })
  })

  test('say in words what they want, in both languages, and may take it back', async () => {
    await open(closed, office)
    await says('转人工')
    await says('Leave a message.')
    expect((await row()).wait).toMatchObject({ choice: 'message' })
    await says('给我回电话')
    expect((await row()).wait).toMatchObject({ asking: 'phone' })
    await says('取消')
    expect((await row()).wait).toMatchObject({ choice: 'stay' })
    expect((await row()).wait?.asking).toBeUndefined()
    await says('我的订单还没有到')
    expect((await row()).wait).toMatchObject({ choice: 'stay' })
    await says('leave the queue')
    expect(await row()).toMatchObject({ status: 'bot', wait: null })
  })

  test('choose by number where a channel has no buttons', async () => {
    await open({ queue }, { capabilities: { buttons: undefined } })
    await says('转人工')
    expect(heard().at(-1)).toContain('1. 继续等待')
    await says('4')
    expect(await row()).toMatchObject({ status: 'bot' })
  })

  test('hear from us again after a while, and only once where messages are counted', async () => {
    await open({ queue })
    await says('转人工')
    await pass(3 * MINUTE)
    expect(heard().filter((text) => text.includes('感谢') || text.includes('谢谢您的耐心等待'))).toHaveLength(1)
    await open({ queue }, { capabilities: { window: { ms: 48 * HOUR, messages: 5 } } as never })
    await at.house.says('c3', '转人工')
    await pass()
    const before = heard().length
    await pass(HOUR)
    expect(heard()).toHaveLength(before)
  })
})

test('each step is told near the front, and far back a tenth of the way', async () => {
  await open({ queue: { place: true, wait: true, soothe: HOUR, choices: false } })
  await says('转人工')
  const conversation = await row()
  const { house } = at.house
  const moves = (toldPlace: number, place: number) => whatToTell({ ...conversation, toldPlace }, { place }, true, house)
  expect([moves(2, 1), moves(19, 18), moves(2, 2), moves(2, 3)]).toEqual(['moved', 'moved', undefined, undefined])
  expect([moves(20, 19), moves(20, 18), moves(1_000, 901), moves(1_000, 900)]).toEqual([undefined, 'moved', undefined, 'moved'])
})

describe('where nobody is there', () => {
  const queue = { place: true, wait: true, soothe: 3 * MINUTE, choices: true }
  const alone = async (agents: StageOptions['agents']) => {
    await open({ queue }, { agents })
    // Without a chat tool it is known who is here.
    at.house.house.desks.clear()
  }
  const away = [{ id: 'anna', name: '安娜', presence: 'away' as const }]

  test.each([
    ['转人工', /都不在线.*第 2 位/, /下一位|请稍候|正在赶来/, '您前面还有 1 位'],
    ['agent please', /Nobody is online.*number 2/, /next|one moment|soon:/, 'One person is ahead'],
  ])(
    'customers hear just that and the place they keep, once, and where they stand when somebody is back: %s',
    async (asks, nobody, untrue, place) => {
      await alone([{ ...away[0], capacity: 0 }])
      await at.house.says('c0', asks)
      await pass()
      at.house.clock.ms += 1_000
      await at.house.says('c1', asks)
      await pass()
      const told = () => at.house.sent.filter(({ message }) => message.to.user === 'c1').map(({ message }) => JSON.stringify(message.parts))
      expect(told()).toEqual([expect.stringMatching(nobody)])
      expect(told().join()).not.toMatch(untrue)
      expect(told().join()).not.toContain('wait:stay')
      await pass(HOUR)
      expect(told()).toHaveLength(1)
      await at.house.agent('console', 'anna', { type: 'presence', state: 'online' } as never)
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
    at.house.sent.filter(({ message }) => message.to.user === user).map(({ message }) => JSON.stringify(message.parts))
  const byMail = async (agents: StageOptions['agents']) => {
    await open({ queue }, { agents, routing: { mode: 'claim', async: ['fake'] } })
    await at.house.says('c0', '转人工')
    await pass()
    at.house.clock.ms += 1_000
    await at.house.says('c1', '转人工')
    await pass()
  }

  test('one mail says that theirs is here and where it stands; the next is the answer', async () => {
    await byMail([{ id: 'anna', name: '安娜' }])
    expect(told('c1')).toEqual([expect.stringMatching(/来信已收到.*第 2 位/)])
    expect(told('c1').join()).not.toMatch(/请稍候|wait:stay|wait:message/)
    // The queue moves, an hour passes, somebody takes it.
    const [first] = await at.database.db.select().from(table).orderBy(table.openedAt)
    await at.house.agent('console', 'anna', { type: 'command', thread: first?.id, line: 'resolve' } as never)
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
    at.house.house.desks.clear()
    await says('转人工')
    expect(told('c1')).toEqual([expect.stringContaining('来信已收到')])
    await at.house.agent('console', 'anna', { type: 'presence', state: 'online' } as never)
    await pass(HOUR)
    expect(told('c1')).toHaveLength(1)
  })
})
