// Who waits for what comes of an event. Mostly this process works on it and tells; where there are several, another one may, and
// then the database tells.
import type { Finished } from '#store/events.ts'
import type { EventResult } from '#store/schema.ts'

const LOOK_MS = 150

export interface Waiting {
  /** What came of an event, once it is worked on; undefined when that takes longer than `ms`. */
  settled(id: string, ms: number): Promise<EventResult | undefined>
  tell(finished: Finished[]): void
  /** For whom nothing came yet. */
  ids(): string[]
}

/** `look`: what came of these, as far as anybody knows; absent where somebody else looks. */
export function createWaiting(look?: (ids: string[]) => Promise<Finished[]>): Waiting {
  const waiting = new Map<string, (result: EventResult) => void>()
  const ids = () => [...waiting.keys()]
  let looking = false

  const tell = (finished: Finished[]) => {
    for (const { id, result } of finished) waiting.get(id)?.(result)
  }

  /** As long as somebody waits, again and again. */
  function lookLater(): void {
    if (!look || looking) return
    looking = true
    setTimeout(async () => {
      if (waiting.size > 0) tell(await look(ids()))
      looking = false
      if (waiting.size > 0) lookLater()
    }, LOOK_MS)
  }

  return {
    settled(id, ms) {
      return new Promise((resolve) => {
        const end = (result?: EventResult) => {
          clearTimeout(timer)
          waiting.delete(id)
          resolve(result)
        }
        const timer = setTimeout(end, ms)
        waiting.set(id, end)
        lookLater()
      })
    },
    tell,
    ids,
  }
}
