// Who could take what: what a conversation asks for as of now, and what keeps an agent from it.
import type { Hindrance, Kind, Lack, RoutableAgent, Waiting, WaitingWhy } from './contract.ts'

/** What somebody asks for as of now: what was dropped with time is gone, who helps out by now is in. */
export interface Need {
  /** The same for all who ask for the same. */
  key: string
  skill: string | null
  level: number
  wishes: readonly { id: string; level: number }[]
  language?: string
  teams?: readonly string[]
  helpers: readonly { team?: string; skill?: string }[]
  kind: Kind
  dropped: { wishes: readonly { id: string; level: number }[]; language?: string }
}

export function needOf(entry: Waiting, now: Date): Need {
  const waited = (now.getTime() - entry.queuedAt.getTime()) / 1000
  const wishes = (entry.wishes ?? []).filter(({ seconds }) => waited < seconds).map(({ id, level }) => ({ id, level }))
  const language = entry.language && waited < entry.language.seconds ? entry.language.id : undefined
  const helpers = (entry.overflow ?? []).filter(({ seconds }) => waited >= seconds).map(({ team, skill }) => ({ team, skill }))
  const dropped = {
    wishes: (entry.wishes ?? []).filter(({ seconds }) => waited >= seconds),
    ...(entry.language && language === undefined && { language: entry.language.id }),
  }
  const { skill, level = 1, teams, kind = 'chat' } = entry
  return {
    key: JSON.stringify([skill, level, wishes, language, teams, helpers, kind]),
    skill,
    level,
    wishes,
    language,
    teams,
    helpers,
    kind,
    dropped,
  }
}

/** Not the agent's own work: somebody else's skill or team. */
export function isHelp(agent: RoutableAgent, need: Need): boolean {
  const lacksSkill = need.skill !== null && (agent.skills.get(need.skill) ?? 0) < need.level
  const isForeign = need.teams !== undefined && !need.teams.includes(agent.team ?? '')
  return (lacksSkill || isForeign) && helpsOut(agent, need)
}

function helpsOut(agent: RoutableAgent, { helpers }: Need): boolean {
  return (
    agent.overflow === true ||
    helpers.some(({ team, skill }) => (team !== undefined && agent.team === team) || (skill !== undefined && agent.skills.has(skill)))
  )
}

/** What was looked for at first, and this agent has not. */
export function doneWithout(agent: RoutableAgent, { dropped: { wishes, language } }: Need): string[] {
  const missing = wishes.filter(({ id, level }) => (agent.skills.get(id) ?? 0) < level).map(({ id }) => id)
  return language !== undefined && agent.languages && !agent.languages.includes(language) ? [...missing, language] : missing
}

/** What keeps the agent from whatever asks for this, leaving aside who is here and has room. */
export function unfit(agent: RoutableAgent, need: Need): Lack | undefined {
  const helps = helpsOut(agent, need)
  const level = need.skill === null ? need.level : (agent.skills.get(need.skill) ?? 0)
  if (!helps && level === 0) return 'skill'
  if (!helps && level < need.level) return 'level'
  if (!helps && need.teams && !need.teams.includes(agent.team ?? '')) return 'team'
  if (need.language !== undefined && agent.languages && !agent.languages.includes(need.language)) return 'language'
  if (!helps && need.wishes.some((wish) => (agent.skills.get(wish.id) ?? 0) < wish.level)) return 'wish'
  return undefined
}

/** What keeps the agent from it, room aside. */
export function keptFrom(agent: RoutableAgent, need: Need, not?: readonly string[]): Hindrance | undefined {
  const lack = unfit(agent, need)
  if (lack) return lack
  if (not?.includes(agent.id)) return 'declined'
  if (agent.presence !== 'online') return agent.quiet ? 'quiet' : 'away'
  return agent.offShift ? 'shift' : undefined
}

export function hasRoom({ capacity }: RoutableAgent, load: Record<Kind, number>, kind: Kind): boolean {
  return typeof capacity === 'number' ? load.chat + load.async < capacity : load[kind] < capacity[kind]
}

/** From far to near: who lacks the skill is farther away than who is busy. */
const NEARER: readonly Hindrance[] = ['skill', 'level', 'team', 'language', 'wish', 'declined', 'away', 'quiet', 'shift', 'full']

/** What keeps them all, with the nearest first. */
export function whyWaiting(kept: readonly Hindrance[]): WaitingWhy {
  const counts: WaitingWhy['counts'] = {}
  let nearest = -1
  for (const one of kept) {
    counts[one] = (counts[one] ?? 0) + 1
    nearest = Math.max(nearest, NEARER.indexOf(one))
  }
  return { reason: NEARER[nearest] ?? 'skill', counts }
}
