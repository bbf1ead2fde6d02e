// What follows from a failed attempt. Pure: the one place that decides between again, later, never and 'we do not know'.
import { ConnectorError, FileMissing } from '#core/errors.ts'
import type { Outcome } from '#store/deliveries.ts'
import { storableOf } from '#store/events.ts'
import type { DeliveryRow } from '#store/rows.ts'
import type { RunnerParts } from './parts.ts'

/** Words that wait longer than this are no answer any more. */
export const KEEP_MS = 24 * 3_600_000
const FIRST_MS = 1_000
const THREADS = 5
const TICK_MS = 5_000
/** So long an agent's words wait for their file, and what they say next waits behind them; then they are told, and may send again. */
const FILE_MS = 60_000
const LONGEST_MS = 15 * 60_000

export interface Circumstances {
  now: Date
  random: number
  /** Sending it again does no harm: the platform has a key, or the desk shows it twice at worst. */
  repeatable: boolean
}

export interface Verdict extends Outcome {
  /** The whole target waits until then, not just this delivery. */
  pauseUntil?: Date
}

export function verdictOf(row: DeliveryRow, thrown: unknown, circumstances: Circumstances): Verdict {
  return inTime(row, verdictWithoutHaste(row, thrown, circumstances))
}

/** A flow waits for its webhook only so long: what would be tried again after that is over. */
function inTime({ payload: { call } }: DeliveryRow, verdict: Verdict): Verdict {
  if (!call || verdict.state !== 'retry' || !verdict.nextAt || verdict.nextAt < new Date(call.until)) return verdict
  const { pauseUntil, error } = verdict
  return { state: 'expired', error, pauseUntil }
}

function verdictWithoutHaste(row: DeliveryRow, thrown: unknown, { now, random, repeatable }: Circumstances): Verdict {
  const error = thrown instanceof ConnectorError ? thrown : new ConnectorError('transient', String(thrown), { certain: false })
  // A platform's words may be cut in the middle of a letter: they are written down, and told, all the same.
  const told = storableOf(error.message)
  const later = (ms: number) => new Date(now.getTime() + ms)
  if (thrown instanceof FileMissing && row.kind === 'channel' && waited(row, now) >= FILE_MS) {
    return { state: 'failed', error: told }
  }
  switch (error.kind) {
    case 'rate_limited': {
      const until = later(Math.max(error.retryAfterMs ?? FIRST_MS, FIRST_MS))
      // Ticks go behind the words that waited for the same.
      const nextAt = row.op === 'mark' ? later(Math.max(error.retryAfterMs ?? FIRST_MS, FIRST_MS) + TICK_MS) : until
      return { ...(expired(row, now) ?? { state: 'retry', error: told, nextAt }), pauseUntil: until }
    }
    case 'unauthorized':
      // Nobody's message is at fault: everything waits until the credentials are right.
      return expired(row, now) ?? { state: 'retry', error: told, nextAt: later(30_000), pauseUntil: later(30_000) }
    case 'thread_gone':
      // A new thread is opened at the next try; where there is none to open, nobody reads it any more.
      return row.attempts < THREADS ? { state: 'retry', error: told, nextAt: later(FIRST_MS) } : { state: 'failed', error: told }
    case 'transient':
      return uncertainOr(
        row,
        error,
        repeatable,
        () => expired(row, now) ?? { state: 'retry', error: told, nextAt: later(backoff(row.attempts, random, error)) },
      )
    case 'window_closed':
    case 'recipient_gone':
    case 'rejected':
    case 'unsupported':
      return { state: 'failed', error: told }
  }
}

/**
 * The platform may have taken it. With a key, send again. Without one: people's words once more, marked 'possibly twice';
 * what nobody typed is held, since a second copy of it is worse than none.
 */
function uncertainOr(row: DeliveryRow, error: ConnectorError, repeatable: boolean, again: () => Verdict): Verdict {
  if (error.certain || repeatable) return again()
  const told = storableOf(error.message)
  if (row.automatic) return { state: 'held', error: told }
  if (row.possiblyTwice) return { state: 'unknown', error: told }
  return { ...again(), possiblyTwice: true }
}

/** What a person had sent again waits from then on. */
function waited({ createdAt, payload: { again } }: DeliveryRow, now: Date): number {
  return now.getTime() - (again === undefined ? createdAt.getTime() : Date.parse(again))
}

function expired(row: DeliveryRow, now: Date): Verdict | undefined {
  if (waited(row, now) < KEEP_MS) return undefined
  return { state: 'expired', error: row.error ?? 'waited longer than a day / 等待超过一天' }
}

/** Full jitter: 1 s at first, doubling, at most a quarter of an hour. */
function backoff(attempts: number, random: number, error: ConnectorError): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts, 16))
  return Math.max(error.retryAfterMs ?? 0, FIRST_MS / 2 + random * longest)
}

/** Sending it again does no harm: the platform or the webhook has a key, or a desk shows it twice at worst. */
export function isRepeatable({ channels }: Pick<RunnerParts, 'channels'>, { kind, targetId, op }: DeliveryRow): boolean {
  const channel = channels.get(targetId)
  if (op === 'edit' || op === 'remove') return true // Changed twice is changed.
  return kind !== 'channel' || (channel?.connector.idempotent ?? channel?.definition.capabilities.idempotent) === true
}
