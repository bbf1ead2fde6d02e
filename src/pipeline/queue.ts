// One pass of the router: gives waiting conversations to free agents, and tells the others their place when it moved.

import type { Placed, Plan } from '#router/contract.ts'
import type { Pace } from '#store/pace.ts'
import type { WaitingRow } from '#store/queue.ts'
import type { AgentRow, ConversationRow, CustomerRow, Draft, ThreadRow } from '#store/rows.ts'
import { keepClocks } from './clocks.ts'
import { decide } from './decision.ts'
import { openDraft } from './draft.ts'
import type { House } from './house.ts'
import { endOffer, offer } from './offer.ts'
import { claim } from './owner.ts'
import { planOf, type QueueFacts, routableAgents } from './plan.ts'
import { presenceOf } from './presence.ts'
import { type Telling, type Told, tellPlace, whatToTell, withWaits } from './telling.ts'

export interface QueueScene extends QueueFacts {
  pace: Pace
}

/** What a pass does, and for whom. */
export interface Decided {
  plan: Plan
  tellings: Map<string, Telling>
  /** Those of whom it is written down anew why they wait. */
  unexplained: Set<string>
  /** All for whom something changes. */
  ids: string[]
}

/** The whole rows of those. */
export interface QueueRows {
  conversations: Map<string, ConversationRow>
  customers: Map<string, CustomerRow>
  threads: Map<string, ThreadRow[]>
  agents: AgentRow[]
}

/** What one pass has changed of each conversation. */
type Open = (id: string) => Draft | undefined

export function decideQueue(scene: QueueScene, house: House): Decided {
  const plan = planOf(scene, house)
  const rows = new Map(scene.waiting.map((conversation) => [conversation.id, conversation]))
  const tellings = tellingsOf(scene, plan, rows, house)
  const isExplained = ({ conversation, why }: Placed) => {
    const handoff = rows.get(conversation)?.handoff
    return !handoff || handoff.waits === why.reason
  }
  const unexplained = new Set(plan.queue.filter((placed) => !isExplained(placed)).map(({ conversation }) => conversation))
  const moved = [...plan.assignments, ...plan.offers].map(({ conversation }) => conversation)
  return { plan, tellings, unexplained, ids: [...new Set([...moved, ...plan.withdrawn, ...unexplained, ...tellings.keys()])] }
}

export function draftQueue({ plan, tellings, unexplained }: Decided, rows: QueueRows, house: House): Draft[] {
  const drafts = new Map<string, Draft>()
  const open: Open = (id) => {
    const known = drafts.get(id) ?? draftOf(rows, rows.conversations.get(id))
    if (known) drafts.set(id, known)
    return known
  }
  give(plan, open, house)
  ask(plan, open, house)
  for (const placed of plan.queue) {
    const told = tellings.get(placed.conversation)
    const isUnexplained = unexplained.has(placed.conversation)
    const draft = told || isUnexplained ? open(placed.conversation) : undefined
    if (!draft) continue
    if (isUnexplained) explain(draft, placed, house)
    if (told) tellPlace(draft, told.what, told.placed, house)
  }
  for (const draft of drafts.values()) keepClocks(draft, house)
  return [...drafts.values()]
}

/** Who is told something now. The wait is played forward only when there is somebody to tell. */
function tellingsOf(scene: QueueScene, plan: Plan, rows: ReadonlyMap<string, WaitingRow>, house: House): Map<string, Telling> {
  const due = new Map(
    plan.queue.flatMap((placed) => {
      const conversation = rows.get(placed.conversation)
      const what = conversation && whatToTell(conversation, placed, isAnybodyHere(scene, placed.skill, house), house)
      return what ? [[placed.conversation, what] as const] : []
    }),
  )
  if (due.size === 0) return new Map()
  const placed: Told[] = house.service.queue.wait
    ? withWaits(plan.queue, (id) => due.has(id), { ...scene, agents: routableAgents(scene, house) }, house)
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

function draftOf(rows: QueueRows, conversation: ConversationRow | undefined): Draft | undefined {
  const customer = conversation && rows.customers.get(conversation.customerId)
  return customer && conversation && openDraft(customer, conversation, rows.threads.get(conversation.id) ?? [], rows.agents)
}
