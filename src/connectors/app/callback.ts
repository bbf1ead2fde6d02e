// Calls the company's server: one signed POST, no retries, and every failure as a ConnectorError.

import type { Answer, Exchange } from '#core/connector.ts'
import { ConnectorError, type ErrorKind } from '#core/errors.ts'
import { parseObject } from '#platforms/json.ts'
import type { StandardWebhooks } from '#platforms/standard-webhooks.ts'
import { ask, unanswered, wellFormed } from '#platforms/wire.ts'

export interface CallbackOptions {
  url: string
  secrets: readonly string[]
  webhooks: StandardWebhooks
  exchange: Exchange
  now(): Date
  deadlineMs?: number
}

/** Posts one event under this `webhook-id` and gives the id by which the app knows it, where it tells one. */
export type Callback = (id: string, event: Record<string, unknown>, signal: AbortSignal) => Promise<string | undefined>

const DEADLINE_MS = 10_000
const ANSWER_MAX = 64 * 1024
const SAID_MAX = 200
const DAY_MS = 24 * 3_600_000

export function createCallback(options: CallbackOptions): Callback {
  const { url, webhooks, now, deadlineMs = DEADLINE_MS, exchange } = options
  const scrub = scrubber(url, options.secrets)
  return async (id, event, signal) => {
    if (signal.aborted) throw new ConnectorError('transient', 'stopped before anything was sent', { certain: true })
    const body = JSON.stringify(event, wellFormed)
    const headers = { 'content-type': 'application/json', ...(await webhooks.sign(id, now(), body)) }
    let answer: Answer
    try {
      answer = await ask(exchange, url, { method: 'POST', headers, body, signal, deadlineMs, most: ANSWER_MAX })
    } catch (error) {
      throw unanswered(error, 'the app', scrub)
    }
    return readAnswer(answer, now(), scrub)
  }
}

type Scrub = (text: string) => string

/** Our errors are read by agents and kept in logs, and a server may echo what it was asked. */
function scrubber(url: string, secrets: readonly string[]): Scrub {
  const { search } = new URL(url)
  const hidden = [...secrets.flatMap((secret) => [secret, secret.slice('whsec_'.length)]), search.slice(1)].filter((one) => one !== '')
  return (text) => hidden.reduce((rest, one) => rest.replaceAll(one, '<hidden>'), text).slice(0, SAID_MAX)
}

function readAnswer({ status, header, text }: Answer, now: Date, scrub: Scrub): string | undefined {
  if (status >= 200 && status < 300) {
    // A catch-all page of a website says 200 to everything: taken as success, it would swallow every message.
    if (text.trimStart().startsWith('<'))
      throw refused('transient', `the app answered ${status} with a web page`, 'does callbackUrl lead to it? / callbackUrl 是否正确?')
    return idOf(text)
  }
  const said = `the app answered ${status} ${scrub(errorOf(text))}`.trimEnd()
  if (status < 400) throw refused('rejected', said, 'write the final address into callbackUrl / callbackUrl 请填写最终地址')
  if (status === 401 || status === 403)
    throw refused('unauthorized', said, 'is the secret the same on both sides? / 两边的 secret 是否一致?')
  if (status === 410) throw refused('recipient_gone', said)
  const retryAfterMs = waitOf(header('retry-after'), now)
  if (status === 429) throw new ConnectorError('rate_limited', said, { retryAfterMs: retryAfterMs ?? 1000 })
  // 408 and 425 are a server's word for 'later', though they look like a refusal.
  if (status >= 500 || status === 408 || status === 425) throw new ConnectorError('transient', said, { retryAfterMs, certain: false })
  throw refused('rejected', said)
}

function refused(kind: ErrorKind, said: string, advice = ''): ConnectorError {
  return new ConnectorError(kind, advice ? `${said} – ${advice}` : said)
}

function idOf(text: string): string | undefined {
  const id = parseObject(text)?.id
  return typeof id === 'string' && id !== '' && id.length <= 200 ? id : undefined
}

/** What the server says is wrong: `{ "error": "…" }`, `{ "error": { "message": "…" } }`, `{ "message": "…" }` or plain words. */
function errorOf(text: string): string {
  if (text.trimStart().startsWith('<')) return 'with a web page'
  const answer = parseObject(text)
  const inner = (answer?.error as { message?: unknown } | null | undefined)?.message
  return String([inner, answer?.error, answer?.message].find((one) => typeof one === 'string') ?? text).replaceAll(/\s+/g, ' ')
}

/** Seconds or a date; never more than a day, after which a message is no answer any more. */
function waitOf(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now.getTime()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(Math.ceil(ms), 1000), DAY_MS)
}
