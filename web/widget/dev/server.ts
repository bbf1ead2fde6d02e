// A development server for the widget alone: the chat protocol in memory, with faults to order. Loopback only.
//   node web/widget/dev/server.ts [port]

import { mkdtemp, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { type WebSocket, WebSocketServer } from 'ws'
import type {
  ChatMessage,
  ClientFrame,
  MessagePage,
  SeenRequest,
  SendRequest,
  ServerFrame,
  Session,
  SessionRequest,
} from '#http/chat/protocol.ts'
import { withColours } from '#http/pages.ts'
import { buildWidget } from '../../../scripts/build-widget.ts'
import { answer, BRAND, GREETING, PICTURE, QUESTIONS, type Stage, type Visitor } from './talk.ts'

const TYPES: Record<string, string> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' }
const PAGE = 50
const FILE_MAX = 2 * 1024 * 1024
const TEXT_MAX = 2000

export interface Faults {
  /** Everything below /chat breaks off, as if the network were gone. */
  down: boolean
  /** WebSockets are refused, as behind some company proxies. */
  noSockets: boolean
  /** So many sends are taken but their answer is lost on the way. */
  swallowReplies: number
  /** Nobody is free: who has asked for a person stays in the queue. */
  nobody: boolean
}

export interface DevServer {
  url: string
  faults: Faults
  /** The shop's, as its config has it. */
  colour: string | undefined
  /** Every send that was taken, in order: what 'exactly once' is measured by. */
  accepted: SendRequest[]
  sessions: SessionRequest[]
  visitors: Map<string, Visitor>
  typingFrames: number
  /** What the browser said of how far it is. */
  seen: SeenRequest[]
  /** Breaks every open socket. */
  cut(): void
  say(author: ChatMessage['author'], text: string, name?: string): void
  /** Somebody changes what was said last, or with no text takes it back; no socket is told. */
  change(author: ChatMessage['author'], text?: string): void
  close(): Promise<void>
}

interface State extends Omit<DevServer, 'url' | 'cut' | 'say' | 'change' | 'close'> {
  files: Map<string, { name: string; mime: string; bytes: Uint8Array<ArrayBuffer> }>
  sockets: Map<WebSocket, { visitor: Visitor; cursor: number }>
  stage: Stage
}

class Refusal extends Error {
  readonly status: 400 | 401 | 409 | 413
  readonly code: string

  constructor(status: Refusal['status'], code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export async function startDevServer(options: { port?: number; outDir: string; stepMs?: number }): Promise<DevServer> {
  const state = emptyState(options.stepMs ?? 900)
  const app = routes(state, options.outDir)
  const server = createServer((request, response) => {
    if (state.faults.down && request.url?.startsWith('/chat/')) request.socket.destroy()
    else void getRequestListener(app.fetch)(request, response)
  })
  const sockets = acceptSockets(server, state)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    cut: () => {
      for (const socket of sockets.clients) socket.terminate()
    },
    say: (author: ChatMessage['author'], text: string, name?: string) => {
      const [visitor] = [...state.visitors.values()].slice(-1)
      if (visitor) state.stage.say(visitor, author, [{ type: 'text', text }], name)
    },
    change: (author: ChatMessage['author'], text?: string) => {
      const [visitor] = [...state.visitors.values()].slice(-1)
      const message = visitor?.messages.findLast((one) => one.author === author)
      if (!message) return
      message.parts = text === undefined ? [] : [{ type: 'text', text }]
      message.editedAt = new Date().toISOString()
    },
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets.clients) socket.terminate()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

function emptyState(step: number): State {
  const state: State = {
    faults: { down: false, noSockets: false, swallowReplies: 0, nobody: false },
    colour: undefined,
    accepted: [],
    sessions: [],
    visitors: new Map(),
    typingFrames: 0,
    seen: [],
    files: new Map(),
    sockets: new Map(),
    stage: {
      step,
      nobody: () => state.faults.nobody,
      say: (visitor, author, parts, name) => add(state, visitor, { author, parts, name }),
      become: (visitor, conversation) => {
        visitor.conversation = conversation
        tell(state, visitor, { type: 'conversation', conversation })
      },
      typing: (visitor, name) => tell(state, visitor, { type: 'typing', name }),
    },
  }
  return state
}

let lastSeq = 1000

function add(state: State, visitor: Visitor, message: Pick<ChatMessage, 'author' | 'parts' | 'name' | 'clientId'>): void {
  lastSeq += 3
  visitor.messages.push({ id: `msg_${lastSeq}`, seq: lastSeq, at: new Date().toISOString(), ...message })
  for (const [socket, link] of state.sockets) if (link.visitor === visitor) catchUp(socket, link)
}

function catchUp(socket: WebSocket, link: { visitor: Visitor; cursor: number }): void {
  const messages = link.visitor.messages.filter((message) => message.seq > link.cursor)
  link.cursor = messages.at(-1)?.seq ?? link.cursor
  if (messages.length) write(socket, { type: 'messages', messages, cursor: link.cursor })
}

function tell(state: State, visitor: Visitor, frame: ServerFrame): void {
  for (const [socket, link] of state.sockets) if (link.visitor === visitor) write(socket, frame)
}

function write(socket: WebSocket, frame: ServerFrame): void {
  socket.send(JSON.stringify(frame))
}

function routes(state: State, outDir: string): Hono {
  const app = new Hono()
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    return c.json({ error: { code: error.code, message: error.message } }, error.status)
  })
  app.get('/widget.js', async (c) => {
    const script = await readFile(join(outDir, 'loader.js'), 'utf8')
    const settings = { color: state.colour }
    return c.body(withColours(script, [{ id: 'web', type: 'web', settings }]), 200, { 'content-type': 'text/javascript; charset=utf-8' })
  })
  app.get('/widget/:name{app\\.(js|css)}', (c) => file(c, join(outDir, c.req.param('name'))))
  app.get('/widget/:channel', async (c) => {
    const origins = 'http://127.0.0.1:* http://localhost:*'
    c.header(
      'content-security-policy',
      `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws:; img-src 'self' https: blob: data:; media-src 'self' blob:; frame-ancestors ${origins}`,
    )
    return file(c, join(outDir, 'widget.html'))
  })
  app.post('/chat/v1/:channel/session', async (c) => c.json(startSession(state, await c.req.json<SessionRequest>())))
  app.get('/chat/v1/files/:id', (c) => download(c, state))
  app.get('/chat/v1/:channel/messages', (c) => c.json(page(authorised(c, state), c.req.query())))
  app.post('/chat/v1/:channel/messages', async (c) => {
    const request = await c.req.json<SendRequest>()
    take(state, authorised(c, state), request)
    if (state.faults.swallowReplies-- > 0) return c.text('', 503)
    return c.json({ clientId: request.clientId, accepted: true })
  })
  app.post('/chat/v1/:channel/seen', async (c) => {
    authorised(c, state)
    state.seen.push(await c.req.json<SeenRequest>())
    return c.json({})
  })
  app.post('/chat/v1/:channel/files', (c) => upload(c, state))
  // Another site than the widget's: opened by the name `localhost`, with the strict policy of a careful shop.
  app.get('/elsewhere', (c) => {
    const ours = `http://127.0.0.1:${new URL(c.req.url).port}`
    c.header('content-security-policy', `default-src 'none'; script-src ${ours}; frame-src ${ours}`)
    return c.html(
      `<!doctype html><html lang="zh"><title>别处</title><main><h1>别处的网站</h1></main><script src="${ours}/widget.js" data-channel="web" async></script></html>`,
    )
  })
  const demo = (c: Context, name: string) => {
    c.header('content-security-policy', "default-src 'self'")
    return file(c, fileURLToPath(new URL(`../../demo/${name}`, import.meta.url)))
  }
  app.get('/', (c) => demo(c, 'index.html'))
  app.get('/demo/:name', (c) => demo(c, c.req.param('name')))
  return app
}

async function file(c: Context, path: string): Promise<Response> {
  const bytes = await readFile(path).catch(() => undefined)
  return bytes
    ? c.body(bytes, 200, { 'content-type': `${TYPES[extname(path)] ?? 'application/octet-stream'}; charset=utf-8` })
    : c.notFound()
}

function startSession(state: State, request: SessionRequest): Session {
  state.sessions.push(request)
  const known = visitorOf(state, request.token)
  const locale = /^en/i.test(request.locale ?? '') ? 'en' : 'zh'
  const visitor: Visitor = known ?? { id: `vis_${crypto.randomUUID()}`, locale, messages: [], conversation: undefined, taken: new Map() }
  visitor.locale = locale
  state.visitors.set(visitor.id, visitor)
  return {
    token: `${visitor.id} ${request.page}`,
    visitor: visitor.id,
    locale,
    brand: { name: BRAND[locale], ...(state.colour && { color: state.colour }) },
    greeting: GREETING[locale],
    questions: QUESTIONS[locale].map((label, index) => ({ id: `faq:${index}`, label })),
    conversation: visitor.conversation,
    limits: { textMax: TEXT_MAX, fileMaxBytes: FILE_MAX },
  }
}

/** As the server’s: a token tells also of the page it is from, so that each page has another one. */
function visitorOf(state: State, token = ''): Visitor | undefined {
  return state.visitors.get(token.split(' ')[0] ?? '')
}

function authorised(c: Context, state: State): Visitor {
  const visitor = visitorOf(state, c.req.header('authorization')?.replace(/^Bearer /, ''))
  if (!visitor) throw new Refusal(401, 'unauthorized', 'unknown token')
  return visitor
}

function page({ messages: all, conversation }: Visitor, { after = '0', before, changes: known }: Record<string, string>): MessagePage {
  const edited = all.filter(({ editedAt }) => editedAt)
  const changes = edited.map(({ id, editedAt }) => `${id}${editedAt}`.replace(/\W/g, '')).join('_')
  const end = before === 'latest' ? Infinity : Number(before)
  const rest = all.filter(({ seq }) => (before === undefined ? seq > Number(after) : seq < end))
  const messages = before === undefined ? rest.slice(0, PAGE) : rest.slice(-PAGE)
  return {
    messages,
    cursor: messages.at(-1)?.seq ?? (before === undefined ? Number(after) : 0),
    more: rest.length > PAGE,
    conversation,
    changes,
    ...(known !== undefined && { changed: known === changes ? [] : edited.filter(({ seq }) => seq <= Number(after)) }),
  }
}

function take(state: State, visitor: Visitor, request: SendRequest): void {
  const said = JSON.stringify([request.text, request.press, request.file])
  const before = visitor.taken.get(request.clientId)
  if (before === said) return
  if (before) throw new Refusal(409, 'conflict', '这个编号已经用过了')
  if ((request.text?.length ?? 0) > TEXT_MAX || request.text?.includes('拒绝')) throw new Refusal(400, 'invalid', '消息包含不支持的内容')
  visitor.taken.set(request.clientId, said)
  state.accepted.push(request)
  if (!visitor.messages.length) add(state, visitor, { author: 'bot', parts: GREETING[visitor.locale] })
  visitor.conversation ??= { status: 'bot' }
  const stored = state.files.get(request.file?.id ?? '')
  const text = request.text ?? request.press?.label ?? ''
  const kind = stored?.mime.startsWith('image/') ? 'image' : 'file'
  const media = stored && {
    id: request.file?.id ?? '',
    name: stored.name,
    mime: stored.mime,
    bytes: stored.bytes.length,
    url: `/chat/v1/files/${request.file?.id}?s=1`,
  }
  add(state, visitor, {
    author: 'customer',
    parts: media ? [{ type: 'media', kind, media }] : [{ type: 'text', text }],
    clientId: request.clientId,
  })
  if (!media) answer(state.stage, visitor, request)
}

async function upload(c: Context, state: State): Promise<Response> {
  authorised(c, state)
  const bytes = new Uint8Array(await c.req.arrayBuffer())
  if (bytes.length > FILE_MAX) throw new Refusal(413, 'too_large', '文件太大')
  const id = `att_${state.files.size + 1}`
  const stored = { name: c.req.query('name') ?? 'file', mime: c.req.header('content-type') ?? '', bytes }
  state.files.set(id, stored)
  return c.json({ id, name: stored.name, mime: stored.mime, bytes: bytes.length })
}

function download(c: Context, state: State): Response {
  if (c.req.param('id') === 'att_picture') return c.body(PICTURE, 200, { 'content-type': 'image/svg+xml' })
  const stored = state.files.get(c.req.param('id') ?? '')
  return stored ? c.body(stored.bytes, 200, { 'content-type': stored.mime }) : c.body('', 404)
}

function acceptSockets(server: Server, state: State): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (state.faults.down || state.faults.noSockets) socket.destroy()
    else sockets.handleUpgrade(request, socket, head, (ws) => listen(ws, state))
  })
  return sockets
}

function listen(socket: WebSocket, state: State): void {
  socket.on('close', () => state.sockets.delete(socket))
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as ClientFrame
    const link = state.sockets.get(socket)
    if (frame.type === 'hello') welcome(socket, state, frame)
    else if (!link) socket.close()
    else if (frame.type === 'ping') write(socket, { type: 'pong' })
    else if (frame.type === 'typing') state.typingFrames++
    else if (frame.type === 'seen') state.seen.push({ seq: frame.seq, state: frame.state })
    else receive(socket, link.visitor, frame, state)
  })
}

function welcome(socket: WebSocket, state: State, hello: Extract<ClientFrame, { type: 'hello' }>): void {
  const visitor = visitorOf(state, hello.token)
  if (!visitor) {
    write(socket, { type: 'error', code: 'unauthorized', message: 'unknown token' })
    return
  }
  const link = { visitor, cursor: hello.after }
  state.sockets.set(socket, link)
  catchUp(socket, link)
  write(socket, { type: 'conversation', conversation: visitor.conversation ?? null })
}

function receive(socket: WebSocket, visitor: Visitor, { clientId, text, press, file }: SendRequest, state: State): void {
  const swallow = state.faults.swallowReplies > 0
  if (swallow) {
    state.faults.swallowReplies--
    state.sockets.delete(socket)
  }
  try {
    take(state, visitor, { clientId, text, press, file })
    if (swallow) socket.terminate()
    else write(socket, { type: 'accepted', clientId })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    write(socket, { type: 'error', code: error.code, message: error.message, clientId })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outDir = await mkdtemp(join(tmpdir(), 'frontdesk-widget-'))
  await buildWidget(outDir)
  const server = await startDevServer({ port: Number(process.argv[2] ?? 3100), outDir })
  console.log(`widget: ${server.url} (demo page: ${server.url.replace('127.0.0.1', 'localhost')})`)
}
