// Channels whose platform counts what we send: what agents see of it, and what the house does not say there.
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Capabilities } from '#core/capabilities.ts'
import type { Identity } from '#core/message.ts'
import { stages } from '../test/support/stages.ts'
import { until } from '../test/support/until.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const window = { ms: 2 * DAY, messages: 5, press: { ms: MINUTE, messages: 3 }, arrive: { ms: MINUTE, messages: 3 } }
const counted: Partial<Capabilities> = { window }

const at = stages()
const { open } = at

const words = () =>
  at.house.sent.map(({ message }) => message.parts.map((part) => (part.type === 'text' || part.type === 'buttons' ? part.text : '')).join())
const lefts = () =>
  at.house.shown.flatMap((one) =>
    'card' in one ? one.card.facts.filter(([label]) => label === '平台还允许').map(([, value]) => value) : [],
  )

describe('where the platform counts messages', () => {
  test('the place in the queue is told once, and nobody says that an agent came: the name stands before the first words', async () => {
    await open({ capabilities: counted, routing: { mode: 'claim' } })
    for (const user of ['a', 'b', 'c']) await at.house.says(user, '转人工')
    await until('three places', () => words().filter((text) => text.includes('当前排队')).length === 3)
    const [desk, thread] = await threadOf('a')
    await at.house.agent(desk, 'u-anna', { type: 'button', thread, command: 'claim' } as never)
    await at.house.types(desk, 'u-anna', thread, '您好')
    await until('her words', () => words().includes('安娜: 您好'))
    await at.house.settle()
    expect(words().filter((text) => /排队有进展|为您服务/.test(text))).toEqual([])
  })

  test('elsewhere both are said as before', async () => {
    await open({ routing: { mode: 'claim' } })
    await at.house.says('a', '转人工')
    await until('the first place', () => words().some((text) => text.includes('当前排队')))
    at.house.clock.ms += 1000
    await at.house.says('b', '转人工')
    await until('two places', () => words().filter((text) => text.includes('当前排队')).length === 2)
    const [desk, thread] = await threadOf('a')
    await at.house.agent(desk, 'u-anna', { type: 'button', thread, command: 'claim' } as never)
    await until('both', () => ['为您服务', '排队有进展'].every((said) => words().some((text) => text.includes(said))))
  })

  test('the card says how many are left and until when, and is drawn again with each that goes', async () => {
    await open({ capabilities: counted, routing: { mode: 'claim' } })
    await at.house.says('a', '转人工')
    await until('the card', () => lefts().some((left) => left.startsWith('还可发送')))
    const [desk, thread] = await threadOf('a')
    await at.house.agent(desk, 'u-anna', { type: 'button', thread, command: 'claim' } as never)
    await at.house.types(desk, 'u-anna', thread, '请问订单号？')
    await until('her words', () => words().includes('安娜: 请问订单号？'))
    at.house.clock.ms += 5_000 // Redraws wait two seconds for more.
    await until('the card again', () => lefts().at(-1)?.startsWith('还可发送 3 条'))
    at.house.clock.ms += 2 * DAY
    await at.house.agent(desk, 'u-anna', { type: 'button', thread, command: 'release' } as never)
    await at.house.settle()
    at.house.clock.ms += 5_000
    await until('none left', () => lefts().at(-1)?.startsWith('暂不能发送'))
  })
})

test('what is proved of two customers stays with the first, and no word of the second is lost for it', async () => {
  await open({ agents: [] })
  const same: Identity = { kind: 'external', value: 'u_42', verified: true }
  for (const user of ['a', 'b']) {
    const parts = [{ type: 'text' as const, text: '多久发货' }]
    await at.house.customer(user, { type: 'message', parts, messageId: user, sender: { identities: [same] } })
  }
  await until('both answers', () => words().length === 2)
  await at.house.customer('b', { type: 'arrive', sender: { identities: [same, { kind: 'unionid', value: 'oU', verified: true }] } })
  await at.house.settle()
  const { rows } = await at.database.db.execute(sql`
    select i.kind, i.value, (select value from identities c where c.customer_id = i.customer_id and c.kind = 'channel') as user
    from identities i where i.kind <> 'channel' order by i.kind`)
  expect(rows).toEqual([
    { kind: 'external', value: 'u_42', user: 'a' },
    { kind: 'unionid', value: 'oU', user: 'b' },
  ])
})

/** The desk and the thread in which this customer's conversation is shown. */
async function threadOf(user: string): Promise<[desk: string, thread: string]> {
  const row = await until('a thread', async () => {
    const { rows } = await at.database.db.execute<{ desk_id: string; thread_key: string }>(sql`
      select t.desk_id, t.thread_key from threads t join conversations c on c.id = t.conversation_id where c.user_key = ${user}`)
    return rows[0]
  })
  return [row.desk_id, row.thread_key]
}
