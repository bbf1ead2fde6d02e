// The outbox pump: takes what is due, records the attempt, sends, records what came of it. The only place that sends.
import { createBatch, type Loan } from '#core/batch.ts'
import { every } from '#core/clock.ts'
import { ConnectorError, FileMissing, reason } from '#core/errors.ts'
import {
  claimDeliveries,
  expireWaiting,
  type Finishing,
  finishDeliveries,
  finishTelling,
  insertDeliveries,
  type Outcome,
  renewLeases,
  takeAbandoned,
  type Written,
  waitingTargets,
} from '#store/deliveries.ts'
import type { NewEvent } from '#store/events.ts'
import { isOwnFault, isPoison } from '#store/events.ts'
import { pauseTarget, readPauses } from '#store/processes.ts'
import type { DeliveryRow, NewDelivery } from '#store/rows.ts'
import { callWebhook, gaveUp } from './call.ts'
import { sendToChannel } from './channel.ts'
import { sendToDesk } from './desk.ts'
import { KEEP_MS, verdictOf } from './outcome.ts'
import type { RunnerParts } from './parts.ts'
import { createSignal } from './signal.ts'
import { createTargets } from './targets.ts'
import { toldOf } from './trouble.ts'

/** How many are on the wire at once in one process. */
const IN_FLIGHT = 96
const IDLE_MS = 500
const SOON_MS = 20
const HANDFUL = 16
/** So long an outcome waits for a batch that takes it along: a write of its own waits for the disk, and nobody for it but what is next in its lane. */
const GATHER_MS = 8
const RENEW_MS = 5_000
const SETTLE_MS = 2 * RENEW_MS
/** Longer than any connector's own deadline: a sender that hangs is given up and its message is unknown. */
const SEND_MS = 120_000
/** How long a process that ends waits for what is on the wire: supervisors give it ten seconds for everything. */
const GRACE_MS = 4_000
/** A Worker has six connections, and thirty seconds after its answer; shorter than a lease, which nobody renews there. */
const DRAIN_IN_FLIGHT = 4
const DRAIN_SEND_MS = 15_000
/** An outcome that the database refuses is kept in mind for so long; then the lease is somebody else's to judge. */
const REMEMBER_MS = 60_000
const AGAIN_MS = 500
/** A target that no config names gets its messages refused, but not before every process has read the new config. */
const FORGOTTEN_MS = 10 * 60_000
const DIED = 'the process that was sending it died'
const UNHEARD = 'the database went away before it could leave'

export interface Outbox {
  /** Something is due; in these lanes it may have to wait for what stands before it. */
  wake(lanes?: string[]): void
  /** May this go out at once? Takes its place: whoever asks calls `send` afterwards, whatever came of it. */
  admit(row: NewDelivery): boolean
  /**
   * Sends what was committed as being sent; undefined where nobody heard whether anything was. `admitted` counts what was let in but waits
   * now, after all.
   */
  send(rows: DeliveryRow[] | undefined, admitted: NewDelivery[]): void
  /** Nothing goes there for a while. */
  rests(targetId: string): boolean
  /** Outcomes that wait to be written, for a batch that takes them along. */
  lend(): Loan<Finishing, Written>
  run(abort: AbortSignal): Promise<void>
  /** After the loops: finishes what is on the wire; what takes too long is cut off and judged here, not by whoever finds it later. */
  land(): Promise<void>
  /** Sends what is due, and returns when nothing is; takes on nothing new after `until`. */
  drain(until: Date): Promise<void>
}

/** What tools limit is new messages; redraws, ticks and words to one agent are counted apart, and there is more room for them. */
function isFree({ kind, op }: Pick<NewDelivery, 'kind' | 'op'>): boolean {
  return kind === 'desk' && op !== 'post' && op !== 'open'
}

interface Flight {
  row: DeliveryRow
  done: Promise<void>
  /** Gives up waiting: what became of it is unknown, and is written down as that. */
  cut(): void
}

/** `tell` stores what the house tells itself. */
export function createOutbox(parts: RunnerParts, share: () => number, tell: (rows: NewEvent[]) => Promise<unknown>): Outbox {
  /** When the database was last seen to be away. */
  let lostAt = Number.NEGATIVE_INFINITY
  const signal = createSignal()
  const flying = new Map<string, Flight>()
  const { clock, log, pass } = parts
  const { db } = parts.database
  const limitOf = (id: string) => parts.channels.get(id)?.definition.capabilities.rate ?? parts.desks.get(id)?.desk.rate
  const targets = createTargets(clock, limitOf, share)
  const unknown = new Set<string>()
  /** They are answered when they call, and never called. */
  const listening = [...parts.channels.values()].filter(({ connector }) => connector.answersOnly).map(({ id }) => id)
  const isOurs = (id: string) => parts.channels.has(id) || parts.desks.has(id) || parts.webhooks().has(id)
  /** Let in by passes that failed, and when: they may be on record as being sent, and not a byte of them left here so far. */
  const unheard = new Map<string, Date>()
  /** Lanes in which something was put behind what is being sent: its writer and whoever writes that outcome may not see each other. */
  const behind = new Set<string>()
  /** Something may wait for a place; and how many came free since the last look. */
  let isHungry = false
  let freed = 0
  const outcomes = createBatch<Finishing, Written>({
    write: (items) => finishDeliveries(db, items, clock.now()),
    most: 64,
    gatherMs: GATHER_MS,
    bound: Number.POSITIVE_INFINITY, // As many as are on the wire.
    refusal: () => new Error('never'),
    isPoison,
  })

  /** Without loops each call lives alone, and writes alone. */
  async function write(item: Finishing): Promise<Written> {
    const told = await toldOf(parts, item.row, item.outcome)
    if (told.length > 0) return finishTelling(db, item, told, clock.now())
    return parts.onWork ? (await finishDeliveries(db, [item], clock.now()))[0] : outcomes.add(item, behind.has(item.row.lane))
  }

  async function carry(row: DeliveryRow, signal: AbortSignal): Promise<void> {
    let outcome: Outcome
    if (row.leaseUntil && row.leaseUntil <= clock.now()) {
      // Its commit took so long that somebody may have taken it over: not a byte of it has left here, and none will.
      targets.freed(row.targetId)
      return finish(row, { state: 'retry', nextAt: clock.now(), error: 'the database took too long' })
    }
    const rest = targets.restOf(row.targetId)
    if (rest) {
      // Let in before somebody else's call was told to wait: not a byte of it has left.
      targets.freed(row.targetId)
      return finish(row, { state: 'retry', nextAt: rest.until, error: rest.reason })
    }
    try {
      pass('delivery.claimed')
      const externalIds = row.kind === 'webhook' ? await call(row, signal) : await send(parts, row, signal)
      pass('delivery.answered')
      targets.succeeded(row.targetId)
      outcome = { state: 'sent', externalIds }
    } catch (error) {
      outcome = judge(row, error)
    }
    targets.freed(row.targetId) // The wire is free from here on, whenever the outcome is written.
    await finish(row, outcome)
  }

  /** The answer is stored before the call counts as done: a crash between the two asks again, and is told the same. */
  async function call(row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
    const answered = await callWebhook(parts, row, signal)
    await tell([answered])
    return []
  }

  function judge(row: DeliveryRow, error: unknown): Outcome {
    const now = clock.now()
    const { pauseUntil, ...outcome } = verdictOf(row, error, { now, random: clock.random(), repeatable: isRepeatable(parts, row) })
    const kind = error instanceof ConnectorError ? error.kind : 'transient'
    // Whoever reads a message and refuses it is well. Whom a file should reach that we do not have was not even asked.
    if (kind === 'transient' || kind === 'rate_limited') {
      if (!(error instanceof FileMissing)) targets.failed(row.targetId, kind)
    } else if (kind !== 'unauthorized') targets.succeeded(row.targetId)
    if (pauseUntil) targets.rest(row.targetId, pauseUntil, reason(error))
    if (kind === 'unauthorized') parts.health.set(row.targetId, { state: 'bad_credentials', detail: reason(error) })
    log.warn(
      { delivery: row.id, target: row.targetId, op: row.op, state: outcome.state, error: reason(error) },
      'a delivery did not go out',
    )
    return outcome
  }

  /** Writes the outcome, and goes on trying while the database is away: what we know must not become 'unknown'. */
  async function finish(row: DeliveryRow, outcome: Outcome): Promise<void> {
    const written = await patiently(row, () => write({ row, outcome }))
    pass('delivery.committed')
    if (!written) log.warn({ delivery: row.id }, 'a delivery was taken over by another process; its outcome is theirs')
    else await patiently(row, () => follow(row, outcome, written.next))
  }

  /** `task` may be done twice: what it writes, it writes once. */
  async function patiently<T>(row: DeliveryRow, task: () => Promise<T>): Promise<T> {
    const patience = clock.now().getTime() + REMEMBER_MS
    for (let isTold = false; ; isTold = true) {
      try {
        return await task()
      } catch (error) {
        // While it is away nobody else can judge either, and what we know we alone know.
        if (isOwnFault(error) && clock.now().getTime() > patience) throw error
        if (!isTold) log.warn({ delivery: row.id, error: reason(error) }, 'an outcome cannot be written yet; trying until it can')
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
    }
  }

  /** Who watches is told, and what waits behind it, or follows from it, goes on. */
  async function follow(row: DeliveryRow, outcome: Outcome, next: boolean): Promise<void> {
    if (behind.delete(row.lane) || next || outcome.state !== 'sent') signal.wake()
    for (const { id, until, reason } of targets.resting().filter(({ id }) => id === row.targetId)) {
      // Who hears it stops at once; who does not finds it on record within seconds.
      parts.live.publish('targets', { type: 'rests', target: id, until: until.toISOString() })
      await pauseTarget(db, { targetId: id, until, reason })
    }
    if (row.kind === 'webhook') {
      parts.health.set(row.targetId, { state: outcome.state === 'sent' ? 'connected' : 'transient', detail: outcome.error })
      // Where even this is lost, the flow's own time goes on.
      if (outcome.state !== 'sent' && outcome.state !== 'retry') await tell([gaveUp(parts, row, outcome.error ?? outcome.state)])
    }
    if (row.kind !== 'channel') return
    parts.live.publish(`conversation:${row.conversationId}`, { type: 'changed', conversation: row.conversationId })
    parts.live.publish('console', { type: 'progress', conversation: row.conversationId })
  }

  /** What a dead process left behind is decided like a lost connection: nobody knows whether it went out. */
  async function recover(): Promise<void> {
    // While the database was away nobody could renew a lease: whoever lives is given time to do so now.
    if (Math.abs(clock.now().getTime() - lostAt) < SETTLE_MS) return
    for (const row of await takeAbandoned(db, clock.now(), DIED)) {
      if (flying.has(row.id)) continue // Ours, and late: the fence has risen, what we write of it no longer counts.
      // Another process may have had it since, and sent it.
      const certain = unheard.delete(row.id) && row.holder === parts.name
      const { pauseUntil: _, ...outcome } = verdictOf(row, new ConnectorError('transient', certain ? UNHEARD : DIED, { certain }), {
        now: clock.now(),
        random: clock.random(),
        repeatable: isRepeatable(parts, row),
      })
      await finish(row, outcome)
    }
    for (const [id, at] of unheard) if (clock.now().getTime() - at.getTime() > FORGOTTEN_MS) unheard.delete(id)
  }

  function start(rows: DeliveryRow[], ms: number): Promise<void>[] {
    return rows.map((row) => {
      const cut = new AbortController()
      const late = setTimeout(() => cut.abort(new DOMException('no answer in time', 'TimeoutError')), ms)
      const done = carry(row, cut.signal)
        .catch((error) =>
          log.error({ delivery: row.id, error: reason(error) }, 'the outcome of a delivery could not be written; its lease runs out'),
        )
        .finally(() => {
          clearTimeout(late)
          flying.delete(row.id)
          freed += 1
          // Places are filled again in handfuls: a look for each would cost more than it brings.
          if (isHungry && (freed >= HANDFUL || flying.size === 0)) signal.wake()
        })
      flying.set(row.id, { row, done, cut: () => cut.abort() })
      unheard.delete(row.id)
      return done
    })
  }

  /** Takes and starts what is due, while there is room; resolves with its flights, which go on. */
  async function launch(places: number, ms: number): Promise<Promise<void>[]> {
    const free = places - flying.size
    if (free <= 0) {
      isHungry = true
      return []
    }
    const ids = [...parts.channels.keys(), ...parts.desks.keys(), ...parts.webhooks().keys(), ...unknown].filter(
      (id) => !listening.includes(id),
    )
    const rooms = ids.map((id) => ({ id, room: Math.min(free, targets.room(id)) })).filter(({ room }) => room > 0)
    freed = 0
    const rows = await claimDeliveries(db, rooms, parts.name, clock.now())
    isHungry = rows.length > 0 || rooms.length < ids.length
    for (const row of rows) {
      targets.took(row.targetId, isFree(row))
      behind.delete(row.lane)
    }
    return start(rows, ms)
  }

  /** Until the next look: half a second, or less where a rest ends or a rate allows more before. */
  function idleMs(): number {
    const next = targets.nextAt()
    return next ? Math.min(IDLE_MS, Math.max(SOON_MS, next.getTime() - clock.now().getTime())) : IDLE_MS
  }

  /** Whoever was asked to wait told the others. */
  async function obeyPauses(): Promise<void> {
    for (const { targetId, until, reason } of await readPauses(db, clock.now())) targets.rest(targetId, until, reason)
  }

  /** What the other processes and the config say. */
  async function lookAround(): Promise<void> {
    const now = clock.now()
    await renewLeases(
      db,
      [...flying.values()].map(({ row }) => row),
      now,
    )
    await recover()
    await obeyPauses()
    const tooOld = new Date(now.getTime() - KEEP_MS)
    for (const row of await expireWaiting(db, listening, tooOld, 'the customer wrote no more, and can only be answered', now)) {
      const outcome: Outcome = { state: 'expired', error: row.error ?? undefined }
      await insertDeliveries(db, await toldOf(parts, row, outcome))
      await follow(row, outcome, false)
    }
    unknown.clear()
    behind.clear() // Long taken, by us or by others.
    for (const id of await waitingTargets(db, new Date(now.getTime() - FORGOTTEN_MS))) {
      if (!isOurs(id)) unknown.add(id)
    }
  }

  return {
    wake(lanes = []) {
      for (const lane of lanes) behind.add(lane)
      if (lanes.length > 0) outcomes.hurry()
      signal.wake()
    },
    admit: (row) =>
      // While a new config is taken up, another process may know a part that this one does not: it sends there.
      isOurs(row.targetId) &&
      !listening.includes(row.targetId) &&
      row.nextAt <= clock.now() &&
      flying.size < IN_FLIGHT &&
      targets.admit(row.targetId, isFree(row)),
    send(rows, admitted) {
      start(rows ?? [], SEND_MS)
      const going = new Set(rows?.map(({ id }) => id))
      for (const row of admitted) if (!going.has(row.id)) targets.freed(row.targetId)
      if (!rows) for (const { id } of admitted) unheard.set(id, clock.now())
    },
    lend: () => outcomes.lend(),
    async run(abort) {
      const looks = every(RENEW_MS)
      const deafen = parts.live.subscribe('targets', (hint) => {
        if (hint.type === 'rests') targets.rest(hint.target, new Date(hint.until), 'another process was asked to wait')
      })
      while (!abort.aborted) {
        let started = 0
        try {
          if (looks.isDue(clock.now())) await lookAround()
          started = (await launch(IN_FLIGHT, SEND_MS)).length
        } catch (error) {
          lostAt = clock.now().getTime()
          log.error({ error: reason(error) }, 'the outbox cannot reach the database; trying again')
          await signal.wait(1_000, abort)
          continue
        }
        if (started === 0) await signal.wait(idleMs(), abort)
      }
      deafen()
    },
    rests: (targetId) => targets.restOf(targetId) !== undefined,
    async land() {
      const late = setTimeout(() => {
        for (const flight of flying.values()) flight.cut()
      }, GRACE_MS)
      await Promise.all([...flying.values()].map(({ done }) => done))
      clearTimeout(late)
    },
    async drain(until) {
      await Promise.all([recover(), obeyPauses()])
      const flights = new Set<Promise<void>>()
      for (;;) {
        if (clock.now() < until) {
          for (const flight of await launch(DRAIN_IN_FLIGHT, DRAIN_SEND_MS)) {
            flights.add(flight)
            void flight.finally(() => flights.delete(flight))
          }
        }
        if (flights.size === 0) return
        await Promise.race(flights)
      }
    },
  }
}

/** Sending it again does no harm: the platform or the webhook has a key, or a desk shows it twice at worst. */
function isRepeatable({ channels }: RunnerParts, { kind, targetId, op }: DeliveryRow): boolean {
  const channel = channels.get(targetId)
  if (op === 'edit' || op === 'remove') return true // Changed twice is changed.
  return kind !== 'channel' || (channel?.connector.idempotent ?? channel?.definition.capabilities.idempotent) === true
}

async function send(parts: RunnerParts, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  if (row.kind === 'desk') return sendToDesk(parts, row, signal)
  return sendToChannel(parts, row, signal)
}
