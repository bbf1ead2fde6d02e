// The store's functions for what the house does by itself, over a world: times that come, desks that are down, what waits in a lane.
import type { TimerRow } from '#store/rows.ts'
import { insertEvents } from './memory-in.ts'
import { gate, lock, of } from './world.ts'

/** As many as the store makes events of in one statement. */
const MOST = 200

export const timers: typeof import('#store/timers.ts') = {
  async fireTimers(db, now) {
    const handle = of(db)
    const { alarms } = handle.world
    const isDue = () => alarms[0] !== undefined && alarms[0].dueAt <= now
    if (!isDue()) return 0
    await gate(handle, 'ring')
    const due: TimerRow[] = []
    while (isDue() && due.length < MOST) due.push(alarms.shift() as TimerRow)
    const rows = due.map(({ id, lane, payload, createdAt }) => ({
      id: `evt_${id.slice(4)}`,
      source: 'house' as const,
      sourceId: 'timer',
      externalId: id,
      lane,
      payload,
      receivedAt: createdAt,
    }))
    return insertEvents(handle.world, rows).length
  },
  noticeTerms: async () => false,
}

export const lockSetting: typeof import('#store/settings.ts')['lockSetting'] = (tx, key) => lock(of(tx), `setting ${key}`)

export const openWithPeople: typeof import('#store/drafts.ts')['openWithPeople'] = async (db) => {
  const { world } = of(db)
  const people = new Set(['queued', 'assigned', 'snoozed'])
  const rows = [...world.conversations.values()].filter(({ status }) => people.has(status))
  return rows.map((row) => ({
    conversation: { ...row },
    threads: (world.threadsOf.get(row.id) ?? []).flatMap((id) => world.threads.get(id) ?? []).filter(({ state }) => state !== 'lost'),
  }))
}

export const waitingBehind: typeof import('#store/lanes.ts')['waitingBehind'] = async (db, { lane, position }, limit) =>
  [...of(db).world.active.values()].filter((row) => row.lane === lane && row.position > position && row.state !== 'sending').slice(0, limit)
