// One mail as it came over the wire, as inbound events. Whatever a mail is made of, it becomes something visible.
import PostalMime, { type Attachment, type Email } from 'postal-mime'
import { ConnectorError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import type { MediaKind, Part } from '#core/message.ts'
import { joinWords } from './headers.ts'
import { textOf, withoutQuotes } from './quote.ts'
import { findThread, idsOf, plainSubject, threadKey, threadOf } from './thread.ts'

/** How a mail was handed over, where that is known: mail servers say it beside the mail itself. */
export interface Envelope {
  /** Empty for bounces and other mail that must not be answered. */
  from?: string
}

export interface Mailbox {
  /** Our own address, in small letters. */
  address: string
}

const TEXT_MAX = 100_000
const ADDRESS_MAX = 254
const ROBOT = /^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+._-].*)?@/i
/** A header that no person's mail has; what it says does not matter. */
const MACHINE = ['x-auto-response-suppress', 'x-autoreply', 'x-autorespond', 'list-id', 'list-unsubscribe']

export async function decode(raw: Uint8Array, envelope: Envelope, { address }: Mailbox, now: Date): Promise<Inbound[]> {
  const mail = await parse(raw)
  const sender = senderOf(mail)
  const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value ?? ''
  const domain = address.split('@')[1] ?? ''
  const digest = await digestOf(raw)
  const messageId = idsOf(mail.messageId)[0] ?? `<${digest}@${domain}>`
  const at = mail.date && !Number.isNaN(Date.parse(mail.date)) ? new Date(mail.date) : now
  // Ids are as long as their makers like; what is looked up by is not.
  const externalId = messageId.length <= 250 ? messageId : `sha256:${digest}`
  const base = { externalId, at, raw: recordOf(mail) }

  const bounced = bounceOf(mail, domain)
  if (bounced) {
    const { user, thread, target, reason } = bounced
    return [{ ...base, type: 'delivery', from: { user, thread }, target, state: 'failed', reason }]
  }
  const inReplyTo = idsOf(mail.inReplyTo)
  const links = {
    messageId: externalId.startsWith('<') ? externalId : `<${digest}@${domain}>`,
    inReplyTo,
    references: idsOf(mail.references),
    subject: mail.subject ?? '',
  }
  const automatic = isAutomatic(envelope, header) || ROBOT.test(sender.address) || sender.address === address
  return [
    {
      ...base,
      type: 'message',
      from: { user: sender.address, thread: threadKey(findThread(links, domain)) },
      parts: partsOf(mail),
      messageId: externalId,
      ...(mail.subject && { subject: mail.subject }),
      ...(automatic && { automatic: true as const }),
      sender: {
        ...(sender.name && { name: sender.name }),
        ...(header('content-language') && { locale: header('content-language').split(',')[0]?.trim() }),
        // Anybody may write any sender into a mail.
        identities: [{ kind: 'email', value: sender.address, verified: false }],
      },
    },
  ]
}

async function parse(raw: Uint8Array): Promise<Email> {
  try {
    return await PostalMime.parse(joinWords(raw), { maxNestingDepth: 20 })
  } catch (error) {
    throw new ConnectorError('rejected', 'this is no mail that can be read', { cause: error })
  }
}

/** Where an answer goes: `Reply-To` where there is one, as of forms on websites. */
function senderOf(mail: Email): { address: string; name?: string } {
  const from = [mail.from ?? mail.sender].flatMap((one) => one?.group ?? one ?? [])[0]
  const reply = (mail.replyTo ?? []).flatMap((one) => one.group ?? one)[0]
  const address = (reply?.address || from?.address || '').trim().toLowerCase()
  if (!/^[^\s@<>"]+@[^\s@<>"]+$/.test(address) || address.length > ADDRESS_MAX) {
    throw new ConnectorError('rejected', 'a mail without an address to answer to')
  }
  const name = (reply?.name || from?.name || '')
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 100)
  return { address, ...(name && { name }) }
}

/** RFC 3834: never answered by a machine of ours. */
function isAutomatic({ from }: Envelope, header: (name: string) => string): boolean {
  const submitted = header('auto-submitted').split(';')[0]?.trim().toLowerCase()
  return (
    from === '' ||
    header('return-path').trim() === '<>' ||
    (submitted !== '' && submitted !== 'no') ||
    /^(?:bulk|list|junk|auto_reply)$/i.test(header('precedence').trim()) ||
    /^multipart\/report\b/i.test(header('content-type')) ||
    MACHINE.some((name) => header(name) !== '')
  )
}

/** A mail of ours that did not arrive. Only what names our own id: anything else is shown as the mail that it is. */
function bounceOf(mail: Email, domain: string): { user: string; thread: string; target: string; reason: string } | undefined {
  const report = mail.attachments.find(({ mimeType }) => mimeType === 'message/delivery-status')
  const original = mail.attachments.find(({ mimeType }) => mimeType === 'message/rfc822' || mimeType === 'text/rfc822-headers')
  if (!report || !original) return undefined
  const told = wordsOf(report)
  const line = (name: string) => new RegExp(`^${name}:[ \\t]*(?:[\\w-]+;[ \\t]*)?(\\S.*)$`, 'im').exec(told)?.[1]?.trim() ?? ''
  if (line('Action').toLowerCase() !== 'failed') return undefined
  const target = idsOf(/^Message-ID:\s*(\S+)/im.exec(wordsOf(original))?.[1])[0]
  const thread = target && threadOf(target, domain)
  if (!target || !thread) return undefined
  const user = line('Final-Recipient').toLowerCase()
  return { user, thread: threadKey(thread), target, reason: `${line('Status')} ${line('Diagnostic-Code')}`.trim().slice(0, 300) }
}

function partsOf(mail: Email): Part[] {
  const whole = mail.text ?? textOf(mail.html ?? '')
  const text = withoutQuotes(whole.slice(0, TEXT_MAX))
  const files = mail.attachments.map(fileOf)
  // A mail may say all in its subject.
  const words = text || (files.length === 0 ? plainSubject(mail.subject ?? '') || '(…)' : '')
  return [...(words ? [{ type: 'text' as const, text: words }] : []), ...files]
}

/** Nobody keeps a mail for us: the file travels in its own handle until it is copied into the blob store. */
function fileOf({ filename, mimeType, content }: Attachment): Part {
  const bytes = bytesOf(content)
  const name = (filename ?? '').replaceAll(/[\p{Cc}/\\]+/gu, '_').slice(0, 200)
  const id = `data:${mimeType};base64,${Buffer.from(bytes).toString('base64')}`
  return { type: 'media', kind: kindOf(mimeType), media: { id, ...(name && { name }), mime: mimeType, bytes: bytes.length } }
}

function kindOf(mime: string): MediaKind {
  const [kind] = mime.split('/')
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}

/** The whole of what was said, with the lines around it; files are kept elsewhere. */
function recordOf(mail: Email): Record<string, unknown> {
  return {
    headers: mail.headers.map(({ originalKey, value }) => [originalKey, value.slice(0, 2000)]).slice(0, 200),
    subject: mail.subject ?? '',
    text: mail.text ?? mail.html ?? '',
  }
}

function wordsOf({ content }: Attachment): string {
  return new TextDecoder().decode(bytesOf(content))
}

function bytesOf(content: Attachment['content']): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content)
}

async function digestOf(raw: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(raw))).toString('hex')
}
