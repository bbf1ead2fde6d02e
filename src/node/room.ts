// Is there room on the disk of the data folder? The embedded database writes its log in pieces of 16 MB, and one that does not fit
// breaks it off in the middle: so callers are sent away a little earlier, and taken again when there is room.
import { statfs } from 'node:fs/promises'
import type { Logger } from '#core/connector.ts'
import { reason } from '#core/errors.ts'

const LOOK_MS = 500
/** One piece of the log, and what the work on events already accepted may still take. */
const ROOM_BYTES = 24 * 1024 * 1024

export interface Room {
  isFull(): boolean
  stop(): void
}

export async function watchRoom(folder: string, log: Logger, least = ROOM_BYTES): Promise<Room> {
  let full = false
  const look = async () => {
    try {
      const { bavail, bsize } = await statfs(folder)
      const now = bavail * bsize < least
      if (now !== full) {
        if (now) log.error({ folder, free: bavail * bsize }, 'the disk is full: nothing new is taken until there is room')
        else log.warn({ folder, free: bavail * bsize }, 'there is room on the disk again')
      }
      full = now
    } catch (error) {
      log.warn({ folder, error: reason(error) }, 'how much room the disk has cannot be told')
    }
  }
  await look()
  const timer = setInterval(() => void look(), LOOK_MS).unref()
  return { isFull: () => full, stop: () => clearInterval(timer) }
}
