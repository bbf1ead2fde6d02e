// A bare grammY bot behind a webhook: answers every text with the same words, and stores nothing.
import { serve } from '@hono/node-server'
import { Bot, webhookCallback } from 'grammy'
import { Hono } from 'hono'

const { PORT = '', SECRET = '', TOKEN = '', ANSWER = '', API_ROOT = '' } = process.env
const bot = new Bot(TOKEN, { client: { apiRoot: API_ROOT } })
bot.on('message:text', (context) => context.reply(ANSWER))
bot.catch(({ error }) => process.stderr.write(`${error}\n`))
await bot.init()

const app = new Hono()
app.get('/healthz', (context) => context.text('ok'))
app.post('/hooks/tg', webhookCallback(bot, 'hono', { secretToken: SECRET }))
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(PORT) })
