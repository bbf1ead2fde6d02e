// Nobody queues while an able agent is idle. The router sees to that with every pass; this looks whether it is so, whatever became of
// the passes: a hint that was lost, a process that crashed, a lock that was held. Whoever is found twice is told of, and routed again.
import { every } from '#core/clock.ts'
import { reason } from '#core/errors.ts'
import { type Idle, idleBeside } from '#router/watch.ts'
import { forgetDecisions } from '#store/decisions.ts'
import { readWaiting } from '#store/queue.ts'
import type { House } from '../pipeline/house.ts'
import { routerInput } from '../pipeline/plan.ts'
import { readQueue } from '../pipeline.ts'
import type { RunnerParts } from './parts.ts'

const LOOK_MS = 15_000
const FORGET_MS = 60_000
/** How long decisions are kept. */
const KEEP_MS = 30 * 86_400_000

export interface Stuck {
  now: number
  times: number
}

export interface Watchdog {
  /** Looks, when it is time. True: somebody waits who need not, and has done so for two looks. */
  look(house: House): Promise<boolean>
  /** How many it found at its last look, and how often it found any since the start. */
  found(): Stuck
}

export function createWatchdog({ database: { db }, clock, log }: Pick<RunnerParts, 'database' | 'clock' | 'log'>): Watchdog {
  const looks = every(LOOK_MS, clock.now())
  const forgets = every(FORGET_MS, clock.now())
  let seen = new Set<string>()
  const stuckSo: Stuck = { now: 0, times: 0 }

  async function idle(house: House): Promise<Idle[]> {
    const waiting = await readWaiting(db)
    if (waiting.length === 0) return []
    const input = routerInput(await readQueue(db, waiting, house), house)
    return idleBeside(input.waiting, input.agents, clock.now())
  }

  async function forget(now: Date): Promise<void> {
    if (forgets.isDue(now)) await forgetDecisions(db, new Date(now.getTime() - KEEP_MS))
  }

  return {
    found: () => ({ ...stuckSo }),
    async look(house) {
      const now = clock.now()
      try {
        await forget(now)
        if (!looks.isDue(now)) return false
        const found = await idle(house)
        // At one look somebody may just have come free: the pass that follows sees to it.
        const stuck = found.filter(({ conversation }) => seen.has(conversation))
        seen = new Set(found.map(({ conversation }) => conversation))
        stuckSo.now = stuck.length
        if (stuck.length === 0) return false
        stuckSo.times += 1
        log.error({ stuck: stuck.slice(0, 5), count: stuck.length }, 'somebody waits beside an idle agent; the queue is routed again')
        return true
      } catch (error) {
        log.warn({ error: reason(error) }, 'the queue could not be looked over; trying again')
        return false
      }
    },
  }
}
