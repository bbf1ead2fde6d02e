// A strict fake of Slack on loopback: the Web API under /api, events and presses posted with signatures and repeated until they are
// taken, or over Socket Mode; uploads and private files. Keeps to Slack's reference; faults come on request. Also its own process:
//   node test/fakes/slack.ts --port 9874 --channel C100 --user U501=安娜 --hook http://127.0.0.1:3000/hooks/slack --secret s
// then driven over HTTP: POST /_control/person {"user":"U501","channel":"C100","do":"write","args":["<ts>","您好"]}.
import { createHmac } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import { type ServerType, serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { type WebSocket, WebSocketServer } from 'ws'
import { cutOff, type Env, Faults, hang, type Often } from './faults.ts'
import { type Args, methods, Refusal } from './slack/methods.ts'
import { type Person, person } from './slack/people.ts'
import { viewOf } from './slack/view.ts'
import { argsOf } from './slack/wire.ts'
import { BOT, type Told, World } from './slack/world.ts'

export type { Person } from './slack/people.ts'
export type { Message } from './slack/world.ts'

export const SCOPES = [
  'channels:history',
  'channels:read',
  'chat:write',
  'chat:write.customize',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'reactions:read',
  'reactions:write',
  'users:read',
  'users:read.email',
]

export interface SlackCall {
  method: string
  args: Args
  ok: boolean
  error?: string
  result?: Record<string, unknown>
}

/** `html`: a proxy's page with status 200. `accept-then-…`: done, but the caller never hears of it. */
export type Fault =
  | { status: 429; retryAfter: number }
  | { error: string; extra?: object }
  | { kind: 'reset' | 'hang' | 'html' | 'server-error' | 'accept-then-reset' | 'accept-then-error' }

export interface FaultMatch extends Often {
  method?: string
}

export interface FakeSlackOptions {
  token: string
  appToken?: string
  secret: string
  scopes?: string[]
  /** Messages a second that a channel takes, after a few at once; absent: as many as come. */
  perSecond?: number
  port?: number
}

interface Hook {
  url: string
  /** How the last attempt ended. */
  lastError?: string
}

export class FakeSlack {
  url = ''
  readonly world = new World()
  readonly calls: SlackCall[] = []
  /** What the app was told, with what it answered. */
  readonly told: { told: Told; status: number; body: string }[] = []
  readonly scopes: Set<string>
  readonly sockets = new Set<WebSocket>()
  hook: Hook | undefined
  /** As many messages as this app is given at a time: 15 for one that is sold outside Slack's directory. */
  pageMax = 1000
  private readonly options: FakeSlackOptions
  private readonly faults = new Faults<Fault, FaultMatch>()
  private readonly tickets = new Set<string>()
  private readonly unacknowledged = new Map<string, { told: Told; socket: WebSocket }>()
  private readonly posts = new Map<string, number[]>()
  private readonly wss = new WebSocketServer({ noServer: true })
  private readonly ending = new AbortController()
  private server: ServerType | undefined
  private delivering = false

  constructor(options: FakeSlackOptions) {
    this.options = options
    this.scopes = new Set(options.scopes ?? SCOPES)
    this.world.onTold = () => void this.deliver()
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server = serve({ fetch: this.app().fetch, port, hostname: '127.0.0.1' }, ({ port: bound }: AddressInfo) => {
        this.url = `http://127.0.0.1:${bound}`
        resolve()
      })
      this.server.on('error', reject)
      ;(this.server as Server).on('upgrade', (request, socket, head) => {
        const ticket = new URL(request.url ?? '', this.url).searchParams.get('ticket') ?? ''
        if (!this.tickets.delete(ticket)) return socket.destroy()
        this.wss.handleUpgrade(request, socket, head, (line) => this.greet(line))
      })
    })
  }

  close(): Promise<void> {
    this.ending.abort()
    for (const line of this.sockets) line.terminate()
    return new Promise((resolve) => {
      this.server?.close(() => resolve())
      if (this.server && 'closeAllConnections' in this.server) this.server.closeAllConnections()
    })
  }

  person(id: string, channel: string): Person {
    return person(this.world, id, channel)
  }

  fail(fault: Fault, match: FaultMatch = {}): void {
    this.faults.order(fault, match)
  }

  accepted(method: string): SlackCall[] {
    return this.calls.filter((call) => call.method === method && call.ok)
  }

  view(thread: string): string {
    return viewOf(this.world, thread)
  }

  // ── The Web API ────────────────────────────────────────────────────────────────────────────────────────────────────

  private app(): Hono<Env> {
    const app = new Hono<Env>()
    app.post('/api/apps.connections.open', (context) => {
      if (context.req.header('authorization') !== `Bearer ${this.options.appToken}`)
        return context.json({ ok: false, error: 'invalid_auth' })
      const ticket = `ticket-${this.world.next()}`
      this.tickets.add(ticket)
      this.calls.push({ method: 'apps.connections.open', args: {}, ok: true })
      return context.json({ ok: true, url: `${this.url.replace('http', 'ws')}/link?ticket=${ticket}` })
    })
    app.post('/api/:method', (context) => this.call(context, context.req.param('method')))
    app.post('/upload/:id', async (context) => {
      const file = this.world.files.get(context.req.param('id'))
      const bytes = new Uint8Array(await context.req.arrayBuffer())
      if (!file || bytes.length !== Number(context.req.query('length'))) return context.text('bad length', 400)
      file.bytes = bytes
      return context.text(`OK - ${bytes.length}`)
    })
    app.get('/files-pri/:id', (context) => {
      const file = this.world.files.get(context.req.param('id'))
      const may = context.req.header('authorization') === `Bearer ${this.options.token}` && this.scopes.has('files:read')
      if (!file || !may || file.name === 'login.pdf') return context.html('<!DOCTYPE html><title>Sign in | Slack</title>')
      return new Response(file.bytes, { headers: { 'content-type': file.mimetype } })
    })
    app.post('/response/:id', async (context) => this.respond(context, `/response/${context.req.param('id')}`))
    app.post('/_control/person', async (context) => this.control(context))
    app.get('/_control/view', (context) => context.html(this.view(context.req.query('thread') ?? '')))
    app.get('/_control/calls', (context) => context.json(this.calls))
    return app
  }

  private async call(context: Context<Env>, method: string): Promise<Response> {
    const rule = methods[method]
    if (!rule) return context.json({ ok: false, error: 'unknown_method' })
    const fault = this.faults.take((one) => one.method === undefined || one.method === method)
    const early = fault && (await this.faulty(context, fault))
    if (early) return early
    const args = await argsOf(context, rule.json)
    const answer = this.answer(context, method, args)
    this.calls.push({ method, args, ok: answer.ok === true, error: answer.error as string | undefined, result: answer })
    if (fault && 'kind' in fault && fault.kind === 'accept-then-reset') return cutOff(context)
    if (fault && 'kind' in fault && fault.kind === 'accept-then-error') return new Response('upstream error', { status: 502 })
    const status = answer.error === 'ratelimited' ? 429 : 200
    return Response.json(answer, {
      status,
      headers: { 'x-oauth-scopes': [...this.scopes].join(','), ...(status === 429 && { 'retry-after': '1' }) },
    })
  }

  private answer(context: Context, method: string, args: Args): Record<string, unknown> {
    const rule = methods[method]
    try {
      if (context.req.header('authorization') !== `Bearer ${this.options.token}`) throw new Refusal('invalid_auth')
      if (rule?.scope && !rule.scope.some((scope) => this.scopes.has(scope)))
        throw new Refusal('missing_scope', { needed: rule.scope[0], provided: [...this.scopes].join(',') })
      if (method === 'chat.postMessage') this.pace(String(args.channel))
      return { ok: true, ...rule?.handle(this.world, args, { scopes: this.scopes, url: this.url, pageMax: this.pageMax }) }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { ok: false, error: error.message, ...error.extra }
    }
  }

  /** About one message a second in a channel, with short bursts. */
  private pace(channel: string): void {
    const { perSecond } = this.options
    if (perSecond === undefined) return
    const now = Date.now()
    const recent = (this.posts.get(channel) ?? []).filter((at) => now - at < 10_000)
    if (recent.length >= perSecond * 10) throw new Refusal('ratelimited')
    this.posts.set(channel, [...recent, now])
  }

  private async faulty(context: Context<Env>, fault: Fault): Promise<Response | undefined> {
    if ('status' in fault)
      return Response.json({ ok: false, error: 'ratelimited' }, { status: 429, headers: { 'retry-after': String(fault.retryAfter) } })
    if ('error' in fault) return Response.json({ ok: false, error: fault.error, ...fault.extra })
    if (fault.kind === 'server-error') return new Response('upstream error', { status: 502 })
    if (fault.kind === 'html') return new Response('<!DOCTYPE html><title>Proxy</title>', { headers: { 'content-type': 'text/html' } })
    if (fault.kind === 'reset') return cutOff(context)
    return fault.kind === 'hang' ? hang(context, this.ending.signal) : undefined
  }

  private async respond(context: Context, id: string): Promise<Response> {
    const known = this.world.responses.get(id)
    const body = (await context.req.json()) as { delete_original?: boolean; replace_original?: boolean; text?: string }
    this.calls.push({ method: 'response_url', args: body, ok: known !== undefined })
    if (!known || known.uses >= 5) return context.text('expired_url', 404)
    known.uses += 1
    const { channel, message } = known
    if (message && body.delete_original) this.world.channel(channel).messages.delete(message.ts)
    else if (message && body.replace_original) Object.assign(message, { text: body.text ?? '', blocks: [] })
    return context.text('ok')
  }

  // ── What the app is told ───────────────────────────────────────────────────────────────────────────────────────────

  /** One after the other, again until a 2xx: after the first failure Slack comes three more times. */
  private async deliver(): Promise<void> {
    if (this.delivering) return
    this.delivering = true
    try {
      for (;;) {
        const line = [...this.sockets].at(-1)
        const told = this.world.waiting[0]
        if (!told || this.ending.signal.aborted || (!line && !this.hook)) return
        if (line) this.push(line, told)
        else if (this.hook) await this.post(this.hook, told)
      }
    } finally {
      this.delivering = false
    }
  }

  private async post(hook: Hook, told: Told): Promise<void> {
    const request = this.signed(told)
    let status = 0
    let body = ''
    try {
      const response = await fetch(hook.url, {
        method: 'POST',
        ...request,
        signal: AbortSignal.any([this.ending.signal, AbortSignal.timeout(3_000)]),
      })
      status = response.status
      body = await response.text()
    } catch (error) {
      hook.lastError = String(error)
    }
    told.attempts += 1
    this.told.push({ told, status, body })
    const isTaken = status >= 200 && status < 300
    if (isTaken || told.kind !== 'events_api' || told.attempts > 3) this.world.waiting.splice(this.world.waiting.indexOf(told), 1)
    else if (!this.ending.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  /** As Slack would post it now. */
  signed(
    { kind, payload, attempts }: Told,
    secret = this.options.secret,
    now = new Date(),
  ): { headers: Record<string, string>; body: string } {
    const json = JSON.stringify(this.absolute(payload))
    const form =
      kind === 'interactive' ? new URLSearchParams({ payload: json }) : new URLSearchParams(JSON.parse(json) as Record<string, string>)
    const body = kind === 'events_api' ? json : form.toString()
    const time = String(Math.floor(now.getTime() / 1000))
    const headers = {
      'content-type': kind === 'events_api' ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': time,
      'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')}`,
      ...(attempts > 0 && { 'x-slack-retry-num': String(attempts), 'x-slack-retry-reason': 'http_error' }),
    }
    return { headers, body }
  }

  private absolute(payload: Record<string, unknown>): Record<string, unknown> {
    const url = payload.response_url
    return typeof url === 'string' ? { ...payload, response_url: `${this.url}${url}` } : payload
  }

  // ── Socket Mode ────────────────────────────────────────────────────────────────────────────────────────────────────

  private greet(line: WebSocket): void {
    line.on('message', (data) => {
      const { envelope_id: id } = JSON.parse(String(data)) as { envelope_id: string }
      const sent = this.unacknowledged.get(id)
      if (sent) this.told.push({ told: sent.told, status: 200, body: '' })
      this.unacknowledged.delete(id)
    })
    line.on('close', () => {
      this.sockets.delete(line)
      // What was not acknowledged comes again on another line.
      for (const [id, { told, socket }] of this.unacknowledged) {
        if (socket !== line) continue
        this.unacknowledged.delete(id)
        told.attempts += 1
        this.world.waiting.push(told)
      }
      void this.deliver()
    })
    line.send(JSON.stringify({ type: 'hello', num_connections: this.sockets.size + 1, connection_info: { app_id: BOT.app } }))
    this.sockets.add(line)
    void this.deliver()
  }

  private push(line: WebSocket, told: Told): void {
    this.world.waiting.splice(this.world.waiting.indexOf(told), 1)
    const envelope_id = `envelope-${this.world.next()}`
    this.unacknowledged.set(envelope_id, { told, socket: line })
    const { kind: type, payload, attempts } = told
    line.send(
      JSON.stringify({
        envelope_id,
        type,
        payload: this.absolute(payload),
        accepts_response_payload: type !== 'events_api',
        retry_attempt: attempts,
      }),
    )
  }

  /** How many envelopes wait for their acknowledgement. */
  pending(): number {
    return this.unacknowledged.size + this.world.waiting.length
  }

  /** Slack announces that a line will be closed: a fresh one should take over. */
  disconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled' = 'refresh_requested'): void {
    for (const line of this.sockets) line.send(JSON.stringify({ type: 'disconnect', reason, debug_info: {} }))
  }

  private async control(context: Context): Promise<Response> {
    const order = (await context.req.json()) as { user: string; channel: string; do: keyof Person; args?: unknown[] }
    const act = this.person(order.user, order.channel)[order.do] as (...args: unknown[]) => unknown
    return context.json({ ok: true, result: act(...(order.args ?? [])) ?? null })
  }
}

export async function startFakeSlack(options: FakeSlackOptions): Promise<FakeSlack> {
  const fake = new FakeSlack(options)
  await fake.listen(options.port ?? 0)
  return fake
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9874' },
      token: { type: 'string', default: 'xoxb-fake' },
      secret: { type: 'string', default: 'secret' },
      channel: { type: 'string', multiple: true, default: ['C100'] },
      user: { type: 'string', multiple: true, default: [] },
      hook: { type: 'string' },
    },
  })
  const fake = await startFakeSlack({ token: values.token, secret: values.secret, port: Number(values.port) })
  const people = values.user.map((one) => one.split('='))
  for (const [id = '', name = id] of people) fake.world.addUser(id, name)
  for (const id of values.channel) fake.world.addChannel(id, id.toLowerCase(), [BOT.user, ...people.map(([user = '']) => user)])
  if (values.hook) fake.hook = { url: values.hook }
  console.log(`Slack for tests: ${fake.url}`)
}
