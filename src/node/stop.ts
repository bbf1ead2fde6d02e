// Ending in time, whatever hangs: each step has so long, and the next one begins even when it has not ended.
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'

export interface Step {
  name: string
  ms: number
  run(): Promise<void>
}

/** The names of the steps that did not end in time. Throws what a step threw, after the last of them. */
export async function inTime(steps: Step[], log: Logger): Promise<string[]> {
  const left: string[] = []
  const errors: unknown[] = []
  for (const { name, ms, run } of steps) {
    const abort = new AbortController()
    const over = pause(ms, 'over' as const, { signal: abort.signal }).catch(() => 'ended' as const)
    const ended = run().then(
      () => 'ended' as const,
      (error) => {
        // One that breaks after its time was given up already; its words are still worth a line.
        log.error({ step: name, error: reason(error) }, 'ending did not go as it should')
        errors.push(error)
        return 'ended' as const
      },
    )
    if ((await Promise.race([ended, over])) === 'over') left.push(name)
    abort.abort()
  }
  if (left.length > 0) log.warn({ left }, 'not everything ended in time; it is on record, and leases run out')
  if (errors.length > 0) throw errors[0]
  return left
}
