// The mailbox that customers write to: what arrives in it is theirs, and what people of ours sent from other programs is ours.
import type { Deps } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import type { MailServer } from '#core/mail.ts'
import { type Mailbox as Box, INBOX, type Mail, mailbox as openMailbox } from '#platforms/mail/mailbox.ts'
import { anonymous, decode, decodeSent, type Mailbox, type Reader } from './decode.ts'

export interface InboxOptions {
  server: MailServer
  mailbox: Mailbox
  /** Absent: what the server calls so. */
  sent: string | undefined
  deps: Deps
}

export function inbox({ server, mailbox, sent, deps }: InboxOptions): Box<Inbound> {
  const reading = () => {
    const recall = remembering(deps)
    return async (mail: Mail) => {
      const found = await readOne(mail, mailbox, { ...deps, now: mail.at, recall })
      for (const event of found) recall?.add(event)
      return mail.cut === undefined ? found : found.map((event) => shortened(event, mail.cut ?? 0))
    }
  }
  return openMailbox({ server, sent, deps, reading })
}

async function readOne({ folder, raw }: Mail, mailbox: Mailbox, reader: Reader): Promise<Inbound[]> {
  try {
    return folder === INBOX ? await decode(raw, {}, mailbox, reader) : await decodeSent(raw, mailbox, reader)
  } catch (error) {
    // A store that is away is no fault of the mail: it comes again.
    if (!(error instanceof ConnectorError) || error.kind !== 'rejected') throw error
    return folder === INBOX ? anonymous(raw, error.message, mailbox, reader) : []
  }
}

function shortened(event: Inbound, bytes: number): Inbound {
  if (event.type !== 'message') return event
  const size = `${Math.round(bytes / 1024 / 1024)} MB`
  const text = `[邮件共 ${size}，这里只有开头，全文在邮箱中 / a mail of ${size}: this is its beginning, the whole is in the mailbox]`
  return { ...event, parts: [...event.parts.filter(({ type }) => type === 'text'), { type: 'text', text }] }
}

/** What is on record, and what was read just now and will be. */
function remembering({ recall }: Deps): (NonNullable<Deps['recall']> & { add(event: Inbound): void }) | undefined {
  if (!recall) return undefined
  const read = new Map<string, Inbound>()
  const people = new Map<string, number>()
  return {
    last: recall.last,
    async answered(user, since) {
      return (await recall.answered(user, since)) + (people.get(user) ?? 0)
    },
    async whose(ids) {
      const known = await recall.whose(ids.filter((id) => !read.has(id)))
      for (const id of ids) {
        const event = read.get(id)
        if (event) known.set(id, { address: event.from, raw: event.raw })
      }
      return known
    },
    add(event) {
      read.set(event.externalId, event)
      if (event.type === 'message' && !event.automatic) people.set(event.from.user, (people.get(event.from.user) ?? 0) + 1)
    },
  }
}
