// A16: when more comes than people can answer.
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { RequestError } from '#core/errors.ts'
import { auditEvents, conversations, messages } from '#store/schema.ts'
import { stages } from '../test/support/stages.ts'
import { until } from '../test/support/until.ts'
import { createDoor } from './runner/door.ts'

const at = stages()
const { open } = at

const said = async (user: string) => {
  const rows = await at.database.db
    .select({ text: messages.text, author: messages.author })
    .from(messages)
    .innerJoin(conversations, eq(conversations.id, messages.conversationId))
    .where(eq(conversations.userKey, user))
    .orderBy(messages.seq)
  return rows.filter(({ author }) => author !== 'customer').map(({ text }) => text)
}
const trail = async (action: string) => (await at.database.db.select().from(auditEvents).where(eq(auditEvents.action, action))).length
const isSurging = () => until('the surge', async () => (await trail('surge.started')) === 1)

test('at a surge new customers are told, misses stay with the bot, and whoever asks for a person still gets a place', async () => {
  await open({ agents: [], surge: { waiting: 2 } })
  await at.house.says('before', '今天星期几')
  for (const user of ['a', 'b']) await at.house.says(user, '转人工')
  await isSurging()
  // It is on record a moment before the one who routes hears of its own commit.
  let asked = 0
  await until('new customers are told', async () => {
    const user = `new${asked++}`
    await at.house.says(user, '多久发货')
    await at.house.settle()
    return (await said(user)).at(-1)?.includes('由我先为您解答')
  })

  await at.house.says('late', '多久发货')
  await at.house.settle()
  expect((await said('late')).at(-1)).toContain('由我先为您解答')
  for (const text of ['今天星期几', '明天呢', '后天呢']) await at.house.says('late', text)
  await at.house.settle()
  expect((await said('late')).filter((text) => text.includes('还没听懂'))).toHaveLength(1)
  expect((await said('late')).filter((text) => text.includes('由我先为您解答'))).toHaveLength(1)

  await at.house.says('asker', '转人工')
  await at.house.settle()
  expect((await said('asker')).join()).not.toContain('由我先为您解答')

  await at.house.says('late', '转人工')
  await until('a place', async () => (await said('late')).some((text) => text.includes('当前排队')))
  expect((await said('before')).join()).not.toContain('由我先为您解答')
})

test('helpers are given what waits for others, after those whose work it is, and only while it lasts', async () => {
  const agents = [
    { id: 'anna', name: '安娜', skills: ['aftersales'], capacity: 1, presence: 'online' as const },
    { id: 'ben', name: '小本', skills: ['tech'], capacity: 5, presence: 'online' as const },
  ]
  await open({ agents, surge: { waiting: 2, overflow: ['tech'], calmMinutes: 1 } })
  const ownerOf = async (user: string) =>
    (await at.database.db.select().from(conversations).where(eq(conversations.userKey, user)))[0]?.agentId ?? undefined
  for (const id of ['anna', 'ben']) await at.house.agent('console', id, { type: 'presence', state: 'online' } as never)
  await at.house.says('a', '转人工')
  expect(await until('anna has the first', () => ownerOf('a'))).toBe('anna')
  await at.house.says('b', '转人工')
  await at.house.settle()
  expect(await ownerOf('b')).toBeUndefined()
  await at.house.says('c', '转人工')
  await isSurging()
  expect(await until('somebody helps', () => ownerOf('b'))).toBe('ben')
  expect(await until('and again', () => ownerOf('c'))).toBe('ben')

  at.house.runner.reroute() // Calm begins …
  await at.house.settle()
  at.house.clock.ms += 61_000
  await until('… and lasts', async () => {
    at.house.runner.reroute()
    return (await trail('surge.ended')) === 1
  })
  await at.house.says('d', '转人工')
  await at.house.settle()
  expect(await ownerOf('d')).toBeUndefined()
})

test('when too much waits to be worked on, customers’ callers are asked to come again, and agents are not', async () => {
  await open({ still: true, surge: { backlog: 3 } })
  for (const n of [1, 2, 3, 4]) await at.house.says(`c${n}`, '多久发货')
  const door = createDoor(
    at.house.parts,
    async () => undefined,
    () => undefined,
  )
  await door.look()
  const row = (source: 'channel' | 'desk') => ({
    id: `evt_${source}`,
    source,
    sourceId: source,
    externalId: source,
    lane: source,
    payload: { type: 'typing', from: { user: 'c9' } },
    receivedAt: at.house.house.clock.now(),
  })
  const refused = await door.accept([row('channel')]).catch((error) => error)
  expect(refused).toBeInstanceOf(RequestError)
  expect(refused).toMatchObject({ status: 503, retryAfterSeconds: 5 })
  expect(await door.accept([row('desk')])).toEqual(['evt_desk'])
  door.worked(4)
  expect(await door.accept([row('channel')])).toEqual(['evt_channel'])
})
