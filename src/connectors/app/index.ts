// App: the company's own server, for its mobile app or any place of its own where customers write. Standard Webhooks both ways.
import { z } from 'zod'
import { type Connector, type Deps, defineConnector, type Health, type WebhookResult } from '#core/connector.ts'
import { isTooDeep } from '#core/depth.ts'
import { ConnectorError } from '#core/errors.ts'
import { healthOf } from '#core/health.ts'
import { isLoopback } from '#platforms/address.ts'
import { loadFile } from '#platforms/file.ts'
import { keyOf, standardWebhooks } from '#platforms/standard-webhooks.ts'
import { type Callback, createCallback } from './callback.ts'
import { decode } from './decode.ts'
import { addressOf, encode } from './encode.ts'

const MB = 1024 * 1024
const TEXT_MAX = 20_000
/** An app may change old messages as long as it likes. */
const YEARS_MS = 10 * 365 * 24 * 3_600_000

const secret = z
  .string()
  .regex(/^whsec_/, 'whsec_ and 24 to 64 random bytes in base64 / whsec_ 加 24 至 64 个随机字节的 base64')
  .refine((value) => keyOf(value) !== undefined, 'whsec_ and 24 to 64 random bytes in base64 / whsec_ 加 24 至 64 个随机字节的 base64')

const config = z.strictObject({
  /** Where our messages go. */
  callbackUrl: z
    .url({ protocol: /^https?$/ })
    .refine(
      (value) => isSafe(value),
      'https, or http on this machine; without user and password / 须为 https（本机可用 http），且不带用户名和密码',
    ),
  /** Signs both ways. Two while one replaces the other: we sign with both and take either. */
  secret: z.union([secret, z.array(secret).min(1).max(2)]),
})

export type AppConfig = z.output<typeof config>

const media = { maxBytes: 20 * MB, captionMax: TEXT_MAX }

export const appConnector = defineConnector({
  type: 'app',
  title: { zh: '自有 App 与服务器', en: 'Your own app or server' },
  docs: 'channels/app.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['secret'],
  capabilities: {
    text: { max: TEXT_MAX, unit: 'utf16', markdown: true },
    media: { image: media, audio: media, video: media, file: media },
    buttons: { max: 100, labelMax: 200, idMaxBytes: 256, links: true },
    location: true,
    senderNames: true,
    multipart: true,
    idempotent: true,
    typing: true,
    edit: { withinMs: YEARS_MS },
    recall: { withinMs: YEARS_MS },
    receipts: ['delivered', 'read'],
  },
  inbound: () => 'webhook',
  create: createApp,
})

function createApp(settings: AppConfig, deps: Deps): Connector {
  const secrets = [settings.secret].flat()
  const webhooks = standardWebhooks(secrets)
  const post = createCallback({ url: settings.callbackUrl, secrets, webhooks, exchange: deps.exchange, now: deps.now })
  const local = isLoopback(new URL(settings.callbackUrl))
  return {
    ...outgoing(post, deps),
    async webhook(request): Promise<WebhookResult> {
      const { id, body } = await webhooks.read(request, deps.now())
      const events = decode(parseBody(body), id, deps.now())
      return { events, response: Response.json({ accepted: events.length }) }
    },
    check: (signal) => check(post, settings, deps, signal),
    media: (ref, signal) => loadFile(ref.id, { fetch: deps.fetch, local }, signal),
  }
}

function parseBody(body: string): unknown {
  if (isTooDeep(body)) throw new ConnectorError('rejected', 'the body is nested too deeply / 正文嵌套过深')
  try {
    return JSON.parse(body)
  } catch {
    throw new ConnectorError('rejected', 'the body is not JSON / 正文不是 JSON')
  }
}

function outgoing(post: Callback, deps: Deps): Pick<Connector, 'send' | 'typing' | 'edit' | 'recall'> {
  const link = (ref: Parameters<NonNullable<Deps['link']>>[0]) => deps.link?.(ref)
  return {
    async send(message, signal) {
      const id = await post(message.key, encode('message', message, link), signal)
      return { externalIds: [id ?? message.key], at: deps.now() }
    },
    async edit(target, message, signal) {
      await post(message.key, { ...encode('edit', message, link), target }, signal)
    },
    async recall(target, to, signal) {
      // The same id for the same recall, and none for its target's: that one was used when the message left.
      const id = `recall_${await digest(target)}`
      await post(id, { type: 'recall', id, ...addressOf(to), target }, signal)
    },
    async typing(to, signal) {
      const id = `typing_${await digest(to.user)}_${deps.now().getTime()}`
      await post(id, { type: 'typing', id, ...addressOf(to) }, signal)
    },
  }
}

/** The app's own ids may be any text; a header takes only letters, and an id of a webhook no full stop. */
async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(bytes.slice(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function check(post: Callback, settings: AppConfig, deps: Deps, signal: AbortSignal): Promise<Health> {
  const id = `ping_${deps.now().getTime()}`
  try {
    await post(id, { type: 'ping', id }, signal)
    return { state: 'connected', account: new URL(settings.callbackUrl).host }
  } catch (error) {
    return healthOf(error)
  }
}

function isSafe(value: string): boolean {
  const url = URL.parse(value)
  return url !== null && url.username === '' && url.password === '' && (url.protocol === 'https:' || isLoopback(url))
}
