// What came of each attempt is put on record, and whoever watches is told. What we know of a message must not become 'unknown'.
import { createBatch, type Loan } from '#core/batch.ts'
import { reason } from '#core/errors.ts'
import { type Finishing, finishDeliveries, finishTelling, type Outcome, type Written } from '#store/deliveries.ts'
import { isOwnFault, isPoison, type NewEvent } from '#store/events.ts'
import { pauseTarget } from '#store/processes.ts'
import type { DeliveryRow } from '#store/rows.ts'
import { gaveUp } from './call.ts'
import type { RunnerParts } from './parts.ts'
import type { Targets } from './targets.ts'
import { toldOf } from './trouble.ts'

/** So long an outcome waits for a batch that takes it along: a write of its own waits for the disk, and nobody for it but what is next in its lane. */
const GATHER_MS = 8
/** An outcome that the database refuses is kept in mind for so long; then the lease is somebody else's to judge. */
const REMEMBER_MS = 60_000
const AGAIN_MS = 500

export interface Ledger {
  /** Writes the outcome of an attempt, however long the database is away, and tells of it. Throws when it is refused for too long. */
  finish(row: DeliveryRow, outcome: Outcome): Promise<void>
  /** For what is on record already: who watches is told, and what waits behind it, or follows from it, goes on. `next`: something does. */
  follow(row: DeliveryRow, outcome: Outcome, next: boolean): Promise<void>
  /** Outcomes that wait to be written, for a batch that takes them along. */
  lend(): Loan<Finishing, Written>
  /** Something was put behind what is being sent in these lanes: its writer and whoever writes that outcome may not see each other. */
  awaited(lanes: string[]): void
  /** What was put there is on its way, or long taken by others: in this lane, or in all. */
  taken(lane?: string): void
}

interface Around {
  targets: Targets
  /** Stores what the house tells itself. */
  tell(rows: NewEvent[]): Promise<unknown>
  /** Something may go out now. */
  wake(): void
}

export function createLedger(parts: RunnerParts, { targets, tell, wake }: Around): Ledger {
  const { clock, log, live, pass } = parts
  const { db } = parts.database
  const behind = new Set<string>()
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

  async function follow(row: DeliveryRow, outcome: Outcome, next: boolean): Promise<void> {
    if (behind.delete(row.lane) || next || outcome.state !== 'sent') wake()
    for (const { id, until, reason } of targets.resting().filter(({ id }) => id === row.targetId)) {
      // Who hears it stops at once; who does not finds it on record within seconds.
      live.publish('targets', { type: 'rests', target: id, until: until.toISOString() })
      await pauseTarget(db, { targetId: id, until, reason })
    }
    if (row.kind === 'webhook') {
      parts.health.set(row.targetId, { state: outcome.state === 'sent' ? 'connected' : 'transient', detail: outcome.error })
      // Where even this is lost, the flow's own time goes on.
      if (outcome.state !== 'sent' && outcome.state !== 'retry') await tell([gaveUp(parts, row, outcome.error ?? outcome.state)])
    }
    if (row.kind !== 'channel') return
    live.publish(`conversation:${row.conversationId}`, { type: 'changed', conversation: row.conversationId })
    live.publish('console', { type: 'progress', conversation: row.conversationId })
  }

  return {
    async finish(row, outcome) {
      const written = await patiently(row, () => write({ row, outcome }))
      pass('delivery.committed')
      if (!written) log.warn({ delivery: row.id, fence: row.fence }, 'a delivery was taken over by another process; its outcome is theirs')
      else await patiently(row, () => follow(row, outcome, written.next))
    },
    follow,
    lend: () => outcomes.lend(),
    awaited(lanes) {
      for (const lane of lanes) behind.add(lane)
      if (lanes.length > 0) outcomes.hurry()
    },
    taken(lane) {
      if (lane === undefined) behind.clear()
      else behind.delete(lane)
    },
  }
}
