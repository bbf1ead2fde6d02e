// What platforms say of our messages later: monotone, the same in whatever order it comes, and never silent when it is bad news.
import { and, eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { deliveries, events } from '#store/schema.ts'
import { testDatabase } from '../../test/support/database.ts'
import { type Stage, stage, until } from '../../test/support/stage.ts'

let database: Database
let house: Stage

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
afterEach(() => house.stop())

const outgoing = () => database.db.select().from(deliveries).where(eq(deliveries.kind, 'channel')).orderBy(deliveries.position)
const sent = async () => (await outgoing()).find((row) => row.state === 'sent')

/** An answer of the bot that went out; what the platform calls it. */
async function answered(): Promise<string> {
  house = await stage(database)
  await house.says('c1', '多久发货')
  return (await until('the answer is sent', sent)).externalIds?.[0] as string
}

let n = 0
const receipt = (target: string, state: 'delivered' | 'read' | 'failed', reason?: string, minutes = 0) => {
  n += 1
  const at = new Date(house.clock.ms - 3_600_000 + minutes * 60_000)
  return house.customer('c1', { type: 'delivery', target, state, reason, at, externalId: `r${n}` } as never)
}
const answer = async () => {
  await house.settle()
  const [row] = await outgoing()
  if (!row) throw new Error('no delivery')
  return row
}

describe('a receipt', () => {
  test('says when a message was delivered and read; the first word of it stays', async () => {
    const target = await answered()
    await receipt(target, 'delivered', undefined, 1)
    expect(await answer()).toMatchObject({ state: 'sent', deliveredAt: new Date(house.clock.ms - 59 * 60_000), readAt: null })
    await receipt(target, 'read', undefined, 2)
    await receipt(target, 'read', undefined, 3)
    await receipt(target, 'delivered', undefined, 4)
    const { deliveredAt, readAt } = await answer()
    expect([deliveredAt, readAt]).toEqual([new Date(house.clock.ms - 59 * 60_000), new Date(house.clock.ms - 58 * 60_000)])
  })

  test('that says only read says delivered, too', async () => {
    await receipt(await answered(), 'read', undefined, 5)
    const row = await answer()
    expect(row.readAt).not.toBeNull()
    expect(row.deliveredAt).toEqual(row.readAt)
  })

  test('many at once, for one message and for others, are one batch', async () => {
    const target = await answered()
    await house.says('c1', '多久发货')
    const second = await until(
      'the second answer',
      async () => (await outgoing()).filter((row) => row.state === 'sent')[1]?.externalIds?.[0],
    )
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => receipt(target, i % 2 ? 'read' : 'delivered', undefined, i)),
      receipt(second, 'delivered'),
    ])
    await house.settle()
    const rows = await outgoing()
    expect(rows.map((row) => [row.state, row.deliveredAt !== null, row.readAt !== null])).toEqual([
      ['sent', true, true],
      ['sent', true, false],
    ])
  })

  test('of a message that is not ours is looked at once more, and then forgotten', async () => {
    await answered()
    await receipt('nobody-knows-it', 'failed', 'no such number')
    await until('it is looked at again', async () => {
      house.clock.ms += 1_000
      const rows = await database.db.select().from(events).where(eq(events.state, 'done'))
      return rows.some((row) => row.externalId.endsWith(':again'))
    })
    await house.settle()
    expect((await answer()).state).toBe('sent')
    expect(await database.db.select().from(events).where(eq(events.state, 'dead'))).toEqual([])
  })

  test('that overtakes the platform’s own answer to our call counts all the same', async () => {
    house = await stage(database)
    let open = () => undefined as unknown
    const held = new Promise((resolve) => {
      open = () => resolve(undefined)
    })
    house.onSend.now = async () => {
      await held
    }
    await house.says('c1', '多久发货')
    const [channel] = await until('it is being sent', async () => {
      const rows = (await outgoing()).filter((row) => row.state === 'sending')
      return rows.length > 0 && rows
    })
    await receipt(`x1-${channel?.targetId}`, 'delivered')
    await until('the receipt is early', async () => {
      const rows = await database.db.select().from(events).where(eq(events.state, 'pending'))
      return rows.some((row) => row.externalId.endsWith(':again'))
    })
    open()
    await until('the answer is sent', sent)
    house.clock.ms += 3_000
    await until('the receipt counts', async () => (await outgoing())[0]?.deliveredAt)
  })
})

describe('refused after all', () => {
  test('the message is failed with its reason, and every thread says so, once, with a button', async () => {
    house = await stage(database)
    await house.says('c1', '转人工')
    const { thread } = await until('a thread', () => house.shown.find((one) => one.op === 'open'))
    const row = await until('the place in the queue is told', sent)
    await receipt(row.externalIds?.[0] as string, 'failed', '号码不存在')
    await receipt(row.externalIds?.[0] as string, 'failed', '号码不存在')
    const told = await until('the thread says so', () =>
      house.shown.find((one) => one.op === 'post' && JSON.stringify(one.entry).includes('号码不存在')),
    )
    await house.settle()
    expect(told).toMatchObject({ thread, entry: { commands: [{ id: `resend ${row.messageId}` }] } })
    expect(house.shown.filter((one) => JSON.stringify(one).includes('号码不存在'))).toHaveLength(1)
    const [now] = await database.db.select().from(deliveries).where(eq(deliveries.id, row.id))
    expect(now).toMatchObject({ state: 'failed', error: '号码不存在' })
  })

  test('whoever has a message cannot have been refused it, whichever is heard first', async () => {
    const target = await answered()
    await receipt(target, 'read')
    await receipt(target, 'failed', 'too late')
    expect(await answer()).toMatchObject({ state: 'sent', error: null })
    await house.stop()

    const other = await answered()
    await receipt(other, 'failed', 'lost')
    expect(await answer()).toMatchObject({ state: 'failed', error: 'lost' })
    await receipt(other, 'delivered')
    expect(await answer()).toMatchObject({ state: 'sent', error: null })
  })

  test('a platform that gives no reason has one all the same, and a message that is on its way again is left alone', async () => {
    const target = await answered()
    await receipt(target, 'failed')
    expect((await answer()).error).toBe('平台事后表示未能送达')
    await database.db.update(deliveries).set({ state: 'retry', error: null, nextAt: new Date(house.clock.ms + 60_000) })
    await receipt(target, 'failed', 'again')
    await house.settle()
    const [row] = await database.db
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.kind, 'channel')))
    expect(row).toMatchObject({ state: 'retry', error: null })
  })
})
