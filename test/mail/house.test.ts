// Mail through the whole house, with a real Dovecot and a real SMTP server.
import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { hasDovecot, NO_DOVECOT } from '../support/dovecot.ts'
import { metrics } from '../support/house.ts'
import { until } from '../support/until.ts'
import { ADDRESS, openEstate, write } from './estate.ts'

const isHere = hasDovecot || process.env.FRONTDESK_TEST_ALL === '1'

describe.skipIf(!isHere)(`a house with a mailbox${isHere ? '' : ` (${NO_DOVECOT})`}`, () => {
  test('answers a mail, and the answer to that answer goes on in the same conversation', async (context) => {
    const estate = await openEstate(context)
    const house = await estate.open()
    estate.box.deliver(write('多久发货', { id: '<first@customer.test>' }))
    const [answer] = await estate.hears('wang@customer.test')
    expect(answer?.words).toContain('付款后 24 小时内发货')
    expect(answer?.taken.from).toBe('') // Nobody answers a machine.
    expect(answer?.header('from')).toBe(`示例商城 <${ADDRESS}>`.replace('示例商城 <', '').replace('>', ''))
    expect(answer?.header('subject')).toBe('Re: 发货')
    expect(answer?.header('in-reply-to')).toBe('<first@customer.test>')
    expect(answer?.header('auto-submitted')).toBe('auto-replied')

    const ours = answer?.header('message-id') ?? ''
    const quoted = `怎么退货\n\n在 2026年11月22日，${ADDRESS} 写道：\n> ${answer?.words}`
    const second = {
      id: '<second@customer.test>',
      subject: 'Re: 发货',
      headers: { 'In-Reply-To': ours, References: `<first@customer.test> ${ours}` },
    }
    estate.box.deliver(write(quoted, second))
    const answers = await estate.hears('wang@customer.test', 2)
    expect(answers[1]?.words).toContain('签收后 7 天')
    expect(answers[1]?.header('in-reply-to')).toBe('<second@customer.test>')
    expect(answers[1]?.header('references')).toContain('<first@customer.test>')
    await house.quiet()
    const said = await estate.said()
    expect(new Set(said.map(({ conversation }) => conversation)).size).toBe(1)
    expect(said.filter(({ author }) => author === 'customer').map(({ text }) => text)).toEqual(['多久发货', '怎么退货'])
  })

  test('knows answers from outside: they stand in the history, and what is answered to them finds its conversation', async (context) => {
    const estate = await openEstate(context)
    const house = await estate.open()
    estate.box.deliver(write('你们在哪里', { id: '<q@customer.test>', subject: '地址' }))
    await until('it is stored', async () => (await estate.said()).length > 0)
    const outside = { from: `安娜 <${ADDRESS}>`, to: 'wang@customer.test', id: '<outlook-1@laptop.local>', subject: '我们的地址' }
    estate.box.deliver(write('在上海。', { ...outside, headers: { 'In-Reply-To': '<q@customer.test>' } }), 'Sent')
    // All that this program keeps of the thread is the id of the mail from outside.
    const reply = { id: '<r@customer.test>', subject: '完全不同的主题', headers: { 'In-Reply-To': '<outlook-1@laptop.local>' } }
    estate.box.deliver(write('谢谢安娜', reply))
    await until('the answer is stored', async () => (await estate.said()).some(({ text }) => text === '谢谢安娜'), { state: () => 'none' })
    await house.quiet()
    const said = await estate.said()
    expect(new Set(said.map(({ conversation }) => conversation)).size).toBe(1)
    expect(said.find(({ text }) => text === '在上海。')).toMatchObject({ author: 'agent', name: '安娜' })
    // It was not sent a second time.
    expect(estate.relay.taken.filter(({ raw }) => raw.includes('在上海'))).toEqual([])
  })

  test('a mail of ours that bounces is a delivery that failed, whoever the server is and however it says so', async (context) => {
    const estate = await openEstate(context)
    const house = await estate.open()
    for (const [n, user] of ['dsn@customer.test', 'free@customer.test'].entries()) {
      estate.box.deliver(write('多久发货', { from: user, id: `<b${n}@customer.test>` }))
      const [answer] = await estate.hears(user)
      const ours = answer?.header('message-id') ?? ''
      estate.box.deliver(n === 0 ? dsn(user, ours) : freeForm(user, ours))
    }
    await until('both are marked', async () => (await failures()).length === 2)
    async function failures() {
      return estate.place.look<{ error: string }>(sql`select error from deliveries where state = 'failed' order by position`)
    }
    await house.quiet()
    expect((await failures()).map(({ error }) => error)).toEqual([
      expect.stringContaining('550 no such user'),
      expect.stringContaining('550 5.1.1'),
    ])
    // Two questions and two answers, and nobody called Mailer-Daemon.
    expect((await estate.said()).map(({ author }) => author).toSorted()).toEqual(['bot', 'bot', 'customer', 'customer'])
  })

  test('two houses that write to each other stop, whatever a relay between them makes of the headers', async (context) => {
    for (const isStripped of [false, true]) {
      const a = await openEstate(context, { address: 'a@a.test', more: 'answersPerHour: 2,', onTaken: (mail) => pass(mail, () => b) })
      const b = await openEstate(context, { address: 'b@b.test', more: 'answersPerHour: 2,', onTaken: (mail) => pass(mail, () => a) })
      const pass = ({ raw }: { raw: string }, to: () => typeof a) => {
        const bare = raw.replaceAll(/^(?:auto-submitted|x-auto-response-suppress|precedence|x-loop):.*\r?\n(?:[ \t].*\r?\n)*/gim, '')
        to().box.deliver(isStripped ? bare : raw)
      }
      const [first, second] = [await a.open(), await b.open()]
      // B's shop asks A something, by hand.
      a.box.deliver(write('多久发货', { from: 'b@b.test', to: 'a@a.test', id: '<hand@b.test>' }))
      await until('A has answered, and B has read it', async () => (await b.events()).length > 0)
      await settle([first, second], async () => (await a.events()).length + (await b.events()).length)
      const sent = a.relay.taken.length + b.relay.taken.length
      expect(sent).toBeGreaterThan(0)
      expect(sent).toBeLessThanOrEqual(isStripped ? 6 : 2)
    }
  })

  test('a mailbox out of reach is told, and so is that it is back', async (context) => {
    const estate = await openEstate(context)
    const house = await estate.open()
    const state = async () =>
      ((await (await fetch(`${house.url}/readyz`)).json()) as { channels: Record<string, { state: string; detail?: string }> }).channels
        .mail
    await until('it is well', async () => (await state())?.state === 'connected')
    await estate.box.stop()
    await until('it is told', async () => (await state())?.state === 'transient', { ms: 30_000 })
    expect((await metrics(house.url))['frontdesk_part_up{id="mail"}']).toBe(0)
    await estate.box.start()
    await until('it is well again', async () => (await state())?.state === 'connected', { ms: 60_000 })
    estate.box.deliver(write('多久发货', { from: 'later@customer.test' }))
    await estate.hears('later@customer.test')
  })
})

/** Everything is worked on everywhere, and nothing new came of it. */
async function settle(houses: { quiet(): Promise<void> }[], count: () => Promise<number>): Promise<void> {
  await until('nothing new comes', async () => {
    const before = await count()
    for (const house of houses) await house.quiet()
    // What was sent last is on its way to the other mailbox.
    await new Promise((resolve) => setTimeout(resolve, 500))
    for (const house of houses) await house.quiet()
    return (await count()) === before
  })
}

function dsn(user: string, ours: string): string {
  return `Return-Path: <>
From: Mailer-Daemon@mx.test
To: ${ADDRESS}
Message-ID: <dsn-${user}>
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: text/plain

It failed.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.test

Final-Recipient: rfc822; ${user}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user
--B
Content-Type: text/rfc822-headers

Message-ID: ${ours}
Subject: Re: x
--B--
`
}

/** As qmail and its kin write. */
function freeForm(user: string, ours: string): string {
  return `Return-Path: <>
From: MAILER-DAEMON@mx.other.test
To: ${ADDRESS}
Subject: failure notice
Message-ID: <qmail-${user}>

Hi. This is the qmail-send program at mx.other.test.
I'm afraid I wasn't able to deliver your message to the following addresses.

<${user}>:
192.0.2.1 does not like recipient. Remote host said: 550 5.1.1 unknown user

--- Below this line is a copy of the message.

From: ${ADDRESS}
To: ${user}
Message-ID: ${ours}
Subject: Re: x
`
}
