// One mail that came to the desk, as what an agent did. Whoever wrote it must hold an address that we signed; machines' mails and
// bounces do nothing but stand where somebody sees them, and nothing is ever taken for a customer's.
import type { Deps } from '#core/connector.ts'
import type { DeskEvent, DeskUser } from '#core/event.ts'
import type { Text } from '#core/message.ts'
import { isAutomatic, isNullPath } from '#platforms/mail/automatic.ts'
import { addressesOf, type Body, bodyOf } from '#platforms/mail/body.ts'
import { type Bounce, bounceOf } from '#platforms/mail/bounce.ts'
import { type Field, headerOf, idsOf, subjectOf } from '#platforms/mail/headers.ts'
import type { Mail } from '#platforms/mail/mailbox.ts'
import { type Node, readMime } from '#platforms/mail/mime.ts'
import { dayOf, type Seal, type Sealer } from './address.ts'
import type { Books, Person } from './books.ts'
import { eventsOf } from './deeds.ts'
import { ownOf } from './own.ts'

export interface Reading extends Pick<Deps, 'id' | 'log' | 'keep'> {
  /** The desk's own address. */
  address: string
  authentication: 'hmac' | 'hmac+from'
  /** So old may the mail be that is answered. */
  answerDays: number
  sealer: Sealer
  books: Books
  /** Told that an agent of this thread is at work. */
  onDeed(thread: string, address: string): void
}

const PLACES = ['delivered-to', 'x-original-to', 'envelope-to', 'x-forwarded-to', 'to', 'cc']

interface Letter {
  root: Node
  fields: Field[]
  body: Body
  id: string
  at: Date
  from: string
  subject: string
  /** Ids of mails that it answers, the nearest first. */
  answers: string[]
  raw: Record<string, unknown>
}

export async function decode(mail: Mail, reading: Reading): Promise<DeskEvent[]> {
  const letter = await read(mail)
  const { fields, from, subject } = letter
  const { sealer, log, id: desk } = reading
  const say = (why: string) => log.info({ desk, mail: letter.id, from }, why)
  const bounce = bounceOf(letter.root, letter.body, isNullPath(headerOf(fields, 'return-path')))
  if (bounce) return bounced(letter, bounce, reading, say)
  const seal = await sealer.find(placesOf(fields), letter.answers)
  if (seal === undefined) return unsigned(letter, reading, say)
  if (seal === 'forged')
    return trouble(letter, `a mail from ${from} bears a signature that is not ours: refused / 签名无效的来信，已拒绝`, reading)
  if (isAutomatic({ envelope: {}, fields, sender: from, address: reading.address, isMeant: true, subject })) {
    say('an automatic mail to the desk was passed over')
    return []
  }
  if (dayOf(letter.at) - seal.day > reading.answerDays)
    return trouble(letter, `${from} answered a mail of more than ${reading.answerDays} days ago: refused / 回复的邮件过旧，已拒绝`, reading)
  const person = await reading.books.person(seal.person)
  if (!person)
    return trouble(letter, `nobody is known whom the address that ${from} wrote to was given to / 签名地址没有对应的客服`, reading)
  return accepted(letter, mail, { seal, person }, reading, say)
}

async function accepted(
  letter: Letter,
  mail: Mail,
  { seal, person }: { seal: Seal; person: Person },
  reading: Reading,
  say: (why: string) => void,
): Promise<DeskEvent[]> {
  const { sealer, books } = reading
  const isTheirs = (await sealer.personOf(letter.from)) === seal.person
  if (isTheirs && person.lost) await books.meet(seal.person, () => ({ address: person.address, ...(person.name && { name: person.name }) }))
  const own = ownOf(letter.root, letter.body, letter.subject)
  const why = mail.cut ? CUT : isTheirs || reading.authentication === 'hmac' ? own.held : foreign(letter.from)
  const by: DeskUser = { id: person.address, ...(person.name && { name: person.name }) }
  const { id, at, raw } = letter
  const events = await eventsOf(own, why, { base: { by, at, raw }, id, thread: seal.thread, keep: reading.keep })
  if (events.length === 0) say('an empty mail to the desk was passed over')
  else reading.onDeed(seal.thread, person.address)
  return events
}

const CUT: Text = { zh: '这封邮件太大，只读取了开头。', en: 'The mail is too large; only its beginning was read.' }

/** Our address is a secret of that agent's; but their mail may have been passed on. */
function foreign(from: string): Text {
  return {
    zh: `这封邮件来自 ${from}，不是该客服的邮箱。`,
    en: `The mail came from ${from}, which is not this agent's address.`,
  }
}

/** Words of somebody whom we know must not vanish; other mail to the desk is none of ours. */
async function unsigned(letter: Letter, reading: Reading, say: (why: string) => void): Promise<DeskEvent[]> {
  const { sealer, books, address } = reading
  const isOurs =
    letter.from === address ||
    isAutomatic({ envelope: {}, fields: letter.fields, sender: letter.from, address, isMeant: true, subject: letter.subject })
  if (!isOurs && (await books.person(await sealer.personOf(letter.from))))
    return trouble(
      letter,
      `${letter.from} wrote to the desk and answered no mail of ours, so nothing was done: answer one of the desk's mails / 来信没有回复坐席邮件，未作处理`,
      reading,
    )
  say('a mail to the desk that answers none of ours was passed over')
  return []
}

/** A mail of ours to an agent that did not arrive: that agent gets no more for a day, and somebody is told. */
async function bounced(letter: Letter, bounce: Bounce, reading: Reading, say: (why: string) => void): Promise<DeskEvent[]> {
  const { sealer, books } = reading
  const seal = bounce.kind === 'failed' ? await sealer.find(placesOf(letter.fields), [...bounce.ids, ...letter.answers]) : undefined
  if (!seal || seal === 'forged') {
    say(`a report of a mail server was passed over: ${bounce.kind}`)
    return []
  }
  const person = await books.person(seal.person)
  if (!person) return []
  const reason = bounce.reason || letter.subject
  await books.meet(seal.person, (known) => ({ ...(known ?? person), lost: { at: letter.at.toISOString(), reason } }))
  return trouble(letter, `mails to ${person.address} do not arrive: ${reason} / 发给该客服的邮件被退回`, reading, seal.thread)
}

function trouble(letter: Letter, reason: string, { log, id: desk }: Reading, thread = ''): DeskEvent[] {
  log.warn({ desk, mail: letter.id, from: letter.from }, reason)
  const { id, at, from, raw } = letter
  return [{ type: 'trouble', externalId: id, at, by: { id: from }, raw, reason, ...(thread && { thread }) }]
}

async function read({ raw, at }: Mail): Promise<Letter> {
  const root = readMime(raw)
  const { fields } = root
  const body = bodyOf(root)
  const subject = subjectOf(fields)
  const [given] = idsOf(headerOf(fields, 'message-id'))
  const headers = fields.map(({ name, value }) => [name, value.slice(0, 1000)]).slice(0, 100)
  return {
    root,
    fields,
    body,
    subject,
    at,
    id: given ?? `<${Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(raw))).toString('hex')}@mail.invalid>`,
    from: addressesOf(headerOf(fields, 'from'))[0]?.address.toLowerCase() ?? '',
    answers: [...idsOf(headerOf(fields, 'in-reply-to')), ...idsOf(headerOf(fields, 'references')).toReversed()].slice(0, 60),
    raw: { headers, subject, text: body.whole },
  }
}

function placesOf(fields: Field[]): string[] {
  return PLACES.flatMap((name) =>
    fields.filter((field) => field.name === name).flatMap(({ value }) => addressesOf(value).map(({ address }) => address)),
  )
}
