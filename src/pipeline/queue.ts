// One pass of the router: gives waiting conversations to free agents, and tells the others their place when it moved.

import type { Placed, Plan } from '#router/contract.ts'
import type { Pace } from '#store/pace.ts'
import type { ConversationRow, CustomerRow, Draft, ThreadRow } from '#store/rows.ts'
import { keepClocks } from './clocks.ts'
import { decide } from './decision.ts'
import { openDraft } from './draft.ts'
import type { House } from './house.ts'
import { endOffer, offer } from './offer.ts'
import { claim } from './owner.ts'
import { planOf, type QueueFacts, routerInput } from './plan.ts'
import { presenceOf } from './presence.ts'
import { type Telling, type Told, tellPlace, whatToTell, withWaits } from './telling.ts'

export interface QueueScene extends QueueFacts {
  threads: Map<string, ThreadRow[]>
  pace: Pace
}

/** What one pass has changed of each conversation. */
type Open = (id: string) => Draft | undefined

export function routeQueue(scene: QueueScene, house: House): Draft[] {
  const plan = planOf(scene, house)
  const drafts = new Map<string, Draft>()
  const rows = new Map(scene.waiting.map((conversation) => [conversation.id, conversation]))
  const open: Open = (id) => {
    const known = drafts.get(id) ?? draftOf(scene, rows.get(id))
    if (known) drafts.set(id, known)
    return known
  }
  give(plan, open, house)
  ask(plan, open, house)
  const tellings = tellingsOf(scene, plan, rows, house)
  for (const placed of plan.queue) {
    const conversation = rows.get(placed.conversation)
    if (!conversation) continue
    const told = tellings.get(placed.conversation)
    const explained = conversation.handoff?.waits === placed.why.reason
    if (!told && explained) continue
    const draft = open(placed.conversation)
    if (!draft) continue
    if (!explained) explain(draft, placed, house)
    if (told) tellPlace(draft, told.what, told.placed, house)
  }
  for (const draft of drafts.values()) keepClocks(draft, house)
  return [...drafts.values()]
}

/** Who is told something now. The wait is played forward only when there is somebody to tell. */
function tellingsOf(scene: QueueScene, plan: Plan, rows: ReadonlyMap<string, ConversationRow>, house: House): Map<string, Telling> {
  const due = new Map(
    plan.queue.flatMap((placed) => {
      const conversation = rows.get(placed.conversation)
      const what = conversation && whatToTell(conversation, placed, isAnybodyHere(scene, placed.skill, house), house)
      return what ? [[placed.conversation, what] as const] : []
    }),
  )
  if (due.size === 0) return new Map()
  const placed: Told[] = house.service.queue.wait
    ? withWaits(plan.queue, (id) => due.has(id), { ...scene, agents: routerInput(scene, house).agents }, house)
    : plan.queue
  return new Map(
    placed.flatMap((one) => {
      const what = due.get(one.conversation)
      return what ? [[one.conversation, { placed: one, what }] as const] : []
    }),
  )
}

function give({ assignments }: Plan, open: Open, house: House): void {
  for (const { conversation, agent, why } of assignments) {
    const draft = open(conversation)
    const to = draft?.agents.find((one) => one.id === agent)
    if (!draft || !to) continue
    decide(draft, house, 'assigned', to.id, why)
    claim(draft, to, house, { cause: `route:${conversation}:${draft.conversation.version}`, assigned: true })
  }
}

/** Who was asked and is gone is asked no more; the next ones are. */
function ask({ offers, withdrawn }: Plan, open: Open, house: House): void {
  for (const id of withdrawn) {
    const draft = open(id)
    if (!draft) continue
    decide(draft, house, 'withdrawn', draft.conversation.handoff?.offer?.to[0] ?? null)
    endOffer(draft)
  }
  for (const { conversation, agents, why } of offers) {
    const draft = open(conversation)
    const to = draft?.agents.filter((one) => agents.includes(one.id)) ?? []
    if (draft && to.length > 0) offer(draft, to, why, house)
  }
}

/** Why it waits is written down when that changes, not at every look. */
function explain(draft: Draft, { why, place }: Placed, house: House): void {
  const { conversation } = draft
  if (!conversation.handoff) return
  conversation.handoff = { ...conversation.handoff, waits: why.reason }
  // That somebody is asked, and who, stands there already.
  if (why.reason !== 'asked') decide(draft, house, 'waiting', null, { ...why, place })
}

/** Only the console knows who is here; in a chat tool somebody may be reading of whom we have no sign of life yet. */
function isAnybodyHere({ agents }: QueueScene, skill: string | null, house: House): boolean {
  const now = house.clock.now()
  return (
    house.desks.size > 0 || agents.some((agent) => (skill === null || agent.skills.includes(skill)) && presenceOf(agent, now) === 'online')
  )
}

function draftOf(scene: QueueScene, conversation: ConversationRow | undefined): Draft | undefined {
  const customer: CustomerRow | undefined = conversation && scene.customers.get(conversation.customerId)
  return customer && conversation && openDraft(customer, { ...conversation }, scene.threads.get(conversation.id) ?? [], scene.agents)
}
