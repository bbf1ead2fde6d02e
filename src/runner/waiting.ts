// Who waits for what comes of an event. Mostly this process works on it and tells; where there are several, another one may, and
// then the database tells.
import type { Finished } from '#store/events.ts'
import type { EventResult } from '#store/schema.ts'

const LOOK_MS = 150
/** A database that has not answered by then is away, and so is what people wait for: it is committed, and will be worked on. */
const PATIENCE_MS = 1_500

export interface Waiting {
  /** What came of an event, once it is worked on; undefined when that takes longer than `ms`, or the database is away. */
  settled(id: string, ms: number): Promise<EventResult | undefined>
  tell(finished: Finished[]): void
  /** For whom nothing came yet. */
  ids(): string[]
}

/** `look`: what came of these, as far as anybody knows; undefined where nobody can say. Absent where somebody else looks. */
export function createWaiting(look?: (ids: string[]) => Promise<Finished[] | undefined>): Waiting {
  /** Who asks again while the first answer is still awaited waits beside it. */
  const waiting = new Set<{ id: string; end(result?: EventResult): void }>()
  const ids = () => [...new Set([...waiting].map(({ id }) => id))]
  let looking = false

  const tell = (finished: Finished[]) => {
    if (waiting.size === 0) return
    const results = new Map(finished.map(({ id, result }) => [id, result]))
    for (const { id, end } of [...waiting]) if (results.has(id)) end(results.get(id))
  }

  /** As long as somebody waits, again and again. */
  function lookLater(): void {
    if (!look || looking) return
    looking = true
    setTimeout(async () => {
      if (waiting.size > 0) {
        const finished = await inTime(look(ids()))
        if (finished) tell(finished)
        else for (const { end } of [...waiting]) end()
      }
      looking = false
      if (waiting.size > 0) lookLater()
    }, LOOK_MS)
  }

  return {
    settled(id, ms) {
      return new Promise((resolve) => {
        const one = {
          id,
          end(result?: EventResult) {
            clearTimeout(timer)
            waiting.delete(one)
            resolve(result)
          },
        }
        const timer = setTimeout(one.end, ms)
        waiting.add(one)
        lookLater()
      })
    },
    tell,
    ids,
  }
}

function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
