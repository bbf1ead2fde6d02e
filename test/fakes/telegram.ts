// A strict fake of Telegram's Bot API on loopback: for tests, the demo and the crash tests. Keeps to the documented protocol and
// Telegram's own words of refusal; faults come on request. Also its own process:
//   node test/fakes/telegram.ts --port 9871 --tokens 111:aaa,222:bbb --forum=-1001000000001 --log calls.jsonl
// then driven over HTTP: POST /_control/customer {"bot":"111:aaa","user":42,"do":"text","args":["你好"]}.
import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { type AddressInfo, isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { type ServerType, serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { cutOff, type Env, Faults, hang, type Often } from './faults.ts'
import { type Call, methods } from './telegram/methods.ts'
import { readParams } from './telegram/params.ts'
import { type Agent, agent, type Customer, customer, type Person } from './telegram/people.ts'
import { ApiError, type Bot, type FakeFile, type FakeMessage, type Topic, World } from './telegram/world.ts'

export type { Agent, Customer, Person } from './telegram/people.ts'
export type { FakeFile } from './telegram/world.ts'

/** One call that reached us, accepted or not. Long polls are not written to the file: they would drown the rest. */
export interface LoggedCall {
  seq: number
  at: string
  bot: string
  method: string
  params: Record<string, unknown>
  files: Record<string, FakeFile>
  ok: boolean
  result?: unknown
  error?: string
}

export type Fault =
  | { status: 429; retry_after: number }
  | { status: 400 | 401 | 403 | 404 | 409 | 500 | 502; description?: string }
  /** `html`: a proxy's page with status 200. `accept-then-reset`: done, but the caller never hears of it. */
  | { kind: 'reset' | 'hang' | 'html' | 'accept-then-reset' }

export interface FaultMatch extends Often {
  method?: string
  chat?: number | string
  bot?: string
}

export interface FakeTelegramOptions {
  /** Tokens, or tokens with usernames. */
  bots: (string | { token: string; username: string })[]
  port?: number
  host?: string
  /** A file that gets one JSON line per call, written before the answer leaves. */
  log?: string
}

/** What may come to `/_control/…`; each order reads its own. */
interface Order {
  bot?: string
  user: number | Person
  chat: number
  thread: number
  do: string
  args?: unknown[]
  id: number
  title?: string
  rights?: boolean
  gone?: Topic['gone']
  fault: Fault
  match?: FaultMatch
}

export class FakeTelegram {
  url = ''
  readonly calls: LoggedCall[] = []
  readonly world = new World()
  private readonly faults = new Faults<Fault, FaultMatch>()
  private readonly watchers = new Set<() => void>()
  private readonly ending = new AbortController()
  private readonly logFile: string | undefined
  private server: ServerType | undefined

  constructor(options: FakeTelegramOptions) {
    this.logFile = options.log
    for (const bot of options.bots) typeof bot === 'string' ? this.world.addBot(bot) : this.world.addBot(bot.token, bot.username)
  }

  listen(port: number, hostname: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server = serve({ fetch: this.app().fetch, port, hostname }, (info: AddressInfo) => {
        this.url = `http://${isIP(info.address) === 6 ? `[${info.address}]` : info.address}:${info.port}`
        resolve()
      })
      this.server.on('error', reject)
    })
  }

  close(): Promise<void> {
    this.ending.abort()
    this.world.close()
    return new Promise((resolve) => {
      this.server?.close(() => resolve())
      if (this.server && 'closeAllConnections' in this.server) this.server.closeAllConnections()
    })
  }

  customer(person: number | Person, bot?: string): Customer {
    return customer(this.world, person, this.world.bot(bot))
  }

  agent(person: number | Person, chat: number): Agent {
    return agent(this.world, person, this.world.group(chat))
  }

  addForum(id: number, title = 'Support', options: { rights?: boolean } = {}): void {
    this.world.addGroup(id, title, { isForum: true, ...options })
  }

  addGroup(id: number, title = 'Group'): void {
    this.world.addGroup(id, title)
  }

  topics(chat: number): Topic[] {
    return [...this.world.group(chat).topics.values()]
  }

  /** What a topic shows, oldest first. */
  inTopic(chat: number, thread: number): FakeMessage[] {
    return [...this.world.group(chat).messages.values()].filter((message) => message.message_thread_id === thread)
  }

  deleteTopic(chat: number, thread: number, gone: Topic['gone'] = 'message thread not found'): void {
    const topic = this.world.group(chat).topics.get(thread)
    if (!topic) throw new Error(`there is no topic ${thread} in ${chat}`)
    Object.assign(topic, { state: 'deleted', gone })
  }

  fail(fault: Fault, match: FaultMatch = {}): void {
    this.faults.order(fault, match)
  }

  clearFaults(): void {
    this.faults.clear()
  }

  /** Accepted calls, of one method where named. */
  accepted(method?: string): LoggedCall[] {
    return this.calls.filter((call) => call.ok && (method === undefined || call.method === method))
  }

  /** The first accepted call that `predicate` likes, past or to come. */
  async waitFor(predicate: (call: LoggedCall) => boolean, ms = 5000): Promise<LoggedCall> {
    const end = Date.now() + ms
    for (;;) {
      const found = this.calls.find((call) => call.ok && predicate(call))
      if (found) return found
      const left = end - Date.now()
      if (left <= 0) throw new Error(`no such call within ${ms} ms; seen: ${this.calls.map((call) => call.method).join(' ')}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.watchers.add(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  private app(): Hono<Env> {
    const app = new Hono<Env>()
    app.post('/_control/:what', async (c) => c.json(this.control(c.req.param('what'), await c.req.text())))
    app.get('/_control/log', (c) => c.json(this.calls.filter((call) => call.seq > Number(c.req.query('after') ?? 0)).map(forFile)))
    app.get('/file/*', (c) => this.giveFile(c))
    app.all('*', (c) => this.answer(c))
    app.onError((error, c) => c.json({ ok: false, error_code: 500, description: `fake: ${error.message}` }, 500))
    return app
  }

  private giveFile(c: Context<Env>): Response {
    const [, token, path] = /^\/file\/bot([^/]+)\/(.+)$/.exec(decodeURIComponent(c.req.path)) ?? []
    const file = token && this.world.bots.has(token) ? [...this.world.files.values()].find((one) => one.path === path) : undefined
    if (!file) return c.json({ ok: false, error_code: 404, description: 'Not Found' }, 404)
    return c.body(file.bytes, 200, { 'content-type': 'application/octet-stream', 'content-length': String(file.bytes.length) })
  }

  private async answer(c: Context<Env>): Promise<Response> {
    const [, token = '', name = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(decodeURIComponent(c.req.path)) ?? []
    const bot = this.world.bots.get(token)
    if (!bot) return name && token.includes(':') ? refuse(new ApiError(401, 'Unauthorized')) : refuse(new ApiError(404, 'Not Found'))
    const { params, files } = await readParams(c.req.raw)
    const fault = this.takeFault(bot, name, params)
    if (fault && !('kind' in fault && fault.kind === 'accept-then-reset')) {
      this.record({ bot: bot.username, method: name, params, files, ok: false, error: JSON.stringify(fault) })
      return this.fault(c, fault)
    }
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined
    if (!method) return refuse(new ApiError(404, 'Not Found'))
    const call: Call = { bot, params, files, world: this.world, signal: AbortSignal.any([c.req.raw.signal, this.ending.signal]) }
    try {
      const result = await method(call)
      this.record({ bot: bot.username, method: name, params, files, ok: true, result })
      return fault ? cutOff(c) : c.json({ ok: true, result })
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      this.record({ bot: bot.username, method: name, params, files, ok: false, error: error.message })
      return refuse(error)
    }
  }

  private record(call: Omit<LoggedCall, 'seq' | 'at'>): void {
    const full = { seq: this.calls.length + 1, at: new Date().toISOString(), ...call }
    this.calls.push(full)
    if (this.logFile && call.method !== 'getUpdates') appendFileSync(this.logFile, `${JSON.stringify(forFile(full))}\n`)
    for (const watcher of [...this.watchers]) watcher()
    this.watchers.clear()
  }

  private takeFault(bot: Bot, method: string, params: Record<string, unknown>): Fault | undefined {
    return this.faults.take(
      (one) =>
        (one.method === undefined ? method !== 'getUpdates' : one.method === method) &&
        (one.chat === undefined || String(one.chat) === String(params.chat_id)) &&
        (one.bot === undefined || one.bot === bot.token || one.bot === bot.username),
    )
  }

  private async fault(c: Context<Env>, fault: Fault): Promise<Response> {
    if ('kind' in fault) {
      if (fault.kind === 'html') return c.html('<html><body>It works!</body></html>', 200)
      return fault.kind === 'hang' ? hang(c, this.ending.signal) : cutOff(c)
    }
    if (fault.status === 429)
      return refuse(new ApiError(429, `Too Many Requests: retry after ${fault.retry_after}`, { retry_after: fault.retry_after }))
    if (fault.status >= 500) return c.html('<html><head><title>Bad Gateway</title></head></html>', fault.status)
    return refuse(new ApiError(fault.status, fault.description ?? DESCRIPTIONS[fault.status] ?? 'Bad Request'))
  }

  private control(what: string, body: string): unknown {
    const order = JSON.parse(body || '{}', revive) as Order
    switch (what) {
      case 'customer':
        return act(this.customer(order.user, order.bot), order.do, order.args)
      case 'agent':
        return act(this.agent(order.user, order.chat), order.do, order.args)
      case 'forum':
        return this.addForum(order.id, order.title, order) ?? { ok: true }
      case 'topics':
        return this.topics(order.chat)
      case 'delete-topic':
        return this.deleteTopic(order.chat, order.thread, order.gone) ?? { ok: true }
      case 'fail':
        return this.fail(order.fault, order.match) ?? { ok: true }
      case 'clear-faults':
        return this.clearFaults() ?? { ok: true }
      default:
        throw new Error(`unknown control "${what}"`)
    }
  }
}

const DESCRIPTIONS: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden: bot was blocked by the user',
  404: 'Not Found',
  409: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
}

function refuse(error: ApiError): Response {
  const body = { ok: false, error_code: error.code, description: error.message, ...(error.parameters && { parameters: error.parameters }) }
  return Response.json(body, { status: error.code })
}

function forFile(call: LoggedCall): unknown {
  const files = Object.entries(call.files).map(([field, file]) => {
    return [
      field,
      { name: file.name, mime: file.mime, size: file.bytes.length, sha256: createHash('sha256').update(file.bytes).digest('hex') },
    ]
  })
  return { ...call, files: Object.fromEntries(files) }
}

function act(actor: Customer | Agent, what: string, args: unknown[] = []): unknown {
  if (!Object.hasOwn(actor, what)) throw new Error(`nobody can "${what}"`)
  const method = (actor as unknown as Record<string, (...args: unknown[]) => unknown>)[what]
  return method?.(...args) ?? { ok: true }
}

/** Files come over HTTP as `{ base64, name, mime }`. */
function revive(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value
  const { base64, ...rest } = value as { base64: string }
  return { ...rest, bytes: new Uint8Array(Buffer.from(base64, 'base64')) }
}

export async function startFakeTelegram(options: FakeTelegramOptions): Promise<FakeTelegram> {
  const fake = new FakeTelegram(options)
  await fake.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  return fake
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { port: { type: 'string' }, tokens: { type: 'string' }, forum: { type: 'string', multiple: true }, log: { type: 'string' } },
  })
  const fake = await startFakeTelegram({
    port: Number(values.port ?? 9871),
    bots: (values.tokens ?? '111:aaa').split(','),
    log: values.log,
  })
  for (const id of values.forum ?? []) fake.addForum(Number(id))
  console.log(JSON.stringify({ url: fake.url }))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void fake.close().then(() => process.exit(0)))
}
