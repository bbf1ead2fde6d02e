// Every answer that is not 2xx has one shape, and tells what was wrong and nothing of how we are built.
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { ConnectorError, DATABASE_AWAY, RequestError, reason } from '#core/errors.ts'
import { isAway } from '#store/events.ts'
import type { HttpParts } from './parts.ts'

export function renderError(error: Error, context: Context, parts: Pick<HttpParts, 'log'>): Response {
  if (error instanceof RequestError && error.retryAfterSeconds) context.header('retry-after', String(error.retryAfterSeconds))
  if (error instanceof RequestError) return problem(context, error.status, error.code, error.message)
  if (error instanceof ConnectorError) {
    const status = error.kind === 'unauthorized' ? 401 : error.message.startsWith('larger than') ? 413 : 400
    return problem(context, status, error.kind, error.message)
  }
  if (error instanceof HTTPException) return problem(context, error.status, 'http', error.message || 'refused')
  parts.log.error({ path: context.req.path, error: error.stack ?? reason(error) }, 'a request failed')
  context.header('retry-after', '2')
  if (isAway(error)) return problem(context, 503, DATABASE_AWAY.reason, DATABASE_AWAY.message)
  return problem(context, 503, 'unavailable', 'Something is wrong on our side; try again shortly. / 服务暂时不可用，请稍后再试。')
}

export function problem(context: Context, status: number, code: string, message: string): Response {
  return context.json({ error: { code, message } }, status as 400)
}
