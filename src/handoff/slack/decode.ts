// What people do in our channels, as desk events. Pure. Our own words, other apps and Slack's notices are nobody's.
import { z } from 'zod'
import type { DeskEvent, DeskUser } from '#core/event.ts'
import type { MediaKind, Part } from '#core/message.ts'
import { type Names, wordsOf } from '#platforms/slack-text.ts'
import { parseCommand } from '../commands.ts'
import { isCard } from './encode.ts'

/** Who we are in Slack. */
export interface Self {
  team: string
  user: string
}

export interface DecodeContext {
  /** Unknown while Slack does not answer: then what the event itself says of us must do. */
  self: Self | undefined
  /** Our channels: elsewhere people talk among themselves. */
  channels: ReadonlySet<string>
  /** Names of those who write and are mentioned, as far as Slack told. */
  names: Names
  /** Stands for times that Slack does not tell. */
  now: Date
}

// Only what we read, and leniently: a field of an odd shape counts as absent.
const text = z.string().optional().catch(undefined)
const some = z.array(z.unknown()).optional().catch(undefined)
const file = z.looseObject({
  id: z.string(),
  name: text,
  title: text,
  mimetype: text,
  size: z.number().optional().catch(undefined),
  mode: text,
  file_access: text,
  is_external: z.boolean().optional().catch(undefined),
  url_private: text,
})
const spoken = z.object({
  ts: z.string(),
  thread_ts: text,
  parent_user_id: text,
  subtype: text,
  user: text,
  bot_id: text,
  text,
  blocks: some,
  files: some,
})
const maybeSpoken = spoken.optional().catch(undefined)
const happened = spoken.extend({
  type: z.string(),
  ts: text,
  channel: text,
  message: maybeSpoken,
  previous_message: maybeSpoken,
  deleted_ts: text,
  event_ts: text,
  reaction: text,
  item: z.object({ type: text, channel: text, ts: text }).optional().catch(undefined),
  item_user: text,
})
const callback = z.object({
  type: z.literal('event_callback'),
  event_id: text,
  team_id: text,
  authorizations: z
    .array(z.object({ team_id: text, user_id: text, is_bot: z.boolean().optional().catch(undefined) }))
    .optional()
    .catch(undefined),
  event: happened,
})

export type Spoken = z.output<typeof spoken>
export type Happened = z.output<typeof happened>
type Callback = z.output<typeof callback>

/** An event that concerns us, or undefined: another workspace's, another channel's, or none at all. */
export function readEvent(body: unknown, { self, channels }: Pick<DecodeContext, 'self' | 'channels'>): Callback | undefined {
  const read = callback.safeParse(body)
  if (!read.success) return undefined
  const channel = read.data.event.channel ?? read.data.event.item?.channel
  if (channel === undefined || !channels.has(channel)) return undefined
  // One app may be installed in several workspaces: all of them sign with the same secret. A channel shared with another company
  // comes under our own installation.
  const installed = read.data.authorizations?.map(({ team_id }) => team_id) ?? []
  const teams = [read.data.team_id, ...installed]
  const known = teams.filter((team) => team !== undefined)
  return self && known.length > 0 && !known.includes(self.team) ? undefined : read.data
}

export function decodeEvent(read: Callback, context: DecodeContext, raw: unknown): DeskEvent[] {
  const { event } = read
  const user = context.self?.user ?? read.authorizations?.find(({ is_bot }) => is_bot)?.user_id
  const channel = event.channel ?? ''
  const base = { externalId: read.event_id ?? `${channel}:${event.event_ts ?? event.ts}`, raw }
  const scene: Scene = { base, channel, user, context }
  if (event.type !== 'message') return []
  if (event.subtype === 'message_changed') return changed(scene, event)
  if (event.subtype === 'message_deleted') return deleted(scene, event)
  return said(scene, event)
}

interface Scene {
  base: Pick<DeskEvent, 'externalId' | 'raw'>
  channel: string
  /** Our own. */
  user: string | undefined
  context: DecodeContext
}

/** Kinds of messages that people write. Others are Slack's own notices: somebody joined, the topic was changed, a huddle began. */
const WRITTEN = new Set<string | undefined>([undefined, 'file_share', 'thread_broadcast', 'me_message'])

function said(scene: Scene, event: Happened): DeskEvent[] {
  if (event.ts === undefined || !WRITTEN.has(event.subtype) || !isPerson(scene, event)) return []
  const message = { ...event, ts: event.ts }
  const parts = partsOf(scene, message)
  if (parts.length === 0) return []
  const at = timeOf(event.ts)
  const by = personOf(event.user, scene)
  const messageId = `${scene.channel}:${event.ts}`
  // Its own id and not the event's: what is read after a break is the same message.
  const base = { ...scene.base, externalId: `message:${messageId}` }
  if (event.thread_ts !== undefined && event.thread_ts !== event.ts) {
    const ours = scene.user !== undefined && event.parent_user_id === scene.user && { ours: true as const }
    return [{ ...base, type: 'message', at, by, thread: `${scene.channel}:${event.thread_ts}`, parts, messageId, ...ours }]
  }
  // Beside the threads people talk among themselves; only a command is meant for us.
  const line = parts[0]?.type === 'text' && /^[!！]\p{L}/u.test(parts[0].text) ? parts[0].text.slice(1) : undefined
  return line === undefined ? [] : [{ ...base, type: 'command', at, by, thread: scene.channel, line, messageId }]
}

function changed(scene: Scene, { message, previous_message: before, event_ts }: Happened): DeskEvent[] {
  if (!message) return []
  if (message.subtype === 'tombstone') return taken(scene, before && { ...before, ts: message.ts }, event_ts)
  if (!isPerson(scene, message) || message.thread_ts === undefined || message.thread_ts === message.ts) return []
  // A preview of a link, a reaction, a new reply: Slack calls all of it a change. When somebody deletes a thread's root, every reply
  // is told again like this.
  if (before && wordsOf(before, scene.context.names) === wordsOf(message, scene.context.names) && filesIn(before) === filesIn(message))
    return []
  const parts = partsOf(scene, message)
  if (parts.length === 0) return []
  const at = timeOf(event_ts ?? message.ts)
  const thread = `${scene.channel}:${message.thread_ts}`
  return [{ ...scene.base, type: 'edit', at, by: personOf(message.user, scene), thread, target: `${scene.channel}:${message.ts}`, parts }]
}

function deleted(scene: Scene, { deleted_ts: ts, previous_message: before, event_ts }: Happened): DeskEvent[] {
  return ts === undefined ? [] : taken(scene, before && { ...before, ts }, event_ts)
}

/** A root that others answered stays as a tombstone; everything else goes. */
function taken(scene: Scene, before: Spoken | undefined, event_ts: string | undefined): DeskEvent[] {
  if (!before) return []
  const at = event_ts === undefined ? scene.context.now : timeOf(event_ts)
  const target = `${scene.channel}:${before.ts}`
  if (isCard(before.blocks))
    return [{ ...scene.base, type: 'thread_gone', at, by: { id: before.user ?? 'slack' }, thread: target, reason: 'deleted in Slack' }]
  if (!isPerson(scene, before) || before.thread_ts === undefined || before.thread_ts === before.ts) return []
  const thread = `${scene.channel}:${before.thread_ts}`
  return [{ ...scene.base, type: 'remove', at, by: personOf(before.user, scene), thread, target }]
}

/** No app's and not ours. Files that we show come back under our own name, without the mark of a bot. */
function isPerson({ user: own }: Scene, { user, bot_id }: Pick<Spoken, 'user' | 'bot_id'>): boolean {
  return user !== undefined && bot_id === undefined && user !== own && user !== 'USLACKBOT'
}

function personOf(user: string | undefined, { context }: Scene): DeskUser {
  const id = user ?? ''
  const name = context.names.get(id)
  return name === undefined ? { id } : { id, name }
}

function timeOf(ts: string): Date {
  const at = new Date(Number(ts) * 1000)
  return Number.isNaN(at.getTime()) ? new Date(0) : at
}

// ── Words and files ──────────────────────────────────────────────────────────────────────────────────────────────────

function partsOf(scene: Scene, message: Spoken): Part[] {
  const words = asCommand(scene, message)
  const files = (message.files ?? []).map((one) => filePart(one))
  return [...(words.trim() === '' ? [] : [{ type: 'text' as const, text: words }]), ...files]
}

/**
 * Slack keeps what begins with a slash for itself, so `.resolve` and `@desk resolve` are commands here as well as `!resolve`. A full
 * stop only where a command follows; what is said to the app itself never is for the customer.
 */
function asCommand({ user, context }: Scene, message: Spoken): string {
  const mention = `<@${user}>`
  const raw = (message.text ?? '').trimStart()
  if (user !== undefined && raw.startsWith(mention)) return `!${wordsOf({ text: raw.slice(mention.length) }, context.names).trim()}`
  const words = wordsOf(message, context.names)
  return /^\s*[.。]\p{L}/u.test(words) && isCommand(words.trim().slice(1)) ? `!${words.trim().slice(1)}` : words
}

export function isCommand(line: string): boolean {
  const parsed = parseCommand(line)
  return parsed.type !== 'unknown' || parsed.usage !== undefined
}

function filesIn({ files }: Spoken): number {
  return files?.length ?? 0
}

function filePart(value: unknown): Part {
  const read = file.safeParse(value)
  if (!read.success) return { type: 'unsupported', what: 'file' }
  const { id, name, title, mimetype, size, mode, is_external: isExternal, url_private: url } = read.data
  if (mode === 'tombstone' || mode === 'hidden_by_limit' || read.data.file_access === 'access_denied')
    return { type: 'unsupported', what: `file (${mode ?? read.data.file_access})` }
  // It lies with somebody else: there is only an address.
  if (isExternal && url !== undefined) return { type: 'text', text: [title ?? name, url].filter(Boolean).join(': ') }
  const shown = name ?? title
  const media = { id, ...(shown && { name: shown }), ...(mimetype && { mime: mimetype }), ...(size !== undefined && { bytes: size }) }
  return { type: 'media', kind: kindOf(mimetype), media }
}

function kindOf(mime: string | undefined): MediaKind {
  const kind = mime?.split('/')[0]
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}

// ── Reactions ────────────────────────────────────────────────────────────────────────────────────────────────────────

const CLAIMS = /^((wo)?man[-_])?raising[-_]hand$/

/** The command that an emoji stands for, with its skin tone taken off. */
export function commandOfReaction(event: Happened): 'claim' | 'resolve' | undefined {
  if (event.type !== 'reaction_added' || event.item?.type !== 'message') return undefined
  const name = event.reaction?.replace(/::skin-tone-\d$/, '') ?? ''
  if (CLAIMS.test(name)) return 'claim'
  return name === 'white_check_mark' ? 'resolve' : undefined
}

/** `root` is the beginning of the thread in which the reaction stands. ✅ counts on the card only: elsewhere people say 'done' with it. */
export function decodeReaction(read: Callback, root: string | undefined, context: DecodeContext, raw: unknown): DeskEvent[] {
  const { event } = read
  const line = commandOfReaction(event)
  const { channel = '', ts } = event.item ?? {}
  const own = context.self?.user ?? read.authorizations?.find(({ is_bot }) => is_bot)?.user_id
  const isMine = event.user === undefined || event.user === own
  if (line === undefined || root === undefined || ts === undefined || isMine) return []
  if (line === 'resolve' && ts !== root) return []
  const scene: Scene = { base: { externalId: read.event_id ?? `${channel}:${event.event_ts}`, raw }, channel, user: own, context }
  const at = event.event_ts === undefined ? context.now : timeOf(event.event_ts)
  return [{ ...scene.base, type: 'command', at, by: personOf(event.user, scene), thread: `${channel}:${root}`, line }]
}
