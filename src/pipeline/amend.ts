// An agent changes or takes back what they wrote. What has not left yet changes without a trace; what the customer has seen is changed
// there where the channel can, and else its writer is told, with a correction at hand. Nothing is changed behind anybody's back.
import type { Capabilities } from '#core/capabilities.ts'
import { type Part, plainText, writtenText } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { parseLine } from '#handoff/commands.ts'
import { withoutMark } from '#handoff/policy.ts'
import type { Draft, MessageRow, NewDelivery } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { type Acting, localeOf, meantBy } from './acting.ts'
import { adopt } from './adopt.ts'
import { addressOf, audit, chunksOf, delivery, followers, later, note, senderOf, sendings, toDesk, whisperTo } from './draft.ts'
import type { House } from './house.ts'
import { mark, tickOf } from './tick.ts'

const done: EventResult = { ok: true }

/** The words as they are now. */
export function amendWords(acting: Acting, incoming: Part[], house: House): EventResult {
  const { draft, agent, target, deskId, event } = acting
  // A message from before the conversation, one that was never text, or one that the tool only drew anew (a link's preview).
  if (!target || target.recalledAt || plainText(incoming) === target.text) return done
  const text = writtenText(incoming)
  const line = parseLine(text)
  if (target.author !== 'agent') {
    if (target.agentId !== agent.id) return done
    const words: Part[] = line.type === 'note' ? [{ type: 'text', text: line.text }] : incoming
    if (plainText(words) !== target.text) change(draft, target, adopt(draft, words, { deskId, event }, house), house)
    return done
  }
  const intent = meantBy(acting, text, house)
  const words = intent.type === 'send' ? withoutMark(incoming, intent.skip) : incoming
  if (plainText(words) === target.text) return done
  const refusal = mayNot(acting, target, house)
  if (refusal) return refusal
  // What became a note, a command or words to a colleague is not for the customer: they keep nothing of it.
  if (intent.type === 'note' || (intent.type === 'line' && line.type !== 'text') || words.length === 0) return takeBack(acting, house)
  const parts = adopt(draft, words, { deskId, event }, house)
  const { capabilities } = house.channels.get(draft.conversation.channelId) ?? {}
  if (!capabilities) return done
  const can = isWithin(capabilities.edit, target, house)
  if (!can && !acting.unsent && !isFresh(target, house)) return offerCorrection(acting, parts, house)
  const changed = change(draft, target, parts, house)
  const tick = tickOf(changed, house)
  const how = { automatic: false, cause: `${changed.id}:${acting.eventId}`, ...(tick && { tick }) }
  const fresh = sendings(draft, changed, capabilities, house, how)
  const after = can ? [follow(acting, changed, 'edit', capabilities, house)] : [tooLate(acting, 'whisper.edit_not_sent', house)]
  draft.withdrawn.push({ messageId: changed.id, fresh, after, by: agent.name, keyed: capabilities.idempotent === true })
  audit(draft, house, 'message.edited', { kind: 'agent', id: agent.id }, { message: target.id })
  return done
}

/** Deleted in the tool. */
export function takeBack(acting: Acting, house: House): EventResult {
  const { draft, agent, target } = acting
  if (!target || target.recalledAt) return done
  if (target.author !== 'agent') {
    if (target.agentId === agent.id) recall(draft, target, house)
    return done
  }
  const refusal = mayNot(acting, target, house)
  if (refusal) return refusal
  const { capabilities } = house.channels.get(draft.conversation.channelId) ?? {}
  if (!capabilities) return done
  const can = isWithin(capabilities.recall, target, house)
  if (!can && !acting.unsent && !isFresh(target, house)) {
    return { ok: false, code: 'sent', message: phrase('whisper.recall_impossible', localeOf(acting, house)) }
  }
  const gone = recall(draft, target, house)
  const after = can ? [follow(acting, gone, 'remove', capabilities, house)] : [tooLate(acting, 'whisper.recall_impossible', house)]
  draft.withdrawn.push({ messageId: gone.id, fresh: [], after, by: agent.name, keyed: capabilities.idempotent === true })
  audit(draft, house, 'message.recalled', { kind: 'agent', id: agent.id }, { message: target.id })
  return done
}

/** Only their writer, and only while the conversation is theirs: whoever passed it on no longer speaks to the customer. */
function mayNot(acting: Acting, target: MessageRow, house: House): EventResult | undefined {
  const { agent, draft } = acting
  if (target.agentId !== agent.id)
    return { ok: false, code: 'not_yours', message: phrase('whisper.edit_not_yours', localeOf(acting, house)) }
  const { status, agentId } = draft.conversation
  const isTheirs = (status === 'assigned' || status === 'resolved') && agentId === agent.id
  return isTheirs ? undefined : { ok: false, code: 'not_yours', message: phrase('whisper.not_yours', localeOf(acting, house)) }
}

function isWithin(limit: { withinMs: number } | undefined, { createdAt }: MessageRow, house: House): boolean {
  return limit !== undefined && house.clock.now().getTime() - createdAt.getTime() < limit.withinMs
}

/** It may not have left yet. */
function isFresh({ createdAt }: MessageRow, house: House): boolean {
  return house.clock.now().getTime() - createdAt.getTime() < house.sending.undoMs
}

/** The message with its new words; desks that show it, and the console, have them too. */
export function change(draft: Draft, target: MessageRow, parts: Part[], house: House, except = target.via ?? undefined): MessageRow {
  const now = house.clock.now()
  const revisions = [...(target.revisions ?? []), { parts: target.parts, until: now.toISOString() }]
  const changed = { ...target, parts, text: plainText(parts), revisions, editedAt: now }
  draft.changedMessages.push(changed)
  mirrorChange(draft, changed, 'edit', house, except)
  return changed
}

export function recall(draft: Draft, target: MessageRow, house: House, except = target.via ?? undefined): MessageRow {
  const now = house.clock.now()
  const revisions = [...(target.revisions ?? []), { parts: target.parts, until: now.toISOString() }]
  const gone = { ...target, question: null, revisions, recalledAt: now }
  draft.changedMessages.push(gone)
  mirrorChange(draft, gone, 'remove', house, except)
  return gone
}

/** In every thread that shows it: in the order of the words there, so that it is there before it changes. */
function mirrorChange(draft: Draft, message: MessageRow, op: 'edit' | 'remove', house: House, except: string | undefined): void {
  for (const deskId of followers(draft, house)) {
    if (deskId === except) continue
    const locale = house.desks.get(deskId)?.locale ?? house.locale
    const name = message.name || phrase(`author.${message.author}`, locale)
    const parts = op === 'edit' ? message.parts : []
    toDesk(draft, house, deskId, op, { author: message.author, name, parts }, message.id, String(message.revisions?.length ?? 0))
  }
}

/** What left already follows on the customer's platform, behind the words themselves. */
function follow(
  { draft, eventId }: Acting,
  message: MessageRow,
  op: 'edit' | 'remove',
  capabilities: Capabilities,
  house: House,
): NewDelivery {
  const { conversation } = draft
  const sender = senderOf(message)
  return delivery(draft, house, 0, {
    kind: 'channel',
    targetId: conversation.channelId,
    lane: `channel:${conversation.id}`,
    messageId: message.id,
    op,
    payload: {
      to: addressOf(conversation),
      ...(op === 'edit' && { chunks: chunksOf(draft, message, capabilities, house) }),
      ...(sender && { sender }),
    },
    automatic: false,
    originKey: `${message.id}:${op}:${eventId}`,
  })
}

/** For when it left just before: the channel cannot change it any more. */
function tooLate(acting: Acting, why: 'whisper.edit_not_sent' | 'whisper.recall_impossible', house: House): NewDelivery {
  const { draft, deskId, event } = acting
  const text = phrase(why, localeOf(acting, house))
  return whisperTo(draft, house, deskId, { whom: event.by, text, thread: 'thread' in event ? event.thread : undefined })
}

/** The customer keeps what they saw, and gets the new words only on the agent's word, named as what they are. */
function offerCorrection(acting: Acting, parts: Part[], house: House): EventResult {
  const { draft, agent, deskId, event } = acting
  const locale = localeOf(acting, house)
  const text = phrase('agent.correction', draft.conversation.locale, { text: plainText(parts) })
  const held = note(draft, agent.name, { parts: [{ type: 'text', text }], agentId: agent.id, via: deskId }, house)
  held.question = [
    { id: `held send ${held.id}`, label: phrase('button.send_correction', locale) },
    { id: `held note ${held.id}`, label: phrase('button.keep_note', locale) },
  ]
  later(draft, house, new Date(house.clock.now().getTime() + house.sending.heldMs), { type: 'stale', message: held.id })
  const message = phrase('whisper.edit_not_sent', locale)
  if (!house.readers.has(deskId)) {
    const thread = 'thread' in event ? event.thread : undefined
    toDesk(draft, house, deskId, 'whisper', { whom: event.by, text: message, buttons: held.question, thread })
  }
  return { ok: false, code: 'held', message }
}

/** A word about what was decided later than its question. */
export function settle(draft: Draft, message: MessageRow, why: string, house: House): void {
  draft.changedMessages.push({ ...message, question: null })
  mark(draft, message, why, house)
}
