// E-mail. Out: an HTTP mail API. In: Cloudflare's Email Routing hands mails to the Worker, or any mail server posts them, signed,
// to `/hooks/<id>`.
import { z } from 'zod'
import { type Connector, type Deps, defineConnector, type WebhookResult } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { keyOf, standardWebhooks } from '#platforms/standard-webhooks.ts'
import { mailApi, PROVIDERS, type Provider } from './api.ts'
import { decode } from './decode.ts'
import { encode } from './encode.ts'

const MB = 1024 * 1024
/** No mail is cut for its length; nobody writes longer ones. */
const TEXT_MAX = 50_000

const api = z.strictObject({
  provider: z.enum(Object.keys(PROVIDERS) as [Provider, ...Provider[]]),
  key: z.string().min(1),
  apiRoot: z.url({ protocol: /^https?$/ }).optional(),
})

const config = z.strictObject({
  /** Where customers write to, and what our mails are from. */
  address: z.email().toLowerCase(),
  /** The sender's name on mails that no agent wrote. */
  name: z.string().min(1).max(60).optional(),
  api,
  /** Signs mails that are posted to us. */
  secret: z
    .string()
    .refine((value) => keyOf(value) !== undefined, 'whsec_ and 24 to 64 random bytes in base64 / whsec_ 加 24 至 64 个随机字节的 base64')
    .optional(),
})

export type EmailConfig = z.output<typeof config>

// What the smaller of the providers takes, after base64 makes it a third larger.
const media = { maxBytes: 7 * MB, captionMax: TEXT_MAX }

export const emailConnector = defineConnector({
  type: 'email',
  title: { zh: '电子邮件', en: 'E-mail' },
  docs: 'channels/email.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['api', 'secret'],
  capabilities: {
    text: { max: TEXT_MAX, unit: 'utf16', markdown: false },
    media: { image: media, audio: media, video: media, file: media },
    senderNames: true,
    multipart: true,
  },
  inbound: () => 'webhook',
  create: createEmail,
})

const posted = z.strictObject({ from: z.string().max(1000).optional(), raw: z.base64() })

function createEmail(settings: EmailConfig, deps: Deps): Connector {
  const provider = mailApi({ ...settings.api, exchange: deps.exchange })
  const hooks = settings.secret ? standardWebhooks([settings.secret]) : undefined
  return {
    // Resend keeps an Idempotency-Key for a day; Postmark has none.
    idempotent: settings.api.provider === 'resend',
    async webhook(request): Promise<WebhookResult> {
      if (!hooks)
        throw new ConnectorError('unauthorized', 'this channel has no secret, so nobody may post mails / 未设置 secret,不接受推送的邮件')
      const { body } = await hooks.read(request, deps.now())
      const { from, raw } = readPosted(body)
      return { events: await decode(raw, { from }, settings, deps.now()), response: new Response('ok') }
    },
    async send(message, signal) {
      const letter = await encode(message, { ...settings, textMax: TEXT_MAX }, (ref) => deps.file(ref.id))
      const id = await provider.send(letter, signal)
      // Ours too: where the provider keeps it, answers and bounces name it.
      return { externalIds: [id, letter.messageId], at: deps.now() }
    },
    async check(signal) {
      return { ...(await provider.check(signal)), account: settings.address }
    },
    async media(ref) {
      const [, mime, data] = /^data:([^;,]+);base64,(.*)$/s.exec(ref.id) ?? []
      if (!mime || data === undefined) throw new ConnectorError('rejected', 'this is no file of a mail')
      return new Response(Buffer.from(data, 'base64'), { headers: { 'content-type': mime } })
    },
  }
}

function readPosted(body: string): { from?: string; raw: Uint8Array } {
  try {
    const { from, raw } = posted.parse(JSON.parse(body))
    return { from, raw: Buffer.from(raw, 'base64') }
  } catch (error) {
    throw new ConnectorError('rejected', 'the body is not { from, raw } with the mail in base64', { cause: error })
  }
}
