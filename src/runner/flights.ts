// What is on the wire: a delivery whose attempt is on record is sent, judged, and its outcome written.
import { ConnectorError, FileMissing, reason } from '#core/errors.ts'
import type { Outcome } from '#store/deliveries.ts'
import type { NewEvent } from '#store/events.ts'
import type { DeliveryRow } from '#store/rows.ts'
import { callWebhook } from './call.ts'
import { sendToChannel } from './channel.ts'
import { sendToDesk } from './desk.ts'
import type { Ledger } from './ledger.ts'
import { isRepeatable, verdictOf } from './outcome.ts'
import type { RunnerParts } from './parts.ts'
import type { Targets } from './targets.ts'

/** The contract's second, and one more: what has not ended by then after it was cut is left behind, and nobody knows what became of it. */
const LEFT_MS = 1_500
/** Where no loops run, what is out for so much longer than it may be was dropped with the request that began it. */
const DROPPED_MS = 15_000

export interface Flights {
  /** Sends these. `ms`: then it is given up, and nobody knows what became of it. Each promise ends with its outcome written, and never fails. */
  start(rows: DeliveryRow[], ms: number): Promise<void>[]
  has(id: string): boolean
  rows(): DeliveryRow[]
  size(): number
  /** Waits until all have ended; those that take longer than `ms` are cut off, and judged here, not by whoever finds them later. */
  land(ms: number): Promise<void>
  /** For where a runtime ends a request, and with it what it was doing, in the middle: those flights never end, and count no more. */
  forgetDropped(): void
}

interface Flight {
  row: DeliveryRow
  /** When it is cut off. */
  until: Date
  done: Promise<void>
  /** Gives up waiting: what became of it is unknown, and is written down as that. */
  cut(): void
  /** Its place on the wire is free. */
  leave(): void
}

interface Around {
  targets: Targets
  ledger: Ledger
  /** Stores what the house tells itself. */
  tell(rows: NewEvent[]): Promise<unknown>
  /** One has ended. */
  onLanded(): void
}

export function createFlights(parts: RunnerParts, { targets, ledger, tell, onLanded }: Around): Flights {
  const flying = new Map<string, Flight>()
  const { clock, log, pass } = parts

  async function carry(row: DeliveryRow, signal: AbortSignal, leave: () => void): Promise<void> {
    let outcome: Outcome
    if (row.leaseUntil && row.leaseUntil <= clock.now()) {
      // Its commit took so long that somebody may have taken it over: not a byte of it has left here, and none will.
      leave()
      return ledger.finish(row, { state: 'retry', nextAt: clock.now(), error: 'the database took too long / 数据库应答太慢' })
    }
    const rest = targets.restOf(row.targetId)
    if (rest) {
      // Let in before somebody else's call was told to wait: not a byte of it has left.
      leave()
      return ledger.finish(row, { state: 'retry', nextAt: rest.until, error: rest.reason })
    }
    try {
      pass('delivery.claimed')
      const externalIds = await orLeft(row.kind === 'webhook' ? call(row, signal) : send(parts, row, signal), signal)
      pass('delivery.answered')
      targets.succeeded(row.targetId)
      outcome = { state: 'sent', externalIds }
    } catch (error) {
      outcome = judge(row, error)
    }
    leave() // The wire is free from here on, whenever the outcome is written.
    await ledger.finish(row, outcome)
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
    if (pauseUntil) targets.rest(row.targetId, pauseUntil, outcome.error ?? reason(error))
    if (kind === 'unauthorized') parts.health.set(row.targetId, { state: 'bad_credentials', detail: reason(error) })
    log.warn(
      { delivery: row.id, target: row.targetId, op: row.op, state: outcome.state, error: reason(error) },
      'a delivery did not go out',
    )
    return outcome
  }

  return {
    start(rows, ms) {
      return rows.map((row) => {
        const cut = new AbortController()
        const late = setTimeout(() => cut.abort(new DOMException('no answer in time', 'TimeoutError')), ms)
        const leave = once(() => targets.freed(row.targetId))
        const done = carry(row, cut.signal, leave)
          .catch((error) =>
            log.error({ delivery: row.id, error: reason(error) }, 'the outcome of a delivery could not be written; its lease runs out'),
          )
          .finally(() => {
            clearTimeout(late)
            if (flying.get(row.id) === flight) flying.delete(row.id)
            onLanded()
          })
        const flight: Flight = { row, until: new Date(clock.now().getTime() + ms), done, cut: () => cut.abort(), leave }
        flying.set(row.id, flight)
        return done
      })
    },
    has: (id) => flying.has(id),
    rows: () => [...flying.values()].map(({ row }) => row),
    size: () => flying.size,
    async land(ms) {
      const late = setTimeout(() => {
        for (const flight of flying.values()) flight.cut()
      }, ms)
      await Promise.all([...flying.values()].map(({ done }) => done))
      clearTimeout(late)
    },
    forgetDropped() {
      const now = clock.now().getTime()
      for (const [id, { until, leave }] of flying) {
        if (now - until.getTime() < DROPPED_MS) continue
        flying.delete(id)
        leave()
      }
    },
  }
}

function once(task: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) task()
    isDone = true
  }
}

/** Whoever does not hear that they were cut off must not keep their message, and all behind it, on the wire for ever. */
async function orLeft<T>(sending: Promise<T>, signal: AbortSignal): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let leave: (() => void) | undefined
  const left = new Promise<never>((_resolve, reject) => {
    const error = new ConnectorError('transient', 'no answer in time', { certain: false })
    leave = () => {
      timer = setTimeout(reject, LEFT_MS, error)
    }
    signal.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([sending, left])
  } finally {
    clearTimeout(timer)
    if (leave) signal.removeEventListener('abort', leave)
  }
}

async function send(parts: RunnerParts, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  if (row.kind === 'desk') return sendToDesk(parts, row, signal)
  return sendToChannel(parts, row, signal)
}
