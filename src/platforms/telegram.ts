// A thin client of Telegram's Bot API: one request per call, no retries, and every failure as a ConnectorError.
// Knows nothing of customers or agents; what comes in is read in ./telegram-updates.ts.
import type { ApiMethods } from '@grammyjs/types'
import type { Answer, Exchange, Health, Receipt, StoredFile } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { healthOf } from '#core/health.ts'
import type { MediaKind } from '#core/message.ts'
import { parseObject } from './json.ts'
import { ask, noAnswer, overFetch, unanswered, wellFormed } from './wire.ts'

export interface TelegramOptions {
  token: string
  /** `https://api.telegram.org`, or a proxy, a local Bot API server, a fake. */
  apiRoot: string
  /** For files, both ways. */
  fetch: typeof fetch
  /** For everything else. */
  exchange: Exchange
  /** How long one call may take before we no longer know what became of it. */
  deadlineMs?: number
}

type Methods = ApiMethods<File>
export type Method = keyof Methods
export type Params<M extends Method> = Parameters<Methods[M]> extends [] ? Record<string, never> : NonNullable<Parameters<Methods[M]>[0]>
export type Result<M extends Method> = ReturnType<Methods[M]>

export interface Telegram {
  /** `params` with a `File` among them leave as multipart. `waitMs`: how long the platform itself is asked to wait (long poll). */
  call<M extends Method>(method: M, params: Params<M>, signal: AbortSignal, waitMs?: number): Promise<Result<M>>
  /** Streams a file that somebody sent. The response carries no URL: Telegram's has the token in it. */
  download(fileId: string, signal: AbortSignal): Promise<Response>
  /** Who we are, as health. Never throws. */
  check(signal: AbortSignal): Promise<Health>
}

const DEADLINE_MS = 15_000
/** A long poll brings a hundred updates at most. */
const ANSWER_MAX = 32 * 1024 * 1024
const JSON_TYPE = { 'content-type': 'application/json' }

export function telegram(options: TelegramOptions): Telegram {
  // Workers refuse a `fetch` that is called as somebody's method.
  const { fetch: request } = options
  const wire: Wire = {
    root: options.apiRoot.replace(/\/+$/, ''),
    token: options.token,
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    fetch: (url, init) => request(url, init),
    exchange: options.exchange,
    // Our errors are read by agents and kept in logs, and a proxy may echo the address it was asked for.
    scrub: (text) => text.replaceAll(options.token, '<token>').slice(0, 500),
  }
  const call: Telegram['call'] = (method, params, signal, waitMs = 0) => callMethod(wire, method, params, signal, waitMs)
  return {
    call,
    async download(fileId, signal) {
      const file = await call('getFile', { file_id: fileId }, signal)
      return loadFile(wire, file.file_path ?? '', signal)
    },
    async check(signal) {
      try {
        const me = await call('getMe', {}, signal)
        return { state: 'connected', account: `@${me.username}` }
      } catch (error) {
        return healthOf(error)
      }
    },
  }
}

type Scrub = (text: string) => string
interface Wire {
  root: string
  token: string
  deadlineMs: number
  fetch(url: string, init: RequestInit): Promise<Response>
  exchange: Exchange
  scrub: Scrub
}

async function callMethod<M extends Method>(
  wire: Wire,
  method: M,
  params: Params<M>,
  signal: AbortSignal,
  waitMs: number,
): Promise<Result<M>> {
  if (signal.aborted) throw new ConnectorError('transient', `${method}: stopped before anything was sent`, { certain: true })
  const url = `${wire.root}/bot${wire.token}/${method}`
  const deadlineMs = wire.deadlineMs + waitMs
  const form = formOf(params)
  // A form goes with its files, as a stream: that is `fetch`'s.
  const exchange = form ? overFetch((_, init) => wire.fetch(url, { ...init, body: form })) : wire.exchange
  const words = form ? { headers: {} } : { headers: JSON_TYPE, body: JSON.stringify(params, wellFormed) }
  let answer: Answer
  try {
    answer = await ask(exchange, url, { method: 'POST', ...words, signal, deadlineMs, most: ANSWER_MAX })
  } catch (error) {
    throw unanswered(error, 'Telegram', wire.scrub, method)
  }
  return readAnswer(method, answer, wire.scrub) as Result<M>
}

async function loadFile(wire: Wire, path: string, signal: AbortSignal): Promise<Response> {
  const steps = path.split('/')
  if (path === '' || steps.includes('..')) throw new ConnectorError('rejected', 'getFile: Telegram named no file to load')
  // The deadline is for the first byte only: twenty megabytes over a slow line may take longer.
  const slow = new AbortController()
  const timer = setTimeout(() => slow.abort(new DOMException('no answer in time', 'TimeoutError')), wire.deadlineMs)
  const bounded = AbortSignal.any([signal, slow.signal])
  try {
    const url = `${wire.root}/file/bot${wire.token}/${steps.map(encodeURIComponent).join('/')}`
    const response = await wire.fetch(url, { redirect: 'manual', signal: bounded })
    if (response.ok) return withoutUrl(response)
    throw refusal('file', response.status, {}, await response.text(), wire.scrub)
  } catch (error) {
    throw error instanceof ConnectorError ? error : unanswered(noAnswer(error, bounded), 'Telegram', wire.scrub, 'file')
  } finally {
    clearTimeout(timer)
  }
}

// ── Out ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Undefined where no file goes along. */
function formOf(params: object): FormData | undefined {
  const entries = Object.entries(params).filter(([, value]) => value !== undefined)
  if (!entries.some(([, value]) => value instanceof File)) return undefined
  const form = new FormData()
  for (const [name, value] of entries) {
    if (value instanceof File) form.append(name, value, value.name)
    else form.append(name, typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value, wellFormed))
  }
  return form
}

/** Where a file of this kind goes: the method and the name of its field. */
export type MediaCall = Partial<Record<'photo' | 'document' | 'audio' | 'voice' | 'video', File>>

export function mediaCall(
  kind: MediaKind,
  stored: StoredFile,
): [method: 'sendPhoto' | 'sendDocument' | 'sendAudio' | 'sendVoice' | 'sendVideo', field: MediaCall] {
  const file = new File([stored.bytes], stored.name, { type: stored.mime })
  switch (kind) {
    case 'image':
      return ['sendPhoto', { photo: file }]
    case 'video':
      return ['sendVideo', { video: file }]
    case 'audio':
      // Telegram plays OGG/OPUS as a voice message; other audio has a player of its own.
      return stored.mime.startsWith('audio/ogg') ? ['sendVoice', { voice: file }] : ['sendAudio', { audio: file }]
    case 'file':
      return ['sendDocument', { document: file }]
  }
}

/** `<chat>:<message_id>`: message ids alone are unique only within one chat. */
export function messageKey(message: { chat: { id: number | string }; message_id: number }): string {
  return `${message.chat.id}:${message.message_id}`
}

/** The message id within a `messageKey`. */
export function messageIdOf(key: string): number {
  const id = Number(key.slice(key.indexOf(':') + 1))
  if (!Number.isSafeInteger(id)) throw new ConnectorError('rejected', `"${key.slice(0, 80)}" is not the id of a Telegram message`)
  return id
}

export function receiptOf(message: { chat: { id: number | string }; message_id: number; date: number }): Receipt {
  return { externalIds: [messageKey(message)], at: new Date(message.date * 1000) }
}

/** Telegram says so when an edit changes nothing: for us that is success. */
export function isNotModified(error: unknown): boolean {
  return error instanceof ConnectorError && /message is not modified|TOPIC_NOT_MODIFIED/.test(error.message)
}

// ── Back ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Told {
  ok?: unknown
  result?: unknown
  error_code?: unknown
  description?: unknown
  parameters?: { retry_after?: unknown; migrate_to_chat_id?: unknown }
}

function readAnswer(method: string, { status: plain, header, text }: Answer, scrub: Scrub): unknown {
  const answer = parseObject(text) as Told | undefined
  if (answer?.ok === true) return answer.result
  const status = typeof answer?.error_code === 'number' ? answer.error_code : plain
  if (status < 300)
    throw new ConnectorError('transient', `${method}: the answer (HTTP ${status}) is not Telegram's: what became of it is unknown`)
  const retryAfter = answer?.parameters?.retry_after ?? header('retry-after') ?? undefined
  throw refusal(method, status, { ...answer, parameters: { ...answer?.parameters, retry_after: retryAfter } }, text, scrub)
}

/** The platform said no. The descriptions are Telegram's own: it has no finer codes. */
function refusal(method: string, status: number, answer: Told, text: string, scrub: Scrub): ConnectorError {
  const known = typeof answer.description === 'string'
  const said = scrub(known ? String(answer.description) : text.startsWith('<') ? 'an HTML page' : text.slice(0, 100))
  const error = (kind: ConnectorError['kind'], advice = '', certain?: boolean) =>
    new ConnectorError(kind, `${method}: ${status} ${said}${advice && ` – ${advice}`}`, { certain })
  if (status === 429)
    return new ConnectorError('rate_limited', `${method}: 429 ${said}`, { retryAfterMs: retryAfterMs(answer.parameters?.retry_after) })
  const moved = answer.parameters?.migrate_to_chat_id
  if (moved !== undefined)
    return error(
      'rejected',
      `the group became a supergroup: put chat: ${moved} into the config / 群组已升级，请把配置中的 chat 改为 ${moved}`,
    )
  if (status === 401 || status === 404) return error('unauthorized', 'check the token and apiRoot / 请检查 token 与 apiRoot')
  if (status === 409) return error('transient', conflictAdvice(said), true)
  if (/file is too big/.test(said))
    return error('unsupported', 'Telegram gives bots no file above 20 MB / Telegram 不向机器人提供超过 20 MB 的文件')
  if (/message thread not found|TOPIC_DELETED|TOPIC_ID_INVALID/.test(said)) return error('thread_gone')
  if (/chat not found|user not found|PEER_ID_INVALID/.test(said)) return error('recipient_gone')
  if (status === 403 && /blocked|deactivated|initiate conversation|kicked|not a member|can't send messages to bots/.test(said))
    return error('recipient_gone')
  // A 4xx that is not Telegram's own comes from something in between, which may think otherwise later.
  if (status < 500 && status >= 400) return known || status === 413 ? error('rejected') : error('transient', '', false)
  if (status < 400) return error('transient', 'apiRoot redirects, which is not followed because the address holds the token', true)
  return error('transient', '', false)
}

function retryAfterMs(seconds: unknown): number {
  const value = Number(seconds)
  return Number.isFinite(value) && value > 0 ? Math.ceil(value * 1000) : 1000
}

function conflictAdvice(said: string): string {
  if (/webhook/.test(said)) return 'a webhook is set for this bot: use mode webhook, or let nobody else set one / 该机器人已设置 webhook'
  return 'another program polls with the same token: stop it or create a second bot / 另一个程序正在使用同一个 token 轮询'
}

function withoutUrl(response: Response): Response {
  const headers = new Headers()
  for (const name of ['content-type', 'content-length']) {
    const value = response.headers.get(name)
    // `fetch` has already unpacked the body: the length of the packed one would be a lie.
    if (value && !(name === 'content-length' && response.headers.has('content-encoding'))) headers.set(name, value)
  }
  return new Response(response.body, { headers })
}
