// The hands of the people in the fake: a customer in a private chat with a bot, an agent in a group with topics.
import { type Bot, type Chat, describe, type FakeFile, type FakeMessage, seconds, type World } from './world.ts'

export interface Person {
  id: number
  first_name?: string
  last_name?: string
  username?: string
  language_code?: string
}

/** What an act made: the update's id, and the message's where there is one. */
export interface Act {
  update_id: number
  message_id: number
}

type Extra = Partial<FakeMessage>

export interface Customer {
  text(text: string, extra?: Extra): Act
  start(payload?: string): Act
  photo(file: FakeFile, caption?: string): Act
  document(file: FakeFile, caption?: string): Act
  voice(file: FakeFile): Act
  location(latitude: number, longitude: number): Act
  /** Any other content, as Telegram writes it: `{ poll: … }`. */
  send(content: Extra): Act
  /** Presses a button, found by label or data, of a message of the bot; without an id the newest that has it. */
  press(button: string, messageId?: number): Act
  edit(messageId: number, text: string): Act
  block(): Act
  unblock(): void
  deactivate(): void
}

export interface Agent {
  text(thread: number | undefined, text: string, extra?: Extra): Act
  photo(thread: number | undefined, file: FakeFile, caption?: string): Act
  document(thread: number | undefined, file: FakeFile, caption?: string): Act
  send(thread: number | undefined, content: Extra): Act
  press(button: string, messageId?: number): Act
  edit(messageId: number, text: string): Act
  /** Writes to the bot in private, which lets the bot write there, too. */
  start(text?: string): Act
  /** Presses a button in the private chat with the bot. */
  pressPrivate(button: string): Act
  /** Closes a topic by hand, opens it again, or gives it another name. */
  closeTopic(thread: number): Act
  reopenTopic(thread: number): Act
  /** As an administrator who stays anonymous: Telegram names the group instead of the person. */
  anonymous(thread: number | undefined, text: string): Act
}

function userOf(person: number | Person): Record<string, unknown> & { id: number } {
  const given = typeof person === 'number' ? { id: person } : person
  return { is_bot: false, first_name: `User ${given.id}`, ...given }
}

export function customer(world: World, person: number | Person, bot: Bot): Customer {
  const user = userOf(person)
  const chat = world.privateChat(bot, user.id)
  const send = (content: Extra): Act => {
    if (chat.state === 'uninitiated') chat.state = 'open'
    return tell(world, [bot], 'message', say(world, chat, user, content))
  }
  return {
    send,
    text: (text, extra) => send({ text, ...commandMark(text), ...extra }),
    start: (payload) =>
      send({ text: payload === undefined ? '/start' : `/start ${payload}`, entities: [{ type: 'bot_command', offset: 0, length: 6 }] }),
    photo: (file, caption) => send({ ...photoOf(world, file), ...(caption && { caption }) }),
    document: (file, caption) => send({ document: documentOf(world, file), ...(caption && { caption }) }),
    voice: (file) => send({ voice: { ...documentOf(world, file), duration: 2 } }),
    location: (latitude, longitude) => send({ location: { latitude, longitude } }),
    press: (button, messageId) => press(world, chat, bot, user, button, messageId),
    edit: (messageId, text) => edit(world, [bot], chat, messageId, text),
    block: () => {
      chat.state = 'blocked'
      const my_chat_member = {
        chat: describe(chat),
        from: user,
        date: seconds(),
        old_chat_member: { status: 'member' },
        new_chat_member: { status: 'kicked' },
      }
      return { update_id: world.push(bot, { my_chat_member }).update_id, message_id: 0 }
    },
    unblock: () => {
      chat.state = 'open'
    },
    deactivate: () => {
      chat.state = 'deactivated'
    },
  }
}

export function agent(world: World, person: number | Person, chat: Chat): Agent {
  const user = userOf(person)
  const send = (thread: number | undefined, content: Extra, from: Record<string, unknown> = user): Act =>
    tell(world, chat.bots, 'message', say(world, chat, from, { ...placeOf(chat, thread), ...content }))
  return {
    send,
    text: (thread, text, extra) => send(thread, { text, ...commandMark(text), ...extra }),
    photo: (thread, file, caption) => send(thread, { ...photoOf(world, file), ...(caption && { caption }) }),
    document: (thread, file, caption) => send(thread, { document: documentOf(world, file), ...(caption && { caption }) }),
    press: (button, messageId) => {
      const bot = chat.bots.find((one) => findButton(chat, one, button, messageId))
      if (!bot) throw new Error(`no message in ${chat.id} has a button "${button}"`)
      return press(world, chat, bot, user, button, messageId)
    },
    edit: (messageId, text) => edit(world, chat.bots, chat, messageId, text),
    start: (text = '/start') => customer(world, person, world.bot()).text(text),
    pressPrivate: (button) => press(world, world.privateChat(world.bot(), user.id), world.bot(), user, button),
    closeTopic: (thread) => setTopic(chat, thread, 'closed') ?? send(thread, { forum_topic_closed: {} }),
    reopenTopic: (thread) => setTopic(chat, thread, 'open') ?? send(thread, { forum_topic_reopened: {} }),
    anonymous: (thread, text) => {
      const from = { id: 1087968824, is_bot: true, first_name: 'Group', username: 'GroupAnonymousBot' }
      return send(thread, { text, sender_chat: describe(chat) }, from)
    },
  }
}

function setTopic(chat: Chat, thread: number, state: 'open' | 'closed'): void {
  const topic = chat.topics.get(thread)
  if (topic) topic.state = state
}

function say(world: World, chat: Chat, from: Record<string, unknown>, content: Extra): FakeMessage {
  return world.addMessage(chat, { from, ...content })
}

function tell(world: World, bots: Bot[], kind: string, message: FakeMessage): Act {
  const updates = bots.map((bot) => world.push(bot, { [kind]: message }))
  return { update_id: updates[0]?.update_id ?? 0, message_id: message.message_id }
}

function edit(world: World, bots: Bot[], chat: Chat, messageId: number, text: string): Act {
  const message = chat.messages.get(messageId)
  if (!message) throw new Error(`there is no message ${messageId} in ${chat.id}`)
  const edited = { ...message, text, edit_date: seconds() }
  chat.messages.set(messageId, edited)
  return tell(world, bots, 'edited_message', edited)
}

function findButton(chat: Chat, bot: Bot, button: string, messageId?: number) {
  const messages = messageId === undefined ? [...chat.messages.values()].reverse() : [chat.messages.get(messageId)]
  for (const message of messages) {
    if (message?.from?.id !== bot.id) continue
    const found = message.reply_markup?.inline_keyboard?.flat().find((one) => one.text === button || one.callback_data === button)
    if (found?.callback_data) return { message, data: found.callback_data }
  }
  return undefined
}

function press(world: World, chat: Chat, bot: Bot, from: Record<string, unknown>, button: string, messageId?: number): Act {
  const found = findButton(chat, bot, button, messageId)
  if (!found) throw new Error(`no message in ${chat.id} has a button "${button}"`)
  const callback_query = { id: world.newCallback(bot), from, message: found.message, chat_instance: '-42', data: found.data }
  return { update_id: world.push(bot, { callback_query }).update_id, message_id: found.message.message_id }
}

function placeOf(chat: Chat, thread: number | undefined): Extra {
  if (thread === undefined) return {}
  // As Telegram does: what is no reply to anything stands as a reply to the notice that opened the topic.
  return { message_thread_id: thread, is_topic_message: true, reply_to_message: chat.messages.get(thread) }
}

function commandMark(text: string): Extra {
  const command = /^\/\w+(@\w+)?/.exec(text)?.[0]
  return command ? { entities: [{ type: 'bot_command', offset: 0, length: command.length }] } : {}
}

function photoOf(world: World, file: FakeFile): Extra {
  const small = world.addFile({ ...file, bytes: file.bytes.slice(0, 10) })
  const large = world.addFile(file)
  return {
    photo: [
      { ...small, width: 90, height: 60 },
      { ...large, width: 1280, height: 853 },
    ],
  }
}

function documentOf(world: World, file: FakeFile): Record<string, unknown> {
  return { ...world.addFile(file), file_name: file.name, mime_type: file.mime }
}
