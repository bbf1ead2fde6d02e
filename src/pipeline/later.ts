// What comes by itself: the answer of a webhook, a time that was waited for, people who took too long. Whoever set it did not take it
// back when it lost its meaning: so each looks first whether it still has one.
import type { BotState } from '#bot/contract.ts'
import type { HouseEvent } from '#core/event.ts'
import { phrase } from '#core/phrases.ts'
import type { AgentRow, ConversationRow, CustomerRow, Draft, FollowupRow, MessageRow, ThreadRow } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { settle } from './amend.ts'
import { botContext, botTurn, cameFrom, handOff, peopleHave, watchQueue } from './bot.ts'
import { decide } from './decision.ts'
import { audit, followers, later, openDraft, own, redraw, say, toDesk } from './draft.ts'
import { remind } from './followup.ts'
import type { House } from './house.ts'
import { grow } from './idle.ts'
import { countMiss, missOffer, remember } from './offer.ts'
import { wake } from './snooze.ts'

export interface HouseScene {
  event: HouseEvent
  eventId: string
  customer: CustomerRow | undefined
  conversation: ConversationRow | undefined
  threads: ThreadRow[]
  agents: AgentRow[]
  /** The message that it is about. */
  target?: MessageRow
  /** The one whose time has come. */
  followup?: FollowupRow
}

const done: EventResult = { ok: true }

export function houseTurn(scene: HouseScene, house: House): { draft?: Draft; result: EventResult } {
  const { customer, conversation } = scene
  if (!customer || !conversation) return { result: done }
  const draft = openDraft({ ...customer }, { ...conversation }, scene.threads, scene.agents)
  const { event } = scene
  if (event.type === 'stale') {
    if (!scene.target?.question) return { result: done }
    settle(draft, scene.target, 'stale', house)
    return { draft, result: done }
  }
  return { ...(follow(draft, event, scene, house) && { draft }), result: done }
}

/** True when something changed. */
function follow(draft: Draft, event: Exclude<HouseEvent, { type: 'stale' }>, { eventId, followup }: HouseScene, house: House): boolean {
  const { conversation } = draft
  const state = conversation.botState as BotState
  switch (event.type) {
    case 'called':
    case 'due': {
      const isAsking = state.asking?.key === event.key
      if (conversation.status !== 'bot' || (state.flow?.pending !== event.key && !isAsking)) return false
      if (event.type === 'called' && !event.answer.ok && !isAsking)
        audit(draft, house, 'webhook.failed', { kind: 'system' }, { why: event.answer.why })
      botTurn(draft, event, botContext(draft, house, eventId), house, eventId)
      return true
    }
    case 'opened': {
      if (conversation.status !== 'bot' || !state.promised) return false
      const { promised, ...rest } = state
      conversation.botState = rest as Record<string, unknown>
      handOff(draft, promised, rest, house, eventId)
      return true
    }
    case 'clock':
      // Whatever is due is told by whoever keeps the clocks after each turn.
      return conversation.clocks !== null && (event.anew === true || conversation.clocks.wakesAt === event.at)
    case 'idle':
      return grow(draft, house, eventId)
    case 'unclaimed': {
      if (conversation.status !== 'queued' || conversation.version !== event.version) return false
      toBot(draft, phrase('log.unclaimed', house.locale), house, eventId)
      return true
    }
    case 'unanswered': {
      if (conversation.status !== 'assigned' || conversation.version !== event.version || state.owed !== event.seq) return false
      if (event.lease) lapse(draft, house, eventId)
      else silence(draft, house, eventId)
      return true
    }
    case 'offered': {
      if (conversation.status !== 'queued' || conversation.version !== event.version) return false
      if (conversation.handoff?.offer?.until !== event.until) return false
      missOffer(draft, house)
      return true
    }
    case 'woken': {
      if (conversation.status !== 'snoozed' || conversation.version !== event.version) return false
      wake(draft, 'time', house)
      return true
    }
    case 'reminded':
      return remind(draft, followup, house)
  }
}

/** The customer wrote to an agent: from the first words that have no answer yet the agent's time runs. */
export function owe(draft: Draft, message: MessageRow, house: House): void {
  const { conversation } = draft
  const { silentMs } = house.bot.back
  if (conversation.status !== 'assigned' || silentMs === undefined) return
  if ((conversation.botState as BotState).owed !== undefined) return
  const dueAt = peopleHave(silentMs, conversation.skill, house)
  if (!dueAt) return
  conversation.botState = { ...conversation.botState, owed: message.seq }
  later(draft, house, dueAt, { type: 'unanswered', version: conversation.version, seq: message.seq })
}

/** The agent left the customer without an answer. */
function silence(draft: Draft, house: House, cause: string): undefined {
  const { conversation } = draft
  const agent = draft.agents.find(({ id }) => id === conversation.agentId)
  const name = agent?.name ?? '?'
  if (house.bot.back.silentTo === 'bot') return toBot(draft, phrase('log.silent_bot', house.locale, { agent: name }), house, cause)
  const { owed: _, ...state } = conversation.botState
  conversation.botState = state
  const before = conversation.handoff
  conversation.handoff = {
    reason: before?.reason ?? 'released',
    ...before,
    not: [...new Set([...(before?.not ?? []), ...(agent ? [agent.id] : [])])],
    at: before?.at ?? house.clock.now().toISOString(),
  }
  own(draft, { status: 'queued' }, house)
  audit(draft, house, 'assignment.released', { kind: 'system' }, { agent: agent?.id, why: 'silent' })
  tell(draft, phrase('log.silent_queue', house.locale, { agent: name }), house)
  watchQueue(draft, house)
  say(draft, 'system', [{ type: 'text', text: phrase('agent.lost', conversation.locale) }], house, cause)
}

/** Given to somebody who never said a word: it keeps its turn in the queue, and goes to somebody else if there is anybody. */
function lapse(draft: Draft, house: House, cause: string): void {
  const { conversation } = draft
  const agent = draft.agents.find(({ id }) => id === conversation.agentId)
  const since = conversation.queuedAt
  own(draft, { status: 'queued' }, house)
  conversation.queuedAt = since ?? conversation.queuedAt
  audit(draft, house, 'assignment.released', { kind: 'system' }, { agent: agent?.id, why: 'lapsed' })
  decide(draft, house, 'lapsed', agent?.id ?? null)
  tell(draft, phrase('log.lapsed', house.locale, { agent: agent?.name ?? '?' }), house)
  if (agent) {
    remember(draft, agent)
    countMiss(draft, agent, house)
  }
  watchQueue(draft, house)
  say(draft, 'system', [{ type: 'text', text: phrase('agent.lost', conversation.locale) }], house, cause)
}

/** The bot goes on where people did not. */
function toBot(draft: Draft, why: string, house: House, cause: string): undefined {
  const { conversation } = draft
  tell(draft, why, house)
  own(draft, { status: 'bot' }, house)
  conversation.botState = { ...cameFrom(conversation), returned: true }
  audit(draft, house, 'conversation.to_bot', { kind: 'system' })
  say(draft, 'system', [{ type: 'text', text: phrase('bot.takes_over', conversation.locale) }], house, cause)
}

/** A line in every desk's thread, and the card as it is now. */
function tell(draft: Draft, text: string, house: House): void {
  for (const deskId of followers(draft, house)) {
    const name = phrase('author.system', house.desks.get(deskId)?.locale ?? house.locale)
    toDesk(draft, house, deskId, 'post', { author: 'system', name, parts: [{ type: 'text', text }] })
  }
  redraw(draft, house)
}
