// What the fake of WeChat knows: tokens, people, files, and how many messages each person's last deeds allow.
import { randomBytes } from 'node:crypto'

export class Refusal extends Error {
  readonly errcode: number

  constructor(errcode: number, errmsg: string) {
    super(errmsg)
    this.errcode = errcode
  }
}

export interface FakeFile {
  id: string
  type: 'image' | 'voice' | 'video' | 'thumb'
  name: string
  mime: string
  bytes: Uint8Array
  until: number
}

/** What one deed of a customer's allows. */
interface Grant {
  until: number
  left: number
}

export interface Person {
  openid: string
  follows: boolean
  unionid?: string
  language: string
  /** By what they did last of each kind. */
  grants: Partial<Record<'message' | 'deed', Grant>>
  /** When they last did something, and until when they are shown that we type. */
  actedAt: number
  typingUntil: number
}

export interface Sent {
  openid: string
  msgtype: string
  content: Record<string, unknown>
  /** `passive`: in the answer to their push. */
  by: 'service' | 'passive'
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const [TOKEN_MS, OVERLAP_MS] = [2 * 60 * MINUTE, 5 * MINUTE]

/** Messages and how long they may take, by what the customer did. */
export const ALLOWED = {
  account: { message: [5, 2 * DAY], deed: [3, MINUTE] },
  mini: { message: [5, 2 * DAY], deed: [2, MINUTE] },
} satisfies Record<string, Record<'message' | 'deed', [number, number]>>

export class World {
  readonly people = new Map<string, Person>()
  readonly files = new Map<string, FakeFile>()
  readonly sent: Sent[] = []
  readonly kind: keyof typeof ALLOWED
  readonly now: () => number
  private readonly tokens = new Map<string, number>()
  private forced: number[] = []

  private readonly hasQuotas: boolean

  constructor(kind: keyof typeof ALLOWED, now: () => number, hasQuotas: boolean) {
    this.kind = kind
    this.now = now
    this.hasQuotas = hasQuotas
  }

  // ── Tokens ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The same while it lasts; in its last five minutes a new one, and both are good. */
  stableToken(force: boolean): { access_token: string; expires_in: number } {
    const now = this.now()
    if (force) {
      this.forced = this.forced.filter((at) => at > now - DAY)
      if (this.forced.length >= 20) throw new Refusal(45009, 'reach max api daily quota limit')
      if ((this.forced.at(-1) ?? 0) > now - 30_000) throw new Refusal(45011, 'api minute-quota reach limit, must slower retry next minute')
      this.forced.push(now)
      this.revokeTokens()
    }
    const [token, until] = [...this.tokens].at(-1) ?? ['', 0]
    if (until > now + OVERLAP_MS) return { access_token: token, expires_in: Math.floor((until - now) / 1000) }
    const fresh = `99_${randomBytes(48).toString('base64url')}`
    this.tokens.set(fresh, now + TOKEN_MS)
    return { access_token: fresh, expires_in: TOKEN_MS / 1000 }
  }

  checkToken(token: string | null): void {
    if (!token) throw new Refusal(41001, 'access_token missing')
    const until = this.tokens.get(token)
    if (until === undefined) throw new Refusal(40001, 'invalid credential, access_token is invalid or not latest')
    if (until <= this.now()) throw new Refusal(42001, 'access_token expired')
  }

  expireTokens(): void {
    for (const token of this.tokens.keys()) this.tokens.set(token, this.now() - 1)
  }

  revokeTokens(): void {
    this.tokens.clear()
  }

  // ── People ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  person(openid: string): Person {
    const known = this.people.get(openid)
    if (known) return known
    const fresh: Person = { openid, follows: true, language: 'zh_CN', grants: {}, actedAt: 0, typingUntil: 0 }
    this.people.set(openid, fresh)
    return fresh
  }

  /** What a deed allows is as much as it was at the last such deed; it does not add up. */
  acts(person: Person, what: 'message' | 'deed'): void {
    const [left, ms] = ALLOWED[this.kind][what]
    person.actedAt = this.now()
    person.grants[what] = { until: this.now() + ms, left }
  }

  takeGrant(person: Person): void {
    if (!this.hasQuotas) return
    const open = Object.values(person.grants).filter((grant) => grant.until > this.now())
    if (open.length === 0) throw new Refusal(45015, 'response out of time limit or subscription is canceled')
    const grant = open.filter(({ left }) => left > 0).sort((a, b) => a.until - b.until)[0]
    if (!grant) throw new Refusal(45047, 'out of response count limit')
    grant.left -= 1
  }

  // ── Files ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  keep(file: Omit<FakeFile, 'id' | 'until'>): FakeFile {
    const kept = { ...file, id: randomBytes(48).toString('base64url'), until: this.now() + 3 * DAY }
    this.files.set(kept.id, kept)
    return kept
  }

  file(id: unknown): FakeFile {
    const file = typeof id === 'string' ? this.files.get(id) : undefined
    if (!file || file.until <= this.now()) throw new Refusal(40007, 'invalid media_id')
    return file
  }
}
