// A thin client of WeCom's server API: one request per call, and every failure as a ConnectorError. The only thing that it does again
// by itself is what the platform asks for: a call whose access token has run out is made once more with a new one.
import type { Answer, Exchange, StoredFile } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { parseObject } from '../json.ts'
import { ask, certainly, noAnswer, unanswered, wellFormed } from '../wire.ts'
import { refusalOf, STALE_TOKEN } from './errors.ts'

export interface WecomOptions {
  corpId: string
  secret: string
  /** `https://qyapi.weixin.qq.com`, or a proxy, a fake. */
  apiRoot: string
  /** For files, both ways. */
  fetch: typeof fetch
  /** For everything else. */
  exchange: Exchange
  now(): Date
  deadlineMs?: number
}

export type Told = Record<string, unknown>

export interface Wecom {
  /** POSTs `body` to `/cgi-bin/<path>`. */
  call(path: string, body: object, signal: AbortSignal): Promise<Told>
  /** Gives the media id under which the platform keeps the file for three days. */
  upload(type: 'image' | 'voice' | 'video' | 'file', file: StoredFile, signal: AbortSignal): Promise<string>
  /** Streams a file that somebody sent. The response carries no address: it has the token in it. */
  download(mediaId: string, signal: AbortSignal): Promise<Response>
}

const DEADLINE_MS = 15_000
/** A thousand messages of two thousand bytes and what stands around them. */
const ANSWER_MAX = 16 * 1024 * 1024
/** A token that ends within this time is not begun with. */
const MARGIN_MS = 60_000

interface Wire extends WecomOptions {
  root: string
  scrub(text: string): string
  token(signal: AbortSignal): Promise<string>
  /** This one was refused: it is never used again. */
  drop(token: string): void
}

export function wecom(options: WecomOptions): Wecom {
  const wire = { ...options, root: options.apiRoot.replace(/\/+$/, '') } as Wire
  // Workers refuse a `fetch` that is called as somebody's method.
  const { fetch: request } = options
  wire.fetch = (url, init) => request(url, init)
  Object.assign(wire, tokens(wire))
  return {
    call: (path, body, signal) => withToken(wire, path, signal, (token) => post(wire, path, token, body, signal)),
    upload: (type, file, signal) => withToken(wire, 'media/upload', signal, (token) => upload(wire, type, file, token, signal)),
    download: (mediaId, signal) => withToken(wire, 'media/get', signal, (token) => download(wire, mediaId, token, signal)),
  }
}

// ── The access token ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Kept {
  token: string
  until: number
}

/**
 * While a token is valid `gettoken` gives the same one to everybody who asks, so each process keeps it by itself; those who find it
 * gone at the same moment share one request.
 */
function tokens(wire: Wire): Pick<Wire, 'token' | 'drop' | 'scrub'> {
  let kept: Kept | undefined
  let asking: Promise<Kept> | undefined
  let askedAt = 0
  const seen = new Set<string>()
  const ask = () => {
    askedAt = wire.now().getTime()
    const mine: Promise<Kept> = getToken(wire).finally(() => {
      if (asking === mine) asking = undefined
    })
    return mine
  }
  return {
    async token(signal) {
      if (kept && kept.until > wire.now().getTime()) return kept.token
      // The request outlives whoever began it: others may be waiting for it. On Workers it ends with who began it, and would never come back.
      if (!asking || wire.now().getTime() - askedAt > DEADLINE_MS) asking = ask()
      const got = await orStopped(asking, signal)
      kept = got
      seen.add(got.token)
      return got.token
    },
    drop(token) {
      if (kept?.token === token) kept = undefined
    },
    scrub(text) {
      let clean = text.replaceAll(wire.secret, '<secret>')
      for (const token of seen) clean = clean.replaceAll(token, '<token>')
      if (seen.size > 8) seen.clear()
      return clean.replaceAll(/access_token=[^&\s"]+/g, 'access_token=<token>').slice(0, 300)
    },
  }
}

async function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw stopped('gettoken')
  let stop: (() => void) | undefined
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        stop = () => reject(stopped('gettoken'))
        signal.addEventListener('abort', stop)
      }),
    ])
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
  }
}

async function getToken(wire: Wire): Promise<Kept> {
  const query = new URLSearchParams({ corpid: wire.corpId, corpsecret: wire.secret })
  const asked = wire.now().getTime()
  const told = await certainly(() => exchangeJson(wire, 'gettoken', `gettoken?${query}`, { method: 'GET', headers: {} }, NEVER))
  const { access_token: token, expires_in: seconds } = told
  if (typeof token !== 'string' || token === '')
    throw new ConnectorError('transient', 'gettoken: no token in the answer', { certain: true })
  const lasts = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : 7_200_000
  return { token, until: asked + Math.max(lasts - MARGIN_MS, lasts / 2) }
}

const NEVER = new AbortController().signal

async function withToken<T>(wire: Wire, path: string, signal: AbortSignal, work: (token: string) => Promise<T>): Promise<T> {
  if (signal.aborted) throw new ConnectorError('transient', `${path}: stopped before anything was sent`, { certain: true })
  const token = await wire.token(signal)
  try {
    return await work(token)
  } catch (error) {
    if (!(error instanceof StaleToken)) throw error
    wire.drop(token)
    try {
      return await work(await wire.token(signal))
    } catch (again) {
      if (again instanceof StaleToken) throw again.refusal
      throw again
    }
  }
}

/** The platform no longer takes this access token. */
class StaleToken extends Error {
  readonly refusal: ConnectorError

  constructor(refusal: ConnectorError) {
    super(refusal.message)
    this.refusal = refusal
  }
}

// ── Calls ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function post(wire: Wire, path: string, token: string, body: object, signal: AbortSignal): Promise<Told> {
  const call = { method: 'POST' as const, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body, wellFormed) }
  return exchangeJson(wire, path, `${path}?access_token=${encodeURIComponent(token)}`, call, signal)
}

type Call = { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string }

async function exchangeJson(wire: Wire, path: string, place: string, call: Call, signal: AbortSignal): Promise<Told> {
  let answer: Answer
  try {
    const deadlineMs = wire.deadlineMs ?? DEADLINE_MS
    answer = await ask(wire.exchange, `${wire.root}/cgi-bin/${place}`, { ...call, signal, deadlineMs, most: ANSWER_MAX })
  } catch (error) {
    throw unanswered(error, 'WeCom', wire.scrub, path)
  }
  return readAnswer(path, answer.status, answer.text, answer.header, wire)
}

async function upload(wire: Wire, type: string, file: StoredFile, token: string, signal: AbortSignal): Promise<string> {
  const form = new FormData()
  form.append('media', new File([file.bytes], file.name.toWellFormed(), { type: file.mime }))
  const url = `${wire.root}/cgi-bin/media/upload?access_token=${encodeURIComponent(token)}&type=${type}`
  const told = await certainly(async () => {
    const { response, text } = await fetchText(wire, 'media/upload', url, { method: 'POST', body: form }, signal)
    return readAnswer('media/upload', response.status, text, (name) => response.headers.get(name), wire)
  })
  if (typeof told.media_id !== 'string') throw new ConnectorError('transient', 'media/upload: no media id in the answer', { certain: true })
  return told.media_id
}

async function fetchText(wire: Wire, path: string, url: string, init: RequestInit, signal: AbortSignal) {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(4 * (wire.deadlineMs ?? DEADLINE_MS))])
  try {
    const response = await wire.fetch(url, { ...init, redirect: 'manual', signal: bounded })
    return { response, text: await response.text() }
  } catch (error) {
    throw unanswered(noAnswer(error, bounded), 'WeCom', wire.scrub, path)
  }
}

async function download(wire: Wire, mediaId: string, token: string, signal: AbortSignal): Promise<Response> {
  // The deadline is for the first byte only: twenty megabytes over a slow line may take longer.
  const slow = new AbortController()
  const timer = setTimeout(() => slow.abort(new DOMException('no answer in time', 'TimeoutError')), wire.deadlineMs ?? DEADLINE_MS)
  const bounded = AbortSignal.any([signal, slow.signal])
  const query = new URLSearchParams({ access_token: token, media_id: mediaId })
  try {
    const response = await wire.fetch(`${wire.root}/cgi-bin/media/get?${query}`, { redirect: 'manual', signal: bounded })
    // Refusals come as 200 with JSON; a file that is JSON itself is named as one.
    const isFile = response.ok && (response.headers.has('content-disposition') || !/json|text\/plain/.test(typeOf(response)))
    if (isFile) return withoutAddress(response)
    readAnswer('media/get', response.status, await response.text(), (name) => response.headers.get(name), wire)
    throw new ConnectorError('transient', 'media/get: an answer that is no file')
  } catch (error) {
    throw error instanceof ConnectorError || error instanceof StaleToken
      ? error
      : unanswered(noAnswer(error, bounded), 'WeCom', wire.scrub, 'media/get')
  } finally {
    clearTimeout(timer)
  }
}

function typeOf(response: Response): string {
  return response.headers.get('content-type') ?? ''
}

function withoutAddress(response: Response): Response {
  const headers = new Headers()
  for (const name of ['content-type', 'content-length', 'content-disposition']) {
    const value = response.headers.get(name)
    // `fetch` has already unpacked the body: the length of the packed one would be a lie.
    if (value && !(name === 'content-length' && response.headers.has('content-encoding'))) headers.set(name, value)
  }
  return new Response(response.body, { headers })
}

// ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

function readAnswer(path: string, status: number, text: string, header: (name: string) => string | null, wire: Wire): Told {
  const told = parseObject(text)
  const code = told?.errcode
  if (told && status < 300 && (code === 0 || (code === undefined && path === 'gettoken' && 'access_token' in told))) return told
  if (told && typeof code === 'number' && code !== 0) {
    const refusal = refusalOf(path, code, wire.scrub(String(told.errmsg ?? '')))
    throw STALE_TOKEN.has(code) && path !== 'gettoken' ? new StaleToken(refusal) : refusal
  }
  if (status === 429) {
    const seconds = Number(header('retry-after'))
    throw new ConnectorError('rate_limited', `${path}: HTTP 429`, { retryAfterMs: seconds > 0 ? Math.ceil(seconds * 1000) : 60_000 })
  }
  const what = text.trimStart().startsWith('<') ? 'a web page' : wire.scrub(text.slice(0, 100))
  throw new ConnectorError('transient', `${path}: HTTP ${status}, and the answer is not WeCom's (${what})`, { certain: false })
}

function stopped(path: string): ConnectorError {
  return new ConnectorError('transient', `${path}: stopped while waiting for WeCom`, { certain: true })
}
