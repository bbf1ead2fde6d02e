// A thread that the tool made, and that never came on record: no hole for the words of those who write in it.
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import type { DeskSeen } from '#src/pipeline/house.ts'
import { deliveries, conversations as table } from '#store/schema.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages()
const { group, waiting, whispers } = at

let counter = 0
const astray = (thread: string, text: string, more: object = {}, by: object = { id: 'u-anna', name: '安娜' }) =>
  at.house.agent(group(), 'x', {
    type: 'message',
    thread,
    parts: [{ type: 'text', text }],
    messageId: `n${++counter}`,
    by,
    ...more,
  } as never)
/** The second look comes a second later. */
const looked = async () => {
  at.house.clock.ms += 2_000
  await at.house.settle()
}

test('is no hole: whoever writes there is told once a day, agents and strangers; the customer gets nothing', async () => {
  await waiting()
  const before = at.heard().length
  await astray('lost-1', '您好', { ours: true })
  await looked()
  expect(whispers()).toEqual([expect.stringContaining('没有关联到任何对话')])
  await astray('lost-1', '在吗', { ours: true })
  await astray('lost-1', '谁在看', { ours: true }, { id: 'U9', name: '路人' })
  await looked()
  expect(whispers()).toEqual([expect.stringMatching(/^u-anna: /), expect.stringMatching(/^U9: /)])
  at.house.clock.ms += 24 * 3_600_000
  await astray('lost-1', '还在吗', { ours: true })
  await looked()
  expect(whispers()).toHaveLength(3)
  expect(at.heard().slice(before)).toEqual([])
})

test('says where the conversation is whose thread was opened more than once, and else where all of them are', async () => {
  await at.open({ routing: { mode: 'claim' } })
  at.house.house.consoleUrl = (id) => `https://desk.example/console/conversations/${id}`
  Object.assign(at.house.parts.desks.get(group())?.desk ?? {}, { address: async (thread: string) => `https://tool.example/${thread}` })
  const told = async () => {
    await looked()
    return whispers().at(-1)
  }
  await astray('lost-1', '您好', { ours: true })
  expect(await told()).toMatch(/https:\/\/desk\.example\/console\/conversations$/)
  at.house.onDesk.now = async (_thread, op) => {
    at.house.onDesk.now = undefined
    if (op === 'open') throw new ConnectorError('transient', 'the answer was lost', { certain: false })
  }
  await at.house.says('c1', '转人工')
  await until('the opening failed', async () => (await at.database.db.select().from(deliveries)).some(({ state }) => state === 'retry'))
  at.house.clock.ms += 5_000 // Longer than the pause before the second try, whatever chance makes of it.
  const { thread = '' } = (await until('a thread', () => at.house.shown.find(({ op }) => op === 'open'))) ?? {}
  await at.house.settle()
  // One that was opened at once is not meant.
  await at.house.says('c2', '转人工')
  await at.house.settle()
  const [again] = await at.database.db.select().from(table).where(eq(table.userKey, 'c1'))
  await astray('lost-2', '您好', { ours: true })
  const words = await told()
  expect(words).toContain(`很可能是这个对话：\n`)
  expect(words).toContain(` · https://tool.example/${thread} · https://desk.example/console/conversations/${again?.id}`)
  expect(words?.match(/tool\.example/g)).toHaveLength(1)
  // Once it is resolved it is none to write in.
  await at.database.db.update(table).set({ status: 'resolved' })
  await astray('lost-3', '您好', { ours: true })
  expect(await told()).not.toContain('tool.example')
})

test('a thread that people made is their own, and hears nothing', async () => {
  await waiting()
  await astray('lunch', '中午吃什么')
  await looked()
  expect(whispers()).toEqual([])
  // In a tool where nobody but us makes threads there is no such one.
  at.house.house.desks.set(group(), { ...(at.house.house.desks.get(group()) as NonNullable<DeskSeen>), ownThreads: true })
  await astray('lunch', '中午吃什么')
  await looked()
  expect(whispers()).toHaveLength(1)
})
