// The Vercel Chat SDK behind a webhook, its state in PostgreSQL: answers every direct message with the same words.
// Not TypeScript: its packages are only there once the bench has installed them.
import { createPostgresState } from '@chat-adapter/state-pg'
import { createTelegramAdapter } from '@chat-adapter/telegram'
import { serve } from '@hono/node-server'
import { Chat, ConsoleLogger } from 'chat'
import { Hono } from 'hono'
import pg from 'pg'

const { PORT, SECRET, TOKEN, ANSWER, API_ROOT, DATABASE_URL } = process.env
const logger = new ConsoleLogger('error')
const bot = new Chat({
  userName: 'shop_bot',
  logger: 'error',
  // Its default drops what comes while a handler runs.
  concurrency: 'queue',
  adapters: { telegram: createTelegramAdapter({ botToken: TOKEN, secretToken: SECRET, apiUrl: API_ROOT, mode: 'webhook', logger }) },
  // As many connections as Frontdesk takes.
  state: createPostgresState({ client: new pg.Pool({ connectionString: DATABASE_URL, max: 12 }), logger }),
})
bot.onDirectMessage(async (thread) => {
  await thread.post(ANSWER)
})
await bot.initialize()

const app = new Hono()
app.get('/healthz', (context) => context.text('ok'))
app.post('/hooks/tg', (context) => bot.webhooks.telegram(context.req.raw, { waitUntil: (task) => void task.catch(() => undefined) }))
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) })
