// What agents do in the group, as desk events. Pure. Only people in our one group count; Telegram's own notices do not.
import type { DeskEvent, DeskUser } from '#core/event.ts'
import { messageKey } from '#platforms/telegram.ts'
import { partsOf, personName, type TelegramCallback, type TelegramMessage, type TelegramUpdate } from '#platforms/telegram-updates.ts'

/** Telegram gives the topic that every forum has, 'General', this number and leaves it out of messages. */
export const GENERAL = '1'

/** A private chat of somebody with our bot, as a thread. */
const PRIVATE = 'private:'

export function userOfPrivate(thread: string): number | undefined {
  return thread.startsWith(PRIVATE) ? Number(thread.slice(PRIVATE.length)) : undefined
}

/** Telegram itself marks only Latin words as commands; `/在线` is one, too. Two slashes are a note. */
const COMMAND = /^[/／]\p{L}/u

export interface DecodeContext {
  /** Our group. */
  chat: number
  /** Our bot. */
  bot?: number
  /** Stands for the time of a press, which Telegram does not tell. */
  now: Date
}

export function decode(update: TelegramUpdate, context: DecodeContext): DeskEvent[] {
  const raw = update.raw as { message?: unknown; edited_message?: unknown }
  const base = { externalId: String(update.update_id), raw: update.raw }
  if (update.message) return said(base, update.message, raw.message, context)
  if (update.edited_message) return edited(base, update.edited_message, raw.edited_message, context)
  if (update.callback_query) return pressed(base, update.callback_query, context)
  return []
}

type Base = Pick<DeskEvent, 'externalId' | 'raw'>

function said(base: Base, message: TelegramMessage, raw: unknown, context: DecodeContext): DeskEvent[] {
  const by = authorOf(message)
  const isPrivate = message.chat.type === 'private'
  if (!by || !(isPrivate || isOurs(message, context))) return []
  const event = { ...base, at: new Date(message.date * 1000), by }
  const thread = isPrivate ? undefined : threadOf(message)
  if (thread !== undefined && message.forum_topic_closed !== undefined) return [{ ...event, type: 'closed', thread }]
  if (thread !== undefined && message.forum_topic_reopened !== undefined) return [{ ...event, type: 'opened', thread }]
  const parts = withoutBotName(partsOf(message, raw), message)
  if (parts.length === 0) return []
  if (thread === undefined) {
    // In General people talk among themselves, and in private nobody talks with a customer: only a command is meant for us.
    const line = parts[0]?.type === 'text' && COMMAND.test(parts[0].text) ? parts[0].text.slice(1) : undefined
    const place = isPrivate ? `${PRIVATE}${message.chat.id}` : GENERAL
    return line === undefined ? [] : [{ ...event, type: 'command', thread: place, line, messageId: messageKey(message) }]
  }
  const target = message.reply_to_message
  // Without a quote Telegram still names a target: the notice that opened the topic.
  const quoted = target && target.forum_topic_created === undefined && String(target.message_id) !== thread
  const replyTo = quoted && { replyTo: messageKey({ chat: message.chat, message_id: target.message_id }) }
  // That notice says who opened it; what is quoted instead is enough if it is ours.
  const ours = context.bot !== undefined && target?.from?.id === context.bot && { ours: true as const }
  return [{ ...event, type: 'message', thread, parts, messageId: messageKey(message), ...replyTo, ...ours }]
}

function edited(base: Base, message: TelegramMessage, raw: unknown, context: DecodeContext): DeskEvent[] {
  const by = authorOf(message)
  const thread = threadOf(message)
  const parts = withoutBotName(partsOf(message, raw), message)
  if (!by || thread === undefined || parts.length === 0 || !isOurs(message, context)) return []
  const at = new Date((message.edit_date ?? message.date) * 1000)
  return [{ ...base, type: 'edit', at, by, thread, target: messageKey(message), parts }]
}

function pressed(base: Base, query: TelegramCallback, context: DecodeContext): DeskEvent[] {
  const { message, data, from } = query
  if (!message || data === undefined || from.is_bot) return []
  const isPrivate = message.chat.type === 'private'
  if (!isPrivate && !isOurs(message, context)) return []
  const by = { id: String(from.id), ...nameOf(personName(from)) }
  const thread = isPrivate ? `${PRIVATE}${message.chat.id}` : (threadOf(message) ?? GENERAL)
  return [{ ...base, type: 'button', at: context.now, by, thread, command: data, callback: query.id }]
}

function isOurs(message: Pick<TelegramMessage, 'chat'>, context: DecodeContext): boolean {
  return String(message.chat.id) === String(context.chat)
}

function threadOf(message: Pick<TelegramMessage, 'is_topic_message' | 'message_thread_id'>): string | undefined {
  // Groups without topics number reply chains in the same field; only the flag tells the two apart.
  return message.is_topic_message && message.message_thread_id !== undefined ? String(message.message_thread_id) : undefined
}

/** Nobody for bots. An anonymous administrator comes as the group itself: nobody can know who it is, so the words stay inside. */
function authorOf(message: TelegramMessage): DeskUser | undefined {
  if (message.sender_chat) return { id: `anonymous:${message.sender_chat.id}`, anonymous: true, ...nameOf(personName(message.from)) }
  if (!message.from || message.from.is_bot) return undefined
  return { id: String(message.from.id), ...nameOf(personName(message.from)) }
}

function nameOf(name: string | undefined): { name?: string } {
  return name === undefined ? {} : { name }
}

function isCommand(message: TelegramMessage): boolean {
  return message.entities?.some((mark) => mark.type === 'bot_command' && mark.offset === 0) ?? false
}

/** In groups Telegram completes `/claim` to `/claim@desk_bot`: the name is its addressing, not part of the command. */
function withoutBotName(parts: ReturnType<typeof partsOf>, message: TelegramMessage): ReturnType<typeof partsOf> {
  if (!isCommand(message)) return parts
  return parts.map((part) => (part.type === 'text' ? { ...part, text: part.text.replace(/^(\/\w+)@\w+/, '$1') } : part))
}
