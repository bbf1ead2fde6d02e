// Strings and bodies that break things: a list of our own that is always at hand, and the public corpora where they lie beside the
// project (or where FRONTDESK_SHARED says). The corpora are no part of the project.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const SHARED = process.env.FRONTDESK_SHARED ?? join(import.meta.dirname, '../../../shared')
const [BLNS, JSON_SUITE] = [join(SHARED, 'data/corpora/blns/blns.json'), join(SHARED, 'data/corpora/jsontestsuite')]

/** What a test says that goes without the corpora. */
export const LACKS = `${BLNS} and ${JSON_SUITE} are not here: set FRONTDESK_SHARED to the folder that holds data/corpora`
export const hasCorpora = existsSync(BLNS) && existsSync(JSON_SUITE)

export function naughtyStrings(): string[] {
  return JSON.parse(readFileSync(BLNS, 'utf8')) as string[]
}

export function jsonSuite(): Uint8Array<ArrayBuffer>[] {
  return ['test_parsing', 'test_transform'].flatMap((folder) =>
    readdirSync(join(JSON_SUITE, folder)).map((name) => new Uint8Array(readFileSync(join(JSON_SUITE, folder, name)))),
  )
}

const OVERRIDE = '\u202e'

export const OWN_STRINGS: string[] = [
  '',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\u00a0\u2003\u3000',
  '\u200b\u2060\ufeff',
  '\u0000',
  'a\u0000b',
  '\u0001\u0002\u0007\u0008\u000b\u000c\u001b[31m\u007f',
  '\u0085\u2028\u2029',
  '\ud800',
  'half \udc00 a pair',
  'x\ud83d',
  '\ud800\ud800\udc00\udc00',
  '\ufffd\ufffe\uffff',
  `${OVERRIDE}cba`,
  '\u2066مرحبا\u2069 שלום',
  '𠮷野家で𩸽を頼む',
  '您好，订单「A-1」已发出。',
  '👨‍👩‍👧‍👦 👍🏽 🇨🇳 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  `e${'\u0301'.repeat(300)}`,
  'İıſK ß ﬃ Ⅷ ㍿',
  'A\u030a \u00c5 \u212b',
  'undefined',
  'null',
  'true',
  'NaN',
  '-0',
  '1e999',
  '0x7fffffff',
  '9007199254740993',
  '1'.repeat(400),
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'faq:__proto__',
  'flow:constructor',
  "$& $1 $` $' $$",
  '{{customer.name}} {{constructor.constructor}} $\u007b7*7} <%= 7*7 %> #{7*7}',
  '%s %n %d %00 %2e%2e%2f %c0%af %',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  'file:///etc/passwd',
  'CON PRN AUX NUL COM1',
  "'; drop table messages; --",
  "' or '1'='1",
  '" onload="alert(1)',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '<![CDATA[<!ENTITY x SYSTEM "file:///etc/passwd">]]>',
  '[link](javascript:alert(1)) **bold** `code` ~~gone~~',
  'a\r\nSet-Cookie: evil=1\r\n\r\nHTTP/1.1 200 OK',
  "=cmd|'/C calc'!A0",
  '() { 0; }; touch /tmp/x',
  '`id` $(id) | id && id',
  '\\u0000 \\ud800 \\x00 \\',
  '"}],"x":[{"y":"',
  '@all @channel <!here> #general',
  '/nosuch <!channel> <at user_id="all">*x*</at>',
  '(a+)+$ ((((((((((',
  '%_\\%\\_ like',
  'data:text/html;base64,PHNjcmlwdD4=',
  'http://[::1]:0/ http://0x7f.1/ http://a\\@b/',
  '*'.repeat(2_000),
  `${'_'.repeat(500)}x${'~'.repeat(500)}`,
  'x'.repeat(7_999),
  '字'.repeat(4_097),
  '😀'.repeat(2_049),
  // Half of a pair at every even place: whoever cuts by length cuts one in two.
  `x${'😀'.repeat(2_500)}`,
]

const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part)))))
const nested = (open: string, inner: string, close: string, depth: number) => open.repeat(depth) + inner + close.repeat(depth)

/** `valid`: a body that the route takes, for mutations. */
export function ownBodies(valid: string): Uint8Array<ArrayBuffer>[] {
  const cut = [1, 2, Math.floor(valid.length / 2), valid.length - 1].map((length) => valid.slice(0, length))
  const spoiled = (key: string, value: string) => valid.replace(/^\{/, `{${JSON.stringify(key)}:${value},`)
  const texts = [
    ...['', ' ', 'null', 'true', '0', '-0', '""', '"x"', '[]', '{}', '[[]]', '[{}]', '[null]', '{"":""}'],
    ...['{', '}', '[', ']', '"', ',', ':', '//', 'NaN', "{'a':1}", '{a:1}', '{"a":1,}', '[1,]', '1e999', '-', '\u0000', '\ufeff{}'],
    ...cut,
    valid + valid,
    `\ufeff${valid}`,
    ` \n\t${valid}\r\n `,
    valid.replaceAll(/":\s*"[^"]*"/g, '":"\\u0000\\ud800"'),
    valid.replaceAll(/":\s*[^,{}[\]]+/g, '":1e400'),
    valid.replaceAll(/":\s*[^,{}[\]]+/g, '":-99999999999999999999999999999999'),
    valid.replaceAll(/":\s*[^,{}[\]]+/g, '":null'),
    valid.replaceAll(/":\s*[^,{}[\]]+/g, '":[]'),
    valid.replaceAll(/":\s*[^,{}[\]]+/g, '":{}'),
    ...['__proto__', 'constructor', 'prototype', 'toString', 'then', 'role', 'id'].map((key) => spoiled(key, '{"polluted":true}')),
    valid.replace(/\}$/, `,${valid.slice(1)}`),
    nested('[', '1', ']', 10_000),
    nested('{"a":', '1', '}', 10_000),
    '['.repeat(100_000),
    spoiled('deep', nested('[', '1', ']', 10_000)),
    spoiled('deep', nested('{"a":', '1', '}', 10_000)),
    `${'9'.repeat(100_000)}`,
    `{"n":${'9'.repeat(100_000)}}`,
    `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":${n}`).join()}}`,
    `[${'{},'.repeat(20_000)}{}]`,
    'a=b&c=d',
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
  ]
  return [
    ...texts.map((text) => bytes(text)),
    bytes([0xff, 0xfe], [...Buffer.from(valid, 'utf16le')]),
    bytes(valid.slice(0, -2), [0xc3, 0x28, 0xed, 0xa0, 0x80, 0xf8, 0x88], valid.slice(-2)),
    bytes(Array.from({ length: 4_096 }, (_, n) => (n * 37) % 256)),
    bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
  ]
}

/** What is stored of a text: PostgreSQL keeps neither NUL nor half a surrogate pair. */
export function kept(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
