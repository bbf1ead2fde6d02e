// Who answers, in which order, at which place. Pure, and total: any input gives a plan.
import { doneWithout, hasRoom, isHelp, keptFrom, type Need, needOf, whyWaiting } from './able.ts'
import {
  type ChoiceWhy,
  type Hindrance,
  type Kind,
  type Placed,
  type Plan,
  type RoutableAgent,
  type Route,
  rank,
  type ServiceHistory,
  type Waiting,
  type WaitingWhy,
} from './contract.ts'

/** Where all are asked, nobody is asked about more than this at once: who is shown thirty reads none. */
const QUESTIONS = 3

/** All who ask for the same, and who can give it: looked up once, so that a long queue costs little more than its length. */
interface Group {
  need: Need
  able: RoutableAgent[]
  /** Those of them with room; whoever has none left is taken out. */
  free: RoutableAgent[]
  /** Why those of this group wait who have no history of their own: computed once. */
  why?: WaitingWhy
}

interface Desk {
  agents: RoutableAgent[]
  loads: Map<string, Record<Kind, number>>
  /** How many questions each agent has. */
  questions: Map<string, number>
  /** In which order agents got something within this plan. */
  given: Map<string, number>
  groups: Map<string, Group>
  now: Date
}

/**
 * The queue is served in order of priority, VIPs first among equals, then of waiting time. Each conversation goes to an agent who can
 * take it, has room, and comes first by: own work before helping out, not having let it lie before, the customer's last agent, least
 * loaded, best at it, longest without a new one. Somebody whom nobody can serve now does not hold up those behind.
 */
export const route: Route = (waiting, agents, history, now) => {
  const desk = openDesk(waiting, agents, now)
  const plan: Plan = { assignments: [], offers: [], withdrawn: [], queue: [] }
  const left: { entry: Waiting; need: Need; asked: boolean }[] = []
  for (const entry of [...waiting].sort(byTurn)) {
    const need = needOf(entry, now)
    const group = groupOf(desk, need)
    const stands = isAsked(entry, group)
    if (entry.asked && !stands) plan.withdrawn.push(entry.conversation)
    const served = stands ? 'asked' : serve(entry, group, desk, plan)
    if (served !== 'given') left.push({ entry, need, asked: served === 'asked' })
  }
  plan.queue = placed(left, desk, history)
  return plan
}

/** Gives it to somebody, or asks; or leaves it, where agents take conversations themselves or nobody could now. */
function serve(entry: Waiting, group: Group, desk: Desk, plan: Plan): 'given' | 'asked' | 'left' {
  const { mode = 'auto', conversation } = entry
  if (mode === 'claim') return 'left'
  const { kind } = group.need
  const best = pick(entry, group, desk)
  if (!best) return 'left'
  const why = whyChosen(best, entry, group, desk)
  if (mode === 'broadcast') {
    const agents = group.free.filter(({ id }) => isOpenTo(id, entry) && (desk.questions.get(id) ?? 0) < QUESTIONS).map(({ id }) => id)
    for (const id of agents) desk.questions.set(id, (desk.questions.get(id) ?? 0) + 1)
    plan.offers.push({ conversation, agents, why })
    return 'asked'
  }
  take(desk, best.id, kind)
  desk.given.set(best.id, desk.given.size + 1)
  if (mode === 'offer') {
    plan.offers.push({ conversation, agents: [best.id], why })
    return 'asked'
  }
  plan.assignments.push({ conversation, agent: best.id, why })
  return 'given'
}

/** Who is being asked has a place less, until they answer. Where all are asked, nobody's place is taken before somebody says yes. */
function openDesk(waiting: Waiting[], agents: RoutableAgent[], now: Date): Desk {
  const loads = new Map(agents.map((agent) => [agent.id, { ...agent.load }]))
  const desk: Desk = { agents, loads, questions: new Map(), given: new Map(), groups: new Map(), now }
  for (const entry of waiting) {
    if (!entry.asked || !isAsked(entry, groupOf(desk, needOf(entry, now)))) continue
    for (const id of entry.asked) {
      if (entry.mode === 'broadcast') desk.questions.set(id, (desk.questions.get(id) ?? 0) + 1)
      else take(desk, id, entry.kind ?? 'chat')
    }
  }
  return desk
}

function take({ loads }: Desk, id: string, kind: Kind): void {
  const load = loads.get(id)
  if (load) load[kind] += 1
}

function groupOf(desk: Desk, need: Need): Group {
  const known = desk.groups.get(need.key)
  if (known) return known
  const able = desk.agents.filter((agent) => keptFrom(agent, need) === undefined)
  const group: Group = { need, able, free: [...able] }
  desk.groups.set(need.key, group)
  return group
}

/** A question stands while one of those who were asked could still say yes. Their room is not asked: that place is kept for them. */
function isAsked({ asked, not, mode = 'auto' }: Waiting, { able }: Group): boolean {
  return mode !== 'auto' && mode !== 'claim' && (asked ?? []).some((id) => !not?.includes(id) && able.some((agent) => agent.id === id))
}

function isOpenTo(id: string, { not }: Waiting): boolean {
  return !not?.includes(id)
}

/** The first of those who could and have room. */
function pick(entry: Waiting, group: Group, desk: Desk): RoutableAgent | undefined {
  const { need } = group
  group.free = group.free.filter((agent) => hasRoom(agent, desk.loads.get(agent.id) ?? agent.load, need.kind))
  let best: RoutableAgent | undefined
  for (const agent of group.free) {
    if (!isOpenTo(agent.id, entry)) continue
    if (entry.mode === 'broadcast' && (desk.questions.get(agent.id) ?? 0) >= QUESTIONS) continue
    if (!best || byChoice(agent, best, entry, need, desk) < 0) best = agent
  }
  return best
}

function byTurn(a: Waiting, b: Waiting): number {
  return (
    rank[a.priority] - rank[b.priority] ||
    Number(b.vip === true) - Number(a.vip === true) ||
    a.queuedAt.getTime() - b.queuedAt.getTime() ||
    (a.conversation < b.conversation ? -1 : 1)
  )
}

/** Those given something within this plan count as just assigned, in the order in which they got it. */
function byChoice(a: RoutableAgent, b: RoutableAgent, entry: Waiting, need: Need, desk: Desk): number {
  return (
    Number(isHelp(a, need)) - Number(isHelp(b, need)) ||
    Number(entry.missed?.includes(a.id) === true) - Number(entry.missed?.includes(b.id) === true) ||
    Number(b.id === entry.last) - Number(a.id === entry.last) ||
    loadOf(a, desk) - loadOf(b, desk) ||
    levelOf(b, need) - levelOf(a, need) ||
    (desk.given.get(a.id) ?? 0) - (desk.given.get(b.id) ?? 0) ||
    (a.lastAssignedAt?.getTime() ?? Number.NEGATIVE_INFINITY) - (b.lastAssignedAt?.getTime() ?? Number.NEGATIVE_INFINITY) ||
    (a.id < b.id ? -1 : 1)
  )
}

function loadOf(agent: RoutableAgent, { loads }: Desk): number {
  const { chat, async } = loads.get(agent.id) ?? agent.load
  return chat + async
}

function levelOf({ skills }: RoutableAgent, { skill }: Need): number {
  return skill === null ? 0 : (skills.get(skill) ?? 0)
}

function whyChosen(agent: RoutableAgent, entry: Waiting, { need, able, free }: Group, desk: Desk): ChoiceWhy {
  const level = levelOf(agent, need)
  const dropped = doneWithout(agent, need)
  return {
    able: able.length,
    free: free.length,
    ...(agent.id === entry.last && { last: true as const }),
    ...(isHelp(agent, need) && { helps: true as const }),
    ...(entry.missed?.includes(agent.id) && { again: true as const }),
    ...(level > 0 && { level }),
    load: loadOf(agent, desk),
    ...(dropped.length > 0 && { dropped }),
  }
}

/**
 * The place counts whom the same agents serve: those who ask for the same skill. Somebody without a skill waits for anybody,
 * so everybody ahead counts for them.
 */
function placed(left: { entry: Waiting; need: Need; asked: boolean }[], desk: Desk, history: ServiceHistory): Placed[] {
  const handling = median(history.handlingMinutes)
  const ahead = new Map<string | null, number>()
  let all = 0
  return left.map(({ entry, need, asked }) => {
    all += 1
    const same = (ahead.get(entry.skill) ?? 0) + 1
    ahead.set(entry.skill, same)
    const place = entry.skill === null ? all : same + (ahead.get(null) ?? 0)
    const group = groupOf(desk, need)
    const minutes = handling === undefined ? {} : { minutes: Math.ceil((place * handling) / Math.max(1, group.able.length)) }
    return { ...entry, place, ...minutes, why: whyLeft(entry, group, asked, desk) }
  })
}

function whyLeft(entry: Waiting, group: Group, asked: boolean, desk: Desk): Placed['why'] {
  // Only who was given back has something of their own: one look does for all others of the group.
  const own = entry.not?.length ? whyWaiting(keptAll(group.need, desk, entry.not)) : undefined
  if (!own) group.why ??= whyWaiting(keptAll(group.need, desk))
  const why = own ?? (group.why as WaitingWhy)
  if (asked) return { ...why, reason: 'asked' }
  return entry.mode === 'claim' ? { ...why, reason: 'claim' } : why
}

function keptAll(need: Need, { agents, loads }: Desk, not?: readonly string[]): Hindrance[] {
  return agents.flatMap((agent) => {
    const kept = keptFrom(agent, need, not)
    return kept ?? (hasRoom(agent, loads.get(agent.id) ?? agent.load, need.kind) ? [] : 'full')
  })
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.filter((value) => Number.isFinite(value) && value >= 0).sort((a, b) => a - b)
  if (sorted.length === 0) return undefined
  const middle = Math.floor(sorted.length / 2)
  const high = sorted[middle] as number
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] as number) + high) / 2
}
