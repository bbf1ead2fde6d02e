// Who strangers in a tool are, as far as the tool tells: asked once before their words are stored, so that an agent's first words there
// already count. A tool that does not answer at once is asked with the next words; nobody waits for it.
import type { Desk } from '#core/desk.ts'
import { reason } from '#core/errors.ts'
import type { DeskEvent, DeskUser } from '#core/event.ts'
import { storableOf } from '#store/events.ts'
import { knowsPerson } from '#store/links.ts'
import type { RunnerParts } from './parts.ts'

/** Tools want their answer within three seconds; the commit needs some of it. */
const ASK_MS = 1_500
/** So long nobody is asked for again. */
const AGAIN_MS = 5 * 60_000
const MOST = 2_000

export interface People {
  /** The same events as they can be stored, with what the tool vouches for of people whom nobody knows here. */
  introduce(deskId: string, events: DeskEvent[]): Promise<DeskEvent[]>
}

export function createPeople({ database: { db }, desks, clock, log }: Pick<RunnerParts, 'database' | 'desks' | 'clock' | 'log'>): People {
  /** Whoever was looked at, what came of it, and until when that counts. */
  const seen = new Map<string, { until: number; person?: DeskUser }>()

  async function look(deskId: string, desk: Desk, id: string): Promise<DeskUser | undefined> {
    const key = JSON.stringify([deskId, id])
    const now = clock.now().getTime()
    const known = seen.get(key)
    if (known && known.until > now) return known.person
    const person = (await knowsPerson(db, deskId, id)) ? undefined : await ask(deskId, desk, id)
    seen.set(key, { until: now + AGAIN_MS, ...(person && { person }) })
    if (seen.size > MOST) seen.delete(seen.keys().next().value as string)
    return person
  }

  async function ask(deskId: string, desk: Desk, id: string): Promise<DeskUser | undefined> {
    try {
      return await desk.user?.(id, AbortSignal.timeout(ASK_MS))
    } catch (error) {
      log.info({ desk: deskId, error: reason(error) }, 'the tool does not tell who somebody is')
      return undefined
    }
  }

  return {
    async introduce(deskId, given) {
      const events = storableOf(given)
      const desk = desks.get(deskId)?.desk
      if (!desk?.user) return events
      const introduced: DeskEvent[] = []
      for (const event of events) {
        const { by } = event
        const person = by.email || by.anonymous ? undefined : await look(deskId, desk, by.id)
        introduced.push(
          person ? { ...event, by: { ...by, ...(person.email && { email: person.email }), name: by.name ?? person.name } } : event,
        )
      }
      return introduced
    },
  }
}
