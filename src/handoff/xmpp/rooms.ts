// Which rooms are ours: every process must know, so that whoever holds the connection comes back into all of them. In several pieces,
// so that two processes that open rooms seldom meet.
import type { Memory } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'

const PIECES = 16
const TRIES = 20

export interface Rooms {
  all(): Promise<string[]>
  add(room: string): Promise<void>
  /** The conversation is over: the room stays for a while. */
  close(room: string, at: Date): Promise<void>
  drop(room: string): Promise<void>
  /** Closed before then. */
  closedBefore(time: Date): Promise<string[]>
}

/** Room → when it was closed, in ms; 0: it is open. */
type Piece = Record<string, number>

export function createRooms(memory: Memory): Rooms {
  const keyOf = (room: string) => {
    let sum = 0
    for (const letter of room) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
    return `rooms:${sum % PIECES}`
  }

  async function change(room: string, how: (piece: Piece) => void): Promise<void> {
    const key = keyOf(room)
    for (let n = 0; n < TRIES; n++) {
      const before = await memory.read(key)
      const piece: Piece = { ...(before as Piece | undefined) }
      how(piece)
      if (before !== undefined && JSON.stringify(before) === JSON.stringify(piece)) return
      if (await memory.write(key, piece, before)) return
    }
    throw new ConnectorError('transient', 'the list of rooms could not be written', { certain: true })
  }

  async function entries(): Promise<[string, number][]> {
    const pieces = await Promise.all(Array.from({ length: PIECES }, (_, n) => memory.read(`rooms:${n}`)))
    return pieces.flatMap((piece) => Object.entries((piece as Piece | undefined) ?? {}))
  }

  return {
    all: async () => (await entries()).map(([room]) => room),
    add: (room) =>
      change(room, (piece) => {
        piece[room] = 0
      }),
    close: (room, at) =>
      change(room, (piece) => {
        piece[room] = at.getTime()
      }),
    drop: (room) => change(room, (piece) => void delete piece[room]),
    closedBefore: async (time) => (await entries()).flatMap(([room, at]) => (at > 0 && at < time.getTime() ? [room] : [])),
  }
}
