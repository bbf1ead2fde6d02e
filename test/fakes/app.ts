// A strict fake of a company's own server behind a channel of `type: app`: it checks our signatures by itself, takes each
// `webhook-id` once, and signs what its users do as such a server would. Also its own process:
//   node test/fakes/app.ts --port 9872 --secret whsec_… --hook http://127.0.0.1:3000/hooks/app --log calls.jsonl
// then driven over HTTP: POST /_control/user {"user":"u_42","do":"text","args":["你好"]}.
import { timingSafeEqual } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { type ServerType, serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { type AppUser, type Person, type Signed, sign, user } from './app/users.ts'
import { cutOff, type Env, Faults, hang, type Often } from './faults.ts'

export type { AppUser, Person, Signed } from './app/users.ts'

/** One call that reached us. */
export interface LoggedCall {
  seq: number
  at: string
  /** Its `webhook-id`. */
  id: string
  type: string
  user: string
  event: Record<string, unknown>
  ok: boolean
  /** How often this id was taken before: our own users see only the first. */
  before: number
  error?: string
}

export type Fault =
  | { status: 429; retry_after: number | string }
  | { status: 301 | 400 | 401 | 403 | 404 | 410 | 500 | 502 | 503; error?: string }
  /** `html`: a website's page with status 200. `accept-then-reset`: done, but the caller never hears of it. */
  | { kind: 'reset' | 'hang' | 'html' | 'accept-then-reset' }

export interface FaultMatch extends Often {
  type?: string
  user?: string
}

export interface FakeAppOptions {
  /** One, or two while one replaces the other: the last one signs, each is taken. */
  secrets: string[]
  /** Where our own events go: the house's `/hooks/<channel id>`. */
  hook?: string
  port?: number
  host?: string
  /** A file that gets one JSON line per call, written before the answer leaves; what it holds already counts as taken. */
  log?: string
  now?: () => Date
}

type Refusal = { status: 400 | 401 | 410; error: string }

export class FakeApp {
  url = ''
  hook: string
  readonly calls: LoggedCall[] = []
  /** Users who deleted their account. */
  readonly gone = new Set<string>()
  readonly secrets: string[]
  readonly now: () => Date
  private readonly faults = new Faults<Fault, FaultMatch>()
  private readonly watchers = new Set<() => void>()
  private readonly ending = new AbortController()
  private readonly taken = new Map<string, number>()
  private readonly logFile: string | undefined
  private server: ServerType | undefined
  private counter = 0

  constructor({ secrets, hook = '', log, now = () => new Date() }: FakeAppOptions) {
    this.secrets = secrets
    this.hook = hook
    this.now = now
    this.logFile = log
    const lines = log && existsSync(log) ? readFileSync(log, 'utf8').split('\n').filter(Boolean) : []
    for (const call of lines.map((line) => JSON.parse(line) as LoggedCall)) if (call.ok) this.taken.set(call.id, call.before + 1)
  }

  listen(port: number, hostname: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server = serve({ fetch: this.app().fetch, port, hostname }, (info: AddressInfo) => {
        this.url = `http://${hostname}:${info.port}`
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

  user(person: string | Person): AppUser {
    return user(this, typeof person === 'string' ? { id: person } : person)
  }

  newId(prefix: string): string {
    return `${prefix}_${++this.counter}_${crypto.randomUUID().slice(0, 8)}`
  }

  /** Signs a body as our server does. */
  signed(body: string, id = this.newId('evt'), at = this.now()): Signed {
    return { body, headers: sign(this.secrets.at(-1) ?? '', id, at, body) }
  }

  /** One attempt. */
  post({ headers, body }: Signed): Promise<Response> {
    return fetch(this.hook, { method: 'POST', headers, body, signal: this.ending.signal })
  }

  /** Until the house has it: the same id each time, a new time and signature. */
  async deliver(event: unknown, id = this.newId('evt')): Promise<{ id: string; attempts: number }> {
    const body = JSON.stringify(event)
    for (let attempts = 1; ; attempts++) {
      const response = await this.post(this.signed(body, id)).catch((error: unknown) => {
        if (this.ending.signal.aborted) throw error
        return undefined // The house is down for the moment: it is tried again.
      })
      const text = await response?.text().catch(() => '')
      if (response?.ok) return { id, attempts }
      if (response && response.status < 500 && response.status !== 429) throw new Error(`${response.status} ${text}`)
      await new Promise((resolve) => setTimeout(resolve, Math.min(50 * attempts, 1000)))
    }
  }

  fail(fault: Fault, match: FaultMatch = {}): void {
    this.faults.order(fault, match)
  }

  clearFaults(): void {
    this.faults.clear()
  }

  /** What our users were shown: each id once, of one type where named. */
  accepted(type?: string): LoggedCall[] {
    return this.calls.filter((call) => call.ok && call.before === 0 && (type === undefined || call.type === type))
  }

  /** The first call we took that `predicate` likes, past or to come. */
  async waitFor(predicate: (call: LoggedCall) => boolean, ms = 5000): Promise<LoggedCall> {
    const end = Date.now() + ms
    for (;;) {
      const found = this.calls.find((call) => call.ok && predicate(call))
      if (found) return found
      const left = end - Date.now()
      if (left <= 0) throw new Error(`no such call within ${ms} ms; seen: ${this.calls.map((call) => call.type).join(' ')}`)
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
    app.post('/_control/:what', async (c) => c.json(await this.control(c.req.param('what'), await c.req.text())))
    app.get('/_control/log', (c) => c.json(this.calls.filter((call) => call.seq > Number(c.req.query('after') ?? 0))))
    app.post('/callback', (c) => this.answer(c))
    app.onError((error, c) => c.json({ error: `fake: ${error.message}` }, 500))
    return app
  }

  private async answer(c: Context<Env>): Promise<Response> {
    const body = await c.req.text()
    const refusal = this.forgery(c.req.raw.headers, body) ?? misshapen(c.req.header('content-type'), body)
    const event = refusal ? {} : (JSON.parse(body) as Record<string, unknown>)
    const call = { id: c.req.header('webhook-id') ?? '', type: String(event.type ?? '?'), user: userOf(event), event }
    if (refusal) return this.refuse(c, call, refusal)
    const fault = this.takeFault(call)
    if (fault && !('kind' in fault && fault.kind === 'accept-then-reset')) {
      this.record({ ...call, ok: false, before: 0, error: JSON.stringify(fault) })
      return this.fault(c, fault)
    }
    if (this.gone.has(call.user)) return this.refuse(c, call, { status: 410, error: 'this user deleted their account' })
    const before = this.taken.get(call.id) ?? 0
    this.taken.set(call.id, before + 1)
    this.record({ ...call, ok: true, before })
    return fault ? cutOff(c) : c.json(call.type === 'message' ? { id: `app-${call.id}` } : {})
  }

  private refuse(c: Context<Env>, call: Pick<LoggedCall, 'id' | 'type' | 'user' | 'event'>, { status, error }: Refusal): Response {
    this.record({ ...call, ok: false, before: 0, error })
    return c.json({ error }, status)
  }

  private forgery(headers: Headers, body: string): Refusal | undefined {
    const [id, time, given] = ['id', 'timestamp', 'signature'].map((name) => headers.get(`webhook-${name}`) ?? '')
    if (!id || !time || !given) return { status: 401, error: 'a header is missing' }
    if (Math.abs(this.now().getTime() / 1000 - Number(time)) > 300) return { status: 401, error: 'the timestamp is stale' }
    const wanted = this.secrets.map((secret) => sign(secret, id, new Date(Number(time) * 1000), body)['webhook-signature'])
    const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
    const fits = given.split(' ').some((one) => wanted.some((other) => same(one, other)))
    return fits ? undefined : { status: 401, error: 'no signature fits' }
  }

  private takeFault({ type, user: name }: Pick<LoggedCall, 'type' | 'user'>): Fault | undefined {
    return this.faults.take((one) => (one.type === undefined || one.type === type) && (one.user === undefined || one.user === name))
  }

  private async fault(c: Context<Env>, fault: Fault): Promise<Response> {
    if ('kind' in fault) {
      if (fault.kind === 'html') return c.html('<!doctype html><html><body>It works!</body></html>', 200)
      return fault.kind === 'hang' ? hang(c, this.ending.signal) : cutOff(c)
    }
    if (fault.status === 429) return c.json({ error: 'slow down' }, 429, { 'retry-after': String(fault.retry_after) })
    if (fault.status === 301) return c.redirect(`${this.url}/elsewhere`, 301)
    return c.json({ error: fault.error ?? 'as asked' }, fault.status)
  }

  private record(call: Omit<LoggedCall, 'seq' | 'at'>): void {
    const full = { seq: this.calls.length + 1, at: new Date().toISOString(), ...call }
    this.calls.push(full)
    if (this.logFile) appendFileSync(this.logFile, `${JSON.stringify(full)}\n`)
    for (const watcher of [...this.watchers]) watcher()
    this.watchers.clear()
  }

  private async control(what: string, body: string): Promise<unknown> {
    const order = JSON.parse(body || '{}') as Order
    switch (what) {
      case 'user':
        return act(this.user(order.user), order.do, order.args)
      case 'deliver':
        return this.deliver(order.event, order.id)
      case 'hook':
        this.hook = order.hook
        return { ok: true }
      case 'fail':
        this.fail(order.fault, order.match)
        return { ok: true }
      case 'clear-faults':
        this.clearFaults()
        return { ok: true }
      default:
        throw new Error(`unknown control "${what}"`)
    }
  }
}

/** What may come to `/_control/…`; each order reads its own. */
interface Order {
  user: string | Person
  do: string
  args?: unknown[]
  event: unknown
  id?: string
  hook: string
  fault: Fault
  match?: FaultMatch
}

/** Keys without which an event of that type means nothing. */
const NEEDED: Record<string, string[]> = {
  message: ['id', 'user', 'parts', 'text'],
  edit: ['id', 'user', 'parts', 'text', 'target'],
  recall: ['id', 'user', 'target'],
  typing: ['id', 'user'],
  ping: ['id'],
}

function misshapen(contentType: string | undefined, body: string): Refusal | undefined {
  if (contentType !== 'application/json') return { status: 400, error: `not JSON but ${contentType}` }
  const event = JSON.parse(body) as Record<string, unknown>
  const needed = Object.hasOwn(NEEDED, String(event.type)) ? NEEDED[String(event.type)] : undefined
  if (!needed) return { status: 400, error: `the type ${event.type} is not documented` }
  const missing = needed.find((key) => event[key] === undefined)
  if (missing) return { status: 400, error: `${event.type} without ${missing}` }
  return event.user !== undefined && userOf(event) === '' ? { status: 400, error: 'a user without id' } : undefined
}

function userOf(event: Record<string, unknown>): string {
  const { id } = (event.user ?? {}) as { id?: unknown }
  return typeof id === 'string' ? id : ''
}

async function act(actor: AppUser, what: string, args: unknown[] = []): Promise<unknown> {
  if (!Object.hasOwn(actor, what)) throw new Error(`nobody can "${what}"`)
  const method = (actor as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[what]
  return (await method?.(...args)) ?? { ok: true }
}

export async function startFakeApp(options: FakeAppOptions): Promise<FakeApp> {
  const fake = new FakeApp(options)
  await fake.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  return fake
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      secret: { type: 'string', multiple: true },
      hook: { type: 'string' },
      log: { type: 'string' },
    },
  })
  const fake = await startFakeApp({ port: Number(values.port ?? 9872), secrets: values.secret ?? [], hook: values.hook, log: values.log })
  console.log(JSON.stringify({ url: fake.url }))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void fake.close().then(() => process.exit(0)))
}
