// The story: what came in is committed (accept), worked on in order under the conversation's lock (work), and everything that
// follows from it, replies included, is committed with it; or all of that at once (receive). Nothing here talks to a platform.

import { reason } from '#core/errors.ts'
import type { DeskEvent, Inbound } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import type { Surging } from '#router/surge.ts'
import { type Db, type Reader, transact } from '#store/database.ts'
import type { Finishing } from '#store/deliveries.ts'
import * as store from '#store/drafts.ts'
import { acceptEvents, type Finished, failEvent, isKnown, isOwnFault, type NewEvent, storableRows } from '#store/events.ts'
import { saveFollowups } from '#store/followups.ts'
import { linkPerson, unlinkPerson } from '#store/links.ts'
import { paceOf } from '#store/pace.ts'
import { handlingMinutes, lastAgents, loadsByChannel, lockQueue, lockWaiting, type WaitingRow } from '#store/queue.ts'
import type { AgentRow, Draft, EventRow, NewDelivery } from '#store/rows.ts'
import { lookAt, takeEvents } from '#store/scenes.ts'
import { type House, laneOf } from './pipeline/house.ts'
import type { QueueFacts } from './pipeline/plan.ts'
import { decideQueue, draftQueue, type QueueRows } from './pipeline/queue.ts'
import { watchSurge } from './pipeline/surge.ts'
import { conversationOf, loadScenes, takeTurns } from './pipeline/turns.ts'

/** What was changed, for live updates and for the pumps. */
export interface Worked extends store.Saved {
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
    const key = ('thread' in event && event.thread) || ''
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

export interface WorkOptions {
  limit?: number
  pass?: Pass
  /** Names this process in attempts. */
  holder?: string
  /** May this process send that at once? What it may not waits for the pump. */
  admit?(row: NewDelivery): boolean
  /** What came of earlier attempts, to be written along. */
  outcomes?(): Finishing[]
  /** Hears why events could not be taken the short way. */
  onRefused?(error: unknown): void
  /**
   * A try broke, and something else is done instead: what was let in until now may be on record all the same, and of the outcomes that it
   * took along nobody knows.
   */
  onAgain?(error: unknown): void
}

const nothing = () => undefined
const WORK = { limit: 32, pass: unwatched, holder: '', admit: () => false, outcomes: () => [], onRefused: nothing, onAgain: nothing }

/**
 * Works on the next events, at most one of each lane, in one transaction. When the batch cannot be saved, each event is
 * tried alone, so that a poisonous one harms only itself.
 */
export async function work(db: Db, house: House, given: WorkOptions = {}): Promise<Worked> {
  const options = { ...WORK, ...given }
  try {
    const worked = await workBatch(db, house, options)
    if (worked.events > 0) options.pass('work.committed')
    return worked
  } catch (error) {
    if (options.limit === 1) throw error
    options.onAgain(error)
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
    options.onAgain(error)
    if (!claimed) throw error
    await failEvent(db, claimed.id, reason(error), house.clock.now(), isOwnFault(error))
    return { ...NOTHING, events: 1 }
  }
}

/** The short way waits for nobody: then it is the longer one. */
const RECEIVE_LOCK_MS = 100

const NOTHING: Worked = { events: 0, finished: [], drafts: [], sending: [], written: [], reroute: false }

interface BatchOptions extends Required<WorkOptions> {
  onClaim?(row: EventRow): void
}

async function workBatch(db: Db, house: House, { limit, pass, holder, admit, outcomes, onClaim }: BatchOptions): Promise<Worked> {
  return transact(db, async (tx) => {
    const now = house.clock.now()
    const taken = await takeEvents(tx, limit, now)
    const [first] = taken.events
    if (first === undefined) return NOTHING
    pass('work.claimed')
    onClaim?.(first)
    const turns = takeTurns(taken.events, await loadScenes(tx, taken, house), house)
    for (const { id, error, final } of turns.failed) await failEvent(tx, id, error, now, final ? 'final' : true)
    for (const link of turns.links) await linkPerson(tx, link, now)
    for (const unlinking of turns.unlinks) await unlinkPerson(tx, unlinking, house.clock)
    for (const agent of turns.present) await store.saveAgent(tx, agent)
    await saveFollowups(tx, turns.followups)
    const { drafts, finished, answers, held } = turns
    pass('work.decided')
    const saved = await store.saveDrafts(tx, { drafts, finished, answers, received: [], held, now, holder, admit, outcomes })
    return { events: taken.events.length, finished, drafts, ...saved, reroute: turns.reroute }
  })
}

/** New events: what came of them, and which were new. */
export interface Received {
  ids: string[]
  worked: Worked
}

/**
 * Commits customers' events and, in the same transaction, what follows from them: the short way, while there is time for it.
 * What cannot be worked on now – something of its lane waits, or the event fails – is committed as waiting. Undefined when the
 * events must be accepted the plain way: somebody else stored one of them, or a row cannot be saved.
 */
export async function receive(db: Db, rows: NewEvent[], house: House, given: WorkOptions = {}): Promise<Received | undefined> {
  try {
    return await transact(db, (tx) => receiveBatch(tx, storableRows(rows), house, { ...WORK, ...given }), { lockMs: RECEIVE_LOCK_MS })
  } catch (error) {
    // Whatever it was, the plain way is tried next, and tells: it stores less, and it fails only where nothing can be stored.
    if (!isKnown(error)) given.onRefused?.(error)
    return undefined
  }
}

async function receiveBatch(tx: Db, rows: NewEvent[], house: House, options: Required<WorkOptions>): Promise<Received> {
  const now = house.clock.now()
  const looked = await lookAt(tx, rows)
  const turns = takeTurns(looked.free, { ...looked, byEvent: new Map(), conversations: new Map() }, house)
  const done = new Map(turns.finished.map(({ id, result }) => [id, result]))
  const received = [...looked.free, ...looked.waiting].map((row) => ({ ...row, result: done.get(row.id) ?? null }))
  const { drafts, answers, held, finished, reroute } = turns
  const { pass, holder, admit, outcomes } = options
  pass('work.decided')
  const saved = await store.saveDrafts(tx, { drafts, finished: [], answers, received, held, now, holder, admit, outcomes })
  return { ids: received.map(({ id }) => id), worked: { events: done.size, finished, drafts, ...saved, reroute } }
}

export interface Routed extends Pick<Worked, 'drafts' | 'sending' | 'written'> {
  surge: Surging | undefined
}

export type RouteOptions = Pick<WorkOptions, 'pass' | 'holder' | 'admit' | 'outcomes'>

/** One routing pass over everybody who waits. Undefined when another process is at it. */
export async function routePass(db: Db, quiet: House, options: RouteOptions = {}): Promise<Routed | undefined> {
  const { pass, holder, admit, outcomes } = { ...WORK, ...options }
  return transact(db, async (tx) => {
    if (!(await lockQueue(tx))) return undefined
    const waiting = await lockWaiting(tx)
    const surge = await watchSurge(tx, waiting.length, quiet)
    if (waiting.length === 0) return { drafts: [], sending: [], written: [], surge }
    const house = { ...quiet, surging: surge !== undefined }
    const scene = { ...(await readQueue(tx, waiting, house)), pace: await paceOf(tx, house.clock.now()) }
    const decided = decideQueue(scene, house)
    const drafts = draftQueue(decided, await changing(tx, decided.ids, scene.agents), house)
    pass('route.decided')
    const saving = { drafts, finished: [], answers: [], received: [], held: [], now: house.clock.now(), holder, admit, outcomes }
    return { drafts, ...(await store.saveDrafts(tx, saving)), surge }
  })
}

const DAY_MS = 86_400_000

/** The whole of those of the queue for whom something changes. */
async function changing(tx: Db, ids: string[], agents: AgentRow[]): Promise<QueueRows> {
  const conversations = await store.loadConversations(tx, ids)
  const customerIds = [...conversations.values()].map(({ customerId }) => customerId)
  return { conversations, customers: await store.loadCustomers(tx, customerIds), threads: await store.loadThreads(tx, ids), agents }
}

/** What the router looks at, besides who waits. */
export async function readQueue(db: Reader, waiting: WaitingRow[], house: House): Promise<QueueFacts> {
  const customerIds = waiting.map(({ customerId }) => customerId)
  const days = house.routing.lastAgentDays
  const since = new Date(house.clock.now().getTime() - days * DAY_MS)
  return {
    waiting,
    agents: await store.loadAgents(db),
    loads: await loadsByChannel(db),
    lastAgents: days > 0 ? await lastAgents(db, customerIds, since) : new Map(),
    handlingMinutes: await handlingMinutes(db),
  }
}
