// What customers change themselves: their words, their name.
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { customers, messages } from '#store/schema.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages()
const { open } = at
const posts = () =>
  at.house.shown.flatMap((one) =>
    one.op === 'post' ? [one.entry.parts.map((part) => ('text' in part ? part.text : part.type)).join(' ')] : [],
  )

describe('the customer’s own changes', () => {
  test('an edit keeps both versions and is shown to the agents; a recall is marked', async () => {
    await open()
    await at.house.says('c1', '转人工')
    await until('a thread in the desk', () => at.house.shown.find((one) => one.op === 'open'))
    const from = { type: 'message' as const, parts: [{ type: 'text' as const, text: '订单 1' }], messageId: 'p1' }
    await at.house.customer('c1', from)
    await at.house.customer('c1', { type: 'edit', target: 'p1', parts: [{ type: 'text', text: '订单 2' }] } as never)
    await at.house.settle()
    const [row] = await at.database.db.select().from(messages).where(eq(messages.externalId, 'p1'))
    expect(row).toMatchObject({ text: '订单 2', revisions: [{ parts: [{ text: '订单 1' }] }] })
    await until('the desk sees it', () => posts().find((text) => text.includes('订单 2')))
    await at.house.customer('c1', { type: 'recall', target: 'p1' } as never)
    await at.house.settle()
    const [recalled] = await at.database.db.select().from(messages).where(eq(messages.externalId, 'p1'))
    expect(recalled?.recalledAt).not.toBeNull()
  })

  test('an edit of something unknown changes nothing', async () => {
    await open()
    await at.house.customer('c1', { type: 'edit', target: 'nope', parts: [] } as never)
    await at.house.settle()
    expect(await at.database.db.select().from(messages)).toEqual([])
  })

  test('a new name is known at once; who writes again within the minute is not written down as seen again', async () => {
    await open()
    const seen = async () => (await at.database.db.select().from(customers))[0]
    const start = at.house.clock.ms
    for (const [ms, name] of [
      [0, '小王'],
      [30_000, '小王'],
      [40_000, '王先生'],
      [50_000, '王先生'],
    ] as const) {
      at.house.clock.ms = start + ms
      await at.house.customer('c1', {
        type: 'message',
        parts: [{ type: 'text', text: '多久发货' }],
        messageId: `p${ms}`,
        sender: { name, identities: [] },
      } as never)
      await at.house.settle()
      const written = ms < 40_000 ? 0 : 40_000
      expect(await seen()).toMatchObject({ name, lastSeenAt: new Date(start + written) })
    }
  })
})
