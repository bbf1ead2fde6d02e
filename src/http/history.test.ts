// A conversation of years as an agent reads it: its end with the detail, all that was said before it page by page.
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import * as s from '#store/schema.ts'
import { signIn, testApp } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/database.ts'
import type { App } from '../app.ts'
import type { ConsoleMessage, ConversationDetail, FoundPage, HistoryPage } from './console/protocol.ts'

const YAML = `
channels: [{ id: web, type: web }]
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales] }
  - { id: tom, name: Tom, skills: [tech] }
`
const CNV = 'cnv_years'
const BEGAN = Date.parse('2022-03-01T08:00:00Z')
const NOTHING = { error: { code: 'not_found', message: expect.any(String) as string } }

let database: Database
let app: App
const cookies: Record<string, string> = {}

const ask = (path: string, who = 'anna') =>
  app.http.request(`/console/api/conversations/${path}`, { headers: { cookie: cookies[who] ?? '', 'accept-language': 'en' } })
const detail = async (query = '') => (await (await ask(`${CNV}${query}`)).json()) as ConversationDetail
const before = async (seq: number) => (await (await ask(`${CNV}/messages?before=${seq}`)).json()) as HistoryPage
const seqs = (messages: readonly ConsoleMessage[]) => messages.map(({ seq }) => seq)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const wordsOf = ({ parts }: ConsoleMessage) => parts.map((part) => ('text' in part ? part.text : '')).join('')

function said(seq: number, more: Partial<typeof s.messages.$inferInsert> = {}): typeof s.messages.$inferInsert {
  const text = `第 ${seq} 句`
  const isOurs = seq % 3 === 0
  return {
    id: `msg_${String(seq).padStart(5, '0')}`,
    conversationId: CNV,
    seq,
    author: isOurs ? 'agent' : 'customer',
    agentId: isOurs ? 'anna' : null,
    name: isOurs ? '安娜' : '王',
    parts: [{ type: 'text', text }],
    text,
    createdAt: new Date(BEGAN + seq * 3_600_000),
    ...more,
  }
}
const say = (from: number, to: number) => database.db.insert(s.messages).values(range(from, to).map((seq) => said(seq)))

beforeAll(async () => {
  database = await testDatabase()
  app = await testApp(database, YAML)
  for (const who of ['anna', 'tom']) cookies[who] = await signIn(app, database, who)
  const at = new Date(BEGAN)
  await database.db.insert(s.customers).values({ id: 'cus_1', name: '王', named: true, firstSeenAt: at, lastSeenAt: at })
  await database.db.insert(s.conversations).values({
    id: CNV,
    customerId: 'cus_1',
    channelId: 'web',
    userKey: 'a',
    threadKey: '',
    skill: 'aftersales',
    status: 'resolved',
    version: 1,
    priority: 'normal',
    locale: 'zh',
    greeted: true,
    botState: {},
    lastSeq: 250,
    openedAt: at,
    lastMessageAt: at,
  })
})
afterAll(async () => {
  await app.stop()
  await database.close()
})
beforeEach(async () => {
  await database.db.delete(s.messages)
  await database.db.delete(s.deliveries)
  await say(1, 250)
})

test('the detail brings the last hundred, and page by page everything that was ever said, once and in its order', async () => {
  const newest = await detail()
  expect(seqs(newest.messages)).toEqual(range(151, 250))
  const all = [...newest.messages]
  const sizes: number[] = []
  for (let { older } = newest; older; ) {
    const page = await before(all[0]?.seq ?? 0)
    sizes.push(page.messages.length)
    all.unshift(...page.messages)
    older = page.older
  }
  expect(sizes).toEqual([100, 50])
  expect(all.map(wordsOf)).toEqual(range(1, 250).map((seq) => `第 ${seq} 句`))
})

test('a history that ends with a page says so', async () => {
  await database.db.delete(s.messages)
  expect(await detail()).toMatchObject({ messages: [], older: false })
  await say(1, 100)
  expect((await detail()).older).toBe(false)
  await say(101, 101)
  expect((await detail()).older).toBe(true)
  expect(seqs((await before(2)).messages)).toEqual([1])
  expect(await before(1)).toEqual({ messages: [], older: false, newer: true })
})

test('brings the page around any message at once, and from there what was said before and after it, each once, to both ends', async () => {
  const page = async (query: string) => (await (await ask(`${CNV}/messages?${query}`)).json()) as HistoryPage
  const there = await page('around=120')
  expect([seqs(there.messages), there.older, there.newer]).toEqual([range(70, 169), true, true])
  const onward = await page('after=169')
  expect([seqs(onward.messages), onward.older, onward.newer]).toEqual([range(170, 250), true, false])
  const back = await page('before=70')
  expect([seqs(back.messages), back.older, back.newer]).toEqual([range(1, 69), false, true])
  expect(await page('around=3')).toMatchObject({ older: false, newer: true })
  expect(seqs((await page('around=249')).messages)).toEqual(range(199, 250))
  expect(await page('after=250')).toEqual({ messages: [], older: true, newer: false })
  const both = await ask(`${CNV}/messages?before=3&around=7`)
  expect([both.status, await both.text()]).toEqual([400, expect.stringContaining('Only one of before, after and around')])
  expect((await ask(`${CNV}/messages?around=0`)).status).toBe(400)
  expect((await ask(`${CNV}/messages?around=120`, 'tom')).status).toBe(404)
})

test('what is on a screen that stays open is read again with what is new, until that is very much', async () => {
  await say(251, 260)
  expect(seqs((await detail()).messages)).toEqual(range(161, 260))
  const kept = await detail('?from=151')
  expect([seqs(kept.messages), kept.older]).toEqual([range(151, 260), true])
  expect(seqs((await detail('?from=2000')).messages)).toEqual(range(161, 260))
  expect((await detail('?from=1')).older).toBe(false)
  await say(261, 450)
  expect(seqs((await detail('?from=151')).messages)).toEqual(range(151, 450))
  await say(451, 451)
  const anew = await detail('?from=151')
  expect([seqs(anew.messages), anew.older]).toEqual([range(352, 451), true])
})

test('an older page says as much of a message as the detail: edited, taken back, how far it got', async () => {
  const at = new Date(BEGAN + 900 * 3_600_000)
  await database.db
    .update(s.messages)
    .set({ text: '改过', parts: [{ type: 'text', text: '改过' }], editedAt: at })
    .where(eq(s.messages.seq, 61))
  await database.db.update(s.messages).set({ recalledAt: at }).where(eq(s.messages.seq, 62))
  await database.db.insert(s.deliveries).values({
    id: 'dlv_1',
    kind: 'channel',
    targetId: 'web',
    lane: 'web:a',
    conversationId: CNV,
    messageId: 'msg_00063',
    op: 'send',
    payload: {},
    automatic: false,
    state: 'sent',
    nextAt: at,
    readAt: at,
    originKey: 'x',
    createdAt: at,
  })
  const { messages } = await before(64)
  expect(messages.slice(-3)).toMatchObject([
    { seq: 61, parts: [{ text: '改过' }], editedAt: at.toISOString() },
    { seq: 62, recalledAt: at.toISOString() },
    { seq: 63, delivery: { state: 'read' } },
  ])
})

test('the last words of the list are those of the detail, also when the house spoke ever since', async () => {
  await database.db.delete(s.messages)
  await database.db
    .insert(s.messages)
    .values([said(1), ...range(2, 120).map((seq) => said(seq, { author: 'system', agentId: null, name: '' }))])
  expect(await detail()).toMatchObject({ preview: '第 1 句', previewBy: 'customer' })
})

test('says where words were said, newest first, for whoever may read it', async () => {
  const found = async (q: string) => (await (await ask(`${CNV}/found?q=${encodeURIComponent(q)}`)).json()) as FoundPage
  expect(await found('第 24')).toEqual({ seqs: [249, 248, 247, 246, 245, 244, 243, 242, 241, 240, 24], more: false })
  expect(await found('%')).toEqual({ seqs: [], more: false })
  const many = await found('句')
  expect([many.seqs, many.more]).toEqual([range(151, 250).reverse(), true])
  expect((await ask(`${CNV}/found?q=`)).status).toBe(400)
  expect((await ask(`${CNV}/found?q=24`, 'tom')).status).toBe(404)
})

test('an older page is for those who may see the conversation: for all others there is none', async () => {
  const theirs = await ask(`${CNV}/messages?before=100`, 'tom')
  expect([theirs.status, await theirs.json()]).toEqual([404, NOTHING])
  expect((await ask('cnv_none/messages?before=100')).status).toBe(404)
  expect((await ask(`${CNV}/messages?before=100`, 'nobody')).status).toBe(401)
})

test.each(['messages', 'messages?before=', 'messages?before=0', 'messages?before=-1', 'messages?before=1.5', 'messages?before=x'])(
  'a place that is none is refused in both languages: %s',
  async (path) => {
    const answer = await ask(`${CNV}/${path}`)
    const { error } = (await answer.json()) as { error: { code: string; message: string } }
    expect([answer.status, error.code]).toEqual([400, 'invalid'])
    expect(error.message).toMatch(/^before: .*whole number.* \/ before：.*整数/)
  },
)

test('nor does a place beyond what the store counts reach it', async () => {
  expect((await ask(`${CNV}/messages?before=2147483648`)).status).toBe(400)
  expect((await ask(`${CNV}/messages?before=2147483647`)).status).toBe(200)
  expect((await ask(`${CNV}?from=nonsense`)).status).toBe(400)
})

test('what happened is told to its end: the last two hundred of it, oldest first', async () => {
  await database.db.insert(s.auditEvents).values(
    range(1, 250).map((n) => ({
      id: `aud_${String(n).padStart(4, '0')}`,
      at: new Date(BEGAN + n * 60_000),
      action: 'conversation.resolved',
      actorKind: 'agent' as const,
      actorId: 'anna',
      conversationId: CNV,
      data: { code: `n${n}` },
    })),
  )
  expect((await detail()).trail.map(({ what }) => what)).toEqual(range(51, 250).map((n) => `Resolved n${n}`))
})
