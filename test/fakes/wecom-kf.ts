// A strict fake of WeCom's server API for 微信客服 on loopback: for tests, the demo and the crash tests. Keeps to the documented
// protocol, its limits included; faults come on request. Also its own process:
//   node test/fakes/wecom-kf.ts --port 9873 --corp ww1 --secret s --token t --aes <43 letters> --accounts wk1,wk2 --hook http://…/hooks/kf
// then driven over HTTP: POST /_control/customer {"user":"wm1","do":"text","args":["你好"]}.
import { type AddressInfo, isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { type ServerType, serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { crypt } from '#platforms/wechat/crypt.ts'
import { cutOff, type Env, Faults, hang, type Often } from './faults.ts'
import { methods, upload } from './wecom-kf/methods.ts'
import { type Customer, customer } from './wecom-kf/people.ts'
import { Refused, World } from './wecom-kf/world.ts'

export type { Customer } from './wecom-kf/people.ts'

export interface FakeKfOptions {
  corpId: string
  secret: string
  token: string
  encodingAesKey: string
  accounts?: string[]
  /** Where the callback is set up. */
  hook?: string
  port?: number
  now?(): Date
}

export type Fault =
  /** A refusal with this code; WeCom says it with HTTP 200. */
  | { code: number; words?: string }
  | { status: 429; retryAfter: number }
  | { status: 502 }
  | { kind: 'reset' | 'hang' | 'html' | 'accept-then-reset' }

export interface FaultMatch extends Often {
  /** Paths without /cgi-bin/; any call but gettoken unless told. */
  paths?: string[]
}

export interface LoggedCall {
  path: string
  body: Record<string, unknown>
  ok: boolean
  error?: string
}

export class FakeKf {
  url = ''
  hook: string | undefined
  readonly world: World
  readonly calls: LoggedCall[] = []
  /** The answers of the hook to rings, oldest first; 0 where none came. */
  readonly rung: number[] = []
  private readonly options: FakeKfOptions
  private readonly faults = new Faults<Fault, FaultMatch>()
  private readonly ending = new AbortController()
  private server: ServerType | undefined
  private tokens = 1

  constructor(options: FakeKfOptions) {
    this.options = options
    this.hook = options.hook
    this.world = new World(() => (options.now?.() ?? new Date()).getTime())
    for (const id of options.accounts ?? ['wk1']) this.world.addAccount(id, `客服 ${id}`)
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server = serve({ fetch: this.app().fetch, port, hostname: '127.0.0.1' }, (info: AddressInfo) => {
        this.url = `http://${isIP(info.address) === 6 ? `[${info.address}]` : info.address}:${info.port}`
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

  customer(id: string, account = [...this.world.accounts.keys()][0] as string, unionid?: string): Customer {
    return customer(this.world, account, id, undefined, unionid)
  }

  fail(fault: Fault, match: FaultMatch = {}): void {
    this.faults.order(fault, match)
  }

  clearFaults(): void {
    this.faults.clear()
  }

  /** The access token that everybody has is no longer good. */
  expireTokens(): void {
    this.tokens += 1
  }

  /** Every reader's place is forgotten. */
  forgetCursors(): void {
    this.world.epoch += 1
  }

  /** The request with which WeCom would say that an account has news. */
  async ringRequest(url: string, account: string, inner?: string): Promise<Request> {
    const at = Math.floor(this.world.now() / 1000)
    const xml =
      inner ??
      `<xml><ToUserName><![CDATA[${this.options.corpId}]]></ToUserName><CreateTime>${at}</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[kf_msg_or_event]]></Event><Token><![CDATA[${this.world.ringToken()}]]></Token><OpenKfId><![CDATA[${account}]]></OpenKfId></xml>`
    return sealedRequest(this.options, url, xml, at)
  }

  /** Rings as WeCom does: three tries, and no more. Gives the status of the last. */
  async ring(account = [...this.world.accounts.keys()][0] as string): Promise<number> {
    if (!this.hook) throw new Error('no callback is set up')
    let status = 0
    for (let n = 0; n < 3 && status !== 200; n++) {
      try {
        status = (await fetch(await this.ringRequest(this.hook, account))).status
      } catch {
        status = 0 // Nobody there: WeCom tries again, and then gives up.
      }
    }
    this.rung.push(status)
    return status
  }

  private app(): Hono<Env> {
    const app = new Hono<Env>()
    app.post('/_control/:what', async (c) => c.json(await this.control(c.req.param('what'), await c.req.json())))
    app.get('/_control/sent', (c) => c.json(this.world.sent.map(({ file: _, ...rest }) => rest)))
    app.all('/cgi-bin/*', (c) => this.answer(c))
    app.onError((error, c) => c.json({ errcode: -1, errmsg: `fake: ${error.message}` }, 200))
    return app
  }

  private async answer(c: Context<Env>): Promise<Response> {
    const path = c.req.path.slice('/cgi-bin/'.length)
    const body =
      path === 'media/upload' || c.req.method === 'GET' ? { ...c.req.query() } : ((await c.req.json()) as Record<string, unknown>)
    const fault = this.takeFault(path)
    if (fault && !('kind' in fault && fault.kind === 'accept-then-reset')) {
      this.calls.push({ path, body, ok: false, error: JSON.stringify(fault) })
      return this.meet(c, fault)
    }
    try {
      const told = await this.serve(c, path, body)
      this.calls.push({ path, body, ok: true })
      if (fault) return cutOff(c)
      return told instanceof Response ? told : c.json({ errcode: 0, errmsg: 'ok', ...told })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.calls.push({ path, body, ok: false, error: error.message })
      return c.json({ errcode: error.code, errmsg: `${error.message}, hint: [1], from ip: 127.0.0.1` })
    }
  }

  private async serve(c: Context<Env>, path: string, body: Record<string, unknown>): Promise<Record<string, unknown> | Response> {
    const { corpId, secret } = this.options
    const { access_token: token, corpid, corpsecret, type, media_id: mediaId } = c.req.query()
    const good = `TOKEN-${this.tokens}-of-${corpId}`
    if (path === 'gettoken') {
      if (corpid !== corpId) throw new Refused(40013, 'invalid corpid')
      if (corpsecret !== secret) throw new Refused(40001, 'invalid credential')
      return { access_token: good, expires_in: 7200 }
    }
    if (token !== good) throw new Refused(/^TOKEN-\d+-of-/.test(token ?? '') ? 42001 : 40014, `invalid access_token ${token}`)
    if (path === 'media/upload') {
      const file = (await c.req.formData()).get('media')
      if (!(file instanceof File)) throw new Refused(41005, 'media data missing')
      return upload(this.world, String(type), { bytes: new Uint8Array(await file.arrayBuffer()), name: file.name, mime: file.type })
    }
    if (path === 'media/get') {
      const file = this.world.media.get(String(mediaId))
      if (!file) throw new Refused(40007, 'invalid media_id')
      const headers = { 'content-type': file.mime, 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}` }
      return c.body(file.bytes, 200, headers)
    }
    const method = Object.hasOwn(methods, path) ? methods[path] : undefined
    if (!method) return c.json({ errcode: -2, errmsg: 'no such api' }, 404)
    return method(this.world, body)
  }

  private takeFault(path: string): Fault | undefined {
    return this.faults.take((one) => (one.paths ? one.paths.includes(path) : path !== 'gettoken'))
  }

  private async meet(c: Context<Env>, fault: Fault): Promise<Response> {
    if ('code' in fault) return c.json({ errcode: fault.code, errmsg: fault.words ?? 'refused' })
    if ('kind' in fault) {
      if (fault.kind === 'html') return c.html('<html><body>It works!</body></html>', 200)
      return fault.kind === 'hang' ? hang(c, this.ending.signal) : cutOff(c)
    }
    if (fault.status === 429) return c.text('slow down', 429, { 'retry-after': String(fault.retryAfter) })
    return c.html('<html><head><title>Bad Gateway</title></head></html>', fault.status)
  }

  private async control(
    what: string,
    order: { user?: string; account?: string; do?: string; args?: unknown[]; quiet?: boolean },
  ): Promise<unknown> {
    if (what === 'fail') return this.fail((order as { fault: Fault }).fault) ?? { ok: true }
    if (what === 'late-failure') return this.world.lateFailures.push(Number(order.args?.[0]))
    if (what === 'forget-cursors') return this.forgetCursors() ?? { ok: true }
    if (what !== 'customer') throw new Error(`unknown control "${what}"`)
    const person = this.customer(String(order.user), order.account) as unknown as Record<
      string,
      (...args: unknown[]) => { open_kfid: string }
    >
    const entry = person[String(order.do)]?.(...(order.args ?? []))
    if (!entry) throw new Error(`nobody can "${order.do}"`)
    return { entry, ...(this.hook && !order.quiet && { rung: await this.ring(order.account) }) }
  }
}

/** A call as WeCom makes it: encrypted, its signature in the query. */
export async function sealedRequest(
  { corpId, token, encodingAesKey }: Pick<FakeKfOptions, 'corpId' | 'token' | 'encodingAesKey'>,
  url: string,
  inner: string,
  at: number,
): Promise<Request> {
  const stamp = { timestamp: String(at), nonce: String(Math.floor(Math.random() * 1e9)) }
  const { encrypted, signature } = await crypt({ token, encodingAesKey, receiveId: corpId }).seal(inner, stamp)
  const query = new URLSearchParams({ msg_signature: signature, ...stamp })
  const body = `<xml><ToUserName><![CDATA[${corpId}]]></ToUserName><AgentID></AgentID><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`
  return new Request(`${url}?${query}`, { method: 'POST', headers: { 'content-type': 'text/xml' }, body })
}

export async function startFakeKf(options: FakeKfOptions): Promise<FakeKf> {
  const fake = new FakeKf(options)
  await fake.listen(options.port ?? 0)
  return fake
}

if (import.meta.main) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { port: text, corp: text, secret: text, token: text, aes: text, accounts: text, hook: text } })
  const fake = await startFakeKf({
    port: Number(values.port ?? 9873),
    corpId: values.corp ?? 'ww1',
    secret: values.secret ?? 'secret',
    token: values.token ?? 'token',
    encodingAesKey: values.aes ?? 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
    accounts: (values.accounts ?? 'wk1').split(','),
    hook: values.hook,
  })
  console.log(JSON.stringify({ url: fake.url }))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void fake.close().then(() => process.exit(0)))
}
