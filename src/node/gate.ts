// What stands between the port and the house: while the house ends, or while it could not keep what it is given, callers hear 503
// and come again. Platforms repeat their calls, the widget and the console try again: nothing is lost by it.
import { DATABASE_AWAY } from '#core/errors.ts'
import type { Pulse } from './pulse.ts'

/** Why nothing new is taken. */
export interface Closed {
  /** For scripts: `/readyz` says it. */
  reason: 'stopping' | 'disk_full' | 'database_away'
  message: string
  retryAfterSeconds: number
  /** Reading does no harm and goes on. */
  readable: boolean
}

export const STOPPING: Closed = {
  reason: 'stopping',
  message: 'This process is ending; try again. / 服务正在重启，请重试。',
  retryAfterSeconds: 1,
  readable: false,
}

export const DISK_FULL: Closed = {
  reason: 'disk_full',
  message: 'There is no room left to keep messages; try again shortly. / 存储空间不足，请稍后再试。',
  retryAfterSeconds: 5,
  readable: true,
}

const AWAY: Closed = { ...DATABASE_AWAY, readable: true }

type Fetch = (request: Request, ...rest: never[]) => Response | Promise<Response>

/** `closed` is asked for each request. Who waits for a database that fell silent hears so (`pulse`); what they asked may be done all the same, as when an answer is lost. */
export function behindGate<F extends Fetch>(inner: F, closed: () => Closed | undefined, pulse?: Pulse): F {
  const pass: Fetch = (request, ...rest) => {
    const response = inner(request, ...rest)
    return pulse && response instanceof Promise ? pulse.orAway(response, () => refuse(AWAY, request)) : response
  }
  const gate = (request: Request, ...rest: never[]) => {
    const why = closed() ?? (pulse?.isAway() ? AWAY : undefined)
    if (!why) return pass(request, ...rest)
    const { pathname } = new URL(request.url)
    // The process lives: a supervisor that asks must not end it a second time.
    if (pathname === '/healthz' || pathname === '/metrics') return inner(request, ...rest)
    if (why.readable && pathname !== '/readyz' && (request.method === 'GET' || request.method === 'HEAD')) return pass(request, ...rest)
    return refuse(why, request)
  }
  return gate as F
}

function refuse(why: Closed, request: Request): Response {
  if (new URL(request.url).pathname === '/readyz') return answer(why, { ready: false, reason: why.reason })
  return answer(why, { error: { code: why.reason, message: why.message } })
}

function answer({ retryAfterSeconds, readable }: Closed, body: object): Response {
  const headers = { 'retry-after': String(retryAfterSeconds), 'cache-control': 'no-store' }
  // Whoever keeps a connection to an ending process would hit it again.
  return Response.json(body, { status: 503, headers: readable ? headers : { ...headers, connection: 'close' } })
}
