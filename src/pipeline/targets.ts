// To whom a conversation can be passed on: who could take it now stands first, by the router's own rules.
import { hasRoom, keptFrom, type Need, needOf, unfit } from '#router/able.ts'
import type { Lack, RoutableAgent } from '#router/contract.ts'
import type { AgentRow, ConversationRow } from '#store/rows.ts'
import { type House, skillName } from './house.ts'
import { type QueueFacts, routableAgents, waitingOf } from './plan.ts'

/** `unsuited`: here and with room, but without what it asks for. `off`: outside their shifts. The first is whom to ask first. */
export const STANDINGS = ['ready', 'unsuited', 'busy', 'off', 'away', 'offline'] as const

export interface AgentTarget {
  agent: AgentRow
  standing: (typeof STANDINGS)[number]
  /** What it asks for and they have not. */
  lacks?: Lack
  /** Of what counts here: everything together, or conversations of its kind. */
  load: number
  capacity: number
  team?: string
}

/** A skill or a team: how many could take it at once, of how many. */
export interface GroupTarget {
  id: string
  name: string
  ready: number
  people: number
}

export interface TransferScene extends Pick<QueueFacts, 'agents' | 'loads'> {
  conversation: ConversationRow
}

export function targetsOf(scene: TransferScene, actor: string, house: House) {
  const { conversation } = scene
  const needed = needer(conversation, house)
  const others = routableAgents(scene, house).filter(({ id }) => id !== actor)
  const rows = new Map(scene.agents.map((row) => [row.id, row]))
  const own = needed(conversation.skill)
  const agents = others
    .filter(({ id }) => id !== conversation.agentId)
    .sort((one, other) => compare(one, other, own))
    .flatMap((one) => {
      const agent = rows.get(one.id)
      return agent ? [{ agent, ...standingOf(one, own) }] : []
    })
  return { agents, skills: skillTargets(others, needed, house), teams: teamTargets(others, needed(conversation.skill), house) }
}

/** As it would ask if it came to the queue now. Further wishes are left out: they are dropped by themselves. */
function needer(conversation: ConversationRow, house: House): (skill: string | null) => Need {
  const now = house.clock.now()
  return (skill) => {
    const asked = { ...conversation, skill, handoff: null, queuedAt: now, customerTags: [] }
    return needOf({ ...waitingOf(asked, { lastAgents: new Map() }, house), wishes: [] }, now)
  }
}

function standingOf(agent: RoutableAgent, need: Need): Omit<AgentTarget, 'agent'> {
  const lacks = unfit(agent, need)
  const { capacity, load, team } = agent
  return {
    standing: standing(agent, need, lacks),
    ...(lacks && { lacks }),
    ...(team && { team }),
    ...(typeof capacity === 'number'
      ? { load: load.chat + load.async, capacity }
      : { load: load[need.kind], capacity: capacity[need.kind] }),
  }
}

function standing(agent: RoutableAgent, need: Need, lacks: Lack | undefined): AgentTarget['standing'] {
  if (agent.presence !== 'online') return agent.presence
  if (agent.offShift) return 'off'
  if (!hasRoom(agent, agent.load, need.kind)) return 'busy'
  return lacks ? 'unsuited' : 'ready'
}

/** As the router would choose, where it would. */
function compare(one: RoutableAgent, other: RoutableAgent, need: Need): number {
  const key = (agent: RoutableAgent) => {
    const { standing, lacks, load } = standingOf(agent, need)
    return [STANDINGS.indexOf(standing), lacks ? 1 : 0, load, -(need.skill === null ? 0 : (agent.skills.get(need.skill) ?? 0))]
  }
  const mine = key(one)
  const theirs = key(other)
  const at = mine.findIndex((value, n) => value !== theirs[n])
  return at < 0 ? 0 : (mine[at] ?? 0) - (theirs[at] ?? 0)
}

/** Given to a skill that nobody else has it would wait for nobody. */
function skillTargets(others: RoutableAgent[], needed: (skill: string) => Need, house: House): GroupTarget[] {
  return house.skills.flatMap((id) => groupOf(id, skillName(house, id), others, needed(id)))
}

/** A command that names a team by what is also a skill's name means the skill, so such a team is reached by the skill only. */
function teamTargets(others: RoutableAgent[], own: Need, house: House): GroupTarget[] {
  const isSkill = (word: string) => house.skills.some((id) => id === word || skillName(house, id) === word)
  return [...house.staffing.teams].flatMap(([id, { name }]) => {
    const members = others.filter(({ team }) => team === id)
    return isSkill(id) ? [] : groupOf(id, name ?? id, members, { ...own, teams: [id] })
  })
}

function groupOf(id: string, name: string, candidates: RoutableAgent[], need: Need): GroupTarget[] {
  const able = candidates.filter((agent) => unfit(agent, need) === undefined)
  const ready = able.filter((agent) => keptFrom(agent, need) === undefined && hasRoom(agent, agent.load, need.kind)).length
  return able.length > 0 ? [{ id, name, ready, people: able.length }] : []
}
