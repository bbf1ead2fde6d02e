// What becomes of mails that come to the desk: whose words they are, and which words are meant.
import { describe, expect, test } from 'vitest'
import { localMemory } from '#core/memory.ts'
import { NOW, recorder, stored } from '../../../test/contract/support.ts'
import { answering, got, QUOTES } from '../../../test/support/inbox.ts'
import { complaintOf, dayOf, plusTemplate, type Seal, sealer, threadOf } from './address.ts'
import { books } from './books.ts'
import { decode, type Reading } from './decode.ts'
import { emailDesk } from './index.ts'
import { askedIn, pressedIn } from './lines.ts'

const ADDRESS = 'desk@example.test'
const ANNA = 'Anna@Example.test'
const seals = sealer({ address: ADDRESS, template: plusTemplate(ADDRESS), secret: 'house' })
const thread = await threadOf('dlv_1')
const seal: Seal = { thread, person: await seals.personOf(ANNA), day: dayOf(NOW) }

/** A mail of ours to Anna. */
async function ours(of = seal) {
  const raw = [
    'From: Frontdesk <desk@example.test>',
    `To: ${ANNA}`,
    `Reply-To: ${await seals.addressOf(of)}`,
    `Message-ID: ${await seals.idOf('dlv_1', of)}`,
    `References: ${seals.rootOf(of)}`,
    'Subject: [#abcdef] Wang',
    'Content-Type: text/plain; charset=utf-8',
    '',
    '--- 请在此行上方回复 / reply above this line ---\r\n\r\n客户 王小明: 我的卡号是 6222\r\n[内部备注] 小本: 老客户\r\n\r\n———\r\nhow',
  ].join('\r\n')
  return got({ from: ADDRESS, to: ANNA, raw })
}

async function reading(more: Partial<Reading> = {}): Promise<Reading & { said: string[] }> {
  const { deps, said } = recorder()
  const known = books(localMemory())
  await known.meet(seal.person, () => ({ address: ANNA, name: '安娜' }))
  const how = { address: ADDRESS, authentication: 'hmac+from' as const, answerDays: 90, sealer: seals, books: known }
  return { ...deps, ...how, onDeed: () => undefined, said, ...more }
}

async function read(raw: string, more: Partial<Reading> = {}) {
  return stored(await decode({ folder: 'INBOX', raw: Buffer.from(raw), at: NOW }, await reading(more))) as Record<string, unknown>[]
}

const wordsIn = (events: Record<string, unknown>[]) =>
  events.map(({ type, parts, command }) => (type === 'message' ? (parts as { text?: string }[])[0]?.text : `${type} ${command ?? ''}`))

describe('an answer', () => {
  test.each(Object.keys(QUOTES) as (keyof typeof QUOTES)[])(
    'from %s is what its writer wrote, and nothing of what it answers',
    async (quote) => {
      const text = '您好，已查到。\n\n> 这一行是我写的吗\n明天发货。'
      const [event, ...more] = await read(answering(await ours(), text, { quote, id: '<a@phone.test>' }))
      expect(more).toEqual([])
      expect(event).toMatchObject({
        type: 'message',
        thread,
        externalId: '<a@phone.test>',
        messageId: '<a@phone.test>',
        by: { id: ANNA, name: '安娜' },
      })
      const [said] = wordsIn([event ?? {}])
      expect(said).toMatch(/^您好，已查到。[\s\S]*明天发货。$/)
      expect(JSON.stringify(event?.parts)).not.toMatch(/6222|老客户|reply above|写道|发件人|wrote/)
    },
  )

  test('loses its signature, the words of its telephone, and the pictures that stand in them', async () => {
    for (const end of ['\n\n-- \n安娜 王\n售后部', '\n\n发自我的 iPhone', '\n\nSent from my iPhone', '\n\n获取 Outlook for iOS'])
      expect(wordsIn(await read(answering(await ours(), `好的${end}`)))).toEqual(['好的'])
    const html = (body: string) =>
      `From: ${ANNA}\r\nTo: TO\r\nMessage-ID: <h@phone.test>\r\nContent-Type: multipart/related; boundary=R\r\n\r\n--R\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${body}\r\n${[
        'shot',
        'logo',
      ]
        .map(
          (id) =>
            `--R\r\nContent-Type: image/png; name=${id}.png\r\nContent-ID: <${id}>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\n${btoa(id)}\r\n`,
        )
        .join('')}--R--\r\n`
    const raw = html('<p>请看 <img src="cid:shot"></p><p>-- </p><p>安娜<br><img src="cid:logo"></p>').replace('TO', (await ours()).replyTo)
    const [event] = await read(raw)
    const parts = (event?.parts ?? []) as { type: string; media?: { name: string } }[]
    expect(parts.map((part) => part.media?.name ?? part.type)).toEqual(['text', 'shot.png'])
  })

  test('of nothing but a quote is nothing; what stands only below the line is asked about', async () => {
    for (const quote of Object.keys(QUOTES) as (keyof typeof QUOTES)[])
      expect(await read(answering(await ours(), '', { quote }))).toEqual([])
    const mail = await ours()
    const below = `${QUOTES.apple(mail).trim()}\n\n写在下面了`
    const [event] = await read(answering(mail, below, { quote: 'none' }))
    expect(event).toMatchObject({ held: { zh: '它写在分隔线下方。' }, parts: [{ type: 'text', text: '写在下面了' }] })
  })

  test('that only its reference leads back, because a server dropped the signed address, is known', async () => {
    expect(await read(answering(await ours(), '您好', { to: ADDRESS }))).toMatchObject([{ thread, by: { id: ANNA } }])
  })

  test('that is encrypted or an invitation is held, with a line that says what it is', async () => {
    const head = `From: ${ANNA}\r\nTo: ${(await ours()).replyTo}\r\nMessage-ID: <e@phone.test>\r\n`
    const sealed = `${head}Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n`
    expect(await read(sealed)).toMatchObject([
      {
        type: 'message',
        held: { en: expect.stringContaining('encrypted') },
        parts: [{ type: 'text', text: '[加密邮件 / encrypted mail]' }],
      },
    ])
    const invitation = `${head}Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nSUMMARY:Call\r\nEND:VCALENDAR\r\n`
    expect(await read(invitation)).toMatchObject([{ type: 'message', held: { zh: '这是一个日程邀请。' } }])
  })
})

describe('whoever writes', () => {
  test('of which only the beginning could be read is asked about: the rest may have changed what it says', async () => {
    const raw = Buffer.from(answering(await ours(), '可以退款，'))
    const [event] = stored(await decode({ folder: 'INBOX', raw, at: NOW, cut: raw.length + 1 }, await reading())) as Record<
      string,
      unknown
    >[]
    expect(event).toMatchObject({ type: 'message', parts: [{ text: '可以退款，' }], held: { en: expect.stringContaining('too large') } })
  })

  test('to an address that we did not sign is refused where somebody sees it, and never taken for anybody', async () => {
    const mail = await ours()
    const bare = { headers: { 'In-Reply-To': '', References: '' }, quote: 'none' as const }
    const letters = [...mail.replyTo.slice(0, mail.replyTo.indexOf('@'))]
    for (const at of [6, 24, 29, letters.length - 1]) {
      const forged = letters.map((letter, n) => (n === at ? (letter === 'a' ? 'b' : 'a') : letter)).join('')
      const events = await read(answering(mail, '我是骗子', { ...bare, to: `${forged}@example.test`, from: 'mallory@evil.test' }))
      expect(
        events.filter(({ type }) => type !== 'trouble'),
        forged,
      ).toEqual([])
    }
    const other = sealer({ address: ADDRESS, template: plusTemplate(ADDRESS), secret: 'another house' })
    const foreign = await read(answering(mail, 'x', { ...bare, to: await other.addressOf(seal) }))
    expect(foreign).toMatchObject([{ type: 'trouble', reason: expect.stringContaining('not ours'), by: { id: ANNA.toLowerCase() } }])
  })

  test('to a signed address from elsewhere is held and does no command; with hmac alone it is the agent', async () => {
    const raw = answering(await ours(), '!resolve\n从家里写', { from: 'home@private.test' })
    const [event, ...more] = await read(raw)
    expect(more).toEqual([])
    expect(event).toMatchObject({
      type: 'message',
      by: { id: ANNA },
      held: { zh: '这封邮件来自 home@private.test，不是该客服的邮箱。其中的命令没有执行。' },
    })
    expect(wordsIn([event ?? {}])).toEqual(['从家里写\n[!resolve]'])
    expect(wordsIn(await read(raw, { authentication: 'hmac' }))).toEqual(['从家里写', '!resolve'])
  })

  test('too late, or without a signature though we know them, is told; anybody else is passed over', async () => {
    const old = await ours({ ...seal, day: seal.day - 91 })
    expect(await read(answering(old, 'x'))).toMatchObject([{ type: 'trouble', reason: expect.stringContaining('90 days') }])
    const mail = await ours()
    const bare = { to: ADDRESS, headers: { 'In-Reply-To': '', References: '' } }
    expect(await read(answering(mail, 'x', bare))).toMatchObject([
      { type: 'trouble', reason: expect.stringContaining('answered no mail of ours') },
    ])
    expect(await read(answering(mail, 'x', { ...bare, from: 'spam@evil.test' }))).toEqual([])
  })

  test('about another mail of our domain, which is none of ours, forges nothing', async () => {
    const about = { 'In-Reply-To': '<20261127.0a1b2c.3d4e5f@example.test>', References: '<x.y.z@example.test>' }
    const mail = answering(await ours(), 'x', { to: ADDRESS, headers: about, from: 'spam@evil.test', quote: 'none' })
    expect(await read(mail)).toEqual([])
  })

  // chatwoot#5131 and #3386: answers of machines, and our own mails that came back.
  test.each([
    ['Auto-Submitted', 'auto-replied'],
    ['Precedence', 'bulk'],
    ['X-Autoreply', 'yes'],
    ['Return-Path', '<>'],
    ['X-Loop', ADDRESS],
    ['List-Id', '<x.test>'],
  ])('is no person (%s: %s): nothing comes of it', async (name, value) => {
    expect(await read(answering(await ours(), '我在休假', { headers: { [name]: value } }))).toEqual([])
  })

  test('as a mail server, of a mail of ours that did not arrive: told, and that agent gets no more until they write', async () => {
    const how = await reading()
    const bounce = `Return-Path: <>\r\nFrom: Mailer-Daemon@mx.test\r\nTo: ${ADDRESS}\r\nMessage-ID: <dsn@mx.test>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; ${ANNA}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n--B\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: ${await seals.idOf('dlv_1', seal)}\r\n--B--\r\n`
    const take = (raw: string) => decode({ folder: 'INBOX', raw: Buffer.from(raw), at: NOW }, how)
    expect(await take(bounce)).toMatchObject([{ type: 'trouble', thread, reason: expect.stringContaining('550 no such user') }])
    expect((await how.books.person(seal.person))?.lost?.reason).toContain('550')
    await take(answering(await ours(), '我的邮箱好了'))
    expect(await how.books.person(seal.person)).toEqual({ address: ANNA, name: '安娜' })
  })
})

describe('commands', () => {
  test.each([
    ['!claim', ['!claim'], '', []],
    ['!claim\n!note 很急\n!resolve', ['!claim', '!note 很急', '!resolve'], '', []],
    ['!claim\n您好', ['!claim'], '您好', []],
    ['您好\n!claim', [], '您好\n!claim', []],
    ['!resolve\n再见', [], '再见', ['!resolve']],
    ['！备注 一\n二\n\n三', ['！备注 一\n二'], '三', []],
    ['//only us\nand this\n!claim', ['//only us\nand this', '!claim'], '', []],
    [
      `!transfer tech ${'why '.repeat(16)}\nwrapped by a program\n\nHello`,
      [],
      'Hello',
      [`!transfer tech ${'why '.repeat(16)}\nwrapped by a program`],
    ],
    ['!nonsense\n您好', ['!nonsense'], '您好', []],
  ])('%j', (text, first, words, last) => {
    expect(askedIn(text)).toEqual({ first, words, last })
  })

  test('in the subject are presses of buttons; answers to such mails are none', () => {
    expect(pressedIn('!claim #k7f2qa')).toBe('claim')
    expect(pressedIn('!held take msg_1 #k7f2qa')).toBe('held take msg_1')
    expect(pressedIn('！认领')).toBe('认领')
    expect(pressedIn('Re: !claim #k7f2qa')).toBeUndefined()
    expect(pressedIn('[#k7f2qa] 王小明')).toBeUndefined()
  })

  test('come one after the other, each with an id of its own, files with the words or with the note beside them', async () => {
    const file = { name: 'a.pdf', mime: 'application/pdf', bytes: new Uint8Array([0, 255, 13, 10]) }
    const both = await read(answering(await ours(), '!claim\n!note x\n\n您好', { id: '<c@phone.test>', files: [file] }))
    expect(both.map(({ externalId, parts }) => [externalId, (parts as unknown[]).length])).toEqual([
      ['<c@phone.test>', 1],
      ['<c@phone.test>#1', 1],
      ['<c@phone.test>#2', 2],
    ])
    const note = await read(answering(await ours(), '!note 合同见附件', { files: [file] }))
    expect(note.map(({ parts }) => (parts as unknown[]).length)).toEqual([2])
  })

  test('a press with words below it is done before them, and after them where it would give the conversation away', async () => {
    const mail = await ours()
    expect(wordsIn(await read(answering(mail, '', { subject: '!claim #x', quote: 'none' })))).toEqual(['button claim'])
    expect(wordsIn(await read(answering(mail, '您好', { subject: '!claim #x', quote: 'none' })))).toEqual(['button claim', '您好'])
    expect(wordsIn(await read(answering(mail, '再见', { subject: '!resolve #x', quote: 'none' })))).toEqual(['再见', 'button resolve'])
    expect(wordsIn(await read(answering(mail, '内部', { subject: '!note', quote: 'none' })))).toEqual(['!note 内部'])
  })
})

describe('the config', () => {
  const config = { address: ADDRESS, imap: { host: 'x', user: 'x', password: 'y' }, smtp: { host: 'x' } }
  test('takes what the docs show, and says where a signed address finds no room', () => {
    expect(emailDesk.config.safeParse(config).success).toBe(true)
    expect(emailDesk.config.safeParse({ ...config, address: `${'x'.repeat(28)}@example.test` }).success).toBe(false)
    expect(
      emailDesk.config.safeParse({ ...config, address: `${'x'.repeat(28)}@example.test`, replyTo: '{key}@desk.example.test' }).success,
    ).toBe(true)
    expect(complaintOf('desk@example.test')).toContain('{key}')
    expect(plusTemplate(`${'x'.repeat(27)}@example.test`).length).toBeGreaterThan(0)
    expect(complaintOf(plusTemplate(`${'x'.repeat(27)}@example.test`))).toBeUndefined()
  })

  test('a signed address keeps to sixty-four letters, all of them small', async () => {
    const long = `${'x'.repeat(27)}@example.test`
    const made = await sealer({ address: long, template: plusTemplate(long), secret: 's' }).addressOf(seal)
    expect(made.split('@')[0]).toHaveLength(64)
    expect(made).toBe(made.toLowerCase())
  })
})
