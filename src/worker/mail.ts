// Mail that Cloudflare's Email Routing hands over. Committed before the sending server hears that we took it; whatever we cannot
// take is refused in words, so that its writer learns of it.

import type { EmailConfig, MailConnector } from '#connectors/email/index.ts'
import { readBounded } from '#core/bytes.ts'
import type { Logger } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { App } from '../app.ts'
import type { MailMessage } from './runtime.ts'

/** A Worker has 128 MB, and a mail is there several times while it is read. */
const MAIL_MAX = 10 * 1024 * 1024

export interface MailParts {
  app: Pick<App, 'channels' | 'take'>
  log: Logger
}

export async function takeMail({ app, log }: MailParts, message: MailMessage): Promise<void> {
  const to = plainAddress(message.to)
  const channel = [...app.channels.values()].find(
    ({ definition, settings }) => definition.type === 'email' && (settings as EmailConfig).address === to,
  )
  if (!channel) return refuse(message, log, `550 5.1.1 no channel of ours has the address ${to}`)
  if (message.rawSize > MAIL_MAX) return refuse(message, log, '552 5.3.4 too large: at most 10 MB / 邮件过大，最多 10 MB')
  try {
    const { bytes, cut } = await readBounded(new Response(message.raw), MAIL_MAX)
    if (cut) return refuse(message, log, '552 5.3.4 too large: at most 10 MB / 邮件过大，最多 10 MB')
    const events = await (channel.connector as MailConnector).read(bytes, { from: message.from })
    await app.take(channel.id, events)
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'rejected') return refuse(message, log, `550 5.6.0 ${error.message}`)
    log.error({ channel: channel.id, error: reason(error) }, 'a mail could not be taken; its sender is told')
    refuseLater(message)
  }
}

/** For trouble of ours. The runtime knows no 'come back later', so the writer is asked to. */
export function refuseLater(message: MailMessage): void {
  message.setReject('451 4.3.0 we cannot take mail right now, please send it again later / 暂时无法接收邮件，请稍后重发')
}

function refuse(message: MailMessage, log: Logger, why: string): void {
  log.warn({ to: message.to, why }, 'a mail was refused')
  message.setReject(why)
}

/** `help+tag@example.test` is `help@example.test`. */
function plainAddress(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/\+[^@]*@/, '@')
}
