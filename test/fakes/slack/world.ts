// What a Slack workspace holds: people, channels, messages, files. And what it tells an app of it, as events with ids.
export interface FakeUser {
  id: string
  name: string
  team_id: string
  is_bot?: boolean
  is_stranger?: boolean
  is_email_confirmed?: boolean
  /** `away` unless they are seen. */
  presence?: 'active' | 'away'
  profile: { display_name: string; real_name: string; email?: string }
}

export interface FakeFile {
  id: string
  name: string
  mimetype: string
  bytes: Uint8Array<ArrayBuffer>
}

export interface Message {
  ts: string
  thread_ts?: string
  user: string
  bot_id?: string
  subtype?: string
  username?: string
  icon?: string
  text: string
  blocks: Block[]
  files: FakeFile[]
  metadata?: unknown
  reactions: Map<string, Set<string>>
  edited?: boolean
  /** Only this person sees it. */
  only?: string
  /** Its address takes the answer to a press. */
  response?: string
}

export interface Block {
  type: string
  block_id?: string
  text?: TextObject
  fields?: TextObject[]
  elements?: Element[]
}

export interface TextObject {
  type: string
  text: string
}

export interface Element {
  type: string
  text?: TextObject | string
  action_id?: string
  value?: string
  url?: string
  style?: unknown
  user_id?: string
  confirm?: { title: TextObject; text: TextObject; confirm: TextObject; deny: TextObject }
  placeholder?: TextObject
  options?: { text: TextObject; value: string }[]
  elements?: Element[]
}

export interface Channel {
  id: string
  name: string
  isPrivate: boolean
  isArchived: boolean
  members: Set<string>
  messages: Map<string, Message>
  /** Roots that were deleted while nobody had answered. */
  deleted: Set<string>
}

/** Something for the app: an event, what somebody pressed, or a slash command. */
export interface Told {
  kind: 'events_api' | 'interactive' | 'slash_commands'
  payload: Record<string, unknown>
  attempts: number
}

export const BOT = { user: 'UDESK', bot: 'BDESK', app: 'ADESK', team: 'T1' }

export class World {
  readonly users = new Map<string, FakeUser>()
  readonly channels = new Map<string, Channel>()
  readonly files = new Map<string, FakeFile>()
  /** Forms that are open. */
  readonly views: { id: string; hash: string; user: string; view: Record<string, unknown> }[] = []
  readonly triggers = new Map<string, { user: string; until: number; used: boolean }>()
  readonly responses = new Map<string, { channel: string; message?: Message; user: string; uses: number }>()
  /** What the app was not told yet. */
  readonly waiting: Told[] = []
  onTold: () => void = () => undefined
  private count = 0
  private readonly began = Math.floor(Date.now() / 1000)

  constructor() {
    this.addUser('UDESK', 'Desk', { is_bot: true })
  }

  next(): number {
    this.count += 1
    return this.count
  }

  /** Unique in a channel only, as Slack says; here in the whole workspace, unless a test asks for the same. */
  ts(): string {
    return `${this.began}.${String(this.next()).padStart(6, '0')}`
  }

  addUser(id: string, name: string, more: Partial<FakeUser> & { email?: string } = {}): FakeUser {
    const { email, ...rest } = more
    const profile = { display_name: name, real_name: name, ...(email && { email }) }
    const user: FakeUser = { id, name: name.toLowerCase(), team_id: BOT.team, profile, ...rest }
    this.users.set(id, user)
    return user
  }

  addChannel(id: string, name: string, members: string[] = [BOT.user], isPrivate = false): Channel {
    const channel: Channel = {
      id,
      name,
      isPrivate,
      isArchived: false,
      members: new Set(members),
      messages: new Map(),
      deleted: new Set(),
    }
    this.channels.set(id, channel)
    return channel
  }

  channel(id: string): Channel {
    const found = this.channels.get(id)
    if (!found) throw new Error(`no channel ${id}`)
    return found
  }

  /** The channel of one person with the app. */
  direct(user: string): Channel {
    const id = `D${user.slice(1)}`
    return this.channels.get(id) ?? this.addChannel(id, user, [BOT.user, user], true)
  }

  /** What stands in a thread, its root first; what one person alone sees included. */
  thread(channel: string, root: string): Message[] {
    return [...this.channel(channel).messages.values()]
      .filter(({ ts, thread_ts }) => ts === root || thread_ts === root)
      .sort((a, b) => a.ts.localeCompare(b.ts))
  }

  // ── What the app is told ───────────────────────────────────────────────────────────────────────────────────────────

  tell(kind: Told['kind'], payload: Record<string, unknown>): Told {
    const told = { kind, payload, attempts: 0 }
    this.waiting.push(told)
    this.onTold()
    return told
  }

  event(event: Record<string, unknown>, team = BOT.team): Told {
    const payload = {
      token: 'deprecated',
      team_id: team,
      api_app_id: BOT.app,
      event,
      type: 'event_callback',
      event_id: `Ev${String(this.next()).padStart(8, '0')}`,
      event_time: this.began,
      authorizations: [{ enterprise_id: null, team_id: team, user_id: BOT.user, is_bot: true, is_enterprise_install: false }],
      is_ext_shared_channel: false,
    }
    return this.tell('events_api', payload)
  }

  /** A message as events show it. */
  shape(message: Message): Record<string, unknown> {
    const { ts, thread_ts, user, bot_id, subtype, text, blocks, files, username } = message
    const root = [...this.channels.values()].map((one) => one.messages.get(thread_ts ?? '')).find(Boolean)
    return {
      type: 'message',
      ts,
      user,
      text,
      ...(blocks.length > 0 && { blocks }),
      ...(thread_ts && { thread_ts }),
      ...(root && root !== message && { parent_user_id: root.user }),
      ...(bot_id && { bot_id, app_id: BOT.app }),
      ...(subtype && { subtype }),
      ...(username && { username }),
      ...(files.length > 0 && { files: files.map((file) => this.fileShape(file)), upload: false }),
      team: this.users.get(user)?.team_id ?? BOT.team,
    }
  }

  fileShape(file: FakeFile): Record<string, unknown> {
    const { id, name, mimetype, bytes } = file
    return { id, name, title: name, mimetype, size: bytes.length, mode: 'hosted', is_external: false, url_private: `/files-pri/${id}` }
  }

  said(channel: string, message: Message): Told {
    const shape = this.shape(message)
    return this.event({ ...shape, channel, channel_type: 'channel', event_ts: message.ts })
  }

  changed(channel: string, before: Record<string, unknown>, message: Message): Told {
    const ts = this.ts()
    const shape = { ...this.shape(message), ...(message.edited && { edited: { user: message.user, ts } }) }
    return this.event({
      type: 'message',
      subtype: 'message_changed',
      hidden: true,
      channel,
      ts,
      event_ts: ts,
      message: shape,
      previous_message: before,
    })
  }

  /** A root that was answered stays as a tombstone, and every answer is told again; all else is gone. */
  remove(channel: string, ts: string): void {
    const place = this.channel(channel)
    const message = place.messages.get(ts)
    if (!message) return
    const before = this.shape(message)
    const event = this.ts()
    const replies = [...place.messages.values()].filter((one) => one.thread_ts === ts && one.ts !== ts && !one.only)
    if (replies.length > 0) {
      place.messages.set(ts, {
        ...message,
        subtype: 'tombstone',
        user: 'USLACKBOT',
        text: 'This message was deleted.',
        blocks: [],
        files: [],
      })
      const tombstone = {
        type: 'message',
        subtype: 'tombstone',
        user: 'USLACKBOT',
        text: 'This message was deleted.',
        ts,
        thread_ts: ts,
        hidden: true,
      }
      this.event({
        type: 'message',
        subtype: 'message_changed',
        hidden: true,
        channel,
        ts: event,
        event_ts: event,
        message: tombstone,
        previous_message: before,
      })
      for (const reply of replies) this.changed(channel, this.shape(reply), reply)
      return
    }
    place.messages.delete(ts)
    place.deleted.add(ts)
    this.event({
      type: 'message',
      subtype: 'message_deleted',
      hidden: true,
      channel,
      ts: event,
      event_ts: event,
      deleted_ts: ts,
      previous_message: before,
    })
  }

  trigger(user: string): string {
    const id = `${this.next()}.trigger`
    this.triggers.set(id, { user, until: Date.now() + 3_000, used: false })
    return id
  }
}
