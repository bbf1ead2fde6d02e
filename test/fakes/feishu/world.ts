// What exists in the fake Feishu: people, groups, messages, files. Knows the platform's limits; the calls are in methods.ts.
export interface Person {
  id: string
  name: string
  email?: string
  /** Outside the app's range: the bot cannot write to them. */
  unreachable?: boolean
}

export interface Chat {
  id: string
  name: string
  /** `topic`: made as a topic group; `thread`: an ordinary one that takes its messages as topics; `chat`: neither. */
  form: 'topic' | 'thread' | 'chat'
  hasBot: boolean
  dissolved: boolean
  /** An old kind of group that refuses replies in topics. */
  noTopics?: boolean
  /** People of other companies are in it: its history is given to no app. */
  isExternal?: boolean
}

export interface FakeFile {
  bytes: Uint8Array<ArrayBuffer>
  name: string
  mime: string
  /** As it was uploaded: `image`, `opus`, `mp4`, `stream` … */
  form: string
}

export interface Reaction {
  id: string
  emoji: string
  operator: string
}

export interface Message {
  id: string
  chat: string
  /** The person that it was written to, in private. */
  to?: string
  root?: string
  parent?: string
  topic?: string
  kind: string
  content: string
  /** A person, or nobody: our bot. */
  from?: string
  at: number
  /** When it was changed or taken back. */
  changedAt?: number
  edited: number
  gone: boolean
  mentions: { key: string; id: string; name: string }[]
  reactions: Reaction[]
}

export class Refused extends Error {
  readonly code: number
  readonly status: number
  readonly headers: Record<string, string>
  readonly missing: string[]

  constructor(code: number, message: string, { status = 400, headers = {}, missing = [] as string[] } = {}) {
    super(message)
    this.code = code
    this.status = status
    this.headers = headers
    this.missing = missing
  }
}

const HOUR_MS = 60 * 60_000

export class World {
  readonly people = new Map<string, Person>()
  readonly chats = new Map<string, Chat>()
  readonly messages = new Map<string, Message>()
  readonly files = new Map<string, FakeFile>()
  readonly scopes = new Set<string>()
  /** Topics from before the bot came, in a group that hides its past from those who come. */
  readonly hidden = new Set<string>()
  /** How many messages one group takes in a second, all bots together. */
  perSecond = 5
  perMinute = 1000
  /** How many messages a page of history holds at most. */
  pageMax = 50
  private readonly uuids = new Map<string, { id: string; at: number }>()
  private readonly rates = new Map<string, number[]>()
  private next = 1
  readonly now: () => number

  constructor(now: () => number) {
    this.now = now
  }

  id(prefix: string): string {
    return `${prefix}_${(this.next++).toString(16).padStart(24, '0')}`
  }

  chat(id: string): Chat {
    const chat = this.chats.get(id)
    if (!chat) throw new Refused(230034, 'The receive_id is invalid.')
    return chat
  }

  message(id: string): Message {
    const message = this.messages.get(id)
    if (!message) throw new Refused(230001, 'Your request contains an invalid request parameter, ext=invalid message_id.')
    return message
  }

  /** The first message of a topic and everything in it, oldest first. */
  inTopic(root: string): Message[] {
    return [...this.messages.values()].filter((message) => message.id === root || message.root === root)
  }

  add(message: Omit<Message, 'id' | 'at' | 'edited' | 'gone' | 'reactions' | 'mentions'> & { mentions?: Message['mentions'] }): Message {
    const full: Message = { mentions: [], ...message, id: this.id('om'), at: this.now(), edited: 0, gone: false, reactions: [] }
    this.messages.set(full.id, full)
    return full
  }

  /** The same uuid within an hour is the same message. */
  once(uuid: unknown, make: () => Message): Message {
    if (uuid === undefined) return make()
    if (typeof uuid !== 'string' || uuid.length > 50) throw new Refused(99992402, 'field validation failed: uuid')
    const known = this.uuids.get(uuid)
    if (known && this.now() - known.at < HOUR_MS) return this.message(known.id)
    const made = make()
    this.uuids.set(uuid, { id: made.id, at: this.now() })
    return made
  }

  /** Throws when this was one too many in `ms`. */
  pace(key: string, most: number, ms: number, refusal: () => Refused): void {
    const since = this.now() - ms
    const times = (this.rates.get(key) ?? []).filter((at) => at > since)
    if (times.length >= most) throw refusal()
    times.push(this.now())
    this.rates.set(key, times)
  }
}
