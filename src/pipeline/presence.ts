// Who is here. A sign of life in any tool counts for a while; saying so by command counts the same.
import type { Presence } from '#core/event.ts'
import type { AgentRow } from '#store/rows.ts'
import type { House } from './house.ts'

/** Changes the agent's presence in place. */
export function touch(agent: AgentRow, state: Presence, house: House): AgentRow {
  agent.presence = state
  agent.presenceUntil = state === 'online' ? new Date(house.clock.now().getTime() + house.routing.presenceMinutes * 60_000) : null
  return agent
}

/** What the presence is worth now: 'online' fades without a sign of life. */
export function presenceOf(agent: AgentRow, now: Date): Presence {
  return agent.presence === 'online' && agent.presenceUntil && agent.presenceUntil < now ? 'offline' : agent.presence
}
