// What nobody does by an event: conversations that grow idle, those that ended long ago, clocks under terms that were edited, and events
// that nobody needs any more.
import { every } from '#core/clock.ts'
import { newId } from '#core/ids.ts'
import { acceptEvents, type NewEvent } from '#store/events.ts'
import { archiveResolved, findQuiet, type QuietRow } from '#store/idle.ts'
import { dropSpent } from '#store/spent.ts'
import { noticeTerms } from '#store/timers.ts'
import { type House, laneOf } from '../pipeline/house.ts'
import { idleNow } from '../pipeline/idle.ts'
import type { RunnerParts } from './parts.ts'

const LOOK_MS = 15_000
/** From one round over the old events to the next. */
const ROUND_MS = 3_600_000
const DAY_MS = 86_400_000

export interface Sweep {
  /** Looks, when it is time for it; true when something came of it that is worked on now. */
  look(): Promise<boolean>
}

type Parts = Pick<RunnerParts, 'database' | 'clock' | 'house' | 'channels' | 'desks'>

export function createSweep({ database: { db }, clock, house, channels, desks }: Parts): Sweep {
  const [looks, rounds] = [every(LOOK_MS), every(ROUND_MS)]
  let isRound = false
  let seen: House['service'] | undefined

  return {
    async look() {
      const now = clock.now()
      const { service } = house()
      if (!looks.isDue(now) && service === seen) return false
      let found = false
      if (service !== seen) {
        found = await noticeTerms(db, JSON.stringify([service.sla, service.calendars, [...service.hours]]), now)
        seen = service
      }
      const { archive, ask, close, bot } = service.idle
      if (archive !== undefined) await archiveResolved(db, now, new Date(now.getTime() - archive))
      const first = ask ?? close
      const quiet = [
        ...(first === undefined ? [] : await findQuiet(db, 'assigned', new Date(now.getTime() - Math.min(first, close ?? first)))),
        ...(bot === undefined ? [] : await findQuiet(db, 'bot', new Date(now.getTime() - bot))),
      ]
      const events = quiet.flatMap((row) => eventOf(row, house()) ?? [])
      if (events.length > 0) await acceptEvents(db, events)
      if (isRound || rounds.isDue(now)) isRound = await clear(now)
      return found || events.length > 0
    },
  }

  /** True when there is more to look at. */
  async function clear(now: Date): Promise<boolean> {
    const before = new Date(now.getTime() - house().keepEventsDays * DAY_MS)
    // Of whom the config names no more nobody knows whether they read again what they brought.
    const sources = [...channels.values(), ...desks.values()].filter(({ definition }) => !definition.recalls).map(({ id }) => id)
    return (await dropSpent(db, before, sources)).more
  }

  function eventOf(row: QuietRow, at: House): NewEvent | undefined {
    const step = idleNow(row, at)
    if (!step) return undefined
    const now = clock.now()
    return {
      id: newId('evt', clock),
      source: 'house',
      sourceId: 'idle',
      // Once, whoever finds it and however often: any word, and any change of owner, makes another of it.
      externalId: `${row.id}:${row.version}:${row.lastSeq}:${step}`,
      lane: laneOf(row.channelId, row.userKey, row.threadKey),
      payload: { type: 'idle', conversation: row.id, at: now.toISOString() },
      receivedAt: now,
    }
  }
}
