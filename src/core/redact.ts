// What no third party's tool needs to see: card numbers and secrets at all times, more where the config says so. Pure. The store keeps
// the words as they were said, and the console shows them to whoever may read the conversation; only what leaves for a tool is cut.
import type { Part } from './message.ts'

export interface Redaction {
  /** Numbers of payment cards: 13 to 19 digits that pass the check of their last one. */
  cards: boolean
  /** What opens something: private keys, tokens of known makers, `password: …`. */
  secrets: boolean
  phones: boolean
  emails: boolean
  /** Words, or patterns between slashes: `/\bKD-\d{6}\b/i`. */
  words: string[]
  /** Whoever asks who the customer is sees their addresses and numbers in full in these roles alone. */
  contactsFor: Role[]
}

export type Role = (typeof roles)[number]
export const roles = ['agent', 'supervisor', 'admin'] as const

export const usualRedaction: Redaction = {
  cards: true,
  secrets: true,
  phones: false,
  emails: false,
  words: [],
  contactsFor: ['supervisor', 'admin'],
}

export type Redact = (text: string) => string

const BLOCK = '█'

/** Made once for a desk; undefined where nothing is to be cut. */
export function createRedaction({ cards, secrets, phones, emails, words }: Omit<Redaction, 'contactsFor'>): Redact | undefined {
  const steps: Redact[] = []
  if (secrets) steps.push(withoutSecrets)
  if (cards) steps.push(withoutCards)
  if (emails) steps.push((text) => text.replace(EMAIL, (found) => `${BLOCK.repeat(4)}@${found.slice(found.lastIndexOf('@') + 1)}`))
  if (phones) steps.push(withoutPhones)
  for (const word of words) {
    const pattern = patternOf(word)
    if (pattern) steps.push((text) => text.replace(pattern, (found) => (found === '' ? '' : BLOCK.repeat(4))))
  }
  return steps.length === 0 ? undefined : (text) => steps.reduce((rest, step) => step(rest), text)
}

/** Everything in which somebody's words stand. Files go as they are: what a picture shows no pattern reads. */
export function redactParts(parts: readonly Part[], redact: Redact | undefined): Part[] {
  if (!redact) return [...parts]
  return parts.map((part) => {
    switch (part.type) {
      case 'text':
        return { ...part, text: redact(part.text) }
      case 'media': {
        const { caption, media } = part
        const name = media.name === undefined ? {} : { name: redact(media.name) }
        return { ...part, media: { ...media, ...name }, ...(caption !== undefined && { caption: redact(caption) }) }
      }
      case 'buttons':
        return { ...part, text: redact(part.text) }
      default:
        return part
    }
  })
}

/** Digits as people group them, full-width ones among them; not part of a longer number. */
const DIGITS = /(?<![\d０-９])(?:[\d０-９][ \u00a0\u2009\u3000.\-‐-―－]{0,2}){12,}[\d０-９](?![\d０-９])/g

function withoutCards(text: string): string {
  return text.replace(DIGITS, (run) => {
    const places = [...run.matchAll(/[\d０-９]/g)].map(({ index }) => index)
    const digits = places.map((at) => digitAt(run, at)).join('')
    const out = run.split('')
    // A card's number may stand beside others: '2026 4111 1111 1111 1111'. The longest that passes is the card.
    for (let from = 0; from + 13 <= digits.length; from++) {
      const length = [19, 18, 17, 16, 15, 14, 13].find((many) => isCard(digits.slice(from, from + many), many))
      if (length === undefined) continue
      // The last four stay: people speak of 'the card that ends in 1111'.
      for (const at of places.slice(from, from + length - 4)) out[at] = BLOCK
      from += length - 1
    }
    return out.join('')
  })
}

function digitAt(text: string, at: number): string {
  const code = text.charCodeAt(at)
  return String(code >= 0xff10 ? code - 0xff10 : code - 0x30)
}

/** How long the numbers of each maker are, so that an order's number that happens to pass the check is left alone more often. */
const MAKERS = [
  /^4(\d{12}|\d{15}|\d{18})$/,
  /^(5[1-5]|2[2-7])\d{14}$/,
  /^3[47]\d{13}$/,
  /^62\d{14,17}$/,
  /^6(011|4[4-9]|5)\d{12,15}$/,
  /^35\d{14}$/,
  /^3(0[0-5]|[68])\d{12}$/,
  /^(5[0678]|6[37])\d{11,17}$/,
]

function isCard(digits: string, length: number): boolean {
  return digits.length === length && MAKERS.some((maker) => maker.test(digits)) && passesLuhn(digits)
}

/** ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let n = 0; n < digits.length; n++) {
    const digit = Number(digits[digits.length - 1 - n])
    const twice = digit * 2
    sum += n % 2 === 0 ? digit : twice > 9 ? twice - 9 : twice
  }
  return sum % 10 === 0
}

// Each of these takes time that grows with the text and no faster: no nested repetition.
const SECRETS: [pattern: RegExp, keep: number][] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,6000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, 0],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, 4],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{30,255}|glpat-[A-Za-z0-9_-]{20,64})/g, 4],
  [/\bxox[abeoprs]-[A-Za-z0-9-]{10,255}|\bxapp-[A-Za-z0-9-]{10,255}/g, 5],
  [/\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,255}|\bsk-[A-Za-z0-9_-]{20,255}|\bwhsec_[A-Za-z0-9+/=]{20,255}/g, 3],
  [/\bAIza[A-Za-z0-9_-]{35}/g, 4],
  [/\b\d{6,12}:AA[A-Za-z0-9_-]{30,40}/g, 0],
  [/\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,1000}/g, 3],
]
/** `password: hunter2`, `密码是 hunter2`. What follows on the same line, up to the next blank. */
const NAMED =
  /((?:pass(?:word|wd|code|phrase)?|pwd|api[ _-]?key|secret(?:[ _-]?key)?|access[ _-]?token|cvv2?|cvc2?|验证码|密码|口令|密钥)(?:\s{0,3}(?:is|是|为|[:：=])\s{0,3}))(?!是|吗|不|错|忘|怎|什)(["'“‘]?)([^\s"'”’，。；;,]{3,200})/gi

function withoutSecrets(text: string): string {
  const rest = SECRETS.reduce((all, [pattern, keep]) => all.replace(pattern, (found) => found.slice(0, keep) + BLOCK.repeat(6)), text)
  return rest.replace(NAMED, (_all, name: string, quote: string) => `${name}${quote}${BLOCK.repeat(6)}`)
}

const EMAIL = /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g
/** Mobile numbers of China, and numbers with a country's prefix; grouped or not. */
const PHONE = /(?<![\d+])(?:(?:\+|00)[1-9]\d{0,2}[ .-]?)?(?:\(?\d{2,4}\)?[ .-]?){2,4}\d{2,4}(?!\d)/g

function withoutPhones(text: string): string {
  return text.replace(PHONE, (found) => {
    const digits = found.replace(/\D/g, '')
    const isPhone = /^1[3-9]\d{9}$/.test(digits) || (/^(\+|00)/.test(found) && digits.length >= 8 && digits.length <= 15)
    if (!isPhone) return found
    const last = digits.length - 2
    let seen = 0
    return found.replace(/\d/g, (digit) => (seen++ < last ? BLOCK : digit))
  })
}

/** Enough to tell two apart and to recognise one's own: of an address of mail its first letter and its domain, of all others the last two signs. */
export function maskContact(value: string): string {
  const at = value.lastIndexOf('@')
  if (at > 0) return `${[...value][0]}${BLOCK.repeat(3)}${value.slice(at)}`
  const signs = [...value]
  const kept = signs.length > 5 ? signs.slice(-2).join('') : ''
  return `${BLOCK.repeat(4)}${kept}`
}

/** A word is itself, wherever it stands; a pattern is one of ECMAScript's. Undefined where it is none. */
export function patternOf(word: string): RegExp | undefined {
  const [, source, flags = ''] = /^\/(.+)\/([imsu]*)$/s.exec(word) ?? []
  try {
    if (source !== undefined) return new RegExp(source, `${flags}g`)
  } catch {
    return undefined // The config says so before anybody writes.
  }
  return word === '' ? undefined : new RegExp(word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'gi')
}
