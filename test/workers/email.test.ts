// E-mail on Workers: Email Routing hands a mail over, an HTTP mail API takes the answers.
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { attachments, conversations, events, messages } from '#store/schema.ts'
import { type FakeMailApi, startFakeMailApi } from '../fakes/mailapi.ts'
import { until } from '../support/until.ts'
import { type WorkerStand, workerStand } from './stand.ts'
import { type Bundle, bundle, startWorker } from './support.ts'

const KEY = 're_workers_secret'
const TO = 'help@example.test'
const CUSTOMER = 'wang@customer.test'

let built: Bundle
let stand: WorkerStand
let provider: FakeMailApi

beforeAll(async () => {
  built = await bundle()
  provider = await startFakeMailApi(KEY)
  const channels = `  - { id: mail, type: email, address: ${TO}, api: { provider: resend, key: "\${MAIL_KEY}", apiRoot: "${provider.url}" } }\n`
  stand = await workerStand(built, { channels, variables: { MAIL_KEY: KEY }, files: true })
})
afterAll(async () => {
  await stand?.close()
  await provider?.close()
  built?.remove()
})

interface Mail {
  id: string
  from?: string
  headers?: string[]
  body?: string[]
}

function mailOf({
  id,
  from = `王小明 <${CUSTOMER}>`,
  headers = [],
  body = ['Content-Type: text/plain; charset=utf-8', '', '多久发货'],
}: Mail): string {
  return [`From: ${from}`, `To: ${TO}`, `Message-ID: ${id}`, ...headers, ...body, ''].join('\r\n')
}

const hand = (mail: Mail, from = CUSTOMER) => stand.worker.mail({ from, to: TO }, mailOf(mail))

describe('a mail', () => {
  test('is answered by the bot, in its thread; the same mail again changes nothing', async () => {
    const mail = { id: '<first@customer.test>', headers: ['Subject: =?utf-8?B?6K6i5Y2V6Zeu6aKY?='] }
    expect(await hand(mail)).toMatchObject({ taken: true })
    // Taken means committed.
    expect(await stand.database.db.select().from(events).where(eq(events.sourceId, 'mail'))).toHaveLength(1)
    expect(await hand(mail)).toMatchObject({ taken: true })
    const answer = await until('the answer', () => provider.to(CUSTOMER)[0])
    expect(answer).toMatchObject({ from: TO, subject: 'Re: 订单问题', text: '王小明，付款后 24 小时内发货。' })
    expect(answer.headers).toMatchObject({ 'In-Reply-To': '<first@customer.test>', 'Auto-Submitted': 'auto-replied' })
    expect(answer.headers.References).toMatch(/^<first@customer\.test> /)
    await stand.house.quiet()
    expect(provider.mails).toHaveLength(1)
  })

  test('that answers ours goes on in the same conversation, and a person answers from the group', async () => {
    const ours = provider.mails[0]?.headers['Message-ID'] ?? ''
    const quoted = ['转人工', '', '在 2026年3月1日，客服 <help@example.test> 写道：', '> 付款后 24 小时内发货。']
    const body = ['Content-Type: text/plain; charset=utf-8', '', ...quoted]
    // As of a program that keeps neither the subject nor the older ids.
    await hand({ id: '<second@customer.test>', headers: [`In-Reply-To: ${ours}`, 'Subject: something else'], body })
    const topic = await stand.topic('王小明')
    await stand.shows(topic, '排队中')
    stand.anna.press('接入')
    await stand.popUp('已接入')
    stand.anna.text(topic.id, '您好，我来看看')
    const reply = await until('her mail', () => provider.to(CUSTOMER).find(({ text }) => text === '您好，我来看看'))
    // Under the subject that the customer chose last, and to the mail that they wrote last.
    expect(reply).toMatchObject({ from: `"安娜" <${TO}>`, subject: 'Re: something else' })
    expect(reply.headers['In-Reply-To']).toBe('<second@customer.test>')
    expect(reply.headers.References).toMatch(/^<first@customer\.test> /)
    expect(reply.headers['Auto-Submitted']).toBeUndefined()
    await stand.house.quiet()
    expect(await stand.database.db.select().from(conversations).where(eq(conversations.channelId, 'mail'))).toHaveLength(1)
    const texts = (await stand.database.db.select().from(messages)).map(({ text }) => text)
    expect(texts).toContain('转人工')
  })

  test('of a machine is kept, and nobody answers it', async () => {
    const before = provider.mails.length
    expect(
      await hand({ id: '<ooo@else.test>', from: 'li@else.test', headers: ['Auto-Submitted: auto-replied'] }, 'li@else.test'),
    ).toMatchObject({ taken: true })
    const bounce = { id: '<null@else.test>', from: 'mei@else.test', headers: ['Return-Path: <>'] }
    expect(await hand(bounce, 'mei@else.test')).toMatchObject({ taken: true })
    await stand.house.quiet()
    expect(provider.mails).toHaveLength(before)
    const kept = await stand.place.look(
      sql`select m.text from messages m join conversations c on c.id = m.conversation_id where c.user_key like '%@else.test'`,
    )
    expect(kept).toEqual([{ text: '多久发货' }, { text: '多久发货' }])
  })

  test('brings its files into the bucket', async () => {
    const body = [
      'Content-Type: multipart/mixed; boundary=B',
      '',
      '--B',
      'Content-Type: text/plain',
      '',
      'see',
      '--B',
      'Content-Type: image/png; name=a.png',
      'Content-Transfer-Encoding: base64',
      '',
      'AP8NCg==',
      '--B--',
    ]
    await hand({ id: '<file@customer.test>', body })
    const [row] = await until('the copy', async () => {
      const rows = await stand.database.db.select().from(attachments).where(eq(attachments.state, 'stored'))
      return rows.length > 0 && rows
    })
    expect(row).toMatchObject({ name: 'a.png', mime: 'image/png', bytes: 4, sourceId: 'mail' })
  })

  test('that the provider takes only later goes out then, once', async () => {
    provider.fail('rate_limited')
    const calls = provider.calls
    await hand({ id: '<later@new.test>', from: 'zhao@new.test' }, 'zhao@new.test')
    await until('the refusal', () => provider.calls > calls)
    await until('the second try', () => provider.to('zhao@new.test').length > 0, { ms: 14_000 })
    await stand.house.quiet()
    expect(provider.to('zhao@new.test')).toHaveLength(1)
  })
})

describe('a mail that we cannot take', () => {
  test('is refused in words: a strange address, no sender, too large', async () => {
    const strange = await stand.worker.mail({ from: CUSTOMER, to: 'nobody@example.test' }, mailOf({ id: '<x@c.test>' }))
    expect(strange).toMatchObject({ taken: false, words: expect.stringContaining('550 5.1.1') })
    const nameless = await stand.worker.mail({ from: CUSTOMER, to: TO }, mailOf({ id: '<y@c.test>', from: 'nobody' }))
    expect(nameless).toMatchObject({ taken: false, words: expect.stringContaining('550 5.6.0') })
    const huge = await stand.worker.mail({ from: CUSTOMER, to: TO }, mailOf({ id: '<z@c.test>', body: ['', 'x'.repeat(11 * 1024 * 1024)] }))
    expect(huge).toMatchObject({ taken: false, words: expect.stringContaining('552 5.3.4') })
    const tagged = await stand.worker.mail(
      { from: CUSTOMER, to: 'Help+vip@Example.test' },
      mailOf({ id: '<tag@c.test>', from: 'tag@c.test' }),
    )
    expect(tagged).toMatchObject({ taken: true })
    expect(stand.worker.logs.some((line) => line.includes('a mail was refused'))).toBe(true)
  })

  test('because our database is not ready is never lost in silence', async () => {
    const { TG_TOKEN: _token, ...rest } = stand.place.variables
    const variables = { ...rest, TG_TOKEN: '1:a' }
    const deaf = await startWorker(built, { database: `${inject('postgresUrl')}/postgres`, port: 0, variables })
    expect(await deaf.mail({ from: CUSTOMER, to: TO }, mailOf({ id: '<w@c.test>' }))).toMatchObject({
      taken: false,
      words: expect.stringContaining('451 4.3.0'),
    })
    await deaf.stop()
  })
})

test('in the end the log holds no secret', () => {
  const log = stand.worker.logs.join('\n')
  expect(log).toContain('a delivery did not go out')
  expect(log).not.toContain(KEY)
})
