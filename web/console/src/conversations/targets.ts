// Whom the transfer dialog offers for some words, in the order of the server: who can take it now first. Pure.
import type { TargetAgent, TargetGroup, TargetPage, TransferTo } from '#http/console/protocol.ts'
import { pinyinInitials } from '../pinyin.ts'
import { fold } from './choices.ts'
import type { TransferWords } from './transfer-words.ts'

export type TargetSection = keyof TransferWords['transferGroups']

export interface Target {
  key: string
  section: TargetSection
  name: string
  to: TransferTo
  agent?: TargetAgent
  group?: TargetGroup
  /** What it is called, each as it is searched. */
  names: string[]
  /** All that it is found by. */
  found: string
}

const SECTIONS: Record<TargetAgent['standing'], TargetSection> = {
  ready: 'ready',
  unsuited: 'unsuited',
  busy: 'busy',
  off: 'gone',
  away: 'gone',
  offline: 'gone',
}

export function targetsOf({ agents, skills, teams }: TargetPage, skillName: (id: string) => string): Target[] {
  const group = (kind: 'skill' | 'team') => (one: TargetGroup) => {
    const to = kind === 'skill' ? { skill: one.id } : { team: one.id }
    return target({ key: `${kind} ${one.id}`, section: 'groups', name: one.name, to, group: one }, [one.name, one.id])
  }
  const person = (agent: TargetAgent) => {
    const { id, name, publicName, team } = agent
    const more = [...agent.skills.flatMap((skill) => [skill, skillName(skill)]), ...(team ? [team.id, team.name] : [])]
    return target({ key: `agent ${id}`, section: SECTIONS[agent.standing], name, to: { agent: id }, agent }, [name, publicName, id], more)
  }
  return [...skills.map(group('skill')), ...teams.map(group('team')), ...agents.map(person)]
}

function target(rest: Omit<Target, 'names' | 'found'>, called: string[], more: string[] = []): Target {
  const names = called.flatMap((name) => [fold(name), pinyinInitials(name)]).filter(Boolean)
  return { ...rest, names, found: [...names, ...more.map(fold)].join('\n') }
}

/** Every word that was typed must be somewhere in it. */
export function matchTargets(targets: readonly Target[], typed: string): readonly Target[] {
  const words = fold(typed).split(/\s+/).filter(Boolean)
  return words.length === 0 ? targets : targets.filter(({ found }) => words.every((word) => found.includes(word)))
}

/** What Enter chooses before anybody moved: whom the words name, else the colleague who can take it soonest. */
export function likeliest(targets: readonly Target[], typed: string): Target | undefined {
  const words = fold(typed)
  const named = words === '' ? undefined : targets.find(({ names }) => names.some((name) => name.startsWith(words)))
  return named ?? targets.find(({ agent }) => agent) ?? targets[0]
}
