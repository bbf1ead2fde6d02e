// When people are there, how soon they answer, and how a conversation ends. The clock is moved by hand; the house does what is due.
import { describe, expect, test } from 'vitest'
import type { Calendar } from '#core/hours.ts'
import { agents, conversations as table } from '#store/schema.ts'
import { byHand, HOUR, MINUTE } from '../test/support/byhand.ts'
import type { StageOptions } from '../test/support/stage.ts'

const at = byHand()
const { answers, audited, command, heard, notes, pass, row, says, whispers } = at
const open = (service: StageOptions['service'], more: StageOptions = {}) => at.open({ service, ...more })
const people = [
  { id: 'anna', name: '安娜' },
  { id: 'ben', name: '小本' },
  { id: 'su', name: '苏经理', role: 'supervisor' as const },
]
const rule = { warnAt: 0.8 }
const day = (from: number, to: number): Calendar => ({ timezone: 'UTC', open: { daily: [{ from: from * 60, to: to * 60 }] }, closed: [] })

describe('outside opening hours', () => {
  // chatwoot#10455: what is said automatically makes customers expect people outside opening hours.
  test('a customer who asks for a person hears when people of that skill are there', async () => {
    // It is 08:00 in UTC.
    const service = { calendars: { office: day(6, 18), late: day(12, 20) }, hours: new Map([['aftersales', 'late']]) }
    await open(service, { bot: 'version: 1\ndefaults: { hours: office }' })
    await says('转人工')
    expect(heard().join()).toContain('今天 12:00 上线')
    expect(await row()).toMatchObject({ status: 'queued', toldPlace: 0 })
  })

  test('the calendar of bot.yaml serves skills without hours of their own, whichever file it stands in', async () => {
    await open({ calendars: { office: day(6, 18) } }, { bot: 'version: 1\ndefaults: { hours: office }' })
    await says('转人工')
    expect(heard().join()).not.toContain('非工作时间')
    await open({ calendars: { office: day(9, 18) } }, { bot: 'version: 1\ndefaults: { hours: office }' })
    await at.house.says('c2', 'agent please')
    await pass()
    expect(heard().join()).toContain('today at 09:00')
  })
})

describe('a term', () => {
  test('warns the agent, then tells the supervisor, once each, and is recorded', async () => {
    await open({ sla: [{ ...rule, skill: 'aftersales', firstReply: 10 * MINUTE }] }, { agents: people })
    await says('转人工')
    await command('/claim')
    await pass(7 * MINUTE)
    expect(await notes()).toEqual([])
    await pass(MINUTE)
    expect((await notes()).join()).toContain('首次回复时限还剩 2 分钟（安娜）')
    expect(whispers().map((one) => one.split(':')[0])).toEqual(['u-anna'])
    await pass(2 * MINUTE)
    expect((await notes()).at(-1)).toContain('首次回复已超时（安娜）')
    expect(whispers().map((one) => one.split(':')[0])).toEqual(['u-anna', 'u-anna', 'u-su'])
    await pass(HOUR)
    expect(await notes()).toHaveLength(2)
    await answers('您好')
    expect(await audited('sla.breached')).toMatchObject([{ by: 'system', term: 'firstReply', agent: 'anna' }])
    expect(await audited('sla.met')).toMatchObject([{ term: 'firstReply', breached: true, spentMs: 70 * MINUTE, limitMs: 10 * MINUTE }])
  })

  test('stands still while the customer is awaited, and ends with the conversation', async () => {
    await open({ sla: [{ ...rule, resolution: HOUR, nextReply: 30 * MINUTE }] }, { agents: people })
    await says('转人工')
    await command('/claim')
    await answers('请问订单号？')
    expect((await row()).clocks).toMatchObject({ awaits: 'customer' })
    await pass(5 * HOUR)
    expect(await notes()).toEqual([])
    await says('A1001')
    await pass(25 * MINUTE)
    expect((await notes()).join()).toContain('回复时限还剩 5 分钟')
    await answers('查到了')
    await command('/resolve')
    expect(await audited('sla.met')).toMatchObject([
      { term: 'nextReply', spentMs: 25 * MINUTE, breached: false },
      { term: 'resolution', spentMs: 25 * MINUTE, breached: false },
    ])
    expect((await row()).clocks).toBeNull()
  })

  // chatwoot PR#13392: the term runs on through the night.
  test('counts opening hours only (Chatwoot PR #13392), and an edited file counts at once', async () => {
    const sla = (ms: number) => [{ ...rule, firstReply: ms, hours: 'office' }]
    await open({ calendars: { office: day(6, 9) }, sla: sla(2 * HOUR) }, { agents: people })
    await says('转人工')
    await pass(20 * HOUR)
    expect(await audited('sla.breached')).toEqual([])
    // From 08:00 to 09:00, and from 06:00 on: at 07:00 two hours are over.
    await pass(3 * HOUR)
    expect(await audited('sla.breached')).toHaveLength(1)
    await at.house.says('c2', '转人工')
    await pass()
    at.house.house.service = { ...at.house.house.service, sla: sla(10 * MINUTE) }
    await pass(15 * MINUTE)
    expect(await audited('sla.breached')).toHaveLength(2)
  })

  test('of what is passed on counts each stretch in the hours that held then', async () => {
    const service = {
      calendars: { office: day(6, 9) },
      hours: new Map([['aftersales', 'office']]),
      sla: [{ ...rule, firstReply: 2 * HOUR }],
    }
    await open(service, { agents: people })
    await says('转人工')
    await pass(5 * HOUR)
    // Five hours after the customer came, one of them open; there they work day and night.
    await command('/transfer tech')
    await pass(30 * MINUTE)
    await answers('您好', 'ben')
    expect(await audited('sla.breached')).toEqual([])
    expect(await audited('sla.met')).toMatchObject([{ spentMs: 90 * MINUTE, breached: false }])
  })

  test('counts as broken also where the late answer comes before anybody has looked', async () => {
    await open({ sla: [{ ...rule, firstReply: 10 * MINUTE }] }, { agents: people })
    await says('转人工')
    at.house.clock.ms += 10 * MINUTE + 400
    await answers('您好')
    expect(await audited('sla.met')).toMatchObject([{ breached: true, spentMs: 10 * MINUTE + 400 }])
  })

  test('without hours of its own counts in those of the skill, and with `always` day and night', async () => {
    const sla = (hours: { hours?: string }) => [{ ...rule, firstReply: 2 * HOUR, ...hours }]
    const calendars = { office: day(6, 9) }
    await open({ calendars, hours: new Map([['aftersales', 'office']]), sla: sla({}) }, { agents: people })
    await says('转人工')
    await command('/transfer aftersales')
    await pass(20 * HOUR)
    expect(await audited('sla.breached')).toEqual([])
    at.house.house.service = { ...at.house.house.service, sla: sla({ hours: 'always' }) }
    await pass(MINUTE)
    expect(await audited('sla.breached')).toHaveLength(1)
  })

  test('is not owed for the words of a machine', async () => {
    await open({ sla: [{ ...rule, nextReply: MINUTE }] }, { agents: people })
    await says('转人工')
    await command('/claim')
    await answers('好的')
    await at.house.customer('c1', { type: 'message', parts: [{ type: 'text', text: 'out of office' }], automatic: true } as never)
    await pass()
    await pass(HOUR)
    expect(await audited('sla.breached')).toEqual([])
  })
})

describe('a conversation in which nobody says anything', () => {
  const idle = { ask: 30 * MINUTE, close: HOUR, bot: 24 * HOUR, hours: false, left: true, rating: false }
  const served = async () => {
    await says('转人工')
    await command('/claim')
    await answers('这样可以吗？')
    at.house.sent.length = 0
  }

  // chatwoot#7363 chatwoot#12742 chatwoot#6459 freescout#5042 LHC#606: nothing ends, or it ends unasked; chatwoot#4003: and a rating is asked for.
  test('is asked about, then ended with a reason (Chatwoot #7363, #12742)', async () => {
    await open({ idle })
    await served()
    await pass(29 * MINUTE)
    expect(heard()).toEqual([])
    await pass(MINUTE)
    expect(heard()).toEqual(['请问还有其他可以帮您的吗？'])
    await pass(59 * MINUTE)
    expect((await row()).status).toBe('assigned')
    await pass(MINUTE)
    expect(await row()).toMatchObject({ status: 'resolved', closing: { by: 'system', why: 'idle' }, agentId: 'anna', csatAskedAt: null })
    expect(heard()).toEqual(['请问还有其他可以帮您的吗？', '本次服务已结束，有需要随时找我们。'])
    expect(await audited('conversation.resolved')).toMatchObject([{ by: 'system', why: 'idle', agent: 'anna' }])
    // chatwoot#13265: its own last words open a new conversation.
    await pass(5 * HOUR)
    expect(await at.database.db.select().from(table)).toHaveLength(1)
    expect(heard()).toHaveLength(2)
  })

  test('goes on when the customer says anything, and is asked about anew', async () => {
    await open({ idle })
    await served()
    await pass(30 * MINUTE)
    await pass(50 * MINUTE)
    await says('稍等')
    await answers('好的')
    await pass(25 * MINUTE)
    expect((await row()).status).toBe('assigned')
    await pass(5 * MINUTE)
    expect(heard().filter((text) => text.includes('还有其他'))).toHaveLength(2)
  })

  // chatwoot#1584 chatwoot PR#11436: ended though the customer waits for us.
  test('does not end while the customer waits for us (Chatwoot #1584, PR #11436), in the queue or with an agent', async () => {
    await open({ idle })
    await says('转人工')
    await pass(100 * HOUR)
    expect((await row()).status).toBe('queued')
    await command('/claim')
    await pass(100 * HOUR)
    expect((await row()).status).toBe('assigned')
    await answers('在')
    await says('还有问题')
    await pass(100 * HOUR)
    expect((await row()).status).toBe('assigned')
  })

  // chatwoot#10241: what is snoozed is ended by the clock.
  test('does not end while it is put off (Chatwoot #10241)', async () => {
    await open({ idle })
    await served()
    await at.database.db.update(table).set({ status: 'snoozed' })
    await pass(100 * HOUR)
    expect((await row()).status).toBe('snoozed')
  })

  // chatwoot#15688: what the bot has stays pending for ever.
  test('with the bot alone has a clock of its own, and leaves no zombie (Chatwoot #15688)', async () => {
    await open({ idle: { ...idle, ask: undefined, close: undefined } })
    await says('多久发货')
    at.house.sent.length = 0
    await pass(23 * HOUR)
    expect((await row()).status).toBe('bot')
    await pass(HOUR)
    expect(await row()).toMatchObject({ status: 'resolved', closing: { by: 'system', why: 'idle' } })
    expect(heard()).toEqual([])
    await says('怎么开发票')
    expect(await at.database.db.select().from(table)).toHaveLength(1)
    expect(await row()).toMatchObject({ status: 'bot', closing: null })
  })

  test('is not asked about where messages are counted: the last word is the only one', async () => {
    await open({ idle }, { capabilities: { window: { ms: 48 * HOUR, messages: 5 } } as never })
    await served()
    await pass(89 * MINUTE)
    expect(heard()).toEqual([])
    await pass(MINUTE)
    expect(heard()).toEqual(['本次服务已结束，有需要随时找我们。'])
  })

  test('never ends by itself where the file does not say so', async () => {
    await open({})
    await served()
    await pass(1_000 * HOUR)
    expect((await row()).status).toBe('assigned')
  })

  test('in opening hours only, where the file says so', async () => {
    const office = { calendars: { office: day(6, 9) } }
    await open({ ...office, idle: { ...idle, ask: 2 * HOUR, hours: true } }, { bot: 'version: 1\ndefaults: { hours: office }' })
    await served()
    await pass(20 * HOUR)
    expect(heard()).toEqual([])
    await pass(3 * HOUR)
    expect(heard()).toEqual(['请问还有其他可以帮您的吗？'])
  })
})

describe('an end', () => {
  const idle = { hours: false, left: true, rating: false }

  test('is the customer’s who leaves, with nothing said to somebody who cannot hear it', async () => {
    await open({ idle })
    await says('转人工')
    at.house.sent.length = 0
    await at.house.customer('c1', { type: 'leave' })
    await pass()
    expect(await row()).toMatchObject({ status: 'resolved', closing: { by: 'customer', why: 'left' } })
    expect(heard()).toEqual([])
    await says('我又回来了')
    expect(await at.database.db.select().from(table)).toHaveLength(1)
  })

  test('is the customer’s who has nothing else, and asks for a rating', async () => {
    await open({ idle: { ...idle, ask: MINUTE } })
    await says('转人工')
    await command('/claim')
    await answers('好了')
    await pass(MINUTE)
    await at.house.customer('c1', { type: 'press', buttonId: 'idle:done' })
    await pass()
    expect(await row()).toMatchObject({ status: 'resolved', closing: { by: 'customer', why: 'ended' } })
    expect(heard().at(-1)).toContain('请为本次服务打分')
  })

  test('is an agent’s, by name', async () => {
    await open({ idle })
    await says('转人工')
    await command('/resolve')
    expect(await row()).toMatchObject({ closing: { by: 'agent', why: 'resolved', agent: 'anna' } })
    expect(at.house.shown.some((one) => one.op === 'post' && JSON.stringify(one.entry.parts).includes('安娜 结单'))).toBe(true)
  })

  test('long ago is archived: new words begin a new conversation', async () => {
    await open({ idle: { ...idle, archive: 2 * HOUR } }, { routing: { reopenHours: 720 } })
    await says('转人工')
    await command('/resolve')
    await pass(HOUR)
    expect((await row()).archivedAt).toBeNull()
    await pass(HOUR)
    expect((await row()).archivedAt).not.toBeNull()
    expect(await audited('conversation.archived')).toHaveLength(1)
    await says('你好')
    expect(await at.database.db.select().from(table)).toHaveLength(2)
  })
})

test('nobody is told about a conversation that is not theirs: agents hear of no breach of somebody else’s', async () => {
  await open({ sla: [{ ...rule, firstReply: MINUTE }] }, { agents: people })
  await says('转人工')
  await command('/claim', 'ben')
  await pass(2 * MINUTE)
  expect(whispers().map((one) => one.split(':')[0])).toEqual(['u-ben', 'u-su'])
  expect(await at.database.db.select().from(agents)).toHaveLength(3)
})
