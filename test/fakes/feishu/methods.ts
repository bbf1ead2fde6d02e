// The calls of the open platform that a desk makes, as its pages document them: what is taken, what is refused, with which number.
import { checkCard, checkPost } from './content.ts'
import { history, itemOf } from './history.ts'
import { type Chat, type FakeFile, type Message, Refused, type World } from './world.ts'

export interface Call {
  world: World
  app: { id: string; bot: string; name: string }
  path: string[]
  query: Record<string, string>
  body: Record<string, unknown>
  form?: FormData
}

type Method = (call: Call) => unknown

const DAY_MS = 24 * 60 * 60_000
const MB = 1024 * 1024

/** By verb and path; `*` stands for an id. */
export const methods: Record<string, { scopes: string[]; run: Method }> = {
  'POST im/v1/messages': { scopes: ['im:message', 'im:message:send_as_bot', 'im:message:send'], run: create },
  'POST im/v1/messages/*/reply': { scopes: ['im:message', 'im:message:send_as_bot', 'im:message:send'], run: reply },
  'PATCH im/v1/messages/*': { scopes: ['im:message', 'im:message:send_as_bot', 'im:message:update'], run: patchCard },
  'PUT im/v1/messages/*': { scopes: ['im:message', 'im:message:send_as_bot', 'im:message:update'], run: change },
  'DELETE im/v1/messages/*': { scopes: ['im:message', 'im:message:send_as_bot', 'im:message:recall'], run: recall },
  'GET im/v1/messages': { scopes: ['im:message', 'im:message:readonly', 'im:message.history:readonly'], run: history },
  'GET im/v1/messages/*': { scopes: ['im:message', 'im:message:readonly'], run: look },
  'POST im/v1/messages/*/reactions': { scopes: ['im:message', 'im:message.reactions:write_only'], run: react },
  'GET im/v1/messages/*/reactions': { scopes: ['im:message', 'im:message.reactions:read'], run: reactions },
  'DELETE im/v1/messages/*/reactions/*': { scopes: ['im:message', 'im:message.reactions:write_only'], run: unreact },
  'POST im/v1/images': { scopes: ['im:resource', 'im:resource:upload'], run: image },
  'POST im/v1/files': { scopes: ['im:resource', 'im:resource:upload'], run: file },
  'GET im/v1/messages/*/resources/*': { scopes: ['im:message', 'im:message:readonly'], run: resource },
  'GET im/v1/chats/*': { scopes: ['im:chat', 'im:chat:read', 'im:chat:readonly'], run: chatInfo },
  'GET application/v6/scopes': { scopes: [], run: scopes },
  'GET contact/v3/users/*': { scopes: ['contact:contact.base:readonly', 'contact:contact:readonly_as_app'], run: person },
  'GET bot/v3/info': { scopes: [], run: ({ app }) => ({ bot: { app_name: app.name, open_id: app.bot } }) },
}

export const TOKEN = 'POST auth/v3/tenant_access_token/internal'
const STEPS = new Set([TOKEN, ...Object.keys(methods)].flatMap((name) => name.split(' ')[1]?.split('/') ?? []))

/** The name of a call, with what is no step of any in it as an id. */
export function callOf(verb: string, path: string[]): string {
  return `${verb} ${path.map((step) => (STEPS.has(step) ? step : '*')).join('/')}`
}

function create({ world, query, body }: Call): unknown {
  const to = String(body.receive_id ?? '')
  const sent = contentIn(world, body)
  if (query.receive_id_type === 'open_id') {
    const target = world.people.get(to)
    if (!target) throw new Refused(230034, 'The receive_id is invalid.')
    if (target.unreachable) throw new Refused(230013, 'Bot has NO availability to this user.')
    world.pace(`user ${to}`, world.perSecond, 1000, tooOften)
    return told(world.once(body.uuid, () => world.add({ chat: `p2p_${to}`, to, ...sent })))
  }
  if (query.receive_id_type !== 'chat_id') throw new Refused(99992402, 'field validation failed: receive_id_type')
  const chat = writable(world, world.chat(to))
  // In a group of topics everything that is created is a topic of its own.
  return told(world.once(body.uuid, () => world.add({ chat: chat.id, ...sent, ...(chat.form !== 'chat' && { topic: world.id('omt') }) })))
}

function reply({ world, path, body }: Call): unknown {
  const target = world.message(path[3] as string)
  const sent = contentIn(world, body)
  const chat = target.to ? undefined : writable(world, world.chat(target.chat))
  const root = target.root ?? target.id
  if (target.gone || world.message(root).gone) throw new Refused(230011, 'The message is recalled.')
  if (body.reply_in_thread === true && chat?.noTopics)
    throw new Refused(230071, 'The group to which the message belongs does not support reply in thread.')
  const first = world.message(root)
  if (body.reply_in_thread === true) first.topic ??= world.id('omt')
  const place = { chat: target.chat, root, parent: first.topic ? root : target.id, ...(first.topic && { topic: first.topic }) }
  return told(world.once(body.uuid, () => world.add({ ...place, ...(target.to && { to: target.to }), ...sent })))
}

function patchCard({ world, path, body }: Call): unknown {
  const message = own(world.message(path[3] as string))
  if (message.kind !== 'interactive') throw new Refused(230054, 'This operation is not supported for this message type.')
  if (message.gone) throw new Refused(230011, 'The message is recalled.')
  if (world.now() - message.at > 14 * DAY_MS) throw new Refused(230031, 'Message can only be modified within 14 days after sending.')
  world.pace(`card ${message.id}`, world.perSecond, 1000, tooOften)
  const content = stringIn(body.content)
  checkCard(content)
  message.content = content
  return {}
}

function change({ world, path, body }: Call): unknown {
  const message = own(world.message(path[3] as string))
  if (message.gone) throw new Refused(230011, 'The message is recalled.')
  if (message.kind !== 'post' && message.kind !== 'text')
    throw new Refused(230054, 'This operation is not supported for this message type.')
  if (body.msg_type !== 'post' && body.msg_type !== 'text') throw new Refused(230001, 'ext=invalid msg_type')
  if (world.now() - message.at > DAY_MS) throw new Refused(230075, 'The message has exceeded the time that can be edited.')
  if (message.edited >= 20) throw new Refused(230072, 'The message has reached the number of times it can be edited.')
  Object.assign(message, { ...contentIn(world, body), edited: message.edited + 1, changedAt: world.now() })
  return told(message)
}

function recall({ world, path }: Call): unknown {
  const message = world.message(path[3] as string)
  if (message.from !== undefined) throw new Refused(230026, 'No permission to recall this message.')
  if (message.gone) throw new Refused(230110, 'Action unavailable as the message has been deleted.')
  if (world.now() - message.at > DAY_MS) throw new Refused(230009, 'Message has expired when recall message.')
  Object.assign(message, { gone: true, changedAt: world.now() })
  return {}
}

function look({ world, app, path }: Call): unknown {
  return { items: [itemOf(world.message(path[3] as string), app.id)] }
}

const EMOJI = new Set(['OneSecond', 'OK', 'DONE', 'GLANCE', 'CrossMark', 'CheckMark', 'Pin', 'THUMBSUP', 'Get', 'SMILE'])

function react({ world, app, path, body }: Call): unknown {
  const message = world.messages.get(path[3] as string)
  if (!message || message.gone) throw new Refused(231003, 'The message is not found, maybe not exist or deleted.')
  if (message.root && world.message(message.root).gone)
    throw new Refused(231005, 'The thread has been no-trace removed, cannot put reaction.')
  const emoji = String((body.reaction_type as { emoji_type?: unknown } | undefined)?.emoji_type ?? '')
  if (!EMOJI.has(emoji)) throw new Refused(231001, 'reaction type is invalid.')
  const reaction = { id: world.id('reaction'), emoji, operator: app.id }
  message.reactions.push(reaction)
  return { reaction_id: reaction.id, operator: { operator_id: app.id, operator_type: 'app' }, reaction_type: { emoji_type: emoji } }
}

function reactions({ world, app, path }: Call): unknown {
  const { reactions: all } = world.message(path[3] as string)
  const items = all.map(({ id, emoji, operator }) => ({
    reaction_id: id,
    operator: { operator_id: operator, operator_type: operator === app.id ? 'app' : 'user' },
    reaction_type: { emoji_type: emoji },
  }))
  return { items, has_more: false }
}

function unreact({ world, path }: Call): unknown {
  const message = world.message(path[3] as string)
  message.reactions = message.reactions.filter(({ id }) => id !== path[5])
  return {}
}

function image({ world, form }: Call): unknown {
  const bytes = upload(form, 'image', 10 * MB)
  if (form?.get('image_type') !== 'message') throw new Refused(234001, 'Invalid request param.')
  if (!/^image\//.test(bytes.mime)) throw new Refused(234011, "Can't regonnize the image format.")
  const key = world.id('img')
  world.files.set(key, { ...bytes, form: 'image' })
  return { image_key: key }
}

function file({ world, form }: Call): unknown {
  const bytes = upload(form, 'file', 30 * MB)
  const type = String(form?.get('file_type') ?? '')
  if (!['opus', 'mp4', 'pdf', 'doc', 'xls', 'ppt', 'stream'].includes(type)) throw new Refused(234001, 'Invalid request param.')
  const key = world.id('file')
  world.files.set(key, { ...bytes, name: String(form?.get('file_name') ?? ''), form: type })
  return { file_key: key }
}

function upload(form: FormData | undefined, field: string, most: number): Omit<FakeFile, 'form'> & { size: number } {
  const given = form?.get(field)
  if (!(given instanceof File)) throw new Refused(234001, 'Invalid request param.')
  if (given.size === 0) throw new Refused(234010, "File's size can't be 0.")
  if (given.size > most) throw new Refused(234006, 'The file size exceed the max value.')
  const held = (given as File & { held?: Uint8Array<ArrayBuffer> }).held ?? new Uint8Array()
  return { bytes: held, name: given.name, mime: given.type, size: given.size }
}

function resource({ world, path, query }: Call): FakeFile {
  const message = world.message(path[3] as string)
  const key = path[5] as string
  if (!message.content.includes(key)) throw new Refused(234003, 'File not in message.')
  if (message.kind === 'interactive' || message.kind === 'merge_forward') throw new Refused(234043, 'Unsupported message type.')
  if (query.type !== (key.startsWith('img_') ? 'image' : 'file')) throw new Refused(234001, 'Invalid request param.')
  const found = world.files.get(key)
  if (!found) throw new Refused(234003, 'File not in message.')
  return found
}

function chatInfo({ world, path }: Call): unknown {
  const chat = world.chats.get(path[3] as string)
  if (!chat) throw new Refused(232006, 'Your request specifies a chat_id which is invalid.')
  if (!chat.hasBot) throw new Refused(232011, 'Operator can NOT be out of the chat.')
  const form = chat.form === 'topic' ? { chat_mode: 'topic' } : { chat_mode: 'group', group_message_type: chat.form }
  return { name: chat.name, ...form, chat_status: chat.dissolved ? 'dissolved' : 'normal' }
}

function scopes({ world }: Call): unknown {
  return { scopes: [...world.scopes].map((name) => ({ scope_name: name, grant_status: 1 })) }
}

function person({ world, path, query }: Call): unknown {
  const found = world.people.get(path[3] as string)
  if (query.user_id_type !== 'open_id') throw new Refused(99992402, 'field validation failed: user_id_type')
  if (!found) throw new Refused(41012, 'user id invalid error')
  const email = world.scopes.has('contact:user.email:readonly') ? { email: found.email ?? '' } : {}
  return { user: { open_id: found.id, name: found.name, ...email } }
}

// ── What they share ──────────────────────────────────────────────────────────────────────────────────────────────────

function writable(world: World, chat: Chat): Chat {
  if (chat.dissolved) throw new Refused(232009, 'Your request specifies a chat which has already been dissolved.')
  if (!chat.hasBot) throw new Refused(230002, 'The bot can not be outside the group.')
  world.pace(`chat ${chat.id}`, world.perSecond, 1000, tooOften)
  return chat
}

const tooOften = () => new Refused(230020, 'This operation triggers the frequency limit.')

function own(message: Message): Message {
  if (message.from !== undefined) throw new Refused(230071, 'The operator is not the sender of the message.')
  return message
}

function contentIn(world: World, body: Record<string, unknown>): { kind: string; content: string } {
  const kind = String(body.msg_type ?? '')
  const content = stringIn(body.content)
  const limit = kind === 'text' ? 150_000 : 30_000
  if (new TextEncoder().encode(JSON.stringify(body)).length > limit)
    throw new Refused(230025, 'The length of the message content reaches its limit.')
  if (kind === 'interactive') checkCard(content)
  else if (kind === 'post') checkPost(content)
  else if (kind === 'text') checkText(content)
  else checkFile(world, kind, content)
  return { kind, content }
}

function stringIn(content: unknown): string {
  if (typeof content !== 'string')
    throw new Refused(230001, 'Your request contains an invalid request parameter, ext=content is not a string.')
  return content
}

function checkText(content: string): void {
  if (typeof (JSON.parse(content) as { text?: unknown }).text !== 'string') throw new Refused(230001, 'ext=text is empty')
}

const FORMS: Record<string, string[]> = { image: ['image'], audio: ['opus'], media: ['mp4'], file: ['pdf', 'doc', 'xls', 'ppt', 'stream'] }

function checkFile(world: World, kind: string, content: string): void {
  const forms = FORMS[kind]
  if (!forms) throw new Refused(230001, 'Your request contains an invalid request parameter, ext=invalid msg_type.')
  const { image_key, file_key } = JSON.parse(content) as { image_key?: string; file_key?: string }
  const found = world.files.get(String(kind === 'image' ? image_key : file_key))
  if (!found) throw new Refused(230001, 'Your request contains an invalid request parameter, ext=invalid file key.')
  if (!forms.includes(found.form)) throw new Refused(230055, 'The type of file upload does not match the type of message being sent.')
}

export function told(message: Message) {
  return {
    message_id: message.id,
    root_id: message.root,
    parent_id: message.parent,
    thread_id: message.topic,
    msg_type: message.kind,
    create_time: String(message.at),
    chat_id: message.chat,
    deleted: false,
    updated: message.edited > 0,
    body: { content: message.content },
  }
}
