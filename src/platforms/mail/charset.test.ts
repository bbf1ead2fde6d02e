import { describe, expect, test } from 'vitest'
import { bodyOf } from './body.ts'
import { decodeText } from './charset.ts'
import { decodeWords, headerOf } from './headers.ts'
import { readMime } from './mime.ts'

// 𠀀 (U+20000) is 95 32 82 36 in GB18030: four bytes, which GBK and GB2312 know nothing of.
const FOUR = [0x95, 0x32, 0x82, 0x36]
// 你好 in GBK.
const HELLO = [0xc4, 0xe3, 0xba, 0xc3]
// 订单没有收到 in GBK.
const ORDER = [0xb6, 0xa9, 0xb5, 0xa5, 0xc3, 0xbb, 0xd3, 0xd0, 0xca, 0xd5, 0xb5, 0xbd]

const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)))

function said(head: string[], body: number[] | string): { text: string; subject: string } {
  const root = readMime(bytes([...head, '', ''].join('\r\n'), body as string))
  return { text: bodyOf(root).whole.trim(), subject: decodeWords(headerOf(root.fields, 'subject')) }
}

const typed = (charset?: string) => [`Content-Type: text/plain${charset ? `; charset=${charset}` : ''}`]

describe('a mail in whatever letters', () => {
  test.each([
    ['GB18030 with four bytes', typed('gb18030'), [...HELLO, ...FOUR], '你好𠀀'],
    ['labelled gb2312 and holding four bytes', typed('gb2312'), [...HELLO, ...FOUR], '你好𠀀'],
    ['labelled GBK and holding four bytes', typed('"GBK"'), [...HELLO, ...FOUR], '你好𠀀'],
    ['GBK without a label', typed(), ORDER, '订单没有收到'],
    ['GBK labelled as UTF-8', typed('utf-8'), ORDER, '订单没有收到'],
    ['GBK labelled as Latin', typed('iso-8859-1'), ORDER, '订单没有收到'],
    ['UTF-8 labelled as gb2312', typed('gb2312'), [...Buffer.from('您好，订单「A-1」')], '您好，订单「A-1」'],
    ['ISO-2022-JP', typed('iso-2022-jp'), [0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x42], 'あ'],
    ['Big5', typed('big5'), [0xa7, 0x41, 0xa6, 0x6e], '你好'],
    ['UTF-7', typed('utf-7'), 'Hi +T2BZfQ-, 1 +- 1', 'Hi 你好, 1 + 1'],
    ['French in Latin, unlabelled', typed(), [0xe9, 0x6c, 0xe8, 0x76, 0x65, 0x20, 0xe0, 0x20, 0x6c, 0x27], "élève à l'"],
    ['a label of nobody’s', typed('x-klingon'), [...Buffer.from('您好')], '您好'],
  ])('%s', (_what, head, body, text) => {
    expect(said(head, body as number[]).text).toBe(text)
  })

  test.each([
    ['an encoded word cut within a character', '=?gbk?B?tqm1pcM=?=\r\n =?gbk?B?u9PQytW1vQ==?=', '订单没有收到'],
    ['the same on one line', '=?gb2312?B?tqm1pcM=?= =?gb2312?B?u9PQytW1vQ==?=', '订单没有收到'],
    ['quoted words', '=?UTF-8?Q?=E6=82=A8=E5=A5=BD_a?= b', '您好 a b'],
    ['two charsets side by side', '=?utf-8?B?5oKo?= =?gbk?B?usM=?=', '您好'],
    ['what only looks like one', 'is 1 =? 2 ?= or =?x?y?z?=', 'is 1 =? 2 ?= or =?x?y?z?='],
  ])('a subject: %s', (_what, subject, text) => {
    expect(said([`Subject: ${subject}`], 'x').subject).toBe(text)
  })

  test('a subject and a file name in bytes that nobody labelled', () => {
    const mail = bytes(
      'Subject: ',
      ORDER,
      '\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: image/png; name="',
      ORDER,
      '.png"\r\n\r\nx\r\n--B--\r\n',
    )
    const root = readMime(mail)
    expect(decodeWords(headerOf(root.fields, 'subject'))).toBe('订单没有收到')
    expect(bodyOf(root).files[0]?.name).toBe('订单没有收到.png')
  })

  test.each([
    ["filename*=utf-8''%E5%8F%91%E7%A5%A8.pdf", '发票.pdf'],
    ["filename*0*=gbk''%B7%A2; filename*1*=%C6%B1; filename*2=.pdf", '发票.pdf'],
    ['filename="=?gbk?B?t6LGsS5wZGY=?="', '发票.pdf'],
    ['filename="_.pdf"; filename*=utf-8\'\'%E5%8F%91.pdf', '发.pdf'],
    ['filename=Invoice(1).pdf', 'Invoice(1).pdf'],
  ])('the name of a file: %s', (params, name) => {
    const head = ['Content-Type: application/pdf', `Content-Disposition: attachment; ${params}`]
    expect(bodyOf(readMime(bytes([...head, '', 'x'].join('\r\n')))).files[0]?.name).toBe(name)
  })

  test('never throws, and gives some text for any bytes under any label', () => {
    const all = Uint8Array.from({ length: 256 }, (_, n) => n)
    for (const label of ['', 'utf-8', 'gbk', 'utf-7', 'iso-2022-jp', 'euc-kr', 'nonsense', '\u0000', 'utf-16le'])
      expect(decodeText(all, label).length).toBeGreaterThan(0)
  })
})
