// A strict fake of WeChat's server API on loopback, for an Official Account or a Mini Program: tokens that run out, the quotas and
// windows of customer-service messages, the limits of uploads, an IP whitelist; and people who write to the account. Faults come on
// request. Also its own process:
//   node test/fakes/wechat.ts --port 9872 --app wx1 --secret s --token t --aes <43 letters> --hook http://127.0.0.1:3000/hooks/wx
// then driven over HTTP: POST /_control/customer {"user":"o42","do":"text","args":["你好"]}.
import { appendFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { type ServerType, serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { cutOff, type Env, Faults, hang, type Often } from './faults.ts'
import { readParams } from './telegram/params.ts'
import { type Call, methods } from './wechat/methods.ts'
import { type Customer, customer, type Fields, type PushOptions, pushRequest, readReply } from './wechat/people.ts'
import { type FakeFile, Refusal, type Sent, World } from './wechat/world.ts'

export { type PushOptions, pushRequest } from './wechat/people.ts'
export type { FakeFile, Sent } from './wechat/world.ts'

/** One call that reached us. */
export interface LoggedCall {
  path: string
  query: Record<string, string>
  body: Record<string, unknown>
  ok: boolean
  errcode?: number
}

export type Fault =
  | { errcode: number; errmsg?: string }
  | { status: 500 | 502 }
  /** `html`: a proxy's page with status 200. `accept-then-reset`: done, but the caller never hears of it. */
  | { kind: 'reset' | 'hang' | 'html' | 'accept-then-reset' }

export interface FaultMatch extends Often {
  /** Any call but that for a token unless told. */
  path?: RegExp
}

export interface FakeWechatOptions extends Partial<PushOptions> {
  kind?: 'account' | 'mini'
  secret: string
  /** Where pushes go: the house's `/hooks/<channel id>`. */
  hook?: string
  /** Without: any number of messages, whatever the customer did. */
  quotas?: boolean
  /** Without: custom/send is refused, and only what answers a push arrives. */
  customerService?: boolean
  port?: number
  host?: string
  log?: string
  now?: () => Date
  /** How pushes get there. */
  post?: (request: Request) => Promise<Response>
}

export class FakeWechat {
  url = ''
  hook: string
  readonly calls: LoggedCall[] = []
  readonly push: PushOptions
  readonly world: World
  /** Addresses that are not on it are refused. */
  isListed = true
  secret: string
  private readonly faults = new Faults<Fault, FaultMatch>()
  private readonly ending = new AbortController()
  private readonly options: FakeWechatOptions
  private readonly now: () => Date
  private server: ServerType | undefined
  private last: Fields | undefined

  constructor(options: FakeWechatOptions) {
    const { kind = 'account', mode = 'secure', format = 'xml', hook = '', now = () => new Date() } = options
    const { token = 'AAAAA', encodingAesKey = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', appId = 'wxb11529c136998cb6' } = options
    this.push = { token, encodingAesKey, appId, mode, format }
    this.options = options
    this.secret = options.secret
    this.hook = hook
    this.now = now
    this.world = new World(kind, () => now().getTime(), options.quotas !== false)
  }

  listen(port: number, hostname: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server = serve({ fetch: this.app().fetch, port, hostname }, (info: AddressInfo) => {
        this.url = `http://${info.address}:${info.port}`
        resolve()
      })
      this.server.on('error', reject)
    })
  }

  close(): Promise<void> {
    this.ending.abort()
    return new Promise((resolve) => {
      this.server?.close(() => resolve())
      if (this.server && 'closeAllConnections' in this.server) this.server.closeAllConnections()
    })
  }

  customer(openid: string): Customer {
    return customer(this.world, openid, (fields) => this.deliver(fields))
  }

  /** What customers were sent, with the files of it. */
  get sent(): (Sent & { file?: FakeFile })[] {
    return this.world.sent.map((one) => {
      const file = this.world.files.get(String(one.content.media_id))
      return file ? { ...one, file } : one
    })
  }

  /** `path`: which calls it meets; all but those for a token unless told. */
  fail(fault: Fault, match: FaultMatch = {}): void {
    this.faults.order(fault, match)
  }

  /** As WeChat does when no answer comes within five seconds. */
  repeat(): Promise<Response> {
    if (!this.last) throw new Error('nothing was pushed yet')
    return this.deliver(this.last)
  }

  /** Pushes once, and takes what is answered for the customer. */
  async deliver(fields: Fields): Promise<Response> {
    this.last = fields
    const openid = String(fields.FromUserName)
    const response = await (this.options.post ?? fetch)(pushRequest(this.hook, this.push, fields, this.world.now()))
    const reply = response.ok ? readReply(this.push, openid, await response.clone().text()) : undefined
    if (reply) this.world.sent.push({ openid, ...reply, by: 'passive' })
    return response
  }

  private app(): Hono<Env> {
    const app = new Hono<Env>()
    app.post('/_control/customer', async (c) => {
      const { user, do: what, args = [] } = (await c.req.json()) as { user: string; do: keyof Customer; args?: unknown[] }
      const act = this.customer(user)[what] as (...args: unknown[]) => Promise<Response>
      const response = await act(...args)
      return c.json({ status: response.status, body: await response.text() })
    })
    app.get('/_control/sent', (c) => c.json(this.world.sent))
    app.get('/video/:id', (c) =>
      c.body(this.world.file(c.req.param('id')).bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'video/mp4' }),
    )
    app.all('*', (c) => this.answer(c))
    return app
  }

  private async answer(c: Context<Env>): Promise<Response> {
    const { pathname, searchParams } = new URL(c.req.url)
    const { params, files } = await readParams(c.req.raw)
    const fault = this.takeFault(pathname)
    if (fault && 'kind' in fault && fault.kind !== 'accept-then-reset') return this.break(c, fault.kind)
    const entry: LoggedCall = { path: pathname, query: Object.fromEntries(searchParams), body: params, ok: true }
    try {
      if (fault && 'status' in fault) return c.html('<html><head><title>Bad Gateway</title></head></html>', fault.status)
      if (fault && 'errcode' in fault) throw new Refusal(fault.errcode, fault.errmsg ?? 'fault')
      if (c.req.method === 'GET' && pathname === '/cgi-bin/media/get') return this.giveFile(c, searchParams)
      const result = this.call(`${c.req.method} ${pathname}`, searchParams, params, files)
      return fault ? cutOff(c) : c.json(result, 200, JSON_TYPE)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      Object.assign(entry, { ok: false, errcode: error.errcode })
      return c.json({ errcode: error.errcode, errmsg: `${error.message} rid: 6553e1a2-1f2e3d4c-5b6a7980` }, 200, JSON_TYPE)
    } finally {
      this.calls.push(entry)
      if (this.options.log) appendFileSync(this.options.log, `${JSON.stringify({ ...entry, query: undefined })}\n`)
    }
  }

  private call(name: string, query: URLSearchParams, body: Record<string, unknown>, files: Call['files']): unknown {
    if (name === 'POST /cgi-bin/stable_token') return this.stableToken(body)
    this.world.checkToken(query.get('access_token'))
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined
    if (!method) throw new Refusal(40066, 'invalid url')
    if (this.options.customerService === false && name.includes('/message/custom/')) throw new Refusal(48001, 'api unauthorized')
    return method({ world: this.world, query, body, files })
  }

  private stableToken(body: Record<string, unknown>): unknown {
    if (body.grant_type !== 'client_credential') throw new Refusal(40002, 'invalid grant_type')
    if (body.appid !== this.push.appId) throw new Refusal(40013, 'invalid appid')
    if (body.secret !== this.secret) throw new Refusal(40125, 'invalid appsecret')
    if (!this.isListed) throw new Refusal(40164, 'invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist')
    return this.world.stableToken(body.force_refresh === true)
  }

  private giveFile(c: Context<Env>, query: URLSearchParams): Response {
    this.world.checkToken(query.get('access_token'))
    const file = this.world.file(query.get('media_id'))
    if (file.type === 'video') return c.json({ video_url: `${this.url}/video/${file.id}` }, 200, { 'content-type': 'text/plain' })
    return c.body(file.bytes as Uint8Array<ArrayBuffer>, 200, {
      'content-type': file.mime,
      'content-disposition': `attachment; filename="${file.name}"`,
    })
  }

  private takeFault(path: string): Fault | undefined {
    return this.faults.take((one) => (one.path ?? /^(?!.*token$)/).test(path))
  }

  private async break(c: Context<Env>, kind: 'reset' | 'hang' | 'html' | 'accept-then-reset'): Promise<Response> {
    if (kind === 'html') return c.html('<html><body>It works!</body></html>', 200)
    return kind === 'hang' ? hang(c, this.ending.signal) : cutOff(c)
  }
}

const JSON_TYPE = { 'content-type': 'application/json; encoding=utf-8' }

export async function startFakeWechat(options: FakeWechatOptions): Promise<FakeWechat> {
  const fake = new FakeWechat(options)
  await fake.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  return fake
}

if (import.meta.main) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    options: { port: text, kind: text, app: text, secret: text, token: text, aes: text, hook: text, log: text },
  })
  const fake = await startFakeWechat({
    port: Number(values.port ?? 9872),
    kind: values.kind === 'mini' ? 'mini' : 'account',
    format: values.kind === 'mini' ? 'json' : 'xml',
    appId: values.app ?? 'wx1',
    secret: values.secret ?? 'secret',
    token: values.token,
    encodingAesKey: values.aes,
    hook: values.hook,
    log: values.log,
  })
  console.log(JSON.stringify({ url: fake.url }))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void fake.close().then(() => process.exit(0)))
}
