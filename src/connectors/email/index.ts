// E-mail. With a mailbox: IMAP in, SMTP out, on runtimes that have sockets. Elsewhere: out by an HTTP mail API; in, Cloudflare's Email
// Routing hands mails to the Worker, or any mail server posts them, signed, to `/hooks/<id>`.
import { z } from 'zod'
import { type Connector, type Deps, defineConnector, type Health, type WebhookResult } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import type { MailLogin, MailServer } from '#core/mail.ts'
import { keyOf, standardWebhooks } from '#platforms/standard-webhooks.ts'
import { mailApi, PROVIDERS, type Provider } from './api.ts'
import { decode, type Envelope } from './decode.ts'
import { encode } from './encode.ts'
import { inbox } from './inbox.ts'
import { oauthConfig, tokens } from './oauth.ts'
import { post } from './post.ts'
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
const server = {
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535).optional(),
  /** TLS from the first byte; `false`: STARTTLS. */
  secure: z.boolean().default(true),
  /** Without any TLS: only where the way there is safe by itself. */
  plain: z.boolean().default(false),
}
const imap = z.strictObject({
  ...server,
  user: z.string().min(1).max(320),
  password: z.string().min(1).optional(),
  /** Where mails lie that were sent from other programs; what the server calls so when left out. */
  sent: z.string().min(1).optional(),
})
const smtp = z.strictObject({ ...server, user: z.string().min(1).max(320).optional(), password: z.string().min(1).optional() })

const config = z
  .strictObject({
    /** Where customers write to, and what our mails are from. */
    address,
    /** Other addresses whose mail arrives here, too. */
    aliases: z.array(address).default([]),
    /** The sender's name on mails that no agent wrote. */
    name: z.string().min(1).max(60).optional(),
    imap: imap.optional(),
    smtp: smtp.optional(),
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
  if (value.imap && !value.imap.password && !value.oauth) say(['imap', 'password'], 'a password, or oauth / 需要密码,或填写 oauth')
  if (value.smtp?.user && !value.smtp.password && !value.oauth) say(['smtp', 'password'], 'a password, or oauth / 需要密码,或填写 oauth')
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
        throw new ConnectorError('unauthorized', 'this channel has no secret, so nobody may post mails / 未设置 secret,不接受推送的邮件')
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
    async media(ref) {
      const [, mime, data] = /^data:([^;,]+);base64,(.*)$/s.exec(ref.id) ?? []
      const bytes = mime ? Buffer.from(data ?? '', 'base64') : await deps.kept?.(ref.id)
      if (!bytes) throw new ConnectorError('rejected', 'this is no file of a mail')
      return new Response(new Uint8Array(bytes), { headers: { 'content-type': mime ?? ref.mime ?? 'application/octet-stream' } })
    },
  }
}

function loginsOf(
  { address: own, imap: mailbox, smtp: relay, oauth }: EmailConfig,
  deps: Deps,
): Record<'imap' | 'smtp', MailLogin | undefined> {
  const token = oauth && tokens(oauth, deps)
  const login = (given: { user?: string; password?: string } | undefined): MailLogin | undefined => {
    if (!given?.user && !token) return undefined
    return { user: given?.user ?? own, ...(given?.password ? { password: given.password } : token && { token }) }
  }
  // Most providers know one password for both ways.
  return { imap: login(mailbox), smtp: login(relay?.user ? relay : mailbox) }
}

function serverOf(given: z.output<typeof smtp>, tls: number, start: number, login: MailLogin | undefined): MailServer {
  const { host, port, secure, plain } = given
  // Nobody listens on the way to ourselves.
  const isHere = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
  return { host, port: port ?? (secure ? tls : start), secure, plain: !secure && (plain || isHere), ...(login && { login }) }
}

async function named(way: string, health: Promise<Health>): Promise<Health> {
  const { state, detail } = await health
  return { state, ...(detail && { detail: `${way}: ${detail}` }) }
}

const ORDER: Health['state'][] = ['bad_credentials', 'misconfigured', 'transient', 'connected']

/** Both ways must work; what is wrong with either is told. */
function worst(found: Health[]): Health {
  const bad = found.filter(({ state }) => state !== 'connected').toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
  const [first] = bad
  if (!first) return { state: 'connected' }
  return { state: first.state, detail: bad.flatMap(({ detail }) => detail ?? []).join(' · ') }
}

function readPosted(body: string): { from?: string; raw: Uint8Array } {
  try {
    const { from, raw } = posted.parse(JSON.parse(body))
    return { from, raw: Buffer.from(raw, 'base64') }
  } catch (error) {
    throw new ConnectorError('rejected', 'the body is not { from, raw } with the mail in base64', { cause: error })
  }
}
