// The bot's turn within a conversation, and what each of its effects becomes: words, a handoff, a call, a time to come.
import type { AssistEffect, BotContext, BotEffect, BotInput, BotState, CallEffect, HandoffEffect } from '#bot/contract.ts'
import type { Locale, Part } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { ASSISTANT } from '#knowledge/settings.ts'
import type { ConversationRow, Draft } from '#store/rows.ts'
import { audit, deliver, later, openThreads, own, say } from './draft.ts'
import { type Opening, openingOf } from './hours.ts'
import { type House, laneOf } from './house.ts'
import { askBotRating } from './rating.ts'
import { tellNobody } from './telling.ts'

/** Whose first words opened this conversation is new until it ends. */
const FIRST_MS = 5_000

/** `turn` names the event that the turn follows from. */
export function botContext({ conversation, customer }: Draft, house: House, turn: string): BotContext {
  const channel = house.channels.get(conversation.channelId)
  const isFirst = conversation.openedAt.getTime() - customer.firstSeenAt.getTime() < FIRST_MS
  return {
    now: house.clock.now(),
    turn,
    locale: conversation.locale,
    channel: { id: conversation.channelId, type: channel?.type ?? 'unknown' },
    visitor: isFirst ? 'new' : 'returning',
    customer: { name: customer.named ? customer.name : undefined, tags: customer.tags },
    tags: conversation.tags,
    origin: (conversation.botState as BotState).origin,
    brand: house.brand,
    greeted: conversation.greeted,
    asked: house.asked,
    calendars: house.service.calendars,
    assistant: house.assistant?.(),
    canPress: channel?.capabilities.buttons !== undefined,
  }
}

/** Of what the bot knew: where the customer came from. */
export function cameFrom({ botState }: ConversationRow): Record<string, unknown> {
  const { origin } = botState as BotState
  return origin ? { origin } : {}
}

export function botTurn(draft: Draft, input: BotInput, context: BotContext, house: House, cause: string): void {
  const turn = house.bot.turn(draft.conversation.botState as BotState, input, context)
  draft.conversation.botState = turn.state as Record<string, unknown>
  for (const effect of turn.effects) follow(draft, effect, turn.state, house, cause)
}

function follow(draft: Draft, effect: BotEffect, state: BotState, house: House, cause: string): undefined {
  switch (effect.type) {
    case 'say':
      say(draft, 'bot', effect.parts, house, cause)
      return
    case 'handoff':
      return handOff(draft, effect, state, house, cause)
    case 'call':
      return call(draft, effect, house)
    case 'assist':
      return assist(draft, effect, house)
    case 'wait':
      later(draft, house, after(effect.ms, house), { type: 'due', key: effect.key })
      return
    case 'tag':
      return tag(draft, effect, house)
    case 'rate':
      askBotRating(draft, effect.text, house, cause)
      return
    case 'answered':
      draft.asked.push(effect.entry)
      return
    case 'unanswered':
    case 'chosen':
    case 'rated':
      draft.experience.push(effect)
  }
}

function after(ms: number, house: House): Date {
  return new Date(house.clock.now().getTime() + ms)
}

/** The timer comes a little behind the last answer that is taken: who was just in time is heard. */
const GRACE_MS = 1_000

/** Asks a webhook, and makes sure that the flow goes on whatever becomes of it. */
function call(draft: Draft, effect: CallEffect, house: House): undefined {
  const { conversation, customer } = draft
  const { key, webhook, timeoutMs } = effect
  const { id, channelId } = conversation
  const now = house.clock.now()
  const body = {
    type: 'flow.call',
    timestamp: now.toISOString(),
    data: {
      webhook,
      flow: effect.flow,
      with: effect.with,
      conversation: { id, channel: channelId, locale: conversation.locale, tags: conversation.tags },
      customer: { id: customer.id, ...(customer.named && { name: customer.name }), tags: customer.tags },
    },
  }
  askOutside(draft, house, { key, targetId: webhook, body, timeoutMs })
}

function assist(draft: Draft, { key, question, ranked, timeoutMs }: AssistEffect, house: House): undefined {
  askOutside(draft, house, { key, targetId: ASSISTANT, body: { question, locale: draft.conversation.locale, ranked }, timeoutMs })
}

function askOutside(draft: Draft, house: House, asking: { key: string; targetId: string; body: object; timeoutMs: number }): void {
  const { key, targetId, body, timeoutMs } = asking
  const { channelId, userKey, threadKey } = draft.conversation
  const until = after(timeoutMs, house).toISOString()
  deliver(draft, house, {
    kind: 'webhook',
    targetId,
    // Each call is a line of its own: one that is tried again and again must not hold up the next.
    lane: `webhook:${key}`,
    messageId: null,
    op: 'call',
    payload: { call: { key, body: JSON.stringify(body), lane: laneOf(channelId, userKey, threadKey), until, timeoutMs } },
    automatic: true,
    originKey: `${key}:call`,
  })
  later(draft, house, after(timeoutMs + GRACE_MS, house), { type: 'due', key })
}

const MOST_TAGS = 50

function tag(draft: Draft, { conversation, customer, remove }: Extract<BotEffect, { type: 'tag' }>, house: House): undefined {
  const change = (tags: string[], more: string[]) =>
    [...new Set([...tags, ...more])].filter((one) => !remove.includes(one)).slice(0, MOST_TAGS)
  const before = draft.customer.tags
  draft.conversation.tags = change(draft.conversation.tags, conversation)
  draft.customer.tags = change(before, customer)
  draft.changesCustomer ||= JSON.stringify(before) !== JSON.stringify(draft.customer.tags)
  audit(draft, house, 'conversation.tagged', { kind: 'bot' }, { conversation, customer, remove })
}

function textOf(key: 'surge.missed', { conversation }: Draft): Part {
  return { type: 'text', text: phrase(key, conversation.locale) }
}

/** From the bot to people. The place in the queue, or who takes it, is told by the router's pass right after. */
export function handOff(draft: Draft, effect: HandoffEffect, state: BotState, house: House, cause: string): undefined {
  const { conversation } = draft
  if (house.surging && house.surge.bot && (effect.reason === 'misses' || effect.reason === 'unsure')) {
    // At a surge people are for those who ask for them.
    say(draft, 'bot', [textOf('surge.missed', draft)], house, `${cause}:surge`)
    return
  }
  const now = house.clock.now()
  const skill = effect.skill ?? conversation.skill ?? house.skills[0] ?? null
  const hours = openingOf(house, skill, conversation.locale)
  if (!hours.open && hours.opensAt && house.bot.back.closed === 'bot')
    return promise(draft, effect, hours.opensAt, hours.text, house, cause)
  const { reason, note, collected } = effect
  conversation.skill = skill
  conversation.priority = effect.priority ?? conversation.priority
  conversation.handoff = { reason, note, tried: state.tried, ...(collected && { collected }), at: now.toISOString() }
  own(draft, { status: 'queued' }, house)
  audit(draft, house, 'handoff.requested', { kind: 'bot' }, { reason })
  openThreads(draft, house)
  watchQueue(draft, house)
  if (hours.open) return
  tellNobody(draft, closedWords(hours, conversation.locale), house, cause)
}

function closedWords(hours: Opening, locale: Locale): string {
  return phrase('hours.closed', locale, { opens: hours.text })
}

/** People get it when they open; until then the bot goes on. */
function promise(draft: Draft, effect: HandoffEffect, opensAt: Date, opens: string | undefined, house: House, cause: string): undefined {
  const { conversation } = draft
  const before = conversation.botState as BotState
  if (!before.promised) later(draft, house, opensAt, { type: 'opened' })
  conversation.botState = { ...before, promised: effect }
  audit(draft, house, 'handoff.promised', { kind: 'bot' }, { reason: effect.reason })
  say(draft, 'bot', [{ type: 'text', text: phrase('bot.promised', conversation.locale, { opens }) }], house, `${cause}:promised`)
}

/** Time for people counts from when they are there. */
export function peopleHave(ms: number, skill: string | null, house: House): Date | undefined {
  const { open, opensAt } = openingOf(house, skill)
  const from = open ? house.clock.now() : opensAt
  return from && new Date(from.getTime() + ms)
}

/** Where the file says how long a customer waits for people at most. */
export function watchQueue(draft: Draft, house: House): void {
  const { queueMs } = house.bot.back
  const dueAt = queueMs === undefined ? undefined : peopleHave(queueMs, draft.conversation.skill, house)
  if (dueAt) later(draft, house, dueAt, { type: 'unclaimed', version: draft.conversation.version })
}
