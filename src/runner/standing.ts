// How we stand with each platform and tool: what a look at it says once a minute, and whether it knows where it reaches us.
import { reason } from '#core/errors.ts'
import type { Channel, DeskPart, RunnerParts } from './parts.ts'
import { createSignal } from './signal.ts'

const CHECK_MS = 60_000
/** Who does not answer by then is down. */
const ANSWER_MS = 15_000

export interface Standing {
  /** Looks at all of them, again and again. */
  run(signal: AbortSignal): Promise<void>
  /** Tells the platforms that call us where we are. One that does not take it is told again by the admin's doctor; then it is false. */
  register(): Promise<boolean>
}

export function createStanding(parts: RunnerParts): Standing {
  const { health, log } = parts
  const all = (): (Channel | DeskPart)[] => [...parts.channels.values(), ...parts.desks.values()]
  const outsideOf = (part: Channel | DeskPart) => ('connector' in part ? part.connector : part.desk)

  async function check(part: Channel | DeskPart, signal: AbortSignal): Promise<void> {
    const checked = outsideOf(part).check(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]))
    const found = await checked.catch((error) => ({ state: 'transient' as const, detail: reason(error) }))
    if (!signal.aborted) health.set(part.id, found)
  }

  return {
    async run(signal) {
      const pause = createSignal()
      while (!signal.aborted) {
        await Promise.all(all().map((part) => check(part, signal)))
        await pause.wait(CHECK_MS, signal)
      }
    },
    async register() {
      let told = true
      if (!parts.publicUrl) return told
      for (const part of all()) {
        const outside = outsideOf(part)
        if (part.inbound !== 'webhook' || !outside.setup) continue
        await outside.setup(new URL(`/hooks/${part.id}`, parts.publicUrl), AbortSignal.timeout(ANSWER_MS)).catch((error) => {
          told = false
          health.set(part.id, { state: 'misconfigured', detail: reason(error) })
          log.error({ source: part.id, error: reason(error) }, 'our address could not be registered with the platform')
        })
      }
      return told
    },
  }
}
