// All routes, and what every answer carries.
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { WSContext } from 'hono/ws'
import { RequestError } from '#core/errors.ts'
import { chatRoutes } from './chat/routes.ts'
import { consoleRoutes } from './console/routes.ts'
import { problem, renderError } from './errors.ts'
import { healthRoutes } from './health.ts'
import { hookRoutes } from './hooks.ts'
import { openApi } from './openapi.ts'
import type { HttpParts } from './parts.ts'

export interface Http {
  app: Hono
  /** Tells every open browser to come back: another process, or this one again, answers. */
  closeSockets(): void
}

export function createHttp(parts: HttpParts): Http {
  const app = new Hono()
  const sockets = new Set<WSContext>()
  // PostgreSQL has no NUL in texts, and no name of ours has one either.
  app.use('*', (context, next) => {
    if (/%00/.test(context.req.url)) throw new RequestError(400, 'invalid', 'NUL is no letter of an address')
    return next()
  })
  // Pages set their own policy for frames and scripts; these hold everywhere.
  app.use(
    '*',
    secureHeaders({
      xFrameOptions: false,
      crossOriginResourcePolicy: false,
      crossOriginOpenerPolicy: false,
      strictTransportSecurity: parts.publicUrl?.protocol === 'https:',
    }),
  )
  app.onError((error, context) => renderError(error, context, parts))
  app.notFound((context) => problem(context, 404, 'not_found', 'Not found. / 未找到。'))
  app.route('/', healthRoutes(parts))
  app.route('/hooks', hookRoutes(parts))
  app.route('/chat/v1', chatRoutes(parts, sockets))
  app.route('/console/api', consoleRoutes(parts, sockets))
  app.get('/api/openapi.json', (context) => context.json(openApi(parts.publicUrl)))
  parts.statics?.(app)
  return {
    app,
    closeSockets() {
      for (const socket of sockets) socket.close(1012, 'restarting')
    },
  }
}
