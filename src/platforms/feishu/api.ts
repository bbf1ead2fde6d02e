// A thin client of the Feishu and Lark open platform: one request per call, no retries, every failure a ConnectorError. Only a token
// that ran out is replaced, and the call made once more: it was surely not taken.
import type { Answer, Exchange, Health, Memory } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { parseObject } from '../json.ts'
import { tokens } from '../wechat/token.ts'
import { ask, certainly, noAnswer, overFetch, unanswered, wellFormed } from '../wire.ts'
import { CREDENTIALS, FeishuError, TOKEN_REFUSED } from './errors.ts'

export interface FeishuOptions {
  appId: string
  appSecret: string
  /** `https://open.feishu.cn`, `https://open.larksuite.com`, a proxy, a fake. */
  apiRoot: string
  /** For files, both ways. */
  fetch: typeof fetch
  /** For everything else. */
  exchange: Exchange
  /** Where the token lies, for all processes. */
  memory: Memory
  now(): Date
}

export type Told = Record<string, unknown>
export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * A group from this second on, oldest first, or a topic, newest first: Feishu takes no times for topics. The list of a group that was
 * made for topics holds what was said in them unless told otherwise; that of any other group only what stands outside of topics.
 */
export type HistoryOf = { chat: string; since: Date } | { topic: string }

export interface Feishu {
  /** `path` without `/open-apis`. A `FormData` leaves as multipart. Gives the whole answer: most of it lies in `data`. */
  call(verb: Verb, path: string, body: unknown, signal: AbortSignal): Promise<Told>
  /** One page of what was said in a group or a topic, with what to ask for the next one. */
  history(of: HistoryOf, after: string | undefined, signal: AbortSignal): Promise<{ items: Told[]; next?: string }>
  /** Streams a file of a message. The response carries neither address nor token. */
  download(message: string, key: string, type: 'image' | 'file', signal: AbortSignal): Promise<Response>
  /** Where the long connection of this app goes now. */
  endpoint(signal: AbortSignal): Promise<{ url: string; config: Told }>
  /** Our bot: its own id, by which it is mentioned, and its name. A fresh token proves the secret when `fresh`. */
  me(signal: AbortSignal, fresh?: boolean): Promise<{ id: string; name: string }>
}

const DEADLINE_MS = 15_000
const UPLOAD_MS = 60_000
const ANSWER_MAX = 2 * 1024 * 1024
/** The most that Feishu gives at a time. */
const PAGE = 50
/** A text has up to 150 KB, and its JSON stands in a JSON string once more. */
const PAGE_MAX = 16 * 1024 * 1024
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }
/** Feishu gives the same token until half an hour before its end: forcing changes nothing. */
const FORCE_SECONDS = 60

export function feishu(options: FeishuOptions): Feishu {
  const root = options.apiRoot.replace(/\/+$/, '')
  const { appId, appSecret, memory, now, fetch: request } = options
  const wire: Wire = {
    root,
    exchange: options.exchange,
    // Workers refuse a `fetch` that is called as somebody's method.
    fetch: (url, init) => request(url, init),
    scrub: (text) =>
      text
        .replaceAll(appSecret, '<secret>')
        .replace(/\b[tu]-[A-Za-z0-9_-]{8,}/g, '<token>')
        .replace(/\s+/g, ' ')
        .slice(0, 300),
  }
  const fetchToken = (signal: AbortSignal) =>
    certainly(async () => {
      const body = { app_id: appId, app_secret: appSecret }
      const told = await shortCall(wire, 'POST', '/open-apis/auth/v3/tenant_access_token/internal', body, {}, signal)
      if (typeof told.tenant_access_token !== 'string') throw new ConnectorError('transient', 'Feishu gave no access token')
      return { token: told.tenant_access_token, seconds: Number(told.expire) || 7200 }
    })
  const shared = tokens({ fetch: (_force, signal) => fetchToken(signal), memory, now, forceEverySeconds: FORCE_SECONDS })

  async function withToken<T>(signal: AbortSignal, call: (headers: Record<string, string>) => Promise<T>): Promise<T> {
    if (signal.aborted) throw new ConnectorError('transient', 'stopped before anything was sent', { certain: true })
    const token = await shared.current(signal)
    try {
      return await call(bearer(token))
    } catch (error) {
      if (!(error instanceof FeishuError && TOKEN_REFUSED.has(error.code))) throw error
      return call(bearer(await shared.instead(token, signal)))
    }
  }

  const api: Feishu = {
    call: (verb, path, body, signal) => withToken(signal, (auth) => shortCall(wire, verb, `/open-apis${path}`, body, auth, signal)),
    async history(of, after, signal) {
      const query = new URLSearchParams({ ...queryOf(of), page_size: String(PAGE), ...(after !== undefined && { page_token: after }) })
      const path = `/open-apis/im/v1/messages?${query}`
      const told = await withToken(signal, (auth) => shortCall(wire, 'GET', path, undefined, auth, signal, PAGE_MAX))
      const { items, has_more: hasMore, page_token: next } = recordOf(told.data)
      // The same page once more would be the same for ever.
      const goesOn = hasMore === true && typeof next === 'string' && next !== '' && next !== after
      return { items: Array.isArray(items) ? items.map(recordOf) : [], ...(goesOn && { next }) }
    },
    download: (message, key, type, signal) =>
      withToken(signal, (auth) => {
        const path = `/open-apis/im/v1/messages/${encodeURIComponent(message)}/resources/${encodeURIComponent(key)}?type=${type}`
        return load(wire, root + path, auth, signal)
      }),
    async endpoint(signal) {
      const told = await shortCall(wire, 'POST', '/callback/ws/endpoint', { AppID: appId, AppSecret: appSecret }, { locale: 'zh' }, signal)
      const data = recordOf(told.data)
      if (typeof data.URL !== 'string') throw new ConnectorError('transient', 'Feishu named no address to connect to', { certain: true })
      return { url: data.URL, config: recordOf(data.ClientConfig) }
    },
    async me(signal, fresh = false) {
      const read = (auth: Record<string, string>) => shortCall(wire, 'GET', '/open-apis/bot/v3/info', undefined, auth, signal)
      // Not what is remembered: a secret that was changed on the platform is found here first.
      const told = fresh ? await read(bearer((await fetchToken(signal)).token)) : await withToken(signal, read)
      const bot = recordOf(told.bot)
      return { id: String(bot.open_id ?? ''), name: String(bot.app_name ?? appId) }
    },
  }
  return api
}

export function unhealthy(error: unknown): Health {
  const kind = error instanceof ConnectorError ? error.kind : 'transient'
  const detail = reason(error)
  if (error instanceof FeishuError && CREDENTIALS.has(error.code)) return { state: 'bad_credentials', detail }
  return { state: kind === 'transient' || kind === 'rate_limited' ? 'transient' : 'misconfigured', detail }
}

export function recordOf(value: unknown): Told {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Told) : {}
}

function queryOf(of: HistoryOf): Record<string, string> {
  if ('topic' in of) return { container_id_type: 'thread', container_id: of.topic, sort_type: 'ByCreateTimeDesc' }
  return {
    container_id_type: 'chat',
    container_id: of.chat,
    start_time: String(Math.floor(of.since.getTime() / 1000)),
    sort_type: 'ByCreateTimeAsc',
    only_thread_root_messages: 'false',
  }
}

interface Wire {
  root: string
  exchange: Exchange
  fetch(url: string, init: RequestInit): Promise<Response>
  scrub(text: string): string
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

async function shortCall(
  wire: Wire,
  verb: Verb,
  path: string,
  body: unknown,
  headers: Record<string, string>,
  signal: AbortSignal,
  most = ANSWER_MAX,
): Promise<Told> {
  const form = body instanceof FormData ? body : undefined
  const exchange = form ? overFetch((url, init) => wire.fetch(String(url), { ...init, body: form })) : wire.exchange
  const words = form || body === undefined ? { headers } : { headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body, wellFormed) }
  let answer: Answer
  try {
    const deadlineMs = form ? UPLOAD_MS : DEADLINE_MS
    answer = await ask(exchange, wire.root + path, { method: verb, ...words, signal, deadlineMs, most })
  } catch (error) {
    throw unanswered(error, 'Feishu', wire.scrub)
  }
  return readAnswer(answer, wire.scrub)
}

function readAnswer({ status, header, text }: Answer, scrub: Wire['scrub']): Told {
  const told = parseObject(text)
  if (told && typeof told.code === 'number' && status < 500) {
    if (told.code !== 0) throw new FeishuError(refusalIn(told, header), scrub)
    if (status < 300) return told
  }
  if (status === 429) throw new FeishuError({ code: 99991400, msg: 'HTTP 429', retryAfterMs: resetMs(header) }, scrub)
  if (status >= 300 && status < 400)
    throw new ConnectorError('transient', 'apiRoot redirects, which is not followed because the token goes along', { certain: true })
  throw new ConnectorError('transient', `the answer (HTTP ${status}) is not Feishu's: what became of it is unknown`, { certain: false })
}

function refusalIn(told: Told, header: Answer['header']) {
  const violations = recordOf(told.error).permission_violations
  const missing = (Array.isArray(violations) ? violations : []).map((one) => String(recordOf(one).subject ?? '')).filter(Boolean)
  return { code: Number(told.code), msg: String(told.msg ?? ''), missing, retryAfterMs: resetMs(header) }
}

/** How long Feishu asks to wait. */
function resetMs(header: Answer['header']): number | undefined {
  const seconds = Number(header('x-ogw-ratelimit-reset') ?? header('retry-after'))
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds * 1000) : undefined
}

/** The deadline is for the first byte only: a hundred megabytes over a slow line may take longer. */
async function load(wire: Wire, url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  const slow = new AbortController()
  const timer = setTimeout(() => slow.abort(new DOMException('no answer in time', 'TimeoutError')), DEADLINE_MS)
  const bounded = AbortSignal.any([signal, slow.signal])
  try {
    const response = await wire.fetch(url, { headers, redirect: 'manual', signal: bounded })
    if (response.ok) return bare(response)
    readAnswer({ status: response.status, header: (name) => response.headers.get(name), text: await response.text() }, wire.scrub)
    throw new ConnectorError('transient', `the file could not be loaded (HTTP ${response.status})`)
  } catch (error) {
    throw error instanceof ConnectorError ? error : unanswered(noAnswer(error, bounded), 'Feishu', wire.scrub)
  } finally {
    clearTimeout(timer)
  }
}

function bare(response: Response): Response {
  const headers = new Headers()
  for (const name of ['content-type', 'content-length']) {
    const value = response.headers.get(name)
    // `fetch` has already unpacked the body: the length of the packed one would be a lie.
    if (value && !(name === 'content-length' && response.headers.has('content-encoding'))) headers.set(name, value)
  }
  return new Response(response.body, { headers })
}
