// Feels for the database while somebody waits for it. One that hangs (a pulled cable, a frozen machine) breaks no connection: the
// pool would let each caller wait for its own time-out, and callers are promised their 503 within two seconds.
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'

export interface Pulse {
  /** It gave no sign when it was asked last. */
  isAway(): boolean
  /** What came of `work`, or `instead` as soon as the database is known to be away. */
  orAway<T>(work: Promise<T>, instead: () => T): Promise<T>
  stop(): void
}

const TICK_MS = 200
/** Who waits for so long may be waiting for the database: only then is it asked, and no more often than that. */
const WAITED_MS = 800
/** A database that is there answers a question about nothing in a few milliseconds, however much it has to do. */
const ANSWER_MS = 600

/** `ask` asks on a connection of its own: that of a busy pool would say how busy we are. */
export function createPulse(ask: () => Promise<void>, log: Logger, now = () => performance.now()): Pulse {
  const waiters = new Map<symbol, { since: number; end: () => void }>()
  let asked: number | undefined
  let heard = Number.NEGATIVE_INFINITY
  let away = false
  let timer: NodeJS.Timeout | undefined

  function tell(isAway: boolean, why: string): void {
    if (away === isAway) return
    away = isAway
    if (isAway) log.warn({ why }, 'the database is away: callers hear 503 until it answers')
    else log.info({}, 'the database answers again')
  }

  async function question(): Promise<void> {
    asked = now()
    try {
      await ask()
      heard = now()
      tell(false, '')
    } catch (error) {
      tell(true, reason(error))
    }
    asked = undefined
  }

  function look(): void {
    const oldest = Math.min(...[...waiters.values()].map(({ since }) => since))
    if (asked === undefined && (away || now() - Math.max(oldest, heard) >= WAITED_MS)) void question()
    else if (asked !== undefined && now() - asked >= ANSWER_MS) tell(true, `no answer within ${ANSWER_MS} ms`)
    if (away) for (const { end } of [...waiters.values()]) end()
    if (waiters.size > 0 || away || asked !== undefined) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    isAway: () => away,
    orAway(work, instead) {
      timer ??= setInterval(look, TICK_MS).unref()
      const me = Symbol()
      const gone = new Promise<void>((resolve) => waiters.set(me, { since: now(), end: resolve }))
      return Promise.race([work, gone.then(instead)]).finally(() => waiters.delete(me))
    },
    stop() {
      clearInterval(timer)
    },
  }
}
