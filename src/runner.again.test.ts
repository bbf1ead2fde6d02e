// What a person sends again, and what one process is told to wait for: seen by several of them, and over days.
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import type { Database } from '#store/database.ts'
import { expireWaiting } from '#store/deliveries.ts'
import { deliveries, pauses } from '#store/schema.ts'
import { sendAgain } from '#store/trouble.ts'
import { testDatabase } from '../test/support/database.ts'
import { type Stage, type StageOptions, stage } from '../test/support/stage.ts'
import { until } from '../test/support/until.ts'
import { channelEvents } from './pipeline.ts'
import { createRunner } from './runner.ts'

let database: Database
let house: Stage

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
afterEach(() => house.stop())

async function open(options: StageOptions = {}): Promise<Stage> {
  house = await stage(database, options)
  return house
}

const group = () => [...house.house.desks.keys()][0] as string
const channel = () => [...house.house.channels.keys()][0] as string
const rows = () => database.db.select().from(deliveries).where(eq(deliveries.op, 'send')).orderBy(deliveries.position)
const texts = () => house.sent.map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : '')).join(' '))
const state = async (wanted: string) =>
  until(`a delivery that is ${wanted}`, async () => (await rows()).find((row) => row.state === wanted))

/** Fails the next sends with these errors, in order. */
function failing(...errors: ConnectorError[]): void {
  house.onSend.now = async () => {
    const error = errors.shift()
    if (error) throw error
  }
}

async function assigned(): Promise<string> {
  await house.says('c1', '转人工')
  const { thread } = await until('a thread', () => house.shown.find((one) => one.op === 'open'))
  await house.settle()
  await house.types(group(), 'u-anna', thread, '您好')
  await until('the first words', () => texts().includes('安娜: 您好'))
  return thread
}

test.each(['an admin', 'an agent'])(
  'what expired and is sent again by %s has another day: one failure more does not end it',
  async (who) => {
    await open()
    const thread = await assigned()
    const refused = () => new ConnectorError('transient', 'refused', { certain: true })
    failing(refused(), refused())
    await house.types(group(), 'u-anna', thread, '还在吗')
    await state('retry')
    house.clock.ms += 25 * 3_600_000
    const { id, messageId } = await state('expired')
    failing(refused())
    if (who === 'an agent') await house.agent(group(), 'u-anna', { type: 'button', thread, command: `resend ${messageId}` })
    else
      await sendAgain(database.db, [id], { by: 'operator', now: house.house.clock.now(), auditId: () => newId('aud', house.house.clock) })
    await state('retry')
    const dayAgo = new Date(house.clock.ms - 24 * 3_600_000)
    expect(await expireWaiting(database.db, [channel()], dayAgo, 'too late', house.house.clock.now())).toEqual([])
    house.clock.ms += 60_000
    await until('it arrives', () => texts().includes('安娜: 还在吗'))
  },
)

test('a platform that asks one process to wait is left alone by the others from that moment on', async () => {
  await open()
  const other = createRunner({ ...house.parts, name: 'other' })
  await other.start()
  failing(new ConnectorError('rate_limited', 'Too Many Requests', { retryAfterMs: 60_000 }))
  await house.says('c1', '多久发货')
  await until('the rest is on record', async () => (await database.db.select().from(pauses)).length > 0)
  const from = { user: 'c2' }
  const words = {
    type: 'message' as const,
    externalId: 'x',
    messageId: 'x',
    at: house.house.clock.now(),
    from,
    raw: null,
    sender: { identities: [] },
  }
  await other.accept(channelEvents(channel(), [{ ...words, parts: [{ type: 'text', text: '怎么开发票' }] }], house.house))
  await until('the second answer', async () => (await rows()).length === 2)
  expect((await rows()).map((row) => row.state)).toEqual(['retry', 'pending'])
  await other.stop()
})

test('where no loops run, a platform that asked another process to wait is left alone as well', async () => {
  await open({ still: true })
  await house.says('c1', '多久发货')
  const row = { targetId: channel(), until: new Date(house.clock.ms + 60_000), reason: 'Too Many Requests' }
  await database.db.insert(pauses).values(row)
  await house.runner.drain(new Date(house.clock.ms + 5_000))
  expect(texts()).toEqual([])
  house.clock.ms += 60_000
  await house.runner.drain(new Date(house.clock.ms + 5_000))
  expect(texts()).toHaveLength(1)
})
