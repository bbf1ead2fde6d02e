// An address has one open conversation. Agents who want to open an old one again, while the customer is in another, hear which.
import { expect, test } from 'vitest'
import { phrases } from '#core/phrases.ts'
import { conversations, events } from '#store/schema.ts'
import { stages } from '../test/support/stages.ts'
import { until } from '../test/support/until.ts'

const at = stages()
const { group } = at

const all = () => at.database.db.select().from(conversations).orderBy(conversations.openedAt)
const whispers = () => at.house.shown.flatMap((one) => (one.op === 'whisper' ? [one.text] : []))

/** A resolved conversation, with its thread in the group, and a newer one that the bot has. */
async function twoConversations(): Promise<{ thread: string; old: string }> {
  await at.open({
    agents: [
      { id: 'anna', name: '安娜' },
      { id: 'cora', name: '可拉', role: 'supervisor' },
    ],
  })
  at.house.house.consoleUrl = (id) => `https://desk.example/${id}`
  await at.house.says('c1', '转人工')
  const { thread } = await until('a thread', () => at.house.shown.find((one) => one.op === 'open'))
  await at.house.settle()
  await at.house.types(group(), 'u-anna', thread, '/resolve')
  await until('the first is resolved', async () => (await all())[0]?.status === 'resolved')
  at.house.clock.ms += 25 * 3_600_000
  await at.house.says('c1', '多久发货')
  const rows = await until('a second conversation', async () => (await all()).length === 2 && (await all()))
  return { thread, old: rows[0]?.id ?? '' }
}

test('an old conversation is not opened beside the one the customer is in: the agent hears where it is', async () => {
  const { thread } = await twoConversations()
  const second = (await all())[1]?.id
  for (const line of ['/reopen', '/claim']) await at.house.types(group(), 'u-anna', thread, line)
  for (const line of ['/release', '/transfer tech']) await at.house.types(group(), 'u-cora', thread, line)
  await until('four refusals', () => whispers().length === 4)
  const words = phrases['whisper.open_elsewhere'].zh({ status: '机器人接待', url: `https://desk.example/${second}` })
  expect(whispers()).toEqual([words, words, words, words])
  expect((await all()).map(({ status }) => status)).toEqual(['resolved', 'bot'])
  expect(new Set((await at.database.db.select().from(events)).map(({ state }) => state))).toEqual(new Set(['done']))
})

test('held words are not sent from the old one either, and still can be kept as a note', async () => {
  const { thread } = await twoConversations()
  await at.house.types(group(), 'u-anna', thread, '您好')
  const asked = await until('the question', () => at.house.shown.find((one) => one.op === 'whisper' && one.buttons))
  const [take, note] = asked.op === 'whisper' ? (asked.buttons ?? []) : []
  const press = (command = '') => at.house.agent(group(), 'u-anna', { type: 'button', thread, command, callback: command } as never)
  await press(take?.id)
  await until('the refusal', () => whispers().some((text) => text.includes('另一个进行中的对话')))
  await press(note?.id)
  await until('a note', () => whispers().some((text) => text.includes('存为备注')))
  expect((await all()).map(({ status }) => status)).toEqual(['resolved', 'bot'])
})

test('once the newer one is resolved, too, the old one opens again', async () => {
  const { thread, old } = await twoConversations()
  const second = (await all())[1]?.id ?? ''
  await at.house.agent('console', 'anna', { type: 'command', thread: second, line: '/resolve' } as never)
  await until('both are resolved', async () => (await all()).every(({ status }) => status === 'resolved'))
  await at.house.types(group(), 'u-anna', thread, '/reopen')
  await until('the first is open', async () => (await all()).find(({ id }) => id === old)?.status === 'assigned')
})
