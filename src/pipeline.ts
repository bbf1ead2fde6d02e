// The story: what came in is committed (accept), worked on in order under the conversation's lock (work), and everything that
// follows from it, replies included, is committed with it. Nothing here talks to a platform.

import { reason } from '#core/errors.ts'
import type { DeskEvent, Inbound } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import { findAgent, loads } from '#store/agents.ts'
import type { Db, Tx } from '#store/database.ts'
import { insertDeliveries } from '#store/deliveries.ts'
import * as store from '#store/drafts.ts'
import { acceptEvents, claimEvents, type Finished, failEvent, finishEvents, type NewEvent } from '#store/events.ts'
import { countWaiting, handlingMinutes, lockQueue, lockWaiting } from '#store/queue.ts'
import type { AgentRow, Draft, EventRow } from '#store/rows.ts'
import { type AgentOutcome, agentTurn, asksQueue, targetOf } from './pipeline/agent.ts'
import { customerTurn } from './pipeline/customer.ts'
import { type House, laneOf } from './pipeline/house.ts'
import { routeQueue } from './pipeline/queue.ts'

/** What was changed, for live updates and for the pumps. */
export interface Worked {
  events: number
  finished: Finished[]
  drafts: Draft[]
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
export async function accept(db: Db | Tx, rows: NewEvent[]): Promise<string[]> {
  return acceptEvents(db, rows)
}

/**
 * Works on the next events, at most one of each lane, in one transaction. When the batch cannot be saved, each event is
 * tried alone, so that a poisonous one harms only itself.
 */
export interface WorkOptions {
  limit?: number
  pass?: Pass
}

export async function work(db: Db, house: House, { limit = 32, pass = unwatched }: WorkOptions = {}): Promise<Worked> {
  try {
    const worked = await workBatch(db, house, { limit, pass })
    if (worked.events > 0) pass('work.committed')
    return worked
  } catch (error) {
    if (limit === 1) throw error
    return workOne(db, house, pass)
  }
}

async function workOne(db: Db, house: House, pass: Pass): Promise<Worked> {
  let claimed: EventRow | undefined
  try {
    const onClaim = (row: EventRow) => {
      claimed = row
    }
    return await workBatch(db, house, { limit: 1, pass, onClaim })
  } catch (error) {
    if (!claimed) throw error
    await failEvent(db, claimed.id, reason(error), house.clock.now())
    return { events: 1, finished: [], drafts: [], reroute: false }
  }
}

interface BatchOptions extends Required<WorkOptions> {
  onClaim?(row: EventRow): void
}

async function workBatch(db: Db, house: House, { limit, pass, onClaim }: BatchOptions): Promise<Worked> {
  return db.transaction(async (tx) => {
    const rows = await claimEvents(tx, limit, house.clock.now())
    if (rows.length === 0) return { events: 0, finished: [], drafts: [], reroute: false }
    pass('work.claimed')
    if (rows[0]) onClaim?.(rows[0])
    const scenes = await loadScenes(tx, rows, house)
    const finished: Finished[] = []
    const worked: Worked = { events: rows.length, finished, drafts: [], reroute: false }
    for (const row of rows) {
      const outcome = decide(row, scenes, house)
      if ('error' in outcome) {
        await failEvent(tx, row.id, outcome.error, house.clock.now())
        continue
      }
      finished.push({ id: row.id, result: outcome.result })
      if (outcome.draft) worked.drafts.push(outcome.draft)
      if (outcome.present) await store.saveAgent(tx, outcome.present)
      if (outcome.answer) await insertDeliveries(tx, [outcome.answer])
      worked.reroute ||= outcome.present !== undefined || outcome.draft?.reroute === true || (outcome.draft?.changedAgents.size ?? 0) > 0
    }
    await store.saveDrafts(tx, worked.drafts, house.clock.now())
    await finishEvents(tx, finished, house.clock.now())
    pass('work.saved')
    return worked
  })
}

interface Scenes {
  addresses: Map<string, store.Known>
  byEvent: Map<
    string,
    { target?: Awaited<ReturnType<typeof store.findMessage>>; conversationId?: string; queue?: { waiting: number; mine: number } }
  >
  conversations: Map<string, store.Known>
  threads: Awaited<ReturnType<typeof store.loadThreads>>
  agents: AgentRow[]
}

/** Everything that the events of a batch are about, loaded with a handful of statements and locked. */
async function loadScenes(tx: Tx, rows: EventRow[], house: House): Promise<Scenes> {
  const addresses = await store.loadAddresses(tx, rows.filter((row) => row.source === 'channel').map(addressOf))
  const byEvent: Scenes['byEvent'] = new Map()
  for (const row of rows) {
    if (row.source !== 'desk') continue
    const event = row.payload as DeskEvent
    const conversation = 'thread' in event ? await conversationOf(tx, row.sourceId, event.thread, house) : undefined
    byEvent.set(row.id, { conversationId: conversation?.id })
  }
  const locked = await store.lockConversations(
    tx,
    [...byEvent.values()].flatMap((scene) => scene.conversationId ?? []),
  )
  const customers = await store.loadCustomers(
    tx,
    [...locked.values()].map((row) => row.customerId),
  )
  const conversations = new Map(
    [...locked].map(([id, conversation]) => [id, { conversation, customer: customers.get(conversation.customerId) }]),
  )
  const ids = [...locked.keys(), ...[...addresses.values()].flatMap((known) => known.conversation?.id ?? [])]
  const threads = await store.loadThreads(tx, ids)
  for (const row of rows) await loadTarget(tx, row, addresses, byEvent)
  return { addresses, byEvent, conversations, threads, agents: await store.loadAgents(tx) }
}

/** The message that an edit or a choice is about, and the counts for who asks who waits: rare, so one by one. */
async function loadTarget(tx: Tx, row: EventRow, addresses: Scenes['addresses'], byEvent: Scenes['byEvent']): Promise<void> {
  if (row.source === 'channel') {
    const event = row.payload as Inbound
    const conversation = store.at(addresses, addressOf(row)).conversation
    if ((event.type === 'edit' || event.type === 'recall') && conversation) {
      byEvent.set(row.id, { target: await store.findMessage(tx, conversation.id, { externalId: event.target }) })
    }
    return
  }
  const event = row.payload as DeskEvent
  const scene = byEvent.get(row.id)
  if (!scene) return
  const target = targetOf(event, row.sourceId)
  if (target && scene.conversationId) scene.target = await store.findMessage(tx, scene.conversationId, target)
  if (asksQueue(event)) scene.queue = await countWaiting(tx, (await agentIdOf(tx, row)) ?? '')
}

async function agentIdOf(tx: Tx, row: EventRow): Promise<string | undefined> {
  const { by } = row.payload as DeskEvent
  const agents = await store.loadAgents(tx)
  return (agents.find((agent) => agent.identities[row.sourceId] === by.id) ?? (await findAgent(tx, { id: by.id })))?.id
}

function addressOf(row: EventRow): store.AddressKey {
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
      const { customer, conversation } = store.at(scenes.addresses, addressOf(row))
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

/** One routing pass over everybody who waits. Undefined when another process is at it. */
export async function routePass(db: Db, house: House, pass: Pass = unwatched): Promise<Draft[] | undefined> {
  return db.transaction(async (tx) => {
    if (!(await lockQueue(tx))) return undefined
    const waiting = await lockWaiting(tx)
    if (waiting.length === 0) return []
    const customers = await store.loadCustomers(
      tx,
      waiting.map((conversation) => conversation.customerId),
    )
    const threads = await store.loadThreads(
      tx,
      waiting.map((conversation) => conversation.id),
    )
    const agents = await store.loadAgents(tx)
    const drafts = routeQueue(
      { waiting, customers, threads, agents, loads: await loads(tx), handlingMinutes: await handlingMinutes(tx) },
      house,
    )
    await store.saveDrafts(tx, drafts, house.clock.now())
    pass('route.saved')
    return drafts
  })
}
