// Feels for the database while somebody waits for it. One that hangs (a pulled cable, a frozen machine) breaks no connection: the
// pool would let each caller wait for its own time-out, and callers are promised their 503 within two seconds.
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import type { Line } from '#store/database.ts'

export interface Pulse {
  /** It gave no sign when it was asked last. */
  isAway(): boolean
  /** What came of `work`, or `instead` as soon as the database is known to be away. */
  orAway<T>(work: Promise<T>, instead: () => T): Promise<T>
  stop(): void
}

const TICK_MS = 100
/** Who waits for so long may be waiting for the database: only then is it asked, and no more often than that. */
const WAITED_MS = 800
/** A database that is there answers a question about nothing at once, or says something to somebody else, however much there is to do. */
const ANSWER_MS = 600

export function createPulse(line: Line, log: Logger, now = () => performance.now()): Pulse {
  const waiters = new Set<{ since: number; end: () => void }>()
  let asked: number | undefined
  let heardAt = Number.NEGATIVE_INFINITY
  let bytes = line.heard()
  let away = false
  let timer: NodeJS.Timeout | undefined
  let tickedAt = now()

  function tell(isAway: boolean, why: string): void {
    if (away === isAway) return
    away = isAway
    if (isAway) log.warn({ why }, 'the database is away: callers hear 503 until it answers')
    else log.info({}, 'the database answers again')
  }

  function listen(): void {
    const before = bytes
    bytes = line.heard()
    if (bytes === before) return
    heardAt = now()
    tell(false, '')
  }

  async function question(): Promise<void> {
    const since = now()
    asked = since
    try {
      await line.ask()
      heardAt = now()
      tell(false, '')
    } catch (error) {
      listen()
      // It may refuse this one because it has too many.
      if (heardAt < since) tell(true, reason(error))
    }
    asked = undefined
  }

  function look(): void {
    const late = now() - tickedAt - TICK_MS
    tickedAt = now()
    // While this process stood still it heard nobody: that time says nothing of the database.
    if (late > TICK_MS && asked !== undefined) asked += late
    listen()
    const oldest = Math.min(...[...waiters].map(({ since }) => since))
    if (asked === undefined && (away || now() - Math.max(oldest, heardAt) >= WAITED_MS)) void question()
    else if (asked !== undefined && now() - Math.max(asked, heardAt) >= ANSWER_MS) tell(true, `no answer within ${ANSWER_MS} ms`)
    if (away) for (const { end } of [...waiters]) end()
    if (waiters.size > 0 || away || asked !== undefined) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    isAway: () => away,
    orAway(work, instead) {
      if (!timer) {
        tickedAt = now()
        timer = setInterval(look, TICK_MS).unref()
      }
      // By hand: every request passes here, and `Promise.race` with a `finally` makes five promises where one will do.
      return new Promise((resolve, reject) => {
        const settle = <V>(tell: (outcome: V) => void, outcome: V) => {
          waiters.delete(me)
          tell(outcome)
        }
        const me = { since: now(), end: () => settle(resolve, instead()) }
        waiters.add(me)
        work.then(
          (value) => settle(resolve, value),
          (error: unknown) => settle(reject, error),
        )
      })
    },
    stop() {
      clearInterval(timer)
    },
  }
}
