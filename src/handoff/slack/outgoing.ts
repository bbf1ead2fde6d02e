// Threads, entries, whispers, ticks and offers: what we do in Slack. One conversation is one thread under its card.
import type { Receipt, StoredFile } from '#core/connector.ts'
import type { Card, DeskEntry, MarkState, Offer, Thread } from '#core/desk.ts'
import { ConnectorError, reason, ThreadMoved } from '#core/errors.ts'
import type { DeskUser } from '#core/event.ts'
import type { Button, Part } from '#core/message.ts'
import type { SlackMessage } from '#platforms/slack.ts'
import { isRefusal } from '#platforms/slack-errors.ts'
import { escapeText } from '#platforms/slack-text.ts'
import { beginOpening, type Context, channelFor, endOpening, isUncertain, mayDress, type Place, placeOf, unless } from './context.ts'
import { cardMessage, dress, entryParts, type Manner, movedMessage, offerMessage, type Shown, speaker, wordsMessage } from './encode.ts'

/** By this we find what we posted again; Slack has no key against doubles that apps may use. */
const EVENT = 'frontdesk'
const metadataOf = (key: string, conversation?: string) => ({
  event_type: EVENT,
  event_payload: { key, ...(conversation && { conversation }) },
})
/** Nothing that anybody writes is unfurled: a preview would fetch the customer's links, and show what they hide. */
const QUIET = { unfurl_links: false, unfurl_media: false }

// ── Threads ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export async function open(context: Context, card: Card, key: string, signal: AbortSignal): Promise<Thread> {
  const channel = channelFor(context, card.skill)
  const begun = await beginOpening(context, key)
  const found = begun && (await findPosted(context, { channel }, key, begun, signal))
  const ts = found ?? (await postCard(context, channel, card, key, signal))
  await endOpening(context, key)
  return { thread: `${channel}:${ts}`, cardId: ts }
}

async function postCard(context: Context, channel: string, card: Card, key: string, signal: AbortSignal): Promise<string> {
  const metadata = metadataOf(key, card.conversation)
  const posted = await context.api.call('chat.postMessage', { channel, ...cardMessage(card, context.locale), metadata, ...QUIET }, signal)
  return posted.ts
}

export async function update(context: Context, { thread, cardId }: Thread, card: Card, signal: AbortSignal): Promise<void> {
  const { channel, ts = '' } = placeOf(thread)
  const wanted = channelFor(context, card.skill)
  const isLive = card.status === 'queued' || card.status === 'assigned'
  const moves = wanted !== channel && isLive
  const shown = moves ? movedMessage(card, wanted, context.locale) : cardMessage(card, context.locale)
  try {
    await context.api.call('chat.update', { channel, ts: cardId ?? ts, ...shown }, signal)
  } catch (error) {
    // The card is the thread's root: where it is gone, nobody finds the thread any more.
    if (!isRefusal(error, 'message_not_found', 'cant_update_message', 'edit_window_closed')) throw error
    if (!moves) throw new ConnectorError('thread_gone', error.message, { cause: error })
  }
  if (moves) throw new ThreadMoved(`the conversation went on to ${wanted}`)
}

export async function address({ api }: Context, thread: string, signal: AbortSignal): Promise<string | undefined> {
  const { channel, ts: message_ts } = placeOf(thread)
  return message_ts === undefined ? undefined : (await api.call('chat.getPermalink', { channel, message_ts }, signal)).permalink
}

export async function close(context: Context, thread: string, signal: AbortSignal): Promise<void> {
  const { channel, ts: timestamp } = placeOf(thread)
  await unless(['already_reacted', 'message_not_found', 'too_many_reactions', 'thread_locked'], () =>
    context.api.call('reactions.add', { channel, timestamp, name: 'white_check_mark' }, signal),
  )
}

export async function reopen(context: Context, thread: string, signal: AbortSignal): Promise<void> {
  const { channel, ts: timestamp } = placeOf(thread)
  await unless(['no_reaction', 'message_not_found'], () =>
    context.api.call('reactions.remove', { channel, timestamp, name: 'white_check_mark' }, signal),
  )
}

// ── Entries ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export async function post(context: Context, thread: string, entry: DeskEntry, signal: AbortSignal): Promise<Receipt> {
  await learnScopes(context, signal)
  const parts = entryParts(entry, context.locale)
  // The thread is part of it: what was shown in one that is gone has to be shown again.
  const place = `${thread} ${entry.key}`
  const ids = [...(context.done.get(place) ?? [])]
  for (const [n, part] of parts.entries()) {
    if (n < ids.length) continue
    const commands = n === parts.length - 1 ? entry.commands : undefined
    ids.push(await postPart(context, thread, { entry, part, commands, key: `${entry.key}:${n}`, isFirst: n === 0 }, signal))
    context.done.set(place, ids)
  }
  context.done.delete(place)
  return { externalIds: ids, at: context.deps.now() }
}

/** How names are shown depends on what the token may do, which comes with any answer. Without one the words themselves will tell. */
async function learnScopes({ api, self, deps }: Context, signal: AbortSignal): Promise<void> {
  if (api.scopes()) return
  try {
    await self(signal)
  } catch (error) {
    deps.log.debug({ desk: deps.id, error: reason(error) }, 'Slack does not say what the token may do')
  }
}

interface Piece {
  entry: DeskEntry
  part: Part
  commands: DeskEntry['commands']
  key: string
  isFirst: boolean
}

async function postPart(context: Context, thread: string, piece: Piece, signal: AbortSignal): Promise<string> {
  const { part, entry } = piece
  const place = placeOf(thread)
  if (part.type === 'media') return postFile(context, place, entry, await context.deps.file(part.media.id), signal)
  if (part.type !== 'text') throw new ConnectorError('unsupported', `a thread cannot carry "${part.type}"`)
  const since = context.doubtful.get(piece.key)
  const found = since && (await findPosted(context, place, piece.key, since, signal))
  if (found) return `${place.channel}:${found}`
  try {
    return `${place.channel}:${await postWords(context, thread, piece, part.text, signal)}`
  } catch (error) {
    if (isUncertain(error)) context.doubtful.set(piece.key, since ?? context.deps.now())
    throw error
  }
}

async function postWords(context: Context, thread: string, piece: Piece, words: string, signal: AbortSignal): Promise<string> {
  const { entry, commands, key, isFirst } = piece
  const { locale } = context
  const send = (isDressed: boolean) => {
    const manner: Manner = { locale, commands, thread, ...(!isDressed && isFirst && { prefix: speaker(entry.author, entry.name, locale) }) }
    const look = isDressed ? dress(entry, locale) : {}
    return postInThread(context, thread, { ...wordsMessage(entry.author, words, manner), ...look, metadata: metadataOf(key) }, signal)
  }
  const isDressed = mayDress(context)
  try {
    return await send(isDressed)
  } catch (error) {
    if (!isDressed || !isRefusal(error, 'missing_scope')) throw error
    return send(false)
  }
}

type Message = Shown & { metadata?: object; username?: string; icon_emoji?: string }

/**
 * Slack takes a reply to a root that was just deleted and shows it beside the threads, to everybody. Its answer then names no
 * thread: the stray is taken back, and the core opens a new thread.
 */
async function postInThread(context: Context, thread: string, message: Message, signal: AbortSignal): Promise<string> {
  const { channel, ts: root } = placeOf(thread)
  const posted = await context.api.call('chat.postMessage', { channel, thread_ts: root, ...message, ...QUIET }, signal)
  if (posted.message === undefined || posted.message.thread_ts !== undefined) return posted.ts
  if (await isThere(context, channel, root ?? '', signal)) return posted.ts
  await unless(['message_not_found'], () => context.api.call('chat.delete', { channel, ts: posted.ts }, signal))
  throw new ConnectorError('thread_gone', 'chat.postMessage: the card was deleted')
}

async function isThere({ api }: Context, channel: string, ts: string, signal: AbortSignal): Promise<boolean> {
  try {
    await api.call('chat.getPermalink', { channel, message_ts: ts }, signal)
    return true
  } catch (error) {
    return !isRefusal(error, 'message_not_found')
  }
}

async function postFile({ api, locale }: Context, place: Place, entry: DeskEntry, file: StoredFile, signal: AbortSignal): Promise<string> {
  const { upload_url: url, file_id: id } = await api.call(
    'files.getUploadURLExternal',
    { filename: file.name, length: file.bytes.length },
    signal,
  )
  await api.upload(url, file.bytes, signal)
  // A file comes under the app's own name, whoever sent it: the words above it say whose it is.
  const initial_comment = escapeText(`${speaker(entry.author, entry.name, locale)}:`)
  const files = [{ id, title: file.name }]
  await api.call('files.completeUploadExternal', { files, channel_id: place.channel, thread_ts: place.ts, initial_comment }, signal)
  return `file:${id}`
}

/** Looks for what we posted since then: only after a call of which nobody knows what became of it. */
async function findPosted(
  context: Context,
  { channel, ts }: Place,
  key: string,
  since: Date,
  signal: AbortSignal,
): Promise<string | undefined> {
  // Slack's clock is not ours.
  const oldest = String(since.getTime() / 1000 - 60)
  const params = { channel, oldest, limit: 200, include_all_metadata: true }
  try {
    const { messages = [] } =
      ts === undefined
        ? await context.api.call('conversations.history', params, signal)
        : await context.api.call('conversations.replies', { ...params, ts }, signal)
    return messages.find((message) => keyOf(message) === key)?.ts
  } catch (error) {
    // Where history may not be read we cannot know: shown twice is better than not at all.
    if (!(error instanceof ConnectorError) || error.kind === 'transient' || error.kind === 'rate_limited') throw error
    context.deps.log.warn({ desk: context.deps.id, error: error.message }, 'what was posted before cannot be looked for')
    return undefined
  }
}

function keyOf({ metadata }: SlackMessage): unknown {
  return metadata?.event_type === EVENT ? metadata.event_payload?.key : undefined
}

/** The customer changed their words: they are changed where they stand. What is more than before follows, what is less goes. */
export async function edit(context: Context, thread: string, shown: string[], entry: DeskEntry, signal: AbortSignal): Promise<Receipt> {
  const { locale } = context
  const messages = shown.filter((id) => !id.startsWith('file:'))
  const texts = entryParts(entry, locale).flatMap((part) => (part.type === 'text' ? part.text : []))
  for (const [n, text] of texts.slice(0, messages.length).entries()) {
    const prefix = n === 0 && !mayDress(context) ? { prefix: speaker(entry.author, entry.name, locale) } : {}
    const isLast = n === texts.length - 1
    const manner: Manner = { locale, thread, ...prefix, ...(isLast && { edited: true, commands: entry.commands }) }
    const { channel, ts } = placeOf(messages[n] ?? '')
    await change(context, { channel, ts, ...wordsMessage(entry.author, text, manner) }, signal)
  }
  await remove(context, messages.slice(texts.length), signal)
  const rest = texts.slice(messages.length).map((text): Part => ({ type: 'text', text }))
  const more = rest.length > 0 ? (await post(context, thread, { ...entry, parts: rest }, signal)).externalIds : []
  const kept = shown.filter((id) => id.startsWith('file:') || messages.indexOf(id) < texts.length)
  return { externalIds: [...kept, ...more], at: context.deps.now() }
}

async function change({ api }: Context, message: Record<string, unknown>, signal: AbortSignal): Promise<void> {
  try {
    await unless(['message_not_found'], () => api.call('chat.update', message, signal))
  } catch (error) {
    // Workspaces may say how long a message can be changed.
    if (!isRefusal(error, 'edit_window_closed', 'cant_update_message')) throw error
    throw new ConnectorError('unsupported', error.message, { cause: error })
  }
}

export async function remove({ api }: Context, shown: string[], signal: AbortSignal): Promise<void> {
  for (const id of shown) {
    const { channel, ts } = placeOf(id)
    if (channel === 'file') await unless(['file_not_found', 'file_deleted'], () => api.call('files.delete', { file: ts }, signal))
    else await unless(['message_not_found'], () => api.call('chat.delete', { channel, ts }, signal))
  }
}

// ── Words for one ────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Whisper {
  key: string
  text: string
  buttons?: Button[]
  callback?: string
}

export async function whisper(context: Context, thread: string, to: DeskUser, entry: Whisper, signal: AbortSignal): Promise<void> {
  const isQuestion = (entry.buttons?.length ?? 0) > 0
  if (entry.callback !== undefined && (await answered(context, entry.callback, entry, signal))) return
  if (entry.text === '' && !isQuestion) return
  const { channel, ts } = placeOf(thread)
  const message = wordsMessage('system', entry.text, { locale: context.locale, commands: entry.buttons, thread })
  try {
    await context.api.call('chat.postEphemeral', { channel, user: to.id, ...(ts && { thread_ts: ts }), ...message }, signal)
  } catch (error) {
    // A command may be typed where we are not, and an agent may leave a channel: then it is told in private.
    if (!isRefusal(error, 'user_not_in_channel', 'channel_not_found', 'not_in_channel', 'messages_tab_disabled')) throw error
    await context.api.call('chat.postMessage', { channel: to.id, ...message, ...QUIET }, signal)
  }
}

/** A question that only one saw goes away with its answer. Its address works for half an hour; then the answer comes as any other. */
async function answered({ api, deps }: Context, url: string, { text, buttons }: Whisper, signal: AbortSignal): Promise<boolean> {
  const asks = (buttons?.length ?? 0) > 0
  try {
    await api.respond(url, text === '' || asks ? { delete_original: true } : { replace_original: true, text: escapeText(text) }, signal)
    return !asks
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'rejected') throw error
    deps.log.debug({ desk: deps.id, error: error.message }, 'a press could not be answered where it was made')
    return false
  }
}

/** A message to somebody's own channel with us; its buttons know the conversation's thread. */
export async function offer(context: Context, to: DeskUser, asked: Offer, signal: AbortSignal): Promise<Receipt> {
  const message = { ...offerMessage(asked, context.locale), metadata: metadataOf(asked.key, asked.card.conversation) }
  try {
    const posted = await context.api.call('chat.postMessage', { channel: to.id, ...message, ...QUIET }, signal)
    return { externalIds: [`${posted.channel}:${posted.ts}`], at: context.deps.now() }
  } catch (error) {
    // A guest, somebody of another company, or somebody who left: Slack opens no channel to them.
    if (!isRefusal(error, 'channel_not_found', 'user_not_found', 'user_disabled', 'cannot_dm_bot', 'messages_tab_disabled')) throw error
    throw new ConnectorError('recipient_gone', error.message, { cause: error })
  }
}

// ── Ticks ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const TICKS: Record<MarkState, string> = {
  held: 'hourglass_flowing_sand',
  note: 'lock',
  sent: 'white_check_mark',
  delivered: 'white_check_mark',
  read: 'eyes',
  failed: 'warning',
}
const OURS = new Set(Object.values(TICKS))

/** One tick at a time: a new one replaces our own before it, and nobody else's. */
export async function mark(context: Context, target: string, state: MarkState, signal: AbortSignal): Promise<void> {
  const { api, ticks } = context
  const { channel, ts: timestamp } = placeOf(target)
  const name = TICKS[state]
  const before = ticks.get(target) ?? (await tickAt(context, target, signal))
  if (before === name) return
  await unless(['already_reacted', 'message_not_found'], () => api.call('reactions.add', { channel, timestamp, name }, signal))
  if (before !== '') {
    await unless(['no_reaction', 'message_not_found'], () => api.call('reactions.remove', { channel, timestamp, name: before }, signal))
  }
  ticks.set(target, name)
}

/** What another process of ours, or we before a restart, put there; empty: nothing. */
async function tickAt(context: Context, target: string, signal: AbortSignal): Promise<string> {
  const { channel, ts: timestamp } = placeOf(target)
  const self = await context.self(signal)
  try {
    const { message } = await context.api.call('reactions.get', { channel, timestamp, full: true }, signal)
    return message?.reactions?.find(({ name, users }) => OURS.has(name) && users?.includes(self.user))?.name ?? ''
  } catch (error) {
    if (isRefusal(error, 'message_not_found', 'missing_scope')) return ''
    throw error
  }
}
