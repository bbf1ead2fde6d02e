// Whom an agent can pass a conversation on to, in the order in which the router would ask them, and that it goes there.
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import * as s from '#store/schema.ts'
import { signIn, testApp } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/database.ts'
import type { App } from '../app.ts'
import type { ActionReply, ActionRequest, TargetPage } from './console/protocol.ts'

const YAML = `
channels: [{ id: web, type: web }]
routing: { mode: claim, timezone: UTC }
skills:
  - { id: aftersales, name: 售后, level: 2 }
  - tech
  - nobody
teams: [{ id: north, name: 华北组 }, { id: tech }]
agents:
  - { id: anna, name: 安娜, skills: [{ id: aftersales, level: 3 }], team: north }
  - { id: full, name: Full, skills: [{ id: aftersales, level: 2 }], capacity: 1 }
  - { id: free, name: Free, skills: [{ id: aftersales, level: 2 }], team: north }
  - { id: idle, name: Idle, publicName: 小闲, skills: [{ id: aftersales, level: 2 }] }
  - { id: junior, name: Junior, skills: [aftersales] }
  - { id: tech, name: Tom, skills: [tech], team: tech }
  - { id: gone, name: Gone, skills: [{ id: aftersales, level: 3 }], capacity: { chat: 3, async: 9 } }
`
const CNV = 'cnv_passed'

let database: Database
let app: App
let cookie: string
let stranger: string

const targets = (as = cookie) => app.http.request(`/console/api/conversations/${CNV}/targets`, { headers: { cookie: as } })
const transfer = async (to: Extract<ActionRequest, { type: 'transfer' }>['to']) => {
  const body = JSON.stringify({ type: 'transfer', clientId: crypto.randomUUID(), to } satisfies ActionRequest)
  const headers = { cookie, 'content-type': 'application/json', 'x-frontdesk': '1' }
  return (
    await app.http.request(`/console/api/conversations/${CNV}/actions`, { method: 'POST', body, headers })
  ).json() as Promise<ActionReply>
}
const row = (id: string, agentId: string): typeof s.conversations.$inferInsert => ({
  id,
  customerId: 'cus_1',
  channelId: 'web',
  userKey: id,
  threadKey: '',
  skill: 'aftersales',
  status: 'assigned',
  agentId,
  version: 1,
  priority: 'normal',
  locale: 'zh',
  greeted: true,
  botState: {},
  lastSeq: 0,
  openedAt: new Date(),
  lastMessageAt: new Date(),
})

beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database, YAML)
  cookie = await signIn(app, database, 'anna')
  stranger = await signIn(app, database, 'tech')
  const at = new Date()
  await database.db.insert(s.customers).values({ id: 'cus_1', name: '王', named: true, firstSeenAt: at, lastSeenAt: at })
  await database.db.insert(s.conversations).values([row(CNV, 'anna'), row('cnv_full', 'full'), row('cnv_free', 'free')])
  await database.db.update(s.agents).set({ presence: 'online', presenceUntil: new Date(at.getTime() + 3_600_000) })
  await database.db.update(s.agents).set({ presence: 'away' }).where(eq(s.agents.id, 'gone'))
})
afterAll(async () => {
  await app.stop()
  await database.close()
})

test('who could take it now comes first, who has least before others; then who lacks what it asks for, who is full, who is away', async () => {
  const { agents, skills, teams } = (await (await targets()).json()) as TargetPage
  expect(agents.map(({ id, standing, lacks, load, capacity }) => [id, standing, lacks, load, capacity])).toEqual([
    ['idle', 'ready', undefined, 0, 5],
    ['free', 'ready', undefined, 1, 5],
    ['junior', 'unsuited', 'level', 0, 5],
    ['tech', 'unsuited', 'skill', 0, 5],
    ['full', 'busy', undefined, 1, 1],
    ['gone', 'away', undefined, 0, 3],
  ])
  expect(agents.find(({ id }) => id === 'free')).toMatchObject({ team: { id: 'north', name: '华北组' }, skills: ['aftersales'] })
  expect(agents[0]).toMatchObject({ name: 'Idle', publicName: '小闲' })
  // Nobody has the one, and the other team is called like a skill: a transfer would mean that.
  expect(skills).toEqual([
    { id: 'aftersales', name: '售后', ready: 2, people: 4 },
    { id: 'tech', name: 'tech', ready: 1, people: 1 },
  ])
  expect(teams).toEqual([{ id: 'north', name: '华北组', ready: 1, people: 1 }])
})

test('whoever may not see the conversation is told of nobody', async () => {
  expect((await targets(stranger)).status).toBe(404)
})

test('a team that is chosen gets it, with the skill it had', async () => {
  expect(await transfer({ team: 'north' })).toMatchObject({ ok: true })
  const [after] = await database.db.select().from(s.conversations).where(eq(s.conversations.id, CNV))
  expect(after).toMatchObject({ status: 'queued', skill: 'aftersales', handoff: { team: 'north' } })
})
