// What a pass does: events are worked on, or the queue is routed, in one transaction; what follows from it goes out from here at once
// where it may, and what came of earlier attempts is written along.
import { reason } from '#core/errors.ts'
import type { NewEvent } from '#store/events.ts'
import type { NewDelivery } from '#store/rows.ts'
import type { House } from '../pipeline/house.ts'
import { type Received, type Routed, receive, routePass, type Worked, type WorkOptions, work } from '../pipeline.ts'
import type { Outbox } from './outbox.ts'
import type { RunnerParts } from './parts.ts'

/** Events of one transaction: a pass that has as many was not the last. */
export const BATCH = 32

/** `atOnce`: what a pass leads to goes out from this process. Without loops nobody here would see the end of it. */
export interface Passes {
  /** Customers' events the short way: stored, worked on and on their way with one commit. Undefined: they are to take the longer one. */
  receive(rows: NewEvent[]): Promise<string[] | undefined>
  /** Works on what is due now; how many events that were. */
  work(atOnce: boolean): Promise<number>
  /** Routes the queue; how many conversations were told or given something. */
  route(atOnce: boolean): Promise<number>
  /** Resolves when nothing is being saved that may go out at once. */
  saved(): Promise<void>
}

interface Around {
  outbox: Outbox
  /** The house as this process sees it now. */
  house(): House
  /** Who is about to end sends nothing new. */
  signal: AbortSignal
  onWorked(worked: Worked): void
  onRouted(routed: Routed): void
  /** Something that came in waits to be worked on. */
  onWaiting(): void
}

export function createPasses(parts: RunnerParts, { outbox, house, signal, onWorked, onRouted, onWaiting }: Around): Passes {
  const { db } = parts.database
  const named = { pass: parts.pass, holder: parts.name }
  /** What is being saved, and may go out at once. */
  const saving = new Set<Promise<unknown>>()

  /** What was let in and did not go, and outcomes that did not travel, are given back, whatever happens. */
  async function sendingAtOnce<T extends Pick<Worked, 'sending' | 'written'> | undefined>(
    pass: (going: Pick<WorkOptions, 'admit' | 'outcomes' | 'onAgain'>) => Promise<T>,
  ): Promise<T> {
    const admitted: NewDelivery[] = []
    const doubtful: NewDelivery[] = []
    const admit = (row: NewDelivery) => !signal.aborted && outbox.admit(row) && admitted.push(row) > 0
    let loan: ReturnType<Outbox['lend']> | undefined
    const outcomes = () => {
      loan = outbox.lend()
      return loan.items
    }
    const onAgain = (error: unknown) => {
      parts.log.warn({ error: reason(error) }, 'a batch of events could not be saved; each is tried alone')
      doubtful.push(...admitted)
      loan?.end()
      loan = undefined
    }
    let done: T | undefined
    const running = pass({ admit, outcomes, onAgain })
    saving.add(running)
    try {
      done = await running
      return done
    } finally {
      saving.delete(running)
      outbox.send(done?.sending ?? [], admitted, done ? doubtful : admitted)
      loan?.end(done?.written)
    }
  }

  return {
    async receive(rows) {
      let received: Received | undefined
      await sendingAtOnce(async (going) => {
        const onRefused = (error: unknown) => parts.log.warn({ error: reason(error) }, 'events take the longer way')
        received = await receive(db, rows, house(), { ...named, ...going, onRefused })
        if (received) parts.pass('work.committed')
        return received?.worked
      })
      if (!received) return undefined
      onWorked(received.worked)
      if (received.ids.length > received.worked.events) onWaiting()
      return received.ids
    },
    async work(atOnce) {
      const run = (going: WorkOptions = {}) => work(db, house(), { ...named, limit: BATCH, ...going })
      const worked = await (atOnce ? sendingAtOnce(run) : run())
      onWorked(worked)
      return worked.events
    },
    async route(atOnce) {
      const run = (going: WorkOptions = {}) => routePass(db, house(), { ...named, ...going })
      const routed = await (atOnce ? sendingAtOnce(run) : run())
      if (routed) onRouted(routed)
      return routed?.drafts.length ?? 0
    },
    saved: async () => void (await Promise.allSettled(saving)),
  }
}
