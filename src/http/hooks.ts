// What platforms call: `/hooks/<channel or desk id>`. Signature first, then commit, then 200.
import { Hono } from 'hono'
import { RequestError } from '#core/errors.ts'
import { channelEvents, deskEvents } from '../pipeline.ts'
import type { HttpParts } from './parts.ts'

/** No platform sends more in one call. */
const MAX_BYTES = 1024 * 1024

export function hookRoutes(parts: HttpParts): Hono {
  const app = new Hono()
  app.on(['GET', 'POST'], '/:id', async (context) => {
    const id = context.req.param('id')
    if (Number(context.req.header('content-length') ?? 0) > MAX_BYTES)
      throw new RequestError(413, 'too_large', `larger than ${MAX_BYTES} bytes`)
    const channel = parts.channels.get(id)
    if (channel?.connector.webhook) {
      const { events, response, inline } = await channel.connector.webhook(context.req.raw)
      if (channel.definition.rings) parts.runner.rang()
      const ids = await parts.runner.accept(channelEvents(id, events, parts.house()))
      return (inline && (await parts.runner.answer(id, ids, inline))) ?? response
    }
    const desk = parts.desks.get(id)?.desk
    if (desk?.webhook) {
      const { events, response } = await desk.webhook(context.req.raw)
      const introduced = await parts.people.introduce(id, events)
      await parts.runner.accept(await deskEvents(parts.database.db, id, introduced, parts.house()))
      return response
    }
    throw new RequestError(404, 'not_found', `no channel or desk ${id} takes calls here`)
  })
  return app
}
