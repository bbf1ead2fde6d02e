// The example of docs/examples/orders, driven from end to end: a visitor on the web channel, the real house, and a shop's own system
// on loopback that keeps to Standard Webhooks and can be slow, broken or gone.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { eq } from 'drizzle-orm'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Button } from '#core/message.ts'
import { standardWebhooks } from '#platforms/standard-webhooks.ts'
import type { App } from '#src/app.ts'
import type { Database } from '#store/database.ts'
import { conversations, customers, deliveries, events } from '#store/schema.ts'
import { appOf } from '../support/app.ts'
import { testDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const SECRET = `whsec_${btoa('0123456789abcdef0123456789abcdef')}`
const example = (name: string) => readFileSync(new URL(`../../docs/examples/orders/${name}`, import.meta.url), 'utf8')

/** What the shop's system was asked, and how it answers. */
interface Shop {
  url: string
  asked: { id: string; body: { type: string; data: { with: Record<string, string>; customer: { tags: string[] } } } }[]
  answer: (n: number) => Response | Promise<Response>
  stop(): Promise<void>
}

async function openShop(): Promise<Shop> {
  const webhooks = standardWebhooks([SECRET])
  const app = new Hono()
  const shop: Omit<Shop, 'url' | 'stop'> = { asked: [], answer: () => Response.json({}) }
  app.post('/orders', async (context) => {
    const { id, body } = await webhooks.read(context.req.raw, new Date())
    shop.asked.push({ id, body: JSON.parse(body) })
    return shop.answer(shop.asked.length)
  })
  app.onError((error) => new Response(error.message, { status: 401 }))
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const made = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(made))
  })
  const { port } = server.address() as { port: number }
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return Object.assign(shop, { url: `http://127.0.0.1:${port}/orders`, stop })
}

let database: Database
let shop: Shop
let app: App

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  shop = await openShop()
  const files: Record<string, string> = { 'frontdesk.yaml': example('frontdesk.yaml'), 'bot.yaml': example('bot.yaml') }
  app = await appOf(database, files, { ORDERS_URL: shop.url, ORDERS_SECRET: SECRET })
})
afterEach(async () => {
  await app.stop()
  await shop.stop()
})

/** A visitor: what the bot says is awaited in order. */
async function visitor(more: Record<string, string> = {}) {
  const json = { 'content-type': 'application/json', ...(more.language && { 'accept-language': more.language }) }
  const session = await app.http.request('/chat/v1/web/session', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ page: more.page, locale: more.language }),
  })
  const { token, greeting, questions } = (await session.json()) as {
    token: string
    greeting: { text: string; buttons?: Button[] }[]
    questions: Button[]
  }
  const auth = { ...json, authorization: `Bearer ${token}` }
  let seen = 0
  const send = (body: object) =>
    app.http.request('/chat/v1/web/messages', { method: 'POST', headers: auth, body: JSON.stringify({ clientId: randomUUID(), ...body }) })
  const page = async () => {
    const response = await app.http.request('/chat/v1/web/messages?after=0', { headers: auth })
    return (await response.json()) as {
      messages: { seq: number; author: string; parts: { text?: string; buttons?: Button[] }[] }[]
      conversation?: { status: string }
    }
  }
  return {
    greeting,
    questions,
    says: (text: string) => send({ text }),
    presses: (id: string, label: string) => send({ press: { id, label } }),
    status: async () => (await page()).conversation?.status,
    /** The next words of the house that hold this. */
    hears: (words: string) =>
      until(words, async () => {
        const found = (await page()).messages.find(
          ({ seq, author, parts }) => seq > seen && author !== 'customer' && parts.some(({ text }) => text?.includes(words)),
        )
        if (found) seen = found.seq
        return found
      }),
    all: async () => (await page()).messages.map(({ author, parts }) => `${author}: ${parts.map(({ text }) => text).join(' ')}`),
  }
}

test('an order is looked up in the shop’s own system, in the customer’s language, and what it answers is said', async () => {
  shop.answer = () => Response.json({ status: 'shipped', carrier: '顺丰', level: 'gold', parcel: { number: 'SF100', weight: 2 } })
  const zh = await visitor({ language: 'zh-CN' })
  expect(zh.greeting[0]?.text).toContain('欢迎来到示例商城')
  await zh.says('查订单')
  await zh.hears('请发送订单号')
  await zh.says('多久发货')
  await zh.hears('24 小时内发货')
  await zh.says('ＳＯ２０２６０００１')
  const { parts } = await zh.hears('已发货：顺丰 SF100')
  expect(parts.flatMap(({ buttons = [] }) => buttons.map(({ label }) => label))).toEqual(['解决了', '没有'])
  expect(shop.asked).toMatchObject([{ body: { type: 'flow.call', data: { with: { order_no: 'SO20260001' }, customer: { tags: [] } } } }])
  await zh.says('解决了')
  await zh.hears('还有其他')
  // The customer is known as a good one from now on, and a rule calls a person for them.
  await zh.says('怎么退款')
  await zh.hears('申请退款')
  await until('a person is called', async () => (await zh.status()) === 'queued')
  const [customer] = await database.db.select().from(customers)
  expect(customer?.tags).toEqual(['vip'])
  const [conversation] = await database.db.select().from(conversations)
  expect(conversation).toMatchObject({
    priority: 'high',
    handoff: { reason: 'topic', collected: { order_no: 'SO20260001', solved: 'yes' } },
  })

  const en = await visitor({ language: 'en-GB', page: 'https://shop.example/orders/1?utm_campaign=may' })
  expect(en.greeting[0]?.text).toBe('Which order is it about?')
  await en.says('where is my order')
  await en.hears('Your order number')
  await en.says('SO20260002')
  await en.hears('Shipped: 顺丰 SF100')
})

test('what breaks is asked again under the same id; what is refused, or not JSON, takes the failed steps', async () => {
  shop.answer = (n) => (n === 1 ? new Response('', { status: 503 }) : Response.json({ status: 'pending' }))
  const patient = await visitor({ language: 'zh' })
  await patient.says('查订单')
  await patient.hears('请发送订单号')
  await patient.says('SO20260001')
  await patient.hears('正在备货')
  expect(shop.asked).toHaveLength(2)
  expect(new Set(shop.asked.map(({ id }) => id)).size).toBe(1)

  for (const answer of [
    () => new Response('no', { status: 403 }),
    () => new Response('<html>'),
    () => Response.redirect('http://127.0.0.1:9/', 302),
  ]) {
    shop.answer = answer
    const asked = shop.asked.length
    const other = await visitor({ language: 'zh' })
    await other.says('查订单')
    await other.hears('请发送订单号')
    await other.says('SO20260001')
    await other.hears('暂时查不到')
    await until('a person is called', async () => (await other.status()) === 'queued')
    expect(shop.asked.length - asked).toBe(1)
  }
})

test('words that come while the shop’s system thinks are answered, and its answer still comes', async () => {
  let answer: (response: Response) => void = () => undefined
  shop.answer = () => new Promise<Response>((resolve) => (answer = resolve))
  const customer = await visitor({ language: 'zh' })
  await customer.says('查订单')
  await customer.hears('请发送订单号')
  await customer.says('SO20260001')
  await until('the shop is asked', () => shop.asked.length === 1)
  await customer.says('好了没')
  await customer.hears('正在为您查询')
  await customer.says('多久发货')
  await customer.hears('24 小时内发货')
  answer(Response.json({ status: 'pending' }))
  await customer.hears('正在备货')
  // A person who took over meanwhile is not talked over: the late answer changes nothing.
  const other = await visitor({ language: 'zh' })
  await other.says('查订单')
  await other.hears('请发送订单号')
  await other.says('SO20260001')
  await until('the shop is asked again', () => shop.asked.length === 2)
  await other.says('转人工')
  await until('a person is called', async () => (await other.status()) === 'queued')
  answer(Response.json({ status: 'pending' }))
  await until('the answer was worked on', async () => {
    const rows = await database.db.select().from(events)
    return rows.filter(({ source, state }) => source === 'house' && state === 'done').length >= 2
  })
  expect((await other.all()).filter((line) => line.includes('正在备货'))).toEqual([])
})

test('a system that is gone takes the failed steps when the customer has waited long enough', async () => {
  await shop.stop()
  const customer = await visitor({ language: 'en' })
  await customer.says('track my order')
  await customer.hears('Your order number')
  await customer.says('SO20260001')
  await customer.hears('I cannot look it up right now')
  await until('a person is called', async () => (await customer.status()) === 'queued')
  const calls = await database.db.select().from(deliveries).where(eq(deliveries.kind, 'webhook')).orderBy(deliveries.position)
  // Given up before the next try, or when that was about to begin too late.
  expect(['expired', 'failed']).toContain(calls.at(-1)?.state)
  shop = await openShop()
}, 20_000)
