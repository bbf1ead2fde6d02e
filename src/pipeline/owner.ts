// Who owns a conversation, and how it changes hands. Every change is a compare-and-set under the conversation's lock.
import { cut } from '#core/adapt.ts'
import { type Button, plainText, type Text } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { AgentRow, Draft } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import type { Acting } from './acting.ts'
import { decide } from './decision.ts'
import { audit, followers, later, note, own, redraw, say, toDesk, type Words } from './draft.ts'
import { type House, isSparing } from './house.ts'
import { lease } from './offer.ts'
import { mark } from './tick.ts'

/** Gives the conversation to an agent. `quiet`: the customer is about to hear the agent's own words. */
export function claim(draft: Draft, agent: AgentRow, house: House, how: { quiet?: boolean; cause: string; assigned?: boolean }): void {
  const { conversation } = draft
  if (!conversation.handoff) conversation.handoff = { reason: 'claimed', at: house.clock.now().toISOString() }
  own(draft, { status: 'assigned', agent }, house)
  if (how.assigned) lease(draft, house)
  else decide(draft, house, 'claimed', agent.id)
  audit(draft, house, 'assignment.changed', how.assigned ? { kind: 'system' } : { kind: 'agent', id: agent.id }, { agent: agent.id })
  for (const deskId of followers(draft, house)) {
    if (!draft.threads.some((thread) => thread.deskId === deskId)) toDesk(draft, house, deskId, 'open', {})
  }
  log(draft, house, how.assigned ? 'log.assigned' : 'log.claimed', { agent: agent.name })
  redraw(draft, house)
  // Where each word costs something the agent's own say who is there.
  if (!how.quiet && !isSparing(house, conversation.channelId)) {
    say(
      draft,
      'system',
      [{ type: 'text', text: phrase('agent.joined', conversation.locale, { agent: agent.publicName }) }],
      house,
      `${how.cause}:joined`,
    )
  }
}

/**
 * Words of somebody who does not own the conversation: kept as a note, with the question what to do. Left alone they stay a
 * note. While the bot owns it, sending alone is not offered: bot and person would talk over each other.
 */
export function hold(acting: Acting, words: Omit<Words, 'author' | 'name'>, house: House, why?: Text): EventResult {
  const { draft, agent, deskId, event } = acting
  const { conversation } = draft
  const locale = house.desks.get(deskId)?.locale ?? house.locale
  const held = note(draft, agent.name, { ...words, agentId: agent.id }, house)
  if (words.externalId) draft.newLinks.push({ scope: deskId, externalId: words.externalId, messageId: held.id, direction: 'in' })
  const isOwner = conversation.status === 'assigned' && conversation.agentId === agent.id
  const others = conversation.status === 'assigned' ? (['take', 'send', 'note'] as const) : (['take', 'note'] as const)
  const choices = isOwner ? (['send', 'note'] as const) : others
  const labels = { take: 'button.take_and_send', send: isOwner ? 'button.send' : 'button.send_only', note: 'button.keep_note' } as const
  const buttons: Button[] = choices.map((choice) => ({ id: `held ${choice} ${held.id}`, label: phrase(labels[choice], locale) }))
  held.question = buttons
  mark(draft, held, 'held', house)
  later(draft, house, new Date(house.clock.now().getTime() + house.sending.heldMs), { type: 'stale', message: held.id })
  const text = cut(plainText(words.parts), 80, 'utf16')
  const owner = draft.agents.find((one) => one.id === conversation.agentId)?.name
  const message = why
    ? phrase('whisper.held_why', locale, { text, why: why[locale] })
    : conversation.status === 'bot'
      ? phrase('whisper.held_bot', locale, { text })
      : phrase('whisper.held', locale, { text, agent: owner })
  if (!house.readers.has(deskId)) {
    toDesk(draft, house, deskId, 'whisper', {
      whom: event.by,
      text: message,
      buttons,
      thread: 'thread' in event ? event.thread : undefined,
    })
  }
  return { ok: false, code: 'held', message }
}

/** A line that every desk's thread shows and that no customer sees. The console has the trail instead. */
export function log<K extends 'log.claimed' | 'log.assigned' | 'log.released' | 'log.reopened' | 'log.transferred' | 'log.to_bot'>(
  draft: Draft,
  house: House,
  key: K,
  vars: { agent: string; to?: string; why?: string },
): void {
  for (const deskId of followers(draft, house)) {
    const locale = house.desks.get(deskId)?.locale ?? house.locale
    const text =
      key === 'log.reopened'
        ? phrase('log.reopened', locale)
        : phrase(key as 'log.transferred', locale, vars as { agent: string; to: string })
    toDesk(draft, house, deskId, 'post', { author: 'system', name: phrase('author.system', locale), parts: [{ type: 'text', text }] })
  }
}
