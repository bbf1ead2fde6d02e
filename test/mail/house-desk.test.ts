// Customers on the web, agents in their own inboxes: through the whole house, with a real Dovecot and a real SMTP server.
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChatMessage, chatWords } from '../support/chat.ts'
import { type Dovecot, hasDovecot, NO_DOVECOT, PASSWORD, startDovecot, USER } from '../support/dovecot.ts'
import { openHouse, type Premises, premises, type TestHouse } from '../support/house.ts'
import { type Answering, answering, type Got, gotBy, pressing } from '../support/inbox.ts'
import { type FakeSmtp, startSmtp } from '../support/smtp.ts'
import { until } from '../support/until.ts'

const isHere = hasDovecot || process.env.FRONTDESK_TEST_ALL === '1'
const ANNA = 'anna@example.test'
/** As somebody wrote it into the config. */
const BEN = 'Ben@Example.test'

let box: Dovecot
let relay: FakeSmtp
let place: Premises
let house: TestHouse

const yaml = () => `brand: { name: 示例商城 }
channels:
  - { id: web, type: web, origins: ["*"] }
desks:
  - { id: console, type: console }
  - { id: inbox, type: email, address: desk@example.test, gatherSeconds: 0.6, mailsPerMinute: 500, imap: { host: 127.0.0.1, port: ${box.port}, secure: false, user: ${USER}, password: "\${MAIL_PW}" }, smtp: { host: 127.0.0.1, port: ${relay.port}, secure: false } }
skills: [aftersales, tech]
routing: { mode: claim }
agents:
  - { id: anna, name: 安娜, skills: [aftersales], identities: { inbox: ${ANNA} } }
  - { id: ben, name: 小本, skills: [aftersales, tech], identities: { inbox: ${BEN} } }
`

describe.skipIf(!isHere)(`agents who answer by mail${isHere ? '' : ` (${NO_DOVECOT})`}`, () => {
  beforeAll(async () => {
    box = await startDovecot()
    relay = await startSmtp()
    place = await premises(yaml(), { MAIL_PW: PASSWORD })
    house = await openHouse(place)
    await until(
      'the mailbox was looked at',
      async () => (await place.look(sql`select 1 from settings where key = 'cursor:inbox'`)).length > 0,
    )
  })
  afterAll(async () => {
    await house.stop()
    await relay.close()
    await box.remove()
    place.remove()
  })

  test('the customer asks the bot, then a person; an agent answers by mail, the customer gets it, and writes on to that agent alone', async () => {
    const visitor = await visit()
    await visitor.says('多久发货')
    await visitor.hears('24 小时')
    await visitor.says('转人工')
    await visitor.hears('您是下一位')
    const [card] = await mails(ANNA, visitor)
    const [other] = await mails(BEN, visitor)
    expect(card?.text).toMatch(/还没有人接入[\s\S]*技能: aftersales[\s\S]*多久发货[\s\S]*24 小时[\s\S]*转人工/)
    expect(card?.presses.map(({ command }) => command)).toEqual(['claim', 'resolve', 'transfer tech'])
    expect(card?.header('auto-submitted')).toBe('auto-generated')
    expect(card?.header('x-auto-response-suppress')).toBe('All')
    expect(card?.header('subject')).toMatch(/^\[#[0-9a-z]{6}\] /)
    expect(card?.replyTo).not.toBe(other?.replyTo)

    reply(card as Got, '您好，我来看看您的订单。', { quote: 'outlook' })
    await visitor.hears('您好，我来看看您的订单。')
    await visitor.says('谢谢，订单号 10086')
    const line = await until('her mail', () => inbox(ANNA, visitor).find(({ said }) => said.includes('10086')))
    // A line of the house may go along above it.
    expect(line.said.split('\n\n').at(-1)).toBe(`客户 ${visitor.name}: 谢谢，订单号 10086`)
    expect(line.links.map(({ command }) => command)).toContain('resolve')
    for (const mail of [line]) {
      expect(mail.header('subject')).toBe(card?.header('subject'))
      expect(mail.header('references')).toBe(card?.header('references'))
    }
    await house.quiet()
    expect(inbox(BEN, visitor)).toHaveLength(1)
    // Once, as she wrote it: nothing of the mail below, no name of hers but the public one, and her claim was not told twice.
    expect(visitor.heard().filter((text) => text.includes('我来看看'))).toEqual(['您好，我来看看您的订单。'])
    expect(inbox(ANNA, visitor)).toHaveLength(2)
  })

  test('commands on the first lines are done in order, the rest is sent, and what ends the conversation comes last', async () => {
    const visitor = await queued()
    const [card] = await mails(ANNA, visitor)
    reply(card as Got, '!claim\n!note 老客户,\n上次也是她\n\n您好\n\n已为您退款。', { quote: 'qq' })
    await visitor.hears('您好\n\n已为您退款。')
    const told = await until('an answer to !claim', () => inbox(ANNA, visitor).find(({ said }) => said.includes('已接入')))
    reply(told, '!resolve\n再见，祝您愉快！', { quote: 'apple' })
    await visitor.hears(/满意|评价|结束/)
    await house.quiet()
    const rows = await saidIn(visitor)
    expect(rows.filter(({ author }) => author === 'agent').map(({ text }) => text)).toEqual(['您好\n\n已为您退款。', '再见，祝您愉快！'])
    expect(rows.filter(({ author }) => author === 'note').map(({ text }) => text)).toEqual(['老客户,\n上次也是她'])
    expect(await statusOf(visitor)).toBe('resolved')
  })

  test('a press is an empty mail with the command as its subject; a signature below it goes nowhere', async () => {
    const visitor = await queued()
    const [card] = await mails(ANNA, visitor)
    box.deliver(pressing(card as Got, 'claim', '\n\n安娜 王\n示例商城 售后部\n+86 21 5555 0100'))
    await visitor.hears('安娜 为您服务')
    await house.quiet()
    expect((await saidIn(visitor)).filter(({ author }) => author === 'agent')).toEqual([])
    expect(await statusOf(visitor)).toBe('assigned')
  })

  test('two agents who answer at once: one has it, the other is asked, and takes over by a press', async () => {
    const visitor = await queued()
    const [annas] = await mails(ANNA, visitor)
    const [bens] = await mails(BEN, visitor)
    reply(annas as Got, '我来。')
    await visitor.hears('我来。')
    reply(bens as Got, '我也来。')
    const question = await until('ben is asked', () => inbox(BEN, visitor)[1])
    expect(question.said).toContain('还没有发给客户（对话由 安娜 负责）：“我也来。”')
    expect(question.presses.map(({ label }) => label)).toEqual(['接入并发送', '仅发送', '存为备注'])
    await house.quiet()
    expect(visitor.heard().filter((text) => text === '我也来。')).toEqual([])
    box.deliver(pressing(question, question.presses[0]?.command ?? ''))
    await visitor.hears('我也来。')
    await visitor.says('好的')
    await until('ben gets what comes now', () => inbox(BEN, visitor).some(({ said }) => said.includes('好的')))
    await house.quiet()
    expect(inbox(ANNA, visitor).some(({ said }) => said.includes('好的'))).toBe(false)
  })

  test('ten lines of a customer are one mail or two', async () => {
    const visitor = await queued()
    const [card] = await mails(ANNA, visitor)
    reply(card as Got, '请讲。')
    await visitor.hears('请讲。')
    const before = inbox(ANNA, visitor).length
    for (let n = 0; n < 10; n++) await visitor.says(`第 ${n} 句`)
    await until('the last one', () => inbox(ANNA, visitor).some(({ said }) => said.includes('第 9 句')))
    await house.quiet()
    const got = inbox(ANNA, visitor).slice(before)
    expect(got.length).toBeLessThanOrEqual(2)
    const lines = got.flatMap(({ said }) => said.split('\n\n').filter((line) => line.startsWith('客户')))
    expect(lines).toEqual(Array.from({ length: 10 }, (_, n) => `客户 ${visitor.name}: 第 ${n} 句`))
  })

  test('files go both ways with every byte the same', async () => {
    const visitor = await queued()
    const [card] = await mails(ANNA, visitor)
    const label = { name: '退货标签.pdf', mime: 'application/pdf', bytes: bytes(1, 90_000) }
    reply(card as Got, '请打印。', { files: [label] })
    await visitor.hears('请打印。')
    const file = await until('the file', () => visitor.files().find(({ name }) => name === label.name))
    expect(Buffer.from(await visitor.download(file.url)).equals(Buffer.from(label.bytes))).toBe(true)
    const photo = bytes(2, 70_000)
    await visitor.sends('a.png', 'image/png', photo)
    const mail = await until('the picture', () => inbox(ANNA, visitor).find(({ files }) => files.length > 0))
    expect(mail.files.map(({ name }) => name)).toEqual(['a.png'])
    expect(Buffer.from(mail.files[0]?.bytes ?? []).equals(Buffer.from(photo))).toBe(true)
  })

  // gitlab-com/support/support-team-meta#1581: an answer from another address becomes a note that nobody sees.
  // chatwoot#15092: an agent's answer by mail was posted as the customer's; chatwoot#3386, chatwoot#5131: desks and autoresponders wrote to each other for ever.
  test('nobody without a signature of ours is heard, and nothing from a machine: chatwoot#15092, #3386, #5131', async () => {
    const visitor = await queued()
    const [card] = (await mails(ANNA, visitor)) as [Got]
    await mails(BEN, visitor)
    await house.quiet()
    const mailsBefore = relay.taken.length
    // Another conversation's key with this one's thread; no address at all; a machine; one who got the mail passed on.
    const forged = card.replyTo.replace(/.(?=@)/, (letter) => (letter === 'a' ? 'b' : 'a'))
    const bare = { headers: { 'In-Reply-To': '', References: '' } }
    reply(card, '我是骗子', { to: forged, from: 'mallory@evil.test', id: '<forged@evil.test>', ...bare })
    reply(card, '我是安娜', { to: 'desk@example.test', id: '<unsigned@phone.test>', ...bare })
    reply(card, '我在休假', { id: '<vacation@phone.test>', headers: { 'Auto-Submitted': 'auto-replied' } })
    const troubles = await until('both are told', async () => {
      const rows = await place.look<{ error: string }>(
        sql`select error from events where source_id = 'inbox' and state = 'dead' order by position`,
      )
      return rows.length >= 2 && rows
    })
    expect(troubles.map(({ error }) => error)).toEqual([
      expect.stringContaining('not ours'),
      expect.stringContaining('answered no mail of ours'),
    ])
    expect(relay.taken).toHaveLength(mailsBefore)
    reply(card, '代她回复', { from: 'home@private.test' })
    const question = await until('she is asked', () => inbox(ANNA, visitor)[1])
    expect(question.said).toContain('这封邮件来自 home@private.test')
    await house.quiet()
    const rows = await saidIn(visitor)
    expect(rows.filter(({ text }) => /骗子|我是安娜|休假/.test(text))).toEqual([])
    expect(rows.filter(({ text }) => text === '代她回复')).toMatchObject([{ author: 'note' }])
    expect(await statusOf(visitor)).toBe('queued')
  })

  test('a mail to an agent that bounces is told once, and the agent gets no more until they write', async () => {
    const visitor = await queued()
    const [card] = (await mails(BEN, visitor)) as [Got]
    box.deliver(bounceOf(card))
    await until('it is told', async () => {
      const rows = await place.look<{ error: string }>(sql`select error from events where source_id = 'inbox' and state = 'dead'`)
      return rows.some(({ error }) => error.includes('mails to Ben@Example.test do not arrive'))
    })
    const next = await queued()
    await mails(ANNA, next)
    await house.quiet()
    expect(inbox(BEN, next)).toEqual([])
    reply(card, '我的邮箱好了。')
    await visitor.hears('我的邮箱好了。')
    const third = await queued()
    expect(await mails(BEN, third)).toHaveLength(1)
  })
})

// ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Visitor {
  /** As agents see it; known once there is a card. */
  name: string
  user: string
  says(text: string): Promise<void>
  sends(name: string, mime: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>
  hears(text: string | RegExp): Promise<void>
  heard(): string[]
  files(): { name: string; url: string }[]
  download(url: string): Promise<Uint8Array>
}

async function visit(): Promise<Visitor> {
  const chat = `${house.url}/chat/v1/web`
  const json = { 'content-type': 'application/json' }
  const begun = await fetch(`${chat}/session`, { method: 'POST', body: JSON.stringify({ locale: 'zh-CN' }), headers: json })
  const { token } = (await begun.json()) as { token: string }
  const auth = { authorization: `Bearer ${token}` }
  const user = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub as string
  let messages: ChatMessage[] = []
  const look = async () => {
    messages = ((await (await fetch(`${chat}/messages?after=0`, { headers: auth })).json()) as { messages: ChatMessage[] }).messages
  }
  const send = async (body: object) => {
    const headers = { ...auth, ...json }
    const answer = await fetch(`${chat}/messages`, { method: 'POST', headers, body: JSON.stringify({ clientId: randomUUID(), ...body }) })
    expect(answer.status).toBe(200)
  }
  const heard = () => messages.filter(({ author }) => author !== 'customer').map(chatWords)
  return {
    name: `访客 ${user.slice(-4).toUpperCase()}`,
    user,
    heard,
    says: (text) => send({ text }),
    async sends(name, mime, content) {
      const headers = { ...auth, 'content-type': mime }
      const up = await fetch(`${chat}/files?name=${name}`, { method: 'POST', headers, body: content })
      const { id } = (await up.json()) as { id: string }
      await send({ file: { id } })
    },
    async hears(text) {
      const fits = (one: string) => (typeof text === 'string' ? one.includes(text) : text.test(one))
      const hasHeard = async () => {
        await look()
        return heard().some(fits)
      }
      await until(`the customer hears ${text}`, hasHeard, { state: heard })
    },
    files: () => messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'media' ? [part.media] : []))),
    download: (url) =>
      until('the file is there', async () => {
        const answer = await fetch(new URL(url, house.url))
        return answer.ok && new Uint8Array(await answer.arrayBuffer())
      }),
  }
}

async function queued(): Promise<Visitor> {
  const visitor = await visit()
  await visitor.says('转人工')
  await visitor.hears('正在为您转接')
  return visitor
}

/** What this agent got of this customer, the oldest first. */
function inbox(address: string, visitor: Visitor): Got[] {
  const all = gotBy(relay.taken, address)
  const thread = all.find(({ header }) => header('subject').includes(visitor.name))?.thread
  return all.filter((mail) => mail.thread === thread)
}

const mails = (address: string, visitor: Visitor): Promise<Got[]> =>
  until(`a card for ${address}`, () => inbox(address, visitor).length > 0 && inbox(address, visitor), {
    state: () => relay.taken.map(({ to }) => to),
  })

function reply(mail: Got, text: string, how?: Answering): void {
  box.deliver(answering(mail, text, how))
}

function saidIn({ user }: Visitor): Promise<{ author: string; text: string }[]> {
  return place.look(sql`select m.author, m.text from messages m join conversations c on c.id = m.conversation_id
    where c.user_key = ${user} order by m.seq`)
}

async function statusOf({ user }: Visitor): Promise<string | undefined> {
  return (await place.look<{ status: string }>(sql`select status from conversations where user_key = ${user}`))[0]?.status
}

const bytes = (seed: number, size: number) => Uint8Array.from({ length: size }, (_, n) => (n * 31 + seed) % 256)

function bounceOf(mail: Got): string {
  return `Return-Path: <>
From: Mailer-Daemon@mx.test
To: desk@example.test
Message-ID: <${randomUUID()}@mx.test>
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

It failed.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; ${mail.to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user
--B
Content-Type: text/rfc822-headers

Message-ID: ${mail.header('message-id')}
Subject: x
--B--
`
}
