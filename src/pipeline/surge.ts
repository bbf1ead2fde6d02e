// Watches for a surge, once in the whole house: whoever routes looks, and writes down what the others read.
import { newId } from '#core/ids.ts'
import { type Surging, surgeOf } from '#router/surge.ts'
import { insertAudit } from '#store/audit.ts'
import type { Db, Reader } from '#store/database.ts'
import { countOpened } from '#store/queue.ts'
import { readSetting, writeSetting } from '#store/settings.ts'
import type { House } from './house.ts'

const KEY = 'surge'

export async function readSurge(db: Reader): Promise<Surging | undefined> {
  return (await readSetting<Surging | false>(db, KEY)) || undefined
}

/** The surge as of now. Its beginning and its end go into the trail. */
export async function watchSurge(tx: Db, waiting: number, house: House): Promise<Surging | undefined> {
  const { surge: marks, clock } = house
  const before = await readSurge(tx)
  if (marks.waiting === undefined && marks.perMinute === undefined && !before) return undefined
  const now = clock.now()
  const perMinute = await countOpened(tx, new Date(now.getTime() - 60_000))
  const surge = surgeOf(marks, { waiting, perMinute }, before, now)
  if (surge || before) await writeSetting(tx, KEY, surge ?? false)
  if (Boolean(surge) !== Boolean(before)) {
    const action = surge ? 'surge.started' : 'surge.ended'
    const nobody = { actorKind: 'system' as const, actorId: null, conversationId: null }
    await insertAudit(tx, [{ id: newId('aud', clock), at: now, action, ...nobody, data: { waiting, perMinute } }])
  }
  return surge
}
