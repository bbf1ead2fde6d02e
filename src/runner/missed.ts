// Reads again what tools may have told nobody: at the start, when a connection stands anew, and every few minutes, since a tool that
// cannot reach us does not say so. What is on record already changes nothing, so each time begins well before the last one.
// The first look takes nothing: whoever ran before may have what it finds under other names. What is before it and what after it no time
// can tell, since a tool's clock is not ours; so what it finds is remembered by its ids, and left alone as long as it can be found.
import { reason } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import { storableOf } from '#store/events.ts'
import { threadsToRead } from '#store/missed.ts'
import { dropLease, dropSetting, holdLease, readSetting, writeSetting } from '#store/settings.ts'
import { accept, deskEvents } from '../pipeline.ts'
import { keepingLease, LEASE_MS } from './intake.ts'
import type { DeskPart, RunnerParts } from './parts.ts'
import { createSignal } from './signal.ts'

const EVERY_MS = 5 * 60_000
/** A tool's clock is not ours, and what is on its way now was written before. */
const OVERLAP_MS = 10 * 60_000
/** Whoever was away for longer finds what is older in the tool itself. */
const MOST_MS = 3 * 86_400_000
/** After a failure; twice as long after each further one, since a permission that is missing is missing tomorrow, too. */
const AGAIN_MS = 30_000
const LOOK_MS = 15_000

export interface Missed {
  /** A connection stands: what was said while it did not is read now. */
  opened(deskId: string): void
  /** The connection is gone. Where one is held, only who holds it reads. */
  closed(deskId: string): void
  /** Reads what is due. */
  look(signal: AbortSignal): Promise<void>
  run(signal: AbortSignal): Promise<void>
}

/** What stood there at the first look. `until`: what is asked for then is younger. */
interface Left {
  ids: string[]
  until: string
}

export function createMissed(parts: RunnerParts, onFound: () => void): Missed {
  const { clock, log } = parts
  const call = createSignal()
  const { db } = parts.database
  const dueAt = new Map<string, number>()
  const failures = new Map<string, number>()
  const connected = new Set<string>()

  const underway = new Map<string, Promise<void>>()
  /** Further away than any look is put off: the clock was put back meanwhile. */
  const isLater = (at: number) => at > clock.now().getTime() && at <= clock.now().getTime() + EVERY_MS
  const isDue = ({ id, desk, inbound }: DeskPart) =>
    desk.missed !== undefined && !underway.has(id) && (inbound !== 'connect' || connected.has(id)) && !isLater(dueAt.get(id) ?? 0)

  async function read(part: DeskPart, signal: AbortSignal): Promise<void> {
    const lease = `missed:${part.id}`
    if (!(await holdLease(db, lease, parts.name, LEASE_MS))) return
    let found = 0
    try {
      await keepingLease(parts, lease, signal, async (both) => {
        found = await catchUp(part, both)
      })
    } finally {
      await dropLease(db, lease, parts.name)
    }
    if (found > 0) log.info({ desk: part.id, events: found }, 'what was written while nobody heard it was read')
  }

  /** How many events were new. The time up to which everything is read moves only when all of it was. */
  async function catchUp({ id, desk }: DeskPart, signal: AbortSignal): Promise<number> {
    const key = `missed:${id}`
    const now = clock.now()
    const mark = await readSetting<string>(db, key)
    // A mark of a clock that was wrong, or of a process whose clock is ahead, must not hide what is written now.
    const upTo = Math.min(mark === undefined ? now.getTime() : Date.parse(mark), now.getTime())
    const since = new Date(Math.max(upTo - OVERLAP_MS, now.getTime() - MOST_MS))
    const left = await leftAlone(id, mark === undefined, since)
    const found: string[] = []
    let fresh = 0
    for await (const given of eventsSince(id, desk, since, signal)) {
      const events = storableOf(given)
      const others = events.filter(({ externalId }) => !left.has(externalId))
      if (mark === undefined) found.push(...events.map(({ externalId }) => externalId))
      else if (others.length > 0) fresh += await take(id, others)
    }
    signal.throwIfAborted()
    // Killed between the two, this was no look.
    if (mark === undefined) await writeSetting(db, `${key}:left`, { ids: found, until: new Date(now.getTime() + OVERLAP_MS).toISOString() })
    await writeSetting(db, key, now.toISOString())
    return fresh
  }

  async function* eventsSince(id: string, desk: DeskPart['desk'], since: Date, signal: AbortSignal): AsyncGenerator<DeskEvent[]> {
    const threads = await threadsToRead(db, id, since)
    if (threads.length > 0 && desk.missed) yield* desk.missed(threads, since, signal)
  }

  async function leftAlone(id: string, isFirst: boolean, since: Date): Promise<ReadonlySet<string>> {
    const key = `missed:${id}:left`
    const left = isFirst ? undefined : await readSetting<Left>(db, key)
    if (!left) return new Set()
    if (Date.parse(left.until) >= since.getTime()) return new Set(left.ids)
    await dropSetting(db, key)
    return new Set()
  }

  async function take(id: string, events: DeskEvent[]): Promise<number> {
    const rows = parts.typing.sift(await deskEvents(db, id, await parts.people.introduce(id, events), parts.house()))
    const fresh = await accept(db, rows)
    if (fresh.length > 0) onFound()
    return fresh.length
  }

  const due = () => [...parts.desks.values()].filter(isDue)

  async function lookInto(part: DeskPart, signal: AbortSignal): Promise<void> {
    dueAt.set(part.id, clock.now().getTime() + EVERY_MS)
    try {
      await read(part, signal)
      failures.delete(part.id)
    } catch (error) {
      if (signal.aborted) return
      const before = failures.get(part.id) ?? 0
      failures.set(part.id, before + 1)
      dueAt.set(part.id, clock.now().getTime() + Math.min(AGAIN_MS * 2 ** before, EVERY_MS))
      log.warn({ desk: part.id, error: reason(error) }, 'what was written while nobody heard it could not be read; trying again')
    }
  }

  return {
    opened(deskId) {
      connected.add(deskId)
      dueAt.delete(deskId)
      call.wake()
    },
    closed: (deskId) => void connected.delete(deskId),
    look: async (signal) => void (await Promise.all(due().map((part) => lookInto(part, signal)))),
    async run(signal) {
      // Side by side: a tool that asks to wait for long holds up no other.
      const underway = new Map<string, Promise<void>>()
      const begin = (part: DeskPart) =>
        lookInto(part, signal).finally(() => {
          underway.delete(part.id)
          // Its connection may stand anew since it began.
          call.wake()
        })
      while (!signal.aborted) {
        for (const part of due()) if (!underway.has(part.id)) underway.set(part.id, begin(part))
        await call.wait(LOOK_MS, signal)
      }
      await Promise.all(underway.values())
    },
  }
}
