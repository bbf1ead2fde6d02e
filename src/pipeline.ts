// The story: what came in is committed (accept), worked on in order under the conversation's lock (work), and everything that
// follows from it, replies included, is committed with it. Nothing here talks to a platform.

import { reason } from '#core/errors.ts'
import type { DeskEvent, Inbound } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import type { Surging } from '#router/surge.ts'
import { findAgent, loads } from '#store/agents.ts'
import { type Db, type Tx, transact } from '#store/database.ts'
import * as store from '#store/drafts.ts'
import { acceptEvents, type Finished, failEvent, type NewEvent } from '#store/events.ts'
import { countWaiting, handlingMinutes, lockQueue, lockWaiting } from '#store/queue.ts'
import { holdDeliveries } from '#store/restored.ts'
import type { DeliveryRow, Draft, EventRow, NewDelivery } from '#store/rows.ts'
import { type AddressKey, at, type Known, type Taken, takeEvents } from '#store/scenes.ts'
import { type AgentOutcome, agentTurn, asksQueue, targetOf } from './pipeline/agent.ts'
import { customerTurn } from './pipeline/customer.ts'
import { type House, laneOf } from './pipeline/house.ts'
import { routeQueue } from './pipeline/queue.ts'
import { watchSurge } from './pipeline/surge.ts'

/** What was changed, for live updates and for the pumps. */
export interface Worked {
  events: number
  finished: Finished[]
  drafts: Draft[]
  /** Deliveries that are on record as being sent, by this process, from this commit on. */
  sending: DeliveryRow[]
  /** The queue or somebody's presence changed. */
  reroute: boolean
}

/** A customer's events as rows. The lane is the address: its events are worked on in order. */
export function channelEvents(channelId: string, inbound: Inbound[], house: House): NewEvent[] {
  return inbound.map((event) => newEvent('channel', channelId, laneOf(channelId, event.from.user, event.from.thread), event, house))
}

/** An agent's events as rows, in the lane of the conversation that the thread belongs to. */
export async function deskEvents(db: Db, deskId: string, incoming: DeskEvent[], house: House): Promise<NewEvent[]> {
  const rows: NewEvent[] = []
  for (const event of incoming) {
    const key = 'thread' in event ? event.thread : ''
    const conversation = key ? await conversationOf(db, deskId, key, house) : undefined
    const lane = conversation
      ? laneOf(conversation.channelId, conversation.userKey, conversation.threadKey)
      : `desk:${deskId}:${key || event.by.id}`
    rows.push(newEvent('desk', deskId, lane, event, house))
  }
  return rows
}

function newEvent(source: 'channel' | 'desk', sourceId: string, lane: string, event: Inbound | DeskEvent, house: House): NewEvent {
  const { externalId } = event
  return { id: newId('evt', house.clock), source, sourceId, externalId, lane, payload: event, receivedAt: house.clock.now() }
}

/** Commits what came in. When this returns, the platform may be told 200: nothing of it can be lost any more. */
export async function accept(db: Db, rows: NewEvent[]): Promise<string[]> {
  return acceptEvents(db, rows)
}

/**
 * Works on the next events, at most one of each lane, in one transaction. When the batch cannot be saved, each event is
 * tried alone, so that a poisonous one harms only itself.
 */
export interface WorkOptions {
  limit?: number
  pass?: Pass
  /** Names this process in attempts. */
  holder?: string
  /** May this process send that at once? What it may not waits for the pump. */
  admit?(row: NewDelivery): boolean
}

const WORK = { limit: 32, pass: unwatched, holder: '', admit: () => false }

export async function work(db: Db, house: House, given: WorkOptions = {}): Promise<Worked> {
  const options = { ...WORK, ...given }
  try {
    const worked = await workBatch(db, house, options)
    if (worked.events > 0) options.pass('work.committed')
    return worked
  } catch (error) {
    if (options.limit === 1) throw error
    return workOne(db, house, options)
  }
}

async function workOne(db: Db, house: House, options: Required<WorkOptions>): Promise<Worked> {
  let claimed: EventRow | undefined
  try {
    const onClaim = (row: EventRow) => {
      claimed = row
    }
    return await workBatch(db, house, { ...options, limit: 1, onClaim })
  } catch (error) {
    if (!claimed) throw error
    await failEvent(db, claimed.id, reason(error), house.clock.now())
    return { ...NOTHING, events: 1 }
  }
}

const NOTHING: Worked = { events: 0, finished: [], drafts: [], sending: [], reroute: false }

interface BatchOptions extends Required<WorkOptions> {
  onClaim?(row: EventRow): void
}

async function workBatch(db: Db, house: House, { limit, pass, holder, admit, onClaim }: BatchOptions): Promise<Worked> {
  return transact(db, async (tx) => {
    const now = house.clock.now()
    const taken = await takeEvents(tx, limit, now)
    const rows = taken.events
    if (rows[0] === undefined) return NOTHING
    pass('work.claimed')
    onClaim?.(rows[0])
    const scenes = await loadScenes(tx, taken, house)
    const answers: NewDelivery[] = []
    const restored: string[] = []
    const worked: Worked = { ...NOTHING, events: rows.length, finished: [], drafts: [] }
    for (const row of rows) {
      const outcome = decide(row, scenes, house)
      if ('error' in outcome) {
        await failEvent(tx, row.id, outcome.error, now)
        continue
      }
      worked.finished.push({ id: row.id, result: outcome.result })
      restored.push(...mayHaveGoneOut(row, outcome, house))
      if (outcome.draft) worked.drafts.push(outcome.draft)
      if (outcome.present) await store.saveAgent(tx, outcome.present)
      if (outcome.answer) answers.push(outcome.answer)
      worked.reroute ||= outcome.present !== undefined || outcome.draft?.reroute === true || (outcome.draft?.changedAgents.size ?? 0) > 0
    }
    const { drafts, finished } = worked
    const atOnce = restored.length > 0 ? WORK.admit : admit
    worked.sending = await store.saveDrafts(tx, { drafts, finished, answers, now, holder, admit: atOnce })
    await holdDeliveries(tx, restored, now)
    pass('work.saved')
    return worked
  })
}

/** Deliveries that follow from what a restored backup had not worked on yet: the house before it may have sent them. */
function mayHaveGoneOut(row: EventRow, { draft, answer }: AgentOutcome, { restoredUntil }: House): string[] {
  if (!restoredUntil || row.receivedAt > restoredUntil) return []
  if (draft) draft.resend = []
  return [...(draft?.newDeliveries ?? []), ...(answer ? [answer] : [])].map(({ id }) => id)
}

interface Scenes extends Taken {
  byEvent: Map<
    string,
    { target?: Awaited<ReturnType<typeof store.findMessage>>; conversationId?: string; queue?: { waiting: number; mine: number } }
  >
  /** Those that desks' events are about. */
  conversations: Map<string, Known>
}

/** What desks' events are about is looked up one by one: they are rare, and each desk names its conversations in its own way. */
async function loadScenes(tx: Db, taken: Taken, house: House): Promise<Scenes> {
  const scenes: Scenes = { ...taken, byEvent: new Map(), conversations: new Map() }
  for (const row of taken.events) {
    if (row.source === 'desk') await loadDeskScene(tx, row, scenes, house)
    else await loadTarget(tx, row, scenes)
  }
  return scenes
}

async function loadDeskScene(tx: Db, row: EventRow, scenes: Scenes, house: House): Promise<void> {
  const event = row.payload as DeskEvent
  const found = 'thread' in event ? await conversationOf(tx, row.sourceId, event.thread, house) : undefined
  if (found && !scenes.conversations.has(found.id)) {
    const conversation = (await store.lockConversations(tx, [found.id])).get(found.id)
    const customers = await store.loadCustomers(tx, [found.customerId])
    scenes.conversations.set(found.id, { conversation, customer: customers.get(found.customerId) })
    for (const [id, threads] of await store.loadThreads(tx, [found.id])) scenes.threads.set(id, threads)
  }
  const target = targetOf(event, row.sourceId)
  scenes.byEvent.set(row.id, {
    conversationId: found?.id,
    ...(target && found && { target: await store.findMessage(tx, found.id, target) }),
    ...(asksQueue(event) && { queue: await countWaiting(tx, (await agentIdOf(tx, row)) ?? '') }),
  })
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
async function conversationOf(db: Db | Tx, deskId: string, key: string, house: House) {
  const id = house.readers.has(deskId) ? key : (await store.findThread(db, deskId, key))?.conversationId
  return id ? store.findConversation(db, id) : undefined
}

type Decision = AgentOutcome | { error: string }

/** Pure from here on: what follows from one event. Whatever it throws stops only this event. */
function decide(row: EventRow, scenes: Scenes, house: House): Decision {
  const more = scenes.byEvent.get(row.id)
  // Drafts change agents in place; each event gets its own copies, so that a failed one leaves no trace.
  const agents = scenes.agents.map((agent) => ({ ...agent }))
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
    const event = { ...(row.payload as DeskEvent), at: new Date(payload.at) }
    const known = scenes.conversations.get(more?.conversationId ?? '')
    if (!known && isEarly(row, event, house)) return { error: 'the thread is not known yet' }
    const threads = scenes.threads.get(known?.conversation?.id ?? '') ?? []
    return agentTurn(
      {
        event,
        eventId: row.id,
        deskId: row.sourceId,
        customer: known?.customer,
        conversation: known?.conversation,
        threads,
        agents,
        target: more?.target,
        queue: more?.queue,
      },
      house,
    )
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

/**
 * An agent may be quicker than our commit: the tool shows a new thread before we have written down whose it is. So what comes
 * from an unknown thread is looked at once more, a second later; a topic that the team keeps for itself stays unknown then, too.
 */
function isEarly(row: EventRow, event: DeskEvent, house: House): boolean {
  return row.attempts === 0 && !house.readers.has(row.sourceId) && (event.type === 'message' || event.type === 'button')
}

export interface Routed extends Pick<Worked, 'drafts' | 'sending'> {
  surge: Surging | undefined
}

export type RouteOptions = Pick<WorkOptions, 'pass' | 'holder' | 'admit'>

/** One routing pass over everybody who waits. Undefined when another process is at it. */
export async function routePass(db: Db, quiet: House, options: RouteOptions = {}): Promise<Routed | undefined> {
  const { pass, holder, admit } = { ...WORK, ...options }
  return transact(db, async (tx) => {
    if (!(await lockQueue(tx))) return undefined
    const waiting = await lockWaiting(tx)
    const surge = await watchSurge(tx, waiting.length, quiet)
    if (waiting.length === 0) return { drafts: [], sending: [], surge }
    const house = { ...quiet, surging: surge !== undefined }
    const ids = waiting.map((conversation) => conversation.id)
    const customers = await store.loadCustomers(
      tx,
      waiting.map((conversation) => conversation.customerId),
    )
    const threads = await store.loadThreads(tx, ids)
    const agents = await store.loadAgents(tx)
    const drafts = routeQueue(
      { waiting, customers, threads, agents, loads: await loads(tx), handlingMinutes: await handlingMinutes(tx) },
      house,
    )
    const sending = await store.saveDrafts(tx, { drafts, finished: [], answers: [], now: house.clock.now(), holder, admit })
    pass('route.saved')
    return { drafts, sending, surge }
  })
}
