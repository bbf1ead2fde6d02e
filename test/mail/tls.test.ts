// Encryption towards mail servers: a real Dovecot and a real SMTP server with certificates of the test's own authority.
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { LineUnsafe, type MailServer } from '#core/mail.ts'
import { serverOf, smtpConfig } from '#platforms/mail/settings.ts'
import { unsafe } from '#platforms/mail/unsafe.ts'
import { openMailbox } from '#src/node/mailbox.ts'
import { openPost } from '#src/node/post.ts'
import { recorder } from '../contract/support.ts'
import { type Certificates, makeCertificates } from '../support/certificates.ts'
import { hasDovecot, NO_DOVECOT, PASSWORD, startDovecot, USER } from '../support/dovecot.ts'
import { startSmtp } from '../support/smtp.ts'

const signal = () => AbortSignal.timeout(10_000)
const isHere = hasDovecot || process.env.FRONTDESK_TEST_ALL === '1'
const posting = { from: 'help@example.test', to: 'wang@customer.test', raw: Buffer.from('Subject: x\r\n\r\nwords') }
const login = { user: USER, password: PASSWORD }

let authority: Certificates
/** For these servers, and for a server of another name. */
let [good, other] = [
  { cert: '', key: '' },
  { cert: '', key: '' },
]
beforeAll(() => {
  authority = makeCertificates()
  good = authority.made('localhost', '127.0.0.1')
  other = authority.made('mail.elsewhere.test')
})
afterAll(() => authority.remove())

const cleanUps: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

/** The two ways to a server, each as the config says it. */
interface Way {
  name: string
  start(kind: 'wrapped' | 'starttls' | 'stripped', files?: { cert: string; key: string }): Promise<number>
  /** Signs in, and does the least that there is to do. */
  use(server: MailServer): Promise<void>
}

const imap: Way = {
  name: 'IMAP',
  async start(kind, files = good) {
    const box = await startDovecot(kind === 'stripped' ? {} : { tls: { ...files, start: kind === 'starttls' } })
    cleanUps.push(box.remove)
    return box.port
  },
  async use(server) {
    const line = await openMailbox(server, signal())
    await line.examine('INBOX')
    line.close()
  },
}

const smtp: Way = {
  name: 'SMTP',
  async start(kind, files = good) {
    const [key, cert] = [readFileSync(files.key, 'utf8'), readFileSync(files.cert, 'utf8')]
    const tls = kind === 'wrapped' ? { tls: { secure: true, key, cert } } : kind === 'starttls' ? { start: { key, cert } } : {}
    const relay = await startSmtp({ user: USER, password: PASSWORD, ...tls })
    cleanUps.push(relay.close, async () => expect(relay.encrypted()).toBe(relay.taken.length))
    return relay.port
  },
  async use(server) {
    const line = openPost(server)
    try {
      await line.send(posting, signal())
    } finally {
      line.close()
    }
  },
}

const server = (port: number, more: object = {}) => serverOf(smtpConfig.parse({ host: '127.0.0.1', port, ...more }), 0, 0, login)

describe.each(isHere ? [imap, smtp] : [smtp])('a line over $name', (way) => {
  test.each(['wrapped', 'starttls'] as const)('is encrypted (%s), and stands where the config names who signed', async (kind) => {
    const port = await way.start(kind)
    await way.use(server(port, { secure: kind === 'wrapped', ca: authority.ca }))
  })

  test.each(['wrapped', 'starttls'] as const)('is not taken up with a server that nobody vouches for (%s)', async (kind) => {
    const port = await way.start(kind)
    const heard = recorder()
    // `plain: false`: as towards another machine.
    const told = await heard.failure(() => way.use(server(port, { secure: kind === 'wrapped', plain: false })))
    expect(told).toBeInstanceOf(LineUnsafe)
    expect(told).toMatchObject({
      kind: 'transient',
      certain: true,
      message: expect.stringMatching(/certificate.*under ca \/ .*证书不受信任/),
    })
    expect(heard.said.join()).not.toContain(PASSWORD)
  })

  test.each(['wrapped', 'starttls'] as const)('is not taken up with a server of another name (%s)', async (kind) => {
    const port = await way.start(kind, other)
    const told = await recorder().failure(() => way.use(server(port, { secure: kind === 'wrapped', ca: authority.ca })))
    expect(told).toBeInstanceOf(LineUnsafe)
    expect(told.message).toMatch(/another name.*host/)
  })

  test('says nothing in the clear where no encryption is offered, unless the config says so', async () => {
    const port = await way.start('stripped')
    const told = await recorder().failure(() => way.use(server(port, { secure: false, plain: false })))
    expect(told).toBeInstanceOf(LineUnsafe)
    expect(told.message).toMatch(/offers no encryption.*password neither.*plain: true/)
    if (way === imap) await way.use(server(port, { secure: false, plain: true }))
    expect(await recorder().failure(() => way.use(server(port)))).toMatchObject({
      message: expect.stringMatching(/does not speak TLS.*secure: false/),
    })
  })
})

test.skipIf(isHere)(`the same over IMAP (${NO_DOVECOT})`, () => undefined)

describe('how the way to a server is meant', () => {
  const meant = (given: object) => {
    const { host, port, secure, plain } = serverOf(smtpConfig.parse({ host: 'mail.example.test', ...given }), 465, 587, undefined)
    return [host, port, secure, plain]
  }
  test.each([
    ['TLS, where nothing is said', {}, ['mail.example.test', 465, true, false]],
    ['STARTTLS and nothing without it, towards another machine', { secure: false }, ['mail.example.test', 587, false, false]],
    ['in the clear, where that is said', { secure: false, plain: true }, ['mail.example.test', 587, false, true]],
    ['in the clear towards this machine', { secure: false, host: 'localhost' }, ['localhost', 587, false, true]],
    ['STARTTLS towards this machine, where that is said', { secure: false, host: '::1', plain: false }, ['::1', 587, false, false]],
    [
      'a host that only begins like this machine',
      { secure: false, host: '127.0.0.1.evil.test' },
      ['127.0.0.1.evil.test', 587, false, false],
    ],
  ])('%s', (_what, given, expected) => expect(meant(given)).toEqual(expected))

  test('a certificate is in PEM, or a mistake', () => {
    expect(smtpConfig.safeParse({ host: 'x', ca: authority.ca }).success).toBe(true)
    expect(smtpConfig.safeParse({ host: 'x', ca: '/etc/ssl/ca.pem' }).success).toBe(false)
  })

  test('a certificate that is out of date is told as that', () => {
    const told = unsafe({ code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }, server(1))
    expect(told?.message).toMatch(/out of date \(CERT_HAS_EXPIRED\): renew it/)
    expect(unsafe({ code: 'ECONNREFUSED' }, server(1))).toBeUndefined()
  })
})
