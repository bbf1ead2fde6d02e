// One mail as it came over the wire, as inbound events. Whatever a mail is made of, it becomes something visible.
import type { Deps } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import type { Address, Part } from '#core/message.ts'
import { type Envelope, isAutomatic, isNullPath } from '#platforms/mail/automatic.ts'
import { addressesOf, type Body, bodyOf, type Mailbox as Person } from '#platforms/mail/body.ts'
import { type Bounce, bounceOf } from '#platforms/mail/bounce.ts'
import { latin1 } from '#platforms/mail/charset.ts'
import { fileOf } from '#platforms/mail/files.ts'
import { type Field, headerOf, idsOf, splitHead, subjectOf } from '#platforms/mail/headers.ts'
import { type Node, readMime } from '#platforms/mail/mime.ts'
import { answeredBy } from './reply-address.ts'
import { findThread, isDelivery, plainSubject, recallThread, threadKey, threadOf } from './thread.ts'

export type { Envelope } from '#platforms/mail/automatic.ts'

export interface Mailbox {
  /** Our own address, in small letters. */
  address: string
  /** Others that lead here. */
  aliases?: string[]
  /** So many answers of machines within an hour to one sender, and no more. */
  answersPerHour?: number
}

/** What is asked while reading. */
export interface Reader extends Pick<Deps, 'recall' | 'keep' | 'secret'> {
  now: Date
}

const ADDRESS_MAX = 254
const HOUR_MS = 3_600_000
const ANSWERS = 20
/** Of a mail whose sender cannot be told. Nothing is ever sent there (RFC 2606). */
const NOBODY = 'unknown-sender@mail.invalid'
const CORE = ['from', 'to', 'cc', 'date', 'subject', 'content-type', 'content-transfer-encoding']
const PLACES = ['delivered-to', 'x-original-to', 'envelope-to', 'x-forwarded-to', 'to', 'cc']

interface Letter {
  root: Node
  fields: Field[]
  body: Body
  subject: string
  externalId: string
  /** Its own, or one made of its bytes. */
  messageId: string
  at: Date
  raw: Record<string, unknown>
}

/** Throws `rejected` where nobody is named who could be answered. */
export async function decode(raw: Uint8Array, envelope: Envelope, mailbox: Mailbox, reader: Reader): Promise<Inbound[]> {
  const letter = await read(raw, mailbox, reader)
  const { fields, body } = letter
  const isNull = envelope.from === '' || isNullPath(headerOf(fields, 'return-path'))
  const bounce = bounceOf(letter.root, body, isNull)
  const failed = bounce?.kind === 'failed' ? await failureOf(letter, bounce, mailbox, reader) : undefined
  return failed ? [failed] : [await messageOf(letter, envelope, bounce, mailbox, reader)]
}

/** A mail that names nobody who could be answered: shown with what it says, and as the file that it is. */
export async function anonymous(raw: Uint8Array, why: string, mailbox: Mailbox, reader: Reader): Promise<Inbound[]> {
  const letter = await read(raw, mailbox, reader)
  const { externalId, at, subject, messageId } = letter
  const file = await fileOf({ name: 'mail.eml', mime: 'message/rfc822', bytes: raw }, reader)
  return [
    {
      type: 'message',
      externalId,
      at,
      from: { user: NOBODY, thread: threadKey({ root: messageId, subject: plainSubject(subject) }) },
      raw: letter.raw,
      parts: [{ type: 'text', text: `[${why}]` }, ...(await partsOf(letter, reader)), file],
      messageId: externalId,
      ...(subject && { subject }),
      automatic: true,
      sender: { identities: [] },
    },
  ]
}

/** A mail of the Sent folder that was not sent by us: somebody answered in a program of their own. */
export async function decodeSent(raw: Uint8Array, mailbox: Mailbox, reader: Reader): Promise<Inbound[]> {
  const letter = await read(raw, mailbox, reader)
  const { fields, messageId } = letter
  const domain = domainOf(mailbox.address)
  if (isDelivery(messageId, domain) || headerOf(fields, 'auto-submitted').toLowerCase().startsWith('auto-')) return []
  const people = ['to', 'cc'].flatMap((name) => addressesOf(headerOf(fields, name))).filter(({ address }) => isAddress(address))
  const users = [...new Set(people.map(({ address }) => address.toLowerCase()))].filter((user) => !isOurs(user, mailbox)).slice(0, 20)
  const thread = await threadFor(letter, mailbox, reader)
  const parts = await partsOf(letter, reader)
  const name = addressesOf(headerOf(fields, 'from'))[0]?.name
  return users.map((user, n) => ({
    type: 'echo' as const,
    // Under its own id, so that answers to it find their thread.
    externalId: n === 0 ? letter.externalId : `${letter.externalId}#${user}`,
    at: letter.at,
    from: { user, thread },
    raw: letter.raw,
    parts,
    messageId,
    ...(name && { sender: { name } }),
  }))
}

async function read(raw: Uint8Array, mailbox: Mailbox, { recall, now }: Reader): Promise<Letter> {
  const root = readMime(raw)
  const { fields } = root
  const body = bodyOf(root)
  const subject = subjectOf(fields)
  const digest = await coreOf(root, raw)
  const given = idsOf(headerOf(fields, 'message-id'))[0]
  const messageId =
    given && given.length <= 250 ? given : `<${given ? await digestOf(Buffer.from(given)) : digest}@${domainOf(mailbox.address)}>`
  const date = new Date(headerOf(fields, 'date').replace(/\([^)]*\)/g, ''))
  const references = idsOf(headerOf(fields, 'references')).slice(-100)
  return {
    root,
    fields,
    body,
    subject,
    messageId,
    externalId: await ownKey(messageId, digest, recall),
    at: Number.isNaN(date.getTime()) ? now : date,
    raw: recordOf(fields, { subject, text: body.whole, digest, messageId, references }),
  }
}

/** The same mail by another way is the same: headers of the way are not among these. */
async function coreOf(root: Node, raw: Uint8Array): Promise<string> {
  const head = CORE.map((name) => headerOf(root.fields, name).replaceAll(/\s+/g, ' '))
  const body = latin1(splitHead(raw).body).replaceAll('\r\n', '\n').trimEnd()
  return digestOf(Buffer.from(`${JSON.stringify(head)}\n${body}`, 'latin1'))
}

/** Some programs give the same id to different mails: the second one is another event. */
async function ownKey(messageId: string, digest: string, recall: Reader['recall']): Promise<string> {
  const known = (await recall?.whose([messageId]))?.get(messageId)
  const before = (known?.raw as { digest?: unknown } | undefined)?.digest
  return typeof before === 'string' && before !== digest ? `${messageId}#${digest.slice(0, 16)}` : messageId
}

/** A mail of ours that did not arrive. Only what names a mail of ours: anything else is shown as the mail that it is. */
async function failureOf(letter: Letter, bounce: Bounce, { address }: Mailbox, reader: Reader): Promise<Inbound | undefined> {
  const { externalId, at, raw, fields } = letter
  const domain = domainOf(address)
  const answered = reader.secret ? await answeredBy(placesOf(fields), address, reader.secret) : undefined
  const ids = bounce.ids.filter((id) => isDelivery(id, domain))
  const known = await reader.recall?.whose([...(answered ? [answered] : []), ...ids])
  const target = ids.find((id) => known?.has(id)) ?? ids[0]
  if (!target) return undefined
  const thread = threadOf(target, domain)
  const from: Address | undefined =
    known?.get(target)?.address ?? (thread && bounce.recipient ? { user: bounce.recipient, thread: threadKey(thread) } : undefined)
  return from && { type: 'delivery', externalId, at, raw, from, target, state: 'failed', reason: bounce.reason || letter.subject }
}

async function messageOf(
  letter: Letter,
  envelope: Envelope,
  bounce: Bounce | undefined,
  mailbox: Mailbox,
  reader: Reader,
): Promise<Inbound> {
  const { fields, subject, externalId, at, raw } = letter
  const sender = senderOf(fields, mailbox, bounce !== undefined)
  const signs = { envelope, fields, sender: sender.address, address: mailbox.address, isMeant: isMeant(fields, mailbox), subject }
  // An answer that is to go to ourselves comes back as a question.
  const isRound = addressesOf(headerOf(fields, 'reply-to')).some(({ address }) => isOurs(address, mailbox))
  const automatic = bounce !== undefined || isRound || isAutomatic(signs) || (await isTooOften(sender.address, mailbox, reader))
  const locale = headerOf(fields, 'content-language').split(',')[0]?.trim()
  return {
    type: 'message',
    externalId,
    at,
    raw,
    from: { user: sender.address, thread: await threadFor(letter, mailbox, reader) },
    parts: await partsOf(letter, reader),
    messageId: externalId,
    ...(subject && { subject }),
    ...(automatic && { automatic: true as const }),
    sender: {
      ...(sender.name && { name: sender.name }),
      ...(locale && { locale }),
      // Anybody may write any sender into a mail.
      identities: sender.address === NOBODY ? [] : [{ kind: 'email', value: sender.address, verified: false }],
    },
  }
}

/** Where an answer goes: `Reply-To` where there is one, as of forms on websites. */
function senderOf(fields: Field[], mailbox: Mailbox, isBounce: boolean): Person {
  const people = (name: string) => addressesOf(headerOf(fields, name)).filter(({ address }) => isAddress(address))
  const [from] = [...people('from'), ...people('sender')]
  const reply =
    people('reply-to').find(({ address }) => !isOurs(address.toLowerCase(), mailbox)) ?? (from ? undefined : people('reply-to')[0])
  const one = reply ?? from
  if (!one && !isBounce) throw new ConnectorError('rejected', 'a mail without an address to answer to / 邮件没有可回复的地址')
  const name = (reply?.name || from?.name || '')
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 100)
  return { address: one?.address.toLowerCase() ?? NOBODY, name }
}

function isAddress(address: string): boolean {
  return /^[^\s@<>"]+@[^\s@<>"]+$/.test(address) && address.length <= ADDRESS_MAX
}

/** `help+anything@` is `help@`. */
function isOurs(user: string, { address, aliases = [] }: Mailbox): boolean {
  const plain = user.toLowerCase().replace(/\+[^@]*@/, '@')
  return [address, ...aliases].some((own) => plain === own || user.toLowerCase() === own)
}

function placesOf(fields: Field[]): string[] {
  return PLACES.flatMap((name) =>
    fields.filter((field) => field.name === name).flatMap(({ value }) => addressesOf(value).map(({ address }) => address)),
  )
}

function isMeant(fields: Field[], mailbox: Mailbox): boolean {
  const named = ['to', 'cc', 'resent-to', 'resent-cc'].flatMap((name) => addressesOf(headerOf(fields, name)))
  return named.some(({ address }) => isOurs(address, mailbox))
}

async function isTooOften(user: string, { answersPerHour = ANSWERS }: Mailbox, { recall, now }: Reader): Promise<boolean> {
  return recall !== undefined && (await recall.answered(user, new Date(now.getTime() - HOUR_MS))) >= answersPerHour
}

async function threadFor({ fields, messageId, subject }: Letter, { address }: Mailbox, { recall, secret }: Reader): Promise<string> {
  const answers = secret && (await answeredBy(placesOf(fields), address, secret))
  const links = {
    messageId: messageId.length <= 250 ? messageId : '<unknown@mail.invalid>',
    inReplyTo: idsOf(headerOf(fields, 'in-reply-to')),
    references: idsOf(headerOf(fields, 'references')),
    subject,
    ...(answers && { answers }),
  }
  const domain = domainOf(address)
  return recall ? recallThread(links, domain, recall) : threadKey(findThread(links, domain))
}

async function partsOf({ body, subject }: Letter, reader: Reader): Promise<Part[]> {
  const files: Part[] = []
  for (const file of body.files) files.push(await fileOf(file, reader))
  // A mail may say all in its subject.
  const words = body.own || (files.length === 0 ? plainSubject(subject) || '(…)' : '')
  return [...(words ? [{ type: 'text' as const, text: words }] : []), ...files]
}

/** The whole of what was said, with the lines around it; files are kept elsewhere. */
function recordOf(fields: Field[], more: Record<string, unknown>): Record<string, unknown> {
  return { headers: fields.map(({ name, value }) => [name, value.slice(0, 2000)]).slice(0, 200), ...more }
}

export function domainOf(address: string): string {
  return address.split('@')[1] ?? ''
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))).toString('hex')
}
