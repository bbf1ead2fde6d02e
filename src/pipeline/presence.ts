// Who is here. A sign of life in any tool counts for a while; saying so by command counts the same.
import type { Presence } from '#core/event.ts'
import type { AgentRow } from '#store/rows.ts'
import type { House } from './house.ts'

/** What the agent said of their presence at that time, unless they said something else since. Changes them in place. */
export function touch(agent: AgentRow, state: Presence, house: House, at = house.clock.now()): AgentRow {
  const before = agent.presenceAt
  // A word from the future was said before the clock was set back: it is older all the same.
  const isFuture = before !== null && before > house.clock.now()
  if (before !== null && before > at && !isFuture) return agent
  agent.presence = state
  agent.presenceAt = isFuture ? before : at
  agent.presenceUntil = null
  if (state === 'online') forgive(agent, house)
  return renew(agent, house)
}

/** Who says that they are here, or answers, begins anew: what they missed does not count any more. */
export function forgive(agent: AgentRow, house: House): void {
  if (agent.missed === 0) return
  agent.missed = 0
  agent.missedAt = house.clock.now()
}

const GRACE_MS = 5 * 60_000

/**
 * What a tool says of its user is a hint, no word: somebody may be active in another tool, or read on their phone. Its `online` keeps
 * whoever said so themselves online; without it they have five minutes to show that they are here after all.
 */
export function hint(agent: AgentRow, state: Presence, house: House): AgentRow {
  if (agent.presence !== 'online') return agent
  if (state === 'online') return renew(agent, house)
  const until = new Date(house.clock.now().getTime() + GRACE_MS)
  if (!agent.presenceUntil || agent.presenceUntil > until) agent.presenceUntil = until
  return agent
}

/** A sign of life: whoever is online stays it for a while. Nobody comes by it, so it is no word that counts against another. */
export function renew(agent: AgentRow, house: House): AgentRow {
  const ms = house.routing.presenceMinutes * 60_000
  if (agent.presence === 'online') agent.presenceUntil = new Date(house.clock.now().getTime() + ms)
  return agent
}

/** What the presence is worth now: 'online' fades without a sign of life. */
export function presenceOf(agent: AgentRow, now: Date): Presence {
  return agent.presence === 'online' && agent.presenceUntil && agent.presenceUntil < now ? 'offline' : agent.presence
}
