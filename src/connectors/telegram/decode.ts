// Telegram's updates as inbound events. Pure: whatever Telegram may add, a message becomes something visible or nothing, never an exception.
import type { Inbound, Sender } from '#core/event.ts'
import type { Identity } from '#core/message.ts'
import { messageKey } from '#platforms/telegram.ts'
import {
  partsOf,
  personName,
  type TelegramCallback,
  type TelegramMessage,
  type TelegramUpdate,
  type TelegramUser,
} from '#platforms/telegram-updates.ts'

const START = /^\/start(?:@\w+)?(?:\s+(\S+))?\s*$/

/** `now` stands for the time of a press, which Telegram does not tell. */
export function decode(update: TelegramUpdate, now: Date): Inbound[] {
  const raw = update.raw as { message?: unknown; edited_message?: unknown }
  const base = { externalId: String(update.update_id), raw: update.raw }
  if (update.message) return said(base, update.message, raw.message)
  if (update.edited_message) return edited(base, update.edited_message, raw.edited_message)
  if (update.callback_query) return pressed(base, update.callback_query, now)
  const member = update.my_chat_member
  if (member?.chat.type === 'private' && member.new_chat_member.status === 'kicked') {
    return [{ ...base, type: 'leave', at: timeOf(member.date), from: { user: String(member.chat.id) } }]
  }
  return []
}

type Base = Pick<Inbound, 'externalId' | 'raw'>

function said(base: Base, message: TelegramMessage, raw: unknown): Inbound[] {
  // Customers write in private; what a bot hears in groups it was added to is nobody's conversation with us.
  if (message.chat.type !== 'private' || !message.from || message.from.is_bot) return []
  const event = { ...base, at: timeOf(message.date), from: { user: String(message.chat.id) }, sender: senderOf(message.from, message) }
  const start = START.exec(message.text ?? '')
  if (start) return [{ ...event, type: 'arrive', ...(start[1] !== undefined && { source: start[1] }) }]
  const parts = partsOf(message, raw)
  if (parts.length === 0) return []
  const target = message.reply_to_message
  const replyTo = target && { replyTo: messageKey({ chat: message.chat, message_id: target.message_id }) }
  return [{ ...event, type: 'message', parts, messageId: messageKey(message), ...replyTo }]
}

function edited(base: Base, message: TelegramMessage, raw: unknown): Inbound[] {
  if (message.chat.type !== 'private' || !message.from || message.from.is_bot) return []
  const parts = partsOf(message, raw)
  if (parts.length === 0) return []
  const at = timeOf(message.edit_date ?? message.date)
  return [{ ...base, type: 'edit', at, from: { user: String(message.chat.id) }, target: messageKey(message), parts }]
}

function pressed(base: Base, query: TelegramCallback, now: Date): Inbound[] {
  if (query.message?.chat.type !== 'private' || query.data === undefined || query.from.is_bot) return []
  const button = query.message.reply_markup?.inline_keyboard.flat().find((one) => one.callback_data === query.data)
  return [
    {
      ...base,
      type: 'press',
      at: now,
      from: { user: String(query.message.chat.id) },
      buttonId: query.data,
      ...(button && { label: button.text }),
      target: messageKey(query.message),
      callback: query.id,
      sender: senderOf(query.from),
    },
  ]
}

function senderOf(user: TelegramUser, message?: TelegramMessage): Sender {
  // The user name may change hands, so it identifies nobody; the number cannot.
  const identities: Identity[] = [{ kind: 'channel', value: String(user.id), verified: true }]
  const contact = message?.contact
  // A contact card is proof only when it is the sender's own: anybody can forward anybody's.
  const phone = contact && String(contact.user_id) === String(user.id) ? phoneOf(contact.phone_number) : undefined
  if (phone) identities.push({ kind: 'phone', value: phone, verified: true })
  const name = personName(user)
  return { ...(name && { name }), ...(user.language_code && { locale: user.language_code }), identities }
}

/** No number of a telephone is longer. */
function phoneOf(number: string): string | undefined {
  const digits = number.replace(/\D/g, '')
  return digits.length > 0 && digits.length <= 15 ? `+${digits}` : undefined
}

function timeOf(seconds: number): Date {
  return new Date(seconds * 1000)
}
