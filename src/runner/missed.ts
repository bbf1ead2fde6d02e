// Reads again what tools may have told nobody: at the start, when a connection stands anew, and every few minutes, since a tool that
// cannot reach us does not say so. What is on record already changes nothing, so each time begins well before the last one.
import { reason } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import { threadsToRead } from '#store/missed.ts'
import { dropLease, holdLease, readSetting, writeSetting } from '#store/settings.ts'
import { accept, deskEvents } from '../pipeline.ts'
import { keepingLease, LEASE_MS } from './intake.ts'
import type { DeskPart, RunnerParts } from './parts.ts'
import { createSignal } from './signal.ts'

const EVERY_MS = 5 * 60_000
/** A tool's clock is not ours, and what is on its way now was written before. */
const OVERLAP_MS = 10 * 60_000
/** Whoever was away for longer finds what is older in the tool itself. */
const MOST_MS = 3 * 86_400_000
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

export function createMissed(parts: RunnerParts, onFound: () => void): Missed {
  const { clock, log } = parts
  const call = createSignal()
  const { db } = parts.database
  const dueAt = new Map<string, number>()
  const connected = new Set<string>()

  const isDue = ({ id, desk, inbound }: DeskPart) =>
    desk.missed !== undefined && (inbound !== 'connect' || connected.has(id)) && (dueAt.get(id) ?? 0) <= clock.now().getTime()

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
    let found = 0
    if (mark !== undefined && desk.missed) {
      const since = new Date(Math.max(Date.parse(mark) - OVERLAP_MS, now.getTime() - MOST_MS))
      const threads = await threadsToRead(db, id, since)
      if (threads.length > 0) for await (const events of desk.missed(threads, since, signal)) found += await take(id, events)
    }
    signal.throwIfAborted()
    await writeSetting(db, key, now.toISOString())
    return found
  }

  async function take(id: string, events: DeskEvent[]): Promise<number> {
    const rows = parts.typing.sift(await deskEvents(db, id, await parts.people.introduce(id, events), parts.house()))
    const fresh = await accept(db, rows)
    if (fresh.length > 0) onFound()
    return fresh.length
  }

  async function look(signal: AbortSignal): Promise<void> {
    for (const part of parts.desks.values()) {
      if (signal.aborted) return
      if (!isDue(part)) continue
      dueAt.set(part.id, clock.now().getTime() + EVERY_MS)
      try {
        await read(part, signal)
      } catch (error) {
        if (signal.aborted) return
        dueAt.set(part.id, clock.now().getTime() + AGAIN_MS)
        log.warn({ desk: part.id, error: reason(error) }, 'what was written while nobody heard it could not be read; trying again')
      }
    }
  }

  return {
    opened(deskId) {
      connected.add(deskId)
      dueAt.delete(deskId)
      call.wake()
    },
    closed: (deskId) => void connected.delete(deskId),
    look,
    async run(signal) {
      while (!signal.aborted) {
        await look(signal)
        await call.wait(LOOK_MS, signal)
      }
    },
  }
}
