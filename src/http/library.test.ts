// What agents reach for in the console, and what they do there beside writing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { appOf, signIn } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/database.ts'
import { BOT } from '../../test/support/stage.ts'
import { until } from '../../test/support/until.ts'
import type { App } from '../app.ts'
import type {
  ActionReply,
  ArticlePage,
  ConversationDetail,
  ConversationPage,
  FollowupPage,
  MacroPage,
  MacroUses,
} from './console/protocol.ts'

const HOUSE = `
channels:
  - { id: web, type: web, origins: ["*"] }
skills: [aftersales, tech]
routing: { mode: claim }
timezone: Asia/Shanghai
agents:
  - { id: anna, name: 安娜, skills: [aftersales] }
  - { id: lead, name: Lead, role: supervisor }
`
const MACROS = `macros:
  - { key: hi, category: { zh: 问候, en: Greetings }, text: { zh: '您好，我是 {{agent.name}}。', en: 'Hello, this is {{agent.name}}.' } }
  - { key: refund, text: { zh: '订单 {{order}} 已退款。', en: 'Order {{order}} is refunded.' } }
`

let database: Database
let app: App
const files: Record<string, string> = { 'bot.yaml': BOT, 'frontdesk.yaml': HOUSE, 'macros.yaml': MACROS }
const cookies: Record<string, string> = {}
let conversation = ''

const json = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', 'x-frontdesk': '1', 'accept-language': 'zh', ...headers },
})
const read = async <T>(path: string, who = 'anna') => {
  const response = await app.http.request(`/console/api${path}`, { headers: { cookie: cookies[who] ?? '', 'accept-language': 'zh' } })
  return { status: response.status, body: (await response.json()) as T }
}
const act = async (action: object, who = 'anna') => {
  const body = { clientId: crypto.randomUUID(), ...action }
  const response = await app.http.request(`/console/api/conversations/${conversation}/actions`, json(body, { cookie: cookies[who] ?? '' }))
  return (await response.json()) as ActionReply
}
const detail = async () => (await read<ConversationDetail>(`/conversations/${conversation}`)).body

beforeAll(async () => {
  database = await testDatabase()
  app = await appOf(database, files)
  for (const who of ['anna', 'lead']) cookies[who] = await signIn(app, database, who)
  const session = await (await app.http.request('/chat/v1/web/session', json({ locale: 'en-GB' }))).json()
  const { token } = session as { token: string }
  const words = { clientId: crypto.randomUUID(), text: 'I want a human agent' }
  await app.http.request('/chat/v1/web/messages', json(words, { authorization: `Bearer ${token}` }))
  const [row] = await until('it waits', async () => {
    const { items } = (await read<ConversationPage>('/conversations?view=queue')).body
    return items.length > 0 && items
  })
  conversation = row?.id ?? ''
  await act({ type: 'claim' })
})
afterAll(async () => {
  await app.stop()
  await database.close()
})

describe('the library of the console', () => {
  test('canned replies come filled in, in the customer’s language, under titles in the agent’s; a new file counts at once', async () => {
    const { items } = (await read<MacroPage>(`/conversations/${conversation}/macros`)).body
    expect(items).toMatchObject([
      { key: 'hi', category: '问候', text: 'Hello, this is 安娜.', missing: [], uses: { mine: 0, all: 0 } },
      { key: 'refund', text: 'Order {{order}} is refunded.', missing: ['order'] },
    ])
    files['macros.yaml'] = `${MACROS}  - { key: bye, text: Bye }\n`
    expect(await app.reload()).toEqual([])
    expect((await read<MacroPage>(`/conversations/${conversation}/macros`)).body.items).toHaveLength(3)
    files['macros.yaml'] = 'macros: [{ key: "a b", text: x }]'
    expect(await app.reload()).toMatchObject([{ file: 'macros.yaml', line: 1 }])
    expect((await read<MacroPage>(`/conversations/${conversation}/macros`)).body.items).toHaveLength(3)
  })

  test('a reply that began as one is counted for who sent it; only those who oversee read who uses what', async () => {
    await act({ type: 'reply', text: 'Hello, this is 安娜.', macro: 'hi' })
    await act({ type: 'reply', text: 'Never mind' })
    expect((await read<MacroPage>(`/conversations/${conversation}/macros`)).body.items[0]?.uses).toEqual({ mine: 1, all: 1 })
    expect((await read<MacroUses>('/macros/uses')).status).toBe(403)
    const { items } = (await read<MacroUses>('/macros/uses', 'lead')).body
    expect(items).toMatchObject([{ macro: 'hi', agent: { id: 'anna', name: '安娜' }, count: 1 }])
  })

  test('articles are the FAQ’s answers, in the customer’s language', async () => {
    const { items } = (await read<ArticlePage>(`/conversations/${conversation}/articles?q=${encodeURIComponent('多久发货')}`)).body
    expect(items[0]).toMatchObject({ id: 'faq:shipping', text: 'Orders ship within 24 hours.', locale: 'en' })
    expect((await read<ArticlePage>(`/conversations/${conversation}/articles?q=`)).body.items).toEqual([])
    expect((await read<ArticlePage>('/conversations/cnv_nobody/articles?q=x')).status).toBe(404)
  })
})

describe('what is done beside writing', () => {
  test('tags, priority, a follow-up, snoozing, closing with a reason', async () => {
    await act({ type: 'tag', add: ['vip', '退款'] })
    await act({ type: 'tag', remove: ['vip'] })
    await act({ type: 'priority', priority: 'urgent' })
    const dueAt = new Date(Date.now() + 3_600_000).toISOString()
    expect(await act({ type: 'followup', at: dueAt, text: 'call back', priority: 'high' })).toMatchObject({ ok: true })
    expect(await detail()).toMatchObject({ tags: ['退款'], priority: 'urgent' })
    const { items } = (await read<FollowupPage>('/followups')).body
    expect(items).toMatchObject([{ number: 1, conversation, text: 'call back', priority: 'high', dueAt }])
    expect((await read<FollowupPage>('/followups', 'lead')).body.items).toEqual([])
    const done = (who: string) => app.http.request(`/console/api/followups/${items[0]?.id}/done`, json({}, { cookie: cookies[who] ?? '' }))
    expect((await done('lead')).status).toBe(404)
    expect((await done('anna')).status).toBe(200)
    expect((await read<FollowupPage>('/followups')).body.items).toEqual([])
    await act({ type: 'snooze', until: dueAt })
    expect(await detail()).toMatchObject({ status: 'snoozed', snoozedUntil: dueAt, can: { claim: true, snooze: true } })
    await act({ type: 'resolve', reason: 'refunded' })
    const after = await detail()
    expect(after).toMatchObject({ status: 'resolved', closeReason: 'refunded' })
    expect(after.trail.map(({ what }) => what)).toEqual(expect.arrayContaining(['优先级改为 紧急', '结单 refunded', '打标签 −vip']))
  })

  test.each([
    [{ type: 'tag', add: ['a b'] }],
    [{ type: 'tag', add: ['-vip'] }],
    [{ type: 'snooze', until: 'tomorrow' }],
    [{ type: 'followup', at: '2026-12-01T09:00:00Z', text: '' }],
    [{ type: 'priority', priority: 'soon' }],
  ])('%j is refused', async (action) => {
    const request = json({ clientId: crypto.randomUUID(), ...action }, { cookie: cookies.anna ?? '' })
    expect((await app.http.request(`/console/api/conversations/${conversation}/actions`, request)).status).toBe(400)
  })
})
