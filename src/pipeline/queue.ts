// One pass of the router: gives waiting conversations to free agents, and tells the others their place when it moved.

import type { Plan, RoutableAgent } from '#router/contract.ts'
import type { Pace } from '#store/pace.ts'
import type { AgentRow, ConversationRow, CustomerRow, Draft, ThreadRow } from '#store/rows.ts'
import { keepClocks } from './clocks.ts'
import { openDraft } from './draft.ts'
import type { House } from './house.ts'
import { claim } from './owner.ts'
import { presenceOf } from './presence.ts'
import { type Told, tellPlace, whatToTell, withWaits } from './telling.ts'

export interface QueueScene {
  waiting: ConversationRow[]
  customers: Map<string, CustomerRow>
  threads: Map<string, ThreadRow[]>
  agents: AgentRow[]
  loads: Map<string, number>
  handlingMinutes: number[]
  pace: Pace
}

export function routeQueue(scene: QueueScene, house: House): Draft[] {
  const plan = planOf(scene, house)
  const drafts: Draft[] = []
  for (const { conversation, agent } of plan.assignments) {
    const draft = draftOf(scene, conversation)
    const to = scene.agents.find((one) => one.id === agent)
    if (!draft || !to) continue
    claim(draft, to, house, { cause: `route:${conversation}:${draft.conversation.version}`, assigned: true })
    keepClocks(draft, house)
    drafts.push(draft)
  }
  for (const { placed, what } of toTell(scene, plan, house)) {
    const draft = draftOf(scene, placed.conversation)
    if (!draft) continue
    tellPlace(draft, what, placed, isAnybodyHere(scene, placed.skill, house), house)
    drafts.push(draft)
  }
  return drafts
}

/** Who is told something now. The wait is played forward only when there is somebody to tell. */
function toTell(scene: QueueScene, plan: Plan, house: House): { placed: Told; what: 'first' | 'moved' | 'soothe' }[] {
  const rows = new Map(scene.waiting.map((conversation) => [conversation.id, conversation]))
  const due = new Map(
    plan.queue.flatMap((placed) => {
      const conversation = rows.get(placed.conversation)
      const what = conversation && whatToTell(conversation, placed, house)
      return what ? [[placed.conversation, what] as const] : []
    }),
  )
  const told: Told[] = due.size === 0 ? [] : house.service.queue.wait ? withWaits(plan.queue, scene, house) : plan.queue
  return told.flatMap((placed) => {
    const what = due.get(placed.conversation)
    return what ? [{ placed, what }] : []
  })
}

function planOf(scene: QueueScene, house: House): Plan {
  const now = house.clock.now()
  const agents: RoutableAgent[] = scene.agents.map((agent) => ({
    id: agent.id,
    skills: agent.skills,
    // Under `claim` nobody is given anything: agents take what they want, and the plan only counts places.
    presence: house.routing.mode === 'auto' ? presenceOf(agent, now) : 'away',
    capacity: agent.capacity,
    load: scene.loads.get(agent.id) ?? 0,
    lastAssignedAt: agent.lastAssignedAt,
    overflow: house.surging && agent.skills.some((skill) => house.surge.overflow.includes(skill)),
  }))
  const waiting = scene.waiting.map((conversation) => ({
    conversation: conversation.id,
    skill: conversation.skill,
    priority: conversation.priority,
    queuedAt: conversation.queuedAt ?? conversation.openedAt,
    not: conversation.handoff?.not,
  }))
  return house.route(waiting, agents, { handlingMinutes: scene.handlingMinutes }, now)
}

/** Only the console knows who is here; in a chat tool somebody may be reading of whom we have no sign of life yet. */
function isAnybodyHere({ agents }: QueueScene, skill: string | null, house: House): boolean {
  const isAble = (agent: AgentRow) => skill === null || agent.skills.includes(skill)
  return house.desks.size > 0 || agents.some((agent) => isAble(agent) && presenceOf(agent, house.clock.now()) === 'online')
}

function draftOf(scene: QueueScene, id: string): Draft | undefined {
  const conversation = scene.waiting.find((one) => one.id === id)
  const customer = conversation && scene.customers.get(conversation.customerId)
  return customer && openDraft(customer, { ...conversation }, scene.threads.get(id) ?? [], scene.agents)
}
