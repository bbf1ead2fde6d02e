// All routes, and what every answer carries.
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { WSContext } from 'hono/ws'
import { RequestError } from '#core/errors.ts'
import { createPlaces, type Places } from '#core/places.ts'
import { type ChatLine, catchUp, type LineParts, receive, type Wire } from './chat/line.ts'
import { chatRoutes } from './chat/routes.ts'
import { consoleRoutes } from './console/routes.ts'
import { stay } from './console/socket.ts'
import { problem, renderError } from './errors.ts'
import { healthRoutes } from './health.ts'
import { hookRoutes } from './hooks.ts'
import { limit } from './limits.ts'
import { openApi } from './openapi.ts'
import type { HttpParts } from './parts.ts'

/** What `Rooms` ask of us: each is one turn, whoever holds the socket. */
export interface Lines {
  /** See `receive` and `catchUp` in chat/line.ts. */
  receive(line: ChatLine, wire: Wire, data: unknown): Promise<boolean>
  catchUp(line: ChatLine, wire: Wire, again: boolean): Promise<void>
  /** Still signed in? Counts as a sign of life. */
  stay(session: string): Promise<boolean>
}

/** How many pages are read to at once: half of the connections stay for what comes in and for agents. */
const READS = { postgresql: 6, embedded: 1 }

export interface Http {
  app: Hono
  lines: Lines
  /** Tells every open browser to come back: another process, or this one again, answers. */
  closeSockets(): void
}

export function createHttp(parts: HttpParts): Http {
  const app = new Hono()
  const sockets = new Set<WSContext>()
  // Where no process lives longer than a request, nobody may wait for another one.
  const reads: Places = parts.upgrade ? createPlaces(READS[parts.database.kind]) : (task) => task()
  const chat: LineParts = { ...parts, sends: limit(100, 10), reads }
  app.onError((error, context) => renderError(error, context, parts))
  app.notFound((context) => problem(context, 404, 'not_found', 'Not found. / 未找到。'))
  // First, and so free of what follows: platforms are no browsers, and call more often than anybody.
  app.route('/hooks', hookRoutes(parts))
  // PostgreSQL has no NUL in texts, and no name of ours has one either.
  app.use('*', (context, next) => {
    if (/%00/.test(context.req.url)) throw new RequestError(400, 'invalid', 'NUL is no letter of an address')
    return next()
  })
  // Pages set their own policy for frames and scripts; these hold everywhere a browser goes.
  const headers = secureHeaders({
    xFrameOptions: false,
    crossOriginResourcePolicy: false,
    crossOriginOpenerPolicy: false,
    strictTransportSecurity: parts.publicUrl?.protocol === 'https:',
  })
  app.use('*', headers)
  app.route('/', healthRoutes(parts))
  app.route('/chat/v1', chatRoutes(chat, sockets))
  app.route('/console/api', consoleRoutes({ ...parts, reads }, sockets))
  app.get('/api/openapi.json', (context) => context.json(openApi(parts.publicUrl)))
  parts.statics?.(app)
  return {
    app,
    lines: {
      receive: (line, wire, data) => receive(chat, line, wire, data),
      catchUp: (line, wire, again) => catchUp(chat, line, wire, again),
      stay: (session) => stay(parts, session),
    },
    closeSockets() {
      for (const socket of sockets) socket.close(1012, 'restarting')
    },
  }
}
