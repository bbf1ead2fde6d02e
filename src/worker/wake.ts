// The queue as an alarm clock: its messages say nothing but 'look'. What there is to do stands in our tables, so a wake-up that
// is lost, late or double changes nothing; the schedule looks each minute in any case.
import type { Queue } from './runtime.ts'

/** A wake-up so shortly after another would find what that one finds. */
const SLACK_MS = 2_000
/** What is due later is found by the schedule. */
const FARTHEST_MS = 15 * 60_000

export interface WakeUps {
  /** Asks to be woken at that time, unless this isolate is about to be woken anyway. */
  at(queue: Queue, time: number): Promise<void>
}

export function createWakeUps(now: () => number): WakeUps {
  let asked: number[] = []
  return {
    async at(queue, time) {
      const present = now()
      asked = asked.filter((one) => one > present)
      if (time - present > FARTHEST_MS || asked.some((one) => one >= time && one <= time + SLACK_MS)) return
      const delaySeconds = Math.max(0, Math.ceil((time - present) / 1000))
      const due = present + delaySeconds * 1000
      asked.push(due)
      try {
        await queue.send({ look: true }, { delaySeconds })
      } catch (error) {
        asked = asked.filter((one) => one !== due)
        throw error
      }
    },
  }
}
