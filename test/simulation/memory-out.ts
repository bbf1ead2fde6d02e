// The store's functions for what goes out, over a world: deliveries and their leases, receipts, threads, pauses, settings.
import type { Finishing, Written } from '#store/deliveries.ts'
import type { Receipt } from '#store/receipts.ts'
import type { DeliveryRow, Draft, NewDelivery, ThreadRow } from '#store/rows.ts'
import { insertEvents, link } from './memory-in.ts'
import { gate, of, type World, write } from './world.ts'

type Deliveries = typeof import('#store/deliveries.ts')
type Lanes = typeof import('#store/lanes.ts')
type MessageDeliveries = typeof import('#store/message-deliveries.ts')
type Threads = typeof import('#store/threads.ts')
type Processes = typeof import('#store/processes.ts')
type Settings = typeof import('#store/settings.ts')
type Restored = typeof import('#store/restored.ts')

const LEASE_MS = 20_000
const GONE_MS = 15_000
const leaseEnd = (now: Date) => new Date(now.getTime() + LEASE_MS)
const isActive = ({ state }: DeliveryRow) => state === 'pending' || state === 'retry' || state === 'sending'

/** Who changes a delivery, for the rules: which change follows which word. */
export type Cause = 'insert' | 'claim' | 'finish' | 'take over' | 'renew' | 'resend' | 'receipt' | 'hold' | 'amend'

function put(world: World, after: DeliveryRow, cause: Cause, fence = after.fence): void {
  const before = world.deliveries.get(after.id)
  world.rules.delivery(world, before, after, cause, fence)
  world.deliveries.set(after.id, after)
  if (!before && after.messageId) world.carried.set(after.messageId, (world.carried.get(after.messageId) ?? new Set()).add(after.id))
  if (!isActive(after)) world.active.delete(after.id)
  else if (world.active.has(after.id)) world.active.set(after.id, after)
  else activate(world, after)
}

/** What becomes active again stands where its position says. */
function activate(world: World, row: DeliveryRow): void {
  const isLast = [...world.active.values()].every(({ position }) => position < row.position)
  world.active.set(row.id, row)
  if (!isLast) world.active = new Map([...world.active].sort(([, a], [, b]) => a.position - b.position))
}

const EMPTY = {
  attempts: 0,
  fence: 0,
  leaseUntil: null,
  possiblyTwice: false,
  externalIds: null,
  error: null,
  deliveredAt: null,
  readAt: null,
  startedAt: null,
  finishedAt: null,
}

/** As `insertDelivery` of the store: a known cause makes no second one; the first of a free lane that was admitted goes at once. */
export function insertDeliveryRows(
  world: World,
  rows: NewDelivery[],
  now: Date,
  admit: (row: NewDelivery) => boolean,
  holder = '',
): DeliveryRow[] {
  const busy = new Set([...world.active.values()].map(({ lane }) => lane))
  const first = new Set<string>()
  const inserted: DeliveryRow[] = []
  // Whoever is not the first of its lane is not even asked: to be admitted takes a place.
  const admitted = rows.map((row) => !first.has(row.lane) && first.add(row.lane) && admit(row))
  const going = rows.map((row, n) => admitted[n] === true && !busy.has(row.lane))
  rows.forEach((row, n) => {
    const position = ++world.position
    const go = going[n] === true
    const isRedraw = row.op === 'update' && !go
    const redraw = isRedraw && [...world.active.values()].some((one) => isSameRedraw(one, row))
    if (redraw) return
    if (world.origins.has(row.originKey)) {
      world.rules.dropped(row)
      return
    }
    world.origins.add(row.originKey)
    const goes = go ? { state: 'sending' as const, attempts: 1, fence: 1, startedAt: now, leaseUntil: leaseEnd(now) } : {}
    const after: DeliveryRow = { ...EMPTY, ...row, position, state: 'pending', ...goes }
    put(world, after, 'insert')
    if (go) world.holders.set(after.id, { name: holder, fence: after.fence })
    inserted.push(after)
  })
  return inserted
}

const isSameRedraw = (one: DeliveryRow, { targetId, conversationId }: NewDelivery) =>
  one.op === 'update' && one.state === 'pending' && one.targetId === targetId && one.conversationId === conversationId

function dueHeads(world: World, rooms: { id: string; room: number }[], now: Date): DeliveryRow[] {
  const left = new Map(rooms.map(({ id, room }) => [id, room]))
  const lanes = new Set<string>()
  const heads: DeliveryRow[] = []
  for (const row of world.active.values()) {
    const isHead = !lanes.has(row.lane)
    lanes.add(row.lane)
    if (!isHead || row.state === 'sending' || row.nextAt > now) continue
    const room = left.get(row.targetId) ?? 0
    if (room < 1) continue
    left.set(row.targetId, room - 1)
    heads.push(row)
  }
  return heads
}

export function resend(world: World, messageIds: string[], now: Date): void {
  for (const row of messageIds.flatMap((id) => carriedOf(world, id))) {
    if (row.kind !== 'channel') continue
    if (!['failed', 'unknown', 'held', 'expired'].includes(row.state)) continue
    const possiblyTwice = row.possiblyTwice || row.state === 'unknown' || row.state === 'held'
    const payload = { ...row.payload, again: now.toISOString() }
    put(world, { ...row, state: 'pending', nextAt: now, attempts: 0, error: null, automatic: false, possiblyTwice, payload }, 'resend')
  }
}

/** As `writeOutcomes` of the store. */
export function finishRows(world: World, finished: Finishing[], now: Date): Written[] {
  const waits = ({ lane, id }: DeliveryRow) =>
    [...world.active.values()].some((one) => one.lane === lane && one.state !== 'sending' && one.id !== id)
  const nexts = new Map(finished.map(({ row }) => [row.id, waits(row)]))
  return finished.map(({ row: { id, fence }, outcome }) => {
    const row = world.deliveries.get(id)
    if (row?.fence !== fence || row.state !== 'sending') return undefined
    const { state, nextAt = row.nextAt, externalIds = row.externalIds, possiblyTwice = row.possiblyTwice } = outcome
    const finishedAt = state === 'retry' ? null : now
    put(
      world,
      { ...row, state, error: outcome.error ?? null, leaseUntil: null, nextAt, externalIds, possiblyTwice, finishedAt },
      'finish',
      fence,
    )
    for (const externalId of outcome.externalIds ?? []) {
      if (row.messageId) link(world, { scope: row.targetId, externalId, messageId: row.messageId, direction: 'out' })
    }
    return { next: nexts.get(id) ?? false }
  })
}

function carriedOf(world: World, messageId: string): DeliveryRow[] {
  return [...(world.carried.get(messageId) ?? [])].flatMap((id) => world.deliveries.get(id) ?? [])
}

function sendsOf(world: World, messageIds: string[]): DeliveryRow[] {
  return messageIds
    .flatMap((id) => carriedOf(world, id))
    .filter(({ kind, op }) => kind === 'channel' && op === 'send')
    .sort((a, b) => a.position - b.position)
}

const isStuck = ({ state }: DeliveryRow) => ['failed', 'unknown', 'held', 'expired'].includes(state)

function isHere({ state, attempts, possiblyTwice }: DeliveryRow, keyed: boolean): boolean {
  return !possiblyTwice && ((state === 'pending' && attempts === 0) || (state === 'retry' && !keyed))
}

/** As `withdrawDeliveries` of the store. */
export function withdraw(world: World, { messageId, fresh, after, keyed }: Draft['withdrawn'][number], now: Date): void {
  const rows = sendsOf(world, [messageId])
  if (rows.length > 0 && rows.every(isStuck)) {
    const payloads = fresh.map(({ payload }) => payload)
    amend(world, rows, payloads)
    return
  }
  const isUntouched = rows.length > 0 && rows.every((row) => isHere(row, keyed))
  for (const [n, row] of (isUntouched ? rows : []).entries()) {
    const payload = fresh[n]?.payload
    world.deliveries.delete(row.id)
    world.active.delete(row.id)
    if (!payload) continue
    world.deliveries.set(row.id, { ...row, payload })
    activate(world, { ...row, payload })
  }
  insertDeliveryRows(world, isUntouched ? fresh.slice(rows.length) : after, now, () => false)
}

function amend(world: World, rows: DeliveryRow[], payloads: DeliveryRow['payload'][]): void {
  for (const [n, row] of rows.entries()) {
    const payload = payloads[n]
    put(world, payload ? { ...row, payload } : { ...row, state: 'expired' }, 'amend')
  }
}

/** What became of messages, and what waits in their lanes. */
export const messageDeliveries: Pick<MessageDeliveries, 'shownOf' | 'deliveriesOf' | 'amendStuck' | 'isUnsent'> = {
  async shownOf(db, messageId, deskId) {
    const shown = carriedOf(of(db).world, messageId).filter(
      ({ kind, targetId, op, state }) => kind === 'desk' && targetId === deskId && (op === 'post' || op === 'edit') && state === 'sent',
    )
    return shown.sort((a, b) => a.position - b.position).at(-1)?.externalIds ?? []
  },
  async deliveriesOf(db, messageIds) {
    return sendsOf(of(db).world, messageIds)
  },
  async isUnsent(db, messageId, keyed) {
    const rows = sendsOf(of(db).world, [messageId])
    return rows.length > 0 && (rows.every(isStuck) || rows.every((row) => isHere(row, keyed)))
  },
  async amendStuck(db, messageId, chunks) {
    const { world } = of(db)
    const rows = sendsOf(world, [messageId])
    if (!rows.every(isStuck)) return
    const payloads = rows.slice(0, chunks.length).map(({ payload }, n) => ({ ...payload, parts: chunks[n] }))
    amend(world, rows, payloads)
  },
}

export const lanes: Pick<Lanes, 'isFollowed' | 'gatherBehind'> = {
  // Here every line is shown by itself: what is gathered is the real store's tests.
  gatherBehind: async () => [],
  async isFollowed(db, { lane, position }) {
    return [...of(db).world.active.values()].some((row) => row.lane === lane && row.position > position && row.state !== 'sending')
  },
}

export const deliveries: Pick<
  Deliveries,
  | 'insertDeliveries'
  | 'claimDeliveries'
  | 'waitingTargets'
  | 'renewLeases'
  | 'finishDeliveries'
  | 'finishTelling'
  | 'takeAbandoned'
  | 'heldBy'
  | 'expireLeases'
> = {
  async insertDeliveries(tx, rows) {
    if (rows.length === 0) return
    await gate(of(tx), `tell ${rows.length}`)
    insertDeliveryRows(of(tx).world, rows, rows[0]?.createdAt ?? new Date(0), () => false)
  },
  async claimDeliveries(db, rooms, holder, now) {
    const handle = of(db)
    const { world } = handle
    if (dueHeads(world, rooms, now).length === 0) return []
    await gate(handle, 'claim')
    return dueHeads(world, rooms, now).map((row) => {
      const { attempts, fence } = row
      const after = {
        ...row,
        state: 'sending' as const,
        attempts: attempts + 1,
        fence: fence + 1,
        startedAt: now,
        leaseUntil: leaseEnd(now),
      }
      put(world, after, 'claim')
      world.holders.set(after.id, { name: holder, fence: after.fence })
      return { ...after }
    })
  },
  async waitingTargets(db, since) {
    const waiting = [...of(db).world.active.values()].filter(({ state, createdAt }) => state !== 'sending' && createdAt < since)
    return [...new Set(waiting.map(({ targetId }) => targetId))]
  },
  async renewLeases(db, held, now) {
    const { world } = of(db)
    for (const { id, fence } of held) {
      const row = world.deliveries.get(id)
      if (row?.state === 'sending' && row.fence === fence) put(world, { ...row, leaseUntil: leaseEnd(now) }, 'renew')
    }
  },
  async finishDeliveries(db, finished, now) {
    const handle = of(db)
    const { world } = handle
    await gate(handle, `finish ${finished.map(({ row, outcome }) => `${row.id.slice(-4)} ${outcome.state}`).join(', ')}`)
    return finishRows(world, finished, now)
  },
  async finishTelling(db, finished, told, now) {
    const handle = of(db)
    await gate(handle, `finish ${finished.row.id.slice(-4)} ${finished.outcome.state}, tell ${told.length}`)
    const [written] = finishRows(handle.world, [finished], now)
    if (written) insertDeliveryRows(handle.world, told, now, () => false)
    return written
  },
  async takeAbandoned(db, now) {
    const handle = of(db)
    const { world } = handle
    const abandoned = () => [...world.active.values()].filter((row) => row.state === 'sending' && row.leaseUntil && row.leaseUntil < now)
    if (abandoned().length === 0) return []
    await gate(handle, 'take over')
    return abandoned().map((row) => {
      const after = { ...row, fence: row.fence + 1, leaseUntil: leaseEnd(now) }
      put(world, after, 'take over')
      return { ...after }
    })
  },
  async heldBy(db, ids, times, holder) {
    const handle = of(db)
    await gate(handle, 'look for what is ours')
    const { world } = handle
    const taken = new Set(times.map((time) => time.getTime()))
    const isMeant = ({ id, startedAt }: DeliveryRow) => ids.includes(id) || (startedAt !== null && taken.has(startedAt.getTime()))
    return [...world.active.values()].filter((row) => isMeant(row) && isHeldBy(world, row, holder)).map((row) => ({ ...row }))
  },
  expireLeases: async () => undefined,
}

/** Still on record as being sent by this process: nobody took it over. */
export function isHeldBy({ holders }: World, { id, state, fence }: DeliveryRow, name: string): boolean {
  const holder = holders.get(id)
  return state === 'sending' && holder?.name === name && holder.fence === fence
}

/** As `saveReceipts` of the store. */
export function receive(world: World, receipts: Receipt[]): void {
  const failed: NewDelivery[] = []
  const told = receipts.map((receipt) => ({ receipt, row: meantBy(world, receipt) }))
  for (const [id, heard] of Map.groupBy(
    told.filter(({ row }) => row),
    ({ row }) => row?.id ?? '',
  )) {
    const row = world.deliveries.get(id)
    if (!row) continue
    const arrived = heard.filter(({ receipt }) => receipt.state !== 'failed')
    const deliveredAt = row.deliveredAt ?? earliest(arrived)
    const readAt = row.readAt ?? earliest(arrived.filter(({ receipt }) => receipt.state === 'read'))
    const refused = heard.filter(({ receipt }) => receipt.state === 'failed')
    const last = refused.at(-1)?.receipt
    const error =
      refused
        .map(({ receipt }) => receipt.reason ?? '')
        .sort()
        .at(-1) ?? null
    if (last && !deliveredAt && row.state === 'sent') {
      put(world, { ...row, state: 'failed', error }, 'receipt')
      if (row.messageId) failed.push(...last.tell({ id, messageId: row.messageId }))
    } else if (arrived.length > 0) {
      const isSent = ['failed', 'unknown', 'held', 'expired'].includes(row.state)
      put(world, { ...row, deliveredAt, readAt, error: null, ...(isSent && { state: 'sent' as const }) }, 'receipt')
    }
  }
  insertDeliveryRows(world, failed, failed[0]?.createdAt ?? new Date(0), () => false)
  insertEvents(
    world,
    told.flatMap(({ receipt, row }) => (row ? [] : (receipt.again ?? []))),
  )
}

function earliest(heard: { receipt: Receipt }[]): Date | null {
  return heard.map(({ receipt }) => receipt.at).sort((a, b) => a.getTime() - b.getTime())[0] ?? null
}

function meantBy(world: World, { channelId, target }: Receipt): DeliveryRow | undefined {
  const linked = world.links.get(JSON.stringify([channelId, target]))
  if (linked?.direction !== 'out') return undefined
  return carriedOf(world, linked.messageId).find(
    (row) => row.kind === 'channel' && row.op === 'send' && row.targetId === channelId && row.externalIds?.includes(target),
  )
}

// ── Threads, pauses, processes, settings ─────────────────────────────────────────────────────────────────────────────

const openThread = (world: World, conversationId: string, deskId: string): ThreadRow | undefined =>
  threadsAt(world, conversationId).find((row) => row.deskId === deskId && row.state !== 'lost')

const threadsAt = (world: World, conversationId: string): ThreadRow[] =>
  (world.threadsOf.get(conversationId) ?? []).flatMap((id) => world.threads.get(id) ?? [])

/** Also a lost one. */
export const threadNamed = (world: World, deskId: string, key: string): ThreadRow | undefined =>
  world.threads.get(world.threadIds.get(JSON.stringify([deskId, key])) ?? '')

export const threads: Pick<Threads, 'findOpenThread' | 'openThreadsOf' | 'keepThread' | 'setThreadState' | 'cardRows'> = {
  findOpenThread: async (db, conversationId, deskId) => openThread(of(db).world, conversationId, deskId),
  async openThreadsOf(db, conversationId) {
    return threadsAt(of(db).world, conversationId).filter((row) => row.state !== 'lost')
  },
  async keepThread(db, row) {
    const handle = of(db)
    await gate(handle, `keep thread ${row.threadKey}`)
    const known = openThread(handle.world, row.conversationId, row.deskId)
    const { threads, threadsOf, threadIds } = handle.world
    if (!known && !threadNamed(handle.world, row.deskId, row.threadKey)) {
      threads.set(row.id, row)
      threadIds.set(JSON.stringify([row.deskId, row.threadKey]), row.id)
      threadsOf.set(row.conversationId, [...(threadsOf.get(row.conversationId) ?? []), row.id])
    }
    return known ?? row
  },
  async setThreadState(db, id, state) {
    const row = of(db).world.threads.get(id)
    if (row && row.state !== 'lost') of(db).world.threads.set(id, { ...row, state })
  },
  async cardRows(db, conversationId, untilSeq, except, limit = 12) {
    const { world } = of(db)
    const conversation = world.conversations.get(conversationId)
    const customer = conversation && world.customers.get(conversation.customerId)
    if (!conversation || !customer) return undefined
    const history = (world.messages.get(conversationId) ?? []).filter(({ seq, id }) => seq <= untilSeq && id !== except)
    return { conversation, customer, agent: world.agents.get(conversation.agentId ?? '') ?? null, history: history.slice(-limit) }
  },
}

export const processes: Pick<Processes, 'beat' | 'leave' | 'pauseTarget' | 'readPauses'> = {
  async beat(db, name, _startedAt, now) {
    const { seen } = of(db).world
    seen.set(name, now)
    return [...seen.values()].filter((at) => now.getTime() - at.getTime() < GONE_MS).length
  },
  async leave(db, name) {
    of(db).world.seen.delete(name)
  },
  async pauseTarget(db, pause) {
    const { pauses } = of(db).world
    const known = pauses.get(pause.targetId)
    if (!known || known.until < pause.until) pauses.set(pause.targetId, pause)
  },
  readPauses: async (db, now) => [...of(db).world.pauses.values()].filter(({ until }) => until > now),
}

export const settings: Pick<Settings, 'readSetting' | 'writeSetting' | 'dropLeases'> = {
  readSetting: async <T>(db: unknown, key: string) => of(db).world.settings.get(key) as T | undefined,
  async writeSetting(db, key, value) {
    write(of(db), () => of(db).world.settings.set(key, value))
  },
  dropLeases: async () => undefined,
}

export const restored: Pick<Restored, 'holdDeliveries'> = {
  holdDeliveries: async () => undefined,
}
