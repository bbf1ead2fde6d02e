// One held connection: what comes over it is committed before it is confirmed, it ends within a second of being told to, and how it
// stands is shown as for what is polled. The loop in intake.ts opens it again.
import { ConnectorError, reason } from '#core/errors.ts'
import { accept } from '../pipeline.ts'
import type { Source } from './intake.ts'
import type { RunnerParts } from './parts.ts'

/** The contract's second: whoever has not ended by then is left behind. */
const GRACE_MS = 1_000
/** A connection that stood so long was a good one: the next is opened without delay, whatever came before. */
const GOOD_MS = 30_000

/** Resolves when told to end; rejects when the connection is lost. `good` is called once it has stood for a while. */
export async function stayConnected(
  parts: RunnerParts,
  source: Pick<Source, 'id' | 'connect' | 'rows' | 'opened' | 'closed'>,
  onEvents: () => void,
  abort: AbortSignal,
  good: () => void,
): Promise<void> {
  if (abort.aborted || !source.connect) return
  let openedAt: number | undefined
  const opened = () => {
    openedAt ??= parts.clock.now().getTime()
    // What the part says of itself besides – that it cannot send, for one – is not ours to take back.
    parts.health.set(source.id, { ...parts.health.get(source.id), state: 'connected', detail: undefined })
    source.opened?.()
  }
  /** Rejects when the database is away: then nothing is confirmed to the platform, and it comes again. */
  const sink = async (events: unknown[]) => {
    const rows = await source.rows(events)
    if (rows.length > 0) await accept(parts.database.db, rows)
    if (openedAt === undefined) opened()
    if (rows.length > 0) onEvents()
  }
  try {
    await untilLeft(parts, source.id, source.connect(sink, abort, opened), abort)
  } finally {
    source.closed?.()
    if (openedAt !== undefined && parts.clock.now().getTime() - openedAt >= GOOD_MS) good()
  }
  // A platform that hangs up politely has hung up all the same.
  if (!abort.aborted) throw new ConnectorError('transient', 'the connection was closed')
}

/** Waits for the connection to end, and after the abort no longer than the grace. */
async function untilLeft({ log }: RunnerParts, id: string, ended: Promise<void>, abort: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let leave: (() => void) | undefined
  const left = new Promise<void>((resolve) => {
    leave = () => {
      timer = setTimeout(() => {
        log.warn({ source: id }, 'a connection did not end when told to; it is left behind')
        resolve()
      }, GRACE_MS)
    }
    abort.addEventListener('abort', leave, { once: true })
  })
  try {
    await Promise.race([ended, left])
  } catch (error) {
    // It was told to end: how it ends is no news.
    if (!abort.aborted) throw error
    log.debug({ source: id, error: reason(error) }, 'a connection broke while it was ended')
  } finally {
    clearTimeout(timer)
    if (leave) abort.removeEventListener('abort', leave)
    // One that was left behind may still break.
    ended.catch((error) => log.debug({ source: id, error: reason(error) }, 'a connection that was left behind broke'))
  }
}
