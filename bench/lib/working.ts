// Accepting and working without HTTP and without sending: the engine's transaction alone.
import { accept, channelEvents, receive, work } from '#src/pipeline.ts'
import type { Db } from '#store/database.ts'
import { QUESTION } from './crowds.ts'
import { benchHouse, question } from './house.ts'

/** Accepted and not yet worked on: enough for full batches. */
const BACKLOG = 512
const ACCEPT_BATCH = 64
/** The most that the door takes this way. */
const RECEIVE_BATCH = 48

export interface Working {
  users: number
  /** Loops that work side by side. */
  workers: number
  /** Accepts for so long … */
  seconds?: number
  /** … or so many. */
  most?: number
}

/** As the door takes events while there is time for it: stored and worked on with one transaction, by so many loops. */
export async function receiveFor(db: Db, { users, workers, seconds = 0 }: Working): Promise<{ count: number; seconds: number }> {
  const house = benchHouse()
  const startedAt = performance.now()
  let [asked, count] = [0, 0]
  const loop = async () => {
    while (performance.now() - startedAt < seconds * 1000) {
      const batch = Array.from({ length: RECEIVE_BATCH }, (_, n) => question(1 + ((asked + n) % users), QUESTION))
      asked += batch.length
      const received = await receive(db, channelEvents('tg', batch, house), house)
      if (received?.worked.events !== batch.length) throw new Error('the short way was not free')
      count += batch.length
    }
  }
  await Promise.all(Array.from({ length: workers }, loop))
  return { count, seconds: (performance.now() - startedAt) / 1000 }
}

/** Works until nothing is left of what it accepted. */
export async function workFor(db: Db, { users, workers, seconds = 0, most }: Working): Promise<{ count: number; seconds: number }> {
  const house = benchHouse()
  const startedAt = performance.now()
  let [accepted, worked] = [0, 0]
  let accepting = true
  const isOpen = () => (most === undefined ? performance.now() - startedAt < seconds * 1000 : accepted < most)
  const acceptLoop = async () => {
    while (isOpen()) {
      if (accepted - worked >= BACKLOG) {
        await pause()
        continue
      }
      const batch = Array.from({ length: Math.min(ACCEPT_BATCH, (most ?? Number.POSITIVE_INFINITY) - accepted) }, (_, n) =>
        question(1 + ((accepted + n) % users), QUESTION),
      )
      await accept(db, channelEvents('tg', batch, house))
      accepted += batch.length
    }
    accepting = false
  }
  const workLoop = async () => {
    while (accepting || worked < accepted) {
      const { events } = await work(db, house)
      worked += events
      if (events === 0) await pause()
    }
  }
  await Promise.all([acceptLoop(), ...Array.from({ length: workers }, workLoop)])
  return { count: worked, seconds: (performance.now() - startedAt) / 1000 }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1))
