// What there is at WeCom: a company, its customer service accounts, people in WeChat, and what they said.

/** One hour less than nothing is kept longer than three days. */
export const KEEP_MS = 3 * 24 * 3_600_000
export const WINDOW_MS = 48 * 3_600_000
export const WINDOW_COUNT = 5
export const CODE_MS = 20_000
export const RING_TOKEN_MS = 10 * 60_000

export interface KfFile {
  bytes: Uint8Array<ArrayBuffer>
  name: string
  mime: string
}

export interface Entry {
  msgid: string
  send_time: number
  [key: string]: unknown
}

export interface Account {
  id: string
  name: string
  /** May the app read and write for it? */
  managed: boolean
  entries: Entry[]
  /** Every msgid that was ever sent from it: each is good once. */
  msgids: Set<string>
}

export interface Person {
  id: string
  nickname: string
  unionid?: string
}

/** 0 new, 1 with the assistant, 2 in the pool, 3 with a colleague, 4 over. */
export interface Session {
  account: string
  user: string
  state: number
  /** When the customer last said something, and how often they were answered since. */
  heardAt?: number
  answers: number
  welcomedAt?: number
}

export interface Code {
  session: Session
  until: number
  /** The state in which it is good; a welcome is good in any. */
  state?: number
  used: boolean
}

/** A message that reached a customer. */
export interface Sent {
  account: string
  user: string
  msgid: string
  msgtype: string
  content: Record<string, unknown>
  file?: KfFile
  /** By the code of an event, not from the five. */
  granted: boolean
}

export class Refused extends Error {
  readonly code: number

  constructor(code: number, words: string) {
    super(words)
    this.code = code
  }
}

export class World {
  readonly accounts = new Map<string, Account>()
  readonly people = new Map<string, Person>()
  readonly sessions = new Map<string, Session>()
  readonly codes = new Map<string, Code>()
  readonly media = new Map<string, KfFile>()
  readonly ringTokens = new Map<string, number>()
  readonly sent: Sent[] = []
  /** Types of failures that the next messages meet after they were taken. */
  readonly lateFailures: number[] = []
  /** Rises when the platform forgets where its readers are. */
  epoch = 1
  private count = 0
  readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  id(prefix: string): string {
    this.count += 1
    return `${prefix}${String(this.count).padStart(6, '0')}`
  }

  account(id: string): Account {
    const found = this.accounts.get(id)
    if (!found) throw new Refused(95004, 'open_kfid not exist')
    return found
  }

  addAccount(id: string, name = id, managed = true): void {
    this.accounts.set(id, { id, name, managed, entries: [], msgids: new Set() })
  }

  session(account: string, user: string): Session {
    const key = `${account} ${user}`
    const found = this.sessions.get(key) ?? { account, user, state: 0, answers: 0 }
    this.sessions.set(key, found)
    return found
  }

  /** Puts one entry where it will be read. */
  tell(account: string, entry: Record<string, unknown>, at = this.now()): Entry {
    const full = { msgid: this.id('from_msgid_46224166421694524'), open_kfid: account, send_time: Math.floor(at / 1000), ...entry }
    this.account(account).entries.push(full)
    return full
  }

  code(session: Session, state?: number): string {
    const code = this.id('CODE')
    this.codes.set(code, { session, until: this.now() + CODE_MS, state, used: false })
    return code
  }

  ringToken(): string {
    const token = this.id('ENCApHxnGDNAVNY4AaSJKj4Tb5mwsEMzxhFmHVGcra')
    this.ringTokens.set(token, this.now() + RING_TOKEN_MS)
    return token
  }
}
