// What is shown to agents. Each message carries a `uuid` made of its delivery: within an hour Feishu takes the same one once, so that a
// call whose answer was lost can simply be repeated.
import { cut } from '#core/adapt.ts'
import type { Receipt } from '#core/connector.ts'
import type { Card, DeskEntry, MarkState, Offer, Thread } from '#core/desk.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskUser } from '#core/event.ts'
import type { Button, MediaKind, Text } from '#core/message.ts'
import { type Feishu, recordOf } from '#platforms/feishu/api.ts'
import { CARD_LOCKED, GONE_ALREADY, isRefusal, NO_PRIVATE_WORD, NO_TOPICS, NOT_RECALLED } from '#platforms/feishu/errors.ts'
import { certainly, wellFormed } from '#platforms/wire.ts'
import { cardJson, forOne, offered, privateCard } from './card.ts'
import { type Context, noteTopic } from './context.ts'
import { entryMessages, fileForm, type Message, type Outgoing, post as postMessage, postTo } from './encode.ts'
import { groupLink } from './settings.ts'

const REMOVED: Text = { zh: '［客户已撤回这条消息］', en: '[The customer took this message back]' }

// ── Calls ────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Sent {
  kind: string
  content: unknown
}

/** At most 50 characters, the same for the same. */
async function uuidOf(...of: string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(of.join('\n')))
  return Array.from(new Uint8Array(digest).subarray(0, 20), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function create(context: Context, type: 'chat_id' | 'open_id', to: string, sent: Sent, uuid: string, signal: AbortSignal) {
  const body = { receive_id: to, msg_type: sent.kind, content: contentOf(sent), uuid }
  const made = await context.api.call('POST', `/im/v1/messages?receive_id_type=${type}`, body, signal)
  const id = idIn(made)
  noteTopic(context, id, recordOf(made.data))
  return id
}

async function reply(context: Context, thread: string, sent: Sent, uuid: string, signal: AbortSignal): Promise<string> {
  const path = `/im/v1/messages/${encodeURIComponent(thread)}/reply`
  const body = { msg_type: sent.kind, content: contentOf(sent), uuid }
  try {
    const made = await context.api.call('POST', path, { ...body, reply_in_thread: true }, signal)
    noteTopic(context, thread, recordOf(made.data))
    return idIn(made)
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'thread_gone') context.gone.add(thread)
    // An old kind of group: what is answered to the card stands together as its replies all the same.
    if (!isRefusal(error, NO_TOPICS)) throw error
    return idIn(await context.api.call('POST', path, body, signal))
  }
}

function contentOf({ content }: Sent): string {
  return JSON.stringify(content, wellFormed)
}

function idIn(told: Record<string, unknown>): string {
  const id = recordOf(told.data).message_id
  if (typeof id !== 'string') throw new ConnectorError('transient', 'Feishu gave the message no id')
  return id
}

// ── The topic ────────────────────────────────────────────────────────────────────────────────────────────────────────

export async function open(context: Context, card: Card, key: string, signal: AbortSignal): Promise<Thread> {
  const { settings, locale, gone } = context
  const sent = { kind: 'interactive', content: cardJson(card, { locale }) }
  let id = await create(context, 'chat_id', settings.chat, sent, await uuidOf(key, 'open'), signal)
  // The topic that this delivery opened within the hour was deleted since: another one.
  if (gone.has(id)) id = await create(context, 'chat_id', settings.chat, sent, await uuidOf(key, 'open', id), signal)
  context.made.set(id, true)
  return { thread: id, cardId: id }
}

export async function update(context: Context, { thread, cardId }: Thread, card: Card, signal: AbortSignal): Promise<void> {
  const { api, deps, locale, presses } = context
  const memoryKey = `card:${thread}`
  const kept = await deps.memory.read(memoryKey)
  const target = typeof kept === 'string' ? kept : cardId
  const content = cardJson(card, { locale, ...(target !== thread && { thread }) })
  await presses.answered(target)
  try {
    if (target === undefined) return await anew()
    await api.call('PATCH', `/im/v1/messages/${encodeURIComponent(target)}`, { content: contentOf({ kind: '', content }) }, signal)
  } catch (error) {
    // After fourteen days, or when somebody took the card back: a new one in the same topic, and from now on that one.
    if (!isRefusal(error, CARD_LOCKED)) throw error
    await anew()
  }
  async function anew(): Promise<void> {
    const sent = { kind: 'interactive', content: cardJson(card, { locale, thread }) }
    const id = await reply(context, thread, sent, await uuidOf(thread, target ?? '', 'card'), signal)
    await deps.memory.write(memoryKey, id, kept)
  }
}

export async function post(context: Context, thread: string, entry: DeskEntry, signal: AbortSignal): Promise<Receipt> {
  const messages = entryMessages(entry, { locale: context.locale, thread })
  const place = `${thread} ${entry.key}`
  const ids = [...(context.done.get(place) ?? [])]
  for (const [index, message] of messages.entries()) {
    if (index < ids.length) continue
    // The topic is part of it: what was shown in a topic that is gone has to be shown again.
    const uuid = await uuidOf(entry.key, String(index), thread)
    ids.push(await postOne(context, thread, message, uuid, signal))
    context.done.set(place, ids)
  }
  context.done.delete(place)
  return { externalIds: ids, at: context.deps.now() }
}

async function postOne(context: Context, thread: string, message: Outgoing, uuid: string, signal: AbortSignal): Promise<string> {
  const sent = message.kind === 'media' ? await uploaded(context, message.media, message.id, signal) : message
  return reply(context, thread, sent, uuid, signal)
}

/** Feishu cannot read it as a picture, or it has too many points: it goes as a file. */
const NO_PICTURE = new Set([234011, 234039])

async function uploaded(context: Context, kind: MediaKind, id: string, signal: AbortSignal): Promise<Sent> {
  const file = await context.deps.file(id)
  const { upload, message } = fileForm(kind, file.mime)
  const blob = new File([file.bytes], file.name, { type: file.mime })
  if (upload === 'image') {
    try {
      const key = await sendForm(context.api, '/im/v1/images', { image_type: 'message', image: blob }, 'image_key', signal)
      return { kind: message, content: { image_key: key } }
    } catch (error) {
      if (!isRefusal(error, NO_PICTURE)) throw error
      return uploaded(context, 'file', id, signal)
    }
  }
  const key = await sendForm(context.api, '/im/v1/files', { file_type: upload, file_name: file.name, file: blob }, 'file_key', signal)
  return { kind: message, content: { file_key: key } }
}

/** What is uploaded and never sent is seen by nobody: surely nothing was shown. */
function sendForm(api: Feishu, path: string, fields: Record<string, string | File>, key: string, signal: AbortSignal): Promise<string> {
  return certainly(async () => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) {
      if (value instanceof File) form.append(name, value, value.name)
      else form.append(name, value)
    }
    const id = recordOf((await api.call('POST', path, form, signal)).data)[key]
    if (typeof id !== 'string') throw new ConnectorError('transient', 'Feishu gave the file no key')
    return id
  })
}

// ── Changes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Words and cards change where they stand; what became shorter goes, what became longer is added at the end. Files stay as they are. */
export async function edit(context: Context, thread: string, shown: string[], entry: DeskEntry, signal: AbortSignal): Promise<Receipt> {
  const messages = entryMessages(entry, { locale: context.locale, thread })
  const ids: string[] = []
  for (const [index, message] of messages.entries()) {
    const before = shown[index]
    if (before !== undefined && message.kind !== 'media') await rewrite(context, before, message, signal)
    ids.push(before ?? (await postOne(context, thread, message, await uuidOf(entry.key, 'edit', String(index), thread), signal)))
  }
  await remove(context, shown.slice(messages.length), signal)
  return { externalIds: ids, at: context.deps.now() }
}

/** Changed too often or too long ago, of another kind, or not there any more: then the core says it in a line of its own. */
const NOT_CHANGED = new Set([230001, 230011, 230012, 230031, 230054, 230071, 230072, 230073, 230074, 230075, 230110])

async function rewrite({ api }: Context, message: string, { kind, content }: Message, signal: AbortSignal): Promise<void> {
  const path = `/im/v1/messages/${encodeURIComponent(message)}`
  const words = contentOf({ kind, content })
  try {
    if (kind === 'interactive') await api.call('PATCH', path, { content: words }, signal)
    else await api.call('PUT', path, { msg_type: kind, content: words }, signal)
  } catch (error) {
    if (!isRefusal(error, NOT_CHANGED)) throw error
    throw new ConnectorError('unsupported', `what was shown cannot be changed any more: ${reason(error)}`, { cause: error })
  }
}

/** Taken back as the bot may; where it is too late for that the words themselves go. */
export async function remove(context: Context, shown: string[], signal: AbortSignal): Promise<void> {
  for (const message of shown) {
    try {
      await context.api.call('DELETE', `/im/v1/messages/${encodeURIComponent(message)}`, undefined, signal)
    } catch (error) {
      if (isRefusal(error, GONE_ALREADY)) continue
      if (!isRefusal(error, NOT_RECALLED)) throw error
      await rewrite(context, message, postMessage(REMOVED[context.locale]), signal)
    }
  }
}

// ── To one agent ─────────────────────────────────────────────────────────────────────────────────────────────────────

type Whisper = { key: string; text: string; buttons?: Button[]; callback?: string }

/**
 * After a press: a toast. Else a message from the bot in private, with the way back to the group. Not an ephemeral card, though Feishu
 * has them: topic groups do not take them, they stand outside the topic, and whoever is not online never sees one.
 */
export async function whisper(context: Context, thread: string, to: DeskUser, entry: Whisper, signal: AbortSignal): Promise<void> {
  const { locale, settings, presses } = context
  const buttons = entry.buttons ?? []
  const shown = entry.callback !== undefined && presses.toast(entry.callback, entry.text)
  // Without words the answer only ends the waiting of a press.
  if (buttons.length === 0 && (shown || entry.text === '')) return
  const text = cut(entry.text, 3000, 'utf16')
  const card = privateCard(forOne(to.name, locale), text, buttons, { locale, thread }, groupLink(settings))
  const uuid = await uuidOf(entry.key, 'whisper')
  try {
    await create(context, 'open_id', to.id, { kind: 'interactive', content: card }, uuid, signal)
  } catch (error) {
    if (!isRefusal(error, NO_PRIVATE_WORD) || thread === '') throw error
    await inTopic(context, thread, to, { ...entry, text }, signal)
  }
}

/** The bot may not write to this person in private: then where the others see it too, and it says whom it is for. */
async function inTopic(context: Context, thread: string, to: DeskUser, entry: Whisper, signal: AbortSignal): Promise<void> {
  const { locale } = context
  await reply(context, thread, postTo(to.id, to.name ?? '', entry.text), await uuidOf(entry.key, 'at', thread), signal)
  if (!entry.buttons?.length) return
  const said: DeskEntry = {
    key: `${entry.key}:buttons`,
    author: 'system',
    name: forOne(to.name, locale),
    parts: [{ type: 'text', text: entry.text }],
    commands: entry.buttons,
  }
  await post(context, thread, said, signal)
}

export async function offer(context: Context, to: DeskUser, one: Offer, signal: AbortSignal): Promise<Receipt> {
  const { locale, settings, deps } = context
  const placed = { locale, thread: one.thread ?? '' }
  const seconds = Math.max(0, Math.round((one.until.getTime() - deps.now().getTime()) / 1000))
  const card = privateCard(one.card.title, offered(one.card, seconds, locale), one.buttons, placed, groupLink(settings))
  const id = await create(context, 'open_id', to.id, { kind: 'interactive', content: card }, await uuidOf(one.key, 'offer'), signal)
  return { externalIds: [id], at: deps.now() }
}

/** Feishu's own names: a hand that says wait, a pin, OK, done, eyes, a cross. */
const EMOJI: Record<MarkState, string> = {
  held: 'OneSecond',
  note: 'Pin',
  sent: 'OK',
  delivered: 'DONE',
  read: 'GLANCE',
  failed: 'CrossMark',
}
const OURS = new Set(Object.values(EMOJI))

/** One tick at a time: the new one first, so that there is never none. */
export async function mark(context: Context, target: string, state: MarkState, signal: AbortSignal): Promise<void> {
  const { api, marks } = context
  const path = `/im/v1/messages/${encodeURIComponent(target)}/reactions`
  const before = marks.get(target) ?? (await ownMark(context, path, signal))
  const emoji = EMOJI[state]
  if (before?.emoji === emoji) return
  const told = await api.call('POST', path, { reaction_type: { emoji_type: emoji } }, signal)
  marks.set(target, { id: String(recordOf(told.data).reaction_id ?? ''), emoji })
  if (before?.id) await api.call('DELETE', `${path}/${encodeURIComponent(before.id)}`, undefined, signal)
}

/** After a new start nobody remembers which tick it was. */
async function ownMark({ api, settings }: Context, path: string, signal: AbortSignal): Promise<{ id: string; emoji: string } | undefined> {
  const { items } = recordOf((await api.call('GET', `${path}?page_size=50`, undefined, signal)).data)
  for (const item of Array.isArray(items) ? items.map(recordOf) : []) {
    const emoji = String(recordOf(item.reaction_type).emoji_type ?? '')
    const operator = recordOf(item.operator)
    if (OURS.has(emoji) && operator.operator_type === 'app' && operator.operator_id === settings.appId)
      return { id: String(item.reaction_id ?? ''), emoji }
  }
  return undefined
}
