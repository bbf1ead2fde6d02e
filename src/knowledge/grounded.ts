// Is an answer made of its sources? Meaning cannot be checked without another model; what does the harm can: links, addresses and
// numbers that nobody of the shop wrote.

/** Something.like.this, with or without a scheme; a letter must follow the last dot, so prices and versions are not meant. */
const DOMAIN = /[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu
const NUMBER = /\d+(?:[.,:/-]\d+)*/g
/** '1. ', '2)', '３、': the number of a line. */
const BULLET = /^\s*\d{1,2}\s*[.)、．]\s*/gmu
const SCHEME = /\b[a-z][a-z0-9+.-]{1,20}:\/\/|\b(?:javascript|data|mailto|tel):/gi

/** Every link, address and number of `text` stands in `sources`; numbers may also be the customer's own. */
export function isGrounded(text: string, question: string, sources: string): boolean {
  const [said, known, asked] = [text, sources, question].map((one) => one.normalize('NFKC').toLowerCase()) as [string, string, string]
  const among = (found: Iterable<string>, where: string) => [...found].every((one) => where.includes(one))
  if (!among(addresses(said), known)) return false
  if (!among(matches(said, SCHEME), known)) return false
  if (/<[a-z!/]|!\[/.test(said)) return false
  const numbers = new Set([...matches(known, NUMBER), ...matches(asked, NUMBER)].map(digits))
  const own = digits(known)
  return [...matches(said.replaceAll(BULLET, ''), NUMBER)]
    .map(digits)
    .every((one) => numbers.has(one) || (one.length >= 5 && own.includes(one)))
}

/** With what belongs to it: the path of a page, the name before an @. */
function* addresses(text: string): Iterable<string> {
  for (const { 0: domain, index } of text.matchAll(DOMAIN)) {
    const before = /[^\s<>()（）"'，。]*@$/u.exec(text.slice(0, index))?.[0] ?? ''
    const after = /^[/?#:][^\s<>()（）"'，。；]*/u.exec(text.slice(index + domain.length))?.[0] ?? ''
    yield before + domain + after.replace(/[.,:;!?]+$/, '')
  }
}

function* matches(text: string, pattern: RegExp): Iterable<string> {
  for (const { 0: found } of text.matchAll(pattern)) yield found
}

function digits(text: string): string {
  return text.replaceAll(/\D/g, '')
}
