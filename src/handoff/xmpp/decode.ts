// What agents do in rooms and say to us alone, as desk events. Pure.
import type { DeskEvent, DeskUser } from '#core/event.ts'
import type { MediaKind, Part } from '#core/message.ts'
import type { Xml } from '#core/xmpp.ts'
import { messageKey, type Room, stanzaIdIn } from '#platforms/xmpp/room.ts'
import { all, bare, elements, find, NS, resourceOf, textOf } from '#platforms/xmpp/stanza.ts'

/** A message that we cannot read and its writer must hear of. */
export interface Unreadable {
  by: string
  /** Encrypted end to end: only its writer's own devices can read it. */
  why: 'encrypted' | 'not-a-command'
  room: string | undefined
}

export interface Decoded {
  events: DeskEvent[]
  unreadable?: Unreadable
}

export interface DecodeContext {
  /** The room for everybody: only commands are meant for us there. */
  lobby: string
  now: Date
  /** What we said last to this person alone was about that room. */
  about(person: string): string | undefined
}

/** `！` and `／` come from Chinese keyboards. Two slashes are a note, and so is nothing here. */
const COMMAND = /^\s*[!！/／](?=\p{L})/u
const NOTHING: Decoded = { events: [] }

export function decodeRoom(stanza: Xml, room: Room, context: DecodeContext): Decoded {
  const by = authorIn(stanza, room)
  if (!by) return moderated(stanza, room, context)
  const base = { at: timeOf(stanza, context.now), by, raw: stanza, externalId: idIn(stanza, room) }
  if (room.address === context.lobby) return inLobby(stanza, base, context)
  if (isEncrypted(stanza)) return { events: [], unreadable: { by: by.id, why: 'encrypted', room: room.address } }
  const thread = room.address
  const taken = retracted(stanza)
  if (taken !== undefined) return { events: [{ ...base, type: 'remove', thread, target: room.keyOf(taken) ?? messageKey(by.id, taken) }] }
  const parts = partsOf(stanza)
  const replaced = find(stanza, 'replace', NS.correct)?.attrs.id
  if (replaced !== undefined && parts.length > 0)
    return { events: [{ ...base, type: 'edit', thread, target: messageKey(by.id, replaced), parts }] }
  if (parts.length > 0)
    return { events: [{ ...base, type: 'message', thread, parts, messageId: keyIn(stanza, by, room), ...quoted(stanza, room) }] }
  // A state of long ago is no news.
  const isNow = find(stanza, 'delay', NS.delay) === undefined
  const isWriting = isNow && find(stanza, 'composing', NS.chatstates) !== undefined
  return isWriting ? { events: [{ ...base, externalId: momentOf(thread, by, context), type: 'typing', thread }] } : NOTHING
}

/** Words to us alone: in a room (XEP-0045, 7.5) or to our address. Only commands are meant; a customer never reads anything of it. */
export function decodeDirect(stanza: Xml, room: Room | undefined, context: DecodeContext): Decoded {
  const from = stanza.attrs.from ?? ''
  const person = room ? room.occupants.get(resourceOf(from))?.address : bare(from)
  if (!person?.includes('@')) return NOTHING
  if (isEncrypted(stanza)) return { events: [], unreadable: { by: person, why: 'encrypted', room: undefined } }
  const text = textOf(find(stanza, 'body'))
  if (text.trim() === '' || find(stanza, 'x', NS.conference) || find(find(stanza, 'x', NS.user), 'invite')) return NOTHING
  if (!COMMAND.test(text)) return { events: [], unreadable: { by: person, why: 'not-a-command', room: room?.address } }
  const { id } = stanza.attrs
  const at = timeOf(stanza, context.now)
  const thread = room?.address ?? context.about(person) ?? context.lobby
  const line = text.replace(COMMAND, '').trim()
  const externalId = `direct/${person}/${id ?? at.getTime()}`
  return {
    events: [
      { externalId, at, by: { id: person }, raw: stanza, type: 'command', thread, line, ...(id && { messageId: messageKey(person, id) }) },
    ],
  }
}

type Base = Pick<DeskEvent, 'at' | 'by' | 'raw' | 'externalId'>

function inLobby(stanza: Xml, base: Base, { lobby }: DecodeContext): Decoded {
  const text = textOf(find(stanza, 'body'))
  if (!COMMAND.test(text) || find(stanza, 'replace', NS.correct)) return NOTHING
  return { events: [{ ...base, type: 'command', thread: lobby, line: text.replace(COMMAND, '').trim() }] }
}

/** A moderator took a message out (XEP-0425): the room itself says so. */
function moderated(stanza: Xml, room: Room, context: DecodeContext): Decoded {
  if (stanza.attrs.from !== room.address) return NOTHING
  const target = retracted(stanza)
  const key = target === undefined ? undefined : room.keyOf(target)
  if (key === undefined) return NOTHING
  const by = findDeep(stanza, 'moderated')?.attrs.by
  const moderator = (by && room.occupants.get(resourceOf(by))?.address) ?? key.split(' ')[0] ?? ''
  const base = { at: timeOf(stanza, context.now), by: { id: moderator }, raw: stanza, externalId: `${room.address}/moderated/${target}` }
  return { events: [{ ...base, type: 'remove', thread: room.address, target: key }] }
}

/** Both generations of XEP-0424: `<retract id>` and `<apply-to id><retract/>`. */
function retracted(stanza: Xml): string | undefined {
  const retract = elements(stanza).find(({ name, attrs }) => name === 'retract' && attrs.xmlns?.startsWith('urn:xmpp:message-retract:'))
  if (retract) return retract.attrs.id
  const apply = find(stanza, 'apply-to', NS.fasten)
  return findDeep(apply, 'retract') ? apply?.attrs.id : undefined
}

function findDeep(of: Xml | undefined, name: string): Xml | undefined {
  for (const child of elements(of)) {
    const found = child.name === name ? child : findDeep(child, name)
    if (found) return found
  }
  return undefined
}

/** Who the room says it was; `anonymous` where it does not. Undefined: the room itself. */
function authorIn(stanza: Xml, room: Room): DeskUser | undefined {
  const nick = resourceOf(stanza.attrs.from ?? '')
  if (nick === '') return undefined
  const address = room.writer(stanza)
  return address === undefined ? { id: stanza.attrs.from ?? '', name: nick, anonymous: true } : { id: address, name: nick }
}

function timeOf(stanza: Xml, now: Date): Date {
  const delays = all(stanza, 'delay', NS.delay)
  // The writer's own stands there, too, if there was one.
  const told = delays.find(({ attrs }) => attrs.from === bare(stanza.attrs.from ?? '')) ?? delays[0]
  const stamp = new Date(told?.attrs.stamp ?? '')
  return Number.isNaN(stamp.getTime()) ? now : stamp
}

/** The same when it is told again after a break: the archive's id, else the writer's own. */
function idIn(stanza: Xml, room: Room): string {
  const stanzaId = stanzaIdIn(stanza, room.address)
  if (stanzaId !== undefined) return `${room.address}/${stanzaId}`
  return `${stanza.attrs.from}/${stanza.attrs.id ?? timeOf(stanza, new Date(0)).getTime()}`
}

function keyIn(stanza: Xml, by: DeskUser, room: Room): string {
  return messageKey(by.id, stanza.attrs.id ?? stanzaIdIn(stanza, room.address) ?? '')
}

function momentOf(thread: string, by: DeskUser, { now }: DecodeContext): string {
  return `${thread}/typing/${by.id}/${now.getTime()}`
}

function isEncrypted(stanza: Xml): boolean {
  return find(stanza, 'encryption', NS.eme) !== undefined || elements(stanza).some(({ name }) => name === 'encrypted')
}

/** XEP-0461; what old clients show of the quoted message is not the writer's. */
function quoted(stanza: Xml, room: Room): { replyTo?: string } {
  const id = find(stanza, 'reply', NS.reply)?.attrs.id
  if (id === undefined) return {}
  const key = room.keyOf(id)
  const ours = messageKey(room.own, '')
  // What we post is called by its id alone.
  return { replyTo: key?.startsWith(ours) ? key.slice(ours.length) : (key ?? id) }
}

function partsOf(stanza: Xml): Part[] {
  const text = withoutFallback(stanza, textOf(find(stanza, 'body')))
  const url = textOf(find(find(stanza, 'x', NS.oob), 'url')).trim()
  const link = /^(https?|aesgcm):\/\//.exec(url)?.[1]
  if (link === 'aesgcm') return [{ type: 'unsupported', what: 'OMEMO' }]
  if (link === undefined) return text.trim() === '' ? [] : [{ type: 'text', text }]
  const caption = text.replace(url, '').trim()
  return [{ type: 'media', ...mediaOf(url), ...(caption && { caption }) }]
}

function withoutFallback(stanza: Xml, text: string): string {
  const body = find(
    all(stanza, 'fallback', NS.fallback).find(({ attrs }) => attrs.for === NS.reply),
    'body',
  )
  if (!body) return text
  const letters = [...text]
  const [start, end] = [Number(body.attrs.start ?? 0), Number(body.attrs.end ?? letters.length)]
  return [...letters.slice(0, start), ...letters.slice(end)].join('')
}

const KINDS: ReadonlyMap<string, [MediaKind, string]> = new Map([
  ['jpg', ['image', 'image/jpeg']],
  ['jpeg', ['image', 'image/jpeg']],
  ['png', ['image', 'image/png']],
  ['gif', ['image', 'image/gif']],
  ['webp', ['image', 'image/webp']],
  ['mp4', ['video', 'video/mp4']],
  ['webm', ['video', 'video/webm']],
  ['mp3', ['audio', 'audio/mpeg']],
  ['ogg', ['audio', 'audio/ogg']],
  ['oga', ['audio', 'audio/ogg']],
  ['opus', ['audio', 'audio/ogg']],
  ['m4a', ['audio', 'audio/mp4']],
  ['pdf', ['file', 'application/pdf']],
])

function mediaOf(url: string): { kind: MediaKind; media: { id: string; name?: string; mime?: string } } {
  const path = URL.parse(url)?.pathname.split('/').at(-1) ?? ''
  let name = path
  try {
    name = decodeURIComponent(path)
  } catch {
    name = path // Not written as an address should be: shown as it is.
  }
  const [kind, mime] = KINDS.get(name.split('.').at(-1)?.toLowerCase() ?? '') ?? ['file', undefined]
  return { kind, media: { id: url, ...(name && { name }), ...(mime && { mime }) } }
}
