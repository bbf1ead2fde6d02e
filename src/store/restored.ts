// What a restore leaves behind for the house that starts on it.
import { inArray } from 'drizzle-orm'
import type { Db, Reader, Tx } from './database.ts'
import { deliveries } from './schema.ts'
import { readSetting } from './settings.ts'

/** Why a delivery is held after a restore; shown to people beside the message. */
export const RESTORED = 'restored from a backup: it may have gone out after the backup was taken / 从备份恢复：备份之后可能已经发出'

export const RESTORED_KEY = 'restored'

export interface RestoredMark {
  /** What came in until then was in the backup: whatever follows from it may have gone out already. */
  until: string
  /** When it was restored. */
  at: string
}

/** Undefined in a house that was never restored. What follows from events received until then is held, never sent by itself. */
export async function restoredUntil(db: Reader): Promise<Date | undefined> {
  const mark = await readSetting<RestoredMark>(db, RESTORED_KEY)
  return mark && new Date(mark.until)
}

/** In the transaction that made them: nobody has seen them as something to send. */
export async function holdDeliveries(tx: Db | Tx, ids: string[], now: Date): Promise<void> {
  if (ids.length === 0) return
  await tx.update(deliveries).set({ state: 'held', error: RESTORED, finishedAt: now }).where(inArray(deliveries.id, ids))
}
