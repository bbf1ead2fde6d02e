// Is an answer made of its sources? Meaning cannot be checked without another model; what does the harm can: links, addresses and
// numbers that nobody of the shop wrote, and people who are promised though nobody called them.

/** Something.like.this, with or without a scheme; a letter must follow the last dot, so prices and versions are not meant. */
const DOMAIN = /[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu
const NUMBER = /\d+(?:[.,:/-]\d+)*/g
/** '1. ', '2)', '３、': the number of a line. */
const BULLET = /^\s*\d{1,2}\s*[.)、．]\s*/gmu
/** What only the house can do, and says itself when it does: whoever is promised a person by a model waits for nobody (chatwoot PR#13178). */
const PROMISE = new RegExp(
  [
    '转接|转(?:给|到|至)?(?:人工|客服|专员|专人|同事)|人工(?!智能)|客服(?:人员)?(?:会|将|马上|稍后|正在)|接通|坐席|专员|专人|同事',
    '回电|(?:联系|致电|回复)[您你]|请稍[候等]|稍等',
    '\\b(?:transfer|connect|forward|escalat|pass|hand)\\w*\\s+(?:you|your (?:case|chat|message|question|request))\\b|\\bhand(?:ed|ing)? over\\b',
    '\\b(?:human|agent|representative|colleague|specialist|operator|supervisor)s?\\b|\\b(?:someone|somebody) (?:will|is)\\b',
    '\\b(?:call|contact|get back to|reach out to|reply to) you\\b|\\bin touch\\b|\\b(?:one moment|please wait|hold on)\\b',
  ].join('|'),
  'g',
)
const SCHEME = /\b[a-z][a-z0-9+.-]{1,20}:\/\/|\b(?:javascript|data|mailto|tel):/gi

/** Every link, address, number and promise of people in `text` stands in `sources`; numbers may also be the customer's own. */
export function isGrounded(text: string, question: string, sources: string): boolean {
  const [said, known, asked] = [text, sources, question].map(folded) as [string, string, string]
  if (![...addresses(said)].every((one) => stands(one, known))) return false
  if (![...matches(said, SCHEME)].every((one) => known.includes(one))) return false
  if (/<[a-z!/]|!\[/.test(said)) return false
  if (![...matches(said, PROMISE)].every((one) => known.includes(one))) return false
  const numbers = new Set([...matches(known, NUMBER), ...matches(asked, NUMBER)].map(digits))
  const own = digits(known)
  return [...matches(said.replaceAll(BULLET, ''), NUMBER)]
    .map(digits)
    .every((one) => numbers.has(one) || (one.length >= 5 && own.includes(one)))
}

/** Chinese leaves no blank before and behind an address: `请在shop.example申请`. */
const BORDER = /(?<=\p{Script=Han})(?=[a-z0-9])|(?<=[a-z0-9])(?=\p{Script=Han})/gu

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(BORDER, ' ')
}

/** Whole: `shop.example.co` is not what `shop.example.com` says, nor is `hop.example.com`. */
function stands(address: string, where: string): boolean {
  for (let at = where.indexOf(address); at >= 0; at = where.indexOf(address, at + 1)) {
    const behind = where.slice(at + address.length, at + address.length + 3)
    if (!/[\p{L}\p{N}._%+-]/u.test(where[at - 1] ?? '') && !/^\.?[\p{L}\p{N}_-]/u.test(behind)) return true
  }
  return false
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
