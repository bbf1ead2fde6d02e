// The limit of intake: the same HTTP library, the same secret, the same body read and parsed; nothing is checked further or stored.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const { PORT, SECRET } = process.env
const app = new Hono()
app.get('/healthz', (context) => context.text('ok'))
app.post('/hooks/tg', async (context) => {
  if (context.req.header('x-telegram-bot-api-secret-token') !== SECRET) return context.text('no', 401)
  const update = (await context.req.json()) as { update_id?: number }
  return update.update_id ? context.text('ok') : context.text('no', 400)
})
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) })
