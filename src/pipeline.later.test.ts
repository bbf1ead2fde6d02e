// What comes by itself: times that flows wait for, webhooks that answer, people who do not.
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import type { Webhook } from '#platforms/webhook.ts'
import { countAsked, readAsked } from '#store/asked.ts'
import { attempts, auditEvents, deliveries, events, messages, conversations as table, timers } from '#store/schema.ts'
import { fireTimers } from '#store/timers.ts'
import type { StageOptions } from '../test/support/stage.ts'
import { stages } from '../test/support/stages.ts'
import { until } from '../test/support/until.ts'

const MINUTE = 60_000
const FLOWS = `
version: 1
faq:
  - { id: shipping, ask: [多久发货], answer: 24 小时 }
  - { id: invoice, ask: [怎么开发票], answer: 订单页 }
flows:
  remind: { trigger: { words: [提醒我] }, steps: [{ say: 好的 }, { wait: 10m }, { say: 到时间了 }] }
  order: { trigger: { words: [查订单] }, steps: [{ call: lookup, save: o, timeout: 10s, failed: [{ say: 查不到 }] }, { say: "状态 {{o.state}}" }] }
`

const at = stages()

const lookup = (call: Webhook['call']) => new Map<string, Webhook>([['lookup', { call }]])

const open = (options: StageOptions = {}) => at.open({ bot: FLOWS, webhooks: lookup(async () => ({})), ...options })

const texts = () => at.house.sent.map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' '))
const hears = (words: string) => until(words, () => texts().some((text) => text.includes(words)))
const conversation = async () => {
  const [row] = await at.database.db.select().from(table)
  if (!row) throw new Error('no conversation')
  return row
}
const status = (wanted: string) => until(wanted, async () => (await conversation()).status === wanted)
/** Time goes on; the house looks at its clock once a second. */
const pass = (ms: number) => {
  at.house.clock.ms += ms
}
/** Every timer that was due is an event that is worked on. */
const rung = () =>
  until('what was due is worked on', async () => {
    const due = (await at.database.db.select().from(timers)).filter(({ dueAt }) => dueAt.getTime() <= at.house.clock.ms)
    const open = (await at.database.db.select().from(events)).filter(({ state }) => state === 'pending')
    return due.length + open.length === 0
  })

describe('a time that a flow waits for', () => {
  test('comes when it is over, once, and the customer is answered meanwhile', async () => {
    await open()
    await at.house.says('c1', '提醒我')
    await hears('好的')
    await at.house.says('c1', '多久发货')
    await hears('24 小时')
    pass(9 * MINUTE)
    expect(await fireTimers(at.database.db, at.house.house.clock.now())).toBe(0)
    pass(2 * MINUTE)
    await hears('到时间了')
    await at.house.settle()
    expect(texts()).toEqual(['好的', '24 小时', '到时间了'])
    expect(await at.database.db.select().from(timers)).toEqual([])
  })

  test('is one event, however many processes look', async () => {
    await open({ still: true })
    const now = at.house.house.clock.now()
    const row = (n: number) => ({
      id: `tmr_${n}`,
      lane: `l${n}`,
      payload: { type: 'due' as const, at: '', conversation: 'cnv_x', key: `${n}` },
      dueAt: now,
      createdAt: now,
    })
    await at.database.db.insert(timers).values(Array.from({ length: 300 }, (_, n) => row(n)))
    const fired = await Promise.all(Array.from({ length: 6 }, () => fireTimers(at.database.db, now)))
    expect(fired.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(300)
    while ((await fireTimers(at.database.db, now)) > 0);
    expect(await at.database.db.select().from(events)).toHaveLength(300)
    expect(await at.database.db.select().from(timers)).toEqual([])
  })

  test('that a backup held says nothing by itself after a restore', async () => {
    await open()
    await at.house.says('c1', '提醒我')
    await hears('好的')
    at.house.house.restoredUntil = at.house.house.clock.now()
    pass(11 * MINUTE)
    await rung()
    const rows = await at.database.db.select().from(deliveries).orderBy(deliveries.position)
    expect(rows.map(({ state }) => state)).toEqual(['sent', 'held'])
  })
})

describe('a webhook', () => {
  test('is asked once for each call, with its attempt on record, and its answer is an event of the conversation', async () => {
    const asked: string[] = []
    await open({
      webhooks: lookup(async (id) => {
        asked.push(id)
        return { state: '已发货' }
      }),
    })
    await at.house.says('c1', '查订单')
    await hears('状态 已发货')
    const [row] = await at.database.db.select().from(deliveries).where(eq(deliveries.kind, 'webhook'))
    expect(asked).toEqual([row?.id])
    expect(row).toMatchObject({ state: 'sent', attempts: 1, automatic: true })
    expect(
      await at.database.db
        .select()
        .from(attempts)
        .where(eq(attempts.deliveryId, row?.id ?? '')),
    ).toHaveLength(1)
    const [event] = await at.database.db
      .select()
      .from(events)
      .where(eq(events.externalId, row?.id ?? ''))
    expect(event).toMatchObject({ source: 'house', sourceId: 'lookup', state: 'done' })
    // The time that the call had comes, too, and means nothing any more.
    pass(MINUTE)
    await rung()
    expect(texts()).toEqual(['状态 已发货'])
  })

  test('that refuses, or never answers, takes the failed steps; the trail says why', async () => {
    await open({ webhooks: lookup(() => Promise.reject(new ConnectorError('rejected', 'HTTP 404'))) })
    await at.house.says('c1', '查订单')
    await hears('查不到')
    const trail = await at.database.db.select().from(auditEvents).where(eq(auditEvents.action, 'webhook.failed'))
    expect(trail.map(({ data }) => data.why)).toEqual(['HTTP 404'])
    await at.house.stop()
    let asked = false
    await open({
      webhooks: lookup((_id, _body, { signal }) => {
        asked = true
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      }),
    })
    await at.house.says('c2', '查订单')
    await until('the webhook is asked', () => asked)
    pass(12_000)
    await hears('查不到')
  })

  test('that nobody configured takes the failed steps when its time is over', async () => {
    await open({ webhooks: lookup(async () => ({})) })
    at.house.parts.webhooks = () => new Map()
    await at.house.says('c1', '查订单')
    await until('the call waits', async () => (await at.database.db.select().from(timers)).length === 1)
    pass(12_000)
    await hears('查不到')
  })
})

describe('the way back from people', () => {
  const back = (keys: string) => `${FLOWS}handoff: { back: { ${keys} } }\n`

  test('nobody took it for too long: the bot goes on, the card and the threads say so', async () => {
    await open({ bot: back('queue: 5m'), agents: [] })
    await at.house.says('c1', '转人工')
    await status('queued')
    pass(6 * MINUTE)
    await hears('我先陪您看看')
    expect(await conversation()).toMatchObject({ status: 'bot', agentId: null })
    await until('a line in the thread', () =>
      at.house.shown.some(
        (one) => one.op === 'post' && one.entry.parts.some((part) => 'text' in part && part.text.includes('机器人继续接待')),
      ),
    )
    await at.house.says('c1', '多久发货')
    await hears('24 小时')
    // Asked for again, it waits anew, under a new version.
    await at.house.says('c1', '转人工')
    await status('queued')
  })

  test('taken in time, nothing happens', async () => {
    await open({ bot: back('queue: 5m, silent: 5m'), agents: [{ id: 'anna' }] })
    await at.house.says('c1', '转人工')
    await status('queued')
    await at.house.agent('console', 'anna', { type: 'command', thread: (await conversation()).id, line: '/claim' } as never)
    await status('assigned')
    await at.house.says('c1', '在吗')
    await at.house.settle()
    await at.house.agent('console', 'anna', {
      type: 'message',
      thread: (await conversation()).id,
      parts: [{ type: 'text', text: '在的' }],
      messageId: 'm-1',
    } as never)
    await hears('在的')
    pass(6 * MINUTE)
    await rung()
    expect(await conversation()).toMatchObject({ status: 'assigned', agentId: 'anna' })
  })

  // Rocket.Chat#22505: the agent went offline, and the customer stays with them.
  test.each([
    ['queue', 'queued', '重新安排'],
    ['bot', 'bot', '我先陪您看看'],
  ])('the agent left the customer without an answer: to the %s', async (to, next, words) => {
    await open({ bot: back(`silent: 5m, silent_to: ${to}`), agents: [{ id: 'anna' }] })
    await at.house.says('c1', '转人工')
    await status('queued')
    await at.house.agent('console', 'anna', { type: 'command', thread: (await conversation()).id, line: '/claim' } as never)
    await status('assigned')
    pass(10 * MINUTE)
    await at.house.says('c1', '在吗')
    await at.house.says('c1', '有人吗')
    await at.house.settle()
    expect((await at.database.db.select().from(timers)).map(({ payload }) => payload.type)).toEqual(['unanswered'])
    pass(6 * MINUTE)
    await hears(words)
    const row = await conversation()
    expect(row.status).toBe(next)
    if (to === 'queue') expect(row.handoff?.not).toEqual(['anna'])
  })

  test('an agent who gives it back is not asked again for who the customer is', async () => {
    await open({ bot: `${FLOWS}handoff: { rules: [{ when: { visitor: new } }] }\n`, agents: [{ id: 'anna' }] })
    await at.house.says('c1', '多久发货')
    await status('queued')
    await at.house.agent('console', 'anna', { type: 'command', thread: (await conversation()).id, line: '/claim' } as never)
    await status('assigned')
    await at.house.agent('console', 'anna', { type: 'command', thread: (await conversation()).id, line: '/bot' } as never)
    await status('bot')
    await at.house.says('c1', '多久发货')
    await hears('24 小时')
  })

  test('while closed the bot goes on, and people get it when they open', async () => {
    const closed = `${FLOWS}defaults: { hours: office }\nhours: { office: { timezone: Asia/Shanghai, open: { mon-fri: "09:00-18:00" } } }\nhandoff: { closed: bot }\n`
    await open({ bot: closed, agents: [] })
    await at.house.says('c1', '转人工')
    await hears('我已记下')
    expect((await conversation()).status).toBe('bot')
    await at.house.says('c1', '多久发货')
    await hears('24 小时')
    await at.house.says('c1', '转人工')
    await at.house.settle()
    expect(await at.database.db.select().from(timers)).toHaveLength(1)
    pass(18 * 60 * MINUTE)
    await status('queued')
    expect((await conversation()).handoff).toMatchObject({ reason: 'asked', tried: ['多久发货'] })
  })
})

test('what is asked is counted, halves in two weeks, and comes first', async () => {
  await open()
  for (const [user, words] of [
    ['c1', '怎么开发票'],
    ['c2', '怎么开发票'],
    ['c3', '多久发货'],
  ] as const)
    await at.house.says(user, words)
  await at.house.settle()
  pass(11_000)
  await until('the counts are written', async () => {
    const counts = await readAsked(at.database.db, at.house.house.clock.now())
    return (counts.get('invoice') ?? 0) > 1.99 && (counts.get('shipping') ?? 0) > 0.99
  })
  const day = 86_400_000
  await countAsked(at.database.db, new Map([['invoice', 1]]), new Date(at.house.clock.ms + 14 * day))
  const later = await readAsked(at.database.db, new Date(at.house.clock.ms + 28 * day))
  expect(later.get('invoice')).toBeCloseTo(1, 3)
  expect(later.get('shipping')).toBeCloseTo(0.25, 3)
  pass(61_000)
  await until('they are read', () => at.house.runner.asked().get('invoice') !== undefined)
  const { bot, clock } = at.house.house
  const context = {
    now: clock.now(),
    locale: 'zh' as const,
    channel: { id: 'x', type: 'x' },
    visitor: 'new' as const,
    customer: {},
    brand: { name: '' },
    greeted: false,
  }
  expect(bot.questions({ ...context, asked: at.house.runner.asked() }, 1)).toMatchObject([{ id: 'faq:invoice' }])
  expect(await at.database.db.select().from(messages)).toHaveLength(6)
})
