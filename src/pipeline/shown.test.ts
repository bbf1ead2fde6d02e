// What a tool shows of a conversation, and what it is not shown.
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { DeskEntry } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import { createRedaction, usualRedaction } from '#core/redact.ts'
import type { DeskSeen } from '#src/pipeline/house.ts'
import { deliveries, events, messages, conversations as table } from '#store/schema.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages()
const { group, heard, waiting, whispers } = at

let counter = 0
const writes = (thread: string, text: string, by: object = { id: 'u-anna' }) =>
  at.house.agent(group(), 'x', { type: 'message', thread, parts: [{ type: 'text', text }], messageId: `n${++counter}`, by } as never)

describe('what a tool is not shown', () => {
  test('gitlab: a card number and a password reach no third party, and stay as they were said for whoever may read them', async () => {
    await at.open({ routing: { mode: 'claim' } })
    const redact = createRedaction(usualRedaction)
    at.house.house.desks.set(group(), { ...(at.house.house.desks.get(group()) as NonNullable<DeskSeen>), redact })
    await at.house.says('c1', '我的卡 4111 1111 1111 1111,转人工')
    const thread = (await until('a thread', () => at.house.shown.find(({ op }) => op === 'open')))?.thread ?? ''
    await at.house.settle()
    await at.house.says('c1', '密码是 hunter2abc')
    await until('it is shown', () => at.house.shown.find((one) => one.op === 'post' && JSON.stringify(one.entry.parts).includes('密码是')))
    await writes(thread, '卡号 4111111111111111 收到', { id: 'u-ben' })
    await writes(thread, '我来', { id: 'u-anna' })
    await at.house.settle()
    const shown = JSON.stringify(at.house.shown)
    expect(shown).not.toMatch(/4111[ ]?1111[ ]?1111|hunter2abc/)
    expect(shown).toContain('████ ████ ████ 1111')
    const kept = (await at.database.db.select().from(messages)).map(({ text }) => text).join()
    expect(kept).toContain('4111 1111 1111 1111')
    expect(kept).toContain('hunter2abc')
  })

  test('of a customer’s addresses it is shown an end, but to whom the desk lets see them; the console has a rule of its own', async () => {
    await at.open({
      routing: { mode: 'claim' },
      agents: [
        { id: 'anna', name: '安娜' },
        { id: 'su', name: '苏', role: 'supervisor' },
      ],
    })
    at.house.house.contactsFor = new Map([[group(), ['supervisor']]])
    await at.house.customer('lily@example.com', { type: 'message', parts: [{ type: 'text', text: '转人工' }], messageId: 'm1' } as never)
    const thread = (await until('a thread', () => at.house.shown.find(({ op }) => op === 'open')))?.thread ?? ''
    await at.house.settle() // What is shown is not yet kept: a command finds its conversation by the thread on record.
    const asks = async (who: string, count: number) => {
      await at.house.agent(group(), who, { type: 'command', thread, line: '/customer' } as never)
      return until('it is told', () => whispers().length === count && whispers().at(-1))
    }
    const told = await asks('u-anna', 1)
    expect(told).toContain('l███@example.com')
    expect(told).not.toContain('lily@')
    expect(await asks('u-su', 2)).toContain('lily@example.com')
    const [row] = await at.database.db.select().from(table)
    const inConsole = async () => {
      const ids = await at.house.agent('console', 'anna', { type: 'command', thread: row?.id, line: '/customer' } as never)
      await at.house.settle()
      const [event] = await at.database.db
        .select()
        .from(events)
        .where(eq(events.id, ids[0] ?? ''))
      return JSON.stringify(event?.result)
    }
    expect(await inConsole()).toContain('lily@example.com')
    at.house.house.contactsFor = new Map([['console', ['admin']]])
    expect(await inConsole()).toContain('l███@example.com')
  })

  test('neither by a name, an edit, a question to somebody alone, nor in lines that wait behind others', async () => {
    await at.open({ routing: { mode: 'offer' }, able: { desk: ['edit'] } })
    const redact = createRedaction({ ...usualRedaction, phones: true })
    const seen = () => at.house.house.desks.get(group()) as NonNullable<DeskSeen>
    at.house.house.desks.set(group(), { ...seen(), redact })
    const sender = { name: '小美 13800138000', identities: [] }
    const speaks = (text: string, messageId: string) =>
      at.house.customer('c1', { type: 'message', parts: [{ type: 'text', text }], messageId, sender } as never)
    const change = (text: string, target: string) =>
      at.house.customer('c1', { type: 'edit', target, parts: [{ type: 'text', text }] } as never)
    await at.house.agent('console', 'anna', { type: 'presence', state: 'online' } as never)
    await speaks('转人工', 'a1')
    const asked = await until('anna is asked', () =>
      at.house.shown.find((one) => one.op === 'post' && one.entry.commands?.[0]?.id === 'accept'),
    )
    await at.house.settle()
    await speaks('我的号码', 'a2')
    await until('it is shown', () => at.house.shown.find((one) => one.op === 'post' && one.entry.author === 'customer'))
    await at.house.settle()
    await change('我的号码 13900139001', 'a2')
    await until('the edit', () => at.house.shown.find(({ op }) => op === 'edit'))
    await at.house.agent(group(), 'u-anna', { type: 'button', thread: asked.thread, command: 'accept' } as never)
    await at.house.settle()
    await writes(asked.thread, '打 13700137002 给他', { id: 'u-ben' })
    await until('ben is asked what he means', () => whispers().find((text) => text.includes('给他')))
    at.house.house.desks.set(group(), { ...seen(), gatherMs: 5_000 })
    ;(at.house.parts.desks.get(group()) as { desk: { gatherMs?: number } }).desk.gatherMs = 5_000
    for (const [n, text] of ['第一', '再打 13600136003'].entries()) await speaks(text, `b${n}`)
    await until(
      'both are stored',
      async () => (await at.database.db.select().from(messages).where(eq(messages.text, '再打 13600136003')))[0],
    )
    at.house.clock.ms += 6_000
    await until('both in one', () => at.house.shown.find((one) => one.op === 'post' && one.entry.along?.length))
    expect(JSON.stringify(at.house.shown)).not.toMatch(/13800138000|13900139001|13700137002|13600136003/)
    expect(JSON.stringify(at.house.shown)).toContain('小美')
  })
})

test('a word for one agent alone is said in the thread, with their name, where the tool has no other way', async () => {
  const thread = await waiting()
  const part = at.house.parts.desks.get(group())
  if (part) part.desk.whisper = undefined
  await writes(thread, '/claim', { id: 'u-anna', name: '安娜' })
  await until('the words', () => at.house.shown.find((one) => one.op === 'post' && isFor(one.entry, '安娜: 已接入')))
  await writes(thread, '/release')
  await at.house.settle()
  expect(heard().join()).not.toContain('安娜: ')
})
const isFor = ({ to, parts: [part] }: DeskEntry, text: string) =>
  to?.[0]?.id === 'u-anna' && part?.type === 'text' && part.text.startsWith(text)

describe('a burst', () => {
  test('of lines while a tool lets nothing through is one post, whole and in order', async () => {
    await waiting()
    at.house.onDesk.now = async (_thread, op) => {
      if (op !== 'post') return
      at.house.onDesk.now = undefined
      throw new ConnectorError('rate_limited', 'slow down', { retryAfterMs: 3_000 })
    }
    await at.house.says('c1', '零')
    await until(
      'the tool asks to wait',
      async () => (await at.database.db.select().from(deliveries).where(eq(deliveries.state, 'retry')))[0],
    )
    for (const line of ['一', '二', '三', '四']) await at.house.says('c1', line)
    await until('all are stored', async () => (await at.database.db.select().from(messages).where(eq(messages.text, '四')))[0])
    at.house.clock.ms += 4_000
    const posts = () =>
      at.house.shown.flatMap((one) => (one.op === 'post' ? one.entry.parts.map((part) => ('text' in part ? part.text : '')) : []))
    await until('the last line', () => posts().find((text) => text.includes('四')))
    await at.house.settle()
    expect(posts().slice(-2)).toEqual(['零', '一\n二\n三\n四'])
  })
})

describe('who is writing', () => {
  test('is shown on the other side, at most every few seconds, stored nowhere, and lost without harm', async () => {
    const thread = await waiting({ able: { channel: ['typing'], desk: ['typing'] } })
    await writes(thread, '您好')
    await until('the first words', () => heard().find((text) => text.includes('您好')))
    await at.house.settle()
    for (const _ of [1, 2, 3]) await at.house.agent(group(), 'u-anna', { type: 'typing', thread })
    await at.house.agent(group(), 'u-ben', { type: 'typing', thread })
    await at.house.parts.typing.idle()
    expect(at.house.followed).toEqual([{ op: 'typing' }])
    for (const _ of [1, 2, 3]) await at.house.customer('c1', { type: 'typing' } as never)
    await at.house.parts.typing.idle()
    expect(at.house.shown.filter(({ op }) => op === 'typing')).toHaveLength(1)
    at.house.clock.ms += 5_000
    at.house.parts.desks.set(group(), {
      ...(at.house.parts.desks.get(group()) as NonNullable<ReturnType<typeof at.house.parts.desks.get>>),
    })
    await at.house.customer('c1', { type: 'typing' } as never)
    await at.house.parts.typing.idle()
    expect(at.house.shown.filter(({ op }) => op === 'typing')).toHaveLength(2)
  })
})
