// The main job with Slack as the agents' tool: a customer in the web chat, the bot, the queue, and an agent in a thread.
import { sql } from 'drizzle-orm'
import { describe, expect, type TestContext, test } from 'vitest'
import { plainText } from '#core/message.ts'
import type { MessagePage, Session } from '#http/chat/protocol.ts'
import { alive, pressables, seen } from '../fakes/slack/blocks.ts'
import { type FakeSlack, type Message, type Person, startFakeSlack } from '../fakes/slack.ts'
import { openHouse, type Premises, premises, type TestHouse } from '../support/house.ts'
import { until } from '../support/until.ts'

const [TOKEN, SECRET, APP] = ['xoxb-e2e', 'signing-e2e', 'xapp-e2e']
const yaml = (apiRoot: string, desk: string) => `brand: { name: 示例商城 }
channels:
  - { id: web, type: web, origins: ["*"] }
desks:
  - { id: console, type: console }
  - { id: slack, type: slack, botToken: "\${SLACK_BOT}", ${desk}, channel: C100, channels: { tech: C200 }, apiRoot: "${apiRoot}" }
skills: [aftersales, tech]
agents:
  - { id: anna, name: 安娜, skills: [aftersales], capacity: 5, identities: { slack: U501 } }
  - { id: ben, name: 小本, skills: [aftersales, tech], capacity: 5, identities: { slack: U502 } }
`

interface Stand {
  fake: FakeSlack
  house: TestHouse
  place: Premises
  anna: Person
  ben: Person
}

async function openStand({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, way: 'webhook' | 'socket' = 'webhook'): Promise<Stand> {
  const fake = await startFakeSlack({ token: TOKEN, secret: SECRET, appToken: APP })
  for (const [id, name] of [
    ['U501', '安娜'],
    ['U502', '小本'],
    ['U777', '路人'],
  ] as const)
    fake.world.addUser(id, name)
  fake.world.addChannel('C100', '售后', ['UDESK', 'U501', 'U502', 'U777'])
  fake.world.addChannel('C200', '技术', ['UDESK', 'U502'])
  const desk = way === 'webhook' ? `signingSecret: "\${SLACK_SIGN}"` : `appToken: "\${SLACK_APP}"`
  const place = await premises(yaml(fake.url, desk), { SLACK_BOT: TOKEN, SLACK_SIGN: SECRET, SLACK_APP: APP })
  const house = await openHouse(place)
  onTestFinished(async () => {
    await house.stop()
    await fake.close()
    place.remove()
  })
  if (way === 'webhook') fake.hook = { url: `${house.url}/hooks/slack` }
  else await until('the socket is open', () => fake.sockets.size > 0, { state: () => fake.calls })
  return { fake, house, place, anna: fake.person('U501', 'C100'), ben: fake.person('U502', 'C100') }
}

interface Customer {
  say(text: string): Promise<void>
  heard(): Promise<string[]>
  hears(text: string | RegExp): Promise<string>
}

async function visit({ house }: Stand): Promise<Customer> {
  const chat = `${house.url}/chat/v1/web`
  const json = { 'content-type': 'application/json' }
  const begun = await fetch(`${chat}/session`, { method: 'POST', body: JSON.stringify({ locale: 'zh-CN' }), headers: json })
  const headers = { ...json, authorization: `Bearer ${((await begun.json()) as Session).token}` }
  const heard = async () => {
    const { messages } = (await (await fetch(`${chat}/messages?after=0`, { headers })).json()) as MessagePage
    return messages.filter(({ author }) => author !== 'customer').map(({ parts }) => plainText(parts as Parameters<typeof plainText>[0]))
  }
  return {
    heard,
    async say(text) {
      const answer = await fetch(`${chat}/messages`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ clientId: crypto.randomUUID(), text }),
      })
      expect(answer.status).toBe(200)
    },
    hears: (text) =>
      until(`the customer hears ${text}`, async () =>
        (await heard()).findLast((words) => (typeof text === 'string' ? words.includes(text) : text.test(words))),
      ),
  }
}

const roots = ({ fake }: Stand): Message[] =>
  [...fake.world.channel('C100').messages.values()].filter(({ ts, thread_ts, only }) => !only && (thread_ts ?? ts) === ts)
const thread = ({ fake }: Stand, root: string): string[] =>
  fake.world.thread('C100', root).map((one) => [one.username, seen(one)].filter(Boolean).join(' | '))

async function shows(stand: Stand, root: string, text: string | RegExp): Promise<Message> {
  return until(
    `the thread shows ${text}`,
    () =>
      stand.fake.world.thread('C100', root).findLast((one) => {
        const words = [one.username, seen(one)].filter(Boolean).join(' | ')
        return typeof text === 'string' ? words.includes(text) : text.test(words)
      }),
    { state: () => ({ thread: thread(stand, root), failed: stand.fake.calls.filter(({ ok }) => !ok) }) },
  )
}

/** The customer asks for a person; the ts of the card that appears. */
async function queued(stand: Stand, customer: Customer): Promise<string> {
  await customer.say('转人工')
  await customer.hears('当前排队')
  const card = await until('a card', () => roots(stand).at(-1), { state: () => stand.fake.calls })
  await shows(stand, card.ts, '排队中')
  return card.ts
}

async function claimed(stand: Stand, customer: Customer): Promise<string> {
  const root = await queued(stand, customer)
  stand.anna.press('接入')
  await customer.hears('安娜 为您服务。')
  return root
}

/** Everything that happened in Slack is taken, and everything that follows from it is done. */
async function settled({ fake, house }: Stand): Promise<void> {
  await until('everything is taken', () => fake.pending() === 0, { state: () => [fake.hook, fake.world.waiting] })
  await house.quiet()
}

async function hearsNothingMore(stand: Stand, customer: Customer, act: () => unknown): Promise<void> {
  const before = await customer.heard()
  await act()
  await settled(stand)
  expect(await customer.heard()).toEqual(before)
}

describe('a customer in the web chat and an agent in Slack', () => {
  // chatwoot#4690 chatwoot#12680: nothing can be taken or resolved in Slack, and nobody there hears that it was.
  test.concurrent('the whole way: bot, queue, claim, answers, a note, a change, resolve, rating', async (context) => {
    const stand = await openStand(context)
    const { fake, anna } = stand
    const customer = await visit(stand)
    await customer.say('怎么退货')
    await customer.hears('签收后 7 天内可无理由退货。')
    expect(roots(stand)).toEqual([])
    const root = await queued(stand, customer)
    const card = await shows(stand, root, '怎么退货')
    expect(pressables(card.blocks).map(({ label }) => label)).toEqual(['接入', '结单', '转给 tech', '写备注…', '常用语…'])
    anna.press('接入')
    await customer.hears('安娜 为您服务。')
    await shows(stand, root, '处理中')
    const ts = anna.write(root, '您好<!here>，请问订单号？')
    // What rings a channel in Slack is a plain word to the customer.
    await customer.hears('您好@here，请问订单号？')
    await hearsNothingMore(stand, customer, () => {
      anna.write(root, '!note 客户很急')
      anna.write(root, '//已经催过仓库')
      anna.press('写备注…', root)
    })
    await hearsNothingMore(stand, customer, () => anna.submit('第二次来问了'))
    await customer.say('订单号 10086 <!channel> <https://evil.example|银行>')
    const line = await shows(stand, root, '订单号 10086 <!channel> <https://evil.example|银行>')
    expect(line.username).toMatch(/ · 客户$/)
    expect(
      fake.world
        .thread('C100', root)
        .filter(({ user }) => user === 'UDESK')
        .flatMap(alive),
    ).toEqual([])
    const before = (await customer.heard()).length
    anna.edit(ts, '您好，请问订单号是多少？')
    anna.unfurl(ts)
    await settled(stand)
    // Changed where it stands or not at all, but never said twice (matterbridge#296).
    expect((await customer.heard()).length).toBe(before)
    anna.press('结单', root)
    await customer.hears('请为本次服务打分')
    await until('the card is ticked', () => fake.world.channel('C100').messages.get(root)?.reactions.has('white_check_mark'))
    await stand.house.stop()
    const notes = await stand.place.look(sql`select text, name from messages where author = 'note' order by seq`)
    expect(notes).toEqual(['客户很急', '已经催过仓库', '第二次来问了'].map((text) => ({ text, name: '安娜' })))
  })

  test.concurrent('what Slack delivers twice is said once, and two replies at once are both said (chatwoot#4397)', async (context) => {
    const stand = await openStand(context)
    const customer = await visit(stand)
    const root = await claimed(stand, customer)
    const hook = { url: `${stand.house.url}/hooks/slack` }
    stand.fake.hook = undefined
    stand.anna.write(root, '第一句')
    stand.anna.write(root, '第二句')
    const said = stand.fake.world.waiting.splice(0).filter(({ payload }) => (payload.event as { user?: string }).user === 'U501')
    expect(said).toHaveLength(2)
    const post = (one: (typeof said)[number], attempts: number) =>
      fetch(hook.url, { method: 'POST', ...stand.fake.signed({ ...one, attempts }) })
    const answers = await Promise.all([0, 1, 2].flatMap((attempts) => said.map((one) => post(one, attempts))))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
    await customer.hears('第一句')
    await customer.hears('第二句')
    stand.fake.hook = hook
    stand.fake.world.onTold()
    await settled(stand)
    expect((await customer.heard()).filter((words) => /第[一二]句/.test(words))).toHaveLength(2)
  })

  test.concurrent.for(['webhook', 'socket'] as const)(
    'what Slack tells nobody any more is read at the next start, once (%s)',
    async (way, context) => {
      const stand = await openStand(context, way)
      const root = await claimed(stand, await visit(stand))
      const heard = stand.anna.write(root, '听到了')
      const ticked = (ts: string) => (stand.fake.world.channel('C100').messages.get(ts)?.reactions.size ?? 0) > 0
      await until('the first words are ticked', () => ticked(heard))
      await stand.house.stop()
      stand.fake.hook = undefined
      const unheard = stand.anna.write(root, '没人听到')
      stand.fake.world.waiting.length = 0
      const again = await openHouse(stand.place)
      context.onTestFinished(() => again.stop())
      await until('what nobody heard is ticked', () => ticked(unheard))
      await again.stop()
      const words = await stand.place.look(sql`select text from messages where author = 'agent' and text like '%听到%' order by seq`)
      expect(words).toEqual([{ text: '听到了' }, { text: '没人听到' }])
    },
  )

  // chatwoot#12079
  test.concurrent('two agents never both answer: the second is asked, and may take over', async (context) => {
    const stand = await openStand(context)
    const customer = await visit(stand)
    const root = await claimed(stand, customer)
    await hearsNothingMore(stand, customer, () => stand.ben.write(root, '这个我来处理'))
    await shows(stand, root, '还没有发给客户')
    stand.ben.press('接入并发送')
    await customer.hears('这个我来处理')
    await hearsNothingMore(stand, customer, () => {
      stand.anna.write(root, '我还在')
      stand.fake.person('U777', 'C100').write(root, '路人的话')
      stand.anna.write(root, '!reslove')
      stand.anna.write(undefined, '中午吃什么')
    })
  })

  test.concurrent('a card that somebody deleted is made anew with everything said, before and after it was answered', async (context) => {
    const stand = await openStand(context)
    const customer = await visit(stand)
    const first = await claimed(stand, customer)
    await customer.say('第一句')
    await shows(stand, first, '第一句')
    await settled(stand)
    const before = (await customer.heard()).length
    // Slack tells every reply again as a change (matterbridge#1959): none of it is new.
    stand.fake.world.remove('C100', first)
    const second = await until('a new card', () => roots(stand).find(({ ts, subtype }) => ts !== first && subtype !== 'tombstone'))
    await shows(stand, second.ts, '第一句')
    stand.anna.write(second.ts, '我在新消息列里')
    await customer.hears('我在新消息列里')
    await settled(stand)
    expect((await customer.heard()).length).toBe(before + 1)
  })

  test.concurrent('a transfer to a skill with another channel goes on there, with everything said (chatwoot#13606)', async (context) => {
    const stand = await openStand(context)
    const { fake } = stand
    const customer = await visit(stand)
    const first = await claimed(stand, customer)
    await customer.say('蓝屏了')
    await shows(stand, first, '蓝屏了')
    stand.anna.press('转给 tech', first)
    const tech = fake.world.channel('C200')
    const card = await until('a card in the other channel', () => [...tech.messages.values()].find((one) => seen(one).includes('蓝屏了')), {
      state: () => thread(stand, first),
    })
    await shows(stand, first, '已转到')
    const ben = fake.person('U502', 'C200')
    ben.press('接入', card.ts)
    await customer.hears('小本 为您服务。')
    ben.write(card.ts, '请按一下电源键')
    await customer.hears('请按一下电源键')
    // Who writes in the old thread owns nothing any more.
    await hearsNothingMore(stand, customer, () => stand.anna.write(first, '等等'))
  })

  test.concurrent('/desk beside the threads is answered to the one who typed it', async (context) => {
    const stand = await openStand(context)
    const answered = (text: string | RegExp) =>
      until(
        `an answer like ${text}`,
        () => [...stand.fake.world.channel('C100').messages.values()].find(({ only, text: said }) => only === 'U501' && said.match(text)),
        {
          state: () => stand.fake.calls,
        },
      )
    stand.anna.slash('')
    await answered('transfer')
    stand.anna.slash('queue')
    await answered('队列')
    stand.anna.slash('away')
    await answered('离开')
    await settled(stand)
    expect(roots(stand)).toEqual([])
  })
})

test.concurrent('over Socket Mode, without a public address: a claim by 🙋, a line that Slack renews, and nothing lost or twice', async (context) => {
  const stand = await openStand(context, 'socket')
  const { fake, anna } = stand
  const customer = await visit(stand)
  const root = await queued(stand, customer)
  anna.react(root, 'raising_hand::skin-tone-3')
  await customer.hears('安娜 为您服务。')
  anna.write(root, '第 0 句')
  const [first] = fake.sockets
  fake.disconnect()
  for (let n = 1; n < 6; n += 1) anna.write(root, `第 ${n} 句`)
  await until('the old line is left for a new one', () => !fake.sockets.has(first as never) && fake.sockets.size === 1)
  // And one that breaks without a word.
  for (const line of fake.sockets) line.terminate()
  for (let n = 6; n < 9; n += 1) anna.write(root, `第 ${n} 句`)
  await customer.hears('第 8 句')
  await settled(stand)
  const said = (await customer.heard()).filter((words) => /第 \d 句/.test(words)).map((words) => words.slice(-4))
  expect(said.toSorted()).toEqual(
    Array.from({ length: 9 }, (_, n) => `${n} 句`.padStart(4, ' '))
      .map((words) => words.slice(-4))
      .toSorted(),
  )
})
