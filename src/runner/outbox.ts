// The outbox pump: takes what is due, records the attempt, sends, records what came of it. The only place that sends.
import { ConnectorError, reason } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import { phrase } from '#core/phrases.ts'
import { claimDeliveries, finishDelivery, insertDeliveries, type Outcome, renewLeases, takeAbandoned } from '#store/deliveries.ts'
import type { DeliveryRow, NewDelivery } from '#store/rows.ts'
import { openThreadsOf } from '#store/threads.ts'
import { sendToDesk } from './desk.ts'
import { verdictOf } from './outcome.ts'
import type { RunnerParts } from './parts.ts'
import { createSignal } from './signal.ts'

/** How many are on the wire at once in one process. */
const IN_FLIGHT = 32
const IDLE_MS = 500
const RENEW_MS = 5_000
/** Longer than any connector's own deadline: a sender that hangs is given up and its message is unknown. */
const SEND_MS = 120_000
/** A Worker has six connections, and thirty seconds after its answer; shorter than a lease, which nobody renews there. */
const DRAIN_IN_FLIGHT = 4
const DRAIN_SEND_MS = 15_000

export interface Outbox {
  wake(): void
  run(abort: AbortSignal): Promise<void>
  /** Sends what is due, and returns when nothing is; takes on nothing new after `until`. */
  drain(until: Date): Promise<void>
}

export function createOutbox(parts: RunnerParts): Outbox {
  const signal = createSignal()
  const flying = new Map<string, Promise<void>>()
  const paused = new Map<string, Date>()
  const { clock, log } = parts
  const { db } = parts.database

  async function carry(row: DeliveryRow, ms = SEND_MS): Promise<void> {
    try {
      parts.pass('delivery.claimed')
      const externalIds = await send(parts, row, AbortSignal.timeout(ms))
      parts.pass('delivery.answered')
      await finish(row, { state: 'sent', externalIds })
    } catch (error) {
      await fail(row, error)
    }
  }

  async function fail(row: DeliveryRow, error: unknown): Promise<void> {
    const now = clock.now()
    const repeatable = row.kind === 'desk' || parts.channels.get(row.targetId)?.definition.capabilities.idempotent === true
    const { pauseUntil, ...outcome } = verdictOf(row, error, { now, random: clock.random(), repeatable })
    if (pauseUntil) paused.set(row.targetId, pauseUntil)
    if (error instanceof ConnectorError && error.kind === 'unauthorized') {
      parts.health.set(row.targetId, { state: 'bad_credentials', detail: error.message })
    }
    log.warn(
      { delivery: row.id, target: row.targetId, op: row.op, state: outcome.state, error: reason(error) },
      'a delivery did not go out',
    )
    await finish(row, outcome)
  }

  async function finish(row: DeliveryRow, outcome: Outcome): Promise<void> {
    const written = await finishDelivery(db, row, outcome, clock.now())
    parts.pass('delivery.committed')
    if (!written) {
      log.warn({ delivery: row.id }, 'a delivery was taken over by another process; its outcome is theirs')
      return
    }
    if (row.kind !== 'channel') return
    parts.live.publish(`conversation:${row.conversationId}`, { type: 'changed', conversation: row.conversationId })
    if (outcome.state !== 'sent' && outcome.state !== 'retry' && row.op === 'send') await tellDesks(row, outcome)
  }

  /** A message that did not reach the customer is never silent: every thread of the conversation says so, with a button. */
  async function tellDesks(row: DeliveryRow, outcome: Outcome): Promise<void> {
    const threads = await openThreadsOf(db, row.conversationId)
    const now = clock.now()
    const rows = threads.map((thread): NewDelivery => {
      const locale = parts.house().desks.get(thread.deskId)?.locale ?? parts.house().locale
      const unknown = outcome.state === 'unknown' || outcome.state === 'held'
      const text = unknown
        ? phrase('whisper.send_unknown', locale)
        : phrase('whisper.cannot_send', locale, { why: outcome.error ?? outcome.state })
      const buttons = row.messageId ? [{ id: `resend ${row.messageId}`, label: phrase('button.resend', locale) }] : []
      return {
        id: newId('dlv', clock),
        kind: 'desk',
        targetId: thread.deskId,
        lane: `desk:${thread.deskId}:${row.conversationId}`,
        conversationId: row.conversationId,
        messageId: null,
        op: 'post',
        payload: { author: 'system', name: phrase('author.system', locale), parts: [{ type: 'text', text }], buttons },
        automatic: true,
        nextAt: now,
        originKey: `${row.id}:trouble:${row.attempts}:${thread.deskId}`,
        createdAt: now,
      }
    })
    if (rows.length > 0) await db.transaction((tx) => insertDeliveries(tx, rows))
    signal.wake()
  }

  /** What a dead process left behind is decided like a lost connection: nobody knows whether it went out. */
  async function recover(): Promise<void> {
    for (const row of await takeAbandoned(db, clock.now())) {
      await fail(row, new ConnectorError('transient', 'the process that was sending it died', { certain: false }))
    }
  }

  /** Starts what is due, while `flights` has room; how many that were. */
  async function launch(flights: Map<string, Promise<void>>, room: number, ms: number): Promise<number> {
    const now = clock.now()
    for (const [target, until] of paused) if (until <= now) paused.delete(target)
    const free = room - flights.size
    if (free <= 0) return 0
    const rows = await claimDeliveries(db, free, now, [...paused.keys()])
    for (const row of rows) {
      const flight = carry(row, ms)
        .catch((error) =>
          log.error({ delivery: row.id, error: reason(error) }, 'the outcome of a delivery could not be written; its lease runs out'),
        )
        .finally(() => {
          flights.delete(row.id)
          signal.wake()
        })
      flights.set(row.id, flight)
    }
    return rows.length
  }

  return {
    wake: () => signal.wake(),
    async run(abort) {
      let renewAt = 0
      while (!abort.aborted) {
        let claimed = 0
        try {
          if (clock.now().getTime() >= renewAt) {
            renewAt = clock.now().getTime() + RENEW_MS
            await renewLeases(db, [...flying.keys()], clock.now())
            await recover()
          }
          claimed = await launch(flying, IN_FLIGHT, SEND_MS)
        } catch (error) {
          log.error({ error: reason(error) }, 'the outbox cannot reach the database; trying again')
          await signal.wait(1_000, abort)
          continue
        }
        if (claimed === 0) await signal.wait(IDLE_MS, abort)
      }
      await Promise.all(flying.values()) // What is on the wire is finished, not cut off.
    },
    async drain(until) {
      await recover()
      const flights = new Map<string, Promise<void>>()
      for (;;) {
        if (clock.now() < until) await launch(flights, DRAIN_IN_FLIGHT, DRAIN_SEND_MS)
        if (flights.size === 0) return
        await Promise.race(flights.values())
      }
    },
  }
}

async function send(parts: RunnerParts, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  if (row.kind === 'desk') return sendToDesk(parts, row, signal)
  const connector = parts.channels.get(row.targetId)?.connector
  if (!connector) throw new ConnectorError('unsupported', `the channel ${row.targetId} is no longer configured`)
  if (row.op === 'acknowledge') {
    await connector.acknowledge?.(row.payload.callback ?? '', signal)
    return []
  }
  const { to, parts: words = [], sender } = row.payload
  if (!to) throw new ConnectorError('rejected', 'a delivery without an address')
  const receipt = await connector.send({ key: row.id, to, parts: words, sender }, signal)
  return receipt.externalIds
}
