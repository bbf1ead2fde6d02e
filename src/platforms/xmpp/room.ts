// A room that we are in (XEP-0045): who is there, what of its messages is ours, and by which id it knows them.
import type { Xml } from '#core/xmpp.ts'
import { all, bare, find, NS, resourceOf, textOf } from './stanza.ts'

/** So many messages of a room are remembered by their ids. */
export const KEPT = 500

export interface Occupant {
  nick: string
  /** The bare address behind the nick; rooms of ours show it to everybody. */
  address: string | undefined
  /** Of the person in this room, where the server has it: stays when the nick goes to somebody else (XEP-0421). */
  occupantId: string | undefined
  show: string
  self: boolean
  gone: boolean
  /** The room is new. */
  created: boolean
}

export interface Room {
  address: string
  /** Our own bare address. */
  own: string
  occupants: Map<string, Occupant>
  came(occupant: Occupant): void
  note(stanza: Xml): void
  isOurs(stanza: Xml): boolean
  /** A message of ours that the room has shown. */
  ours(id: string): { stanzaId: string | undefined } | undefined
  /** Who wrote a message; undefined: the room does not say. */
  writer(stanza: Xml): string | undefined
  /** The room's id of what this person wrote under that id, and the way back. */
  stanzaIdOf(key: string): string | undefined
  keyOf(stanzaId: string): string | undefined
}

/** What a message is called by us: its writer is in the name, so that nobody can change or take back what another wrote. */
export function messageKey(writer: string, id: string): string {
  return `${writer} ${id}`
}

export function createRoom(address: string, wanted: string, own: string): Room {
  const occupants = new Map<string, Occupant>()
  const people = new Map<string, string>()
  const mine = new Map<string, { stanzaId: string | undefined }>()
  const stanzaIds = new Map<string, string>()
  const keys = new Map<string, string>()
  let nick = wanted

  function writer(stanza: Xml): string | undefined {
    const from = resourceOf(stanza.attrs.from ?? '')
    const occupantId = find(stanza, 'occupant-id', NS.occupant)?.attrs.id
    const isOld = find(stanza, 'delay', NS.delay) !== undefined
    if (!isOld) return occupants.get(from)?.address
    // Under that nick somebody else may be here now; the occupant's id stays with the person, and only the server gives it.
    const here = occupantId === undefined ? undefined : people.get(occupantId)
    return here ?? ofArchive(stanza, address)
  }

  const room: Room = {
    address,
    own,
    occupants,
    came(occupant) {
      if (occupant.self) nick = occupant.nick
      if (occupant.occupantId && occupant.address) people.set(occupant.occupantId, occupant.address)
      if (occupant.gone) occupants.delete(occupant.nick)
      else occupants.set(occupant.nick, occupant)
    },
    note(stanza) {
      const { id } = stanza.attrs
      const stanzaId = stanzaIdIn(stanza, address)
      if (id === undefined) return
      if (room.isOurs(stanza)) keep(mine, id, { stanzaId })
      const by = room.isOurs(stanza) ? own : writer(stanza)
      if (!stanzaId || !by) return
      const key = messageKey(by, id)
      keep(stanzaIds, key, stanzaId)
      keep(keys, stanzaId, key)
    },
    isOurs(stanza) {
      const by = writer(stanza)
      // The nick tells only where the room does not: it may have been another one, and somebody else's.
      return by === undefined ? resourceOf(stanza.attrs.from ?? '') === nick : by === own
    },
    ours: (id) => mine.get(id),
    writer,
    stanzaIdOf: (key) => stanzaIds.get(key),
    keyOf: (stanzaId) => keys.get(stanzaId),
  }
  return room
}

/** XEP-0359: only the room's own word counts. */
export function stanzaIdIn(stanza: Xml, room: string): string | undefined {
  return all(stanza, 'stanza-id', NS.sid).find(({ attrs }) => attrs.by === room)?.attrs.id
}

/** The address that the server added to an old message. One that the writer added would stand there, too: two are no answer. */
function ofArchive(stanza: Xml, room: string): string | undefined {
  const items = all(stanza, 'x', NS.user).flatMap((x) => all(x, 'item'))
  const told = [
    ...items.map(({ attrs }) => attrs.jid),
    ...all(find(stanza, 'addresses', NS.addresses), 'address').flatMap(({ attrs }) => (attrs.type === 'ofrom' ? attrs.jid : [])),
  ].filter((jid) => jid !== undefined)
  const only = told.length === 1 && stanzaIdIn(stanza, room) !== undefined ? told[0] : undefined
  if (only) return bare(only)
  const delays = all(stanza, 'delay', NS.delay)
  const from = delays.length === 1 ? delays[0]?.attrs.from : undefined
  return from && bare(from) !== room && told.length === 0 ? bare(from) : undefined
}

export function readOccupant(presence: Xml): Occupant {
  const x = find(presence, 'x', NS.user)
  const item = find(x, 'item')
  const codes = new Set(all(x, 'status').map(({ attrs }) => attrs.code))
  return {
    nick: resourceOf(presence.attrs.from ?? ''),
    address: item?.attrs.jid === undefined ? undefined : bare(item.attrs.jid),
    occupantId: find(presence, 'occupant-id', NS.occupant)?.attrs.id,
    show: textOf(find(presence, 'show')),
    self: codes.has('110'),
    // A new nick (303) comes with a presence of its own.
    gone: presence.attrs.type === 'unavailable',
    created: codes.has('201'),
  }
}

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > KEPT) map.delete(map.keys().next().value as string)
}
