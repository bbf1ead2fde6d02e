// What platforms say of our messages later: monotone, the same in whatever order it comes, and never silent when it is bad news.
import { and, eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { deliveries, events } from '#store/schema.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages()

const outgoing = () => at.database.db.select().from(deliveries).where(eq(deliveries.kind, 'channel')).orderBy(deliveries.position)
const sent = async () => (await outgoing()).find((row) => row.state === 'sent')

/** An answer of the bot that went out; what the platform calls it. */
async function answered(): Promise<string> {
  await at.open()
  await at.house.says('c1', '多久发货')
  return (await until('the answer is sent', sent)).externalIds?.[0] as string
}

let n = 0
const receipt = (target: string, state: 'delivered' | 'read' | 'failed', reason?: string, minutes = 0) => {
  n += 1
  const happened = { at: new Date(at.house.clock.ms - 3_600_000 + minutes * 60_000), externalId: `r${n}` }
  return at.house.customer('c1', { type: 'delivery', target, state, reason, ...happened } as never)
}
const answer = async () => {
  await at.house.settle()
  const [row] = await outgoing()
  if (!row) throw new Error('no delivery')
  return row
}

describe('a receipt', () => {
  test('says when a message was delivered and read; the first word of it stays', async () => {
    const target = await answered()
    await receipt(target, 'delivered', undefined, 1)
    expect(await answer()).toMatchObject({ state: 'sent', deliveredAt: new Date(at.house.clock.ms - 59 * 60_000), readAt: null })
    await receipt(target, 'read', undefined, 2)
    await receipt(target, 'read', undefined, 3)
    await receipt(target, 'delivered', undefined, 4)
    const { deliveredAt, readAt } = await answer()
    expect([deliveredAt, readAt]).toEqual([new Date(at.house.clock.ms - 59 * 60_000), new Date(at.house.clock.ms - 58 * 60_000)])
  })

  test('that says only read says delivered, too', async () => {
    await receipt(await answered(), 'read', undefined, 5)
    const row = await answer()
    expect(row.readAt).not.toBeNull()
    expect(row.deliveredAt).toEqual(row.readAt)
  })

  test('many at once, for one message and for others, are one batch', async () => {
    const target = await answered()
    await at.house.says('c1', '多久发货')
    const second = await until(
      'the second answer',
      async () => (await outgoing()).filter((row) => row.state === 'sent')[1]?.externalIds?.[0],
    )
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => receipt(target, i % 2 ? 'read' : 'delivered', undefined, i)),
      receipt(second, 'delivered'),
    ])
    await at.house.settle()
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
      at.house.clock.ms += 1_000
      const rows = await at.database.db.select().from(events).where(eq(events.state, 'done'))
      return rows.some((row) => row.externalId.endsWith(':again'))
    })
    await at.house.settle()
    expect((await answer()).state).toBe('sent')
    expect(await at.database.db.select().from(events).where(eq(events.state, 'dead'))).toEqual([])
  })

  test('that overtakes the platform’s own answer to our call counts all the same', async () => {
    await at.open()
    let open = () => undefined as unknown
    const held = new Promise((resolve) => {
      open = () => resolve(undefined)
    })
    at.house.onSend.now = async () => {
      await held
    }
    await at.house.says('c1', '多久发货')
    const [channel] = await until('it is being sent', async () => {
      const rows = (await outgoing()).filter((row) => row.state === 'sending')
      return rows.length > 0 && rows
    })
    await receipt(`x1-${channel?.targetId}`, 'delivered')
    await until('the receipt is early', async () => {
      const rows = await at.database.db.select().from(events).where(eq(events.state, 'pending'))
      return rows.some((row) => row.externalId.endsWith(':again'))
    })
    open()
    await until('the answer is sent', sent)
    at.house.clock.ms += 3_000
    await until('the receipt counts', async () => (await outgoing())[0]?.deliveredAt)
  })
})

describe('refused after all', () => {
  test('the message is failed with its reason, and every thread says so, once, with a button', async () => {
    await at.open()
    await at.house.says('c1', '转人工')
    const { thread } = await until('a thread', () => at.house.shown.find((one) => one.op === 'open'))
    const row = await until('the place in the queue is told', sent)
    await receipt(row.externalIds?.[0] as string, 'failed', '号码不存在')
    await receipt(row.externalIds?.[0] as string, 'failed', '号码不存在')
    const told = await until('the thread says so', () =>
      at.house.shown.find((one) => one.op === 'post' && JSON.stringify(one.entry).includes('号码不存在')),
    )
    await at.house.settle()
    expect(told).toMatchObject({ thread, entry: { commands: [{ id: `resend ${row.messageId}` }] } })
    expect(at.house.shown.filter((one) => JSON.stringify(one).includes('号码不存在'))).toHaveLength(1)
    const [now] = await at.database.db.select().from(deliveries).where(eq(deliveries.id, row.id))
    expect(now).toMatchObject({ state: 'failed', error: '号码不存在' })
  })

  test('whoever has a message cannot have been refused it, whichever is heard first', async () => {
    const target = await answered()
    await receipt(target, 'read')
    await receipt(target, 'failed', 'too late')
    expect(await answer()).toMatchObject({ state: 'sent', error: null })
    await at.house.stop()

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
    await at.database.db.update(deliveries).set({ state: 'retry', error: null, nextAt: new Date(at.house.clock.ms + 60_000) })
    await receipt(target, 'failed', 'again')
    await at.house.settle()
    const [row] = await at.database.db
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.kind, 'channel')))
    expect(row).toMatchObject({ state: 'retry', error: null })
  })
})
