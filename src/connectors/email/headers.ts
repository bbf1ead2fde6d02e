// Encoded words of a header (RFC 2047) that some programs cut in the middle of a character: joined before they are decoded, for
// each half alone is garbage.

const PAIR = /=\?([\w-]+)\?([bq])\?([^?\s]*)\?=(?:\r?\n)?[ \t]+=\?\1\?\2\?([^?\s]*)\?=/i

/** No honest mail's headers are longer. */
const HEAD_MAX = 64 * 1024

/** The same mail with neighbouring encoded words of one charset made one. Bodies stay as they are. */
export function joinWords(raw: Uint8Array): Uint8Array {
  const end = endOfHeaders(raw)
  // Letters above 127 must come back as the bytes they were.
  let head = Buffer.from(raw.subarray(0, end)).toString('latin1')
  if (head.length > HEAD_MAX || !PAIR.test(head)) return raw
  for (let found = PAIR.exec(head); found; found = PAIR.exec(head)) {
    const [whole, charset = '', way = '', first = '', second = ''] = found
    const joined = way.toLowerCase() === 'q' ? first + second : unbased(first, second)
    head = `${head.slice(0, found.index)}=?${charset}?${way}?${joined}?=${head.slice(found.index + whole.length)}`
  }
  return Buffer.concat([Buffer.from(head, 'latin1'), raw.subarray(end)])
}

function unbased(first: string, second: string): string {
  return Buffer.concat([Buffer.from(first, 'base64'), Buffer.from(second, 'base64')]).toString('base64')
}

function endOfHeaders(raw: Uint8Array): number {
  for (let at = 0; at < raw.length; at++) {
    if (raw[at] !== 10) continue
    if (raw[at + 1] === 10 || (raw[at + 1] === 13 && raw[at + 2] === 10)) return at + 1
  }
  return raw.length
}
