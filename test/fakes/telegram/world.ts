// What the fake Bot API remembers: bots, chats, topics, messages, files, and the updates that wait for each bot.

export interface FakeFile {
  bytes: Uint8Array<ArrayBuffer>
  name: string
  mime: string
}

export interface FakeMessage {
  message_id: number
  chat: { id: number; type: string; [key: string]: unknown }
  date: number
  from?: Record<string, unknown>
  text?: string
  caption?: string
  message_thread_id?: number
  reply_markup?: { inline_keyboard?: { text: string; callback_data?: string; url?: string }[][] }
  [key: string]: unknown
}

export interface Topic {
  id: number
  name: string
  state: 'open' | 'closed' | 'deleted'
  /** What Telegram says of a deleted topic: both happen. */
  gone: 'message thread not found' | 'TOPIC_DELETED'
}

export interface Chat {
  id: number
  type: 'private' | 'group' | 'supergroup' | 'channel'
  title?: string
  isForum: boolean
  topics: Map<number, Topic>
  messages: Map<number, FakeMessage>
  nextMessage: number
  state: 'open' | 'blocked' | 'deactivated' | 'uninitiated'
  /** Whether bots may manage topics here. */
  rights: boolean
  /** A group that became a supergroup: its new id. */
  migratedTo?: number
  bots: Bot[]
}

export interface Update {
  update_id: number
  [key: string]: unknown
}

export interface Bot {
  token: string
  id: number
  username: string
  firstName: string
  waiting: Update[]
  nextUpdate: number
  allowed?: string[]
  webhook?: { url: string; secret?: string; lastError?: string }
  /** Ends the long poll under way: another one came, or news did. */
  poll?: (why: 'news' | 'conflict') => void
  callbacks: Set<string>
  commands: Map<string, unknown>
}

export class ApiError extends Error {
  readonly code: number
  readonly parameters: Record<string, number> | undefined

  constructor(code: number, description: string, parameters?: Record<string, number>) {
    super(description)
    this.code = code
    this.parameters = parameters
  }
}

export const badRequest = (description: string): ApiError => new ApiError(400, `Bad Request: ${description}`)

/** Telegram's default: everything but what must be asked for by name. */
const ON_REQUEST = new Set(['chat_member', 'message_reaction', 'message_reaction_count'])
const WEBHOOK_RETRY_MS = [50, 100, 200, 500, 1000]

export class World {
  readonly bots = new Map<string, Bot>()
  readonly files = new Map<string, FakeFile & { path: string }>()
  /** Telegram promises links only for a while and only to 20 MB; tests make the limit small. */
  fileMax = 20 * 1024 * 1024
  private readonly chats = new Map<string, Chat>()
  private nextFile = 1
  private nextCallback = 1
  private closed = false
  private readonly delivering = new Set<Bot>()

  addBot(token: string, username?: string): Bot {
    const id = Number(/^(\d+):/.exec(token)?.[1] ?? 7_000_000_000 + this.bots.size)
    const name = username ?? `bot${this.bots.size + 1}_bot`
    const bot: Bot = {
      token,
      id,
      username: name,
      firstName: name,
      waiting: [],
      nextUpdate: 100_000,
      callbacks: new Set(),
      commands: new Map(),
    }
    this.bots.set(token, bot)
    return bot
  }

  /** By token or username; without a name the only or first one. */
  bot(name?: string): Bot {
    const bot =
      name === undefined
        ? [...this.bots.values()][0]
        : (this.bots.get(name) ?? [...this.bots.values()].find((one) => one.username === name))
    if (!bot) throw new Error(`the fake has no bot "${name}"`)
    return bot
  }

  addGroup(id: number, title: string, options: Partial<Pick<Chat, 'type' | 'isForum' | 'rights'>> = {}): Chat {
    const chat = newChat(id, options.type ?? 'supergroup', [...this.bots.values()])
    // Message 1 is the group's own; 'General' has its number.
    this.chats.set(
      String(id),
      Object.assign(chat, { title, isForum: options.isForum ?? false, rights: options.rights ?? true, nextMessage: 2 }),
    )
    return chat
  }

  /** The private chat of one bot and one person: each pair has its own messages. */
  privateChat(bot: Bot, user: number): Chat {
    const key = `${bot.id}/${user}`
    const chat = this.chats.get(key) ?? newChat(user, 'private', [bot])
    this.chats.set(key, chat)
    return chat
  }

  group(id: number): Chat {
    const chat = this.chats.get(String(id))
    if (!chat) throw new Error(`the fake has no group ${id}`)
    return chat
  }

  find(bot: Bot, id: unknown): Chat | undefined {
    return this.chats.get(`${bot.id}/${String(id)}`) ?? this.chats.get(String(id))
  }

  addMessage(chat: Chat, message: Omit<FakeMessage, 'message_id' | 'chat' | 'date'>): FakeMessage {
    const full: FakeMessage = { message_id: chat.nextMessage++, date: seconds(), chat: describe(chat), ...message }
    chat.messages.set(full.message_id, full)
    return full
  }

  addFile(file: FakeFile): { file_id: string; file_unique_id: string; file_size: number } {
    const number = this.nextFile++
    const id = `AgAC-fake_${number}`
    this.files.set(id, { ...file, path: `documents/file_${number}${/\.\w+$/.exec(file.name)?.[0] ?? ''}` })
    return { file_id: id, file_unique_id: `u${number}`, file_size: file.bytes.length }
  }

  newCallback(bot: Bot): string {
    const id = String(4_382_000_000_000_000_000n + BigInt(this.nextCallback++))
    bot.callbacks.add(id)
    return id
  }

  /** Puts an update in a bot's queue and hands it out. */
  push(bot: Bot, body: Record<string, unknown>): Update {
    const update: Update = { update_id: bot.nextUpdate++, ...body }
    const kind = Object.keys(body)[0] as string
    if (bot.allowed?.length ? bot.allowed.includes(kind) : !ON_REQUEST.has(kind)) bot.waiting.push(update)
    bot.poll?.('news')
    void this.deliver(bot)
    return update
  }

  /** Posts what waits to the bot's webhook, in order, each until it is answered by a 2xx. */
  async deliver(bot: Bot): Promise<void> {
    if (this.delivering.has(bot)) return
    this.delivering.add(bot)
    for (let failures = 0; !this.closed && bot.webhook && bot.waiting[0]; ) {
      const { webhook } = bot
      const error = await post(webhook, bot.waiting[0])
      if (error === undefined) {
        failures = 0
        bot.waiting.shift()
      } else {
        webhook.lastError = error
        await new Promise((resolve) => setTimeout(resolve, WEBHOOK_RETRY_MS[Math.min(failures++, WEBHOOK_RETRY_MS.length - 1)]))
      }
    }
    this.delivering.delete(bot)
  }

  close(): void {
    this.closed = true
    for (const bot of this.bots.values()) bot.poll?.('news')
  }
}

async function post(webhook: { url: string; secret?: string }, update: Update): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json', ...(webhook.secret && { 'x-telegram-bot-api-secret-token': webhook.secret }) }
  try {
    const response = await fetch(webhook.url, {
      method: 'POST',
      headers,
      body: JSON.stringify(update),
      signal: AbortSignal.timeout(10_000),
    })
    await response.arrayBuffer()
    return response.ok ? undefined : `Wrong response from the webhook: ${response.status} ${response.statusText}`
  } catch (error) {
    return `Connection failed: ${String(error)}`
  }
}

function newChat(id: number, type: Chat['type'], bots: Bot[]): Chat {
  return { id, type, isForum: false, topics: new Map(), messages: new Map(), nextMessage: 1, state: 'open', rights: true, bots }
}

export function describe(chat: Chat): FakeMessage['chat'] {
  if (chat.type === 'private') return { id: chat.id, type: 'private' }
  return { id: chat.id, type: chat.type, title: chat.title, ...(chat.isForum && { is_forum: true }) }
}

export function describeBot(bot: Bot): Record<string, unknown> {
  return { id: bot.id, is_bot: true, first_name: bot.firstName, username: bot.username }
}

export function seconds(): number {
  return Math.floor(Date.now() / 1000)
}
