// A console server in memory, for working on the console and for its browser test:
//   node scripts/build-console.ts dist/console && node web/console/dev/server.ts dist/console
// Sign in as lin@example.com with the password in data.ts. It listens on loopback only.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createAdaptorServer } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { WebSocketServer } from 'ws'
import type { Locale } from '#core/message.ts'
import type {
  ActionRequest,
  ConsoleFrame,
  LoginRequest,
  NewAgent,
  SetupInfo,
  SetupRequest,
  TeamMember,
  UnlinkRequest,
  View,
} from '#http/console/protocol.ts'
import type { TroubleRequest } from '#http/console/protocol-state.ts'
import { type DevUser, SYSTEM } from './data.ts'
import { lengthen, pageOf } from './history.ts'
import { type Office, openOffice, Refusal } from './office.ts'
import { targetsOf } from './targets.ts'
import { fateOf } from './trouble.ts'

const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'"
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}
const BRAND = { name: '纸船杂货' }

export interface DevServer {
  url: string
  office: Office
  /** Breaks every socket, as a restart or a bad network would. */
  dropSockets(): void
  close(): Promise<void>
}

interface Desk {
  office: Office
  sessions: Map<string, string>
  invites: Map<string, string>
}

function localeOf(c: Context): Locale {
  return c.req.header('accept-language')?.startsWith('en') ? 'en' : 'zh'
}

function sessionOf(cookie: string | undefined): string {
  return /(?:^|;\s*)dev=([\w-]+)/.exec(cookie ?? '')?.[1] ?? ''
}

function userOf(desk: Desk, c: Context): DevUser {
  const user = desk.office.users.find((one) => one.id === desk.sessions.get(sessionOf(c.req.header('cookie'))))
  if (!user) throw new Refusal(401, 'signed_out', localeOf(c) === 'zh' ? '请先登录。' : 'Please sign in.')
  return user
}

function signIn(desk: Desk, c: Context, user: DevUser) {
  const session = randomUUID()
  desk.sessions.set(session, user.id)
  c.header('set-cookie', `dev=${session}; Path=/console; HttpOnly; SameSite=Strict`)
  return c.json(desk.office.me(user))
}

function makeApi(desk: Desk): Hono {
  const { office } = desk
  const app = new Hono()
  app.onError((error, c) => {
    if (error instanceof Refusal) return c.json({ error: { code: error.code, message: error.message } }, error.status)
    console.error(error)
    return c.json({ error: { code: 'internal', message: String(error) } }, 500)
  })
  app.use(async (c, next) => {
    if (c.req.method !== 'GET' && c.req.header('x-frontdesk') !== '1') throw new Refusal(403, 'forbidden', 'x-frontdesk')
    await next()
  })
  addAccount(app, desk)
  addTeam(app, desk)
  app.get('/conversations', (c) =>
    c.json(office.page({ ...c.req.query(), view: (c.req.query('view') ?? 'queue') as View, q: c.req.query('q') ?? '' }, userOf(desk, c))),
  )
  app.get('/conversations/:id', (c) => {
    const from = c.req.query('from')
    return c.json(office.detail(c.req.param('id'), userOf(desk, c), localeOf(c), from === undefined ? undefined : Number(from)))
  })
  app.get('/conversations/:id/messages', (c) => {
    userOf(desk, c)
    const one = office.conversations.find(({ id }) => id === c.req.param('id'))
    if (!one) throw new Refusal(404, 'not_found', c.req.path)
    return c.json(pageOf(one.messages, c.req.query()))
  })
  app.get('/conversations/:id/found', (c) => {
    userOf(desk, c)
    const said = office.conversations.find(({ id }) => id === c.req.param('id'))?.messages ?? []
    const hits = said.filter(({ parts }) => JSON.stringify(parts).includes(c.req.query('q') ?? ''))
    return c.json({ seqs: hits.map(({ seq }) => seq).reverse(), more: false })
  })
  app.get('/conversations/:id/targets', (c) =>
    c.json(targetsOf(office, office.detail(c.req.param('id'), userOf(desk, c), localeOf(c)), userOf(desk, c))),
  )
  app.post('/conversations/:id/actions', async (c) =>
    c.json(office.act(c.req.param('id'), await c.req.json<ActionRequest>(), userOf(desk, c), localeOf(c))),
  )
  addTrouble(app, desk)
  app.post('/files', async (c) => {
    userOf(desk, c)
    const file = {
      name: c.req.query('name') ?? 'file',
      mime: c.req.header('content-type') ?? 'application/octet-stream',
      body: new Uint8Array(await c.req.arrayBuffer()),
    }
    const id = `att_${randomUUID()}`
    office.files.set(id, file)
    return c.json({ id, name: file.name, mime: file.mime, bytes: file.body.length })
  })
  app.get('/files/:id', (c) => {
    const file = office.files.get(c.req.param('id'))
    return file ? c.body(file.body, 200, { 'content-type': file.mime }) : c.notFound()
  })
  app.get('/conversations/:id/macros', (c) => c.json({ items: userOf(desk, c) && office.work.macros }))
  app.get('/conversations/:id/articles', (c) => c.json({ items: userOf(desk, c) && office.work.find(c.req.query('q') ?? '') }))
  app.get('/followups', (c) => {
    const me = userOf(desk, c)
    const items = office.work.followups.filter(({ agent }) => agent === me.id).sort((a, b) => a.dueAt.localeCompare(b.dueAt))
    return c.json({ items })
  })
  app.post('/followups/:id/done', (c) => {
    const { followups } = office.work
    const at = followups.findIndex(({ id, agent }) => id === c.req.param('id') && agent === userOf(desk, c).id)
    if (at < 0) throw new Refusal(404, 'not_found', c.req.path)
    followups.splice(at, 1)
    return c.json({})
  })
  app.get('/lessons', (c) => c.json(userOf(desk, c) && office.work.lessons))
  app.post('/lessons/:key', (c) => {
    userOf(desk, c)
    const { items } = office.work.lessons
    const at = items.findIndex(({ key }) => key === c.req.param('key'))
    if (at < 0) throw new Refusal(404, 'not_found', c.req.path)
    items.splice(at, 1)
    return c.json({})
  })
  app.get('/system', (c) => {
    userOf(desk, c)
    return c.json(SYSTEM[localeOf(c)])
  })
  return app
}

function addTrouble(app: Hono, desk: Desk): void {
  const { office } = desk
  const find = (c: Context) => {
    const found = office.conversations.find((one) => one.id === c.req.param('id'))
    if (!found) throw new Refusal(404, 'not_found', c.req.path)
    return found
  }
  app.get('/conversations/:id/messages/:message/attempts', (c) => c.json(fateOf(find(c), c.req.param('message'), localeOf(c))))
  app.post('/conversations/:id/messages/:message/drop', (c) => {
    const message = find(c).messages.find((one) => one.id === c.req.param('message'))
    if (message) message.delivery = { state: 'dropped', reason: userOf(desk, c).name }
    return c.json({ done: message ? 1 : 0 })
  })
  app.get('/trouble', (c) => {
    userOf(desk, c)
    return c.json(office.trouble.page(c.req.query()))
  })
  app.get('/trouble/count', (c) => c.json({ count: userOf(desk, c) && office.trouble.items.length }))
  app.post('/trouble', async (c) => {
    userOf(desk, c)
    const done = office.trouble.settle(await c.req.json<TroubleRequest>(), ({ conversation }) => office.changed(conversation))
    return c.json({ done })
  })
}

function addAccount(app: Hono, desk: Desk): void {
  const { office } = desk
  app.get('/me', (c) => c.json(office.me(userOf(desk, c))))
  app.post('/login', async (c) => {
    const { email, password } = await c.req.json<LoginRequest>()
    const user = office.users.find((one) => one.email === email && one.password === password)
    if (!user) throw new Refusal(401, 'bad_login', localeOf(c) === 'zh' ? '邮箱或密码不对。' : 'E-mail or password is wrong.')
    return signIn(desk, c, user)
  })
  app.post('/logout', (c) => {
    desk.sessions.delete(sessionOf(c.req.header('cookie')))
    return c.json({})
  })
  app.post('/presence', async (c) => {
    const user = userOf(desk, c)
    user.presence = (await c.req.json<{ state: 'online' | 'away' }>()).state
    office.changed()
    return c.json(office.me(user))
  })
  app.get('/setup', (c) => {
    const user = office.users.find((one) => one.id === desk.invites.get(c.req.query('token') ?? ''))
    if (c.req.query('token') === 'first-admin') return c.json({ kind: 'admin', brand: BRAND } satisfies SetupInfo)
    if (!user) throw new Refusal(404, 'bad_token', localeOf(c) === 'zh' ? '链接已失效。' : 'This link has expired.')
    return c.json({ kind: 'invite', name: user.name, email: user.email, brand: BRAND } satisfies SetupInfo)
  })
  app.post('/setup', async (c) => {
    const { token, name, email, password } = await c.req.json<SetupRequest>()
    const known = office.users.find((one) => one.id === desk.invites.get(token))
    const user = known ?? newUser({ name: name ?? '', email: email ?? '', role: 'admin' })
    if (!known) office.users.push(user)
    user.password = password
    user.canSignIn = true
    desk.invites.delete(token)
    return signIn(desk, c, user)
  })
}

function newUser(agent: NewAgent): DevUser {
  return {
    id: `agt_${randomUUID()}`,
    publicName: agent.name,
    skills: [],
    capacity: 5,
    presence: 'offline',
    load: 0,
    configured: false,
    canSignIn: false,
    locale: 'zh',
    ...agent,
  }
}

function addTeam(app: Hono, desk: Desk): void {
  const { office } = desk
  const shown = ({ password: _, locale: __, ...user }: DevUser): TeamMember => ({ ...user, load: office.load({ ...user, locale: 'zh' }) })
  app.get('/team', (c) => {
    userOf(desk, c)
    return c.json({ members: office.users.map(shown) })
  })
  app.post('/team', async (c) => {
    if (userOf(desk, c).role !== 'admin') throw new Refusal(403, 'forbidden', 'admin')
    const user = newUser(await c.req.json<NewAgent>())
    office.users.push(user)
    return c.json(shown(user))
  })
  app.post('/team/:id/unlink', async (c) => {
    const user = office.users.find(({ id }) => id === c.req.param('id'))
    const { desk: gone } = await c.req.json<UnlinkRequest>()
    if (!user) throw new Refusal(404, 'not_found', 'nobody')
    user.accounts = user.accounts?.filter((account) => account.desk !== gone) ?? []
    return c.json(shown(user))
  })
  app.post('/team/:id/invite', (c) => {
    if (userOf(desk, c).role !== 'admin') throw new Refusal(403, 'forbidden', 'admin')
    const token = randomUUID()
    desk.invites.set(token, c.req.param('id'))
    return c.json({
      url: `${new URL(c.req.url).origin}/console/setup?token=${token}`,
      expiresAt: new Date(Date.now() + 3 * 86_400_000).toISOString(),
    })
  })
}

function makeApp(desk: Desk, dist: string): Hono {
  const app = new Hono()
  app.route('/console/api', makeApi(desk))
  app.get('/console/*', async (c) => {
    const path = normalize(c.req.path.slice('/console/'.length))
    const asset = extname(path) !== '' && !path.startsWith('..')
    const file = await readFile(join(dist, asset ? path : 'index.html')).catch(() => null)
    if (!file) return c.notFound()
    return c.body(new Uint8Array(file), 200, {
      'content-type': TYPES[asset ? extname(path) : '.html'] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
    })
  })
  app.get('*', (c) => c.redirect('/console/'))
  return app
}

export async function startDevServer(dist: string, port = 0): Promise<DevServer> {
  const desk: Desk = { office: openOffice(Date.now()), sessions: new Map(), invites: new Map([['invite-zhao', 'agt_zhao']]) }
  const server = createAdaptorServer({ fetch: makeApp(desk, dist).fetch }) as Server
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (!desk.sessions.has(sessionOf(request.headers.cookie))) return void socket.destroy()
    sockets.handleUpgrade(request, socket, head, (live) => {
      const listener = (frame: ConsoleFrame) => live.send(JSON.stringify(frame))
      desk.office.listeners.add(listener)
      live.on('close', () => desk.office.listeners.delete(listener))
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    office: desk.office,
    dropSockets() {
      for (const live of sockets.clients) live.terminate()
    },
    async close() {
      desk.office.close()
      for (const live of sockets.clients) live.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, office } = await startDevServer(process.argv[2] ?? 'dist/console', 5179)
  const [old] = office.conversations.filter(({ id }) => id === 'cnv_address')
  if (old) lengthen(old, 340)
  console.log(`${url}/console/   first admin: ${url}/console/setup?token=first-admin`)
}
