// The main job with Feishu as the agents' tool: a customer on the web asks, the bot answers, a person takes over in the group where
// agents already are. Once with Feishu calling our hook, once over the long connection without any public address.
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { describe, expect, type TestContext, test } from 'vitest'
import type { ChatMessage, Session } from '#http/chat/protocol.ts'
import { keysOf, textOf } from '../fakes/feishu/content.ts'
import { type Agent, type FakeFeishu, type Message, startFakeFeishu } from '../fakes/feishu.ts'
import { openHouse, type Premises, premises, type TestHouse } from '../support/house.ts'
import { freePort } from '../support/listen.ts'
import { until } from '../support/until.ts'

const APP = { appId: 'cli_e2e', appSecret: 'e2e-app-secret', chat: 'oc_e2e' }
const KEYS = { encryptKey: 'e2e-encrypt-key', verificationToken: 'e2e-verification-token' }

const yaml = (apiRoot: string, mode: 'webhook' | 'connection') => `brand: { name: 示例商城 }
channels:
  - { id: web, type: web, origins: ["*"] }
desks:
  - { id: feishu, type: feishu, appId: ${APP.appId}, appSecret: "\${FS_SECRET}", ${
    mode === 'webhook' ? `encryptKey: "\${FS_KEY}", verificationToken: "\${FS_TOKEN}", ` : ''
  }chat: ${APP.chat}, apiRoot: "${apiRoot}" }
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales], capacity: 5, identities: { feishu: ou_anna } }
  - { id: ben, name: 小本, skills: [aftersales], capacity: 5, identities: { feishu: ou_ben } }
`

interface Stand {
  fake: FakeFeishu
  house: TestHouse
  place: Premises
  anna: Agent
  ben: Agent
  /** The topic that shows it. */
  topic(words: string | RegExp): Promise<Message>
  shows(root: string, words: string | RegExp): Promise<Message>
}

async function openStand({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, mode: 'webhook' | 'connection'): Promise<Stand> {
  const port = await freePort()
  const hook = `http://127.0.0.1:${port}/hooks/feishu`
  const fake = await startFakeFeishu({ ...APP, ...(mode === 'webhook' && { ...KEYS, hook }) })
  const secrets = { FS_SECRET: APP.appSecret, FS_KEY: KEYS.encryptKey, FS_TOKEN: KEYS.verificationToken }
  const place = await premises(yaml(fake.url, mode), { ...secrets, PORT: String(port) })
  const house = await openHouse(place)
  onTestFinished(async () => {
    await house.stop()
    await fake.close()
    place.remove()
  })
  const fits = (text: string, words: string | RegExp) => (typeof words === 'string' ? text.includes(words) : words.test(text))
  const find = (messages: () => Message[], words: string | RegExp) =>
    until(`${words}`, () => messages().findLast((message) => fits(textOf(message), words)), { state: () => messages().map(textOf) })
  return {
    fake,
    house,
    place,
    anna: fake.agent({ id: 'ou_anna', name: '安娜' }),
    ben: fake.agent({ id: 'ou_ben', name: '小本' }),
    topic: (words) => find(() => fake.topics().filter(({ gone }) => !gone), words),
    shows: (root, words) => find(() => fake.world.inTopic(root).filter(({ from }) => from === undefined), words),
  }
}

interface Visitor {
  says(text: string): Promise<void>
  sends(file: Uint8Array<ArrayBuffer>, name: string, mime: string): Promise<void>
  heard(): Promise<ChatMessage[]>
  hears(words: string | RegExp): Promise<ChatMessage>
  get(url: string): Promise<Uint8Array>
}

async function visitor(url: string): Promise<Visitor> {
  const call = async <T>(path: string, init: RequestInit): Promise<T> => {
    const response = await fetch(`${url}${path}`, init)
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  const json = { 'content-type': 'application/json' }
  const { token } = await call<Session>('/chat/v1/web/session', { method: 'POST', headers: json, body: '{}' })
  const authorization = `Bearer ${token}`
  const say = (words: object) =>
    call('/chat/v1/web/messages', {
      method: 'POST',
      headers: { ...json, authorization },
      body: JSON.stringify({ clientId: randomUUID(), ...words }),
    })
  const heard = async () => {
    const { messages } = await call<{ messages: ChatMessage[] }>('/chat/v1/web/messages?after=0', { headers: { authorization } })
    return messages.filter(({ author }) => author !== 'customer')
  }
  return {
    heard,
    says: async (text) => void (await say({ text })),
    async sends(file, name, mime) {
      const headers = { authorization, 'content-type': mime }
      const { id } = await call<{ id: string }>(`/chat/v1/web/files?name=${encodeURIComponent(name)}`, {
        method: 'POST',
        headers,
        body: file,
      })
      await say({ file: { id } })
    },
    async hears(words) {
      let last: string[] = []
      return until(
        `the customer hears ${words}`,
        async () => {
          const all = await heard()
          last = all.map(wordsOf)
          return all.findLast((message) => (typeof words === 'string' ? wordsOf(message).includes(words) : words.test(wordsOf(message))))
        },
        { state: () => last },
      )
    },
    get: async (path) => new Uint8Array(await (await fetch(new URL(path, url))).arrayBuffer()),
  }
}

const wordsOf = (message: ChatMessage) => message.parts.map((part) => ('text' in part ? part.text : part.type)).join(' ')
const bytes = (seed: number, size: number) => Uint8Array.from({ length: size }, (_, n) => (n * 31 + seed) % 256)

describe('a customer on the web and agents in a topic group', () => {
  test.concurrent('ask, answer, claim, talk, hold, take over, transfer of files, resolve and rate', async (context) => {
    const stand = await openStand(context, 'webhook')
    const { fake, anna, ben } = stand
    const customer = await visitor(stand.house.url)
    await customer.says('多久发货')
    await customer.hears('24 小时内发货')
    expect(fake.topics()).toEqual([])
    await customer.says('转人工')
    await customer.hears('当前排队')
    const card = await stand.topic('排队中')
    expect(textOf(card)).toMatch(/对话记录[\s\S]*多久发货[\s\S]*24 小时内发货[\s\S]*转人工/)
    expect(keysOf(card).map(({ label }) => label)).toEqual(['接入', '结单', '转给 tech'])

    // Two press at once: one wins, and each hears it over the button.
    const [first, second] = await Promise.all([anna.press('接入', card.id), ben.press('接入', card.id)])
    expect([first, second].filter((toast) => toast?.startsWith('已接入'))).toHaveLength(1)
    expect([first, second].some((toast) => /^已由 (安娜|小本) 接入。$/.test(toast ?? ''))).toBe(true)
    const [owner, other] = first?.startsWith('已接入') ? [anna, ben] : [ben, anna]
    const name = owner === anna ? '安娜' : '小本'
    await customer.hears(`${name} 为您服务`)
    await stand.shows(card.id, '处理中')

    owner.text(card.id, '您好，请问订单号？')
    await customer.hears('您好，请问订单号？')
    owner.text(card.id, '//这位客户很急')
    owner.text(card.id, '/reslove')
    await until('the mistake is told', () => fake.privately(owner.id).some((message) => textOf(message).includes('/reslove')))
    await customer.says('是 <at user_id="all"></at> **10086**')
    const line = await stand.shows(card.id, '10086')
    expect(line).toMatchObject({ kind: 'post', root: card.id })
    expect(textOf(line)).toContain('<at user_id="all"></at> **10086**')

    // Somebody else's words are held, and asked about where only they see it.
    other.text(card.id, '这个我来处理')
    const question = await until('the question', () => fake.privately(other.id).find((message) => textOf(message).includes('这个我来处理')))
    expect(
      keysOf(question)
        .map(({ label }) => label)
        .slice(0, 3),
    ).toEqual(['接入并发送', '仅发送', '存为备注'])
    await other.press('接入并发送')
    await customer.hears('这个我来处理')

    // Files both ways, every byte.
    const paper = bytes(1, 300_000)
    await customer.sends(paper, '发票 2026.pdf', 'application/pdf')
    const shown = await until('the file in the topic', () => fake.world.inTopic(card.id).find(({ kind, from }) => kind === 'file' && !from))
    const key = (JSON.parse(shown.content) as { file_key: string }).file_key
    expect(fake.world.files.get(key)).toMatchObject({ bytes: paper, name: '发票 2026.pdf' })
    const picture = bytes(2, 70_000)
    other.file(card.id, 'image', { bytes: picture, name: '', mime: 'image/jpeg' })
    const url = await until('the picture at the customer', async () => {
      const parts = (await customer.heard()).flatMap((message) => message.parts)
      return parts.flatMap((part) => (part.type === 'media' ? part.media.url : []))[0]
    })
    expect(await until('its bytes', async () => (await customer.get(url)).length === picture.length && customer.get(url))).toEqual(picture)

    other.text(card.id, '/resolve')
    await customer.hears('本次服务已结束')
    await stand.shows(card.id, '已结单')
    await fake.settled()
    await stand.house.quiet()
    expect((await customer.heard()).map(wordsOf).join('\n')).not.toMatch(/很急|reslove|resolve/)
    expect(fake.topics()).toHaveLength(1)
    // Nothing was pushed twice: every call was answered within its three seconds.
    expect(fake.pushed.every((status) => status === 200)).toBe(true)
    await stand.house.stop()
    const notes = await stand.place.look<{ text: string }>(sql`select text from messages where author = 'note' order by seq`)
    // What was held stays on record as it was.
    expect(notes.map(({ text }) => text)).toEqual(['这位客户很急', '这个我来处理'])
  })

  test.concurrent('a topic that somebody deleted is made anew, with nothing lost and nobody asked twice', async (context) => {
    const stand = await openStand(context, 'webhook')
    const customer = await visitor(stand.house.url)
    await customer.says('转人工')
    const card = await stand.topic('排队中')
    await stand.anna.press('接入', card.id)
    await customer.says('第一句')
    await stand.shows(card.id, '第一句')
    Object.assign(stand.fake.world.message(card.id), { gone: true })
    await customer.says('第二句')
    const next = await stand.topic(/处理中[\s\S]*第一句/)
    await stand.shows(next.id, '第二句')
    stand.anna.text(next.id, '我在新话题里')
    await customer.hears('我在新话题里')
  })

  test.concurrent('without a public address: the same over the long connection', async (context) => {
    const stand = await openStand(context, 'connection')
    const { fake, anna } = stand
    const customer = await visitor(stand.house.url)
    await customer.says('转人工')
    const card = await stand.topic('排队中')
    await until('the line is open', () => fake.line.isOpen)
    expect(await anna.press('接入', card.id)).toMatch(/^(已接入|收到，正在处理)/)
    anna.text(card.id, '您好')
    await customer.hears('您好')
    // The line breaks, and comes back by itself.
    fake.line.drop()
    await until('the line is open again', () => fake.line.isOpen)
    anna.text(card.id, '还在吗')
    await customer.hears('还在吗')
    await fake.settled()
    expect(fake.line.answered.every((code) => code === 200)).toBe(true)
    // What is written while no house is there comes over no line any more: it is read, once, and nothing else twice.
    await stand.house.stop()
    expect(await stand.place.look(sql`select key from settings where key = 'missed:feishu'`)).toHaveLength(1)
    anna.text(card.id, '刚才不在的时候写的')
    await fake.settled()
    const next = await openHouse(stand.place)
    context.onTestFinished(() => next.stop())
    await customer.hears('刚才不在的时候写的')
    await next.quiet()
    const words = (await customer.heard()).filter(({ author }) => author === 'agent').map(wordsOf)
    expect(words).toEqual(['您好', '还在吗', '刚才不在的时候写的'])
  })
})
