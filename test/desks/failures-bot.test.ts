// What went wrong elsewhere between a bot, people and the customer, by the numbers of the issues (docs/failures.md). Each through the
// door that connectors and desks use, with a real store; the clock is moved by hand, and the house does what is due.
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import type { Webhook } from '#platforms/webhook.ts'
import { work } from '#src/pipeline.ts'
import { auditEvents, deliveries, events, messages, conversations as table } from '#store/schema.ts'
import { byHand, HOUR, MINUTE } from '../support/byhand.ts'
import type { StageOptions } from '../support/stage.ts'
import { until } from '../support/until.ts'

const BOT = `
version: 1
faq:
  - { id: shipping, ask: [多久发货], answer: 付款后 24 小时内发货。 }
  - { id: invoice, ask: [怎么开发票], answer: 在订单页申请发票。 }
  - { id: damaged, ask: [收到的东西坏了], answer: 很抱歉，请拍照留存。 }
flows:
  order: { trigger: { words: [查订单] }, steps: [{ call: lookup, save: o, timeout: 20s }, { say: "状态 {{o.state}}" }] }
  menu:
    trigger: { words: [找部门] }
    steps:
      - { ask: wish, say: 找哪个部门？, choices: [{ label: 售后, then: aftersales }, { label: 技术, then: tech }] }
  aftersales: { steps: [{ handoff: { skill: aftersales } }] }
  tech: { steps: [{ say: 这就请技术同事来。 }, { handoff: { skill: tech, note: "想找{{wish}}" } }] }
handoff: { repeated: 0 }
fallback: { after: 2 }
`

const at = byHand()
const { pass } = at

const lookup = (call: Webhook['call']) => new Map<string, Webhook>([['lookup', { call }]])
const open = async (options: StageOptions = {}) => {
  await at.open({
    bot: BOT,
    webhooks: lookup(async () => ({ state: '已发货' })),
    routing: { mode: 'claim' },
    ...options,
  })
}
const says = async (text: string, user = 'c1') => {
  await at.house.says(user, text)
  await pass()
}
const row = async (user = 'c1') => {
  const rows = await at.database.db.select().from(table).where(eq(table.userKey, user)).orderBy(table.openedAt)
  const last = rows.at(-1)
  if (!last) throw new Error('no conversation')
  return last
}
const group = () => [...at.house.house.desks.keys()][0] as string
const command = async (line: string, by = 'anna') => {
  await at.house.agent('console', by, { type: 'command', thread: (await row()).id, line } as never)
  await pass()
}
const types = async (text: string, user = 'u-anna') => {
  const thread = at.house.shown.find(({ op }) => op === 'open')?.thread ?? ''
  await at.house.types(group(), user, thread, text)
  await pass()
}
const press = async (id: string, user = 'u-anna') => {
  const thread = at.house.shown.find(({ op }) => op === 'open')?.thread ?? ''
  await at.house.agent(group(), user, { type: 'button', thread, command: id, callback: 'cb' } as never)
  await pass()
}
const textOf = (parts: readonly object[]) => parts.map((part) => ('text' in part ? String(part.text) : '')).join(' ')
const heard = () => at.house.sent.map(({ message }) => textOf(message.parts))
const posts = () => at.house.shown.flatMap((one) => (one.op === 'post' ? [textOf(one.entry.parts)] : []))
const whispers = () => at.house.shown.flatMap((one) => (one.op === 'whisper' ? [one] : []))
const asksToRate = () =>
  at.house.sent.filter(({ message }) => message.parts.some((part) => part.type === 'buttons' && part.buttons[0]?.id === 'rate:1')).length
const handovers = async () => (await at.database.db.select().from(auditEvents).where(eq(auditEvents.action, 'handoff.requested'))).length

describe('bot and people do not talk over each other', () => {
  test('chatwoot#4410 chatwoot PR#13673: words in a tool while the bot has the conversation are held; taken over, the bot says no more', async () => {
    await open()
    await says('转人工')
    await command('/claim')
    await command('/resolve')
    await says('多久发货')
    expect(await row()).toMatchObject({ status: 'bot', agentId: null })
    const before = heard().length
    await types('我来看看')
    expect(heard()).toHaveLength(before)
    const take = whispers()
      .at(-1)
      ?.buttons?.find(({ id }) => id.startsWith('held take'))
    await press(take?.id ?? '')
    expect(heard().slice(before)).toContainEqual(expect.stringContaining('我来看看'))
    expect(await row()).toMatchObject({ status: 'assigned', agentId: 'anna' })
    const after = heard().length
    await says('怎么开发票')
    expect(heard()).toHaveLength(after)
    expect(posts().at(-1)).toBe('怎么开发票')
  })

  test('chatwoot PR#13673: an answer that was on its way to the bot when a person took over is said by nobody', async () => {
    const asked: ((state: object) => void)[] = []
    await open({ still: undefined, webhooks: lookup(() => new Promise((resolve) => asked.push(resolve))) })
    await at.house.says('c1', '查订单')
    await until('the webhook is asked', () => asked.length > 0)
    await at.house.agent('console', 'anna', { type: 'command', thread: (await row()).id, line: '/claim' } as never)
    await until('anna has it', async () => (await row()).agentId === 'anna')
    for (const answer of asked) answer({ state: '已发货' })
    await until('the answer is worked on', async () =>
      (await at.database.db.select().from(events).where(eq(events.sourceId, 'lookup'))).some(({ state }) => state === 'done'),
    )
    await at.house.settle()
    expect(heard().join()).not.toContain('状态')
    expect(await row()).toMatchObject({ status: 'assigned', agentId: 'anna' })
  })

  test('chatwoot PR#14870: given to the bot it is the bot’s, taken it is a person’s, and never of both', async () => {
    await open()
    await says('多久发货')
    await command('/claim')
    expect(await row()).toMatchObject({ status: 'assigned', agentId: 'anna' })
    await command('/bot')
    expect(await row()).toMatchObject({ status: 'bot', agentId: null })
    await says('怎么开发票')
    expect(heard().at(-1)).toBe('在订单页申请发票。')
    await command('/claim', 'ben')
    expect(await row()).toMatchObject({ status: 'assigned', agentId: 'ben' })
  })

  test('fazer-ai/agents#15 fazer-ai/agents#158: what the bot says as it hands over is said, and once', async () => {
    await open()
    await says('找部门')
    await says('技术')
    expect(await row()).toMatchObject({ status: 'queued', skill: 'tech' })
    expect(heard().filter((text) => text.includes('这就请技术同事来'))).toHaveLength(1)
    expect(heard().filter((text) => text.includes('排队'))).toHaveLength(1)
    await pass(MINUTE)
    expect(heard().filter((text) => /这就请技术同事来|当前排队/.test(text))).toHaveLength(2)
  })
})

describe('handing over does not go round in circles', () => {
  test('chatwoot#13880 chatwoot#15068: after the end the bot begins anew, and what led to people before leads to nobody now', async () => {
    await open()
    await says('zzqx wvvk')
    await says('qqjj xxkk')
    expect((await row()).handoff?.reason).toBe('misses')
    await command('/claim')
    await command('/resolve')
    await says('多久发货')
    expect(heard().at(-1)).toBe('付款后 24 小时内发货。')
    await says('vvkq zzpp')
    expect(await row()).toMatchObject({ status: 'bot', agentId: null })
    expect(await handovers()).toBe(1)
    await says('转人工')
    expect((await row()).handoff).toMatchObject({ reason: 'asked', tried: ['多久发货', 'vvkq zzpp'] })
  })

  test('Apps.Dialogflow#41: what fails calls a person; given back, the bot keeps it until the customer asks again', async () => {
    await open({ webhooks: lookup(() => Promise.reject(new ConnectorError('rejected', 'HTTP 404'))) })
    await says('查订单')
    await pass()
    expect(await row()).toMatchObject({ status: 'queued', handoff: { reason: 'failed' } })
    await command('/claim')
    await command('/bot')
    await pass(HOUR)
    expect(await row()).toMatchObject({ status: 'bot', agentId: null })
    await says('多久发货')
    expect(await row()).toMatchObject({ status: 'bot' })
    expect(await handovers()).toBe(1)
  })
})

describe('nobody is handed over in silence', () => {
  test('chatwoot#6112 chatwoot#5077 stickerdaniel PR#684: bare first words call the agents in the same commit, and again until they are called', async () => {
    await open()
    await at.house.says('c1', '转人工')
    while ((await work(at.database.db, at.house.house)).events > 0);
    const due = await at.database.db.select().from(deliveries)
    expect(due.map(({ op, targetId }) => [op, targetId])).toContainEqual(['open', group()])
    at.house.onDesk.now = async () => {
      throw new ConnectorError('transient', 'the tool is away', { certain: true })
    }
    await pass()
    expect(at.house.shown.filter(({ op }) => op === 'open')).toEqual([])
    expect((await row()).status).toBe('queued')
    at.house.onDesk.now = undefined
    await pass(HOUR)
    expect(at.house.shown.filter(({ op }) => op === 'open')).toHaveLength(1)
  })

  test('chatwoot#4977 chatwoot#4271: the bot hands to the team that was chosen, with what it learnt, and to nobody else', async () => {
    const agents = [
      { id: 'anna', name: '安娜', skills: ['aftersales'], presence: 'online' as const },
      { id: 'ben', name: '小本', skills: ['tech'], presence: 'online' as const },
    ]
    await open({ agents, routing: { mode: 'auto' } })
    for (const id of ['anna', 'ben']) await at.house.agent('console', id, { type: 'presence', state: 'online' } as never)
    await says('找部门')
    await says('技术')
    expect(await row()).toMatchObject({ status: 'assigned', agentId: 'ben', skill: 'tech' })
    const card = at.house.shown.flatMap((one) => (one.op === 'open' ? [JSON.stringify(one.card)] : []))[0]
    expect(card).toContain('想找技术')
  })

  test('tiledesk-chatbot#4: a house without skills hands over as well', async () => {
    await open({ skills: [], agents: [{ id: 'anna', name: '安娜', skills: [] }], bot: 'version: 1', routing: { mode: 'auto' } })
    await at.house.agent('console', 'anna', { type: 'presence', state: 'online' } as never)
    await says('转人工')
    expect(await row()).toMatchObject({ status: 'assigned', agentId: 'anna', skill: null })
  })
})

describe('the way back', () => {
  test('chatwoot#6126: back to the bot without an end, and without a question for a rating', async () => {
    await open()
    await says('转人工')
    await command('/claim')
    await command('/bot')
    await says('多久发货')
    expect(heard().at(-1)).toBe('付款后 24 小时内发货。')
    expect(asksToRate()).toBe(0)
  })

  test('chatwoot#10628 chatwoot#5592: each service is rated, though the bot stands before all of them', async () => {
    await open()
    for (const score of [5, 3]) {
      await says('转人工')
      await command('/claim')
      await command('/resolve')
      await at.house.customer('c1', { type: 'press', buttonId: `rate:${score}`, sender: { identities: [] } } as never)
      await pass()
      expect((await row()).csatScore).toBe(score)
      await says('多久发货')
      expect((await row()).status).toBe('bot')
    }
    expect(asksToRate()).toBe(2)
    const scores = await at.database.db.select().from(auditEvents).where(eq(auditEvents.action, 'csat.submitted'))
    expect(scores.map(({ data }) => data.score)).toEqual([5, 3])
  })
})

describe('one customer is one conversation, shown once', () => {
  test('chatwoot#14058 chatwoot PR#13359 chatwoot PR#14214: five pictures at once of somebody new are one conversation', async () => {
    await open({ still: undefined })
    const picture = (n: number) => ({
      type: 'message' as const,
      messageId: `p${n}`,
      parts: [{ type: 'media' as const, kind: 'image' as const, media: { id: `pic${n}`, mime: 'image/jpeg', bytes: 5 } }],
    })
    await Promise.all([1, 2, 3, 4, 5].map((n) => at.house.customer('c1', picture(n) as never)))
    await at.house.settle()
    expect(await at.database.db.select().from(table)).toHaveLength(1)
    expect(await at.database.db.select().from(messages).where(eq(messages.author, 'customer'))).toHaveLength(5)
  })

  test('LiveHelperChat/telegram#65 LHC#2310: what bot and customer say while agents look on stands in their thread, both sides and once', async () => {
    await open()
    await says('转人工')
    await command('/claim')
    await command('/bot')
    const before = posts().length
    await says('多久发货')
    await says('怎么开发票')
    await pass(MINUTE)
    expect(posts().slice(before)).toEqual(['多久发货', '付款后 24 小时内发货。', '怎么开发票', '在订单页申请发票。'])
  })

  test('a thread that is closed stays quiet while the bot goes on, and then says what was said since', async () => {
    await open()
    await says('转人工')
    await command('/claim')
    await command('/resolve')
    const before = posts().length
    await says('多久发货')
    expect(posts()).toHaveLength(before)
    await says('转人工')
    expect(posts().slice(before)).toContainEqual(expect.stringMatching(/重新打开.*多久发货.*24 小时/s))
  })
})
