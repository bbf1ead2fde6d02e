// E-mail as agents' desk: they answer from their own inbox. A conversation is one mail thread for each agent who is told of it. Mail
// costs attention, so it is quiet: whoever may take a conversation gets its card once, only the owner gets the customer's further
// words, several at a time, and what the house tells itself goes along or not at all.
import { z } from 'zod'
import type { Deps, Health } from '#core/connector.ts'
import { type Desk, defineDesk, type Thread } from '#core/desk.ts'
import type { Locale } from '#core/message.ts'
import { openFile } from '#platforms/mail/files.ts'
import { mailbox } from '#platforms/mail/mailbox.ts'
import { oauthConfig } from '#platforms/mail/oauth.ts'
import { post } from '#platforms/mail/post.ts'
import { checkLogins, imapConfig, loginsOf, named, serverOf, smtpConfig, worst } from '#platforms/mail/settings.ts'
import { complaintOf, plusTemplate, sealer, threadOf } from './address.ts'
import { books } from './books.ts'
import { decode } from './decode.ts'
import { pace } from './pace.ts'
import type { Sender } from './send.ts'
import { createThreads } from './threads.ts'
import { TEXT_MAX } from './words.ts'

const config = z
  .strictObject({
    /** What our mails are from, and where answers come back to: a mailbox of its own. */
    address: z.email().toLowerCase(),
    name: z.string().min(1).max(60).optional(),
    imap: imapConfig.omit({ sent: true }),
    smtp: smtpConfig,
    oauth: oauthConfig.optional(),
    /** Where the server knows no `desk+…@`: another address that leads here, with `{key}` in it. */
    replyTo: z.string().max(254).optional(),
    /** Is the signed address enough, or must the mail come from the agent's own address, too? */
    authentication: z.enum(['hmac', 'hmac+from']).default('hmac+from'),
    answerDays: z.int().min(1).max(3650).default(90),
    subject: z.enum(['title', 'reference']).default('title'),
    mails: z.enum(['needed', 'all']).default('needed'),
    gatherSeconds: z.number().min(0).max(120).default(8),
    mailsPerMinute: z.int().min(1).max(1000).default(20),
    waitSeconds: z.number().min(0).max(20).default(20),
    locale: z.enum(['zh', 'en']).optional(),
  })
  .superRefine((value, context) => {
    checkLogins(value, context)
    const complaint = complaintOf(value.replyTo ?? plusTemplate(value.address))
    if (complaint) context.addIssue({ code: 'custom', path: ['replyTo'], message: complaint })
  })

type Config = z.output<typeof config>

export const emailDesk = defineDesk({
  type: 'email',
  title: { zh: '电子邮件', en: 'E-mail' },
  docs: 'desks/email.md',
  runtimes: ['node'],
  config,
  secrets: ['imap', 'smtp', 'oauth'],
  capabilities: {
    text: { max: TEXT_MAX, unit: 'utf16' },
    buttons: { max: 20, labelMax: 60, idMaxBytes: 200 },
    media: { maxBytes: 20 * 1024 * 1024 },
    whisper: true,
    ownThreads: true,
    addressed: true,
  },
  inbound: () => 'poll',
  recalls: true,
  person: z.email('an address of a mailbox / 邮箱地址'),
  create: createDesk,
})

function createDesk(settings: Config, deps: Deps & { locale: Locale }): Desk {
  const { address, authentication, answerDays } = settings
  const logins = loginsOf(settings, deps)
  const seals = sealer({ address, template: settings.replyTo ?? plusTemplate(address), secret: deps.secret ?? crypto.randomUUID() })
  const records = books(deps.memory)
  const relay = post(serverOf(settings.smtp, 465, 587, logins.smtp), deps)
  const locale = settings.locale ?? deps.locale
  const sender: Sender = {
    address,
    name: settings.name ?? (locale === 'zh' ? '客服坐席' : 'Frontdesk'),
    locale,
    subject: settings.subject,
    post: relay,
    sealer: seals,
    books: records,
    pace: pace(settings.mailsPerMinute, deps.now),
    deps,
    done: new Map(),
  }
  const threads = createThreads(sender, settings.mails)
  const reading = { ...deps, address, authentication, answerDays, sealer: seals, books: records, onDeed: threads.acted }
  const box = mailbox({
    server: serverOf(settings.imap, 993, 143, logins.imap),
    sent: null,
    deps,
    waitMs: settings.waitSeconds * 1_000,
    reading: () => (mail) => decode(mail, reading),
  })
  return {
    gatherMs: settings.gatherSeconds * 1_000,
    poll: box.poll,
    open: async (card, key, signal): Promise<Thread> => ({
      thread: await threads.open(await threadOf(key), card, key, signal),
      cardId: key,
    }),
    post: threads.post,
    update: ({ thread }, card, signal) => threads.update(thread, card, signal),
    whisper: threads.whisper,
    offer: threads.offer,
    check: async (signal) => ({ ...(await checked(box.check(signal), relay.check(signal))), account: address }),
    media: (ref) => openFile(ref, deps),
  }
}

async function checked(reads: Promise<Health>, writes: Promise<Health>): Promise<Health> {
  return worst(await Promise.all([named('IMAP', reads), named('SMTP', writes)]))
}
