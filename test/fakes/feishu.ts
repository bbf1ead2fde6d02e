// A strict fake of Feishu's open platform on loopback: for tests, the demo and pictures. Keeps to the documented protocol, its limits and
// refusals included; faults come on request. It pushes to a hook, encrypted and signed where it has a key, or over the long connection.
// Also its own process:
//   node test/fakes/feishu.ts --port 9875 --app cli_1 --secret s --key k --token t --chat oc_1 --hook http://…/hooks/feishu
// then driven over HTTP: POST /_control/agent {"user":"ou_1","do":"text","args":["om_…","您好"]}.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { type ServerType, serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { type WebSocket, WebSocketServer } from 'ws'
import { cutOff, type Env, Faults } from './faults.ts'
import { type Fault, type FaultMatch, meet, refuse } from './feishu/faults.ts'
import { LOST, LongLine } from './feishu/line.ts'
import { callOf, methods, TOKEN } from './feishu/methods.ts'
import { type Agent, agent } from './feishu/people.ts'
import { type PushKeys, pushRequest } from './feishu/push.ts'
import { viewTopic } from './feishu/view.ts'
import { type Chat, type FakeFile, type Message, type Person, Refused, World } from './feishu/world.ts'

export type { Fault } from './feishu/faults.ts'
export type { Agent } from './feishu/people.ts'
export type { Message } from './feishu/world.ts'

export interface FakeFeishuOptions extends PushKeys {
  appId: string
  appSecret: string
  chat: string
  form?: Chat['form']
  /** Where events and card callbacks are pushed; nowhere: they wait for whoever takes them, or go over the long connection. */
  hook?: string
  port?: number
  now?(): Date
}

export interface LoggedCall {
  call: string
  path: string
  body: Record<string, unknown>
  ok: boolean
  error?: string
}

const ALL_SCOPES = [
  'im:message',
  'im:message.group_msg',
  'im:message.p2p_msg:readonly',
  'im:resource',
  'im:chat:readonly',
  'contact:contact.base:readonly',
  'contact:user.base:readonly',
  'contact:user.email:readonly',
]

/** Feishu comes again after 15 s, 5 min, 1 h and 6 h: four times. */
const RETRIES = 4

export class FakeFeishu {
  url = ''
  hook: string | undefined
  readonly world: World
  readonly calls: LoggedCall[] = []
  /** What was pushed and is not taken yet: where there is no hook and no line. */
  readonly waiting: string[] = []
  /** The status of each push over HTTP, retries included; 0 where no answer came. */
  readonly pushed: number[] = []
  readonly line: LongLine
  readonly bot = { id: 'ou_bot', name: '客服台' }
  retryMs = 50
  private readonly options: FakeFeishuOptions
  private readonly faults = new Faults<Fault, FaultMatch>()
  private readonly ending = new AbortController()
  private queue: Promise<unknown> = Promise.resolve()
  private server: ServerType | undefined
  private sockets: WebSocketServer | undefined
  private tokens = 1
  private events = 1

  constructor(options: FakeFeishuOptions) {
    this.options = options
    this.hook = options.hook
    this.world = new World(() => (options.now?.() ?? new Date()).getTime())
    this.addChat(options.chat, '客服群', options.form ?? 'topic')
    for (const scope of ALL_SCOPES) this.world.scopes.add(scope)
    this.line = new LongLine()
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server = serve({ fetch: this.app().fetch, port, hostname: '127.0.0.1' }, (info: AddressInfo) => {
        this.url = `http://127.0.0.1:${info.port}`
        this.sockets = new WebSocketServer({ server: this.server as Server, path: '/ws' })
        this.sockets.on('connection', (socket: WebSocket) => this.line.accept(socket))
        resolve()
      })
      this.server.on('error', reject)
    })
  }

  close(): Promise<void> {
    this.ending.abort()
    this.line.drop()
    this.sockets?.close()
    return new Promise((resolve) => {
      this.server?.close(() => resolve())
      if (this.server && 'closeAllConnections' in this.server) this.server.closeAllConnections()
    })
  }

  addChat(id: string, name: string, form: Chat['form'] = 'topic'): Chat {
    const chat: Chat = { id, name, form, hasBot: true, dissolved: false }
    this.world.chats.set(id, chat)
    return chat
  }

  agent(person: string | Person): Agent {
    const { id, ...rest } = typeof person === 'string' ? { id: person } : person
    if (!this.world.people.has(id)) this.world.people.set(id, { name: id, ...rest, id })
    const stage = {
      world: this.world,
      chat: this.options.chat,
      bot: this.bot,
      push: (type: string, event: unknown) => this.push(type, event),
    }
    return agent(stage, id)
  }

  /** The first messages of the group: each is a topic. */
  topics(chat = this.options.chat): Message[] {
    return [...this.world.messages.values()].filter(
      (message) => message.chat === chat && message.root === undefined && message.from === undefined,
    )
  }

  /** What the bot wrote to one person. */
  privately(person: string): Message[] {
    return [...this.world.messages.values()].filter((message) => message.to === person)
  }

  view(root: string): string {
    return viewTopic(this.world, this.options.chat, root, this.bot.name)
  }

  fail(fault: Fault, match: FaultMatch = {}): void {
    this.faults.order(fault, match)
  }

  /** The access token that everybody has is no longer good. */
  expireTokens(): void {
    this.tokens += 1
  }

  accepted(call?: string): LoggedCall[] {
    return this.calls.filter((one) => one.ok && (call === undefined || one.call === call))
  }

  /** The body of an event, as it stands before encryption. */
  eventBody(type: string, event: unknown): string {
    const now = this.world.now()
    const header = {
      event_id: `ev_${this.events++}`,
      event_type: type,
      create_time: type.startsWith('card.') ? `${now}000` : String(now),
      token: this.options.verificationToken ?? 'a-token-nobody-looks-at',
      app_id: this.options.appId,
      tenant_key: 't1',
    }
    return JSON.stringify({ schema: '2.0', header, event })
  }

  /** The request that would bring this. */
  request(plain: string, url = 'https://desk.example/hooks/feishu'): Request {
    return pushRequest(url, plain, this.options, this.world.now())
  }

  /** One after the other; what is not answered well comes again. Card callbacks come once. */
  private push(type: string, event: unknown): Promise<unknown> {
    const body = this.eventBody(type, event)
    const deliver = () => this.deliver(body, type.startsWith('card.') ? 0 : RETRIES)
    if (type.startsWith('card.')) return deliver()
    this.queue = this.queue.then(deliver)
    return this.queue
  }

  async settled(): Promise<void> {
    await this.queue
  }

  private async deliver(body: string, retries: number): Promise<unknown> {
    if (this.line.isOpen) {
      const told = await this.line.send(body)
      while (told === LOST && !this.line.isOpen && !this.ending.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50))
      return told !== LOST ? told : this.ending.signal.aborted ? undefined : this.deliver(body, retries)
    }
    if (this.hook === undefined) {
      this.waiting.push(body)
      return undefined
    }
    for (let left = retries; ; left--) {
      const status = await this.post(body)
      if (status.code === 200 || left <= 0 || this.ending.signal.aborted) return status.told
      await new Promise((resolve) => setTimeout(resolve, this.retryMs))
    }
  }

  private async post(body: string): Promise<{ code: number; told?: unknown }> {
    try {
      // Three seconds, then it counts as not answered.
      const response = await fetch(this.request(body, this.hook), {
        signal: AbortSignal.any([AbortSignal.timeout(3000), this.ending.signal]),
      })
      const told = response.ok ? ((await response.json()) as unknown) : undefined
      this.pushed.push(response.status)
      return { code: response.status, told }
    } catch {
      this.pushed.push(0)
      return { code: 0 }
    }
  }

  private app(): Hono<Env> {
    const app = new Hono<Env>()
    app.post('/_control/:what', async (c) => c.json(await this.control(c.req.param('what'), (await c.req.json()) as Order)))
    app.get('/_control/messages', (c) => c.json([...this.world.messages.values()]))
    app.get('/_control/view/:root', (c) => c.html(this.view(c.req.param('root'))))
    app.post('/callback/ws/endpoint', async (c) => c.json(this.endpoint((await c.req.json()) as Record<string, unknown>)))
    app.all('/open-apis/*', (c) => this.answer(c))
    app.onError((error, c) => c.json({ code: 5000, msg: `fake: ${error.message}` }, 500))
    return app
  }

  private endpoint({ AppID, AppSecret }: Record<string, unknown>): unknown {
    const { appId, appSecret } = this.options
    if (AppID !== appId || AppSecret !== appSecret) return { code: 514, msg: 'auth failed' }
    const URL = `${this.url.replace('http', 'ws')}/ws?device_id=d1&access_key=k1&service_id=7&ticket=t1`
    return {
      code: 0,
      msg: 'ok',
      data: { URL, ClientConfig: { PingInterval: this.line.pingSeconds, ReconnectCount: -1, ReconnectInterval: 1, ReconnectNonce: 1 } },
    }
  }

  private async answer(c: Context<Env>): Promise<Response> {
    const path = c.req.path.slice('/open-apis/'.length).split('/').map(decodeURIComponent)
    const call = callOf(c.req.method, path)
    const form = /multipart/.test(c.req.header('content-type') ?? '') ? await held(await c.req.formData()) : undefined
    const text = form ? '' : await c.req.text()
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
    const fault = call === TOKEN ? undefined : this.takeFault(call)
    const goesOn = fault && 'kind' in fault && fault.kind.startsWith('accept-')
    if (fault && !goesOn) {
      this.calls.push({ call, path: c.req.path, body, ok: false, error: JSON.stringify(fault) })
      return meet(c, fault, this.ending.signal)
    }
    try {
      const told = call === TOKEN ? this.token(body) : this.serve(c, call, path, body, form)
      this.calls.push({ call, path: c.req.path, body, ok: true })
      if (goesOn) return 'kind' in fault && fault.kind === 'accept-then-500' ? c.html('<html>Bad Gateway</html>', 502) : cutOff(c)
      if (isFile(told))
        return c.body(told.bytes, 200, {
          'content-type': told.mime || 'application/octet-stream',
          'content-length': String(told.bytes.length),
        })
      return c.json(
        call === TOKEN || call === 'GET bot/v3/info'
          ? { code: 0, msg: 'ok', ...(told as object) }
          : { code: 0, msg: 'success', data: told },
      )
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.calls.push({ call, path: c.req.path, body, ok: false, error: error.message })
      return refuse(error)
    }
  }

  private token({ app_id: id, app_secret: secret }: Record<string, unknown>): unknown {
    if (id !== this.options.appId) throw new Refused(10003, 'invalid param')
    if (secret !== this.options.appSecret) throw new Refused(10015, 'app secret invalid')
    return { tenant_access_token: `t-${this.options.appId}-${this.tokens}`, expire: 7200 }
  }

  private serve(c: Context<Env>, call: string, path: string[], body: Record<string, unknown>, form: FormData | undefined): unknown {
    const auth = c.req.header('authorization') ?? ''
    if (auth === '') throw new Refused(99991661, 'Missing access token for authorization.')
    if (auth !== `Bearer t-${this.options.appId}-${this.tokens}`)
      throw new Refused(99991663, `Invalid access token for authorization. ${auth}`)
    const { world } = this
    world.pace(
      'app',
      world.perMinute,
      60_000,
      () => new Refused(99991400, 'request trigger frequency limit', { status: 429, headers: { 'x-ogw-ratelimit-reset': '7' } }),
    )
    const method = methods[call]
    if (!method) throw new Refused(99991300, `no such api: ${call}`, { status: 404 })
    if (method.scopes.length > 0 && !method.scopes.some((scope) => world.scopes.has(scope)))
      throw new Refused(99991672, `Access denied. One of the following scopes is required: [${method.scopes.join(', ')}]`, {
        missing: method.scopes.slice(0, 1),
      })
    const app = { id: this.options.appId, bot: this.bot.id, name: this.bot.name }
    return method.run({ world, app, path, query: c.req.query(), body, ...(form && { form }) })
  }

  private takeFault(call: string): Fault | undefined {
    return this.faults.take((one) => one.calls === undefined || one.calls.includes(call))
  }

  private control(what: string, order: Order): unknown {
    switch (what) {
      case 'agent': {
        const one = this.agent(order.name ? { id: order.user, name: order.name } : order.user) as unknown as Record<
          string,
          (...args: unknown[]) => unknown
        >
        const method = Object.hasOwn(one, order.do) ? one[order.do] : undefined
        if (!method) throw new Error(`nobody can "${order.do}"`)
        return Promise.resolve(method(...(order.args ?? []))).then((value) => value ?? { ok: true })
      }
      case 'fail':
        return this.fail(order.fault, order.match) ?? { ok: true }
      default:
        throw new Error(`unknown control "${what}"`)
    }
  }
}

/** What may come to `/_control/…`; each order reads its own. */
interface Order {
  user: string
  name?: string
  do: string
  args?: unknown[]
  fault: Fault
  match?: FaultMatch
}

/** Methods are quick and not asynchronous: the bytes of files are read before. */
async function held(form: FormData): Promise<FormData> {
  for (const value of form.values()) {
    if (value instanceof File) Object.assign(value, { held: new Uint8Array(await value.arrayBuffer()) })
  }
  return form
}

function isFile(value: unknown): value is FakeFile {
  return typeof value === 'object' && value !== null && 'bytes' in value
}

export async function startFakeFeishu(options: FakeFeishuOptions): Promise<FakeFeishu> {
  const fake = new FakeFeishu(options)
  await fake.listen(options.port ?? 0)
  return fake
}

if (import.meta.main) {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { port: text, app: text, secret: text, key: text, token: text, chat: text, hook: text } })
  const fake = await startFakeFeishu({
    port: Number(values.port ?? 9875),
    appId: values.app ?? 'cli_1',
    appSecret: values.secret ?? 'secret',
    chat: values.chat ?? 'oc_1',
    ...(values.key && { encryptKey: values.key }),
    ...(values.token && { verificationToken: values.token }),
    ...(values.hook && { hook: values.hook }),
  })
  console.log(JSON.stringify({ url: fake.url }))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void fake.close().then(() => process.exit(0)))
}
