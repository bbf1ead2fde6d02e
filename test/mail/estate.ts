// A house with a mailbox: a real IMAP server and a real SMTP server beside it, and ways to write and to read as a customer does.
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { TestContext } from 'vitest'
import { type Body, bodyOf } from '#platforms/mail/body.ts'
import { decodeWords, headerOf } from '#platforms/mail/headers.ts'
import { readMime } from '#platforms/mail/mime.ts'
import { type Dovecot, PASSWORD, startDovecot, USER } from '../support/dovecot.ts'
import { openHouse, type Premises, premises, type TestHouse } from '../support/house.ts'
import { type FakeSmtp, startSmtp, type Taken } from '../support/smtp.ts'
import { until } from '../support/until.ts'

export const ADDRESS = 'help@example.test'

export interface Estate {
  box: Dovecot
  relay: FakeSmtp
  place: Premises
  /** Starts the house in this process; ended with the test. */
  open(): Promise<TestHouse>
  /** Events that were stored of this channel. */
  events(): Promise<{ external_id: string; payload: Record<string, unknown>; state: string }[]>
  /** What was said in all conversations, with their keys. */
  said(): Promise<{ conversation: string; user_key: string; thread_key: string; author: string; name: string; text: string }[]>
  /** Waits until so many mails came to this person. */
  hears(user: string, count?: number, ms?: number): Promise<Heard[]>
}

export interface Heard {
  header(name: string): string
  words: string
  body: Body
  taken: Taken
}

export interface EstateOptions {
  address?: string
  more?: string
  onTaken?(mail: Taken): void
  bot?: string
}

export async function openEstate(context: Pick<TestContext, 'onTestFinished'>, options: EstateOptions = {}): Promise<Estate> {
  const box = await startDovecot()
  const relay = await startSmtp({ onTaken: options.onTaken })
  const place = await premises(mailYaml({ box, relay, ...options }), { MAIL_PW: PASSWORD })
  const houses: TestHouse[] = []
  context.onTestFinished(async () => {
    for (const house of houses) await house.stop()
    await relay.close()
    await box.remove()
    place.remove()
  })
  return {
    box,
    relay,
    place,
    async open() {
      const house = await openHouse(place)
      houses.push(house)
      // From here on every mail is new.
      await until(
        'the mailbox was looked at',
        async () => (await place.look(sql`select 1 from settings where key = 'cursor:mail'`)).length > 0,
      )
      return house
    },
    events: () => place.look(sql`select external_id, payload, state from events where source_id = 'mail' order by position`),
    said: () =>
      place.look(sql`select c.id as conversation, c.user_key, c.thread_key, m.author, m.name, m.text from messages m
        join conversations c on c.id = m.conversation_id order by m.created_at, m.seq`),
    async hears(user, count = 1, ms = 20_000) {
      const found = () => relay.taken.filter(({ to }) => to === user)
      await until(`${count} mails to ${user}`, () => found().length >= count, { ms, state: () => relay.taken.map(({ to }) => to) })
      return found().map(heard)
    },
  }
}

export function mailYaml({ box, relay, address = ADDRESS, more = '' }: { box: Dovecot; relay: FakeSmtp } & EstateOptions): string {
  return `brand: { name: 示例商城 }
channels:
  - { id: web, type: web, origins: ["*"] }
  - { id: mail, type: email, address: ${address}, ${more} imap: { host: 127.0.0.1, port: ${box.port}, secure: false, user: ${USER}, password: "\${MAIL_PW}" }, smtp: { host: 127.0.0.1, port: ${relay.port}, secure: false } }
skills: [aftersales]
`
}

export function heard(taken: Taken): Heard {
  const root = readMime(Buffer.from(taken.raw))
  const body = bodyOf(root)
  return { header: (name) => decodeWords(headerOf(root.fields, name)), words: body.whole.trim(), body, taken }
}

export interface Written {
  from?: string
  to?: string
  subject?: string
  id?: string
  headers?: Record<string, string>
}

/** A mail as a person's program writes it. */
export function write(
  text: string,
  { from = 'wang@customer.test', to = ADDRESS, subject = '发货', id, headers = {} }: Written = {},
): string {
  const head = {
    From: from,
    To: to,
    Subject: `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=`,
    'Message-ID': id ?? `<${randomUUID()}@customer.test>`,
    Date: new Date().toUTCString(),
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Transfer-Encoding': 'base64',
    ...headers,
  }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`)
  return [...lines, '', Buffer.from(text).toString('base64').replaceAll(/.{76}/g, '$&\r\n'), ''].join('\r\n')
}
