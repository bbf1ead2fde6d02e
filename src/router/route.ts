// Who answers, in which order, at which place. Pure, and total: any input gives a plan.
import type { Placed, Priority, RoutableAgent, Route, ServiceHistory, Waiting } from './contract.ts'

const rank: Record<Priority, number> = { urgent: 0, high: 1, normal: 2, low: 3 }

/**
 * The queue is served in order of priority, then of waiting time; each conversation goes to the able agent who is online, below
 * capacity, least loaded and longest without a new one. Somebody whom nobody can serve now does not hold up those behind.
 */
export const route: Route = (waiting, agents, history) => {
  const ordered = [...waiting].sort(byTurn)
  const loads = new Map(agents.map((agent) => [agent.id, agent.load]))
  const given = new Map<string, number>()
  const plan: ReturnType<Route> = { assignments: [], queue: [] }
  const left: Waiting[] = []
  for (const entry of ordered) {
    const free = agents.filter((agent) => isAble(agent, entry) && (loads.get(agent.id) ?? 0) < agent.capacity)
    const agent = free.sort((a, b) => byHelp(a, b, entry) || byIdleness(a, b, loads, given))[0]
    if (!agent) {
      left.push(entry)
      continue
    }
    loads.set(agent.id, (loads.get(agent.id) ?? 0) + 1)
    given.set(agent.id, plan.assignments.length + 1)
    plan.assignments.push({ conversation: entry.conversation, agent: agent.id })
  }
  plan.queue = placed(left, agents, history)
  return plan
}

function byTurn(a: Waiting, b: Waiting): number {
  return rank[a.priority] - rank[b.priority] || a.queuedAt.getTime() - b.queuedAt.getTime() || (a.conversation < b.conversation ? -1 : 1)
}

function isAble(agent: RoutableAgent, { skill, not }: Waiting): boolean {
  const knows = skill === null || agent.overflow === true || agent.skills.includes(skill)
  return agent.presence === 'online' && knows && !not?.includes(agent.id)
}

/** Who only helps out comes after those whose work it is. */
function byHelp(a: RoutableAgent, b: RoutableAgent, { skill }: Waiting): number {
  const helps = (agent: RoutableAgent) => Number(skill !== null && !agent.skills.includes(skill))
  return helps(a) - helps(b)
}

/** Those given something within this plan count as just assigned, in the order in which they got it. */
function byIdleness(a: RoutableAgent, b: RoutableAgent, loads: Map<string, number>, given: Map<string, number>): number {
  return (
    (loads.get(a.id) ?? 0) - (loads.get(b.id) ?? 0) ||
    (given.get(a.id) ?? 0) - (given.get(b.id) ?? 0) ||
    (a.lastAssignedAt?.getTime() ?? Number.NEGATIVE_INFINITY) - (b.lastAssignedAt?.getTime() ?? Number.NEGATIVE_INFINITY) ||
    (a.id < b.id ? -1 : 1)
  )
}

/**
 * The place counts whom the same agents serve: those who ask for the same skill. Somebody without a skill waits for anybody,
 * so everybody ahead counts for them.
 */
function placed(left: Waiting[], agents: RoutableAgent[], history: ServiceHistory): Placed[] {
  const handling = median(history.handlingMinutes)
  const ahead = new Map<string | null, number>()
  let all = 0
  return left.map((entry) => {
    all += 1
    const same = (ahead.get(entry.skill) ?? 0) + 1
    ahead.set(entry.skill, same)
    const place = entry.skill === null ? all : same + (ahead.get(null) ?? 0)
    const able = agents.filter((agent) => isAble(agent, entry)).length
    const minutes = handling === undefined ? {} : { minutes: Math.ceil((place * handling) / Math.max(1, able)) }
    return { ...entry, place, ...minutes }
  })
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.filter((value) => Number.isFinite(value) && value >= 0).sort((a, b) => a - b)
  if (sorted.length === 0) return undefined
  const middle = Math.floor(sorted.length / 2)
  const high = sorted[middle] as number
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] as number) + high) / 2
}
