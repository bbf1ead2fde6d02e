// The rows of the queue in the router's words: what each conversation asks for, and who could take it.
import { isOpenAt } from '#core/hours.ts'
import type { Kind, Mode, Plan, Priority, RoutableAgent, Waiting } from '#router/contract.ts'
import type { WaitingRow } from '#store/queue.ts'
import type { AgentRow } from '#store/rows.ts'
import { type House, isAsync } from './house.ts'
import { presenceOf } from './presence.ts'

/** Everything the router looks at. */
export interface QueueFacts {
  waiting: WaitingRow[]
  agents: AgentRow[]
  /** How many conversations each agent has, by channel. */
  loads: Map<string, Map<string, number>>
  /** Who served each customer last. */
  lastAgents: Map<string, string>
  handlingMinutes: number[]
}

const RANK: Record<Priority, number> = { low: 0, normal: 1, high: 2, urgent: 3 }

export function planOf(facts: QueueFacts, house: House): Plan {
  const { waiting, agents } = routerInput(facts, house)
  return house.route(waiting, agents, { handlingMinutes: facts.handlingMinutes }, house.clock.now())
}

export function routerInput(facts: QueueFacts, house: House): { waiting: Waiting[]; agents: RoutableAgent[] } {
  return {
    waiting: facts.waiting.map((conversation) => waitingOf(conversation, facts, house)),
    agents: routableAgents(facts, house),
  }
}

export function routableAgents({ agents, loads }: Pick<QueueFacts, 'agents' | 'loads'>, house: House): RoutableAgent[] {
  return agents.map((agent) => routable(agent, loads.get(agent.id), house))
}

/** Do the customers of this channel sit and wait? */
export function kindOf(channelId: string, house: House): Kind {
  return isAsync(house, channelId) ? 'async' : 'chat'
}

export function modeOf(skill: string | null, house: House): Mode {
  return (skill === null ? undefined : house.staffing.skills.get(skill)?.mode) ?? house.routing.mode
}

export function waitingOf(conversation: WaitingRow, { lastAgents }: Pick<QueueFacts, 'lastAgents'>, house: House): Waiting {
  const { id, skill, customerId, handoff, locale, channelId } = conversation
  const { vip, languageSeconds } = house.routing
  const rules = skill === null ? undefined : house.staffing.skills.get(skill)
  const isVip = vip.tags.length > 0 && [...conversation.customerTags, ...conversation.tags].some((tag) => vip.tags.includes(tag))
  return {
    conversation: id,
    skill,
    level: rules?.level,
    wishes: rules?.wishes,
    language: { id: locale, seconds: languageSeconds === 'never' ? Number.POSITIVE_INFINITY : languageSeconds },
    teams: handoff?.team ? [handoff.team] : rules?.teams,
    overflow: rules?.overflow,
    kind: kindOf(channelId, house),
    mode: modeOf(skill, house),
    priority: isVip && RANK[vip.priority] > RANK[conversation.priority] ? vip.priority : conversation.priority,
    vip: isVip,
    queuedAt: conversation.queuedAt ?? conversation.openedAt,
    not: handoff?.not,
    missed: handoff?.missed,
    last: lastAgents.get(customerId),
    asked: handoff?.offer?.to,
  }
}

function routable(agent: AgentRow, byChannel: Map<string, number> | undefined, house: House): RoutableAgent {
  const person = house.staffing.people.get(agent.id)
  const now = house.clock.now()
  const presence = presenceOf(agent, now)
  const load: Record<Kind, number> = { chat: 0, async: 0 }
  for (const [channel, count] of byChannel ?? []) load[kindOf(channel, house)] += count
  const { overflow } = house.surge
  return {
    id: agent.id,
    // Who may see it stands in the row, who is how good at it in the file: an agent of the console's has no levels.
    skills: new Map(agent.skills.map((skill) => [skill, person?.levels.get(skill) ?? 1])),
    languages: person?.languages,
    team: person?.team,
    presence,
    quiet: agent.presence === 'online' && presence !== 'online',
    offShift: !isOpenAt(person?.shifts, now),
    capacity: person?.capacity ?? agent.capacity,
    load,
    lastAssignedAt: agent.lastAssignedAt,
    overflow: house.surging && [...agent.skills, ...(person?.team ? [person.team] : [])].some((name) => overflow.includes(name)),
  }
}
