// One pass of the router: gives waiting conversations to free agents, and tells the others their place when it moved.

import { phrase } from '#core/phrases.ts'
import type { Placed, Plan, RoutableAgent } from '#router/contract.ts'
import type { AgentRow, ConversationRow, CustomerRow, Draft, ThreadRow } from '#store/rows.ts'
import { keepClocks } from './clocks.ts'
import { openDraft, say } from './draft.ts'
import { type House, isCounted } from './house.ts'
import { claim } from './owner.ts'
import { presenceOf } from './presence.ts'

export interface QueueScene {
  waiting: ConversationRow[]
  customers: Map<string, CustomerRow>
  threads: Map<string, ThreadRow[]>
  agents: AgentRow[]
  loads: Map<string, number>
  handlingMinutes: number[]
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
  for (const placed of plan.queue) {
    const draft = draftOf(scene, placed.conversation)
    if (draft && tellPlace(draft, placed, isAnybodyHere(scene, placed.skill, house), house)) drafts.push(draft)
  }
  return drafts
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

/**
 * At first, and again whenever the customer comes nearer; only at first where messages are counted, so that some are left for the
 * answer. Places that grow (somebody urgent came) are not announced.
 */
function tellPlace(draft: Draft, placed: Placed, isServed: boolean, house: House): boolean {
  const { conversation } = draft
  const told = conversation.toldPlace
  if (told !== null && (placed.place >= told || isCounted(house, conversation.channelId))) return false
  conversation.toldPlace = placed.place
  conversation.toldMinutes = placed.minutes ?? null
  const key = told === null ? 'queue.place' : 'queue.moved'
  const text = phrase(key, conversation.locale, { place: placed.place, minutes: placed.minutes })
  const before = told === null ? `${phrase(isServed ? 'queue.start' : 'queue.nobody', conversation.locale)}\n` : ''
  say(draft, 'system', [{ type: 'text', text: before + text }], house, `place:${conversation.id}:${conversation.version}:${placed.place}`)
  return true
}

function draftOf(scene: QueueScene, id: string): Draft | undefined {
  const conversation = scene.waiting.find((one) => one.id === id)
  const customer = conversation && scene.customers.get(conversation.customerId)
  return customer && openDraft(customer, { ...conversation }, scene.threads.get(id) ?? [], scene.agents)
}
