// A thin client of WeChat's server API, for accounts and Mini Programs: one request per call, no retries, every failure a
// ConnectorError. Only a token that ran out is replaced, and the call made once more: it was surely not taken.
import { readBounded } from '#core/bytes.ts'
import type { Answer, Exchange, Health, Memory, StoredFile } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { healthOf } from '#core/health.ts'
import { parseObject } from '../json.ts'
import { ask, certainly, noAnswer, overFetch, unanswered, wellFormed } from '../wire.ts'
import { type Refused, refusalOf, TOKEN_REFUSED } from './errors.ts'
import { type FetchedToken, tokens } from './token.ts'

export interface WechatOptions {
  appId: string
  appSecret: string
  /** `https://api.weixin.qq.com`, or a proxy, a fake. */
  apiRoot: string
  fetch: typeof fetch
  exchange: Exchange
  memory: Memory
  now(): Date
}

export type UploadKind = 'image' | 'voice' | 'video'
export type Told = Record<string, unknown>

export interface Wechat {
  post(path: string, body: unknown, signal: AbortSignal): Promise<Told>
  get(path: string, query: Record<string, string>, signal: AbortSignal): Promise<Told>
  /** Gives the id under which the file can be sent, for three days. */
  upload(kind: UploadKind, file: StoredFile, signal: AbortSignal): Promise<string>
  download(mediaId: string, signal: AbortSignal): Promise<Response>
  /** Are appId, appSecret and the address we call from good? Never throws. */
  check(signal: AbortSignal): Promise<Health>
}

/** What WeChat's number was, for whom the kind is not enough. */
export class WechatError extends ConnectorError {
  readonly errcode: number

  constructor({ errcode, errmsg }: Refused, scrub: (text: string) => string) {
    const { kind, message, retryAfterMs, certain } = refusalOf({ errcode, errmsg }, scrub)
    super(kind, message, { retryAfterMs, certain })
    this.errcode = errcode
  }
}

const DEADLINE_MS = 15_000
const UPLOAD_MS = 60_000
const ANSWER_MAX = 1024 * 1024
/** Forced ones are twenty a day, and half a minute apart. */
const FORCE_SECONDS = 30
const JSON_TYPE = { 'content-type': 'application/json' }

export function wechat(options: WechatOptions): Wechat {
  const { appId, appSecret, memory, now } = options
  const root = options.apiRoot.replace(/\/+$/, '')
  const fetchToken = async (force: boolean, signal: AbortSignal): Promise<FetchedToken> => {
    const body = { grant_type: 'client_credential', appid: appId, secret: appSecret, force_refresh: force }
    return certainly(async () => {
      const told = await shortCall('/cgi-bin/stable_token', { method: 'POST', body: JSON.stringify(body) }, signal)
      if (typeof told.access_token !== 'string') throw new ConnectorError('transient', 'WeChat gave no access token')
      return { token: told.access_token, seconds: Number(told.expires_in) || 7200 }
    })
  }
  const shared = tokens({ fetch: fetchToken, memory, now, forceEverySeconds: FORCE_SECONDS })
  const scrub = (text: string) =>
    text
      .replaceAll(appSecret, '<secret>')
      .replace(/access_token=[^&\s"']+/g, 'access_token=<token>')
      .replace(/\s+/g, ' ')
      .slice(0, 300)

  async function shortCall(path: string, call: Pick<RequestInit, 'body'> & { method: 'GET' | 'POST' }, signal: AbortSignal): Promise<Told> {
    const isForm = call.body instanceof FormData
    const exchange = isForm ? overFetch((url, init) => options.fetch(url, { ...init, body: call.body })) : options.exchange
    const words = isForm ? { headers: {} } : { headers: JSON_TYPE, ...(typeof call.body === 'string' && { body: call.body }) }
    let answer: Answer
    try {
      answer = await ask(exchange, root + path, {
        method: call.method,
        ...words,
        signal,
        deadlineMs: isForm ? UPLOAD_MS : DEADLINE_MS,
        most: ANSWER_MAX,
      })
    } catch (error) {
      throw unanswered(error, 'WeChat', scrub)
    }
    return readAnswer(answer, scrub)
  }

  /** With a token, and once more with another where WeChat no longer takes it. */
  async function withToken<T>(signal: AbortSignal, call: (token: string) => Promise<T>): Promise<T> {
    if (signal.aborted) throw new ConnectorError('transient', 'stopped before anything was sent', { certain: true })
    const token = await shared.current(signal)
    try {
      return await call(token)
    } catch (error) {
      if (!(error instanceof WechatError && TOKEN_REFUSED.has(error.errcode))) throw error
      return call(await shared.instead(token, signal))
    }
  }

  const address = (path: string, token: string, query: Record<string, string> = {}) =>
    `${path}?${new URLSearchParams({ access_token: token, ...query })}`

  return {
    post: (path, body, signal) =>
      withToken(signal, (token) => shortCall(address(path, token), { method: 'POST', body: JSON.stringify(body, wellFormed) }, signal)),
    get: (path, query, signal) => withToken(signal, (token) => shortCall(address(path, token, query), { method: 'GET' }, signal)),
    upload: (kind, file, signal) =>
      certainly(() =>
        withToken(signal, async (token) => {
          const form = new FormData()
          form.append('media', new File([file.bytes], file.name, { type: file.mime }), file.name)
          const told = await shortCall(address('/cgi-bin/media/upload', token, { type: kind }), { method: 'POST', body: form }, signal)
          if (typeof told.media_id !== 'string') throw new ConnectorError('transient', 'WeChat gave the file no id')
          return told.media_id
        }),
      ),
    download: (mediaId, signal) =>
      withToken(signal, (token) =>
        load(options.fetch, root + address('/cgi-bin/media/get', token, { media_id: mediaId }), { root, signal, scrub }),
      ),
    async check(signal) {
      try {
        // Not what is remembered: a secret that was changed on the platform is found here first.
        const { token } = await fetchToken(false, signal)
        await shortCall(address('/cgi-bin/get_api_domain_ip', token), { method: 'GET' }, signal)
        return { state: 'connected', account: appId }
      } catch (error) {
        return unhealthy(error)
      }
    },
  }
}

export function unhealthy(error: unknown): Health {
  if (error instanceof WechatError && error.errcode === 40164) return { state: 'misconfigured', detail: reason(error) }
  return healthOf(error)
}

// ── Back ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function readAnswer({ status, text }: Answer, scrub: (text: string) => string): Told {
  const told = parseObject(text)
  if (told && status < 500) {
    const errcode = Number(told.errcode ?? 0)
    if (errcode !== 0) throw new WechatError({ errcode, errmsg: String(told.errmsg ?? '') }, scrub)
    if (status < 300) return told
  }
  // WeChat says no with 200 and a number. All else comes from something in between.
  if (status >= 300 && status < 400)
    throw new ConnectorError('transient', 'apiRoot redirects, which is not followed because the address holds the token', { certain: true })
  throw new ConnectorError('transient', `the answer (HTTP ${status}) is not WeChat's: what became of it is unknown`, { certain: false })
}

// ── Files that customers sent ────────────────────────────────────────────────────────────────────────────────────────

interface Loading {
  root: string
  signal: AbortSignal
  scrub(text: string): string
}

/** Bytes; or, with the same status, JSON that refuses, or that says where a video lies. */
async function load(request: typeof fetch, url: string, { root, signal, scrub }: Loading): Promise<Response> {
  const response = await patiently(request, url, { signal, scrub })
  if (!/json|text\/plain/.test(response.headers.get('content-type') ?? '')) return bare(response)
  const { bytes } = await readBounded(response, ANSWER_MAX)
  const told = parseObject(new TextDecoder().decode(bytes))
  if (!told) return new Response(bytes, { headers: { 'content-type': 'application/octet-stream' } })
  if (typeof told.video_url !== 'string')
    throw new WechatError({ errcode: Number(told.errcode ?? -1), errmsg: String(told.errmsg ?? '') }, scrub)
  const video = URL.parse(told.video_url)
  // It comes from WeChat and not from a customer; still it leads to WeChat's own servers only.
  if (!video || !(isWechats(video) || video.origin === new URL(root).origin))
    throw new ConnectorError('rejected', 'the address of the video is not one of WeChat’s / 视频地址不属于微信')
  return bare(await patiently(request, video.href, { signal, scrub }))
}

function isWechats({ protocol, hostname, port }: URL): boolean {
  return /^https?:$/.test(protocol) && port === '' && /(?:^|\.)(?:qq\.com|weixin\.qq\.com|qpic\.cn|qlogo\.cn)$/.test(hostname)
}

/** The deadline is for the first byte only: ten megabytes over a slow line may take longer. */
async function patiently(request: typeof fetch, url: string, { signal, scrub }: Omit<Loading, 'root'>): Promise<Response> {
  const slow = new AbortController()
  const timer = setTimeout(() => slow.abort(new DOMException('no answer in time', 'TimeoutError')), DEADLINE_MS)
  const bounded = AbortSignal.any([signal, slow.signal])
  try {
    const response = await request(url, { redirect: 'manual', signal: bounded })
    if (response.ok) return response
    await response.body?.cancel()
    throw new ConnectorError('transient', `the file could not be loaded (HTTP ${response.status})`)
  } catch (error) {
    throw error instanceof ConnectorError ? error : unanswered(noAnswer(error, bounded), 'WeChat', scrub)
  } finally {
    clearTimeout(timer)
  }
}

/** Without the address, which holds the token. */
function bare(response: Response): Response {
  const headers = new Headers()
  const mime = response.headers.get('content-type')
  if (mime) headers.set('content-type', mime)
  return new Response(response.body, { headers })
}
