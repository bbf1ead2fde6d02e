// What comes in from Telegram: the webhook's checks, the long poll, and a message's content as parts. Customers' connector and
// agents' desk both read updates here and then differ in what they make of them.
import { z } from 'zod'
import { readBoundedText } from '#core/bytes.ts'
import { ConnectorError } from '#core/errors.ts'
import type { MediaKind, MediaRef, Part } from '#core/message.ts'
import { parseJson } from './json.ts'
import { sameText } from './pushed.ts'
import type { Telegram } from './telegram.ts'

// Only what we read, and leniently: a field of an odd shape counts as absent, so that a message of a new kind becomes a visible
// placeholder and never an exception. Ids beyond a double's precision arrive as their digits (see parseJson).
const id = z.union([z.int(), z.string().regex(/^-?\d{1,20}$/)])
const text = z.string().optional().catch(undefined)
const flag = z.boolean().optional().catch(undefined)
const count = z.number().optional().catch(undefined)
const file = z.object({ file_id: z.string(), file_name: text, mime_type: text, file_size: count })
const maybeFile = file.optional().catch(undefined)
const user = z.object({ id, is_bot: flag, first_name: text, last_name: text, username: text, language_code: text })
const entities = z
  .array(z.object({ type: z.string(), offset: z.int(), length: z.int(), url: text }))
  .optional()
  .catch(undefined)
const point = z.object({ latitude: z.number(), longitude: z.number() })

const content = {
  text,
  entities,
  caption: text,
  caption_entities: entities,
  photo: z
    .array(file.extend({ width: count, height: count }))
    .min(1)
    .optional()
    .catch(undefined),
  document: maybeFile,
  animation: maybeFile,
  audio: maybeFile,
  voice: maybeFile,
  video: maybeFile,
  video_note: maybeFile,
  sticker: file.extend({ emoji: text, is_animated: flag, is_video: flag }).optional().catch(undefined),
  location: point.optional().catch(undefined),
  venue: z.object({ location: point, title: text, address: text }).optional().catch(undefined),
  contact: z
    .object({ phone_number: z.string(), first_name: text, last_name: text, user_id: id.optional().catch(undefined) })
    .optional()
    .catch(undefined),
}
const keyboard = z
  .object({ inline_keyboard: z.array(z.array(z.object({ text: z.string(), callback_data: text }))) })
  .optional()
  .catch(undefined)
const envelope = {
  message_id: z.int(),
  chat: z.object({ id, type: text }),
  date: z.int().catch(0),
  edit_date: count,
  message_thread_id: count,
  is_topic_message: flag,
}
const reply = z
  .object({ message_id: z.int(), from: user.optional().catch(undefined), forum_topic_created: z.unknown().optional() })
  .optional()
  .catch(undefined)
const message = z.object({
  ...envelope,
  ...content,
  from: user.optional().catch(undefined),
  sender_chat: z.object({ id }).optional().catch(undefined),
  reply_to_message: reply,
  forum_topic_closed: z.unknown().optional(),
  forum_topic_reopened: z.unknown().optional(),
})
const callback = z.object({
  id: z.string(),
  from: user,
  data: text,
  message: z
    .object({ ...envelope, reply_markup: keyboard })
    .optional()
    .catch(undefined),
})
const member = z.object({
  chat: z.object({ id, type: text }),
  from: user,
  date: z.int(),
  new_chat_member: z.object({ status: z.string() }),
})
const update = z.object({
  update_id: z.int().nonnegative(),
  message: message.optional(),
  edited_message: message.optional(),
  callback_query: callback.optional(),
  my_chat_member: member.optional(),
})

export type TelegramUser = z.output<typeof user>
export type TelegramMessage = z.output<typeof message>
export type TelegramCallback = z.output<typeof callback>
/** `raw` is the update as it came, for the event's record. */
export type TelegramUpdate = z.output<typeof update> & { raw: unknown }

/** Named, because Telegram otherwise keeps whatever list was set before, by anybody. */
const ALLOWED_UPDATES = ['message', 'edited_message', 'callback_query', 'my_chat_member'] as const

/** Throws `rejected` for what is not an update of Telegram's. */
export function readUpdate(raw: unknown): TelegramUpdate {
  const result = update.safeParse(raw)
  if (result.success) return { ...result.data, raw }
  const where = result.error.issues[0]?.path.join('.') ?? ''
  throw new ConnectorError('rejected', `this is not an update of Telegram's: ${where || 'not an object'} cannot be read`)
}

// ── Webhook and poll ─────────────────────────────────────────────────────────────────────────────────────────────────

const BODY_MAX = 1024 * 1024
const SECRET_HEADER = 'x-telegram-bot-api-secret-token'

/** Checks the secret first, then reads the body. Telegram's header is a constant, no signature: only TLS guards the body. */
export async function readWebhook(request: Request, secret: string | undefined): Promise<TelegramUpdate> {
  if (!secret || !sameText(request.headers.get(SECRET_HEADER) ?? '', secret)) {
    throw new ConnectorError('unauthorized', `the header ${SECRET_HEADER} is missing or wrong`)
  }
  if (request.method !== 'POST') throw new ConnectorError('rejected', 'Telegram sends updates by POST')
  const body = await readBody(request)
  let raw: unknown
  try {
    raw = parseJson(body)
  } catch {
    throw new ConnectorError('rejected', 'the body is not JSON')
  }
  return readUpdate(raw)
}

async function readBody(request: Request): Promise<string> {
  const { text, cut } = await readBoundedText(request, BODY_MAX).catch((error) => {
    throw new ConnectorError('rejected', 'the body broke off', { cause: error })
  })
  if (cut) throw new ConnectorError('rejected', 'the body is larger than 1 MB')
  return text
}

/** Registers our address. Without a secret anybody could post updates there, so there is no webhook without one. */
export async function setWebhook(api: Telegram, url: URL, secret: string | undefined, signal: AbortSignal): Promise<void> {
  if (!secret) throw new ConnectorError('rejected', 'a webhook needs a secret in the config / 使用 webhook 需要在配置中填写 secret')
  await api.call('setWebhook', { url: url.href, secret_token: secret, allowed_updates: ALLOWED_UPDATES }, signal)
}

/** For logs: which update it was that could not be read. */
export function updateIdOf(raw: unknown): unknown {
  return (raw as { update_id?: unknown } | null)?.update_id
}

export interface Polled {
  updates: unknown[]
  cursor: string
}

/**
 * One long poll after the other. The offset confirms everything before it, so the caller passes only a cursor whose events are
 * committed. A bot that once had a webhook answers 409 until it is removed; waiting updates are kept.
 *
 * An offset is sent only once: after a week of silence Telegram numbers updates from a random start, and an offset that lies
 * above the new numbers would confirm them unread.
 */
export function createPoller(api: Telegram, seconds: number): (cursor: string | null, signal: AbortSignal) => Promise<Polled> {
  let confirmed: string | undefined
  return async (cursor, signal) => {
    const offset = cursor && cursor !== confirmed ? { offset: Number(cursor) } : {}
    const ask = () => api.call('getUpdates', { timeout: seconds, allowed_updates: ALLOWED_UPDATES, ...offset }, signal, seconds * 1000)
    let answer: unknown
    try {
      answer = await ask()
    } catch (error) {
      if (!(error instanceof ConnectorError && /webhook is active/.test(error.message))) throw error
      await api.call('deleteWebhook', { drop_pending_updates: false }, signal)
      answer = await ask()
    }
    if (!Array.isArray(answer)) throw new ConnectorError('transient', 'getUpdates: the answer is not a list of updates')
    confirmed = cursor ?? undefined
    const ids = answer.map((one) => Number(updateIdOf(one))).filter(Number.isSafeInteger)
    return { updates: answer, cursor: ids.length > 0 ? String(Math.max(...ids) + 1) : (cursor ?? '0') }
  }
}

// ── Content ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export function personName(person: TelegramUser | undefined): string | undefined {
  const name = [person?.first_name, person?.last_name].filter(Boolean).join(' ')
  return name || person?.username
}

// What a message says about itself, not its content: whatever else is in it names an unknown kind.
const ABOUT = new Set(
  'message_id message_thread_id from sender_chat sender_boost_count sender_business_bot business_connection_id date chat is_topic_message is_automatic_forward forward_origin reply_to_message reply_to_story external_reply quote via_bot edit_date has_protected_content is_from_offline media_group_id author_signature paid_star_count link_preview_options effect_id show_caption_above_media has_media_spoiler reply_markup is_paid_post direct_messages_topic suggested_post_info reply_to_checklist_task_id'.split(
    ' ',
  ),
)
// Notices of the chat itself ('X pinned a message'): nobody said them.
const NOTICE =
  /^(new_chat_|left_chat_|delete_chat_photo$|group_chat_|supergroup_chat_|channel_chat_|migrate_|pinned_message$|forum_topic_|general_forum_|message_auto_delete_|write_access_|proximity_|boost_|chat_(background|owner|shared)|video_chat_|users_shared$|user_shared$|connected_website$)/

/** The content of a message; empty for a notice of the chat itself. What we do not know yet is named, never dropped. */
export function partsOf(message: TelegramMessage, raw: unknown): Part[] {
  const caption = message.caption === undefined ? undefined : withLinks(message.caption, message.caption_entities)
  const media = (kind: MediaKind, from: z.output<typeof file>, mime?: string): Part[] => [
    { type: 'media', kind, media: refOf(from, mime), ...(caption !== undefined && { caption }) },
  ]
  if (message.text !== undefined) return [{ type: 'text', text: withLinks(message.text, message.entities) }]
  if (message.photo) return media('image', largest(message.photo), 'image/jpeg')
  // An animation also fills `document` and a venue `location`, for older clients: the finer one goes first.
  if (message.animation) return media('video', message.animation, 'video/mp4')
  if (message.document) return media('file', message.document)
  if (message.voice) return media('audio', message.voice, 'audio/ogg')
  if (message.audio) return media('audio', message.audio, 'audio/mpeg')
  if (message.video) return media('video', message.video, 'video/mp4')
  if (message.video_note) return media('video', message.video_note, 'video/mp4')
  if (message.sticker) return stickerParts(message.sticker)
  if (message.venue) return [placeOf(message.venue.location, [message.venue.title, message.venue.address].filter(Boolean).join(', '))]
  if (message.location) return [placeOf(message.location)]
  if (message.contact)
    return [{ type: 'text', text: [personName({ ...message.contact, id: 0 }), message.contact.phone_number].filter(Boolean).join(' ') }]
  return unknownParts(raw)
}

function unknownParts(raw: unknown): Part[] {
  const keys = Object.keys((raw ?? {}) as object).filter((key) => !ABOUT.has(key))
  return keys.some((key) => NOTICE.test(key)) ? [] : [{ type: 'unsupported', what: keys[0] ?? 'empty message' }]
}

function stickerParts(sticker: NonNullable<TelegramMessage['sticker']>): Part[] {
  if (sticker.is_video) return [{ type: 'media', kind: 'video', media: refOf(sticker, 'video/webm') }]
  if (!sticker.is_animated) return [{ type: 'media', kind: 'image', media: refOf(sticker, 'image/webp') }]
  // The animated kind is vector data that only Telegram draws; the emoji that it stands for says the same.
  return [sticker.emoji ? { type: 'text', text: sticker.emoji } : { type: 'unsupported', what: 'sticker' }]
}

function largest<F extends { width?: number; height?: number }>(sizes: F[]): F {
  return sizes.reduce((best, size) => ((size.width ?? 0) * (size.height ?? 0) >= (best.width ?? 0) * (best.height ?? 0) ? size : best))
}

function refOf(from: z.output<typeof file>, mime?: string): MediaRef {
  const ref: MediaRef = { id: from.file_id }
  if (from.file_name) ref.name = from.file_name
  if (from.mime_type ?? mime) ref.mime = from.mime_type ?? mime
  if (from.file_size !== undefined) ref.bytes = from.file_size
  return ref
}

function placeOf(at: z.output<typeof point>, title?: string): Part {
  return { type: 'location', lat: at.latitude, lng: at.longitude, ...(title && { title }) }
}

/** An address hidden behind a word is written out: plain text would lose it. Offsets count UTF-16 units, as strings here do. */
function withLinks(value: string, marks: z.output<typeof entities>): string {
  const links = (marks ?? []).filter((mark) => mark.type === 'text_link' && mark.url && mark.offset >= 0 && mark.length > 0)
  let out = ''
  let at = 0
  for (const link of links.sort((a, b) => a.offset - b.offset)) {
    const end = link.offset + link.length
    if (end <= at || end > value.length) continue
    out += value.slice(at, end)
    if (value.slice(link.offset, end) !== link.url) out += ` (${link.url})`
    at = end
  }
  return out + value.slice(at)
}
