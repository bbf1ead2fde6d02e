// The store's functions for what comes in, over a world: events, scenes, drafts. Each does what its statement does, and no more.

import type { Finishing } from '#store/deliveries.ts'
import type { Saved, Saving } from '#store/drafts.ts'
import type { Finished, NewEvent } from '#store/events.ts'
import type { AgentRow, ConversationRow, CustomerRow, EventRow, MessageRow, ThreadRow, TimerRow } from '#store/rows.ts'
import type { AddressKey, Known, Taken } from '#store/scenes.ts'
import { finishRows, insertDeliveryRows, receive, resend, threadNamed, withdraw } from './memory-out.ts'
import { keyOf } from './rules.ts'
import { applyWrites, gate, type Handle, lock, of, taken, tryLock, type World, write } from './world.ts'

type Events = typeof import('#store/events.ts')
type Drafts = typeof import('#store/drafts.ts')
type Scenes = typeof import('#store/scenes.ts')

const copy = <Row extends object>(row: Row): Row => ({ ...row })
const EVENT_TRIES = 5
const FAILED = { ok: false, code: 'failed', message: 'This could not be done. / 未能完成。' } as const
const UNTOUCHED = { state: 'pending', attempts: 0, error: null, result: null, processedAt: null } as const

function putEvent(world: World, row: EventRow): void {
  world.events.set(row.id, row)
  if (row.state === 'pending') world.waiting.set(row.id, row)
  else world.waiting.delete(row.id)
}

export function insertEvents(world: World, rows: NewEvent[]): string[] {
  const ids: string[] = []
  for (const row of rows) {
    const key = keyOf(row)
    if (world.eventKeys.has(key)) continue
    world.eventKeys.set(key, row.id)
    putEvent(world, { ...row, ...UNTOUCHED, position: ++world.position, nextAt: row.receivedAt })
    ids.push(row.id)
  }
  return ids
}

export const events: Pick<Events, 'acceptEvents' | 'failEvent' | 'countPending' | 'awaitResults'> = {
  async acceptEvents(db, rows) {
    const handle = of(db)
    if (rows.length === 0) return []
    await gate(handle, `accept ${rows.map((row) => row.externalId).join(' ')}`)
    return insertEvents(handle.world, rows)
  },
  async failEvent(tx, id, error, now, isOwn = true) {
    const { world } = of(tx)
    write(of(tx), () => {
      const row = world.events.get(id)
      if (row?.state !== 'pending') return
      const attempts = row.attempts + (isOwn ? 1 : 0)
      const isDead = attempts >= EVENT_TRIES
      const nextAt = new Date(now.getTime() + 1_000 * 3 ** row.attempts)
      putEvent(world, { ...row, attempts, error, nextAt, state: isDead ? 'dead' : 'pending', result: isDead ? FAILED : null })
      world.rules.eventFailed(world, row, error, isDead)
    })
  },
  async countPending(db, most) {
    return Math.min(most, of(db).world.waiting.size)
  },
  awaitResults: async () => [],
}

// ── Scenes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function headsOf(world: World, now: Date, isFree: (row: EventRow) => boolean): EventRow[] {
  const lanes = new Set<string>()
  const heads: EventRow[] = []
  for (const row of world.waiting.values()) {
    if (lanes.has(row.lane)) continue
    lanes.add(row.lane)
    if (row.nextAt <= now && isFree(row)) heads.push(row)
  }
  return heads
}

interface Found {
  key: AddressKey
  customer: string | undefined
  conversation: string | undefined
}

function find(world: World, { sourceId, payload }: Pick<EventRow, 'sourceId' | 'payload'>): Found {
  const { from } = payload as { from: { user: string; thread?: string } }
  const key = { channelId: sourceId, user: from.user, thread: from.thread ?? '' }
  const customer = world.identities.get(JSON.stringify([sourceId, 'channel', from.user]))?.customerId
  return { key, customer, conversation: latestAt(world, key)?.id }
}

export function latestAt(world: World, { channelId, user, thread }: AddressKey): ConversationRow | undefined {
  let best: ConversationRow | undefined
  for (const id of world.addresses.get(JSON.stringify([channelId, user, thread])) ?? []) {
    const row = world.conversations.get(id) as ConversationRow
    const isNewer = !best || (best.status === 'resolved' && (row.status !== 'resolved' || row.openedAt > best.openedAt))
    if (isNewer) best = row
  }
  return best
}

function threadsOf(world: World, ids: Set<string>): ThreadRow[] {
  const found = [...ids].flatMap((id) => world.threadsOf.get(id) ?? []).flatMap((id) => world.threads.get(id) ?? [])
  return found.filter((row) => row.state !== 'lost').map(copy)
}

function readAgents({ world }: Handle): AgentRow[] {
  return [...world.agents.values()].filter(({ disabled }) => !disabled).map(copy)
}

/**
 * Whose the addresses are, with their conversations locked. One statement has one snapshot: only the rows that it locks are read
 * as they are when the lock is had. Who does not wait goes without those that somebody holds.
 */
async function sceneOf(handle: Handle, rows: Pick<EventRow, 'sourceId' | 'payload'>[], waits: boolean): Promise<Omit<Taken, 'events'>> {
  const { world } = handle
  const found = new Map(rows.map((row) => [JSON.stringify(find(world, row).key), find(world, row)]))
  const ids = new Set([...found.values()].flatMap(({ conversation }) => conversation ?? []))
  const threads = threadsOf(world, ids)
  const agents = readAgents(handle)
  const named = [...found.values()].flatMap(({ customer, conversation }) => [
    customer,
    world.conversations.get(conversation ?? '')?.customerId,
  ])
  const customers = new Map(named.flatMap((id) => world.customers.get(id ?? '') ?? []).map((row) => [row.id, copy(row)]))
  for (const id of [...ids].sort()) {
    if (waits) await lock(handle, `conversation ${id}`)
    else if (!tryLock(handle, `conversation ${id}`)) ids.delete(id)
  }
  const addresses = new Map<string, Known>()
  for (const { key, customer, conversation } of found.values()) {
    const open = conversation !== undefined && ids.has(conversation) ? world.conversations.get(conversation) : undefined
    const known = { conversation: open && copy(open), customer: customers.get(open?.customerId ?? customer ?? '') }
    addresses.set(JSON.stringify([key.channelId, key.user, key.thread]), known)
  }
  return { addresses, threads: Map.groupBy(threads, (row) => row.conversationId), agents }
}

const SHORT = new Set(['message', 'press', 'arrive', 'leave', 'typing'])

export const scenes: Pick<Scenes, 'takeEvents' | 'lookAt'> = {
  async takeEvents(tx, limit, now): Promise<Taken> {
    const handle = of(tx)
    const { world } = handle
    const isFree = (row: EventRow) => !world.locks.has(`event ${row.id}`)
    const nothing = { events: [], addresses: new Map(), threads: new Map(), agents: [] }
    if (headsOf(world, now, isFree).length === 0) return nothing
    await gate(handle, 'take')
    const rows = headsOf(world, now, isFree).slice(0, limit)
    if (rows.length === 0) return nothing
    for (const row of rows) tryLock(handle, `event ${row.id}`)
    const events = rows.map(copy)
    return {
      events,
      ...(await sceneOf(
        handle,
        rows.filter(({ source }) => source === 'channel'),
        true,
      )),
    }
  },
  async lookAt(tx, rows) {
    const handle = of(tx)
    const { world } = handle
    await gate(handle, `look ${rows.map((row) => row.externalId).join(' ')}`)
    const isKnown = rows.map((row) => world.eventKeys.has(keyOf(row)))
    const isBusy = rows.map((row) => [...world.waiting.values()].some(({ lane }) => lane === row.lane))
    const scene = await sceneOf(
      handle,
      rows.filter((_row, n) => !isKnown[n] && !isBusy[n]),
      false,
    )
    const isHeld = rows.map((row) => {
      const { conversation } = find(world, row)
      return conversation !== undefined && handle.transaction?.locks.has(`conversation ${conversation}`) === false
    })
    const [lanes, keys] = [new Set<string>(), new Set<string>()]
    const [free, waiting]: [EventRow[], EventRow[]] = [[], []]
    rows.forEach((row, n) => {
      if (isKnown[n] || keys.has(keyOf(row))) return
      keys.add(keyOf(row))
      const isFree = !isBusy[n] && !isHeld[n] && !lanes.has(row.lane) && SHORT.has((row.payload as { type: string }).type)
      lanes.add(row.lane)
      const list = isFree ? free : waiting
      list.push({ ...row, ...UNTOUCHED, position: 0, nextAt: row.receivedAt })
    })
    return { free, waiting, ...scene }
  },
}

// ── Drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function messageWhere(world: World, conversationId: string, by: Parameters<Drafts['findMessage']>[2]): MessageRow | undefined {
  const rows = world.messages.get(conversationId) ?? []
  const linked = by.link && world.links.get(JSON.stringify([by.link.scope, by.link.externalId]))?.messageId
  return rows.find((row) => (by.id ? row.id === by.id : by.externalId ? row.externalId === by.externalId : row.id === linked))
}

export const drafts: Pick<
  Drafts,
  | 'lockConversations'
  | 'loadConversations'
  | 'loadCustomers'
  | 'loadThreads'
  | 'findConversation'
  | 'findOpenBeside'
  | 'findThread'
  | 'loadAgents'
  | 'findMessage'
  | 'saveAgent'
  | 'saveDrafts'
> = {
  async lockConversations(tx, ids) {
    const handle = of(tx)
    for (const id of [...ids].sort()) await lock(handle, `conversation ${id}`)
    const rows = ids.flatMap((id) => handle.world.conversations.get(id) ?? [])
    return new Map(rows.map((row) => [row.id, copy(row)]))
  },
  async loadConversations(db, ids) {
    const rows = ids.flatMap((id) => of(db).world.conversations.get(id) ?? [])
    return new Map(rows.map((row) => [row.id, copy(row)]))
  },
  async loadCustomers(db, ids): Promise<Map<string, CustomerRow>> {
    const rows = ids.flatMap((id) => of(db).world.customers.get(id) ?? [])
    return new Map(rows.map((row) => [row.id, copy(row)]))
  },
  async loadThreads(db, ids) {
    return Map.groupBy(threadsOf(of(db).world, new Set(ids)), (row) => row.conversationId)
  },
  async findConversation(db, id) {
    const row = of(db).world.conversations.get(id)
    return row && copy(row)
  },
  async findOpenBeside(db, { channelId, userKey, threadKey }) {
    const row = latestAt(of(db).world, { channelId, user: userKey, thread: threadKey })
    return row && row.status !== 'resolved' ? copy(row) : undefined
  },
  async findThread(db, deskId, key) {
    return threadNamed(of(db).world, deskId, key)
  },
  loadAgents: async (db) => readAgents(of(db)),
  async findMessage(db, conversationId, by) {
    const row = messageWhere(of(db).world, conversationId, by)
    return row && copy(row)
  },
  async saveAgent(tx, row) {
    const handle = of(tx)
    write(handle, () => putAgent(handle, row, true))
  },
  async saveDrafts(tx, saving) {
    const { drafts, finished, answers, received } = saving
    if (drafts.length + finished.length + answers.length + received.length === 0) return { sending: [], written: [] }
    const handle = of(tx)
    const { world, transaction } = handle
    await gate(handle, `save ${[...finished, ...received].map(({ id }) => world.events.get(id)?.externalId ?? 'new').join(' ')}`)
    const along = saving.outcomes()
    if (handle.process.losesSave) {
      handle.process.losesSave = false
      throw Object.assign(new Error('deadlock detected'), { code: '40P01' })
    }
    checkKeys(world, saving)
    if (received.some((row) => world.eventKeys.has(keyOf(row)))) throw taken('events_once')
    if (transaction) {
      applyWrites(transaction)
      transaction.hasWritten = true
    }
    return save(handle, saving, along)
  },
}

/** `isOwn`: the agent did something, so that what is written of them may be their own word. */
function putAgent({ world }: Handle, { id, presence, presenceUntil, presenceAt, lastAssignedAt }: AgentRow, isOwn: boolean): void {
  const before = world.agents.get(id)
  if (!before) return
  const isLate = before.presenceAt !== null && (!presenceAt || before.presenceAt > presenceAt)
  const said = isLate ? {} : { presence, presenceUntil, presenceAt }
  const isAssigned = lastAssignedAt !== null && !(before.lastAssignedAt && before.lastAssignedAt > lastAssignedAt)
  const after = { ...before, ...said, ...(isAssigned && { lastAssignedAt }) }
  if (!isOwn) world.rules.agentSaved(before, after)
  world.agents.set(id, after)
}

const addressOf = ({ channelId, userKey, threadKey }: ConversationRow) => JSON.stringify([channelId, userKey, threadKey])

/** What the unique indexes say, before anything is changed: a statement is done wholly or not at all. */
function checkKeys(world: World, { drafts }: Saving): void {
  const open = new Map<string, string>()
  const changed = new Map(drafts.map(({ conversation }) => [conversation.id, conversation]))
  const beside = [...changed.values()].flatMap((row) => [...(world.addresses.get(addressOf(row)) ?? [])])
  for (const id of [...beside, ...changed.keys()]) {
    const now = changed.get(id) ?? world.conversations.get(id)
    if (!now || now.status === 'resolved') continue
    const other = open.get(addressOf(now))
    if (other !== undefined && other !== now.id) throw taken('conversations_open')
    open.set(addressOf(now), now.id)
  }
  const identities = new Set<string>()
  const seqs = new Set<string>()
  for (const draft of drafts) {
    for (const { channelId, kind, value } of draft.newIdentities) {
      const key = JSON.stringify([channelId, kind, value])
      if (identities.has(key)) throw taken('identities_address') // What was stored before is passed over.
      identities.add(key)
    }
    for (const { conversationId, seq, clientId, agentId } of draft.newMessages) {
      const others = world.messages.get(conversationId) ?? []
      if (others.some((one) => one.seq === seq) || seqs.has(`${conversationId} ${seq}`)) throw taken('messages_seq')
      seqs.add(`${conversationId} ${seq}`)
      if (clientId !== null && others.some((one) => one.clientId === clientId && one.agentId === agentId)) throw taken('messages_client')
    }
  }
}

function save(handle: Handle, { drafts, finished, answers, received, now, admit, holder }: Saving, outcomes: Finishing[]): Saved {
  const { world } = handle
  world.rules.saving(handle, drafts, finished)
  for (const draft of drafts) saveRare(handle, draft)
  for (const one of drafts.flatMap(({ withdrawn }) => withdrawn)) withdraw(world, one, now)
  const waiting = drafts.flatMap(({ resend }) => resend)
  resend(world, waiting, now)
  receive(
    world,
    drafts.flatMap(({ receipts }) => receipts),
  )
  const changed = new Map(
    drafts.flatMap(({ agents, changedAgents }) => agents.filter(({ id }) => changedAgents.has(id))).map((row) => [row.id, row]),
  )
  const acted = new Set(finished.map(({ id }) => (world.events.get(id)?.payload as { by?: { id: string } })?.by?.id))
  for (const row of changed.values()) putAgent(handle, row, acted.has(row.id) || Object.values(row.identities).some((id) => acted.has(id)))
  for (const draft of drafts) {
    if (draft.changesCustomer) world.customers.set(draft.customer.id, { ...draft.customer })
    for (const row of draft.newIdentities) {
      const key = JSON.stringify([row.channelId, row.kind, row.value])
      if (!world.identities.has(key)) world.identities.set(key, row)
    }
    for (const row of draft.newMessages) world.messages.set(row.conversationId, [...(world.messages.get(row.conversationId) ?? []), row])
    for (const row of draft.newLinks) link(world, row)
    world.audit.push(...draft.newAudit)
  }
  const before = new Map(drafts.map(({ conversation: { id } }) => [id, world.conversations.get(id)]))
  for (const { conversation, newTimers } of drafts) {
    world.conversations.set(conversation.id, { ...conversation })
    const address = addressOf(conversation)
    world.addresses.set(address, (world.addresses.get(address) ?? new Set()).add(conversation.id))
    for (const timer of newTimers) setTimer(world, timer)
  }
  insertEvents(world, received)
  const done = [...finished, ...received].flatMap(({ id, result }) => (result ? [{ id, result }] : []))
  for (const { id, result } of done) finish(world, id, result, now)
  const written = finishRows(world, outcomes, now)
  const rows = insertDeliveryRows(world, [...drafts.flatMap((draft) => draft.newDeliveries), ...answers], now, admit, holder)
  if (world.trace) for (const line of told(world, drafts, done)) world.trace(`      ${line}`)
  world.rules.saved(handle, drafts, before)
  return { sending: rows.filter(({ state }) => state === 'sending'), written }
}

/** Where its time says; behind those that are due with it. */
function setTimer({ alarms }: World, timer: TimerRow): void {
  let at = alarms.length
  while (at > 0 && (alarms[at - 1] as TimerRow).dueAt > timer.dueAt) at -= 1
  alarms.splice(at, 0, timer)
}

/** What a save changed, for whoever reads a trace. */
function told(world: World, drafts: Saving['drafts'], finished: Finished[]): string[] {
  return [
    ...finished.map(({ id, result }) => `${world.events.get(id)?.externalId}: ${JSON.stringify(result)}`),
    ...drafts.map(
      ({ conversation: { id, status, agentId, version, lastSeq } }) =>
        `${id.slice(-4)}: ${status} ${agentId ?? ''} v${version} #${lastSeq}`,
    ),
  ]
}

function saveRare({ world }: Handle, draft: Saving['drafts'][number]): void {
  for (const row of draft.changedMessages) {
    const rows = world.messages.get(row.conversationId) ?? []
    world.messages.set(
      row.conversationId,
      rows.map((one) => (one.id === row.id ? row : one)),
    )
  }
  for (const row of draft.newAttachments) world.attachments.set(row.id, row)
  for (const { id, state } of draft.threads.filter((thread) => draft.changedThreads.has(thread.id))) {
    const row = world.threads.get(id)
    if (row && row.state !== 'lost') world.threads.set(id, { ...row, state })
  }
}

export function link(world: World, row: { scope: string; externalId: string; messageId: string; direction: 'in' | 'out' }): void {
  const key = JSON.stringify([row.scope, row.externalId])
  if (!world.links.has(key)) world.links.set(key, row)
}

function finish(world: World, id: string, result: Finished['result'], now: Date): void {
  const row = world.events.get(id)
  if (!row) return
  world.rules.eventDone(world, row, result)
  putEvent(world, { ...row, state: 'done', result, processedAt: now, error: null })
}
