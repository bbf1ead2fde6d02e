// The methods of the Web API that a desk needs, with the scopes and refusals of Slack's reference.
import { complaint } from './blocks.ts'
import { type Block, BOT, type Channel, type FakeFile, type Message, type World } from './world.ts'

export class Refusal extends Error {
  readonly extra: Record<string, unknown>

  constructor(error: string, extra: Record<string, unknown> = {}) {
    super(error)
    this.extra = extra
  }
}

export type Args = Record<string, unknown>

export interface Caller {
  scopes: Set<string>
  url: string
  pageMax: number
}

type Handler = (world: World, args: Args, caller: Caller) => object

interface MethodRule {
  /** One of these. */
  scope?: string[]
  /** Slack reads a JSON body only where something is written. */
  json: boolean
  handle: Handler
}

const HISTORY = ['channels:history', 'groups:history']

export const methods: Record<string, MethodRule> = {
  'auth.test': { json: true, handle: () => ({ team: 'Acme', team_id: BOT.team, user: 'desk', user_id: BOT.user, bot_id: BOT.bot }) },
  'chat.postMessage': { scope: ['chat:write'], json: true, handle: postMessage },
  'chat.postEphemeral': { scope: ['chat:write'], json: true, handle: postEphemeral },
  'chat.update': { scope: ['chat:write'], json: true, handle: update },
  'chat.delete': { scope: ['chat:write'], json: true, handle: remove },
  'chat.getPermalink': { json: false, handle: permalink },
  'conversations.info': { scope: ['channels:read', 'groups:read'], json: false, handle: info },
  'conversations.history': { scope: HISTORY, json: false, handle: history },
  'conversations.replies': { scope: HISTORY, json: false, handle: replies },
  'reactions.add': { scope: ['reactions:write'], json: true, handle: react },
  'reactions.remove': { scope: ['reactions:write'], json: true, handle: unreact },
  'reactions.get': { scope: ['reactions:read'], json: false, handle: reactions },
  'users.getPresence': { scope: ['users:read'], json: true, handle: presence },
  'users.info': { scope: ['users:read'], json: false, handle: userInfo },
  'files.getUploadURLExternal': { scope: ['files:write'], json: false, handle: uploadUrl },
  'files.completeUploadExternal': { scope: ['files:write'], json: true, handle: completeUpload },
  'files.info': { scope: ['files:read'], json: false, handle: fileInfo },
  'files.delete': { scope: ['files:write'], json: true, handle: fileDelete },
  'views.open': { json: true, handle: viewOpen },
}

function text(args: Args, name: string): string {
  const value = args[name]
  if (typeof value !== 'string' || value === '')
    throw new Refusal('invalid_arguments', { response_metadata: { messages: [`missing ${name}`] } })
  return value
}

/** A channel in which the app may write. */
function placeOf(world: World, args: Args, may: 'write' | 'read' = 'write'): Channel {
  const id = text(args, 'channel')
  const channel = world.users.has(id) ? world.direct(id) : world.channels.get(id)
  if (!channel || (channel.isPrivate && !channel.members.has(BOT.user))) throw new Refusal('channel_not_found')
  if (!channel.members.has(BOT.user)) throw new Refusal('not_in_channel')
  if (may === 'write' && channel.isArchived) throw new Refusal('is_archived')
  return channel
}

function contentOf(args: Args): { text: string; blocks: Block[] } {
  const blocks = args.blocks === undefined ? [] : (args.blocks as Block[])
  const wrong = complaint(blocks)
  if (wrong) throw new Refusal('invalid_blocks', { response_metadata: { messages: [wrong] } })
  const words = typeof args.text === 'string' ? args.text : ''
  if (words.trim() === '' && blocks.length === 0) throw new Refusal('no_text')
  if (words.length > 40_000) throw new Refusal('msg_too_long')
  return { text: words, blocks }
}

function newMessage(world: World, args: Args, caller: Caller): Message {
  const isDressed = caller.scopes.has('chat:write.customize')
  return {
    ts: world.ts(),
    user: BOT.user,
    bot_id: BOT.bot,
    ...contentOf(args),
    files: [],
    reactions: new Map(),
    metadata: args.metadata,
    // Without the scope Slack ignores them.
    ...(isDressed && typeof args.username === 'string' && { username: args.username, subtype: 'bot_message' }),
    ...(isDressed && typeof args.icon_emoji === 'string' && { icon: args.icon_emoji }),
  }
}

function postMessage(world: World, args: Args, caller: Caller): object {
  const channel = placeOf(world, args)
  const message = newMessage(world, args, caller)
  const root = args.thread_ts
  if (root !== undefined) {
    if (typeof root !== 'string' || !/^\d+\.\d{6}$/.test(root)) throw new Refusal('invalid_thread_ts')
    // A root that was deleted before anybody answered: Slack says nothing and shows the reply beside the threads.
    if (channel.messages.has(root)) message.thread_ts = channel.messages.get(root)?.thread_ts ?? root
    else if (!channel.deleted.has(root)) throw new Refusal('thread_not_found')
  }
  channel.messages.set(message.ts, message)
  world.said(channel.id, message)
  return { channel: channel.id, ts: message.ts, message: { ...world.shape(message), metadata: undefined } }
}

function postEphemeral(world: World, args: Args, caller: Caller): object {
  const channel = placeOf(world, args)
  const user = text(args, 'user')
  if (!channel.members.has(user)) throw new Refusal('user_not_in_channel')
  const message: Message = { ...newMessage(world, args, caller), only: user }
  if (typeof args.thread_ts === 'string') message.thread_ts = args.thread_ts
  message.response = `/response/${world.next()}`
  world.responses.set(message.response, { channel: channel.id, message, user, uses: 0 })
  channel.messages.set(message.ts, message)
  return { message_ts: message.ts }
}

function own(world: World, args: Args, name: string): { channel: Channel; message: Message } {
  const channel = placeOf(world, args)
  const message = channel.messages.get(text(args, name))
  if (!message || message.only !== undefined) throw new Refusal('message_not_found')
  return { channel, message }
}

function update(world: World, args: Args): object {
  const { channel, message } = own(world, args, 'ts')
  if (message.bot_id !== BOT.bot) throw new Refusal('cant_update_message')
  const before = world.shape(message)
  Object.assign(message, contentOf(args), { edited: true })
  world.changed(channel.id, before, message)
  return { channel: channel.id, ts: message.ts, text: message.text }
}

function remove(world: World, args: Args): object {
  const { channel, message } = own(world, args, 'ts')
  if (message.bot_id !== BOT.bot) throw new Refusal('cant_delete_message')
  world.remove(channel.id, message.ts)
  return { channel: channel.id, ts: message.ts }
}

function permalink(world: World, args: Args): object {
  const { channel, message } = own(world, args, 'message_ts')
  return { channel: channel.id, permalink: `https://acme.slack.com/archives/${channel.id}/p${message.ts.replace('.', '')}` }
}

function info(world: World, args: Args): object {
  const channel = world.channels.get(text(args, 'channel'))
  if (!channel || (channel.isPrivate && !channel.members.has(BOT.user))) throw new Refusal('channel_not_found')
  const { id, name, isPrivate, isArchived, members } = channel
  return { channel: { id, name, is_channel: true, is_private: isPrivate, is_archived: isArchived, is_member: members.has(BOT.user) } }
}

function history(world: World, args: Args, caller: Caller): object {
  const { messages } = placeOf(world, args, 'read')
  const roots = [...messages.values()].filter(({ thread_ts, ts, only }) => !only && (thread_ts === undefined || thread_ts === ts))
  return page(world, roots.reverse(), { args, caller, all: [...messages.values()] })
}

function replies(world: World, args: Args, caller: Caller): object {
  const { id, messages } = placeOf(world, args, 'read')
  const named = messages.get(text(args, 'ts'))
  if (!named) throw new Refusal('thread_not_found')
  const root = named.thread_ts ?? named.ts
  const all = world.thread(id, root).filter(({ only }) => !only)
  return page(world, all, { args, caller, all, root })
}

interface Asked {
  args: Args
  caller: Caller
  all: Iterable<Message>
  root?: string
}

function page(world: World, messages: Message[], { args, caller, all, root }: Asked): object {
  const oldest = Number(args.oldest ?? 0)
  const limit = Math.min(Number(args.limit ?? 100), caller.pageMax)
  const begin = args.cursor === undefined ? 0 : offsetIn(String(args.cursor))
  const withMetadata = String(args.include_all_metadata) === 'true'
  const inclusive = String(args.inclusive) === 'true'
  // A thread's root comes along, whatever time is asked for.
  const isIn = ({ ts }: Message) => ts === root || Number(ts) > oldest || (inclusive && Number(ts) === oldest)
  const some = messages.filter(isIn)
  const shapes = some.slice(begin, begin + limit).map((message) => ({
    ...world.shape(message),
    ...answersOf(all, message),
    ...(withMetadata && { metadata: message.metadata }),
  }))
  const next = begin + limit < some.length ? `bmV4dDo=${begin + limit}` : ''
  return { messages: shapes, has_more: next !== '', ...(next !== '' && { response_metadata: { next_cursor: next } }) }
}

/** A cursor is Slack's own: what Slack did not give is refused. */
function offsetIn(cursor: string): number {
  const offset = /^bmV4dDo=(\d+)$/.exec(cursor)?.[1]
  if (offset === undefined) throw new Refusal('invalid_cursor')
  return Number(offset)
}

/** What a root tells of its thread. */
function answersOf(all: Iterable<Message>, { ts }: Message): object {
  const answers = [...all].filter((one) => one.thread_ts === ts && one.ts !== ts && !one.only)
  const latest = answers.at(-1)?.ts
  return latest === undefined ? {} : { thread_ts: ts, reply_count: answers.length, latest_reply: latest }
}

function react(world: World, args: Args): object {
  const { channel, message } = own(world, args, 'timestamp')
  const name = text(args, 'name')
  if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) throw new Refusal('invalid_name')
  addReaction(world, channel.id, message, name, BOT.user)
  return {}
}

export function addReaction(world: World, channel: string, message: Message, name: string, user: string): void {
  const users = message.reactions.get(name) ?? new Set()
  if (users.has(user)) throw new Refusal('already_reacted')
  message.reactions.set(name, users.add(user))
  const item = { type: 'message', channel, ts: message.ts }
  world.event({ type: 'reaction_added', user, reaction: name, item, item_user: message.user, event_ts: world.ts() })
}

function unreact(world: World, args: Args): object {
  const { message } = own(world, args, 'timestamp')
  const users = message.reactions.get(text(args, 'name'))
  if (!users?.delete(BOT.user)) throw new Refusal('no_reaction')
  if (users.size === 0) message.reactions.delete(text(args, 'name'))
  return {}
}

function reactions(world: World, args: Args): object {
  const { channel, message } = own(world, args, 'timestamp')
  const list = [...message.reactions].map(([name, users]) => ({ name, users: [...users], count: users.size }))
  return { type: 'message', channel: channel.id, message: { ...world.shape(message), reactions: list } }
}

function userInfo(world: World, args: Args, { scopes }: Caller): object {
  const user = world.users.get(text(args, 'user'))
  if (!user) throw new Refusal('user_not_found')
  const { email, ...profile } = user.profile
  const { presence: _elsewhere, ...plain } = user
  return {
    user: { ...plain, real_name: profile.real_name, profile: scopes.has('users:read.email') && email ? { ...profile, email } : profile },
  }
}

/** Of somebody else Slack tells no more than this. */
function presence(world: World, args: Args): object {
  const user = world.users.get(text(args, 'user'))
  if (!user) throw new Refusal('user_not_found')
  return { presence: user.presence ?? 'away' }
}

function uploadUrl(world: World, args: Args, { url }: Caller): object {
  const name = text(args, 'filename')
  const length = Number(args.length)
  if (!(length > 0)) throw new Refusal('invalid_arguments')
  const id = `F${String(world.next()).padStart(6, '0')}`
  world.files.set(id, { id, name, mimetype: mimeOf(name), bytes: new Uint8Array() })
  return { upload_url: `${url}/upload/${id}?length=${length}`, file_id: id }
}

/** Slack looks at the name. */
export function mimeOf(name: string): string {
  const kinds: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', pdf: 'application/pdf', ogg: 'audio/ogg', mp4: 'video/mp4' }
  return kinds[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
}

function completeUpload(world: World, args: Args): object {
  const listed = (args.files as { id: string; title?: string }[] | undefined) ?? []
  const files = listed.map(({ id }) => world.files.get(id)).filter((file): file is FakeFile => file !== undefined && file.bytes.length > 0)
  if (files.length === 0 || files.length < listed.length) throw new Refusal('file_not_found')
  const channel = placeOf(world, { channel: args.channel_id })
  const root = args.thread_ts as string | undefined
  const message: Message = {
    ts: world.ts(),
    // A file that an app shows comes back under its user, without the mark of a bot.
    user: BOT.user,
    subtype: 'file_share',
    text: String(args.initial_comment ?? ''),
    blocks: [],
    files,
    reactions: new Map(),
    ...(root !== undefined && channel.messages.has(root) && { thread_ts: root }),
  }
  channel.messages.set(message.ts, message)
  world.said(channel.id, message)
  return { files: files.map(({ id, name }) => ({ id, title: name })) }
}

function fileInfo(world: World, args: Args, { url }: Caller): object {
  const file = world.files.get(text(args, 'file'))
  if (!file) throw new Refusal('file_not_found')
  const shape = world.fileShape(file)
  return { file: { ...shape, url_private: `${url}/files-pri/${file.id}`, url_private_download: `${url}/files-pri/${file.id}` } }
}

function fileDelete(world: World, args: Args): object {
  const id = text(args, 'file')
  if (!world.files.delete(id)) throw new Refusal('file_not_found')
  for (const { messages } of world.channels.values()) {
    for (const message of messages.values()) message.files = message.files.filter((file) => file.id !== id)
  }
  return {}
}

function viewOpen(world: World, args: Args): object {
  const trigger = world.triggers.get(text(args, 'trigger_id'))
  if (!trigger) throw new Refusal('invalid_trigger_id')
  if (trigger.until < Date.now()) throw new Refusal('expired_trigger_id')
  if (trigger.used) throw new Refusal('exchanged_trigger_id')
  trigger.used = true
  const view = args.view as Record<string, unknown>
  if (view?.type !== 'modal' || !Array.isArray(view.blocks)) throw new Refusal('invalid_arguments')
  const opened = { id: `V${world.next()}`, hash: `${world.next()}.hash`, user: trigger.user, view }
  world.views.push(opened)
  return { view: { ...view, id: opened.id, hash: opened.hash } }
}
