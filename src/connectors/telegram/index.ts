// Telegram: customers write to a bot in a private chat. Long polling where we have no public address, a webhook where we have one.
import { z } from 'zod'
import { type Connector, type Deps, defineConnector, type Health, type Outbound, type WebhookResult } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import { healthOf } from '#core/health.ts'
import { isNotModified, messageIdOf, receiptOf, type Telegram, telegram } from '#platforms/telegram.ts'
import { createPoller, readUpdate, readWebhook, setWebhook, updateIdOf } from '#platforms/telegram-updates.ts'
import { decode } from './decode.ts'
import { encode, envelopeOf, keyboardOf, onlyPart } from './encode.ts'

const MB = 1024 * 1024
const EDIT_MS = 48 * 3_600_000

const config = z
  .strictObject({
    token: z
      .string()
      .regex(/^[A-Za-z0-9:_-]+$/, 'the token as BotFather gave it, like 123456:ABC-def / BotFather 给出的 token，形如 123456:ABC-def'),
    mode: z.enum(['polling', 'webhook']).optional(),
    /** What Telegram sends back in a header of every update, so that nobody else can post them. */
    secret: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,256}$/, '1 to 256 letters, digits, _ or - / 1 至 256 个字母、数字、_ 或 -')
      .optional(),
    apiRoot: z.url().default('https://api.telegram.org'),
    /** How long one poll waits for news. */
    pollSeconds: z.int().min(0).max(50).default(25),
  })
  .refine((value) => value.mode !== 'webhook' || value.secret !== undefined, {
    path: ['secret'],
    message: 'mode webhook needs a secret / webhook 模式需要 secret',
  })

export type TelegramConfig = z.output<typeof config>

export const telegramConnector = defineConnector({
  type: 'telegram',
  title: { zh: 'Telegram', en: 'Telegram' },
  docs: 'channels/telegram.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['token', 'secret'],
  capabilities: {
    text: { max: 4096, unit: 'utf16', markdown: false },
    media: {
      image: { maxBytes: 10 * MB, mimes: ['image/jpeg', 'image/png', 'image/webp'], captionMax: 1024 },
      audio: { maxBytes: 50 * MB, mimes: ['audio/ogg', 'audio/mpeg', 'audio/mp4', 'audio/x-m4a'], captionMax: 1024 },
      video: { maxBytes: 50 * MB, mimes: ['video/mp4'], captionMax: 1024 },
      file: { maxBytes: 50 * MB, captionMax: 1024 },
    },
    buttons: { max: 100, labelMax: 64, idMaxBytes: 64, links: true },
    location: true,
    typing: true,
    edit: { withinMs: EDIT_MS },
    recall: { withinMs: EDIT_MS },
  },
  inbound: (value) => (value.mode === 'webhook' ? 'webhook' : 'poll'),
  create: createTelegram,
})

function createTelegram(settings: TelegramConfig, deps: Deps): Connector {
  const api = telegram({ token: settings.token, apiRoot: settings.apiRoot, fetch: deps.fetch, exchange: deps.exchange })
  return {
    ...incoming(api, settings, deps),
    ...outgoing(api, deps),
    check: (signal) => check(api, settings, signal),
    media: (ref, signal) => api.download(ref.id, signal),
    async acknowledge(callback, signal) {
      await api.call('answerCallbackQuery', { callback_query_id: callback }, signal)
    },
  }
}

function incoming(api: Telegram, settings: TelegramConfig, deps: Deps): Pick<Connector, 'webhook' | 'poll' | 'setup'> {
  const pollOnce = createPoller(api, settings.pollSeconds)
  // One update that cannot be read must not stop all that follow it: it is named in the log and passed over.
  const decodeOrSkip = (raw: unknown): Inbound[] => {
    try {
      return decode(readUpdate(raw), deps.now())
    } catch (error) {
      deps.log.error({ channel: deps.id, update: updateIdOf(raw), error: reason(error) }, 'an update was passed over')
      return []
    }
  }
  return {
    async webhook(request): Promise<WebhookResult> {
      const update = await readWebhook(request, settings.secret)
      return { events: decode(update, deps.now()), response: new Response('ok') }
    },
    async poll(cursor, signal) {
      const polled = await pollOnce(cursor, signal)
      return { events: polled.updates.flatMap(decodeOrSkip), cursor: polled.cursor }
    },
    setup: (url, signal) => setWebhook(api, url, settings.secret, signal),
  }
}

function outgoing(api: Telegram, deps: Deps): Pick<Connector, 'send' | 'typing' | 'edit' | 'recall'> {
  return {
    async send(message, signal) {
      const { method, params } = await encode(onlyPart(message), (ref) => deps.file(ref.id))
      // The method and its parameters belong together by construction, which the type of `call` cannot see.
      const sent = await api.call(method, { ...envelopeOf(message), ...params } as never, signal)
      return receiptOf(sent as unknown as Parameters<typeof receiptOf>[0])
    },
    edit: (externalId, message, signal) => edit(api, externalId, message, signal),
    async recall(externalId, to, signal) {
      await api.call('deleteMessage', { chat_id: to.user, message_id: messageIdOf(externalId) }, signal)
    },
    async typing(to, signal) {
      await api.call('sendChatAction', { chat_id: to.user, action: 'typing' }, signal)
    },
  }
}

async function edit(api: Telegram, externalId: string, message: Outbound, signal: AbortSignal): Promise<void> {
  const part = onlyPart(message)
  const target = { chat_id: message.to.user, message_id: messageIdOf(externalId) }
  try {
    if (part.type === 'text') await api.call('editMessageText', { ...target, text: part.text }, signal)
    else if (part.type === 'buttons') {
      await api.call('editMessageText', { ...target, text: part.text, reply_markup: keyboardOf(part.buttons) }, signal)
    } else if (part.type === 'media') await api.call('editMessageCaption', { ...target, caption: part.caption ?? '' }, signal)
    else throw new ConnectorError('unsupported', `a ${part.type} cannot be edited on Telegram`)
  } catch (error) {
    if (!isNotModified(error)) throw error
  }
}

/** In webhook mode also what Telegram met when it last called us: nobody else can know. */
async function check(api: Telegram, settings: TelegramConfig, signal: AbortSignal): Promise<Health> {
  const health = await api.check(signal)
  if (health.state !== 'connected' || settings.mode !== 'webhook') return health
  try {
    const info = await api.call('getWebhookInfo', {}, signal)
    return info.last_error_message ? { ...health, detail: `webhook: ${info.last_error_message}` } : health
  } catch (error) {
    return healthOf(error)
  }
}
