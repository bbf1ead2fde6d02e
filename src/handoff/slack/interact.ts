// What people press, choose and fill in, as desk events. Pure. A press names its command; a form is asked for with its `trigger_id`.
import { z } from 'zod'
import type { DeskEvent } from '#core/event.ts'
import { wordsOf } from '#platforms/slack-text.ts'
import type { DecodeContext } from './decode.ts'
import { FORM, type FormKind, NOTE_SHORTCUT, threadOfBlock } from './encode.ts'

export interface Interaction {
  events: DeskEvent[]
  /** To be opened within three seconds. `instead`: what becomes of the press when it cannot. */
  form?: { kind: FormKind; thread: string; trigger: string; instead: DeskEvent }
}

const text = z.string().optional().catch(undefined)
const person = z.object({ id: z.string(), name: text, username: text, team_id: text })
const common = {
  user: person,
  team: z.object({ id: text }).nullish().catch(undefined),
  channel: z.object({ id: z.string() }).optional().catch(undefined),
  trigger_id: text,
  response_url: text,
  action_ts: text,
}
const option = z.object({ value: z.string() }).nullish().catch(undefined)
const pressed = z.object({
  ...common,
  type: z.literal('block_actions'),
  container: z
    .object({ channel_id: text, message_ts: text, thread_ts: text, is_ephemeral: z.boolean().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  message: z.object({ ts: text, thread_ts: text }).optional().catch(undefined),
  actions: z
    .array(z.object({ action_id: text, block_id: text, action_ts: text, value: text, selected_option: option }))
    .min(1)
    .max(25),
})
const shortcut = z.object({
  ...common,
  type: z.literal('message_action'),
  callback_id: z.string(),
  message: z.object({ ts: z.string(), thread_ts: text, text, blocks: z.array(z.unknown()).optional().catch(undefined) }),
})
const submitted = z.object({
  ...common,
  type: z.literal('view_submission'),
  view: z.object({
    id: text,
    hash: text,
    callback_id: z.string(),
    private_metadata: text,
    state: z.object({ values: z.record(z.string(), z.record(z.string(), z.object({ value: z.string().nullish() }))) }),
  }),
})
const slash = z.object({
  command: z.string(),
  text: z.string().default(''),
  user_id: z.string(),
  user_name: text,
  channel_id: z.string(),
  team_id: text,
  trigger_id: text,
})

export function decodeInteraction(body: unknown, context: DecodeContext): Interaction {
  const press = pressed.safeParse(body)
  if (press.success && isHere(press.data.team?.id ?? press.data.user.team_id, context)) return pressedOne(press.data, body, context)
  const chosen = shortcut.safeParse(body)
  if (chosen.success && isHere(chosen.data.team?.id, context)) return { events: noted(chosen.data, body, context) }
  const form = submitted.safeParse(body)
  if (form.success && isHere(form.data.team?.id, context)) return { events: filled(form.data, body, context) }
  return { events: [] }
}

/** In a channel shared with another company its people press, too: `team` is theirs, and the channel is ours. */
function isHere(team: string | undefined, { self }: DecodeContext): boolean {
  return !self || team === undefined || team === self.team
}

function pressedOne(press: z.output<typeof pressed>, raw: unknown, context: DecodeContext): Interaction {
  const { container, message, channel, user, trigger_id: trigger, response_url } = press
  const [action] = press.actions
  const command = action?.value ?? action?.selected_option?.value
  const at = channel?.id ?? container?.channel_id
  // A button that only opens a page is told as well.
  if (!action || command === undefined || command === '' || at === undefined) return { events: [] }
  const root = container?.thread_ts ?? message?.thread_ts ?? container?.message_ts ?? message?.ts
  const thread = threadOfBlock(action.block_id) ?? (root === undefined ? at : `${at}:${root}`)
  const externalId = `press:${at}:${container?.message_ts}:${user.id}:${action.action_ts ?? trigger}`
  const base = { externalId, at: whenOf(action.action_ts, context), by: personOf(user), raw, thread }
  const kind = FORM.get(command)
  if (kind && trigger !== undefined) {
    const instead: DeskEvent = { ...base, type: 'button', command: kind }
    return { events: [], form: { kind, thread, trigger, instead } }
  }
  // What only one person sees can only be taken away at the address that came with the press.
  const callback = container?.is_ephemeral && response_url !== undefined ? { callback: response_url } : {}
  return { events: [{ ...base, type: 'button', command: kind ?? command, ...callback }] }
}

/** 'Send as note' in the menu of a message: its words become a note of whoever chose it. */
function noted(chosen: z.output<typeof shortcut>, raw: unknown, context: DecodeContext): DeskEvent[] {
  const { channel, message, user, action_ts } = chosen
  if (chosen.callback_id !== NOTE_SHORTCUT || !channel || !context.channels.has(channel.id)) return []
  const words = wordsOf(message, context.names).trim()
  if (words === '') return []
  const externalId = `shortcut:${channel.id}:${message.ts}:${user.id}:${action_ts}`
  const thread = `${channel.id}:${message.thread_ts ?? message.ts}`
  return [{ externalId, at: whenOf(action_ts, context), by: personOf(user), raw, type: 'command', thread, line: `note ${words}` }]
}

function filled({ view, user }: z.output<typeof submitted>, raw: unknown, context: DecodeContext): DeskEvent[] {
  const kind = [...FORM.values()].find((one) => view.callback_id === `frontdesk_${one}`)
  const thread = view.private_metadata ?? ''
  const words = Object.values(view.state.values).flatMap((block) => Object.values(block).flatMap(({ value }) => value?.trim() || []))
  if (!kind || thread === '' || words.length === 0) return []
  const line = `${kind} ${words.join('\n')}`
  return [{ externalId: `form:${view.id}:${view.hash}`, at: context.now, by: personOf(user), raw, type: 'command', thread, line }]
}

/** `/desk queue`: works beside the threads only. Answered to the one who typed it. */
export function decodeSlash(body: unknown, context: DecodeContext): DeskEvent[] {
  const read = slash.safeParse(body)
  if (!read.success || !isHere(read.data.team_id, context)) return []
  const { text: typed, user_id: id, user_name: name, channel_id: channel, trigger_id } = read.data
  const by = { id, ...(name && { name }) }
  const line = typed.trim() === '' ? 'help' : typed.trim()
  return [{ externalId: `slash:${trigger_id}`, at: context.now, by, raw: body, type: 'command', thread: channel, line }]
}

function personOf({ id, name, username }: z.output<typeof person>): { id: string; name?: string } {
  const shown = name ?? username
  return shown === undefined ? { id } : { id, name: shown }
}

function whenOf(ts: string | undefined, { now }: DecodeContext): Date {
  const at = new Date(Number(ts) * 1000)
  return Number.isNaN(at.getTime()) ? now : at
}
