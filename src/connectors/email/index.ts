// E-mail. With a mailbox: IMAP in, SMTP out, on runtimes that have sockets. Elsewhere: out by an HTTP mail API; in, Cloudflare's Email
// Routing hands mails to the Worker, or any mail server posts them, signed, to `/hooks/<id>`.
import { z } from 'zod'
import { type Connector, type Deps, defineConnector, type WebhookResult } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import { openFile } from '#platforms/mail/files.ts'
import { oauthConfig } from '#platforms/mail/oauth.ts'
import { post } from '#platforms/mail/post.ts'
import { checkLogins, imapConfig, loginsOf, named, serverOf, smtpConfig, worst } from '#platforms/mail/settings.ts'
import { keyOf, standardWebhooks } from '#platforms/standard-webhooks.ts'
import { mailApi, PROVIDERS, type Provider } from './api.ts'
import { decode, type Envelope } from './decode.ts'
import { encode } from './encode.ts'
import { inbox } from './inbox.ts'
import { replyAddress } from './reply-address.ts'

const MB = 1024 * 1024
/** No mail is cut for its length; nobody writes longer ones. */
const TEXT_MAX = 50_000

const api = z.strictObject({
  provider: z.enum(Object.keys(PROVIDERS) as [Provider, ...Provider[]]),
  key: z.string().min(1),
  apiRoot: z.url({ protocol: /^https?$/ }).optional(),
})

const address = z.email().toLowerCase()
const config = z
  .strictObject({
    /** Where customers write to, and what our mails are from. */
    address,
    /** Other addresses whose mail arrives here, too. */
    aliases: z.array(address).default([]),
    /** The sender's name on mails that no agent wrote. */
    name: z.string().min(1).max(60).optional(),
    imap: imapConfig.optional(),
    smtp: smtpConfig.optional(),
    /** Instead of passwords. */
    oauth: oauthConfig.optional(),
    api: api.optional(),
    /** Answers come back to `address+…@`, signed. */
    plusReplies: z.boolean().default(false),
    answersPerHour: z.int().min(1).max(1000).default(20),
    /** Signs mails that are posted to us. */
    secret: z
      .string()
      .refine((value) => keyOf(value) !== undefined, 'whsec_ and 24 to 64 random bytes in base64 / whsec_ 加 24 至 64 个随机字节的 base64')
      .optional(),
  })
  .superRefine(checkWays)

export type EmailConfig = z.output<typeof config>

function checkWays(value: Pick<EmailConfig, 'api' | 'smtp' | 'imap' | 'oauth'>, context: z.RefinementCtx): void {
  const say = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  if (!value.api && !value.smtp) say([], 'how do mails go out: smtp or api? / 需要 smtp 或 api 用于发信')
  if (value.api && value.smtp) say(['api'], 'either api or smtp, not both / api 与 smtp 只能填一个')
  checkLogins(value, context)
}

// What the smaller of the providers takes, after base64 makes it a third larger.
const media = { maxBytes: 7 * MB, captionMax: TEXT_MAX }

export const emailConnector = defineConnector({
  type: 'email',
  title: { zh: '电子邮件', en: 'E-mail' },
  docs: 'channels/email.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['imap', 'smtp', 'oauth', 'api', 'secret'],
  capabilities: {
    text: { max: TEXT_MAX, unit: 'utf16', markdown: false },
    media: { image: media, audio: media, video: media, file: media },
    senderNames: true,
    multipart: true,
  },
  inbound: ({ imap: mailbox }) => (mailbox ? 'poll' : 'webhook'),
  recalls: true,
  create: createEmail,
})

/** What the connector of this type can besides: some runtimes are handed whole mails. */
export interface MailConnector extends Connector {
  read(raw: Uint8Array, envelope: Envelope): Promise<Inbound[]>
}

const posted = z.strictObject({ from: z.string().max(1000).optional(), raw: z.base64() })

function createEmail(settings: EmailConfig, deps: Deps): MailConnector {
  const { imap: mailbox, smtp: relay, api: provider, secret, plusReplies } = settings
  const logins = loginsOf(settings, deps)
  const box = mailbox && inbox({ server: serverOf(mailbox, 993, 143, logins.imap), mailbox: settings, sent: mailbox.sent, deps })
  const relayed = relay && post(serverOf(relay, 465, 587, logins.smtp), deps)
  const posting = provider && mailApi({ ...provider, exchange: deps.exchange })
  const hooks = secret ? standardWebhooks([secret]) : undefined
  const writer = {
    ...settings,
    textMax: TEXT_MAX,
    recall: deps.recall,
    replyTo: async (key: string) => (plusReplies && deps.secret ? replyAddress(settings.address, key, deps.secret) : undefined),
  }
  const read = (raw: Uint8Array, envelope: Envelope) => decode(raw, envelope, settings, { ...deps, now: deps.now() })
  return {
    // Resend keeps an Idempotency-Key for a day; Postmark has none. Of mails with the same Message-ID most mailboxes show one; not all.
    idempotent: provider?.provider === 'resend',
    read,
    async webhook(request): Promise<WebhookResult> {
      if (!hooks)
        throw new ConnectorError('unauthorized', 'this channel has no secret, so nobody may post mails / 未设置 secret，不接受推送的邮件')
      const { body } = await hooks.read(request, deps.now())
      const { from, raw } = readPosted(body)
      return { events: await read(raw, { from }), response: new Response('ok') }
    },
    ...(box && { poll: box.poll }),
    async send(message, signal) {
      const letter = await encode(message, writer, (ref) => deps.file(ref.id))
      const id = posting && (await posting.send(letter, signal))
      await relayed?.send(letter, signal)
      // Ours too: where the provider keeps it, answers and bounces name it.
      return { externalIds: [...(id ? [id] : []), letter.messageId], at: deps.now() }
    },
    async check(signal) {
      const found = await Promise.all([
        posting?.check(signal),
        box && named('IMAP', box.check(signal)),
        relayed && named('SMTP', relayed.check(signal)),
      ])
      return { ...worst(found.filter((one) => one !== undefined)), account: settings.address }
    },
    media: (ref) => openFile(ref, deps),
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
