// The fields above a mail and above each of its parts (RFC 5322, 2047, 2231), as programs really write them.
import { decodeText, latin1 } from './charset.ts'

export interface Field {
  /** In small letters. */
  name: string
  /** Unfolded; encoded words still are. */
  value: string
}

/** No honest mail's headers are longer; what is beyond is passed over. */
const HEAD_MAX = 256 * 1024
const FIELD = /^([!-9;-~]+)[ \t]*:(.*)$/s

/** Where the fields end, and the body begins. */
export function splitHead(raw: Uint8Array): { fields: Field[]; body: Uint8Array } {
  if (raw[0] === 10) return { fields: [], body: raw.subarray(1) }
  if (raw[0] === 13 && raw[1] === 10) return { fields: [], body: raw.subarray(2) }
  const { end, body } = boundsOf(raw)
  return { fields: fieldsOf(raw.subarray(0, Math.min(end, HEAD_MAX))), body: raw.subarray(body) }
}

function boundsOf(raw: Uint8Array): { end: number; body: number } {
  for (let at = raw.indexOf(10); at >= 0; at = raw.indexOf(10, at + 1)) {
    if (raw[at + 1] === 10) return { end: at + 1, body: at + 2 }
    if (raw[at + 1] === 13 && raw[at + 2] === 10) return { end: at + 1, body: at + 3 }
  }
  return withoutBlankLine(raw)
}

/** No blank line: fields as far as they look like some, and the rest is the body. */
function withoutBlankLine(raw: Uint8Array): { end: number; body: number } {
  let at = 0
  while (at < raw.length) {
    const next = raw.indexOf(10, at)
    const end = next < 0 ? raw.length : next + 1
    const line = latin1(raw.subarray(at, Math.min(end, at + 200)))
    if (!/^(?:[!-9;-~]+[ \t]*:|[ \t]|>?From )/.test(line)) break
    at = end
  }
  return { end: at, body: at }
}

function fieldsOf(head: Uint8Array): Field[] {
  const fields: Field[] = []
  let parts: Uint8Array[] = []
  const take = () => {
    const found = FIELD.exec(decodeText(Buffer.concat(parts)))
    // A line that is no field (`From ` of a mailbox file, something broken) is passed over.
    if (found) fields.push({ name: (found[1] ?? '').toLowerCase(), value: (found[2] ?? '').replaceAll(/[\r\n]+/g, '').trim() })
    parts = []
  }
  for (let at = 0; at < head.length; ) {
    const next = head.indexOf(10, at)
    const end = next < 0 ? head.length : next + 1
    const isContinued = head[at] === 32 || head[at] === 9 || isBrokenFold(parts.at(-1), head.subarray(at, end))
    if (!isContinued && parts.length > 0) take()
    parts.push(head.subarray(at, end))
    at = end
  }
  if (parts.length > 0) take()
  return fields
}

/** `Content-Type: multipart/mixed;`, and the next line begins with `boundary=` instead of a blank. */
function isBrokenFold(last: Uint8Array | undefined, line: Uint8Array): boolean {
  return last !== undefined && /;\s*$/.test(latin1(last)) && /^[\w*-]+="?[^:]*$/.test(latin1(line).trimEnd())
}

/** The first field of that name: whoever writes one twice must not be read in two ways. */
export function headerOf(fields: readonly Field[], name: string): string {
  return fields.find((field) => field.name === name)?.value ?? ''
}

const WORD = /=\?([^\s?]{1,60})\?([bq])\?([^?]*)\?=/gi

/**
 * Encoded words as text. Neighbours in one charset are joined before they are decoded: some programs cut within a character, and each
 * half alone is garbage.
 */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return value
  let text = ''
  let last = 0
  let open: { charset: string; bytes: Uint8Array[] } | undefined
  const close = () => {
    if (open) text += decodeText(Buffer.concat(open.bytes), open.charset)
    open = undefined
  }
  for (const found of value.matchAll(WORD)) {
    const [whole, label = '', way = '', coded = ''] = found
    const between = value.slice(last, found.index)
    // Blanks between two encoded words are none.
    if (!open || between.trim() !== '') {
      close()
      text += between
    }
    const charset = (label.split('*')[0] ?? '').toLowerCase()
    if (open && open.charset !== charset) close()
    open ??= { charset, bytes: [] }
    open.bytes.push(way.toLowerCase() === 'b' ? Buffer.from(coded, 'base64') : unquoted(coded))
    last = found.index + whole.length
  }
  close()
  return text + value.slice(last)
}

/** On one line, whatever its encoded words hold. */
export function subjectOf(fields: readonly Field[]): string {
  return decodeWords(headerOf(fields, 'subject'))
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
}

function unquoted(coded: string): Uint8Array {
  const plain = coded
    .replaceAll('_', ' ')
    .replaceAll(/=([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  // Some write plain letters of any script between the question marks.
  return [...plain].some((letter) => letter > '\u00ff') ? Buffer.from(coded, 'utf8') : Buffer.from(plain, 'latin1')
}

export interface Structured {
  /** `text/plain`, in small letters. */
  value: string
  params: Map<string, string>
}

const PARAM = /;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))/g

/** A value with parameters: `text/plain; charset=gbk`. Names that RFC 2231 cuts and codes are put together. */
export function structured(text: string): Structured {
  const plain = withoutComments(text)
  const value = (/^[^;\s]*/.exec(plain.trim())?.[0] ?? '').toLowerCase()
  const raw = new Map<string, string>()
  for (const [, name = '', quoted, bare = ''] of `;${plain.slice(plain.indexOf(';') + 1)}`.matchAll(PARAM)) {
    const key = name.toLowerCase()
    if (!raw.has(key)) raw.set(key, quoted === undefined ? bare.trim() : quoted.replaceAll(/\\(["\\])/g, '$1'))
  }
  const params = new Map<string, string>()
  for (const key of raw.keys()) {
    const name = key.split('*')[0] ?? ''
    // Who writes a name in both ways means the newer one; the other is for old programs.
    const isPlain = !raw.has(`${name}*`) && !raw.has(`${name}*0`) && !raw.has(`${name}*0*`)
    if (!params.has(name)) params.set(name, isPlain ? decodeWords(raw.get(key) ?? '') : continued(raw, name))
  }
  return { value, params }
}

/** `name*0*=utf-8''…; name*1=…` */
function continued(raw: Map<string, string>, name: string): string {
  const whole = raw.get(`${name}*`)
  if (whole !== undefined) return extended(whole, whole)
  const first = raw.get(`${name}*0*`) ?? raw.get(`${name}*0`) ?? ''
  let text = ''
  for (let n = 0; n < 200; n++) {
    const coded = raw.get(`${name}*${n}*`)
    const plain = coded ?? raw.get(`${name}*${n}`)
    if (plain === undefined) break
    text += coded === undefined ? plain.replaceAll('%', '%25') : plain
  }
  return raw.has(`${name}*0*`) ? extended(text, first) : decodeWords(text.replaceAll('%25', '%'))
}

function extended(text: string, first: string): string {
  const [, charset = '', rest = ''] = /^([^']*)'[^']*'(.*)$/s.exec(text) ?? [first, '', text]
  const bytes = rest.replaceAll(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return decodeText(Buffer.from(bytes, 'latin1'), charset)
}

/** `text/plain (a remark); …` */
function withoutComments(text: string): string {
  if (!text.includes('(')) return text
  let [plain, depth, isQuoted] = ['', 0, false]
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? ''
    if (letter === '\\') {
      if (depth === 0) plain += letter + (text[at + 1] ?? '')
      at += 1
      continue
    }
    if (letter === '"' && depth === 0) isQuoted = !isQuoted
    // Within a value a bracket belongs to it: `name=Invoice(1).pdf`.
    if (!isQuoted && letter === '(' && (depth > 0 || /(?:^|\s)$/.test(plain))) depth += 1
    else if (!isQuoted && letter === ')' && depth > 0) depth -= 1
    else if (depth === 0) plain += letter
  }
  return depth === 0 ? plain : text
}

/** What is looked up stands in an index, and that takes no longer ones. */
const ID_MAX = 800

/** The ids in a header, oldest first. */
export function idsOf(header: string | undefined): string[] {
  return (header ?? '').match(/<[^<>\s]+>/g)?.filter((id) => Buffer.byteLength(id) <= ID_MAX) ?? []
}
