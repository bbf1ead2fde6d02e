// From events to what follows from them: what they are about is loaded, then each is decided, purely.
import { hashCode } from '#core/code.ts'
import type { DeskEvent, HouseEvent, Inbound } from '#core/event.ts'
import { findAgent } from '#store/agents.ts'
import type { Db, Tx } from '#store/database.ts'
import { isKnownOrigin } from '#store/deliveries.ts'
import * as store from '#store/drafts.ts'
import type { Finished } from '#store/events.ts'
import { findFollowup } from '#store/followups.ts'
import { accountsOf, findCode, type PersonLink, type Unlinking, wasUnlinked } from '#store/links.ts'
import type { AgentRow, Draft, EventRow, FollowupRow, MessageRow, NewDelivery } from '#store/rows.ts'
import { type AddressKey, at, type Known, type Taken } from '#store/scenes.ts'
import { type AgentOutcome, type AgentScene, agentTurn, targetOf } from './agent.ts'
import { astrayKey } from './astray.ts'
import { keepClocks } from './clocks.ts'
import { customerTurn } from './customer.ts'
import type { House } from './house.ts'
import { houseTurn } from './later.ts'
import { asksToUnlink, codeOf } from './link.ts'
import { asksStore, lookFor } from './look.ts'

export interface Scenes extends Omit<Taken, 'events'> {
  byEvent: Map<
    string,
    Pick<AgentScene, 'beside' | 'looked' | 'code' | 'unlinked' | 'accounts' | 'astray'> & {
      target?: MessageRow
      followup?: FollowupRow
      conversationId?: string
    }
  >
  /** Those that desks' events are about. */
  conversations: Map<string, Known>
}

/** What desks' events are about is looked up one by one: they are rare, and each desk names its conversations in its own way. */
export async function loadScenes(tx: Db, taken: Taken, house: House): Promise<Scenes> {
  const scenes: Scenes = { ...taken, byEvent: new Map(), conversations: new Map() }
  for (const row of taken.events) {
    if (row.source === 'desk') await loadDeskScene(tx, row, scenes, house)
    else if (row.source === 'house') await loadHouseScene(tx, row, scenes)
    else await loadTarget(tx, row, scenes)
  }
  return scenes
}

async function loadHouseScene(tx: Db, row: EventRow, scenes: Scenes): Promise<void> {
  const event = row.payload as HouseEvent
  const found = await store.findConversation(tx, event.conversation)
  if (found) await hold(tx, found, scenes)
  const target = found && event.type === 'stale' ? await store.findMessage(tx, found.id, { id: event.message }) : undefined
  const followup = event.type === 'reminded' ? await findFollowup(tx, event.followup) : undefined
  scenes.byEvent.set(row.id, { conversationId: found?.id, followup, ...(target && { target }) })
}

/** Locks a conversation, and loads whose it is. */
async function hold(tx: Db, { id, customerId }: { id: string; customerId: string }, scenes: Scenes): Promise<void> {
  if (scenes.conversations.has(id)) return
  const conversation = (await store.lockConversations(tx, [id])).get(id)
  const customers = await store.loadCustomers(tx, [customerId])
  scenes.conversations.set(id, { conversation, customer: customers.get(customerId) })
  for (const [key, threads] of await store.loadThreads(tx, [id])) scenes.threads.set(key, threads)
}

async function loadDeskScene(tx: Db, row: EventRow, scenes: Scenes, house: House): Promise<void> {
  const event = row.payload as DeskEvent
  const found = 'thread' in event && event.thread ? await conversationOf(tx, row.sourceId, event.thread, house) : undefined
  if (found) await hold(tx, found, scenes)
  const target = targetOf(event, row.sourceId)
  // Asked under the lock of this one, which a customer's words that open another take, too.
  const conversation = scenes.conversations.get(found?.id ?? '')?.conversation
  const beside = conversation?.status === 'resolved' ? await store.findOpenBeside(tx, conversation) : undefined
  scenes.byEvent.set(row.id, {
    conversationId: found?.id,
    beside,
    ...(target && found && { target: await store.findMessage(tx, found.id, target) }),
    ...(await codeScene(tx, event, house)),
    ...(await linkScene(tx, row)),
    ...(!found && (await astrayScene(tx, row, house))),
    ...(asksStore(event) && { looked: await lookFor(tx, event, (await agentIdOf(tx, row)) ?? '', conversation, house) }),
  })
}

async function codeScene(tx: Db, event: DeskEvent, house: House): Promise<Pick<AgentScene, 'code'>> {
  const code = codeOf(event)
  if (code === undefined) return {}
  const id = await hashCode(code)
  const agentId = await findCode(tx, id, house.clock.now())
  return { code: { id, ...(agentId !== undefined && { agentId }) } }
}

/** The tool's word on an e-mail counts only where nobody took the link back. */
async function linkScene(tx: Db, row: EventRow): Promise<Pick<AgentScene, 'unlinked' | 'accounts'>> {
  const event = row.payload as DeskEvent
  const unlinked = event.by?.email !== undefined && (await wasUnlinked(tx, row.sourceId, event.by.id))
  const agentId = asksToUnlink(event) ? await agentIdOf(tx, row) : undefined
  return { ...(unlinked && { unlinked }), ...(agentId !== undefined && { accounts: await accountsOf(tx, agentId) }) }
}

async function astrayScene(tx: Db, row: EventRow, house: House): Promise<Pick<AgentScene, 'astray'>> {
  const key = astrayKey(row.payload as DeskEvent, row.sourceId, house)
  return key === undefined ? {} : { astray: { key, told: await isKnownOrigin(tx, key) } }
}

/** The message that an edit is about. */
async function loadTarget(tx: Db, row: EventRow, { addresses, byEvent }: Scenes): Promise<void> {
  const event = row.payload as Inbound
  const conversation = at(addresses, addressOf(row)).conversation
  if ((event.type === 'edit' || event.type === 'recall') && conversation) {
    byEvent.set(row.id, { target: await store.findMessage(tx, conversation.id, { externalId: event.target }) })
  }
}

async function agentIdOf(tx: Db, row: EventRow): Promise<string | undefined> {
  const { by } = row.payload as DeskEvent
  const agents = await store.loadAgents(tx)
  return (agents.find((agent) => agent.identities[row.sourceId] === by.id) ?? (await findAgent(tx, { id: by.id })))?.id
}

function addressOf(row: EventRow): AddressKey {
  const { from } = row.payload as Inbound
  return { channelId: row.sourceId, user: from.user, thread: from.thread ?? '' }
}

/** A desk that reads the store names conversations themselves; the others name their threads. */
export async function conversationOf(db: Db | Tx, deskId: string, key: string, house: House) {
  const id = house.readers.has(deskId) ? key : (await store.findThread(db, deskId, key))?.conversationId
  return id ? store.findConversation(db, id) : undefined
}

/** What follows from a batch of events. */
export interface Turns {
  finished: Finished[]
  drafts: Draft[]
  answers: NewDelivery[]
  links: PersonLink[]
  unlinks: Unlinking[]
  /** Agents whose presence changed outside every conversation. */
  present: AgentRow[]
  /** What they ticked off there. */
  followups: FollowupRow[]
  /** `final`: it would fail again. */
  failed: { id: string; error: string; final?: true }[]
  /** Deliveries that a restored house may have sent already. */
  held: string[]
  reroute: boolean
}

export function takeTurns(rows: EventRow[], scenes: Scenes, house: House): Turns {
  const turns: Turns = {
    finished: [],
    drafts: [],
    answers: [],
    links: [],
    unlinks: [],
    present: [],
    followups: [],
    failed: [],
    held: [],
    reroute: false,
  }
  const busy = new Set<string>()
  let { agents } = scenes
  for (const row of rows) {
    // Two lanes may lead to one conversation (an agent wrote before the thread was known): the second comes with the next batch.
    const about =
      row.source === 'channel' ? at(scenes.addresses, addressOf(row)).conversation?.id : scenes.byEvent.get(row.id)?.conversationId
    if (about !== undefined && busy.has(about)) continue
    if (about !== undefined) busy.add(about)
    // Drafts change agents in place: each event gets its own copies, so that a failed one leaves no trace; the next goes on from them.
    const copies = agents.map((agent) => ({ ...agent }))
    const outcome = decide(row, { ...scenes, agents: copies }, house)
    if ('error' in outcome) {
      turns.failed.push({ id: row.id, ...outcome })
      continue
    }
    agents = copies
    const { draft, present, answer } = outcome
    turns.finished.push({ id: row.id, result: outcome.result })
    turns.held.push(...mayHaveGoneOut(row, outcome, house))
    if (draft) turns.drafts.push(draft)
    if (present) turns.present.push(present)
    if (answer) turns.answers.push(answer)
    if (outcome.link) turns.links.push(outcome.link)
    if (outcome.unlink) turns.unlinks.push(outcome.unlink)
    turns.followups.push(...(outcome.followups ?? []))
    turns.reroute ||=
      present !== undefined || outcome.unlink !== undefined || draft?.reroute === true || (draft?.changedAgents.size ?? 0) > 0
  }
  return turns
}

/** Deliveries that follow from what a restored backup had not worked on yet: the house before it may have sent them. */
function mayHaveGoneOut(row: EventRow, { draft, answer }: AgentOutcome, { restoredUntil }: House): string[] {
  if (!restoredUntil || row.receivedAt > restoredUntil) return []
  if (draft) draft.resend = []
  return [...(draft?.newDeliveries ?? []), ...(answer ? [answer] : [])].map(({ id }) => id)
}

type Decision = AgentOutcome | { error: string; final?: true }

/** What follows from one event, its clocks included. Whatever it throws stops only this event. */
function decide(row: EventRow, scenes: Scenes, house: House): Decision {
  const outcome = turn(row, scenes, house)
  if (!('draft' in outcome) || !outcome.draft) return outcome
  try {
    const { quiet, automatic } = row.payload as { quiet?: boolean; automatic?: boolean }
    keepClocks(outcome.draft, house, { quiet: quiet === true || automatic === true })
    return outcome
  } catch (error) {
    return { error: wordsOf(error) }
  }
}

/** Pure from here on. */
function turn(row: EventRow, scenes: Scenes, house: House): Decision {
  const more = scenes.byEvent.get(row.id)
  const { agents } = scenes
  try {
    const payload = row.payload as { at: string }
    if (row.source === 'channel') {
      const event = { ...(row.payload as Inbound), at: new Date(payload.at) }
      const { customer, conversation } = at(scenes.addresses, addressOf(row))
      const threads = scenes.threads.get(conversation?.id ?? '') ?? []
      return customerTurn(
        { event, eventId: row.id, channelId: row.sourceId, customer, conversation, threads, agents, target: more?.target },
        house,
      )
    }
    if (row.source === 'house') return decideHouse(row, scenes, house)
    const event = { ...(row.payload as DeskEvent), at: new Date(payload.at) }
    if (event.type === 'trouble') return { error: event.reason, final: true }
    const known = scenes.conversations.get(more?.conversationId ?? '')
    if (!known && isEarly(row, event, house)) return { error: 'the thread is not known yet' }
    const threads = scenes.threads.get(known?.conversation?.id ?? '') ?? []
    return agentTurn(
      {
        event,
        eventId: row.id,
        receivedAt: row.receivedAt,
        deskId: row.sourceId,
        customer: known?.customer,
        conversation: known?.conversation,
        threads,
        agents,
        target: more?.target,
        beside: more?.beside,
        looked: more?.looked,
        code: more?.code,
        unlinked: more?.unlinked,
        accounts: more?.accounts,
        astray: more?.astray,
      },
      house,
    )
  } catch (error) {
    return { error: wordsOf(error) }
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function decideHouse(row: EventRow, scenes: Scenes, house: House): Decision {
  const known = scenes.conversations.get(scenes.byEvent.get(row.id)?.conversationId ?? '')
  const threads = scenes.threads.get(known?.conversation?.id ?? '') ?? []
  const { customer, conversation } = known ?? {}
  const { target, followup } = scenes.byEvent.get(row.id) ?? {}
  const event = row.payload as HouseEvent
  const rest = { ...(target && { target }), ...(followup && { followup }) }
  return houseTurn({ event, eventId: row.id, customer, conversation, threads, agents: scenes.agents, ...rest }, house)
}

/** As long as `failEvent` makes an event wait that failed for the first time. */
const EARLY_MS = 1_000

/**
 * An agent may be quicker than our commit: the tool shows a new thread before we have written down whose it is. So what comes
 * from an unknown thread is looked at once more, a second later; a topic that the team keeps for itself stays unknown then, too.
 * What has waited so long already, behind others of that topic, is not made to wait again: a busy topic would never be done.
 */
function isEarly(row: EventRow, event: DeskEvent, house: House): boolean {
  const isYoung = house.clock.now().getTime() - row.receivedAt.getTime() < EARLY_MS
  return isYoung && row.attempts === 0 && !house.readers.has(row.sourceId) && (event.type === 'message' || event.type === 'button')
}
