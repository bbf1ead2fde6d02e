// The watchdog's look: does anybody wait whom somebody idle could serve? Told plainly, one pair after the other, so that a mistake of
// the router's own haste cannot hide here. Pure.
import { hasRoom, keptFrom, needOf } from './able.ts'
import type { RoutableAgent, Waiting } from './contract.ts'

export interface Idle {
  conversation: string
  agent: string
}

/** Who waits beside an idle agent who could take it. Whoever is being asked, or is left to be taken, waits for an answer. */
export function idleBeside(waiting: readonly Waiting[], agents: readonly RoutableAgent[], now: Date): Idle[] {
  const questions = new Map<string, number>()
  for (const id of waiting.flatMap((entry) => entry.asked ?? [])) questions.set(id, (questions.get(id) ?? 0) + 1)
  return waiting.flatMap((entry) => {
    if (entry.mode === 'claim' || entry.asked?.length) return []
    const need = needOf(entry, now)
    const idle = agents.find(
      (agent) =>
        keptFrom(agent, need, entry.not) === undefined &&
        hasRoom(agent, agent.load, need.kind) &&
        // Who is being asked about something else has their answer to give first.
        !questions.has(agent.id),
    )
    return idle ? [{ conversation: entry.conversation, agent: idle.id }] : []
  })
}
