import { describe, expect, test } from 'vitest'
import type { Connector, Outbound } from '#core/connector.ts'
import type { Inbound } from '#core/event.ts'
import { bodyOf } from '#platforms/mail/body.ts'
import { textOf } from '#platforms/mail/html.ts'
import { readMime } from '#platforms/mail/mime.ts'
import { withoutQuotes } from '#platforms/mail/quote.ts'
import { keyOf, standardWebhooks } from '#platforms/standard-webhooks.ts'
import { type Arrived, connectorContract } from '../../../test/contract/connector.ts'
import { type FaultName, NOW, recorder } from '../../../test/contract/support.ts'
import { startFakeMailApi } from '../../../test/fakes/mailapi.ts'
import { hasDovecot, PASSWORD, startDovecot, USER } from '../../../test/support/dovecot.ts'
import { type SmtpFault, startSmtp } from '../../../test/support/smtp.ts'
import { until } from '../../../test/support/until.ts'
import type { Provider } from './api.ts'
import { decode } from './decode.ts'
import { emailConnector } from './index.ts'
import { findThread, ownId, readThread, threadKey, threadOf } from './thread.ts'

const KEY = 're_contract_secret_key'
const SECRET = `whsec_${btoa('a secret of the mail contract suite')}`
const OTHER = `whsec_${btoa('another secret, of somebody else..')}`
const ADDRESS = 'help@example.test'

async function signed(body: string, secret = SECRET, at = NOW): Promise<Record<string, string>> {
  return standardWebhooks([secret]).sign('msg_1', at, body)
}

for (const provider of ['resend', 'postmark'] satisfies Provider[]) {
  describe(provider, () => {
    connectorContract(emailConnector, {
      secrets: [KEY, SECRET],
      required: ['address', 'api'],
      async start() {
        const fake = await startFakeMailApi(KEY)
        const api = { provider, key: KEY, apiRoot: fake.url }
        return {
          config: { address: ADDRESS, api, secret: SECRET },
          user: 'wang@customer.test',
          arrived: () => fake.mails.map(({ text, files: [file] }) => ({ text, ...(file && { file: file.bytes, fileName: file.name }) })),
          fault: (name) => fake.fail(name),
          unreachable: { api: { ...api, apiRoot: 'http://127.0.0.1:2' } },
          close: () => fake.close(),
        }
      },
    })
  })
}

const LATER = { kind: 'transient', certain: true, retryAfterMs: 30_000 }

describe('a mailbox', () => {
  connectorContract(emailConnector, {
    secrets: [PASSWORD, 'smtp-secret-of-the-test'],
    required: ['address', 'smtp'],
    // What a server says in SMTP is certain, and a line that breaks before the end of a mail, too.
    faults: { rate_limited: LATER, server_error: LATER, reset: { kind: 'transient', certain: true }, html: 'none' },
    async start() {
      const box = hasDovecot || process.env.FRONTDESK_TEST_ALL ? await startDovecot() : undefined
      const relay = await startSmtp({ user: 'help', password: 'smtp-secret-of-the-test' })
      const imap = { host: '127.0.0.1', port: box?.port, secure: false, user: USER, password: PASSWORD }
      const smtp = { host: '127.0.0.1', port: relay.port, secure: false, user: 'help', password: 'smtp-secret-of-the-test' }
      const arrived: Arrived[] = []
      return {
        config: { address: ADDRESS, smtp, ...(box && { imap }) },
        user: 'wang@customer.test',
        arrived: () => {
          arrived.push(...relay.taken.slice(arrived.length).map(({ raw }) => heard(raw)))
          return arrived
        },
        fault: (name) => relay.fail(FAULTS[name]),
        hangs: () => until('the mail is taken', () => relay.hanging() > 0),
        unreachable: { smtp: { ...smtp, port: 2 }, ...(box && { imap: { ...imap, port: 2 } }) },
        ...(box && { write: (text: string) => box.deliver(mailOf(text)) }),
        async close() {
          await relay.close()
          await box?.remove()
        },
      }
    },
  })
})

const FAULTS: Record<FaultName, SmtpFault> = {
  rate_limited: { at: 'rcpt', code: 450, text: '4.7.1 too many mails, come again later' },
  unauthorized: { at: 'auth', code: 535, text: '5.7.8 Authentication failed' },
  server_error: { at: 'auth', code: 454, text: '4.7.0 Temporary authentication failure' },
  reset: { at: 'mail', reset: true },
  html: { at: 'mail', reset: true },
  hang: { at: 'taken', hang: true },
  accept_then_reset: { at: 'taken', reset: true },
  recipient_gone: { at: 'rcpt', code: 550, text: '5.1.1 no such user' },
}

/** The last line break is the wire's. */
function heard(raw: string): Arrived {
  const { whole, files } = bodyOf(readMime(Buffer.from(raw)))
  const [file] = files
  return { text: whole.replace(/\n$/, ''), ...(file && { file: new Uint8Array(file.bytes), fileName: file.name }) }
}

function mailOf(text: string): string {
  const id = `<${crypto.randomUUID()}@customer.test>`
  const head = ['From: wang@customer.test', `To: ${ADDRESS}`, `Message-ID: ${id}`, 'Content-Type: text/plain; charset=utf-8']
  return [...head, '', text, ''].join('\r\n')
}

const read = (lines: string[], envelope = {}) =>
  decode(new TextEncoder().encode(lines.join('\r\n')), envelope, { address: ADDRESS }, { now: NOW })

const PLAIN = [
  'From: =?utf-8?B?546L5bCP5piO?= <Wang@Customer.test>',
  'To: help@example.test',
  'Subject: =?utf-8?B?6K6i5Y2V6Zeu6aKY?=',
  'Message-ID: <first@customer.test>',
  'Date: Sun, 1 Mar 2026 15:00:00 +0800',
]
const BODY = ['Content-Type: text/plain; charset=utf-8', '', '多久发货', '']

function only(events: Inbound[]): Extract<Inbound, { type: 'message' }> {
  const [event] = events
  if (events.length !== 1 || event?.type !== 'message') throw new Error(`not one message: ${JSON.stringify(events)}`)
  return event
}

const said = (events: Inbound[]) => only(events).parts.map((part) => (part.type === 'text' ? part.text : part.type))

describe('a mail that came in', () => {
  test('says who wrote it, when, what, and to which thread it belongs', async () => {
    const event = only(await read([...PLAIN, ...BODY]))
    expect(event).toMatchObject({
      externalId: '<first@customer.test>',
      at: new Date('2026-03-01T07:00:00Z'),
      from: { user: 'wang@customer.test', thread: '<first@customer.test> 订单问题' },
      parts: [{ type: 'text', text: '多久发货' }],
      messageId: '<first@customer.test>',
      subject: '订单问题',
      sender: { name: '王小明', identities: [{ kind: 'email', value: 'wang@customer.test', verified: false }] },
    })
    expect(event.automatic).toBeUndefined()
  })

  test('without an id has one made of its bytes: the same mail is the same event', async () => {
    const lines = [...PLAIN.filter((line) => !line.startsWith('Message-ID')), ...BODY]
    const [one, two, other] = [await read(lines), await read(lines), await read([...lines, '!'])].map((events) => only(events).externalId)
    expect(one).toBe(two)
    expect(one).not.toBe(other)
  })

  test.each([
    ['gmail', 'On Sun, Mar 1, 2026 at 3:00 PM Shop <help@example.test>\nwrote:'],
    ['Apple Mail in Chinese', '在 2026年3月1日，15:00，客服 <help@example.test> 写道：'],
    ['QQ', '------------------ 原始邮件 ------------------\n发件人: "客服"'],
    ['Outlook', '________________________________\nFrom: Shop <help@example.test>\nSent: Sunday'],
    ['Foxmail', '发件人： 客服\n发送时间： 2026-03-01 15:00\n收件人： 王'],
  ])('is read without what it quotes (%s), and the whole of it is kept', async (_program, head) => {
    const quoted = `${head}\n> 付款后 24 小时内发货。`
    const lines = [...PLAIN, 'Content-Type: text/plain; charset=utf-8', '', '好的\r\n\r\n谢谢', '', ...quoted.split('\n')]
    const event = only(await read(lines))
    expect(event.parts).toEqual([{ type: 'text', text: '好的\n\n谢谢' }])
    expect(JSON.stringify(event.raw)).toContain('24 小时内发货')
  })

  test('keeps everything where nothing would be left, and what only looks like a quote', () => {
    expect(withoutQuotes('> 全部都是引用')).toBe('> 全部都是引用')
    expect(withoutQuotes('On Monday I wrote a letter.\nFrom: here to there')).toBe('On Monday I wrote a letter.\nFrom: here to there')
    expect(withoutQuotes('hello\n-- \nWang')).toBe('hello')
  })

  // What grew with the square of the length would take minutes here.
  test('of HTML alone becomes its words, however long it is', () => {
    expect(textOf('<style>p{}</style><p>你好 &amp; <b>谢谢</b></p><blockquote>old<blockquote>older</blockquote>x</blockquote>a<br>b')).toBe(
      '你好 & 谢谢\n\na\nb',
    )
    for (const hostile of ['<', '<style', '<blockquote>', '<!--', '&#', '\n ', '<p ']) {
      textOf(hostile.repeat(100_000))
      withoutQuotes(hostile.repeat(20_000).slice(0, 100_000))
    }
  })

  test('carries its files, with names and bytes as they were', async () => {
    const lines = [
      ...PLAIN,
      'Content-Type: multipart/mixed; boundary=B',
      '',
      '--B',
      ...BODY,
      '--B',
      'Content-Type: image/png; name="=?utf-8?B?5Zu+LnBuZw==?="',
      'Content-Disposition: attachment',
      'Content-Transfer-Encoding: base64',
      '',
      'AP8NCg==',
      '--B--',
    ]
    const [words, file] = only(await read(lines)).parts
    expect(words).toEqual({ type: 'text', text: '多久发货' })
    expect(file).toMatchObject({ type: 'media', kind: 'image', media: { name: '图.png', mime: 'image/png', bytes: 4 } })
    const ref = file?.type === 'media' ? file.media : { id: '' }
    const connector = create()
    const response = await connector.media?.(ref, AbortSignal.timeout(1000))
    expect(new Uint8Array((await response?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(new Uint8Array([0, 255, 13, 10]))
    expect(response?.headers.get('content-type')).toBe('image/png')
  })

  test('names a Chinese subject that was cut within a character', async () => {
    // 订单没有收到 in GBK, the third character in two words.
    const subject = 'Subject: =?gbk?B?tqm1pcM=?=\r\n =?gbk?B?u9PQytW1vQ==?='
    expect(only(await read([...PLAIN.filter((line) => !line.startsWith('Subject')), subject, ...BODY])).subject).toBe('订单没有收到')
  })

  test.each([
    ['Auto-Submitted', ['Auto-Submitted: auto-replied'], {}],
    ['a null sender in the envelope', [], { from: '' }],
    ['a null sender in the mail', ['Return-Path: <>'], {}],
    ['a mailing list', ['List-Id: <news.example.test>'], {}],
    ['bulk', ['Precedence: bulk'], {}],
    ['Exchange', ['X-Auto-Response-Suppress: OOF'], {}],
    ['a robot', ['Reply-To: no-reply@customer.test'], {}],
    ['ourselves', ['Reply-To: help@example.test'], {}],
  ])('by a machine is marked (%s), so that no machine of ours answers', async (_what, headers, envelope) => {
    expect(only(await read([...headers, ...PLAIN, ...BODY], envelope)).automatic).toBe(true)
  })

  test('that says by hand that a person wrote it is not', async () => {
    expect(only(await read(['Auto-Submitted: no', ...PLAIN, ...BODY], { from: 'wang@customer.test' })).automatic).toBeUndefined()
  })

  test('that tells of a mail of ours which did not arrive names that mail and its customer', async () => {
    const id = ownId('dlv_1', { root: '<first@customer.test>', subject: '订单问题' }, 'example.test')
    const lines = [
      'Return-Path: <>',
      'From: Mailer-Daemon@mx.test',
      'To: help@example.test',
      'Content-Type: multipart/report; report-type=delivery-status; boundary=B',
      '',
      '--B',
      'Content-Type: text/plain',
      '',
      'It failed.',
      '--B',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.test',
      '',
      'Final-Recipient: rfc822; Wang@customer.test',
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 no such user',
      '--B',
      'Content-Type: message/rfc822',
      '',
      `Message-ID: ${id}`,
      'Subject: Re: x',
      '',
      'words',
      '--B--',
    ]
    expect(await read(lines)).toMatchObject([
      {
        type: 'delivery',
        target: id,
        state: 'failed',
        reason: '5.1.1 550 no such user',
        from: { user: 'wang@customer.test', thread: '<first@customer.test> 订单问题' },
      },
    ])
  })

  test.each([
    ['nothing', ''],
    ['no sender', 'Subject: x\r\n\r\nwords'],
    ['a strange sender', 'From: <<>>\r\n\r\nwords'],
  ])('of %s is rejected', async (_what, raw) => {
    expect(await recorder().failure(() => read([raw]))).toMatchObject({ kind: 'rejected' })
  })
})

function create(extra: object = {}, heard = recorder()): Connector {
  const api = { provider: 'resend', key: KEY, apiRoot: 'http://127.0.0.1:2' }
  return emailConnector.create(emailConnector.config.parse({ address: ADDRESS, api, secret: SECRET, ...extra }), heard.deps)
}

describe('a thread', () => {
  const thread = { root: '<first@customer.test>', subject: '订单问题' }
  const links = { messageId: '<2@c.test>', inReplyTo: [], references: [], subject: 'Re: 回复：订单问题' }

  test('is found again by any id of ours, whatever became of the subject and of the other headers', () => {
    const ours = ownId('dlv_9', thread, 'example.test')
    expect(threadOf(ours, 'example.test')).toEqual(thread)
    expect(findThread({ ...links, subject: '别的', inReplyTo: [ours] }, 'example.test')).toEqual(thread)
    expect(findThread({ ...links, inReplyTo: ['<rewritten@ses.test>'], references: ['<x@y>', ours] }, 'example.test')).toEqual(thread)
    expect(findThread({ ...links, references: [thread.root] }, 'example.test')).toEqual(thread)
    expect(findThread(links, 'example.test')).toEqual({ root: '<2@c.test>', subject: '订单问题' })
    expect(readThread(threadKey(thread))).toEqual(thread)
  })

  test('nobody writes headers of ours with it', () => {
    for (const bad of ['<a@b>\r\nBcc: x@y', 'no id', `<${'a'.repeat(300)}@b> x`]) {
      const found = threadOf(`<dlv.${Buffer.from(bad).toString('base64url')}@example.test>`, 'example.test')
      expect(JSON.stringify(found ?? '')).not.toMatch(/\\r|\\n|a{300}/)
    }
    expect(threadOf(ownId('dlv', thread, 'other.test'), 'example.test')).toBeUndefined()
  })

  test('holds in what we send: the ids, the subject, and who wrote it', async () => {
    const fake = await startFakeMailApi(KEY)
    const connector = create({ api: { provider: 'resend', key: KEY, apiRoot: fake.url }, name: '示例商城' })
    const message: Outbound = {
      key: 'dlv_7',
      to: { user: 'wang@customer.test', thread: threadKey(thread) },
      parts: [{ type: 'text', text: '您好' }],
    }
    const { externalIds } = await connector.send({ ...message, sender: { name: '安娜' } }, AbortSignal.timeout(5000))
    await connector.send({ ...message, sender: { name: '安娜' } }, AbortSignal.timeout(5000))
    await connector.send({ ...message, key: 'dlv_8' }, AbortSignal.timeout(5000))
    const [agent, bot] = fake.mails
    expect(fake.mails).toHaveLength(2) // The same key is the same mail.
    expect(agent).toMatchObject({ from: '"安娜" <help@example.test>', to: 'wang@customer.test', subject: 'Re: 订单问题', key: 'dlv_7' })
    expect(agent?.headers['In-Reply-To']).toBe('<first@customer.test>')
    expect(agent?.headers.References).toMatch(/^<first@customer\.test> <thread\.[\w-]+@example\.test>$/)
    expect(agent?.headers['Auto-Submitted']).toBeUndefined()
    expect(externalIds).toEqual([agent?.id, agent?.headers['Message-ID']])
    expect(bot).toMatchObject({ from: '"示例商城" <help@example.test>', headers: { 'Auto-Submitted': 'auto-replied' } })
    for (const id of [agent?.headers['Message-ID'], agent?.headers.References?.split(' ')[1]]) {
      expect(threadOf(id ?? '', 'example.test')).toEqual(thread)
    }
    await fake.close()
  })
})

test('a key that may send and nothing else is a good key', async () => {
  const refusal = { statusCode: 401, name: 'restricted_api_key', message: 'This API key is restricted to only send emails' }
  const heard = recorder()
  heard.deps.exchange = async () => ({ status: 401, header: () => null, text: JSON.stringify(refusal) })
  expect(await create({}, heard).check(AbortSignal.timeout(1000))).toEqual({ state: 'connected', account: ADDRESS })
})

describe('mails that a mail server posts', () => {
  const body = JSON.stringify({
    from: 'wang@customer.test',
    raw: btoa(['From: wang@customer.test', 'Message-ID: <p@c.test>', '', 'hello'].join('\r\n')),
  })
  const post = (headers: Record<string, string>, text = body) =>
    new Request('https://desk.example/hooks/mail', { method: 'POST', headers, body: text })

  test('are taken when they are signed', async () => {
    expect(keyOf(SECRET)).toBeDefined()
    const result = await create().webhook?.(post(await signed(body)))
    expect(said(result?.events ?? [])).toEqual(['hello'])
    expect(result?.response.status).toBe(200)
  })

  test('are refused without a signature, with an old or a strange one, and where no secret is set', async () => {
    const heard = recorder()
    const failure = async (headers: Record<string, string>, extra = {}) =>
      heard.failure(() => create(extra, heard).webhook?.(post(headers)) ?? Promise.resolve())
    for (const headers of [
      {},
      await signed(body, OTHER),
      await signed(body, SECRET, new Date(NOW.getTime() - 600_000)),
      await signed(`${body} `),
    ]) {
      expect(await failure(headers)).toMatchObject({ kind: 'unauthorized' })
    }
    expect(await failure(await signed(body), { secret: undefined })).toMatchObject({ kind: 'unauthorized' })
    for (const bad of ['{}', 'x', '{"raw":"%%"}', '{"raw":""}']) {
      expect(await heard.failure(async () => create().webhook?.(post(await signed(bad), bad)))).toMatchObject({ kind: 'rejected' })
    }
    expect(heard.said.join()).not.toContain(SECRET)
  })
})
