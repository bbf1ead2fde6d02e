// A mail taken apart (RFC 2045 to 2049): its parts as a tree, each with its bytes decoded. Whatever is broken becomes a part that
// holds it as it is; nothing here throws for what stands in a mail.
import { latin1 } from './charset.ts'
import { type Field, headerOf, type Structured, splitHead, structured } from './headers.ts'

export interface Node {
  fields: Field[]
  type: Structured
  /** `attachment`, `inline` or nothing. */
  disposition: string
  name: string | undefined
  /** Without its brackets. */
  cid: string | undefined
  /** Of multiparts only. */
  children: Node[]
  /** Of everything else. */
  bytes: Uint8Array
}

const DEPTH_MAX = 20
const PARTS_MAX = 1_000

export function readMime(raw: Uint8Array): Node {
  return readPart(raw, 'text/plain', 0, { left: PARTS_MAX })
}

function readPart(raw: Uint8Array, preset: string, depth: number, budget: { left: number }): Node {
  budget.left -= 1
  const { fields, body } = splitHead(raw)
  const type = structured(headerOf(fields, 'content-type'))
  if (!/^[\w.+-]+\/[\w.+-]+$/.test(type.value)) type.value = preset
  const disposition = structured(headerOf(fields, 'content-disposition'))
  const node: Node = {
    fields,
    type,
    disposition: disposition.value,
    name: disposition.params.get('filename') || type.params.get('name') || undefined,
    cid: /<?([^<>\s]+)>?/.exec(headerOf(fields, 'content-id'))?.[1],
    children: [],
    bytes: new Uint8Array(),
  }
  if (type.value.startsWith('multipart/')) {
    const pieces = depth < DEPTH_MAX ? split(body, type.params.get('boundary')) : []
    const inner = type.value === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
    for (const piece of pieces) if (budget.left > 0) node.children.push(readPart(piece, inner, depth + 1, budget))
    if (node.children.length > 0) return node
    // Its parts cannot be told apart: all of it is shown.
    node.type = { value: 'text/plain', params: new Map() }
  }
  node.bytes = decoded(body, headerOf(fields, 'content-transfer-encoding'))
  return node
}

/** The pieces between the boundary's lines. The last one may lack its end. */
function split(body: Uint8Array, named: string | undefined): Uint8Array[] {
  const boundary = named ?? guessBoundary(body)
  if (!boundary) return []
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const mark = Buffer.from(`--${boundary}`)
  const pieces: Uint8Array[] = []
  let from = -1
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    if (at > 0 && bytes[at - 1] !== 10) continue
    const lineEnd = bytes.indexOf(10, at)
    const end = lineEnd < 0 ? bytes.length : lineEnd
    const tail = latin1(bytes.subarray(at + mark.length, Math.min(end, at + mark.length + 200))).trimEnd()
    if (tail !== '' && tail !== '--') continue
    if (from >= 0) pieces.push(bytes.subarray(from, withoutBreak(bytes, at)))
    from = end + 1
    if (tail === '--') {
      from = -1
      break
    }
  }
  if (from >= 0 && from < bytes.length) pieces.push(bytes.subarray(from))
  return pieces
}

/** The line break before a boundary belongs to the boundary. */
function withoutBreak(bytes: Uint8Array, at: number): number {
  if (bytes[at - 1] !== 10) return at
  return bytes[at - 2] === 13 ? at - 2 : at - 1
}

/** Of a multipart that names none: what stands before the first part. */
function guessBoundary(body: Uint8Array): string | undefined {
  return /(?:^|\n)--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\ncontent-/i.exec(latin1(body.subarray(0, 64 * 1024)))?.[1]
}

function decoded(body: Uint8Array, encoding: string): Uint8Array {
  const way = /[\w-]+/.exec(encoding.replaceAll(/\([^)]*\)/g, '').toLowerCase())?.[0] ?? ''
  if (way === 'base64') return unbased(body)
  if (way === 'quoted-printable') return unquoted(body)
  if (/^(?:x-)?uu(?:encode|e)?$/.test(way) || way === 'x-uuencode') return uudecoded(body) ?? body
  return body
}

function unbased(body: Uint8Array): Uint8Array {
  const text = latin1(body)
  const padding = text.indexOf('=')
  // Several pieces may have been put together, each with an end of its own.
  if (padding < 0 || /^[=\s]*$/.test(text.slice(padding, padding + 4096))) return Buffer.from(text, 'base64')
  return Buffer.concat(text.split(/=+/).map((piece) => Buffer.from(piece, 'base64')))
}

const HEX = (byte: number | undefined) => {
  if (byte === undefined) return -1
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

function unquoted(body: Uint8Array): Uint8Array {
  const out = new Uint8Array(body.length)
  let to = 0
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0
    if (byte !== 61) {
      out[to++] = byte
      continue
    }
    const [high, low] = [HEX(body[at + 1]), HEX(body[at + 2])]
    if (high >= 0 && low >= 0) {
      out[to++] = high * 16 + low
      at += 2
      continue
    }
    const end = softBreak(body, at + 1)
    if (end < 0) out[to++] = byte
    else at = end
  }
  return out.subarray(0, to)
}

/** Where the line ends that `=` continues; blanks may stand between. -1: this is no such line. */
function softBreak(body: Uint8Array, from: number): number {
  let at = from
  while (body[at] === 32 || body[at] === 9) at += 1
  if (at >= body.length) return body.length
  if (body[at] === 10) return at
  if (body[at] === 13) return body[at + 1] === 10 ? at + 1 : at
  return -1
}

function uudecoded(body: Uint8Array): Uint8Array | undefined {
  const lines = latin1(body).split(/\r?\n/)
  const first = lines.findIndex((line) => /^begin [0-7]{3} /.test(line))
  if (first < 0) return undefined
  const pieces: Buffer[] = []
  for (const line of lines.slice(first + 1)) {
    if (line === 'end' || line === '') break
    const length = (line.charCodeAt(0) - 32) & 63
    const piece = Buffer.alloc(length)
    for (let n = 0; n < length; n++) {
      const at = 1 + Math.floor(n / 3) * 4 + (n % 3)
      const [a, b] = [(line.charCodeAt(at) - 32) & 63, (line.charCodeAt(at + 1) - 32) & 63]
      piece[n] = n % 3 === 0 ? (a << 2) | (b >> 4) : n % 3 === 1 ? (a << 4) | (b >> 2) : (a << 6) | b
    }
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}
