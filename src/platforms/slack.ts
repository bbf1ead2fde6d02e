// A thin client of Slack's Web API: one request per call, no retries, and every failure as a ConnectorError. Knows nothing of
// customers or agents; what comes in is checked in ./slack-request.ts and over Socket Mode in ./slack-socket.ts.
import type { Answer, Exchange } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { parseObject } from './json.ts'
import { refusalOf } from './slack-errors.ts'
import { ask, noAnswer, unanswered, wellFormed } from './wire.ts'

export interface SlackOptions {
  /** The bot's, `xoxb-…`. */
  token: string
  /** For Socket Mode, `xapp-…`. */
  appToken?: string
  /** `https://slack.com`, or a proxy, an emulator, a fake. */
  apiRoot: string
  /** For files, both ways. */
  fetch: typeof fetch
  /** For everything else. */
  exchange: Exchange
}

export interface SlackMessage {
  ts: string
  thread_ts?: string
  /** Of a thread's root: when it was answered last. */
  latest_reply?: string
  user?: string
  bot_id?: string
  username?: string
  text?: string
  metadata?: { event_type?: string; event_payload?: Record<string, unknown> }
  reactions?: { name: string; users?: string[] }[]
}

export interface SlackUser {
  id: string
  team_id?: string
  name?: string
  real_name?: string
  deleted?: boolean
  is_bot?: boolean
  is_stranger?: boolean
  is_email_confirmed?: boolean
  profile?: { display_name?: string; real_name?: string; email?: string }
}

export interface SlackFile {
  mimetype?: string
  url_private?: string
  url_private_download?: string
}

interface Page {
  messages?: SlackMessage[]
  has_more?: boolean
  response_metadata?: { next_cursor?: string }
}

/** What the methods that we call answer, beside `ok`. */
export interface Results {
  'apps.connections.open': { url: string }
  'auth.test': { team_id: string; user_id: string; bot_id?: string; team?: string; user?: string }
  'chat.delete': object
  'chat.getPermalink': { permalink: string }
  'chat.postEphemeral': { message_ts?: string }
  'chat.postMessage': { channel: string; ts: string; message?: SlackMessage }
  'chat.update': { channel: string; ts: string }
  'conversations.history': Page
  'conversations.info': { channel: { id: string; name?: string; is_archived?: boolean; is_member?: boolean } }
  'conversations.replies': Page
  'files.completeUploadExternal': { files?: { id: string }[] }
  'files.delete': object
  'files.getUploadURLExternal': { upload_url: string; file_id: string }
  'files.info': { file: SlackFile }
  'reactions.add': object
  'reactions.get': { message?: SlackMessage }
  'reactions.remove': object
  'users.getPresence': { presence?: string }
  'users.info': { user: SlackUser }
  'views.open': object
}

export type Method = keyof Results

/** Slack takes JSON only where something is written; these want a form. */
const FORMS = new Set<Method>([
  'chat.getPermalink',
  'conversations.history',
  'conversations.info',
  'conversations.replies',
  'files.getUploadURLExternal',
  'files.info',
  'reactions.get',
  'users.getPresence',
  'users.info',
])

export interface Slack {
  call<M extends Method>(method: M, params: Record<string, unknown>, signal: AbortSignal): Promise<Results[M]>
  /** Puts the bytes of a file where `files.getUploadURLExternal` said. */
  upload(url: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void>
  /** Streams a file that somebody sent. The token goes to Slack only. */
  download(fileId: string, signal: AbortSignal): Promise<Response>
  /** Answers a press or a command at the address that came with it, which needs no token. */
  respond(url: string, body: object, signal: AbortSignal): Promise<void>
  /** What the token may do, as Slack says with each answer; undefined before the first, or where nobody says. */
  scopes(): string[] | undefined
}

const DEADLINE_MS = 15_000
const UPLOAD_MS = 120_000
const ANSWER_MAX = 8 * 1024 * 1024

interface Wire {
  root: string
  token: string
  appToken: string | undefined
  fetch(url: string, init: RequestInit): Promise<Response>
  exchange: Exchange
  scrub(text: string): string
  scopes: string[] | undefined
}

export function slack(options: SlackOptions): Slack {
  const { token, appToken, fetch: request } = options
  const secrets = [token, appToken].filter((one) => one !== undefined)
  const wire: Wire = {
    // Slack's methods live under /api; whoever writes that down as well means the same.
    root: options.apiRoot.replace(/\/+$/, '').replace(/\/api$/, ''),
    token,
    appToken,
    // Workers refuse a `fetch` that is called as somebody's method.
    fetch: (url, init) => request(url, init),
    exchange: options.exchange,
    scrub: (text) => secrets.reduce((said, secret) => said.replaceAll(secret, '<token>'), text).slice(0, 500),
    scopes: undefined,
  }
  return {
    call: (method, params, signal) => call(wire, method, params, signal),
    upload: (url, bytes, signal) => upload(wire, url, bytes, signal),
    download: (id, signal) => download(wire, id, signal),
    respond: (url, body, signal) => respond(wire, url, body, signal),
    scopes: () => wire.scopes,
  }
}

async function call<M extends Method>(wire: Wire, method: M, params: Record<string, unknown>, signal: AbortSignal): Promise<Results[M]> {
  if (signal.aborted) throw new ConnectorError('transient', `${method}: stopped before anything was sent`, { certain: true })
  const token = method === 'apps.connections.open' ? wire.appToken : wire.token
  const type = FORMS.has(method) ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8'
  const headers = { 'content-type': type, authorization: `Bearer ${token}` }
  const body = FORMS.has(method) ? formOf(params) : JSON.stringify(params, wellFormed)
  const answer = await send(wire, `${wire.root}/api/${method}`, { headers, body, signal }, method)
  const scopes = answer.header('x-oauth-scopes')
  if (scopes !== null && method !== 'apps.connections.open') wire.scopes = scopes.split(',').map((scope) => scope.trim())
  return readAnswer(wire, method, answer) as Results[M]
}

interface Sending {
  headers: Record<string, string>
  body: string
  signal: AbortSignal
}

async function send(wire: Wire, url: string, init: Sending, what: string): Promise<Answer> {
  try {
    return await ask(wire.exchange, url, { method: 'POST', ...init, deadlineMs: DEADLINE_MS, most: ANSWER_MAX })
  } catch (error) {
    throw unanswered(error, 'Slack', wire.scrub, what)
  }
}

function formOf(params: Record<string, unknown>): string {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) form.set(name, typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value))
  }
  return form.toString()
}

function readAnswer(wire: Wire, method: string, { status, header, text }: Answer): unknown {
  const told = parseObject(text)
  if (status < 300 && told?.ok === true) return told
  const code = typeof told?.error === 'string' ? wire.scrub(told.error) : undefined
  const needed = typeof told?.needed === 'string' ? wire.scrub(told.needed) : undefined
  throw refusalOf({ method, status, code, needed, retryAfter: header('retry-after') })
}

async function upload(wire: Wire, url: string, bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_MS)])
  try {
    const headers = { 'content-type': 'application/octet-stream' }
    const response = await wire.fetch(url, { method: 'POST', headers, body: bytes, redirect: 'manual', signal: bounded })
    await response.body?.cancel()
    if (response.ok) return
    throw refusalOf({ method: 'upload', status: response.status, retryAfter: response.headers.get('retry-after') })
  } catch (error) {
    throw error instanceof ConnectorError ? error : unanswered(noAnswer(error, bounded), 'Slack', wire.scrub, 'upload')
  }
}

async function respond(wire: Wire, url: string, body: object, signal: AbortSignal): Promise<void> {
  if (!isOurs(wire, url)) throw new ConnectorError('rejected', 'response_url: not an address of Slack')
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  const { status, header, text } = await send(wire, url, { headers, body: JSON.stringify(body, wellFormed), signal }, 'response_url')
  const code = refusedIn(text)
  if (status >= 300 || code !== undefined) throw refusalOf({ method: 'response_url', status, code, retryAfter: header('retry-after') })
}

/** An address that is used up says so in JSON like a method, in words (`Expired url`), or with a bare `expired_url`; else it says `ok`. */
function refusedIn(text: string): string | undefined {
  const told = parseObject(text)
  const said = told ? told.ok !== true && told.error : text.trim()
  return typeof said === 'string' && said !== 'ok' && /^[a-z_ ]{1,60}$/i.test(said) ? said.toLowerCase().replaceAll(' ', '_') : undefined
}

const LOGIN = 'Slack answered with its login page: the app lacks the scope files:read, add it and install the app again'
const LOGIN_ZH = 'Slack 返回了登录页：应用缺少 files:read 权限，请添加后重新安装'

async function download(wire: Wire, fileId: string, signal: AbortSignal): Promise<Response> {
  const { file } = await call(wire, 'files.info', { file: fileId }, signal)
  const url = file.url_private_download ?? file.url_private
  if (url === undefined || !isOurs(wire, url)) throw new ConnectorError('rejected', 'files.info: Slack named no file of its own to load')
  // The deadline is for the first byte only: a large file over a slow line may take longer.
  const slow = new AbortController()
  const timer = setTimeout(() => slow.abort(new DOMException('no answer in time', 'TimeoutError')), DEADLINE_MS)
  const bounded = AbortSignal.any([signal, slow.signal])
  try {
    const response = await wire.fetch(url, { headers: { authorization: `Bearer ${wire.token}` }, redirect: 'manual', signal: bounded })
    const type = response.headers.get('content-type') ?? ''
    // Whoever may not read a file is sent to a page where people sign in, some with status 200.
    const isLogin = (response.status >= 300 && response.status < 400) || (type.startsWith('text/html') && file.mimetype !== 'text/html')
    if (response.ok && !isLogin) return response
    await response.body?.cancel()
    if (isLogin) throw new ConnectorError('unauthorized', `file: ${LOGIN} / ${LOGIN_ZH}`)
    throw refusalOf({ method: 'file', status: response.status, retryAfter: response.headers.get('retry-after') })
  } catch (error) {
    throw error instanceof ConnectorError ? error : unanswered(noAnswer(error, bounded), 'Slack', wire.scrub, 'file')
  } finally {
    clearTimeout(timer)
  }
}

/** Addresses come with events and answers: our token, and our words, go to Slack's own hosts and to `apiRoot` only. */
function isOurs({ root }: Wire, text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.origin === new URL(root).origin) return true
  return url.protocol === 'https:' && /(^|\.)slack(-files)?\.com$/.test(url.hostname)
}
