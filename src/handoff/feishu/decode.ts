// What agents do in Feishu, as desk events. Pure. Only people in our one group count, and what they write to the bot in private.
import type { DeskEvent } from '#core/event.ts'
import type { Part } from '#core/message.ts'
import { recordOf, type Told } from '#platforms/feishu/api.ts'
import { type Mention, partsOf } from './content.ts'

export interface DecodeContext {
  /** Our group. */
  chat: string
  /** Our bot's own id; unknown until the platform told it. */
  bot?: string
  now: Date
}

/** A message that was taken back. Feishu names neither the topic nor the person: whoever knows them fills them in. */
export interface Recalled {
  messageId: string
  at: Date
  raw: unknown
}

export type Decoded =
  | { type: 'events'; events: DeskEvent[] }
  /** The press has to be answered within three seconds. `card` is the message that the button stands on. */
  | { type: 'press'; event: DeskEvent; callback: string; card: string }
  | { type: 'recalled'; recalled: Recalled }

const NOTHING: Decoded = { type: 'events', events: [] }

/** A command; two slashes are a note. In the group's own line and in private only commands are meant for us. */
const COMMAND = /^[/／!！]\p{L}/u

export function decode(body: Told, context: DecodeContext): Decoded {
  const header = recordOf(body.header)
  const event = recordOf(body.event)
  switch (header.event_type) {
    case 'im.message.receive_v1':
      return { type: 'events', events: said(body, event, context) }
    case 'card.action.trigger':
      return pressed(body, String(header.event_id ?? ''), event, context)
    case 'im.message.recalled_v1':
      return recalled(body, event, context)
    default:
      return NOTHING // Feishu has no event for edits; all others are not for agents to see.
  }
}

function said(raw: unknown, event: Told, context: DecodeContext): DeskEvent[] {
  const message = recordOf(event.message)
  const sender = recordOf(event.sender)
  const id = openIdOf(sender.sender_id)
  const messageId = text(message.message_id)
  // Bots – we among them – are not people.
  if (sender.sender_type !== 'user' || id === '' || messageId === '') return []
  const isPrivate = message.chat_type === 'p2p'
  if (!isPrivate && message.chat_id !== context.chat) return []
  const mentions = mentionsOf(message.mentions)
  const parts = partsOf({ messageId, kind: text(message.message_type), content: text(message.content), mentions })
  const meant = withoutBot(parts, mentions, context.bot)
  if (meant.length === 0) return []
  // The platform pushes the same message under several event ids, and says so: its own id tells it apart.
  const base = { externalId: `message:${messageId}`, at: timeOf(message.create_time, context.now), by: { id }, raw }
  const root = text(message.root_id)
  if (isPrivate || root === '') {
    const line = meant[0]?.type === 'text' && COMMAND.test(meant[0].text) ? meant[0].text.slice(1) : undefined
    return line === undefined ? [] : [{ ...base, type: 'command', thread: '', line, messageId }]
  }
  // In a topic every reply names the first message as its parent; only another one was quoted on purpose.
  const parent = text(message.parent_id)
  const replyTo = parent !== '' && parent !== root ? { replyTo: parent } : {}
  return [{ ...base, type: 'message', thread: root, parts: meant, messageId, ...replyTo }]
}

function pressed(raw: unknown, eventId: string, event: Told, context: DecodeContext): Decoded {
  const action = recordOf(event.action)
  const value = recordOf(action.value)
  const place = recordOf(event.context)
  const card = text(place.open_message_id)
  const command = typeof action.option === 'string' && action.option !== '' ? action.option : text(value.c)
  const id = openIdOf(event.operator)
  const callback = text(event.token)
  if (command === '' || id === '' || eventId === '') return NOTHING
  // The first card of a topic is the topic; all later ones name it. Within the group nothing else is believed.
  const thread = typeof value.t === 'string' ? value.t : card
  const by = { id }
  const pressing: DeskEvent = {
    externalId: `press:${eventId}`,
    at: context.now,
    by,
    raw,
    type: 'button',
    thread,
    command,
    ...(callback && { callback }),
  }
  return { type: 'press', event: pressing, callback, card }
}

function recalled(raw: unknown, event: Told, context: DecodeContext): Decoded {
  const messageId = text(event.message_id)
  if (messageId === '' || event.chat_id !== context.chat) return NOTHING
  return { type: 'recalled', recalled: { messageId, at: timeOf(event.recall_time, context.now), raw } }
}

function mentionsOf(value: unknown): Mention[] {
  return (Array.isArray(value) ? value : []).map((one) => {
    const mention = recordOf(one)
    return { key: text(mention.key), openId: openIdOf(mention.id), name: text(mention.name) }
  })
}

/** `@客服台 /claim`: naming the bot addresses it and is no part of the words. Unknown bots are left only before commands. */
function withoutBot(parts: Part[], mentions: readonly Mention[], bot: string | undefined): Part[] {
  const [first, ...rest] = parts
  if (first?.type !== 'text') return parts
  let words = first.text
  for (;;) {
    const mention = mentions.find(({ name }) => name !== '' && words.trimStart().startsWith(`@${name}`))
    if (!mention) break
    const after = words
      .trimStart()
      .slice(mention.name.length + 1)
      .trimStart()
    if (mention.openId !== bot && !(bot === undefined && COMMAND.test(after))) break
    words = after
  }
  if (words === first.text) return parts
  return words.trim() === '' ? rest : [{ ...first, text: words }, ...rest]
}

function openIdOf(value: unknown): string {
  return text(recordOf(value).open_id)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Milliseconds as digits. */
export function timeOf(value: unknown, now: Date): Date {
  return /^\d{13}$/.test(text(value)) ? new Date(Number(value)) : now
}
