// What was on record as being sent when its sender died, or lost the database: decided like a lost connection, since nobody knows whether
// it went out. But for what this process let in itself and never heard of again: not a byte of it left.
import { ConnectorError } from '#core/errors.ts'
import { takeAbandoned } from '#store/deliveries.ts'
import type { NewDelivery } from '#store/rows.ts'
import type { Ledger } from './ledger.ts'
import { isRepeatable, verdictOf } from './outcome.ts'
import type { RunnerParts } from './parts.ts'

/** While the database was away nobody could renew a lease: whoever lives is given time to do so, which is twice as long as they take. */
const SETTLE_MS = 10_000
/** Longer than any lease: another process has it by then. */
const FORGOTTEN_MS = 10 * 60_000
const DIED = 'the process that was sending it died'
const UNHEARD = 'the database went away before it could leave'

export interface Abandoned {
  /** The database is away. */
  lost(): void
  /** Let in by a pass whose commit nobody heard of: these may be on record as being sent. */
  unheard(rows: NewDelivery[]): void
  /** This one goes out from here after all. */
  leaves(id: string): void
  /** Takes over whatever has no living sender, and decides it. */
  recover(): Promise<void>
}

/** `isFlying`: this process is sending it. */
export function createAbandoned(parts: RunnerParts, ledger: Ledger, isFlying: (id: string) => boolean): Abandoned {
  const { clock } = parts
  const { db } = parts.database
  const unheard = new Map<string, Date>()
  let lostAt = Number.NEGATIVE_INFINITY

  return {
    lost() {
      lostAt = clock.now().getTime()
    },
    unheard(rows) {
      for (const { id } of rows) unheard.set(id, clock.now())
    },
    leaves: (id) => void unheard.delete(id),
    async recover() {
      if (Math.abs(clock.now().getTime() - lostAt) < SETTLE_MS) return
      for (const row of await takeAbandoned(db, clock.now(), DIED)) {
        if (isFlying(row.id)) continue // Ours, and late: the fence has risen, what we write of it no longer counts.
        // Another process may have had it since, and sent it.
        const certain = unheard.delete(row.id) && row.holder === parts.name
        const { pauseUntil: _, ...outcome } = verdictOf(row, new ConnectorError('transient', certain ? UNHEARD : DIED, { certain }), {
          now: clock.now(),
          random: clock.random(),
          repeatable: isRepeatable(parts, row),
        })
        await ledger.finish(row, outcome)
      }
      for (const [id, at] of unheard) if (clock.now().getTime() - at.getTime() > FORGOTTEN_MS) unheard.delete(id)
    },
  }
}
