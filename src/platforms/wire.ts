// Short calls to somebody else's server: one request, one answer, and what a broken call tells.
import { readBounded } from '#core/bytes.ts'
import type { Answer, Ask, Exchange } from '#core/connector.ts'

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

export interface Call extends Omit<Ask, 'most'> {
  deadlineMs: number
  most?: number
}

/** Asks within a deadline. Throws nothing but `NoAnswer`. */
export async function ask(exchange: Exchange, url: string, { signal, deadlineMs, most = MOST, ...call }: Call): Promise<Answer> {
  const bounded = within(signal, deadlineMs)
  try {
    return await exchange(url, { ...call, most, signal: bounded.signal })
  } catch (error) {
    throw noAnswer(error, bounded.signal)
  } finally {
    bounded.end()
  }
}

/** `signal`, and an end after `ms`. `AbortSignal.any` would be shorter, and costs more than the rest of a call. */
function within(signal: AbortSignal, ms: number): { signal: AbortSignal; end(): void } {
  const own = new AbortController()
  const stop = () => own.abort(signal.reason)
  const timer = setTimeout(() => own.abort(new DOMException('no answer in time', 'TimeoutError')), ms)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  return {
    signal: own.signal,
    end() {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    },
  }
}

/** What a call threw, as `NoAnswer`. */
export function noAnswer(error: unknown, signal: AbortSignal): NoAnswer {
  if (!signal.aborted) {
    const { certain, detail } = brokenBy(error)
    return new NoAnswer('broken', certain, detail)
  }
  const late = (signal.reason as Error | undefined)?.name === 'TimeoutError'
  return new NoAnswer(late ? 'late' : 'stopped', false, late ? 'no answer in time' : 'stopped while waiting')
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

/** Where the runtime has nothing cheaper. */
export function overFetch(request: typeof fetch): Exchange {
  return async (url, { most, ...init }) => {
    const response = await request(url, { ...init, redirect: 'manual' })
    const { bytes } = await readBounded(response, most)
    return { status: response.status, header: (name) => response.headers.get(name), text: new TextDecoder().decode(bytes) }
  }
}
