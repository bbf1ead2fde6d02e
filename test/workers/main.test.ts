// The main job on Workers: a customer asks, the bot answers, a person takes over; over Telegram, and in the web chat whose
// sockets Durable Objects hold. Nothing here ticks the schedule: what is due later, the queue wakes us for.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import type { ChatMessage, ServerFrame, Session } from '#http/chat/protocol.ts'
import { makeInvite } from '#http/console/auth.ts'
import type { ConsoleFrame } from '#http/console/protocol.ts'
import { GROUP } from '../support/house.ts'
import { buttonsOf, queued, wordsOf } from '../support/people.ts'
import { until } from '../support/until.ts'
import { connect, json, type Line, type WorkerStand, workerStand } from './stand.ts'
import { type Bundle, bundle } from './support.ts'

let built: Bundle
let stand: WorkerStand

beforeAll(async () => {
  built = await bundle()
  stand = await workerStand(built)
})
afterAll(async () => {
  await stand?.close()
  built?.remove()
})

describe('over Telegram', () => {
  test('the bot answers, a person is asked for, the topic shows card, history and buttons, and an agent answers', async () => {
    const customer = stand.visitor(42, '王小明')
    customer.text('多久发货')
    await customer.hears('王小明，付款后 24 小时内发货。')
    const topic = await queued(stand, customer, '王小明')
    const card = await stand.shows(topic, '排队中')
    expect(wordsOf(card)).toMatch(/客户 王小明: 多久发货\n机器人 示例商城: 王小明，付款后 24 小时内发货。\n客户 王小明: 转人工/)
    expect(buttonsOf(card)).toEqual(['接入', '结单', '转给 tech'])
    stand.anna.press('接入')
    await stand.popUp('已接入')
    await customer.hears('安娜 为您服务。')
    // Two seconds after the change: only a wake-up can be this early.
    expect((await stand.shows(topic, '处理中')).message_id).toBe(card.message_id)
    stand.anna.text(topic.id, '您好，请问订单号是多少？')
    await customer.hears('安娜: 您好，请问订单号是多少？')
    customer.text('订单号是 10086')
    await stand.shows(topic, '客户 王小明: 订单号是 10086')
    await stand.house.quiet()
    expect(customer.heard().filter((words) => words.includes('请问订单号'))).toHaveLength(1)
    expect(stand.fake.topics(GROUP)).toHaveLength(1)
  })

  test('words of somebody who does not own the conversation are held, and /resolve ends it with a rating', async () => {
    const customer = stand.visitor(43, '李雷')
    customer.text('转人工')
    await customer.hears('安娜 为您服务。') // She was here a moment ago, so she is given it.
    const topic = await stand.topic('李雷')
    await stand.shows(topic, '处理中')
    stand.ben.text(topic.id, '这个我来处理')
    await stand.shows(topic, '还没有发给客户（对话由 安娜 负责）：“这个我来处理”')
    stand.anna.text(topic.id, '/resolve')
    await customer.hears('请为本次服务打分')
    customer.press('4 满意')
    await customer.hears('谢谢您的评价！')
    await stand.house.quiet()
    expect(customer.heard().some((words) => words.includes('这个我来处理'))).toBe(false)
  })
})

describe('the queue', () => {
  test('wakes the Worker for a second try, long before the schedule would', async () => {
    stand.fake.fail({ status: 429, retry_after: 2 }, { method: 'sendMessage', chat: 60 })
    const customer = stand.visitor(60, '韩梅')
    const began = Date.now()
    customer.text('多久发货')
    await customer.hears('韩梅，付款后 24 小时内发货。')
    expect(Date.now() - began).toBeGreaterThan(1_900)
    expect(Date.now() - began).toBeLessThan(9_000)
    await stand.house.quiet()
    expect(customer.heard()).toHaveLength(1)
  })
})

interface Chat extends Line<ServerFrame> {
  messages(): ChatMessage[]
  hears(words: string): Promise<ChatMessage>
}

const text = (message: ChatMessage) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' ')

async function session(): Promise<Session> {
  return json<Session>(`${stand.worker.url}/chat/v1/web/session`, { body: { locale: 'zh-CN' } })
}

async function openChat(): Promise<Chat> {
  const line = await connect<ServerFrame>(`${stand.worker.url}/chat/v1/web/socket`)
  const messages = () => line.frames.flatMap((frame) => (frame.type === 'messages' ? frame.messages : []))
  return {
    ...line,
    messages,
    hears: (words) =>
      until(`the chat shows ${words}`, () => messages().find((one) => text(one).includes(words)), { state: () => line.frames }),
  }
}

async function signIn(): Promise<Record<string, string>> {
  const { token } = await makeInvite(stand.database.db, systemClock, 'invite', 'anna')
  const own = { 'content-type': 'application/json', 'x-frontdesk': '1' }
  const body = JSON.stringify({ token, email: 'anna@example.com', password: 'correct horse battery' })
  const setup = await fetch(`${stand.worker.url}/console/api/setup`, { method: 'POST', headers: own, body })
  expect(setup.status).toBe(200)
  return { ...own, cookie: setup.headers.get('set-cookie')?.split(';')[0] ?? '', origin: stand.worker.url }
}

describe('the web chat over a WebSocket', () => {
  test('greeting, an answer, a person in the console, and what was missed while away, once', async () => {
    const { token, greeting } = await session()
    expect(greeting.length).toBeGreaterThan(0)
    const chat = await openChat()
    chat.say({ type: 'hello', token, after: 0 })
    chat.say({ type: 'send', clientId: 'client-0001', text: '多久发货' })
    const answer = await chat.hears('付款后 24 小时内发货')
    expect(chat.frames).toContainEqual({ type: 'accepted', clientId: 'client-0001' })
    chat.say({ type: 'ping' })
    await until('the pong', () => chat.frames.some(({ type }) => type === 'pong'))

    const headers = await signIn()
    await json(`${stand.worker.url}/console/api/presence`, { headers, body: { state: 'online' } })
    const hints = await connect<ConsoleFrame>(`${stand.worker.url}/console/api/socket`, headers)
    chat.say({ type: 'send', clientId: 'client-0002', text: '转人工' })
    await chat.hears('安娜 为您服务') // She is here, so she is given it.
    await until('the console hears of it', () => hints.frames.some((frame) => frame.type === 'changed' && frame.conversation !== undefined))
    chat.say({ type: 'typing' })
    const { conversation } = await until('the console hears typing', () => hints.frames.find(({ type }) => type === 'typing'))
    const act = (body: object) => json(`${stand.worker.url}/console/api/conversations/${conversation}/actions`, { headers, body })
    chat.close()
    await chat.closed
    expect(await act({ type: 'reply', clientId: 'action-0002', text: '您好，我来看看' })).toMatchObject({ ok: true })

    const again = await openChat()
    again.say({ type: 'hello', token, after: answer.seq })
    await again.hears('您好，我来看看')
    // Sent once more, as a widget does that heard no 'accepted': it is there once.
    again.say({ type: 'send', clientId: 'client-0002', text: '转人工' })
    again.say({ type: 'send', clientId: 'client-0003', text: '好的谢谢' })
    await again.hears('好的谢谢')
    expect(await act({ type: 'reply', clientId: 'action-0003', text: '不客气' })).toMatchObject({ ok: true })
    await again.hears('不客气')
    const words = again.messages().map(text)
    expect(words.filter((one) => one.includes('转人工'))).toHaveLength(1)
    expect(words.some((one) => one.includes('多久发货'))).toBe(false)
    expect(new Set(words).size).toBe(words.length)
    again.close()
    hints.close()
  })

  test('what is sent without waiting for anything arrives in order, and every window of a visitor sees it', async () => {
    const { token } = await session()
    const [one, other] = [await openChat(), await openChat()]
    for (const chat of [one, other]) chat.say({ type: 'hello', token, after: 0 })
    const words = Array.from({ length: 12 }, (_, n) => `第${n}句 zzqx`)
    for (const [n, word] of words.entries()) one.say({ type: 'send', clientId: `client-${n}-order`, text: word })
    const said = (chat: Chat) =>
      chat
        .messages()
        .filter(({ author }) => author === 'customer')
        .map(text)
    for (const chat of [one, other]) {
      await until('all of it', () => said(chat).length >= words.length, { state: () => chat.frames })
      expect(said(chat)).toEqual(words)
      chat.close()
    }
  })

  test('a strange token, garbage and a stranger are refused in words', async () => {
    const chat = await openChat()
    chat.say({ type: 'admin' })
    await until('the refusal', () => chat.frames.some((frame) => frame.type === 'error' && frame.code === 'invalid'))
    chat.say({ type: 'hello', token: 'e30.e30.e30', after: 0 })
    expect(await chat.closed).toBe(1008)
    expect(chat.frames.at(-1)).toMatchObject({ type: 'error', code: 'no_session' })
    await expect(connect(`${stand.worker.url}/chat/v1/web/socket`, { origin: 'https://evil.example' })).resolves.toBeDefined() // `origins: ["*"]`
    await expect(connect(`${stand.worker.url}/console/api/socket`)).rejects.toThrow('401')
    const { cookie } = await signIn()
    await expect(
      connect(`${stand.worker.url}/console/api/socket`, { cookie: cookie ?? '', origin: 'https://evil.example' }),
    ).rejects.toThrow('403')
    const plain = await fetch(`${stand.worker.url}/chat/v1/web/socket`)
    expect(plain.status).toBe(426)
    // What rooms ask is no address of ours.
    expect((await fetch(`${stand.worker.url}/`, { method: 'POST', body: '{"op":"stay","sessions":[]}' })).status).toBe(404)
  })
})

describe('without Durable Objects and queue', () => {
  test('there is no socket, so widgets ask by HTTP, and all of it works', async () => {
    const bare = await workerStand(built, { without: ['LIVE', 'WORK'] })
    await expect(connect(`${bare.worker.url}/chat/v1/web/socket`)).rejects.toThrow('404')
    const customer = bare.visitor(42, '王小明')
    customer.text('多久发货')
    await customer.hears('王小明，付款后 24 小时内发货。')
    const { token } = await json<Session>(`${bare.worker.url}/chat/v1/web/session`, { body: { locale: 'en' } })
    const headers = { authorization: `Bearer ${token}` }
    await json(`${bare.worker.url}/chat/v1/web/messages`, {
      headers,
      body: { clientId: 'client-0001', text: 'how long does shipping take' },
    })
    await until('the answer', async () =>
      JSON.stringify(await json(`${bare.worker.url}/chat/v1/web/messages?after=0`, { headers })).includes('24 hours'),
    )
    await bare.close()
  })
})

test('in the end no connection is left open, and the log names no trouble but the one we made', async () => {
  await stand.house.quiet()
  await until('the connections are gone', async () => {
    const [row] = await stand.place.look<{ open: number }>(
      sql`select count(*)::int as open from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    )
    // The other one of this test's own pool.
    return (row?.open ?? 9) <= 1
  })
  expect(stand.worker.logs.filter((line) => !line.includes('a delivery did not go out'))).toEqual([])
})
