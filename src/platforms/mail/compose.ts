// A letter as the bytes that go over SMTP (RFC 5322, 2045, 2047, 2231). Encoded so that every letter, blank and line comes back as it
// was, whatever stands between us and the reader.
import type { StoredFile } from '#core/connector.ts'

export interface Letter {
  /** Our delivery's id: the same letter has the same key. */
  key: string
  from: { name?: string; address: string }
  to: string
  /** Where answers go, when not to `from`. */
  replyTo?: string
  subject: string
  text: string
  /** The same words with their looks, for programs that show such. */
  html?: string
  messageId: string
  /** Besides the above: what keeps threads together, and says that a machine wrote it. */
  headers: Record<string, string>
  files: StoredFile[]
  /** Nobody typed it. */
  automatic: boolean
}

const LINE = 76
const BREAK = '\r\n'

export function compose(letter: Letter, now: Date): Uint8Array {
  const { from, to, replyTo, subject, messageId, headers, files } = letter
  // The same letter has the same bytes, but for its date.
  const boundary = `=_${letter.key.replaceAll(/\W/g, '')}`
  const head = [
    `From: ${mailbox(from)}`,
    `To: ${to}`,
    ...(replyTo ? [`Reply-To: ${replyTo}`] : []),
    `Subject: ${words(subject, 9)}`,
    `Date: ${now.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${messageId}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${folded(value)}`),
    'MIME-Version: 1.0',
  ]
  const plain = textPart(letter.text)
  const text = letter.html === undefined ? plain : alternatives(`${boundary}-a`, [plain, textPart(letter.html, 'text/html')])
  if (files.length === 0) return bytesOf([...head, ...text])
  const parts = [text, ...files.map(filePart)].flatMap((part) => [`--${boundary}`, ...part])
  return bytesOf([...head, `Content-Type: multipart/mixed; boundary="${boundary}"`, '', ...parts, `--${boundary}--`, ''])
}

function bytesOf(lines: string[]): Uint8Array {
  return Buffer.from(lines.join(BREAK), 'utf8')
}

/** The same in several ways, the best one last. */
function alternatives(boundary: string, ways: string[][]): string[] {
  const parts = ways.flatMap((way) => [`--${boundary}`, ...way])
  return [`Content-Type: multipart/alternative; boundary="${boundary}"`, '', ...parts, `--${boundary}--`, '']
}

function textPart(text: string, kind = 'text/plain'): string[] {
  const lines = text.toWellFormed().replaceAll('\r\n', '\n').replaceAll('\n', BREAK)
  const type = `Content-Type: ${kind}; charset=utf-8`
  // What is mostly plain letters stays readable without a decoder.
  const plain = lines.replaceAll(/[^\n\r\t -~]/g, '').length
  if (plain >= lines.length * 0.8) return [type, 'Content-Transfer-Encoding: quoted-printable', '', quoted(lines)]
  return [type, 'Content-Transfer-Encoding: base64', '', based(Buffer.from(lines, 'utf8'))]
}

function filePart({ name, mime, bytes }: StoredFile): string[] {
  const plain = name.replaceAll(/[\p{Cc}"\\]+/gu, '_')
  const isPlain = /^[ -~]*$/.test(plain) && plain.length <= 60
  // Two ways to write one name: newer programs read the second, and old ones that do not still get the first.
  const names = isPlain ? `filename="${plain}"` : `filename="${ascii(plain)}";${BREAK} filename*=utf-8''${percent(plain)}`
  return [
    `Content-Type: ${/^[\w.+-]+\/[\w.+-]+$/.test(mime) ? mime : 'application/octet-stream'};${BREAK} name="${isPlain ? plain : words(plain, 7).replaceAll(`${BREAK} `, ' ')}"`,
    `Content-Disposition: attachment; ${names}`,
    'Content-Transfer-Encoding: base64',
    '',
    based(bytes),
  ]
}

function ascii(name: string): string {
  return name.replaceAll(/[^ -~]+/g, '_').slice(-60)
}

function percent(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replaceAll(/['()*!]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
}

function mailbox({ name, address }: Letter['from']): string {
  const plain = name?.replaceAll(/[\p{Cc}"\\<>]+/gu, ' ').trim()
  if (!plain) return address
  return /^[ -~]+$/.test(plain) ? `"${plain}" <${address}>` : `${words(plain, 6)} <${address}>`
}

/** Text of a header: as it is, or in encoded words, none of which cuts a character. */
function words(text: string, used: number): string {
  const line = text
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
  if (/^[ -~]*$/.test(line) && !line.includes('=?') && line.length + used <= LINE) return line
  const pieces: string[] = []
  let piece = ''
  for (const letter of line) {
    if (Buffer.byteLength(piece + letter) > 42) {
      pieces.push(piece)
      piece = ''
    }
    piece += letter
  }
  if (piece) pieces.push(piece)
  return pieces.map((one) => `=?utf-8?B?${Buffer.from(one, 'utf8').toString('base64')}?=`).join(`${BREAK} `)
}

/** Ids and addresses on lines of their own, where one line would be too long (RFC 5322, 2.1.1). */
function folded(value: string): string {
  const plain = value.replaceAll(/[\r\n]+/g, ' ')
  return plain.length <= 60 ? plain : plain.split(' ').join(`${BREAK} `)
}

function based(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('base64')
    .replaceAll(/.{76}(?=.)/g, `$&${BREAK}`)
}

function quoted(text: string): string {
  return text
    .split(BREAK)
    .map((line) => softly(quotedLetters(line)))
    .join(BREAK)
}

function quotedLetters(line: string): string[] {
  const bytes = Buffer.from(line, 'utf8')
  return [...bytes].map((byte, at) => {
    const isBlank = byte === 32 || byte === 9
    // A blank at the end of a line does not survive, and some servers change a dot or `From` at its beginning.
    const isPlain = (byte >= 33 && byte <= 126 && byte !== 61) || (isBlank && at < bytes.length - 1)
    const isRisky = at === 0 && (byte === 46 || (byte === 70 && line.startsWith('From ')))
    return isPlain && !isRisky ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
}

function softly(letters: string[]): string {
  let [text, line] = ['', '']
  for (const letter of letters) {
    if (line.length + letter.length > LINE - 1) {
      text += `${line}=${BREAK}`
      line = ''
    }
    line += letter
  }
  return text + line
}
