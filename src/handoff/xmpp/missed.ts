// What was written in rooms while we were not in them. Coming in brings as much as the room itself keeps, in its order (hear.ts); what it
// did not keep – servers forget at a restart, and keep twenty messages where nobody told them to keep more – is in its archive.
import type { Desk } from '#core/desk.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import type { Xml } from '#core/xmpp.ts'
import { readArchive } from '#platforms/xmpp/archive.ts'
import { askInfo } from '#platforms/xmpp/info.ts'
import type { Room } from '#platforms/xmpp/room.ts'
import { domainOf, NS } from '#platforms/xmpp/stanza.ts'
import { patiently } from '../patiently.ts'
import { decodeRoom } from './decode.ts'
import type { Context } from './desk.ts'
import type { Hearing } from './hear.ts'

/** So often a room that asks for patience is asked again: one that always says so must not keep the others waiting. */
const TRIES = 5

export function createMissed(context: Context, hint: Hearing['hint']): NonNullable<Desk['missed']> {
  const { client, deps } = context
  let saidNone = false

  /** The room, if it has an archive: to us who are in it that is open. What the room itself keeps was told to who came in. */
  async function comeIn(room: string, signal: AbortSignal): Promise<Room | undefined> {
    const { features } = await askInfo(client, room, `looking for the room ${room}`, signal)
    const entered = await client.enter(room, signal)
    if (features.has(NS.mam)) return entered
    if (!saidNone)
      deps.log.info({ desk: deps.id, room }, 'rooms keep no archive (XEP-0313): only what they keep themselves is read after a break')
    saidNone = true
    return undefined
  }

  function eventsIn(stanza: Xml, room: Room): DeskEvent[] {
    room.note(stanza)
    if (room.isOurs(stanza)) return []
    try {
      const { events, unreadable } = decodeRoom(stanza, room, { lobby: context.lobby, now: deps.now(), about: () => undefined })
      if (unreadable) hint(unreadable, stanza)
      return events
    } catch (error) {
      deps.log.error({ desk: deps.id, room: room.address, error: reason(error) }, 'a message was passed over')
      return []
    }
  }

  async function* inRoom(address: string, since: Date, signal: AbortSignal): AsyncGenerator<DeskEvent[]> {
    let room: Room | undefined
    try {
      room = await comeIn(address, signal)
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'thread_gone') throw error
      deps.log.debug({ desk: deps.id, room: address, error: error.message }, 'a room that is gone cannot be read')
    }
    if (!room) return
    const search: typeof client.search = (...asked) => patiently(() => client.search(...asked), signal, TRIES)
    for await (const page of readArchive(search, address, since, signal)) {
      const events = page.flatMap((stanza) => eventsIn(stanza, room))
      if (events.length > 0) yield events
    }
  }

  return async function* missed(threads, since, signal) {
    const line = await client.use(signal)
    const over = new AbortController()
    line.ended.then(() => over.abort())
    const both = AbortSignal.any([signal, over.signal])
    let failed: ConnectorError | undefined
    let inARow = 0
    for (const room of threads) {
      // Rooms of a service that is no longer ours in the config are not read: what comes from there is passed over, too.
      if (domainOf(room) !== context.service) continue
      try {
        yield* inRoom(room, since, both)
        inARow = 0
      } catch (error) {
        // One room that cannot be read keeps nobody out of the others; when the server itself cannot go on, we cannot either.
        inARow += isServers(error) ? 1 : 0
        if (both.aborted || inARow > 1 || !(error instanceof ConnectorError)) throw error
        deps.log.warn({ desk: deps.id, room, error: error.message }, 'what was written in a room while nobody heard it could not be read')
        failed ??= error
      }
    }
    // Asked again from the same time, so that nothing of that room is lost.
    if (failed) throw failed
  }
}

function isServers(error: unknown): boolean {
  return error instanceof ConnectorError && (error.kind === 'transient' || error.kind === 'rate_limited')
}
