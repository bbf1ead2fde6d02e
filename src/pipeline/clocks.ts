// After each turn: the clocks of what people owe, and the words to agent and supervisor when one of them runs out.
import type { Calendar } from '#core/hours.ts'
import { phrase } from '#core/phrases.ts'
import type { Standing } from '#handoff/card.ts'
import {
  type Alarm,
  type Clocks,
  countedUntil,
  leftOf,
  lookAtClocks,
  type NextTerm,
  nextTerm,
  pressing,
  type Rule,
  ruleFor,
  turnClocks,
} from '#router/terms.ts'
import type { AgentRow, ConversationRow, Draft } from '#store/rows.ts'
import { audit, followers, later, note, redraw, toDesk } from './draft.ts'
import { calendarNamed, calendarOf } from './hours.ts'
import type { House } from './house.ts'

/** Which terms hold for a conversation, and in whose hours they are counted. */
export function termsOf(conversation: Pick<ConversationRow, 'skill' | 'priority'>, house: House): { rule?: Rule; calendar?: Calendar } {
  const rule = ruleFor(house.service.sla, conversation)
  const named = rule?.hours
  const calendar =
    named === 'always' ? undefined : named === undefined ? calendarOf(house, conversation.skill) : calendarNamed(house, named)
  return { ...(rule && { rule }), ...(calendar && { calendar }) }
}

/** How a conversation stands, for those who look at it: time left, what the customer wants meanwhile, how it ended. */
export function standingOf(conversation: ConversationRow, house: House): Standing {
  const { rule, calendar } = termsOf(conversation, house)
  const { clocks, wait, closing, csatComment } = conversation
  return {
    ...(clocks && { terms: leftOf(clocks, rule, calendar, house.clock.now()) }),
    ...(wait && { wait }),
    ...(closing && { closing }),
    ...(csatComment && { comment: csatComment }),
  }
}

type Timed = Pick<ConversationRow, 'skill' | 'priority' | 'clocks'>

/** What people owe next, for lists and heads. */
export function nextTermOf(conversation: Timed, house: House, now: Date): NextTerm | undefined {
  const { rule, calendar } = termsOf(conversation, house)
  return conversation.clocks ? nextTerm(conversation.clocks, rule, calendar, now) : undefined
}

/** Those whose term falls due first come first; those that nothing presses keep their order, after them. */
export function dueFirst<T extends Timed>(conversations: readonly T[], house: House): T[] {
  const now = house.clock.now()
  const timed = conversations.map((one, at) => {
    const { rule, calendar } = termsOf(one, house)
    const leftMs = (one.clocks && pressing(one.clocks, rule, calendar, now)?.leftMs) ?? Number.POSITIVE_INFINITY
    return { one, at, leftMs }
  })
  // Infinity minus itself is no number: those two are told apart by their place alone.
  return timed.sort((a, b) => (a.leftMs === b.leftMs ? a.at - b.at : a.leftMs - b.leftMs)).map(({ one }) => one)
}

/** Before another skill or priority, which may have other hours: those of the new one count from now on, and not for what was before. */
export function settleClocks({ conversation }: Draft, house: House): void {
  if (conversation.clocks) conversation.clocks = countedUntil(conversation.clocks, termsOf(conversation, house).calendar, house.clock.now())
}

/**
 * One place for all turns, so that no command and no desk can forget a clock. `quiet`: the customer's words were a machine's, and
 * nobody owes them an answer.
 */
export function keepClocks(draft: Draft, house: House, how: { quiet?: boolean } = {}): void {
  const { conversation } = draft
  const now = house.clock.now()
  const { rule, calendar } = termsOf(conversation, house)
  const said = draft.newMessages.flatMap(({ author }) =>
    author === 'agent' || (author === 'customer' && !how.quiet) ? [author as 'agent' | 'customer'] : [],
  )
  const turned = turnClocks(conversation.clocks, { status: conversation.status, said, now }, calendar)
  for (const { term, spentMs, how: end, breached } of turned.ended) {
    const limitMs = rule?.[term]
    if (limitMs === undefined) continue
    // Also when the timer that would have told of it was still on its way.
    const late = breached || spentMs >= limitMs
    audit(draft, house, `sla.${end}`, { kind: 'system' }, { term, spentMs, limitMs, breached: late, agent: conversation.agentId })
  }
  conversation.clocks = turned.clocks && look(draft, turned.clocks, { rule, calendar }, house)
}

function look(draft: Draft, clocks: Clocks, terms: { rule?: Rule | undefined; calendar?: Calendar | undefined }, house: House): Clocks {
  const now = house.clock.now()
  const looked = lookAtClocks(clocks, terms.rule, terms.calendar, now)
  for (const alarm of looked.alarms) raise(draft, alarm, house)
  const { wakesAt: before, ...rest } = looked.clocks
  const wakesAt = looked.wakesAt?.toISOString()
  if (wakesAt === undefined) return rest
  // Nobody takes a timer back: one that is set for another moment comes to nothing.
  if (wakesAt !== before) later(draft, house, new Date(wakesAt), { type: 'clock' })
  return { ...rest, wakesAt }
}

/** A warning is for the agent, a breach for the supervisors as well; both stand in the history, which every desk and the console show. */
function raise(draft: Draft, { term, leftMs, level }: Alarm, house: House): void {
  const { conversation, agents } = draft
  const agent = agents.find(({ id }) => id === conversation.agentId && conversation.status === 'assigned')
  audit(draft, house, level === 'breach' ? 'sla.breached' : 'sla.warned', { kind: 'system' }, { term, leftMs, agent: agent?.id })
  const words = (locale: House['locale']) => {
    const vars = { term: phrase(`term.${term}`, locale), customer: draft.customer.name, agent: agent?.name }
    return level === 'breach'
      ? phrase('sla.breached', locale, vars)
      : phrase('sla.warned', locale, { ...vars, left: phrase('time.span', locale, { ms: Math.max(0, leftMs) }) })
  }
  note(draft, phrase('author.system', house.locale), { parts: [{ type: 'text', text: words(house.locale) }] }, house)
  const supervisors = level === 'breach' ? agents.filter(({ role, id }) => role !== 'agent' && id !== agent?.id) : []
  for (const person of [...(agent ? [agent] : []), ...supervisors]) tell(draft, person, words, house)
  redraw(draft, house)
}

/** To one person, in every tool in which they can see this conversation. */
function tell(draft: Draft, person: AgentRow, words: (locale: House['locale']) => string, house: House): void {
  for (const deskId of followers(draft, house)) {
    const id = person.identities[deskId]
    const thread = draft.threads.find((one) => one.deskId === deskId)?.threadKey
    if (id === undefined || thread === undefined) continue
    const locale = house.desks.get(deskId)?.locale ?? house.locale
    toDesk(draft, house, deskId, 'whisper', { whom: { id, name: person.name }, text: words(locale), thread })
  }
}
