// A conversation that is put off: it comes back at its time, or when the customer writes, to its owner or, when that one is away,
// to the queue.
import type { Locale } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { commandHelp } from '#handoff/commands.ts'
import { readWhen } from '#handoff/when.ts'
import type { Draft } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { type Acting, announce, localeOf, mayChange, notYours, refuse, shownTime } from './acting.ts'
import { watchQueue } from './bot.ts'
import { audit, later, note, own, redraw } from './draft.ts'
import type { House } from './house.ts'
import { presenceOf } from './presence.ts'

const MINUTE = 60_000
const YEAR = 366 * 24 * 60 * MINUTE

export function snooze(acting: Acting, line: string, house: House): EventResult {
  const { draft, agent } = acting
  const { conversation } = draft
  const isHeld = conversation.status === 'assigned' || conversation.status === 'snoozed'
  if (!isHeld || !mayChange(acting)) return notYours(acting, house)
  const when = timeIn('snooze', line, house, localeOf(acting, house))
  if ('code' in when) return when
  const { owed: _, ...state } = conversation.botState
  conversation.botState = state
  own(draft, { status: 'snoozed', until: when.at }, house)
  later(draft, house, when.at, { type: 'woken', version: conversation.version })
  audit(draft, house, 'conversation.snoozed', { kind: 'agent', id: agent.id }, { until: when.at.toISOString() })
  if (when.rest) note(draft, agent.name, { parts: [{ type: 'text', text: when.rest }], agentId: agent.id, via: acting.deskId }, house)
  announce(draft, house, (locale) => phrase('log.snoozed', locale, { agent: agent.name, until: shownTime(when.at, house, locale) }))
  redraw(draft, house)
  const locale = localeOf(acting, house)
  return { ok: true, message: phrase('whisper.snoozed', locale, { until: shownTime(when.at, house, locale) }) }
}

/** A time to come, as an agent wrote it; or why it is none. */
export function timeIn(
  command: 'snooze' | 'followup',
  line: string,
  house: House,
  locale: Locale,
): { at: Date; rest: string } | Extract<EventResult, { ok: false }> {
  const now = house.clock.now()
  const when = readWhen(line, now, house.timezone ?? 'UTC')
  const refused = (code: string, message: string) => refuse(code, message) as Extract<EventResult, { ok: false }>
  if (!when) {
    const { examples = [] } = commandHelp.find(({ name }) => name === command) ?? {}
    return refused('usage', phrase('whisper.when_unread', locale, { usage: examples.join('   ') }))
  }
  if (when.at.getTime() - now.getTime() < MINUTE) {
    return refused('past', phrase('whisper.when_past', locale, { at: shownTime(when.at, house, locale) }))
  }
  return when.at.getTime() - now.getTime() > YEAR ? refused('far', phrase('whisper.when_far', locale)) : when
}

/** Back to work. Whoever put it off gets it, if they are here. */
export function wake(draft: Draft, why: 'time' | 'customer', house: House): void {
  const { conversation } = draft
  const owner = draft.agents.find(({ id }) => id === conversation.agentId)
  const isHere = owner !== undefined && presenceOf(owner, house.clock.now()) === 'online'
  own(draft, isHere ? { status: 'assigned', agent: owner } : { status: 'queued' }, house)
  audit(draft, house, 'conversation.woken', { kind: why === 'time' ? 'system' : 'customer' }, { why })
  announce(draft, house, (locale) => phrase('log.woken', locale, { why, ...(isHere && { agent: owner.name }) }))
  redraw(draft, house)
  if (!isHere) watchQueue(draft, house)
}
