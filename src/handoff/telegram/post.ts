// Words in a topic: shown, changed, taken back.
import type { Bounded } from '#core/bounded.ts'
import type { Deps, Receipt } from '#core/connector.ts'
import type { DeskEntry } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Button, Locale, Part } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { isNotModified, mediaCall, messageIdOf, messageKey, type Telegram } from '#platforms/telegram.ts'
import { GENERAL, userOfPrivate } from './decode.ts'
import { entryParts, keyboardOf } from './encode.ts'

export interface Context {
  api: Telegram
  chat: number
  locale: Locale
  deps: Deps
  /**
   * What of an unfinished call is already done: the call that repeats it goes on there instead of showing it twice. Telegram has no
   * key against doubles; we have what happened since we started.
   */
  done: Bounded<string[]>
}

/** A topic that is gone takes with it what was shown there. */
export async function forgetIfGone<T>(context: Context, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'thread_gone') context.done.delete(key)
    throw error
  }
}

/** Telegram calls the topic 'General' unknown when it is named. */
export function placeOf(chat: number, thread: string): { chat_id: number; message_thread_id?: number } {
  const user = userOfPrivate(thread)
  if (user !== undefined) return { chat_id: user }
  return thread === GENERAL || thread === '' ? { chat_id: chat } : { chat_id: chat, message_thread_id: Number(thread) }
}

/** What customers write is not fetched to be looked at by Telegram's servers, and fills no screen. */
export const NO_PREVIEW = { link_preview_options: { is_disabled: true } } as const

export function markup(buttons: readonly Button[] | undefined) {
  return buttons && buttons.length > 0 ? { reply_markup: keyboardOf(buttons) } : {}
}

export async function post(context: Context, thread: string, entry: DeskEntry, signal: AbortSignal): Promise<Receipt> {
  const parts = entryParts(entry, context.locale)
  const ids = [...(context.done.get(entry.key) ?? [])]
  for (const part of parts.slice(ids.length)) {
    ids.push(await forgetIfGone(context, entry.key, () => postPart(context, thread, part, signal)))
    context.done.set(entry.key, ids)
  }
  context.done.delete(entry.key)
  return { externalIds: ids, at: context.deps.now() }
}

async function postPart({ api, chat, deps }: Context, thread: string, part: Part, signal: AbortSignal): Promise<string> {
  const place = placeOf(chat, thread)
  switch (part.type) {
    case 'text':
      return messageKey(await api.call('sendMessage', { ...place, text: part.text, ...NO_PREVIEW }, signal))
    case 'buttons':
      return messageKey(await api.call('sendMessage', { ...place, text: part.text, ...NO_PREVIEW, ...markup(part.buttons) }, signal))
    case 'location':
      return messageKey(await api.call('sendLocation', { ...place, latitude: part.lat, longitude: part.lng }, signal))
    case 'media': {
      const [method, field] = mediaCall(part.kind, await deps.file(part.media.id))
      const caption = part.caption === undefined ? {} : { caption: part.caption }
      return messageKey(await api.call(method, { ...place, ...field, ...caption } as never, signal))
    }
    case 'unsupported':
      throw new ConnectorError('unsupported', `a topic cannot carry "${part.what}"`)
  }
}

const GONE = /message to (edit|delete) not found|MESSAGE_ID_INVALID/
const isRefused = (error: unknown, why: RegExp) => error instanceof ConnectorError && why.test(error.message)

/** The messages that stand there become the new words, one by one; what is left over goes, what is missing is sent behind. */
export async function edit(context: Context, thread: string, shown: string[], entry: DeskEntry, signal: AbortSignal): Promise<Receipt> {
  const parts = entryParts(entry, context.locale)
  const ids = [...(context.done.get(entry.key) ?? [])]
  for (const part of parts.slice(ids.length)) {
    const old = shown[ids.length]
    const stays = old !== undefined && (await change(context, old, part, signal))
    ids.push(stays ? old : await forgetIfGone(context, entry.key, () => postPart(context, thread, part, signal)))
    context.done.set(entry.key, ids)
  }
  await remove(
    context,
    shown.filter((id) => !ids.includes(id)),
    signal,
  )
  context.done.delete(entry.key)
  return { externalIds: ids, at: context.deps.now() }
}

/** False when there is nothing to change any more. A file stays: only the words under it can become others. */
async function change({ api, chat }: Context, id: string, part: Part, signal: AbortSignal): Promise<boolean> {
  const at = { chat_id: chat, message_id: messageIdOf(id) }
  const text = part.type === 'text' || part.type === 'buttons' ? part.text : part.type === 'media' ? (part.caption ?? '') : undefined
  if (text === undefined) return true
  const buttons = part.type === 'buttons' ? markup(part.buttons) : {}
  try {
    if (part.type === 'media') await api.call('editMessageCaption', { ...at, caption: text }, signal)
    else await api.call('editMessageText', { ...at, text, ...NO_PREVIEW, ...buttons }, signal)
    return true
  } catch (error) {
    if (isNotModified(error)) return true
    if (isRefused(error, GONE)) return false
    if (isRefused(error, /no text in the message/) && part.type !== 'media') {
      await api.call('editMessageCaption', { ...at, caption: text.slice(0, 1024) }, signal)
      return true
    }
    if (isRefused(error, /can't be edited/)) throw new ConnectorError('unsupported', 'Telegram lets this message not be changed any more')
    throw error
  }
}

/** A bot may delete its messages for two days; what is older loses its words and stays as a mark that something stood there. */
export async function remove({ api, chat, locale }: Context, shown: string[], signal: AbortSignal): Promise<void> {
  for (const id of shown) {
    const at = { chat_id: chat, message_id: messageIdOf(id) }
    try {
      await api.call('deleteMessage', at, signal)
    } catch (error) {
      if (isRefused(error, GONE)) continue
      if (!isRefused(error, /can't be deleted/)) throw error
      await blank(api, at, phrase('message.recalled', locale), signal)
    }
  }
}

async function blank(api: Telegram, at: { chat_id: number; message_id: number }, text: string, signal: AbortSignal): Promise<void> {
  try {
    await api.call('editMessageText', { ...at, text }, signal)
  } catch (error) {
    if (isNotModified(error)) return
    if (isRefused(error, /no text in the message/)) await api.call('editMessageCaption', { ...at, caption: text }, signal)
    else throw error
  }
}
