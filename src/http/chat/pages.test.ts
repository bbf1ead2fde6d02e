// A customer's conversation of years: read on from a message, or back from its newest, and told of changes however old.

import { eq } from 'drizzle-orm'
import type { UpgradeWebSocket, WSContext, WSEvents } from 'hono/ws'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localLive } from '#core/live.ts'
import type { App } from '#src/app.ts'
import { changedBefore } from '#store/chat.ts'
import type { Database } from '#store/database.ts'
import * as s from '#store/schema.ts'
import { testApp } from '../../../test/support/app.ts'
import { testDatabase } from '../../../test/support/database.ts'
import { until } from '../../../test/support/until.ts'
import type { ChatMessage, MessagePage, ServerFrame, Session } from './protocol.ts'

const BEGAN = Date.parse('2024-03-01T08:00:00Z')
const COUNT = 350

let database: Database
let app: App
let token: string
const live = localLive()
let events: WSEvents | undefined
const upgrade = ((create: (context: unknown) => WSEvents) => (context: { text(words: string): Response }) => {
  events = create(context)
  return context.text('')
}) as unknown as UpgradeWebSocket

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const seqs = ({ messages }: MessagePage) => messages.map(({ seq }) => seq)
const ask = (query: string, who = token) =>
  app.http.request(`/chat/v1/web/messages${query}`, { headers: { authorization: `Bearer ${who}` } })
const page = async (query: string, who = token) => (await (await ask(query, who)).json()) as MessagePage
const userOf = (text: string) => (JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }).sub

async function session(body: object = {}): Promise<Session> {
  const headers = { 'content-type': 'application/json' }
  return (
    await app.http.request('/chat/v1/web/session', { method: 'POST', headers, body: JSON.stringify(body) })
  ).json() as Promise<Session>
}

/** Two conversations of one visitor; every tenth message is a note, which no customer sees. */
function said(seq: number): typeof s.messages.$inferInsert {
  const text = `第 ${seq} 句`
  return {
    id: `msg_${String(seq).padStart(5, '0')}`,
    conversationId: seq > 200 ? 'cnv_new' : 'cnv_old',
    seq,
    author: seq % 10 === 0 ? 'note' : seq % 3 === 0 ? 'agent' : 'customer',
    name: '王',
    parts: [{ type: 'text', text }],
    text,
    createdAt: new Date(BEGAN + seq * 3_600_000),
  }
}
const theirs = (from: number, to: number) => range(from, to).filter((seq) => seq % 10 !== 0)

beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database, 'channels: [{ id: web, type: web }]\n', { upgrade, live })
  token = (await session()).token
  const at = new Date(BEGAN)
  await database.db.insert(s.customers).values({ id: 'cus_1', name: '王', named: true, firstSeenAt: at, lastSeenAt: at })
  for (const [id, from] of [
    ['cnv_old', 0],
    ['cnv_new', 200],
  ] as const) {
    await database.db.insert(s.conversations).values({
      id,
      customerId: 'cus_1',
      channelId: 'web',
      userKey: userOf(token),
      threadKey: '',
      status: 'resolved',
      version: 1,
      priority: 'normal',
      locale: 'zh',
      greeted: true,
      botState: {},
      lastSeq: COUNT,
      openedAt: new Date(BEGAN + from * 3_600_000),
      lastMessageAt: at,
    })
  }
  await database.db.insert(s.messages).values(range(1, COUNT).map(said))
})
afterAll(async () => {
  await app.stop()
  await database.close()
})

test('read back from the newest: every message once, the notes never, and the last page knows that it is the last', async () => {
  const found: number[] = []
  let [before, more] = ['latest', true]
  for (let reads = 0; more; reads++) {
    expect(reads).toBeLessThan(10)
    const read = await page(`?before=${before}`)
    expect(read.messages.length).toBe(read.more ? 100 : theirs(1, COUNT).length % 100)
    found.unshift(...seqs(read))
    before = `${read.messages[0]?.seq}`
    more = read.more
  }
  expect(found).toEqual(theirs(1, COUNT))
  expect(await page('?before=1')).toMatchObject({ messages: [], more: false })
  // A page that holds exactly the rest promises nothing.
  const rest = theirs(1, COUNT)[100] ?? 0
  expect(await page(`?before=${rest}`)).toMatchObject({ more: false })
})

test('the newest page says where to read on, also to the socket; read from the beginning it is as it ever was', async () => {
  const newest = await page('?before=latest')
  expect(newest).toMatchObject({ cursor: 349, more: true, conversation: { status: 'resolved' } })
  expect(await page(`?after=${newest.cursor}`)).toMatchObject({ messages: [], cursor: 349, more: false })
  const found: number[] = []
  let [after, more] = [0, true]
  while (more) {
    const read = await page(`?after=${after}`)
    found.push(...seqs(read))
    after = read.cursor
    more = read.more
  }
  expect(found).toEqual(theirs(1, COUNT))
  expect(seqs(await page(''))).toEqual(theirs(1, COUNT).slice(0, 100))
})

test('on every page of the shop the visitor is the same, and whoever comes without a token is another', async () => {
  const first = await session({ page: 'https://shop.example/tea', token })
  const second = await session({ page: 'https://shop.example/cart', token: first.token })
  expect(second.token).not.toBe(first.token)
  expect([first.visitor, second.visitor]).toEqual([userOf(token), userOf(token)])
  expect((await session()).visitor).not.toBe(first.visitor)
})

test('somebody else reads nothing of it, and what cannot be read is refused', async () => {
  const other = (await session()).token
  expect(await page('?before=latest', other)).toEqual({ messages: [], cursor: 0, more: false, changes: expect.any(String) })
  for (const query of [
    '?before=soon',
    '?before=-1',
    '?before=1.5',
    '?before=99999999999',
    '?before=3&after=2',
    '?before=3&changes=a',
    '?after=3&changes=%27',
  ]) {
    expect([query, (await ask(query)).status]).toEqual([query, 400])
  }
})

test('an open page is told of an edit and of a retraction however long ago it was said', async () => {
  const at = new Date()
  const text = '改过'
  await database.db
    .update(s.messages)
    .set({ text, parts: [{ type: 'text', text }], editedAt: at })
    .where(eq(s.messages.seq, 3))
  const messages: ChatMessage[] = []
  await app.http.request('/chat/v1/web/socket')
  const socket = {
    readyState: 1,
    send: (words: string) => {
      const frame = JSON.parse(words) as ServerFrame
      if (frame.type === 'messages') messages.push(...frame.messages)
    },
    close: () => undefined,
  } as unknown as WSContext
  events?.onOpen?.(new Event('open'), socket)
  // Whoever comes back hears what changed meanwhile.
  events?.onMessage?.(new MessageEvent('message', { data: JSON.stringify({ type: 'hello', token, after: 349 }) }), socket)
  await until('the edit', () => messages.length === 1)
  expect(messages).toMatchObject([{ id: 'msg_00003', seq: 3, parts: [{ text }], editedAt: at.toISOString() }])
  // And whoever is there at once.
  await database.db
    .update(s.messages)
    .set({ recalledAt: new Date(at.getTime() + 1) })
    .where(eq(s.messages.seq, 5))
  live.publish(`visitor:web:${userOf(token)}`, { type: 'changed', again: true })
  await until('the retraction', () => messages.find(({ seq }) => seq === 5))
  expect(messages.find(({ seq }) => seq === 5)).toMatchObject({ id: 'msg_00005', parts: [] })
  events?.onClose?.(new CloseEvent('close'), socket)
})

test('whoever polls is told once of what changed of the messages they have, also of what was committed late', async () => {
  const change = (seq: number, values: Partial<typeof s.messages.$inferInsert>) =>
    database.db.update(s.messages).set(values).where(eq(s.messages.seq, seq))
  const at = new Date('2026-05-01T08:00:00Z')
  const { changes: first, cursor } = await page('?before=latest')
  expect(await page(`?after=${cursor}&changes=${first}`)).toMatchObject({ changed: [], changes: first })
  expect(await page('?before=200')).not.toHaveProperty('changes')
  await change(7, { text: '改', parts: [{ type: 'text', text: '改' }], editedAt: at })
  const second = await page(`?after=${cursor}&changes=${first}`)
  expect(second.changed).toContainEqual(expect.objectContaining({ id: 'msg_00007', parts: [{ type: 'text', text: '改' }] }))
  expect(second.messages).toEqual([])
  // Decided before that one, and committed after it.
  await change(8, { recalledAt: new Date(at.getTime() - 60_000) })
  const third = await page(`?after=${cursor}&changes=${second.changes}`)
  expect(third.changed).toContainEqual(expect.objectContaining({ id: 'msg_00008', parts: [] }))
  expect(await page(`?after=${cursor}&changes=${third.changes}`)).toMatchObject({ changed: [], changes: third.changes })
  // What the client has not read yet comes with its page, as it is now.
  expect((await page(`?after=7&changes=${second.changes}`)).changed?.map(({ seq }) => seq)).not.toContain(8)
})

test('of very many changes the last ones are told', async () => {
  for (const seq of theirs(1, 250))
    await database.db
      .update(s.messages)
      .set({ editedAt: new Date(BEGAN - seq * 1000) })
      .where(eq(s.messages.seq, seq))
  const changed = await changedBefore(database.db, 'web', userOf(token), 349)
  expect(changed.map(({ seq }) => seq)).toEqual(theirs(1, 250).slice(0, 200))
})
