// The outbox pump: takes what is due, records the attempt, and lets it go (flights.ts). Nothing leaves except through here.
import type { Loan } from '#core/batch.ts'
import { every } from '#core/clock.ts'
import { reason } from '#core/errors.ts'
import { claimDeliveries, type Finishing, type Outcome, renewLeases, type Written, waitingTargets } from '#store/deliveries.ts'
import type { NewEvent } from '#store/events.ts'
import { readPauses } from '#store/processes.ts'
import type { DeliveryRow, NewDelivery } from '#store/rows.ts'
import { createAbandoned } from './abandoned.ts'
import { createFlights } from './flights.ts'
import { expireUnasked } from './inline.ts'
import { createLedger } from './ledger.ts'
import type { RunnerParts } from './parts.ts'
import { createSignal } from './signal.ts'
import { createTargets } from './targets.ts'

/** How many are on the wire at once in one process. */
const IN_FLIGHT = 96
const IDLE_MS = 500
const SOON_MS = 20
const HANDFUL = 16
const RENEW_MS = 5_000
/** Longer than any connector's own deadline: a sender that hangs is given up and its message is unknown. */
const SEND_MS = 120_000
/** How long a process that ends waits for what is on the wire: supervisors give it ten seconds for everything. */
const GRACE_MS = 4_000
/** A Worker has six connections, and thirty seconds after its answer; shorter than a lease, which nobody renews there. */
const DRAIN_IN_FLIGHT = 4
const DRAIN_SEND_MS = 15_000
/** A target that no config names gets its messages refused, but not before every process has read the new config. */
const FORGOTTEN_MS = 10 * 60_000

export interface Outbox {
  /** Something is due; in these lanes it may have to wait for what stands before it. */
  wake(lanes?: string[]): void
  /** May this go out at once? Takes its place: whoever asks calls `send` afterwards, whatever came of it. */
  admit(row: NewDelivery): boolean
  /**
   * Sends what was committed as being sent. `letIn`: all that was let in, gone or not; `doubtful`: what of it may have been committed
   * although nobody heard so.
   */
  send(rows: DeliveryRow[], letIn: NewDelivery[], doubtful: NewDelivery[]): void
  /** Nothing goes there for a while. */
  rests(targetId: string): boolean
  /** Outcomes that wait to be written, for a batch that takes them along. */
  lend(): Loan<Finishing, Written>
  /** What came of an attempt that was made elsewhere. */
  finish(row: DeliveryRow, outcome: Outcome): Promise<void>
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

/** `tell` stores what the house tells itself. */
export function createOutbox(parts: RunnerParts, share: () => number, tell: (rows: NewEvent[]) => Promise<unknown>): Outbox {
  const signal = createSignal()
  const { clock, log } = parts
  const { db } = parts.database
  const limitOf = (id: string) => parts.channels.get(id)?.definition.capabilities.rate ?? parts.desks.get(id)?.desk.rate
  const targets = createTargets(clock, limitOf, share)
  const unknown = new Set<string>()
  /** They are answered when they call, and never called. */
  const listening = [...parts.channels.values()].filter(({ connector }) => connector.answersOnly).map(({ id }) => id)
  const isOurs = (id: string) => parts.channels.has(id) || parts.desks.has(id) || parts.webhooks().has(id)
  /** Something may wait for a place; and how many came free since the last look. */
  let isHungry = false
  let freed = 0
  const ledger = createLedger(parts, { targets, tell, wake: signal.wake })
  const flights = createFlights(parts, { targets, ledger, tell, onLanded })
  /** Let in by passes that have not told yet what was saved. */
  const admitted = new Set<string>()
  const isTaken = ({ id, targetId }: DeliveryRow) => admitted.has(id) || listening.includes(targetId)
  const abandoned = createAbandoned(parts, { ledger, isFlying: flights.has, isTaken })

  /** Places are filled again in handfuls: a look for each would cost more than it brings. */
  function onLanded(): void {
    freed += 1
    if (isHungry && (freed >= HANDFUL || flights.size() === 0)) signal.wake()
  }

  function start(rows: DeliveryRow[], ms: number): Promise<void>[] {
    for (const { id } of rows) abandoned.leaves(id)
    return flights.start(rows, ms)
  }

  /** Takes and starts what is due, while there is room; resolves with its flights, which go on. */
  async function launch(places: number, ms: number): Promise<Promise<void>[]> {
    const free = places - flights.size()
    if (free <= 0) {
      isHungry = true
      return []
    }
    const ids = [...parts.channels.keys(), ...parts.desks.keys(), ...parts.webhooks().keys(), ...unknown].filter(
      (id) => !listening.includes(id),
    )
    const rooms = ids.map((id) => ({ id, room: Math.min(free, targets.room(id)) })).filter(({ room }) => room > 0)
    freed = 0
    const now = clock.now()
    const rows = await claimDeliveries(db, rooms, parts.name, now).catch((error) => {
      // Without loops several claim side by side, and a time names none of them.
      if (!parts.onWork) abandoned.claimUnheard(now)
      throw error
    })
    isHungry = rows.length > 0 || rooms.length < ids.length
    for (const row of rows) {
      targets.took(row.targetId, isFree(row))
      ledger.taken(row.lane)
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
    await renewLeases(db, flights.rows(), now)
    await abandoned.recover()
    await obeyPauses()
    for (const { row, outcome } of await expireUnasked(parts, listening)) await ledger.follow(row, outcome, false)
    unknown.clear()
    ledger.taken() // All of it, by us or by others.
    for (const id of await waitingTargets(db, new Date(now.getTime() - FORGOTTEN_MS))) {
      if (!isOurs(id)) unknown.add(id)
    }
  }

  return {
    wake(lanes = []) {
      ledger.awaited(lanes)
      signal.wake()
    },
    admit: (row) =>
      // While a new config is taken up, another process may know a part that this one does not: it sends there.
      isOurs(row.targetId) &&
      !listening.includes(row.targetId) &&
      row.nextAt <= clock.now() &&
      flights.size() < IN_FLIGHT &&
      targets.admit(row.targetId, isFree(row)) &&
      admitted.add(row.id).has(row.id),
    send(rows, letIn, doubtful) {
      const going = new Set(rows.map(({ id }) => id))
      for (const row of letIn) {
        admitted.delete(row.id)
        if (!going.has(row.id)) targets.freed(row.targetId)
      }
      abandoned.unheard(doubtful)
      start(rows, SEND_MS)
    },
    lend: ledger.lend,
    finish: ledger.finish,
    async run(abort) {
      const looks = every(RENEW_MS)
      const deafen = parts.live.subscribe('targets', (hint) => {
        if (hint.type === 'rests')
          targets.rest(hint.target, new Date(hint.until), 'another process was asked to wait / 平台已请另一个进程稍候')
      })
      while (!abort.aborted) {
        let started = 0
        try {
          if (looks.isDue(clock.now())) await lookAround()
          started = (await launch(IN_FLIGHT, SEND_MS)).length
        } catch (error) {
          abandoned.lost()
          log.error({ error: reason(error) }, 'the outbox cannot reach the database; trying again')
          await signal.wait(1_000, abort)
          continue
        }
        if (started === 0) await signal.wait(idleMs(), abort)
      }
      deafen()
    },
    rests: (targetId) => targets.restOf(targetId) !== undefined,
    land: () => flights.land(GRACE_MS),
    async drain(until) {
      flights.forgetDropped()
      await Promise.all([abandoned.recover(), obeyPauses()])
      const under = new Set<Promise<void>>()
      for (;;) {
        if (clock.now() < until) {
          for (const flight of await launch(DRAIN_IN_FLIGHT, DRAIN_SEND_MS)) {
            under.add(flight)
            void flight.finally(() => under.delete(flight))
          }
        }
        if (under.size === 0) return
        await Promise.race(under)
      }
    },
  }
}
