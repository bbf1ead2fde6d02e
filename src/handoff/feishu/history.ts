// What the history of a group says, as the events that would have told it. Pure. Items are not of the shape of events: the sender is an id
// with its kind, mentions carry theirs as a word, and what was taken back is still listed, without its words.
import type { DeskEvent } from '#core/event.ts'
import { recordOf, type Told } from '#platforms/feishu/api.ts'
import { type DecodeContext, decode, timeOf } from './decode.ts'

export interface HistoryContext extends DecodeContext {
  /** Our app: it is the sender of what the bot said. */
  appId: string
  /** The topic that was asked for; absent: the item says which one it belongs to. */
  root?: string
}

/** The first message of the topic that an item belongs to, itself included. */
export function rootOf(item: Told): string {
  return text(item.root_id) || text(item.message_id)
}

/** When it was written. */
export function writtenAt(item: Told): Date {
  return timeOf(item.create_time, new Date(0))
}

export function eventsIn(item: Told, context: HistoryContext): DeskEvent[] {
  const root = context.root ?? rootOf(item)
  const id = text(item.message_id)
  // Messages within a forwarded bundle were said somewhere else.
  if (id === '' || text(item.upper_message_id) !== '') return []
  if (item.deleted === true) return takenBack(item, id, root, context)
  if (id === root) return []
  return heard(decode(asTold(item, root, context), context))
}

function heard(decoded: ReturnType<typeof decode>): DeskEvent[] {
  return decoded.type === 'events' ? decoded.events : []
}

/** With its first message a topic is gone; our own words that we took back are nobody's news. */
function takenBack(item: Told, id: string, root: string, context: HistoryContext): DeskEvent[] {
  const sender = recordOf(item.sender)
  const base = { externalId: `recall:${id}`, at: timeOf(item.update_time, context.now), raw: item }
  if (id === root) return [{ ...base, type: 'thread_gone', thread: root, by: { id: 'feishu' }, reason: 'the card was taken back' }]
  const by = text(sender.id)
  return sender.sender_type === 'user' && by !== '' ? [{ ...base, type: 'remove', thread: root, by: { id: by }, target: id }] : []
}

function asTold(item: Told, root: string, context: HistoryContext): Told {
  const sender = recordOf(item.sender)
  const message = {
    message_id: item.message_id,
    root_id: root,
    parent_id: item.parent_id,
    thread_id: item.thread_id,
    create_time: item.create_time,
    update_time: item.update_time,
    chat_id: item.chat_id,
    chat_type: 'group',
    message_type: item.msg_type,
    content: recordOf(item.body).content,
    mentions: mentionsIn(item.mentions, context),
  }
  const event = { sender: { sender_id: { open_id: sender.id }, sender_type: sender.sender_type }, message }
  return { schema: '2.0', header: { event_type: 'im.message.receive_v1' }, event }
}

/** Our bot may be named by its app. */
function mentionsIn(mentions: unknown, { appId, bot }: HistoryContext): Told[] {
  return (Array.isArray(mentions) ? mentions : []).map((one) => {
    const { key, id, name } = recordOf(one)
    return { key, id: { open_id: id === appId && bot !== undefined ? bot : id }, name }
  })
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
