// How mail servers are named in the config, and what is said of them, alike for a mailbox that customers write to and one that agents
// answer from.
import { z } from 'zod'
import type { Deps, Health } from '#core/connector.ts'
import type { MailLogin, MailServer } from '#core/mail.ts'
import { type OauthConfig, tokens } from './oauth.ts'

const server = {
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535).optional(),
  /** TLS from the first byte; `false`: STARTTLS. */
  secure: z.boolean().default(true),
  /** Without any TLS: only where the way there is safe by itself. Left out: so towards this machine. */
  plain: z.boolean().optional(),
  /** Whoever signed the server's certificate, if it is not signed for the world. */
  ca: z
    .string()
    .regex(
      /^-----BEGIN CERTIFICATE-----\s[\s\S]+-----END CERTIFICATE-----\s*$/,
      'certificates in PEM: -----BEGIN CERTIFICATE----- … / PEM 格式的证书',
    )
    .optional(),
}
export const imapConfig = z.strictObject({
  ...server,
  user: z.string().min(1).max(320),
  password: z.string().min(1).optional(),
  /** Where mails lie that were sent from other programs; what the server calls so when left out. */
  sent: z.string().min(1).optional(),
})
export const smtpConfig = z.strictObject({ ...server, user: z.string().min(1).max(320).optional(), password: z.string().min(1).optional() })

/** What of a config tells how to sign in. */
export interface Ways {
  address: string
  imap?: z.output<typeof imapConfig>
  smtp?: z.output<typeof smtpConfig>
  oauth?: OauthConfig
}

export function checkLogins({ imap, smtp, oauth }: Omit<Ways, 'address'>, context: z.RefinementCtx): void {
  const say = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  if (imap && !imap.password && !oauth) say(['imap', 'password'], 'a password, or oauth / 需要密码，或填写 oauth')
  if (smtp?.user && !smtp.password && !oauth) say(['smtp', 'password'], 'a password, or oauth / 需要密码，或填写 oauth')
}

export function loginsOf(
  { address: own, imap: mailbox, smtp: relay, oauth }: Ways,
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

export function serverOf(given: z.output<typeof smtpConfig>, tls: number, start: number, login: MailLogin | undefined): MailServer {
  const { host, port, secure, plain, ca } = given
  // Nobody listens on the way to ourselves; who names a certificate, or says that it must be so, wants encryption even there.
  const isHere = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
  const isPlain = !secure && (plain ?? (isHere && ca === undefined))
  return { host, port: port ?? (secure ? tls : start), secure, plain: isPlain, ...(ca && { ca }), ...(login && { login }) }
}

export async function named(way: string, health: Promise<Health>): Promise<Health> {
  const { state, detail } = await health
  return { state, ...(detail && { detail: `${way}: ${detail}` }) }
}

const ORDER: Health['state'][] = ['bad_credentials', 'misconfigured', 'transient', 'connected']

/** Both ways must work; what is wrong with either is told. */
export function worst(found: Health[]): Health {
  const bad = found.filter(({ state }) => state !== 'connected').toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
  const [first] = bad
  if (!first) return { state: 'connected' }
  return { state: first.state, detail: bad.flatMap(({ detail }) => detail ?? []).join(' · ') }
}
