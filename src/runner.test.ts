// The outbox under faults: what is sent again, what is not, and what people are told.
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import { claimDeliveries, finishDeliveries, LEASE_MS, takeAbandoned } from '#store/deliveries.ts'
import { attempts, deliveries, threads } from '#store/schema.ts'
import { stages } from '../test/support/stages.ts'
import { until } from '../test/support/until.ts'
import { work } from './pipeline.ts'

const at = stages()
const { open, group } = at

const channel = () => [...at.house.house.channels.keys()][0] as string
const rows = () => at.database.db.select().from(deliveries).where(eq(deliveries.op, 'send')).orderBy(deliveries.position)
const texts = () => at.house.sent.map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : '')).join(' '))
const posts = () => at.house.shown.flatMap((one) => (one.op === 'post' ? [one.entry] : []))
const state = async (wanted: string) =>
  until(`a delivery that is ${wanted}`, async () => (await rows()).find((row) => row.state === wanted))

/** Fails the next sends with these errors, in order. */
function failing(...errors: ConnectorError[]): void {
  at.house.onSend.now = async () => {
    const error = errors.shift()
    if (error) throw error
  }
}

async function assigned(): Promise<string> {
  await at.house.says('c1', '转人工')
  const { thread } = await until('a thread', () => at.house.shown.find((one) => one.op === 'open'))
  await at.house.settle()
  await at.house.types(group(), 'u-anna', thread, '您好')
  await until('the first words', () => texts().includes('安娜: 您好'))
  return thread
}

test('5. the attempt is on record before the first byte', async () => {
  await open()
  let seen: string | undefined
  at.house.onSend.now = async () => {
    seen = (await rows())[0]?.state
  }
  await at.house.says('c1', '多久发货')
  await state('sent')
  expect(seen).toBe('sending')
})

test('5. words that nobody typed are held when it is unknown whether they went out, and are not sent again', async () => {
  await open()
  failing(new ConnectorError('transient', 'reset', { certain: false }))
  await at.house.says('c1', '多久发货')
  await state('held')
  at.house.clock.ms += 3_600_000
  await at.house.says('c1', '怎么开发票')
  await until('the next answer', () => texts().includes('在订单页申请发票。'))
  expect(texts()).toHaveLength(1)
})

test('5. a person’s words go once more, marked, and then wait for a person’s word', async () => {
  await open()
  const thread = await assigned()
  failing(new ConnectorError('transient', 'reset', { certain: false }), new ConnectorError('transient', 'reset', { certain: false }))
  await at.house.types(group(), 'u-anna', thread, '已退款')
  await state('retry')
  at.house.clock.ms += 60_000
  const row = await state('unknown')
  expect(row).toMatchObject({ attempts: 2, possiblyTwice: true })
  const trouble = await until('the thread says so', () => posts().find((entry) => entry.commands?.length))
  const again = trouble.commands?.[0]?.id ?? ''
  expect(again).toBe(`resend ${row.messageId}`)
  at.house.onSend.now = undefined
  await at.house.agent(group(), 'u-anna', { type: 'button', thread, command: again } as never)
  await until('sent on their word', () => texts().includes('安娜: 已退款'))
})

test('a refusal is final and its reason stands in the thread', async () => {
  await open()
  const thread = await assigned()
  failing(new ConnectorError('recipient_gone', 'Forbidden: bot was blocked by the user'))
  await at.house.types(group(), 'u-anna', thread, '在吗')
  await state('failed')
  await until('the reason', () => posts().find((entry) => JSON.stringify(entry.parts).includes('blocked')))
})

test('a reason that was cut in the middle of a letter, or holds none at all, is written down and told like any other', async () => {
  await open()
  const thread = await assigned()
  failing(new ConnectorError('rejected', `refused: ${'😀'.slice(0, 1)}\0`))
  await at.house.types(group(), 'u-anna', thread, '在吗')
  expect((await state('failed')).error).toBe('refused: \ufffd\ufffd')
  await until('the reason', () => posts().find((entry) => JSON.stringify(entry.parts).includes('refused')))
})

test('what surely did not arrive is sent again until it does, and only once', async () => {
  await open()
  failing(new ConnectorError('transient', 'refused', { certain: true }), new ConnectorError('transient', 'refused', { certain: true }))
  await at.house.says('c1', '多久发货')
  for (let n = 0; n < 2; n++) {
    await until(`failure ${n + 1}`, async () => (await rows()).some((row) => row.attempts === n + 1 && row.state === 'retry'))
    at.house.clock.ms += 60_000
  }
  await state('sent')
  expect(texts()).toEqual(['付款后 24 小时内发货。'])
})

test('a platform that asks to wait is left alone until then, by everybody; others are served meanwhile', async () => {
  await open()
  failing(new ConnectorError('rate_limited', 'Too Many Requests', { retryAfterMs: 30_000 }))
  await at.house.says('c1', '多久发货')
  const row = await state('retry')
  await at.house.says('c2', '怎么开发票')
  await until('the second answer waits too', async () => (await rows()).length === 2)
  at.house.clock.ms += 29_000
  await at.house.says('c3', '转人工') // Its card goes to another target: when it is there, the pump has been round.
  await until('the card in the desk', () => at.house.shown.find((one) => one.op === 'open'))
  expect(texts()).toEqual([])
  expect(row.nextAt.getTime() - (row.startedAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(30_000)
  at.house.clock.ms += 2_000
  await until('all answers', () => texts().length === 3)
})

test('a later message of one conversation never overtakes an earlier one; another conversation is not held up', async () => {
  await open()
  failing(new ConnectorError('transient', 'refused', { certain: true }))
  await at.house.says('c1', '多久发货')
  await state('retry')
  await at.house.says('c1', '怎么开发票')
  await at.house.says('c2', '怎么开发票')
  await until('the other customer is answered', () => at.house.sent.some(({ message }) => message.to.user === 'c2'))
  expect(at.house.sent.some(({ message }) => message.to.user === 'c1')).toBe(false)
  at.house.clock.ms += 60_000
  await until('both, in order', () => at.house.sent.filter(({ message }) => message.to.user === 'c1').length === 2)
  expect(
    at.house.sent.filter(({ message }) => message.to.user === 'c1').map(({ message }) => JSON.stringify(message.parts).includes('24')),
  ).toEqual([true, false])
})

test('a channel with a key repeats what is uncertain', async () => {
  await open({ capabilities: { idempotent: true } })
  failing(new ConnectorError('transient', 'reset', { certain: false }))
  await at.house.says('c1', '多久发货')
  await state('retry')
  at.house.clock.ms += 60_000
  await until('sent', () => texts().length === 1)
  expect((await state('sent')).possiblyTwice).toBe(false)
})

// tdlib#693 tdlib#596: `message thread not found`, also where the topic is alive.
test('a deleted thread is made anew with the history, and nothing that was said is lost', async () => {
  await open()
  const thread = await assigned()
  at.house.onDesk.now = async (at) => {
    if (at === thread) throw new ConnectorError('thread_gone', 'Bad Request: message thread not found')
  }
  await at.house.says('c1', '我的订单没到')
  const again = await until('a new thread', () => at.house.shown.find((one) => one.op === 'open' && one.thread !== thread))
  await until('the words in it', () =>
    at.house.shown.find((one) => one.op === 'post' && one.thread === again.thread && JSON.stringify(one.entry.parts).includes('没到')),
  )
  expect(again.op === 'open' && again.card.history.map(({ text }) => text)).toContain('您好')
  const stands = await at.database.db.select().from(threads).orderBy(threads.createdAt)
  expect(stands.map((row) => row.state)).toEqual(['lost', 'open'])
})

test('several changes make one redraw of the card', async () => {
  await open()
  const thread = await assigned()
  await at.house.types(group(), 'u-anna', thread, '/release')
  await at.house.agent(group(), 'u-ben', { type: 'button', thread, command: 'claim' } as never)
  await at.house.settle()
  const waiting = await at.database.db.select().from(deliveries).where(eq(deliveries.op, 'update'))
  expect(waiting.filter((row) => row.state === 'pending')).toHaveLength(1)
  at.house.clock.ms += 3_000
  await until('the redraw', () => at.house.shown.find((one) => one.op === 'update'))
  expect(at.house.shown.filter((one) => one.op === 'update')).toHaveLength(1)
})

test('a sender that died leaves its delivery to another, and can write nothing when it wakes', async () => {
  await open({ still: true })
  await at.house.says('c1', '多久发货')
  const { work } = await import('./pipeline.ts')
  await work(at.database.db, at.house.house)
  const now = at.house.house.clock.now()
  const [frozen] = await claimDeliveries(at.database.db, [{ id: channel(), room: 10 }], 'a', now)
  if (!frozen) throw new Error('nothing to send')
  expect(await takeAbandoned(at.database.db, now, 'died')).toEqual([])
  const later = new Date(now.getTime() + LEASE_MS + 1)
  const [taken] = await takeAbandoned(at.database.db, later, 'died')
  if (!taken) throw new Error('nothing was abandoned')
  expect(await finishDeliveries(at.database.db, [{ row: frozen, outcome: { state: 'sent' } }], later)).toEqual([undefined])
  expect(await finishDeliveries(at.database.db, [{ row: taken, outcome: { state: 'held' } }], later)).toMatchObject([{ next: false }])
  const tries = await at.database.db.select().from(attempts)
  expect(tries).toMatchObject([{ deliveryId: frozen.id, number: 1, holder: 'a', outcome: 'unknown', error: 'died' }])
  expect((await rows())[0]?.state).toBe('held')
})

test('whoever waits for what comes of an event hears it also when another process works on it', async () => {
  const { runner, agent, house: own } = await open({ still: true })
  const [id = ''] = await agent(group(), 'u-anna', { type: 'command', thread: '1', line: '/online' } as never)
  const settled = runner.settled(id, 10_000)
  expect((await work(at.database.db, own)).events).toBe(1)
  expect(await settled).toMatchObject({ ok: true })
})

test('what goes to a part that only another process knows yet is left to that one', async () => {
  await open()
  await at.house.says('c1', '转人工')
  await until('a thread', () => at.house.shown.find((one) => one.op === 'open'))
  await at.house.settle()
  const [here] = await at.database.db.select().from(threads)
  if (!here) throw new Error('no thread is on record')
  await at.database.db.insert(threads).values({ ...here, id: 'thr_new', deskId: 'new', threadKey: 'n1' })
  await at.house.agent('new', 'u-anna', { type: 'command', thread: 'n1', line: '/customer' } as never)
  const told = () => at.database.db.select().from(deliveries).where(eq(deliveries.targetId, 'new'))
  const answer = await until('the answer to her', async () => (await told()).find(({ op }) => op === 'whisper'))
  expect(answer).toMatchObject({ state: 'pending', attempts: 0 })
})
