// The Worker in the Workers runtime (workerd), offline, against a real PostgreSQL and the fake Bot API.
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { makeInvite } from '#http/console/auth.ts'
import { signFile } from '#http/files.ts'
import { COLOURS } from '#http/pages.ts'
import type { Database } from '#store/database.ts'
import { acceptEvents, type NewEvent } from '#store/events.ts'
import { openPostgres } from '#store/postgres.ts'
import { attachments, conversations, deliveries, events, messages } from '#store/schema.ts'
import { houseSecret } from '#store/settings.ts'
import { type FakeTelegram, startFakeTelegram } from '../fakes/telegram.ts'
import { silent, testUrl } from '../support/database.ts'
import { until } from '../support/until.ts'
import { type Bundle, bundle, freePort, type Local, startWorker } from './support.ts'

const BOT = '7000000001:customers'
const SECRET = 'workers-secret'
const ANSWER = '付款后 24 小时内发货。'
const BOT_YAML = `version: 1
faq:
  - { id: shipping, ask: [多久发货, 什么时候发货, how long does shipping take], answer: { zh: ${ANSWER}, en: Orders ship within 24 hours. } }
`

let built: Bundle
let fake: FakeTelegram
let database: Database
let worker: Local
let variables: Record<string, string>
let url: string

beforeAll(async () => {
  built = await bundle()
  fake = await startFakeTelegram({ bots: [BOT] })
  url = await testUrl()
  database = openPostgres({ url, log: silent, max: 2 })
  const port = await freePort()
  variables = {
    TG_TOKEN: BOT,
    TG_SECRET: SECRET,
    CONFIG_BOT: BOT_YAML,
    CONFIG_FRONTDESK: `publicUrl: http://127.0.0.1:${port}
channels:
  - { id: web, type: web }
  - { id: tg, type: telegram, token: "\${TG_TOKEN}", secret: "\${TG_SECRET}", apiRoot: "${fake.url}" }
skills: [aftersales]
agents: [{ id: anna, name: 安娜, email: anna@example.com, skills: [aftersales] }]
`,
  }
  worker = await startWorker(built, { database: url, port, variables, files: true })
})

afterAll(async () => {
  await worker?.stop()
  await database?.close()
  await fake?.close()
  built?.remove()
})

/** An update as Telegram posts it. */
function update(id: number, user: number, text: string) {
  const person = { id: user, is_bot: false, first_name: `User ${user}`, language_code: 'zh-hans' }
  const message = { message_id: id, from: person, chat: { id: user, type: 'private' }, date: 1_772_352_000, text }
  return { update_id: id, message }
}

function post(body: unknown, secret = SECRET): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret }
  return fetch(`${worker.url}/hooks/tg`, { method: 'POST', headers, body: JSON.stringify(body) })
}

const sentTo = (user: number) => fake.accepted('sendMessage').filter((call) => String(call.params.chat_id) === String(user))

/** Until nothing that is due is left. */
async function settled(): Promise<void> {
  await until('everything is worked on and sent', async () => {
    const open = [...(await database.db.select().from(events)), ...(await database.db.select().from(deliveries))]
    return open.every(({ state }) => state === 'done' || state === 'sent')
  })
}

describe('health', () => {
  test('the Worker is up, and ready when its database is', async () => {
    expect((await fetch(`${worker.url}/healthz`)).status).toBe(200)
    const ready = await fetch(`${worker.url}/readyz`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({ ready: true, database: { state: 'connected', kind: 'postgresql' } })
  })

  test('a database without tables, a wrong config and a channel that cannot work here are said in words', async () => {
    const empty = await startWorker(built, { database: `${inject('postgresUrl')}/postgres`, port: 0, variables })
    const answer = await fetch(`${empty.url}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ error: { code: 'no_schema', message: expect.stringContaining('npx frontdesk migrate') } })
    expect((await fetch(`${empty.url}/healthz`)).status).toBe(200)
    await empty.stop()

    const wrong = await startWorker(built, { database: url, port: 0, variables: { ...variables, CONFIG_FRONTDESK: 'chanels: []' } })
    expect(await (await fetch(`${wrong.url}/hooks/tg`)).json()).toMatchObject({ error: { code: 'bad_config' } })
    await wrong.stop()

    const polling = variables.CONFIG_FRONTDESK?.replace(/^publicUrl.*\n/, '') ?? ''
    const deaf = await startWorker(built, { database: url, port: 0, variables: { ...variables, CONFIG_FRONTDESK: polling } })
    expect(await (await fetch(`${deaf.url}/readyz`)).json()).toMatchObject({
      channels: { tg: { state: 'misconfigured', detail: expect.stringContaining('publicUrl') } },
    })
    await deaf.stop()
  })
})

describe('Telegram', () => {
  test('an update is committed, answered with 200, and its FAQ answer is sent once', async () => {
    fake.world.privateChat(fake.world.bot(), 41).state = 'open'
    const response = await post(update(1, 41, '多久发货'))
    expect(response.status).toBe(200)
    expect(await database.db.select().from(events)).toHaveLength(1)
    await until('the answer', () => sentTo(41).length > 0)
    await settled()
    expect(sentTo(41).map((call) => call.params.text)).toEqual([ANSWER])
    const said = await database.db.select().from(messages)
    expect(said.map(({ author, text }) => [author, text])).toEqual([
      ['customer', '多久发货'],
      ['bot', ANSWER],
    ])
  })

  test('the same update three times at once is answered once', async () => {
    fake.world.privateChat(fake.world.bot(), 42).state = 'open'
    const answers = await Promise.all([1, 2, 3].map(() => post(update(2, 42, '什么时候发货'))))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    await until('the answer', () => sentTo(42).length > 0)
    await settled()
    expect(sentTo(42)).toHaveLength(1)
  })

  test('many customers at once are all answered, each once', async () => {
    const users = Array.from({ length: 24 }, (_, n) => 100 + n)
    for (const user of users) fake.world.privateChat(fake.world.bot(), user).state = 'open'
    const answers = await Promise.all(users.map((user) => post(update(user, user, '多久发货'))))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    await until('all answers', () => users.every((user) => sentTo(user).length > 0))
    await settled()
    expect(users.map((user) => sentTo(user).length)).toEqual(users.map(() => 1))
  })

  test('a wrong secret is refused and leaves no trace', async () => {
    const before = await database.db.select().from(events)
    expect((await post(update(3, 43, '多久发货'), 'guessed')).status).toBe(401)
    expect(await database.db.select().from(events)).toHaveLength(before.length)
  })
})

describe('the schedule', () => {
  test('registers our address once, and customers then reach us', async () => {
    await worker.tick()
    await worker.tick()
    const registered = fake.accepted('setWebhook')
    expect(registered.map((call) => call.params.url)).toEqual([`${worker.url}/hooks/tg`])
    fake.customer(51).text('how long does shipping take')
    await until('the answer', () => sentTo(51).length > 0)
  })

  test('a picture that a customer sent is copied into the bucket', async () => {
    const bytes = new Uint8Array(40_000).map((_, n) => n % 251)
    fake.customer(53).photo({ bytes, name: 'cat.jpg', mime: 'image/jpeg' })
    const [row] = await until('the copy', async () => {
      const rows = await database.db.select().from(attachments).where(eq(attachments.state, 'stored'))
      return rows.length > 0 && rows
    })
    expect(await bytesOf(row?.id ?? '')).toEqual(Buffer.from(bytes))
  })

  test('finishes what requests left: an event, a delivery that was put off, one whose sender died', async () => {
    const now = new Date()
    fake.fail({ status: 429, retry_after: 1 }, { method: 'sendMessage', chat: 52 })
    fake.customer(52).text('多久发货')
    await until('the refusal', async () => (await database.db.select().from(deliveries)).some(({ state }) => state === 'retry'))
    await acceptEvents(database.db, [left('900', '41', now)])
    const [other] = await database.db.select().from(conversations).where(eq(conversations.userKey, '42'))
    const lost = eq(deliveries.conversationId, other?.id ?? '')
    await database.db
      .update(deliveries)
      .set({ state: 'sending', leaseUntil: new Date(0) })
      .where(lost)

    await until('the second attempt', async () => {
      await worker.tick()
      return sentTo(52).length > 0
    })
    expect(sentTo(52)).toHaveLength(1)
    expect(sentTo(41).map((call) => call.params.text)).toEqual([ANSWER, ANSWER])
    // Nobody typed these words, and they may have arrived: a second copy would be worse than none.
    expect((await database.db.select().from(deliveries).where(lost)).map(({ state }) => state)).toEqual(['held'])
    expect(sentTo(42)).toHaveLength(1)
  })
})

/** What the signed link to an attachment opens. */
async function bytesOf(id: string): Promise<Buffer> {
  const signature = signFile(await houseSecret(database.db, 'visitors'), id, new Date())
  return Buffer.from(await (await call(`/chat/v1/files/${id}?s=${signature}`)).arrayBuffer())
}

/** An event that was committed by a request which then died. */
function left(externalId: string, user: string, at: Date): NewEvent {
  const parts = [{ type: 'text' as const, text: '什么时候发货' }]
  const payload = { type: 'message' as const, externalId, at, from: { user }, parts, messageId: `${user}:${externalId}`, raw: null }
  const sender = { identities: [] }
  return {
    id: `evt_${externalId}`,
    source: 'channel',
    sourceId: 'tg',
    externalId,
    lane: externalId,
    payload: { ...payload, sender },
    receivedAt: at,
  }
}

describe('the web chat', () => {
  test('a visitor asks and reads the answer by polling', async () => {
    const { token } = (await json(await call('/chat/v1/web/session', { body: { locale: 'en' } }))) as { token: string }
    const headers = { authorization: `Bearer ${token}` }
    const sent = await call('/chat/v1/web/messages', { headers, body: { clientId: 'client-0001', text: 'how long does shipping take' } })
    expect(await json(sent)).toEqual({ clientId: 'client-0001', accepted: true })
    const page = await until('the answer', async () => {
      const { messages: said } = (await json(await call('/chat/v1/web/messages?after=0', { headers }))) as {
        messages: { author: string }[]
      }
      return said.some(({ author }) => author === 'bot') && said
    })
    expect(JSON.stringify(page)).toContain('Orders ship within 24 hours.')
  })

  test('a file is refused in words without a bucket, and comes back as it was with one', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
    const upload = async (at: string) => {
      const { token } = (await json(await call('/chat/v1/web/session', { at, body: {} }))) as { token: string }
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'image/png' }
      return fetch(`${at}/chat/v1/web/files?name=cat.png`, { method: 'POST', headers, body: png })
    }
    const bare = await startWorker(built, { database: url, port: 0, variables })
    const refused = await upload(bare.url)
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain('R2')
    await bare.stop()

    const stored = (await json(await upload(worker.url))) as { id: string; bytes: number }
    expect(stored.bytes).toBe(png.length)
    expect(await bytesOf(stored.id)).toEqual(png)
  })

  test('the pages are served with their policies', async () => {
    const widget = await call('/widget.js')
    expect([widget.status, widget.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8'])
    expect(await widget.text()).not.toContain(COLOURS)
    const screen = await call('/console/conversations/cnv_1')
    expect(screen.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(await screen.text()).toContain('<!doctype html>')
    expect((await call('/widget/web')).headers.get('content-security-policy')).toContain("frame-ancestors 'self'")
    expect((await call('/demo/no-such-file.js')).status).toBe(404)
  })
})

describe('the console', () => {
  test('an agent signs in, takes a conversation over and answers; the customer gets the words', async () => {
    const { token } = await makeInvite(database.db, systemClock, 'invite', 'anna')
    const own = { 'x-frontdesk': '1' }
    const setup = await call('/console/api/setup', { headers: own, body: { token, password: 'correct horse battery' } })
    expect(setup.status).toBe(200)
    await call('/console/api/logout', { headers: own, body: {} })
    const login = await call('/console/api/login', { headers: own, body: { email: 'anna@example.com', password: 'correct horse battery' } })
    const headers = { ...own, cookie: login.headers.get('set-cookie')?.split(';')[0] ?? '' }
    expect(await json(await call('/console/api/me', { headers }))).toMatchObject({ name: '安娜' })

    const [row] = await database.db.select().from(conversations).where(eq(conversations.userKey, '41'))
    const act = async (body: Record<string, unknown>) =>
      json(await call(`/console/api/conversations/${row?.id}/actions`, { headers, body }))
    const began = Date.now()
    expect(await act({ type: 'claim', clientId: 'action-0001', version: row?.version })).toMatchObject({ ok: true })
    expect(await act({ type: 'reply', clientId: 'action-0002', text: '您好，我来看看' })).toMatchObject({ ok: true })
    // The outcome itself is waited for, not the time after which the screen would go on without it.
    expect(Date.now() - began).toBeLessThan(8_000)
    await until('her words', () => sentTo(41).some((call) => String(call.params.text).includes('您好，我来看看')))
  })
})

describe('in the end', () => {
  test('no request kept its connections, and the log names no secret and no trouble but the one we made', async () => {
    await until('the connections are gone', async () => {
      const { rows } = await database.db.execute<{ open: number }>(
        sql`select count(*)::int as open from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      )
      // The other one of this test's own pool.
      return (rows[0]?.open ?? 9) <= 1
    })
    const log = worker.logs.join('\n')
    expect(worker.logs.length).toBeGreaterThan(0)
    for (const secret of [BOT, SECRET, url]) expect(log.includes(secret)).toBe(false)
    expect(worker.logs.filter((line) => !line.includes('a delivery did not go out'))).toEqual([])
  })
})

interface Call {
  at?: string
  headers?: Record<string, string>
  body?: unknown
}

function call(path: string, { at = worker.url, headers = {}, body }: Call = {}): Promise<Response> {
  if (body === undefined) return fetch(at + path, { headers })
  return fetch(at + path, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

async function json(response: Response): Promise<unknown> {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return response.json()
}
