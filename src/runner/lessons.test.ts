// From a question that nobody could answer to the entry that answers it the next time.
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MessagePage, Session } from '#http/chat/protocol.ts'
import type { Database } from '#store/database.ts'
import { choose } from '#store/questions.ts'
import { messages, questions } from '#store/schema.ts'
import { appOf } from '../../test/support/app.ts'
import { testDatabase } from '../../test/support/database.ts'
import { until } from '../../test/support/until.ts'
import type { App } from '../app.ts'
import { calibrationOf, decide, type Lesson, listLessons } from './lessons.ts'

const BOT = `version: 1
faq:
  - { id: shipping, title: 发货时间, ask: [多久发货, 什么时候寄出], answer: 付款后 24 小时内发货。 }
  - { id: returns, title: 退货, ask: [怎么退货, 不想要了], answer: 签收后 7 天内可退。 }
feedback: { thumbs: true }
fallback: { after: 9 }
handoff: { repeated: 0 }
`
const files: Record<string, string> = { 'bot.yaml': BOT, 'frontdesk.yaml': 'channels: [{ id: web, type: web }]\n' }
const source = {
  read: (name: string) => files[name],
  write: (name: string, text: string) => {
    files[name] = text
  },
}
let database: Database
let app: App
beforeAll(async () => {
  database = await testDatabase()
  app = await appOf(database, files)
})
afterAll(async () => {
  await app.stop()
  await database.close()
})

async function visitor() {
  const post = (path: string, body: object, headers = {}) =>
    app.http.request(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
  const session = (await (await post('/chat/v1/web/session', { locale: 'zh-CN' })).json()) as Session
  const headers = { authorization: `Bearer ${session.token}` }
  const heard = async () => {
    const { messages } = (await (await app.http.request('/chat/v1/web/messages', { headers })).json()) as MessagePage
    const last = messages.findLastIndex(({ author }) => author === 'customer')
    return messages.slice(last + 1).map(({ parts }) => JSON.stringify(parts))
  }
  const say = async (body: object) => {
    expect((await post('/chat/v1/web/messages', { clientId: crypto.randomUUID(), ...body }, headers)).status).toBeLessThan(300)
    return until('an answer', async () => (await heard())[0])
  }
  return { asks: (text: string) => say({ text }), presses: (button: string) => say({ press: { id: button, label: button } }) }
}

/** As an admin would see them, once what happened is written. */
const lessons = (want: (all: Lesson[]) => boolean) =>
  until('the lessons are there', async () => {
    const all = await listLessons(database.db, app.runner ? await knowledge() : [])
    return want(all) && all
  })
const knowledge = async () => {
  const { createBot } = await import('#bot/bot.ts')
  const { readBot } = await import('#bot/check.ts')
  const reading = readBot(files['bot.yaml'] ?? '', 'bot.yaml')
  if (!('value' in reading)) throw new Error('bot.yaml')
  return createBot(reading.value).knowledge('zh')
}
const noMistake = () => undefined

test('what was asked in vain is grouped, becomes an entry with an agent’s words, and is answered', async () => {
  for (const text of ['你们支持花呗分期吗', '花呗分期可以吗', '能不能花呗分期'])
    expect(await (await visitor()).asks(text)).toContain('没有理解')
  const [group] = await lessons(([first]) => first?.count === 3)
  expect(group?.texts).toHaveLength(3)
  expect(group?.entry).toBeUndefined()
  const entry = { action: 'entry' as const, id: 'installments', title: '分期', ask: group?.texts ?? [], answer: '支持花呗分期。' }
  expect(await decide(database.db, group as Lesson, entry, source, () => ({ zh: '不行', en: 'no' }))).toEqual({
    problem: { zh: '不行', en: 'no' },
  })
  expect(files['bot.yaml']).toBe(BOT)
  expect(await decide(database.db, group as Lesson, entry, source, noMistake)).toEqual({ done: true })
  expect(await app.reload()).toEqual([])
  expect(await (await visitor()).asks('花呗分期可以吗')).toContain('支持花呗分期。')
  expect(await lessons((all) => all.length === 0)).toEqual([])
})

test('what an agent answered is a draft, unless it was taken back', async () => {
  expect(await (await visitor()).asks('可以送到山顶吗')).toContain('没有理解')
  const [asked] = await lessons(([first]) => first?.texts[0] === '可以送到山顶吗')
  const [question] = await database.db
    .select()
    .from(questions)
    .where(eq(questions.id, asked?.key ?? ''))
  const said = (seq: number, text: string, recalledAt: Date | null) => ({
    ...{ id: `msg_${seq}`, conversationId: question?.conversationId ?? '', author: 'agent' as const, name: '安娜', parts: [] },
    ...{ seq, text, recalledAt, createdAt: new Date(Date.now() + 1_000) },
  })
  await database.db.insert(messages).values([said(900, '发给别人的话', new Date()), said(901, '可以，加收十元。', null)])
  const [group] = await lessons(([first]) => first?.draft !== undefined)
  expect(group?.draft).toBe('可以，加收十元。')
  await decide(database.db, group as Lesson, { action: 'ignore' }, source, noMistake)
})

test('where bot.yaml cannot be written nothing is decided, and why is said', async () => {
  expect(await (await visitor()).asks('能否刻字留念')).toContain('没有理解')
  const [group] = await lessons(([first]) => first?.texts[0] === '能否刻字留念')
  const entry = { action: 'entry' as const, id: 'engraving', title: '刻字', ask: group?.texts ?? [], answer: '可以。' }
  const write = () => {
    throw new Error('EROFS: read-only file system')
  }
  expect(await decide(database.db, group as Lesson, entry, { ...source, write }, noMistake)).toMatchObject({
    problem: { en: expect.stringContaining('read-only file system') },
  })
  expect(await lessons((all) => all.length > 0)).toHaveLength(1)
  await decide(database.db, group as Lesson, { action: 'ignore' }, source, noMistake)
})

test('what the customer chose, or an agent sent, names the entry; the wordings go under it', async () => {
  const person = await visitor()
  expect(await person.asks('发货')).toContain('发货时间')
  expect(await person.presses('faq:shipping')).toContain('24 小时')
  const [group] = await lessons(([first]) => first?.entry?.said === 'customers')
  expect(group).toMatchObject({ texts: ['发货'], entry: { id: 'faq:shipping', title: '发货时间' } })
  const phrases = { action: 'phrases' as const, entry: 'faq:shipping', texts: group?.texts ?? [] }
  expect(await decide(database.db, group as Lesson, phrases, source, noMistake)).toEqual({ done: true })
  expect(files['bot.yaml']).toContain('ask: [多久发货, 什么时候寄出, "发货"]')
})

test('what is to be left alone does not come again', async () => {
  expect(await (await visitor()).asks('门店几点关门')).toContain('没有理解')
  const [group] = await lessons(([first]) => first?.texts[0] === '门店几点关门')
  await decide(database.db, group as Lesson, { action: 'ignore' }, source, noMistake)
  expect(await (await visitor()).asks('在吗门店几点关门啊')).toContain('没有理解')
  const [again] = await lessons((all) => all.length === 1)
  expect(again?.texts).toEqual(['在吗门店几点关门啊'])
  await choose(database.db, 'cnv_none', 'faq:returns', 'agent')
  await decide(database.db, again as Lesson, { action: 'ignore' }, source, noMistake)
})

test('a thumb down brings the question back, a thumb up does not; both say what a confidence is worth', async () => {
  const [one, two] = [await visitor(), await visitor()]
  expect(await one.asks('请问一下多久能发货呀')).toContain('有帮助')
  expect(await one.presses('thumb:up')).toContain('谢谢')
  expect(await two.asks('请问多久能给我发货呢')).toContain('没帮助')
  expect(await two.presses('thumb:down')).toContain('人工')
  const [group] = await lessons((all) => all.some(({ unhelpful }) => unhelpful === 1))
  expect(group).toMatchObject({ count: 1, unhelpful: 1 })
  expect(group?.entry).toBeUndefined()
  const { tenths } = await calibrationOf(database.db)
  expect(tenths.reduce((sum, { up, down }) => [(sum[0] ?? 0) + up, (sum[1] ?? 0) + down], [0, 0])).toEqual([1, 1])
})
