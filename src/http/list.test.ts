// The console's list: what falls due next, in which order, and what each agent may do with what stands in it.
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { conversations } from '#store/schema.ts'
import { signIn, testApp } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import type { App } from '../app.ts'
import type { ActionReply, ActionRequest, ConversationDetail, ConversationPage } from './console/protocol.ts'

const YAML = `
channels: [{ id: web, type: web, origins: ["*"] }]
routing: { mode: claim }
desks: [{ id: console, type: console, contactsFor: [supervisor, admin] }]
agents:
  - { id: anna, name: 安娜 }
  - { id: ben, name: Ben }
sla:
  - { priority: low, firstReply: 2m, nextReply: 2m }
  - { firstReply: 15m, nextReply: 30m }
`

let database: Database
let app: App
const cookies: Record<string, string> = {}
/** Who asked for a person first, second, third. */
const ids: string[] = []

const json = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', 'x-frontdesk': '1', 'accept-language': 'en', ...headers },
})
const ask = (path: string, who = 'anna') => app.http.request(`/console/api${path}`, { headers: { cookie: cookies[who] ?? '' } })
const list = async (query: string, who = 'anna') => (await (await ask(`/conversations?${query}`, who)).json()) as ConversationPage
const order = async (query: string, who = 'anna') => (await list(query, who)).items.map(({ id }) => ids.indexOf(id))
type Deed<T = ActionRequest> = T extends ActionRequest ? Omit<T, 'clientId'> : never
const act = async (at: number, action: Deed, who = 'anna') => {
  const request = json({ clientId: crypto.randomUUID(), ...action }, { cookie: cookies[who] ?? '' })
  return (await (await app.http.request(`/console/api/conversations/${ids[at]}/actions`, request)).json()) as ActionReply
}

async function asksForPerson(): Promise<void> {
  const { token } = (await (await app.http.request('/chat/v1/web/session', json({ locale: 'en' }))).json()) as { token: string }
  const words = { clientId: crypto.randomUUID(), text: 'I want a human agent' }
  await app.http.request('/chat/v1/web/messages', json(words, { authorization: `Bearer ${token}` }))
  const id = await until('it waits', async () => (await list('view=queue')).items.find((one) => !ids.includes(one.id))?.id)
  ids.push(id)
}

beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database, YAML)
  for (const who of ['anna', 'ben']) cookies[who] = await signIn(app, database, who)
  for (let count = 0; count < 3; count++) await asksForPerson()
})
afterAll(async () => {
  await app.stop()
  await database.close()
})

test('says of each what is owed next, how much time is left, and orders them by it when asked', async () => {
  await act(2, { type: 'priority', priority: 'low' })
  expect(await order('view=queue')).toEqual([0, 1, 2])
  expect(await order('view=queue&sort=due')).toEqual([2, 0, 1])
  const { items } = await list('view=queue&sort=due')
  const [first, second] = items.map(({ due }) => due)
  expect(first).toMatchObject({ term: 'firstReply', warnMs: 24_000, ticks: true })
  expect(first?.leftMs).toBeGreaterThan(60_000)
  expect(first?.leftMs).toBeLessThanOrEqual(120_000)
  expect(Date.parse(first?.at ?? '') - Date.parse(first?.asOf ?? '')).toBe(first?.leftMs)
  expect(second?.leftMs).toBeGreaterThan(14 * 60_000)
  const detail = (await (await ask(`/conversations/${ids[2]}`)).json()) as ConversationDetail
  expect(detail.due).toMatchObject({ term: 'firstReply' })
})

test('overdue ones say by how much and come first; answered ones owe nothing and come last', async () => {
  const [row] = await database.db
    .select()
    .from(conversations)
    .where(eq(conversations.id, ids[1] ?? ''))
  const clocks = row?.clocks
  if (!clocks) throw new Error('no clocks')
  const before = new Date(Date.now() - 20 * 60_000).toISOString()
  await database.db
    .update(conversations)
    .set({ clocks: { ...clocks, clocks: clocks.clocks.map((clock) => ({ ...clock, startedAt: before, runsSince: before })) } })
    .where(eq(conversations.id, ids[1] ?? ''))
  expect(await order('view=queue&sort=due')).toEqual([1, 2, 0])
  const due = (await list('view=queue&sort=due')).items[0]?.due
  expect(due?.leftMs).toBeLessThan(-4 * 60_000)
  expect(due?.at).toBeUndefined()
  for (const at of [0, 1, 2]) await act(at, { type: 'claim' })
  await act(2, { type: 'reply', text: 'hello' })
  expect(await order('view=mine&sort=due')).toEqual([1, 0, 2])
  expect((await list('view=mine&sort=due')).items[2]?.due).toBeUndefined()
})

test('says what each agent may do, and does no more when several are done at once', async () => {
  const can = async (who: string) => (await list('view=open', who)).items.map((one) => [one.can.claim, one.can.resolve])
  expect(await can('anna')).toEqual([1, 2, 3].map(() => [false, true]))
  expect(await can('ben')).toEqual([1, 2, 3].map(() => [false, false]))
  const replies = await Promise.all([0, 1].map((at) => act(at, { type: 'resolve' }, 'ben')))
  expect(replies).toMatchObject([1, 2].map(() => ({ ok: false, code: 'not_yours' })))
  const tags = await Promise.all([0, 1, 2].map((at) => act(at, { type: 'tag', add: ['parcel'] }, 'ben')))
  expect(tags.every(({ ok }) => ok)).toBe(true)
})

test('what no such order has keeps its own, and nonsense is refused', async () => {
  expect(await order('view=mine&sort=due&q=zzz')).toEqual([])
  expect(await order('view=resolved&sort=due')).toEqual([])
  for (const query of [
    'sort=age',
    'view=queue&sort=due&cursor=2026-01-01T00:00:00.000Z',
    'view=mine&cursor=50',
    'view=mine&sort=due&cursor=-1',
  ])
    expect((await ask(`/conversations?${query}`)).status).toBe(400)
  expect((await list('view=mine&sort=due&cursor=2')).items).toHaveLength(1)
})

test('of whom the console’s entry does not name, a customer’s addresses show an end', async () => {
  const { profile } = (await (await ask(`/conversations/${ids[0]}`)).json()) as ConversationDetail
  expect(profile.identities).toEqual([{ channel: 'web', value: expect.stringMatching(/^████..$/) }])
})
