// The one error of connectors and desks, and the rule for what happens next.

/**
 * - `rate_limited`: wait `retryAfterMs`, then the same again.
 * - `unauthorized`: the credentials are wrong; the channel pauses and the admin is told.
 * - `window_closed`: the platform's service window is over (WeChat 48 h); final for this message.
 * - `recipient_gone`: blocked us, left, does not exist; final.
 * - `thread_gone`: a desk's thread was deleted by somebody; the core opens a new one and posts again.
 * - `rejected`: the platform read the message and refuses it; final.
 * - `unsupported`: this channel cannot do that; final.
 * - `transient`: broken connection, time-out, 5xx; tried again as `certain` allows.
 */
export type ErrorKind =
  | 'rate_limited'
  | 'unauthorized'
  | 'window_closed'
  | 'recipient_gone'
  | 'thread_gone'
  | 'rejected'
  | 'unsupported'
  | 'transient'

export interface ErrorDetails {
  retryAfterMs?: number
  /** Did the platform surely NOT take the message? `false` means: it may have. Defaults to true except for `transient`. */
  certain?: boolean
  cause?: unknown
}

/**
 * The only error that a connector or a desk throws on purpose. Its message is shown to agents and written to logs:
 * it holds no secret, no token and no URL with one in it.
 */
export class ConnectorError extends Error {
  readonly kind: ErrorKind
  readonly retryAfterMs: number | undefined
  readonly certain: boolean

  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.name = 'ConnectorError'
    this.kind = kind
    this.retryAfterMs = details.retryAfterMs
    this.certain = details.certain ?? kind !== 'transient'
  }
}

/** What callers hear while nobody can write: one word for it, whoever finds out. */
export const DATABASE_AWAY = {
  reason: 'database_away',
  message: 'The database does not answer; try again shortly. / 数据库没有应答，请稍后再试。',
  retryAfterSeconds: 2,
} as const

/** The conversation now belongs elsewhere in the desk: the core opens a thread there at once, instead of at the next words. */
export class ThreadMoved extends ConnectorError {
  constructor(message: string) {
    super('thread_gone', message)
  }
}

/** A file that goes with words is not here yet (`transient`), or cannot be had at all: whom the words are for is not to blame. */
export class FileMissing extends ConnectorError {
  readonly file: string
  readonly why: string

  constructor(file: string, why: string, { isFinal, cause }: { isFinal: boolean; cause?: unknown }) {
    super(isFinal ? 'rejected' : 'transient', `the file ${file} could not be fetched: ${why}`, { certain: true, cause })
    this.file = file
    this.why = why
  }
}

/** What a person or a script did wrong, with an HTTP status, a stable code and words in both languages. */
export class RequestError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 503
  readonly code: string
  /** When it makes sense to try again. */
  readonly retryAfterSeconds: number | undefined

  constructor(status: RequestError['status'], code: string, message: string, retryAfterSeconds?: number) {
    super(message)
    this.name = 'RequestError'
    this.status = status
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The text of anything thrown, for logs and `last_error` columns. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
