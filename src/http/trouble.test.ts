// How far a message got, as both sides tell it; and what needs a person: seen, sent again, worked on again, or given up.
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import type { Database } from '#store/database.ts'
import * as s from '#store/schema.ts'
import { testApp } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import type { App } from '../app.ts'
import type { MessagePage, Session } from './chat/protocol.ts'
import { makeInvite } from './console/auth.ts'
import type { ConsoleMessage, ConversationDetail, ConversationPage, Invite, MessageFate } from './console/protocol.ts'
import type { SystemState, TroublePage, TroubleState } from './console/protocol-state.ts'

const YAML = `
channels: [{ id: web, type: web }]
routing: { mode: claim }
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales] }
  - { id: tom, name: Tom, skills: [tech] }
  - { id: lead, name: Lead, role: supervisor }
`
const PASSWORD = 'correct horse battery'

let database: Database
let app: App
const cookies: Record<string, string> = {}

const json = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', 'x-frontdesk': '1', ...headers },
})
const get = async <T>(path: string, who: string): Promise<T> =>
  (await (await app.http.request(`/console/api${path}`, { headers: { cookie: cookies[who] ?? '', 'accept-language': 'en' } })).json()) as T
const status = async (path: string, who: string) =>
  (await app.http.request(`/console/api${path}`, { headers: { cookie: cookies[who] ?? '' } })).status
const post = (path: string, body: unknown, who: string) =>
  app.http.request(`/console/api${path}`, json(body, { cookie: cookies[who] ?? '' }))
const chat = (path: string, visitor: Session, body?: unknown) => {
  const authorization = `Bearer ${visitor.token}`
  return app.http.request(`/chat/v1/web/${path}`, body ? json(body, { authorization }) : { headers: { authorization } })
}
const id = () => crypto.randomUUID()

beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database, YAML)
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? ''
  const { token } = await makeInvite(database.db, systemClock, 'admin', null)
  cookies.admin = cookieOf(await post('/setup', { token, name: 'Lee', email: 'lee@example.test', password: PASSWORD }, ''))
  for (const agent of ['anna', 'tom', 'lead']) {
    const { url } = (await (await post(`/team/${agent}/invite`, {}, 'admin')).json()) as Invite
    const link = new URL(url).searchParams.get('token')
    cookies[agent] = cookieOf(await post('/setup', { token: link, email: `${agent}@example.test`, password: PASSWORD }, ''))
  }
}, 60_000)
afterAll(async () => {
  await app.stop()
  await database.close()
})

/** A visitor whom Anna answers: the conversation, and her message. */
async function talk(): Promise<{ visitor: Session; conversation: string; message: string }> {
  const visitor = (await (await app.http.request('/chat/v1/web/session', json({ locale: 'en' }))).json()) as Session
  await chat('messages', visitor, { clientId: id(), text: '转人工' })
  const conversation = await until('a waiting conversation', async () => {
    const page = await get<ConversationPage>('/conversations?view=queue', 'anna')
    return page.items[0]?.id
  })
  const reply = await post(`/conversations/${conversation}/actions`, { type: 'reply', clientId: id(), text: 'hello there' }, 'anna')
  const { message } = (await reply.json()) as { message: string }
  return { visitor, conversation, message }
}

const shown = async (conversation: string, message: string, who = 'anna') =>
  (await get<ConversationDetail>(`/conversations/${conversation}`, who)).messages.find((one) => one.id === message) as ConsoleMessage
const stateIs = (conversation: string, message: string, state: string) =>
  until(`the message is ${state}`, async () => (await shown(conversation, message)).delivery?.state === state, {
    state: () => conversation,
  })
const lastSeq = async (visitor: Session) => ((await (await chat('messages', visitor)).json()) as MessagePage).cursor

describe('how far a message got', () => {
  test('sent, then delivered, then read, as the visitor’s browser says; it never goes back', async () => {
    const { visitor, conversation, message } = await talk()
    await stateIs(conversation, message, 'sent')
    const seq = await lastSeq(visitor)
    expect((await chat('seen', visitor, { seq, state: 'delivered' })).status).toBe(200)
    expect((await shown(conversation, message)).delivery).toEqual({ state: 'delivered' })
    await chat('seen', visitor, { seq, state: 'read' })
    const [read] = await database.db.select().from(s.deliveries).where(eq(s.deliveries.messageId, message))
    for (const state of ['delivered', 'read']) await chat('seen', visitor, { seq, state })
    expect((await shown(conversation, message)).delivery).toEqual({ state: 'read' })
    const [again] = await database.db.select().from(s.deliveries).where(eq(s.deliveries.messageId, message))
    expect([again?.deliveredAt, again?.readAt]).toEqual([read?.deliveredAt, read?.readAt])
  })

  test('up to a number and no further, and only at one’s own address', async () => {
    const { visitor, conversation, message } = await talk()
    await stateIs(conversation, message, 'sent')
    const seq = await lastSeq(visitor)
    const stranger = (await (await app.http.request('/chat/v1/web/session', json({}))).json()) as Session
    await chat('seen', stranger, { seq: 2 ** 31 - 1, state: 'read' })
    await chat('seen', visitor, { seq: seq - 1, state: 'read' })
    expect((await shown(conversation, message)).delivery?.state).toBe('sent')
    await chat('seen', visitor, { seq, state: 'read' })
    expect((await shown(conversation, message)).delivery?.state).toBe('read')
  })

  test('whatever is wrong with the word is refused', async () => {
    const { visitor } = await talk()
    for (const body of [
      {},
      { seq: -1, state: 'read' },
      { seq: 1, state: 'sent' },
      { seq: 1, state: 'read', more: 1 },
      { seq: 2 ** 31, state: 'read' },
    ])
      expect((await chat('seen', visitor, body)).status).toBe(400)
    expect((await app.http.request('/chat/v1/web/seen', json({ seq: 1, state: 'read' }))).status).toBe(401)
  })

  test('each try is told to whoever asks and may see the conversation', async () => {
    const { conversation, message } = await talk()
    await stateIs(conversation, message, 'sent')
    const [row] = await database.db.select().from(s.deliveries).where(eq(s.deliveries.messageId, message))
    await database.db.delete(s.attempts).where(eq(s.attempts.deliveryId, row?.id ?? ''))
    const at = new Date('2026-11-22T08:00:00Z')
    await database.db.insert(s.attempts).values([
      { deliveryId: row?.id ?? '', number: 1, holder: 'a', startedAt: at, endedAt: at, outcome: 'retry', error: 'HTTP 502' },
      { deliveryId: row?.id ?? '', number: 2, holder: 'b', startedAt: at },
    ])
    const path = `/conversations/${conversation}/messages/${message}/attempts`
    expect((await get<MessageFate>(path, 'anna')).deliveries).toMatchObject([
      {
        id: row?.id,
        state: 'sent',
        attempts: [
          { number: 1, startedAt: at.toISOString(), endedAt: at.toISOString(), outcome: 'retry', error: 'HTTP 502' },
          { number: 2, startedAt: at.toISOString() },
        ],
      },
    ])
    expect([await status(path, 'tom'), await status(path, ''), await status(path, 'lead')]).toEqual([404, 401, 200])
    expect(await status(path.replace(conversation, 'cnv_other'), 'anna')).toBe(404)
  })
})

describe('what needs a person', () => {
  let n = 0
  beforeEach(async () => {
    await database.db.delete(s.events).where(eq(s.events.state, 'dead'))
    await database.db.delete(s.deliveries)
  })

  async function stuck(state: Exclude<TroubleState, 'dead'>, more: Partial<typeof s.deliveries.$inferInsert> = {}): Promise<string> {
    n += 1
    const now = new Date()
    const key = `dlv_${String(n).padStart(32, '0')}`
    await database.db.insert(s.deliveries).values({
      id: key,
      kind: 'channel',
      targetId: 'web',
      lane: `lane ${key}`,
      conversationId: '',
      op: 'send',
      payload: { to: { user: 'somebody' }, parts: [{ type: 'text', text: `words ${n}` }] },
      automatic: true,
      state,
      error: 'why not / 为什么不',
      nextAt: now,
      originKey: key,
      createdAt: now,
      finishedAt: now,
      ...more,
    })
    return key
  }
  async function dead(user: string): Promise<string> {
    n += 1
    const key = `evt_${String(n).padStart(32, '0')}`
    const payload = {
      type: 'message',
      externalId: key,
      at: new Date().toISOString(),
      from: { user },
      raw: null,
      parts: [{ type: 'text', text: 'poison' }],
      sender: { identities: [] },
    }
    await database.db.insert(s.events).values({
      id: key,
      source: 'channel',
      sourceId: 'web',
      externalId: key,
      lane: `["web","${user}",""]`,
      payload,
      state: 'dead',
      attempts: 5,
      error: 'the bot broke\n    at somewhere',
      nextAt: new Date(),
      receivedAt: new Date(),
    })
    return key
  }
  const list = (query = '', who = 'lead') => get<TroublePage>(`/trouble${query}`, who)
  const settle = async (action: 'again' | 'drop', ids: string[], who = 'lead') =>
    (await (await post('/trouble', { action, ids }, who)).json()) as { done: number }

  test('is listed newest first with customer, words and reason, filtered, and page by page', async () => {
    const { conversation, message } = await talk()
    const said = await stuck('held', { conversationId: conversation, messageId: message, attempts: 1 })
    const lost = await stuck('unknown', { possiblyTwice: true })
    const gone = await stuck('failed', { targetId: 'tg-gone', kind: 'channel' })
    const event = await dead('vis_x')
    await stuck('failed', { op: 'acknowledge' })
    const page = await list()
    expect(page.items.map((item) => item.id)).toEqual([event, gone, lost, said])
    expect(page.counts).toEqual({ failed: 1, unknown: 1, held: 1, expired: 0, dead: 1 })
    expect(page.targets.map(({ id, side, count }) => [id, side, count])).toEqual([
      ['web', 'channel', 3],
      ['tg-gone', 'desk', 1],
    ])
    expect(page.items[3]).toMatchObject({
      state: 'held',
      conversation,
      customer: { name: expect.any(String) },
      reason: 'why not',
      attempts: 1,
    })
    expect(page.items[0]).toMatchObject({ state: 'dead', by: 'customer', words: 'poison', reason: 'the bot broke', attempts: 5 })
    expect((await list('?state=held,dead')).items.map((item) => item.id)).toEqual([event, said])
    expect((await list('?target=tg-gone')).items.map((item) => item.id)).toEqual([gone])
    expect(await get('/trouble/count', 'lead')).toEqual({ count: 4 })
    const { deliveries } = await get<SystemState>('/system', 'lead')
    expect(deliveries).toMatchObject({ failed: 1, unknown: 1, held: 1, expired: 0, dead: 1 })

    const many = await Promise.all(Array.from({ length: 60 }, () => stuck('expired')))
    const first = await list('?state=expired')
    const second = await list(`?state=expired&cursor=${first.cursor}`)
    expect([first.items.length, second.items.length]).toEqual([50, 10])
    expect(new Set([...first.items, ...second.items].map((item) => item.id))).toEqual(new Set(many))
  })

  test('is there for admins and supervisors, and for nobody else to read or to change', async () => {
    const key = await stuck('failed')
    for (const path of ['/trouble', '/trouble/count']) {
      expect([await status(path, 'anna'), await status(path, ''), await status(path, 'admin')]).toEqual([403, 401, 200])
    }
    expect((await post('/trouble', { action: 'again', ids: [key] }, 'anna')).status).toBe(403)
    for (const wrong of [{ action: 'burn', ids: [key] }, { action: 'again', ids: [] }, { action: 'again', ids: ["x'; --"] }, {}])
      expect((await post('/trouble', wrong, 'lead')).status).toBe(400)
    expect(await status('/trouble?state=sent', 'lead')).toBe(400)
    expect(await status("/trouble?cursor='", 'lead')).toBe(400)
    expect((await list()).items.map((item) => item.id)).toEqual([key])
  })

  test('sent again it goes out, marked where the customer may have it already; twice is once', async () => {
    const { conversation } = await talk()
    const keys = [
      await stuck('held', { conversationId: conversation, attempts: 3 }),
      await stuck('failed', { conversationId: conversation, attempts: 1 }),
    ]
    expect(await settle('again', keys)).toEqual({ done: 2 })
    expect(await settle('again', keys)).toEqual({ done: 0 })
    await until('both are sent', async () => {
      const rows = await database.db.select().from(s.deliveries).where(eq(s.deliveries.state, 'sent'))
      return keys.every((key) => rows.some((row) => row.id === key))
    })
    const rows = await database.db.select().from(s.deliveries)
    expect(keys.map((key) => rows.find((row) => row.id === key)?.possiblyTwice)).toEqual([true, false])
    const trail = await database.db.select().from(s.auditEvents).where(eq(s.auditEvents.action, 'delivery.resent'))
    expect(trail).toMatchObject([
      { actorId: 'lead', conversationId: conversation },
      { actorId: 'lead', conversationId: conversation },
    ])
  })

  test('dropped it counts no longer, says who did it and keeps why; the trail has it', async () => {
    const { conversation, message } = await talk()
    const key = await stuck('unknown', { conversationId: conversation, messageId: message })
    const event = await dead('vis_y')
    expect(await settle('drop', [key, event])).toEqual({ done: 2 })
    expect(await list()).toMatchObject({ items: [], counts: { expired: 0, dead: 0 } })
    const [row] = await database.db.select().from(s.deliveries).where(eq(s.deliveries.id, key))
    expect(row).toMatchObject({ state: 'expired', error: '[dropped] Lead\nwhy not / 为什么不' })
    expect((await shown(conversation, message)).delivery).toEqual({ state: 'dropped', reason: 'Lead' })
    const detail = await get<ConversationDetail>(`/conversations/${conversation}`, 'anna')
    expect(detail.trail.at(-1)).toMatchObject({ what: 'Message given up', who: 'Lead' })
    const [done] = await database.db.select().from(s.events).where(eq(s.events.id, event))
    expect(done).toMatchObject({ state: 'done', result: { ok: false, code: 'dropped' } })
  })

  test('an event whose words are none does not keep the others from being listed', async () => {
    const [odd, event] = [await dead('vis_odd'), await dead('vis_even')]
    await database.db
      .update(s.events)
      .set({ payload: { type: 'button', parts: { length: 1 }, line: 5, label: null, command: { toString: null } } })
      .where(eq(s.events.id, odd))
    const { items } = await list('?state=dead')
    expect(items.map(({ id, what, words }) => [id, what, words])).toEqual([
      [event, 'message', 'poison'],
      [odd, 'button', ''],
    ])
  })

  test('a dead event is worked on from the beginning', async () => {
    const event = await dead('vis_replayed')
    expect(await settle('again', [event, 'dlv_nothing'])).toEqual({ done: 1 })
    await until('the customer’s words are in a conversation', async () => {
      const rows = await database.db.select().from(s.messages).where(eq(s.messages.text, 'poison'))
      return rows.length === 1
    })
  })

  test('what is left of one message is given up by whoever may change the conversation, and by nobody else', async () => {
    const { conversation, message } = await talk()
    const key = await stuck('held', { conversationId: conversation, messageId: message })
    const drop = async (who: string) => {
      const response = await post(`/conversations/${conversation}/messages/${message}/drop`, {}, who)
      return (await response.json()) as { done: number }
    }
    expect(await drop('tom')).toEqual({ done: 0 })
    expect(await drop('anna')).toEqual({ done: 1 })
    expect(await drop('anna')).toEqual({ done: 0 })
    const [row] = await database.db.select().from(s.deliveries).where(eq(s.deliveries.id, key))
    expect(row?.error).toBe('[dropped] 安娜\nwhy not / 为什么不')
  })
})

describe('a target that rests', () => {
  test('is named with its reason by the System page and /readyz, until it is over', async () => {
    const soon = new Date(Date.now() + 60_000)
    await database.db.insert(s.pauses).values([
      { targetId: 'web', until: soon, reason: 'Too Many Requests: retry after 60' },
      { targetId: 'console', until: new Date(Date.now() - 1), reason: 'over' },
    ])
    const resting = { until: soon.toISOString(), reason: 'Too Many Requests: retry after 60' }
    const ready = (await (await app.http.request('/readyz')).json()) as { channels: object; desks: Record<string, object> }
    expect(ready.channels).toMatchObject({ web: { resting } })
    expect(JSON.stringify(ready.desks)).not.toContain('resting')
    expect((await get<SystemState>('/system', 'lead')).channels).toMatchObject([{ id: 'web', resting }])
  })
})
