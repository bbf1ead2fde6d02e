// Which questions are asked most: counted here, written together now and then, read back with what other processes counted.
import { every } from '#core/clock.ts'
import { countAsked, readAsked } from '#store/asked.ts'
import type { Draft } from '#store/rows.ts'
import type { RunnerParts } from './parts.ts'

const WRITE_MS = 10_000
const READ_MS = 60_000

export interface Asked {
  /** As of the last look. */
  now(): ReadonlyMap<string, number>
  count(drafts: readonly Draft[]): void
  /** Writes and reads where it is time for it; `end`: what is counted is written at once. */
  look(how?: { end: boolean }): Promise<void>
}

export function createAsked({ database: { db }, clock, house }: RunnerParts): Asked {
  let counts = new Map<string, number>()
  let known: ReadonlyMap<string, number> = new Map()
  const [writes, reads] = [every(WRITE_MS), every(READ_MS)]
  return {
    now: () => known,
    count(drafts) {
      if (!house().bot.counts) return
      for (const entry of drafts.flatMap(({ asked }) => asked)) counts.set(entry, (counts.get(entry) ?? 0) + 1)
    },
    async look({ end } = { end: false }) {
      const now = clock.now()
      if (counts.size > 0 && (end || writes.isDue(now))) {
        const taken = counts
        counts = new Map()
        await countAsked(db, taken, now)
      }
      if (end || !house().bot.counts || !reads.isDue(now)) return
      known = await readAsked(db, now)
    },
  }
}
