// The door: what comes in is committed in groups, and when more comes than can be borne, callers are asked to come again. People
// who answer have a door of their own, so that they can work off what customers pile up.
import { createBatch } from '#core/batch.ts'
import { every } from '#core/clock.ts'
import { DATABASE_AWAY, RequestError, reason } from '#core/errors.ts'
import { countPending, isAway, isPoison, type NewEvent } from '#store/events.ts'
import { accept } from '../pipeline.ts'
import type { RunnerParts } from './parts.ts'

/** Calls that may wait for their commit: more would wait longer than platforms do. */
const WAITING = 2_000
const MOST = 256
/** So many new events are worked on where they arrive; when more arrive at once they are only stored, which is quicker, and wait. */
const AT_ONCE = 48
/** So many that wait for their commit begin one of their own, beside at most two others: the database is at those while the next is decided here. */
const BESIDE = 8
const WRITES = 3
/** After the short way failed once, so long nobody tries it: what blocked it may block it still. */
const PLAIN_MS = 1_000
/** Platforms give up after 3 to 5 s, and then call again: an honest 'not now' comes before that. */
const PATIENCE_MS = 1_800
const LOOK_MS = 1_000

export interface Door {
  /** Commits; resolves with the ids of those that are new. Throws 503 when too much waits. */
  accept(rows: NewEvent[]): Promise<string[]>
  /** Looks how much waits to be worked on; called now and then. */
  look(): Promise<void>
  /** So many of those that waited are worked on. */
  worked(events: number): void
}

/** `receive` takes customers' events the short way, where it can (see the pipeline); `onWaiting` hears of those that wait instead. */
export function createDoor(parts: RunnerParts, receive: (rows: NewEvent[]) => Promise<string[] | undefined>, onWaiting: () => void): Door {
  const { clock } = parts
  const { db } = parts.database
  let pending = 0
  const looks = every(LOOK_MS)
  let plainUntil = 0

  async function store(rows: NewEvent[]): Promise<string[]> {
    const now = clock.now().getTime()
    const isPlain = now < plainUntil && now >= plainUntil - PLAIN_MS
    if (!isPlain && rows.length <= AT_ONCE && rows.every(({ source }) => source === 'channel')) {
      const received = await receive(rows)
      if (received) return received
      plainUntil = now + PLAIN_MS
    }
    const accepted = await accept(db, rows)
    if (accepted.length > 0) onWaiting()
    pending += accepted.length // Counted from here on, so that a flood between two looks is seen, too.
    return accepted
  }

  const batchOf = () =>
    createBatch<NewEvent[], string[]>({
      write: async (items) => {
        const known = new Set(await store(items.flat()))
        return items.map((rows) => rows.map(({ id }) => id).filter((id) => known.has(id)))
      },
      most: MOST,
      writes: WRITES,
      beside: BESIDE,
      keysOf: (rows) => rows.map(({ lane }) => lane),
      bound: WAITING,
      patienceMs: PATIENCE_MS,
      refusal: () => busy(2),
      isPoison,
    })
  // Without loops each call lives alone: what one writes for another might never end.
  const isAlone = parts.onWork !== undefined
  const customers = batchOf()
  const agents = batchOf()

  /** Throws 503 when a customer's event would only wait. */
  function check(): void {
    if (pending > parts.house().surge.backlog) throw busy(5)
  }

  async function look(): Promise<void> {
    if (!looks.isDue(clock.now())) return
    pending = await countPending(db, parts.house().surge.backlog + 1)
  }

  return {
    async accept(rows) {
      const [first] = rows
      if (!first) return []
      if (first.source === 'channel') check()
      try {
        if (isAlone) return await accept(db, rows)
        return await (first.source === 'channel' ? customers : agents).add(rows)
      } catch (error) {
        if (!(error instanceof RequestError)) parts.log.warn({ error: reason(error) }, 'events could not be committed')
        throw error instanceof RequestError || isPoison(error) ? error : isAway(error) ? away() : busy(2)
      }
    },
    look,
    worked(events) {
      pending = Math.max(0, pending - events)
    },
  }
}

/** Told apart from too much: who looks at what callers heard finds the database at once. */
function away(): RequestError {
  const { reason: code, message, retryAfterSeconds } = DATABASE_AWAY
  return new RequestError(503, code, message, retryAfterSeconds)
}

function busy(seconds: number): RequestError {
  return new RequestError(503, 'busy', 'Too much at once; please try again shortly. / 当前太忙，请稍后再试。', seconds)
}
