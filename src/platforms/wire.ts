// Short calls to somebody else's server: one request, one answer, and what a broken call tells.
import { readBounded } from '#core/bytes.ts'
import type { Answer, Ask, Exchange } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'

/** More than any platform answers to a call. */
const MOST = 1024 * 1024

/** No answer came: not in time, because we stopped waiting, or because the connection broke. */
export class NoAnswer extends Error {
  readonly why: 'late' | 'stopped' | 'broken'
  /** No connection came about: the other side surely got nothing. */
  readonly certain: boolean

  constructor(why: NoAnswer['why'], certain: boolean, detail: string) {
    super(detail)
    this.why = why
    this.certain = certain
  }
}

/** Asks. Throws nothing but `NoAnswer`. */
export async function ask(exchange: Exchange, url: string, call: Omit<Ask, 'most'> & { most?: number }): Promise<Answer> {
  try {
    return await exchange(url, { most: MOST, ...call })
  } catch (error) {
    throw noAnswer(error, call.signal)
  }
}

/** What a call threw, as `NoAnswer`. */
export function noAnswer(error: unknown, signal: AbortSignal): NoAnswer {
  const isLate = (one: unknown) => (one as Error | undefined)?.name === 'TimeoutError'
  if (isLate(error) || (signal.aborted && isLate(signal.reason))) return new NoAnswer('late', false, 'no answer in time')
  if (signal.aborted) return new NoAnswer('stopped', false, 'stopped while waiting')
  const { certain, detail } = brokenBy(error)
  return new NoAnswer('broken', certain, detail)
}

/**
 * That no answer came, in words about `who` (`Telegram`, `the app`): uncertain, unless no connection came about. `scrub` takes
 * secrets out of what the client said; `what` names the call.
 */
export function unanswered(error: unknown, who: string, scrub: (text: string) => string, what = ''): ConnectorError {
  const { why, certain, message } = error instanceof NoAnswer ? error : new NoAnswer('broken', false, reason(error))
  const words = {
    late: `no answer from ${who} in time`,
    stopped: `stopped while waiting for ${who}`,
    broken: `${certain ? `${who} cannot be reached` : `the connection to ${who} broke`} (${scrub(message)})`,
  }
  return new ConnectorError('transient', `${what && `${what}: `}${words[why]}`, { certain })
}

const NO_BYTES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * What a client threw, in a word, and whether no connection came about. `fetch` names the cause of what it throws, others throw it
 * as it is; Workers name none, so there everything that breaks stays uncertain.
 */
export function brokenBy(error: unknown): { certain: boolean; detail: string } {
  type Cause = { code?: unknown; syscall?: unknown; message?: unknown }
  const thrown = (error instanceof Error ? error : { message: error }) as Cause & { cause?: Cause }
  const cause = thrown.cause ?? thrown
  const code = String(cause.code ?? '')
  const certain = NO_BYTES.has(code) || cause.syscall === 'connect' || /CERT|_TLS_|SSL/.test(code)
  return { certain, detail: code || String(cause.message ?? thrown.message) }
}

/** What comes before a message is sent – a token, an upload – can break as it likes: surely nothing was shown to anybody. */
export async function certainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.certain) throw error
    throw new ConnectorError(error.kind, error.message, { certain: true, retryAfterMs: error.retryAfterMs, cause: error })
  }
}

/** For `JSON.stringify`: half a surrogate pair is no text, and platforms refuse the whole call for it. */
export function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value
}

/** Where the runtime has nothing cheaper. */
export function overFetch(request: typeof fetch): Exchange {
  return async (url, { most, deadlineMs, signal: given, ...init }) => {
    const signal = AbortSignal.any([given, AbortSignal.timeout(deadlineMs)])
    const response = await request(url, { ...init, signal, redirect: 'manual' })
    const { bytes } = await readBounded(response, most)
    return { status: response.status, header: (name) => response.headers.get(name), text: new TextDecoder().decode(bytes) }
  }
}
