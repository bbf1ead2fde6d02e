// The doors: who may come in, what is refused, and that a refusal leaves no trace.
import { count, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import type { Database } from '#store/database.ts'
import { linkPerson } from '#store/links.ts'
import type { AgentRow } from '#store/rows.ts'
import { agents, attachments, auditEvents, events } from '#store/schema.ts'
import { testApp } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import type { App } from '../app.ts'
import type { MessagePage, Session, Uploaded } from './chat/protocol.ts'
import { makeInvite } from './console/auth.ts'
import type { ActionReply, ConversationDetail, ConversationPage, Invite, TeamPage } from './console/protocol.ts'

const YAML = `
brand: { name: Shop }
channels:
  - { id: web, type: web, origins: ["https://shop.example"] }
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales] }
  - { id: tom, name: Tom, skills: [tech] }
`
const PASSWORD = 'correct horse battery'

let database: Database
let app: App
beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database, YAML)
})
afterAll(async () => {
  await app.stop()
  await database.close()
})

const json = (body: unknown, headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json', 'x-frontdesk': '1', ...headers },
})
const id = () => crypto.randomUUID()
const accepted = async () => (await database.db.select({ n: count() }).from(events))[0]?.n ?? 0

async function session(): Promise<Session> {
  return (await app.http.request('/chat/v1/web/session', json({ locale: 'en-GB' }))).json() as Promise<Session>
}
const bearer = ({ token }: Session) => ({ authorization: `Bearer ${token}` })
const send = (visitor: Session, body: unknown) => app.http.request('/chat/v1/web/messages', json(body, bearer(visitor)))
const read = async (visitor: Session) =>
  (await (await app.http.request('/chat/v1/web/messages', { headers: bearer(visitor) })).json()) as MessagePage
const upload = (visitor: Session, name: string, bytes: BodyInit, type: string) =>
  app.http.request(`/chat/v1/web/files?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    body: bytes,
    headers: { ...bearer(visitor), 'content-type': type },
  })

describe('the chat', () => {
  test('greets in the visitor’s language, with questions to press, and makes no row', async () => {
    const before = await accepted()
    const visitor = await session()
    expect(visitor).toMatchObject({ locale: 'en', brand: { name: 'Shop' } })
    expect(visitor.questions.map((button) => button.id)).toEqual(['faq:shipping', 'faq:invoice'])
    expect(await accepted()).toBe(before)
  })

  test('the same clientId is the same message; with other words it is refused', async () => {
    const visitor = await session()
    const clientId = id()
    const replies = await Promise.all([1, 2, 3].map(() => send(visitor, { clientId, text: 'how long is shipping' })))
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 200])
    expect((await send(visitor, { clientId, text: 'something else' })).status).toBe(409)
    const page = await until('the answer', async () => {
      const now = await read(visitor)
      return now.messages.some((message) => message.author === 'bot' && JSON.stringify(message.parts).includes('24 hours')) && now
    })
    expect(page.messages.filter((message) => message.author === 'customer')).toHaveLength(1)
  })

  test('nobody reads or writes with a token that is not theirs', async () => {
    for (const token of ['', 'x', 'e30.e30.e30', `${(await session()).token}x`]) {
      const headers = { authorization: `Bearer ${token}` }
      expect((await app.http.request('/chat/v1/web/messages', { headers })).status).toBe(401)
      expect((await app.http.request('/chat/v1/web/messages', json({ clientId: id(), text: 'x' }, headers))).status).toBe(401)
    }
  })

  test('a site that is not in the config may not use the chat; ours and the listed ones may', async () => {
    const from = (origin: string) => app.http.request('http://desk.example/chat/v1/web/session', json({}, { origin }))
    expect((await from('https://evil.example')).status).toBe(403)
    expect((await from('null')).status).toBe(403)
    expect((await from('https://shop.example')).status).toBe(200)
    expect((await from('http://desk.example')).status).toBe(200)
  })

  test.each([
    ['not JSON', '{', 'application/json', 400],
    ['another type', 'a=b', 'application/x-www-form-urlencoded', 415],
    ['nothing to say', '{"clientId":"12345678"}', 'application/json', 400],
    ['two things at once', '{"clientId":"12345678","text":"a","press":{"id":"b","label":"c"}}', 'application/json', 400],
    ['unknown keys', '{"clientId":"12345678","text":"a","role":"admin","__proto__":{"x":1}}', 'application/json', 400],
    ['too long', JSON.stringify({ clientId: '12345678', text: 'x'.repeat(9_000) }), 'application/json', 400],
    ['huge', JSON.stringify({ clientId: '12345678', text: 'x'.repeat(2_000_000) }), 'application/json', 413],
  ])('a body that is %s is refused and leaves no row', async (_what, body, type, status) => {
    const visitor = await session()
    const before = await accepted()
    const response = await app.http.request('/chat/v1/web/messages', {
      method: 'POST',
      body,
      headers: { 'content-type': type, ...bearer(visitor) },
    })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } })
    expect(await accepted()).toBe(before)
  })

  test('a file is shown only when it is a picture; what could run is a download, and links die when changed', async () => {
    const visitor = await session()
    const svg = (await (await upload(visitor, '../../evil\u202e.svg', '<svg onload="alert(1)"/>', 'image/svg+xml')).json()) as Uploaded
    expect(svg).toMatchObject({ name: 'evil.svg', mime: 'application/octet-stream' })
    expect((await send(visitor, { clientId: id(), file: { id: svg.id } })).status).toBe(200)
    const url = await until('the file in the history', async () => {
      const part = (await read(visitor)).messages.flatMap((message) => message.parts).find((one) => one.type === 'media')
      return part?.type === 'media' && part.media.url
    })
    const response = await app.http.request(url)
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/)
    expect(response.headers.get('content-security-policy')).toContain('sandbox')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect((await app.http.request(url.slice(0, -1))).status).toBe(403)
    expect((await app.http.request(url.replace(/s=.*/, ''))).status).toBe(403)
  })

  test('nobody sends a file of somebody else', async () => {
    const [mine, theirs] = [await session(), await session()]
    const file = (await (await upload(mine, 'a.txt', 'x', 'text/plain')).json()) as Uploaded
    expect((await send(theirs, { clientId: id(), file: { id: file.id } })).status).toBe(400)
  })

  test('an empty file and one that is too large are refused, and kept nowhere', async () => {
    const visitor = await session()
    const before = (await database.db.select({ n: count() }).from(attachments))[0]?.n
    expect((await upload(visitor, 'a', '', 'text/plain')).status).toBe(400)
    expect((await upload(visitor, 'a', new Uint8Array(21 * 1024 * 1024), 'text/plain')).status).toBe(413)
    expect((await database.db.select({ n: count() }).from(attachments))[0]?.n).toBe(before)
  })
})

describe('the console', () => {
  let admin: string
  const get = (path: string, cookie: string) => app.http.request(`/console/api${path}`, { headers: { cookie } })
  const post = (path: string, body: unknown, cookie = '') => app.http.request(`/console/api${path}`, json(body, { cookie }))
  const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? ''

  beforeAll(async () => {
    const { token } = await makeInvite(database.db, systemClock, 'admin', null)
    const made = await Promise.all(
      [1, 2, 3].map((n) => post('/setup', { token, name: 'Lee', email: `lee${n}@example.test`, password: PASSWORD })),
    )
    expect(made.map((response) => response.status).sort()).toEqual([200, 403, 403])
    admin = cookieOf(made.find((response) => response.status === 200) as Response)
  })

  async function agentCookie(agent: string): Promise<string> {
    const invite = (await (await post(`/team/${agent}/invite`, {}, admin)).json()) as Invite
    const token = new URL(invite.url).searchParams.get('token')
    return cookieOf(await post('/setup', { token, email: `${agent}@example.test`, password: PASSWORD }))
  }

  test('who is invited and has no address yet names one, that nobody else signs in with; the link stays good meanwhile', async () => {
    const invite = (await (await post('/team/tom/invite', {}, admin)).json()) as Invite
    const token = new URL(invite.url).searchParams.get('token')
    const { email: taken } = (await (await get('/me', admin)).json()) as { email: string }
    expect((await post('/setup', { token, password: PASSWORD })).status).toBe(400)
    expect((await post('/setup', { token, email: taken, password: PASSWORD })).status).toBe(409)
    // Nor one of somebody who is disabled: they may come back.
    const [row] = await database.db.select().from(agents).where(eq(agents.id, 'anna'))
    await database.db.insert(agents).values({ ...(row as AgentRow), id: 'gone', email: 'gone@example.test', disabled: true })
    expect((await post('/setup', { token, email: 'gone@example.test', password: PASSWORD })).status).toBe(409)
    expect((await post('/setup', { token, email: 'tom@example.test', password: PASSWORD })).status).toBe(200)
  })

  test('nothing is read or done without signing in, and nothing is changed without our header', async () => {
    for (const path of ['/me', '/conversations', '/conversations/cnv_x', '/team', '/system', '/files/att_x']) {
      expect((await get(path, '')).status, path).toBe(401)
    }
    const forged = await app.http.request('/console/api/logout', { method: 'POST', headers: { cookie: admin } })
    expect(forged.status).toBe(403)
    expect((await get('/me', admin)).status).toBe(200)
  })

  test('a wrong password and an unknown address get the same answer, and after eight tries nobody gets any', async () => {
    const [wrong, unknown] = [
      await post('/login', { email: 'lee1@example.test', password: 'no' }),
      await post('/login', { email: 'no@example.test', password: 'no' }),
    ]
    expect([wrong.status, unknown.status]).toEqual([401, 401])
    expect(await wrong.json()).toEqual(await unknown.json())
    const tries = await Promise.all(Array.from({ length: 10 }, () => post('/login', { email: 'brute@example.test', password: 'no' })))
    expect(tries.filter((response) => response.status === 429).length).toBe(2)
    expect(tries.find((response) => response.status === 429)?.headers.get('retry-after')).toMatch(/^\d+$/)
  })

  test('another writing of an address is no other address to the limit', async () => {
    const writings = ['Limit@example.test', ' limit@example.test', 'limit@example.test ', 'ｌimit@example.test', 'LIMIT@example.test\t']
    const tries = await Promise.all([...writings, ...writings].map((email) => post('/login', { email, password: 'no' })))
    expect(tries.filter((response) => response.status === 429).length).toBe(2)
  })

  test('an agent’s clientId means one thing, and is none of the customer’s', async () => {
    const visitor = await session()
    const clientId = id()
    await send(visitor, { clientId, text: '转人工' })
    const conversation = await until('a waiting conversation', async () => {
      const page = (await (await get('/conversations?view=queue', admin)).json()) as ConversationPage
      return page.items[0]
    })
    const act = (body: object) => post(`/conversations/${conversation.id}/actions`, { clientId, ...body }, admin)
    expect(await (await act({ type: 'reply', text: 'first' })).json()).toMatchObject({ ok: true })
    expect((await act({ type: 'reply', text: 'first' })).status).toBe(200)
    expect((await act({ type: 'reply', text: 'second' })).status).toBe(409)
    await send(visitor, { clientId: id(), text: 'still here' })
    await until('the customer goes on', async () =>
      (await read(visitor)).messages.some((one) => JSON.stringify(one.parts).includes('still here')),
    )
    await post('/presence', { state: 'away' }, admin) // The next test wants its conversation to wait.
  })

  test('letters and dates that the database does not know are refused, not stumbled over', async () => {
    for (const path of [
      '/conversations/%00',
      '/files/%00',
      '/conversations?view=open&cursor=0000-01-01',
      '/conversations?view=open&cursor=%2B275760-09-13T00:00:00.000Z',
    ]) {
      expect((await get(path, admin)).status, path).toBe(400)
    }
    expect((await post('/login', { email: 'a\0@x', password: 'x' })).status).toBe(400)
    expect((await post('/team', { name: 'a\0b', email: 'ab@example.test', role: 'agent' }, admin)).status).toBe(400)
    const visitor = await session()
    expect((await send(visitor, { clientId: id(), file: { id: '\0' } })).status).toBe(400)
    const odd = { clientId: id(), text: 'a\0b\ud800c' }
    expect([(await send(visitor, odd)).status, (await send(visitor, odd)).status]).toEqual([200, 200])
    expect((await app.http.request(`/chat/v1/files/x?s=zzzzzzzzzz.${'%C3%A9'.repeat(43)}`)).status).toBe(403)
  })

  test('signing out ends the session on our side', async () => {
    const cookie = await agentCookie('anna')
    expect((await get('/me', cookie)).status).toBe(200)
    await post('/logout', {}, cookie)
    expect((await get('/me', cookie)).status).toBe(401)
  })

  test('admins see everybody’s accounts in tools and take links back; agents their own; what the file says stays', async () => {
    const { db } = database
    const now = systemClock.now()
    await db.transaction((tx) => linkPerson(tx, { deskId: 'slack', userId: 'U7', agentId: 'anna', how: 'email' }, now))
    await db.transaction((tx) => linkPerson(tx, { deskId: 'slack', userId: 'U8', agentId: 'tom', how: 'email' }, now))
    await db
      .update(agents)
      .set({ identities: { slack: 'U7', group: '7' } })
      .where(eq(agents.id, 'anna'))
    const cookie = await agentCookie('anna')
    const members = async (who: string) => ((await (await get('/team', who)).json()) as TeamPage).members
    const accounts = async (who: string, of: string) => (await members(who)).find((one) => one.id === of)?.accounts
    const both = [
      { desk: 'group', title: 'group', user: '7', how: 'file' },
      { desk: 'slack', title: 'slack', user: 'U7', how: 'email', linkedAt: now.toISOString() },
    ]
    expect([await accounts(admin, 'anna'), await accounts(cookie, 'anna')]).toEqual([both, both])
    expect(await accounts(cookie, 'tom')).toBeUndefined()

    expect((await post('/team/tom/unlink', { desk: 'slack' }, cookie)).status).toBe(403)
    expect((await post('/team/anna/unlink', { desk: 'group' }, admin)).status).toBe(409)
    expect((await post('/team/anna/unlink', { desk: 'nowhere' }, admin)).status).toBe(404)
    expect(await (await post('/team/tom/unlink', { desk: 'slack' }, admin)).json()).toMatchObject({ id: 'tom', accounts: [] })
    expect(await (await post('/team/anna/unlink', { desk: 'slack' }, cookie)).json()).toMatchObject({ accounts: both.slice(0, 1) })
    expect((await post('/team/anna/unlink', { desk: 'slack' }, cookie)).status).toBe(404)
    const trail = await db.select().from(auditEvents).where(eq(auditEvents.action, 'agent.unlinked')).orderBy(auditEvents.id)
    const [lee] = (await members(admin)).filter(({ role }) => role === 'admin')
    expect(trail.map(({ actorId, data }) => [actorId, data.agent, data.user])).toEqual([
      [lee?.id, 'tom', 'U8'],
      ['anna', 'anna', 'U7'],
    ])
  })

  test('agents may not do what admins do, and a password that is easy to guess is refused', async () => {
    const cookie = await agentCookie('anna')
    expect((await post('/team', { name: 'X', email: 'x@example.test', role: 'admin' }, cookie)).status).toBe(403)
    expect((await post('/team/tom/invite', {}, cookie)).status).toBe(403)
    const { token } = await makeInvite(database.db, systemClock, 'invite', 'tom')
    for (const password of ['short', 'aaaaaaaaaaaaaa', 'Password123']) {
      expect((await post('/setup', { token, email: 'tom@example.test', password })).status, password).toBe(400)
    }
  })

  test('9. a conversation of another skill is not there, to read or to change; claiming twice tells the second', async () => {
    const visitor = await session()
    await send(visitor, { clientId: id(), text: '转人工' })
    const [anna, tom] = [await agentCookie('anna'), await agentCookie('tom')]
    const conversation = await until('a waiting conversation', async () => {
      const page = (await (await get('/conversations?view=queue', anna)).json()) as ConversationPage
      return page.items[0]
    })
    expect(((await (await get('/conversations?view=queue', tom)).json()) as ConversationPage).items).toEqual([])
    expect((await get(`/conversations/${conversation.id}`, tom)).status).toBe(404)
    // The first of the list is next, in the list and by itself.
    const alone = (await (await get(`/conversations/${conversation.id}`, anna)).json()) as ConversationDetail
    expect([conversation.place, alone.place]).toEqual([1, 1])
    const action = (type: string, more: object = {}) => ({ type, clientId: id(), ...more })
    expect((await post(`/conversations/${conversation.id}/actions`, action('claim'), tom)).status).toBe(404)
    const first = (await (await post(`/conversations/${conversation.id}/actions`, action('claim'), anna)).json()) as ActionReply
    expect(first.ok).toBe(true)
    const second = await post(`/conversations/${conversation.id}/actions`, action('claim'), admin)
    expect([second.status, (await second.json()) as ActionReply]).toEqual([
      409,
      { ok: false, code: 'claimed', message: expect.stringContaining('安娜') },
    ])
    const same = action('reply', { text: 'hello' })
    const replies = await Promise.all([1, 2].map(() => post(`/conversations/${conversation.id}/actions`, same, anna)))
    expect(replies.map((response) => response.status)).toEqual([200, 200])
    const page = await read(visitor)
    expect(page.messages.filter((message) => JSON.stringify(message.parts).includes('hello'))).toHaveLength(1)
    expect(page.messages.find((message) => message.author === 'agent')?.name).toBe('安娜')
  })
})

describe('the house', () => {
  test('says how it is', async () => {
    expect((await app.http.request('/healthz')).status).toBe(200)
    const ready = (await (await app.http.request('/readyz')).json()) as { ready: boolean; channels: object }
    expect(ready).toMatchObject({ ready: true, channels: { web: { state: expect.any(String) } } })
    expect(await (await app.http.request('/metrics')).text()).toMatch(/^frontdesk_deliveries\{state="pending"\} \d+$/m)
  })

  test('documents exactly the chat routes that there are', async () => {
    const document = (await (await app.http.request('/api/openapi.json')).json()) as { paths: Record<string, unknown> }
    const documented = Object.keys(document.paths).map((path) => path.replace('{channel}', ':channel'))
    const routes = new Set(
      app.http.routes.filter(({ method, path }) => path.startsWith('/chat/v1/:channel/') && method !== 'ALL').map(({ path }) => path),
    )
    expect(documented.filter((path) => !path.endsWith('/socket')).sort()).toEqual(
      [...routes].filter((path) => !path.endsWith('/socket')).sort(),
    )
  })

  test('knows no hook that nobody configured', async () => {
    expect((await app.http.request('/hooks/nobody', { method: 'POST', body: '{}' })).status).toBe(404)
    expect((await app.http.request('/hooks/web', { method: 'POST', body: '{}' })).status).toBe(404)
  })
})
