import { expect, test } from 'vitest'
import { hasMails, LACKS_MAILS, mails } from '../../../test/mail/corpora.ts'
import { isAutomatic, isNullPath } from './automatic.ts'
import { bodyOf } from './body.ts'
import { type Bounce, bounceOf } from './bounce.ts'
import { decodeWords, headerOf } from './headers.ts'
import { readMime } from './mime.ts'

const here = hasMails || process.env.FRONTDESK_TEST_ALL === '1'

function bounceIn(raw: Uint8Array): Bounce | undefined {
  const root = readMime(raw)
  return bounceOf(root, bodyOf(root), isNullPath(headerOf(root.fields, 'return-path')))
}

test.skipIf(!here)(
  `at least 95 of 100 bounces of some eighty servers are known as such, and no other mail is${here ? '' : ` (${LACKS_MAILS})`}`,
  () => {
    const all = mails(['bounces']).filter(({ path }) => !path.includes('/not/'))
    // Notes of absence are in the collection, too: they tell of no other mail.
    const notes = all.filter(({ path }) => path.includes('rfc3834'))
    const bounces = all.filter(({ path }) => !path.includes('rfc3834'))
    const missed = bounces.filter(({ raw }) => !bounceIn(raw)).map(({ path }) => path)
    expect(bounces.length).toBeGreaterThan(200)
    expect(missed.length / bounces.length, missed.join()).toBeLessThanOrEqual(0.05)
    for (const { raw } of notes) expect(bounceIn(raw)).toBeUndefined()
    // Some of the other mails are bounces themselves.
    const honest = mails(['mime-cpython', 'mime-mime4j'])
      .filter(({ raw }) => bounceIn(raw))
      .map(({ path }) => path)
    expect(honest.filter((path) => !/report|dsn|msg_(?:05|16|25|43)|bounce|badbound/i.test(path))).toEqual([])
  },
)

const mail = (...lines: string[]) => Buffer.from(lines.join('\r\n'))

test('a customer who complains that a mail could not be delivered sends no bounce', () => {
  const words = 'My mail to you could not be delivered: 550 5.1.1 user unknown. Message-ID: <dlv_1@example.test>'
  expect(bounceIn(mail('From: wang@customer.test', 'Subject: Undelivered mail', '', words))).toBeUndefined()
})

test('a server that still tries, a reader that was reading and a complaint of spam are no failures', () => {
  const report = (type: string, part: string) =>
    mail(
      'From: mailer-daemon@mx.test',
      `Content-Type: multipart/report; report-type=${type}; boundary=B`,
      '',
      '--B',
      '',
      'words',
      '--B',
      ...part.split('\n'),
      '--B--',
    )
  const status = (action: string) =>
    `Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@b.test\nAction: ${action}\nStatus: 4.4.1`
  expect(bounceIn(report('delivery-status', status('delayed')))?.kind).toBe('later')
  expect(bounceIn(report('delivery-status', status('delivered')))?.kind).toBe('report')
  expect(bounceIn(report('delivery-status', status('failed')))).toMatchObject({ kind: 'failed', recipient: 'a@b.test' })
  expect(
    bounceIn(report('disposition-notification', 'Content-Type: message/disposition-notification\n\nDisposition: manual-action; displayed'))
      ?.kind,
  ).toBe('report')
  expect(bounceIn(report('feedback-report', 'Content-Type: message/feedback-report\n\nFeedback-Type: abuse'))?.kind).toBe('report')
})

test('a null sender alone makes no bounce of an honest mail', () => {
  expect(bounceIn(mail('Return-Path: <>', 'From: shop@other.test', 'Subject: Your invoice', '', 'Thank you.'))).toBeUndefined()
})

test.each([
  ['a list', ['List-Id: <x>'], true],
  ['bulk', ['Precedence: bulk'], true],
  ['an answer of a machine', ['Auto-Submitted: auto-replied (vacation)'], true],
  ['a person who says so', ['Auto-Submitted: no'], false],
  ['Exchange, asking for nothing', ['X-Auto-Response-Suppress: None'], false],
  ['our own loop', ['X-Loop: help@example.test'], true],
  ['somebody else’s loop', ['X-Loop: other@example.test'], false],
  ['absence, in the subject alone', ['Subject: 自动回复: 出差'], true],
])('whether a machine wrote it: %s', (_what, lines, expected) => {
  const { fields } = readMime(mail(...lines, 'From: wang@customer.test', '', 'x'))
  const subject = decodeWords(headerOf(fields, 'subject'))
  const signs = { envelope: {}, fields, sender: 'wang@customer.test', address: 'help@example.test', isMeant: true, subject }
  expect(isAutomatic(signs)).toBe(expected)
  expect(isAutomatic({ ...signs, isMeant: false })).toBe(true)
})
