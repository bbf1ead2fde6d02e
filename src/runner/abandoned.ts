// What was on record as being sent when its sender died is decided like a lost connection: nobody knows whether it went out. But what this
// process itself let in, and never heard of again because the database went away, it takes back: not a byte of that left.
import { ConnectorError } from '#core/errors.ts'
import { heldBy, takeAbandoned } from '#store/deliveries.ts'
import type { DeliveryRow, NewDelivery } from '#store/rows.ts'
import type { Ledger } from './ledger.ts'
import { isRepeatable, verdictOf } from './outcome.ts'
import type { RunnerParts } from './parts.ts'

/**
 * While the database was away nobody could renew a lease: whoever lives is given time to do so now, twice as long as they take, and to take
 * back what is theirs.
 */
const SETTLE_MS = 10_000
/** Longer than any lease: another process has it by then. */
const FORGOTTEN_MS = 10 * 60_000
const DIED = 'the process that was sending it died / 发送它的进程已退出'
const UNHEARD = 'the database went away before it could leave / 数据库断开时它还没有发出'

export interface Abandoned {
  /** The database is away. */
  lost(): void
  /** Let in by a pass whose commit nobody heard of: these may be on record as being sent, or will be when that commit is done. */
  unheard(rows: NewDelivery[]): void
  /** The same of what was claimed at this time, whatever that was. */
  claimUnheard(at: Date): void
  /** This one goes out from here after all. */
  leaves(id: string): void
  /** Takes back what is ours, and takes over what has no living sender; decides all of it. */
  recover(): Promise<void>
}

interface Around {
  ledger: Ledger
  /** This process is sending it. */
  isFlying(id: string): boolean
  /** Or will, when its commit is heard of, or answers with it. */
  isTaken(row: DeliveryRow): boolean
}

export function createAbandoned(parts: RunnerParts, { ledger, isFlying, isTaken }: Around): Abandoned {
  const { clock } = parts
  const { db } = parts.database
  const unheard = new Map<string, Date>()
  let claims: Date[] = []
  let lostAt = Number.NEGATIVE_INFINITY

  async function finish(row: DeliveryRow, error: ConnectorError): Promise<void> {
    const circumstances = { now: clock.now(), random: clock.random(), repeatable: isRepeatable(parts, row) }
    const { pauseUntil: _, ...outcome } = verdictOf(row, error, circumstances)
    await ledger.finish(row, outcome)
  }

  async function takeBack(): Promise<void> {
    if (unheard.size + claims.length === 0) return
    for (const row of await heldBy(db, [...unheard.keys()], claims, parts.name)) {
      if (isFlying(row.id) || isTaken(row)) continue
      unheard.delete(row.id)
      await finish(row, new ConnectorError('transient', UNHEARD, { certain: true }))
    }
    const isForgotten = (at: Date) => clock.now().getTime() - at.getTime() > FORGOTTEN_MS
    for (const [id, at] of unheard) if (isForgotten(at)) unheard.delete(id)
    claims = claims.filter((at) => !isForgotten(at))
  }

  return {
    lost() {
      lostAt = clock.now().getTime()
    },
    unheard(rows) {
      for (const { id } of rows) unheard.set(id, clock.now())
    },
    claimUnheard: (at) => void claims.push(at),
    leaves: (id) => void unheard.delete(id),
    async recover() {
      await takeBack()
      if (Math.abs(clock.now().getTime() - lostAt) < SETTLE_MS) return
      for (const row of await takeAbandoned(db, clock.now(), DIED)) {
        // Ours, and late: the fence has risen, what we write of it no longer counts.
        if (!isFlying(row.id)) await finish(row, new ConnectorError('transient', DIED, { certain: false }))
      }
    },
  }
}
