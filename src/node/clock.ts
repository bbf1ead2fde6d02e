// One time for the whole house: the database's. Leases, heartbeats and due times are compared between processes; where one machine's
// clock is ahead, its process would take live work of the others for abandoned: said twice, or held though it went out.
import { type Clock, systemClock } from '#core/clock.ts'
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import type { Database } from '#store/database.ts'
import { databaseTime } from '#store/state.ts'

/** Less than this does no harm, and a clock that is left alone never jumps. */
const HARMLESS_MS = 2_000
const LOOK_MS = 60_000

export interface HouseClock extends Clock {
  /** Compares once. */
  look(): Promise<void>
  close(): void
}

/** The embedded database has the clock of its process. */
export async function openClock(database: Database, log: Logger, own: Clock = systemClock): Promise<HouseClock> {
  let offset = 0

  async function look(): Promise<void> {
    const before = own.now().getTime()
    const theirs = await databaseTime(database.db)
    const after = own.now().getTime()
    // A journey that took long says little; one in which our clock jumped says nothing.
    if (after < before || after - before > HARMLESS_MS) return
    const measured = Math.round(theirs.getTime() - (before + after) / 2)
    const next = Math.abs(measured) < HARMLESS_MS ? 0 : measured
    if (Math.abs(next - offset) < HARMLESS_MS) return
    offset = next
    const seconds = Math.round(Math.abs(offset) / 1000)
    if (offset === 0) log.info({}, "this machine's clock agrees with the database's again")
    else
      log.warn({ seconds, is: offset < 0 ? 'ahead' : 'behind' }, "this machine's clock differs from the database's, which counts; use NTP")
  }

  if (database.kind === 'embedded') return { ...own, look: async () => undefined, close: () => undefined }
  await look()
  const again = () => look().catch((error) => log.debug({ error: reason(error) }, 'the clocks could not be compared; trying again'))
  const timer = setInterval(() => void again(), LOOK_MS).unref()
  return {
    now: () => (offset === 0 ? own.now() : new Date(own.now().getTime() + offset)),
    random: own.random,
    look,
    close: () => clearInterval(timer),
  }
}
