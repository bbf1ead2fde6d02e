// A strict fake of two HTTP mail APIs on loopback, Resend's and Postmark's: what they would refuse, it refuses in their words.
import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { cutOff, type Env, hang } from './faults.ts'

/** A mail that was taken. */
export interface FakeMail {
  id: string
  provider: 'resend' | 'postmark'
  from: string
  to: string
  subject: string
  text: string
  headers: Record<string, string>
  files: { name: string; mime: string; bytes: Uint8Array }[]
  /** Resend's. */
  key?: string
}

/** `html`: a proxy's page with status 200. `accept_then_reset`: taken, but the caller never hears of it. */
export type MailFault =
  | 'rate_limited'
  | 'unauthorized'
  | 'server_error'
  | 'reset'
  | 'html'
  | 'hang'
  | 'accept_then_reset'
  | 'recipient_gone'

const address = z.string().regex(/^(?:"[^"\\<>]*" <[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/)
const base64 = z.base64().min(1)
const line = z.string().regex(/^[^\r\n]*$/)

const resendMail = z.strictObject({
  from: address,
  to: z.array(address).min(1).max(50),
  subject: line.min(1),
  text: z.string().min(1),
  headers: z.record(z.string().regex(/^[A-Za-z-]+$/), line).optional(),
  attachments: z.array(z.strictObject({ filename: z.string().min(1), content_type: z.string(), content: base64 })).optional(),
})

const postmarkMail = z.strictObject({
  From: address,
  To: address,
  Subject: line,
  TextBody: z.string().min(1),
  MessageStream: z.literal('outbound'),
  Headers: z.array(z.strictObject({ Name: z.string().regex(/^[A-Za-z-]+$/), Value: line })).optional(),
  Attachments: z.array(z.strictObject({ Name: z.string().min(1), ContentType: z.string(), Content: base64 })).optional(),
})

export class FakeMailApi {
  url = ''
  readonly mails: FakeMail[] = []
  /** Calls that reached us, taken or not. */
  calls = 0
  readonly #key: string
  readonly #faults: MailFault[] = []
  readonly #ending = new AbortController()
  readonly #answers = new Map<string, { body: string; id: string }>()
  #server: ServerType | undefined

  constructor(key: string) {
    this.#key = key
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server = serve({ fetch: this.#app().fetch, port: 0, hostname: '127.0.0.1' }, (info: AddressInfo) => {
        this.url = `http://127.0.0.1:${info.port}`
        resolve()
      })
      this.#server.on('error', reject)
    })
  }

  close(): Promise<void> {
    this.#ending.abort()
    return new Promise((resolve) => {
      this.#server?.close(() => resolve())
      if (this.#server && 'closeAllConnections' in this.#server) this.#server.closeAllConnections()
    })
  }

  /** The next call meets this. */
  fail(fault: MailFault): void {
    this.#faults.push(fault)
  }

  to(user: string): FakeMail[] {
    return this.mails.filter((mail) => mail.to === user)
  }

  #app(): Hono<Env> {
    const app = new Hono<Env>()
    const resend = (c: Context<Env>) => c.req.header('authorization') === `Bearer ${this.#key}`
    const postmark = (c: Context<Env>) => c.req.header('x-postmark-server-token') === this.#key
    app.get('/domains', (c) => this.#meet(c, 'resend', () => (resend(c) ? c.json({ object: 'list', data: [] }) : noKey(c, 'resend'))))
    app.get('/server', (c) => this.#meet(c, 'postmark', () => (postmark(c) ? c.json({ ID: 1, Name: 'shop' }) : noKey(c, 'postmark'))))
    app.post('/emails', (c) => this.#meet(c, 'resend', async () => (resend(c) ? this.#resend(c, await c.req.text()) : noKey(c, 'resend'))))
    app.post('/email', (c) =>
      this.#meet(c, 'postmark', async () => (postmark(c) ? this.#postmark(c, await c.req.json()) : noKey(c, 'postmark'))),
    )
    return app
  }

  async #meet(c: Context<Env>, provider: FakeMail['provider'], answer: () => Response | Promise<Response>): Promise<Response> {
    this.calls++
    const fault = this.#faults.shift()
    if (!fault) return answer()
    switch (fault) {
      case 'html':
        return c.html('<html><body>It works!</body></html>')
      case 'server_error':
        return c.html('<html><head><title>Bad Gateway</title></head></html>', 502)
      case 'unauthorized':
        return noKey(c, provider)
      case 'recipient_gone':
        return provider === 'postmark'
          ? c.json({ ErrorCode: 406, Message: 'You tried to send to recipient(s) that have been marked as inactive.' }, 422)
          : refusal(c, 422, 'validation_error', 'Invalid `to` field. The email address needs to follow the `email@example.com` format.')
      case 'rate_limited':
        c.header('retry-after', '7')
        return provider === 'postmark'
          ? c.json({ ErrorCode: 429, Message: 'Rate limit exceeded' }, 429)
          : refusal(c, 429, 'rate_limit_exceeded', 'Too many requests.')
      case 'hang':
        return hang(c, this.#ending.signal)
      case 'accept_then_reset':
        await answer()
        return cutOff(c)
      case 'reset':
        return cutOff(c)
    }
  }

  /** The same key: the same answer and no second mail; the same key for another mail is refused. */
  #resend(c: Context<Env>, body: string): Response {
    const read = resendMail.safeParse(JSON.parse(body))
    if (!read.success) return refusal(c, 422, 'validation_error', read.error.issues[0]?.message ?? '')
    const key = c.req.header('idempotency-key')
    if (!key || key.length > 256) return refusal(c, 400, 'invalid_idempotency_key', 'The key must be between 1-256 chars.')
    const before = this.#answers.get(key)
    if (before && before.body !== body) {
      return refusal(c, 409, 'invalid_idempotent_request', 'Same idempotency key used with a different request payload.')
    }
    const id = before?.id ?? crypto.randomUUID()
    if (before) return c.json({ id })
    const { from, to, subject, text, headers = {}, attachments = [] } = read.data
    const files = attachments.map(({ filename, content_type, content }) => fileOf(filename, content_type, content))
    this.#answers.set(key, { body, id })
    this.mails.push({ id, provider: 'resend', from, to: to[0] ?? '', subject, text, headers, files, key })
    return c.json({ id })
  }

  #postmark(c: Context<Env>, body: unknown): Response {
    const read = postmarkMail.safeParse(body)
    if (!read.success) return c.json({ ErrorCode: 403, Message: read.error.issues[0]?.message ?? '' }, 422)
    const { From, To, Subject, TextBody, Headers = [], Attachments = [] } = read.data
    const id = crypto.randomUUID()
    const headers = Object.fromEntries(Headers.map(({ Name, Value }) => [Name, Value]))
    const files = Attachments.map(({ Name, ContentType, Content }) => fileOf(Name, ContentType, Content))
    this.mails.push({ id, provider: 'postmark', from: From, to: To, subject: Subject, text: TextBody, headers, files })
    return c.json({ To, SubmittedAt: new Date().toISOString(), MessageID: id, ErrorCode: 0, Message: 'OK' })
  }
}

function fileOf(name: string, mime: string, content: string): FakeMail['files'][number] {
  return { name, mime, bytes: new Uint8Array(Buffer.from(content, 'base64')) }
}

function noKey(c: Context<Env>, provider: FakeMail['provider']): Response {
  return provider === 'postmark'
    ? c.json({ ErrorCode: 10, Message: 'Bad or missing Server API token.' }, 401)
    : refusal(c, 403, 'invalid_api_key', 'API key is invalid')
}

function refusal(c: Context<Env>, statusCode: 400 | 403 | 409 | 422 | 429, name: string, message: string): Response {
  return c.json({ statusCode, name, message }, statusCode)
}

export async function startFakeMailApi(key: string): Promise<FakeMailApi> {
  const fake = new FakeMailApi(key)
  await fake.listen()
  return fake
}
