// The methods of the fake Bot API, with Telegram's own refusals word for word.
import {
  ApiError,
  type Bot,
  badRequest,
  type Chat,
  describe,
  describeBot,
  type FakeFile,
  type FakeMessage,
  type Topic,
  type World,
} from './world.ts'

export interface Call {
  bot: Bot
  params: Record<string, unknown>
  files: Record<string, FakeFile>
  world: World
  /** Ends when the caller hangs up. */
  signal: AbortSignal
}

type MethodBody = (call: Call) => unknown

const TEXT_MAX = 4096
const CAPTION_MAX = 1024

function chatOf({ bot, params, world }: Call): Chat {
  if (params.chat_id === undefined || params.chat_id === '') throw badRequest('chat_id is empty')
  const chat = world.find(bot, params.chat_id)
  if (!chat) throw badRequest('chat not found')
  if (chat.migratedTo)
    throw new ApiError(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: chat.migratedTo })
  if (!chat.bots.includes(bot)) throw new ApiError(403, 'Forbidden: bot is not a member of the supergroup chat')
  return chat
}

/** The chat, and that this bot may write in it. */
function writable(call: Call): Chat {
  const chat = chatOf(call)
  if (chat.state === 'blocked') throw new ApiError(403, 'Forbidden: bot was blocked by the user')
  if (chat.state === 'deactivated') throw new ApiError(403, 'Forbidden: user is deactivated')
  if (chat.state === 'uninitiated') throw new ApiError(403, "Forbidden: bot can't initiate conversation with a user")
  return chat
}

function threadOf(call: Call, chat: Chat): { message_thread_id?: number; is_topic_message?: true } {
  const id = call.params.message_thread_id
  if (id === undefined) return {}
  const topic = chat.topics.get(Number(id))
  if (!topic) throw badRequest('message thread not found')
  if (topic.state === 'deleted') throw badRequest(topic.gone)
  if (topic.state === 'closed' && !chat.rights) throw badRequest('TOPIC_CLOSED')
  return { message_thread_id: topic.id, is_topic_message: true }
}

function keyboardOf({ params }: Call): Pick<FakeMessage, 'reply_markup'> {
  const markup = params.reply_markup as FakeMessage['reply_markup']
  if (markup === undefined) return {}
  if (!Array.isArray(markup.inline_keyboard)) throw badRequest("can't parse reply keyboard markup JSON object")
  for (const button of markup.inline_keyboard.flat()) {
    if (typeof button.text !== 'string' || button.text === '')
      throw badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if (button.url !== undefined && !/^(https?:\/\/[^/]+\.[^/]+|tg:\/\/)/.test(button.url)) {
      throw badRequest(`inline keyboard button URL '${button.url}' is invalid: Wrong HTTP URL`)
    }
    const size = new TextEncoder().encode(button.callback_data ?? '').length
    if (button.url === undefined && (size < 1 || size > 64)) throw badRequest('BUTTON_DATA_INVALID')
  }
  return { reply_markup: markup }
}

function replyOf({ params }: Call, chat: Chat): { reply_to_message?: FakeMessage } {
  const reply = params.reply_parameters as { message_id?: number; allow_sending_without_reply?: boolean } | undefined
  if (reply === undefined) return {}
  const target = chat.messages.get(Number(reply.message_id))
  if (target) return { reply_to_message: target }
  if (reply.allow_sending_without_reply) return {}
  throw badRequest('message to be replied not found')
}

function words(value: unknown, max: number, tooLong: string): string {
  const text = typeof value === 'string' ? value : ''
  if (!text.isWellFormed()) throw badRequest('strings must be encoded in UTF-8')
  if (text.length > max) throw badRequest(tooLong)
  return text
}

/** Text as Telegram keeps it: without blanks around it. */
function textOf(call: Call): string {
  const text = words(call.params.text, TEXT_MAX, 'message is too long').trim()
  if (text === '') throw badRequest('message text is empty')
  return text
}

function say(call: Call, content: Record<string, unknown>): FakeMessage {
  const chat = writable(call)
  const extra = { ...threadOf(call, chat), ...keyboardOf(call), ...replyOf(call, chat) }
  return call.world.addMessage(chat, { from: describeBot(call.bot), ...content, ...extra })
}

function sendFile(field: string, sizeMax: number): MethodBody {
  return (call) => {
    writable(call)
    const file = call.files[field]
    const known = call.world.files.get(String(call.params[field]))
    if (!file && !known) throw badRequest(`there is no ${field} in the request`)
    if (file && file.bytes.length === 0) throw badRequest('file must be non-empty')
    if (file && file.bytes.length > sizeMax) throw new ApiError(413, 'Request Entity Too Large')
    const caption = words(call.params.caption, CAPTION_MAX, 'message caption is too long')
    const stored = file ? call.world.addFile(file) : { file_id: String(call.params[field]) }
    const entry = { ...stored, file_name: (file ?? known)?.name, mime_type: (file ?? known)?.mime }
    return say(call, { [field]: field === 'photo' ? [{ ...stored, width: 90, height: 90 }] : entry, ...(caption && { caption }) })
  }
}

function edit(call: Call, content: { text: string } | { caption: string }): FakeMessage {
  const chat = chatOf(call)
  const message = chat.messages.get(Number(call.params.message_id))
  if (!message) throw badRequest('message to edit not found')
  if (message.from?.id !== call.bot.id || message.locked) throw badRequest("message can't be edited")
  if ('text' in content && message.text === undefined) throw badRequest('there is no text in the message to edit')
  const before = JSON.stringify([message.text, message.caption, message.reply_markup])
  const next = { ...message, ...content, reply_markup: keyboardOf(call).reply_markup }
  if (JSON.stringify([next.text, next.caption, next.reply_markup]) === before) {
    throw badRequest(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  }
  chat.messages.set(message.message_id, next)
  return next
}

function topicOf(call: Call): { chat: Chat; topic: Topic } {
  const chat = forumOf(call)
  const topic = chat.topics.get(Number(call.params.message_thread_id))
  if (!topic) throw badRequest('TOPIC_ID_INVALID')
  if (topic.state === 'deleted') throw badRequest(topic.gone)
  return { chat, topic }
}

function forumOf(call: Call): Chat {
  const chat = chatOf(call)
  if (!chat.isForum) throw badRequest('the chat is not a forum')
  if (!chat.rights) throw badRequest('not enough rights to create a topic')
  return chat
}

function setTopic(state: 'open' | 'closed'): MethodBody {
  return (call) => {
    const { chat, topic } = topicOf(call)
    if (topic.state === state) throw badRequest('TOPIC_NOT_MODIFIED')
    topic.state = state
    notice(call, chat, topic, state === 'open' ? 'forum_topic_reopened' : 'forum_topic_closed', {})
    return true
  }
}

function notice(call: Call, chat: Chat, topic: Topic, kind: string, value: unknown): FakeMessage {
  const said = { from: describeBot(call.bot), message_thread_id: topic.id, is_topic_message: true, [kind]: value }
  const message = call.world.addMessage(chat, said)
  for (const bot of chat.bots) call.world.push(bot, { message })
  return message
}

function createForumTopic(call: Call): unknown {
  const chat = forumOf(call)
  const name = String(call.params.name ?? '').trim()
  if (name === '') throw badRequest('topic name must be non-empty')
  if (name.length > 128) throw badRequest('topic name is too long')
  const topic: Topic = { id: chat.nextMessage, name, state: 'open', gone: 'message thread not found' }
  chat.topics.set(topic.id, topic)
  notice(call, chat, topic, 'forum_topic_created', { name, icon_color: 7322096 })
  return { message_thread_id: topic.id, name, icon_color: 7322096 }
}

function editForumTopic(call: Call): true {
  const { topic } = topicOf(call)
  const name = String(call.params.name ?? topic.name).trim()
  if (name === topic.name) throw badRequest('TOPIC_NOT_MODIFIED')
  topic.name = name
  return true
}

async function getUpdates({ bot, params, signal }: Call): Promise<unknown> {
  if (bot.webhook)
    throw new ApiError(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
  bot.poll?.('conflict')
  const offset = Number(params.offset ?? 0)
  bot.waiting = bot.waiting.filter((update) => update.update_id >= offset)
  if (params.allowed_updates !== undefined) bot.allowed = params.allowed_updates as string[]
  const limit = Math.min(Math.max(Number(params.limit ?? 100), 1), 100)
  if (bot.waiting.length === 0 && Number(params.timeout ?? 0) > 0) {
    const why = await new Promise<string>((resolve) => {
      const timer = setTimeout(resolve, Number(params.timeout) * 1000, 'time')
      const end = (reason: string) => {
        clearTimeout(timer)
        resolve(reason)
      }
      bot.poll = end
      signal.addEventListener('abort', () => end('gone'))
    })
    if (why === 'conflict')
      throw new ApiError(409, 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running')
    bot.poll = undefined
  }
  return bot.waiting.slice(0, limit)
}

function setWebhook({ bot, params, world }: Call): true {
  const url = String(params.url ?? '')
  const secret = params.secret_token === undefined ? undefined : String(params.secret_token)
  if (secret !== undefined && !/^[A-Za-z0-9_-]{1,256}$/.test(secret)) throw badRequest('secret token contains unallowed characters')
  // The real one takes https only; the fake is used on loopback.
  if (url !== '' && !/^https?:\/\//.test(url)) throw badRequest('bad webhook: An HTTPS URL must be provided for webhook')
  if (params.drop_pending_updates) bot.waiting = []
  if (params.allowed_updates !== undefined) bot.allowed = params.allowed_updates as string[]
  bot.webhook = url === '' ? undefined : { url, secret }
  bot.poll?.('conflict')
  void world.deliver(bot)
  return true
}

function getFile({ params, world }: Call): unknown {
  const file = world.files.get(String(params.file_id))
  if (!file) throw badRequest('invalid file_id')
  if (file.bytes.length > world.fileMax) throw badRequest('file is too big')
  return { file_id: params.file_id, file_unique_id: String(params.file_id), file_size: file.bytes.length, file_path: file.path }
}

function answerCallbackQuery({ bot, params }: Call): true {
  if (words(params.text, 200, 'MESSAGE_TOO_LONG') === undefined) throw badRequest('text is invalid')
  if (!bot.callbacks.delete(String(params.callback_query_id)))
    throw badRequest('query is too old and response timeout expired or query ID is invalid')
  return true
}

function setMyCommands({ bot, params }: Call): true {
  const commands = (params.commands ?? []) as { command: string; description: string }[]
  if (commands.some(({ command, description }) => !/^[a-z0-9_]{1,32}$/.test(command) || description === ''))
    throw badRequest('BOT_COMMAND_INVALID')
  const { language_code: language = '' } = params
  if (!/^([a-z]{2})?$/.test(String(language))) throw badRequest('LANGUAGE_CODE_INVALID')
  bot.commands.set(`${JSON.stringify(params.scope ?? {})}${language}`, commands)
  return true
}

/** The emoji that a bot may react with; everything else is refused. */
const REACTIONS = new Set(
  '❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡'.split(
    ' ',
  ),
)

function setMessageReaction(call: Call): true {
  const chat = chatOf(call)
  const message = chat.messages.get(Number(call.params.message_id))
  const topic = chat.topics.get(message?.message_thread_id ?? -1)
  if (!message || topic?.state === 'deleted') throw badRequest('message to react not found')
  const reaction = (call.params.reaction ?? []) as { type?: string; emoji?: string }[]
  // A bot is no premium user: one reaction a message.
  if (!Array.isArray(reaction) || reaction.length > 1) throw badRequest('REACTIONS_TOO_MANY')
  if (reaction.some(({ type, emoji }) => type !== 'emoji' || !REACTIONS.has(emoji ?? ''))) throw badRequest('REACTION_INVALID')
  message.reaction = reaction[0]?.emoji
  return true
}

function sendLocation(call: Call): FakeMessage {
  const [latitude, longitude] = [Number(call.params.latitude), Number(call.params.longitude)]
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) throw badRequest('failed to create location')
  return say(call, { location: { latitude, longitude } })
}

function sendVenue(call: Call): FakeMessage {
  const { title, address } = call.params
  if (!title || !address) throw badRequest('venue title and address must be non-empty')
  const location = { latitude: Number(call.params.latitude), longitude: Number(call.params.longitude) }
  return say(call, { location, venue: { location, title, address } })
}

function deleteMessage(call: Call): true {
  const { messages } = chatOf(call)
  const message = messages.get(Number(call.params.message_id))
  if (!message) throw badRequest('message to delete not found')
  if (message.old) throw badRequest("message can't be deleted for everyone")
  messages.delete(message.message_id)
  return true
}

const MB = 1024 * 1024

export const methods: Record<string, MethodBody> = {
  getMe: ({ bot }) => ({ ...describeBot(bot), can_join_groups: true, can_read_all_group_messages: false, supports_inline_queries: false }),
  getChat: (call) => describe(chatOf(call)),
  getChatMember: (call) => {
    const { rights } = chatOf(call)
    return { user: describeBot(call.bot), status: rights ? 'administrator' : 'member', can_manage_topics: rights }
  },
  getUpdates,
  setWebhook,
  deleteWebhook: (call) => setWebhook({ ...call, params: { ...call.params, url: '' } }),
  getWebhookInfo: ({ bot }) => ({
    url: bot.webhook?.url ?? '',
    has_custom_certificate: false,
    pending_update_count: bot.waiting.length,
    allowed_updates: bot.allowed,
    ...(bot.webhook?.lastError && { last_error_message: bot.webhook.lastError }),
  }),
  sendMessage: (call) => say(call, { text: textOf(call) }),
  sendPhoto: sendFile('photo', 10 * MB),
  sendDocument: sendFile('document', 50 * MB),
  sendAudio: sendFile('audio', 50 * MB),
  sendVideo: sendFile('video', 50 * MB),
  sendVoice: sendFile('voice', 50 * MB),
  sendLocation,
  sendVenue,
  sendChatAction: (call) => Boolean(writable(call)),
  editMessageText: (call) => edit(call, { text: textOf(call) }),
  editMessageCaption: (call) => edit(call, { caption: words(call.params.caption, CAPTION_MAX, 'message caption is too long') }),
  deleteMessage,
  getFile,
  answerCallbackQuery,
  setMyCommands,
  setMessageReaction,
  createForumTopic,
  editForumTopic,
  closeForumTopic: setTopic('closed'),
  reopenForumTopic: setTopic('open'),
  deleteForumTopic: (call) => {
    topicOf(call).topic.state = 'deleted'
    return true
  },
}
