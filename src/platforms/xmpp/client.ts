// What a desk needs of an XMPP server over one connection of this process: rooms joined when they are needed, words that are known to
// stand in a room, questions with their answers. Opens the line when somebody needs it; never opens it again by itself.
import type { Logger } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Xml, XmppLine, XmppLines, XmppServer } from '#core/xmpp.ts'
import { conditionOf, errorOf } from './errors.ts'
import { createPending } from './pending.ts'
import { createRoom, KEPT, type Occupant, type Room, readOccupant } from './room.ts'
import { bare, el, find, NS, textOf } from './stanza.ts'

/** How long one answer may take. */
const ANSWER_MS = 15_000
/** A line that nobody holds ends after so long without use. */
const IDLE_MS = 60_000
/** Of a room that we come back to, so many of its last messages are asked for: all that it keeps, since without an archive there is no more. */
const HISTORY = KEPT

export interface ClientOptions {
  lines: XmppLines
  server: XmppServer
  nick: string
  log: Logger
  /** What somebody asks us. */
  asked(stanza: Xml): Promise<Xml | undefined>
}

export interface ClientEars {
  /** A message that is not ours: of a room, or to us alone. */
  message(stanza: Xml, room: Room | undefined): void
  /** Somebody came, changed or went: `room` undefined outside of rooms. */
  presence(stanza: Xml, room: Room | undefined, occupant: Occupant | undefined): void
  /** We are no longer in that room. */
  left(room: string, how: { destroyed: boolean; reason: string }): void
}

export interface XmppClient {
  rooms: ReadonlyMap<string, Room>
  /** Our own bare address. */
  own: string
  /** Opens the line, if it is not open; gives what resolves when it ends. */
  use(signal: AbortSignal): Promise<Pick<XmppLine, 'ended'>>
  ask(iq: Xml, what: string, signal: AbortSignal): Promise<Xml>
  /** One page of an archive (XEP-0313): what it found, in the order in which it came, and its answer. */
  search(archive: string, query: Xml[], what: string, signal: AbortSignal): Promise<{ answer: Xml; results: Xml[] }>
  /** Sends, and expects nothing. */
  send(stanza: Xml, signal: AbortSignal): Promise<void>
  /** Words in a room: resolves when the room has shown them to everybody. The same id is said once. Gives the room's own id for them. */
  say(room: string, message: Xml, signal: AbortSignal): Promise<string | undefined>
  /** Words to one person: resolves when the server has had time to refuse them. */
  tell(message: Xml, signal: AbortSignal): Promise<void>
  /** Comes into a room; true when it was not there before. */
  join(room: string, signal: AbortSignal): Promise<boolean>
  /** Comes into a room that is there. Where it is not this is `thread_gone`, and leaves none behind. */
  enter(room: string, signal: AbortSignal): Promise<Room>
  /** The full address of who holds the line elsewhere: servers tell each client of an account of its others. */
  holders(): string[]
  /** From now on the line stays open, and these ears hear; the function given back ends it. */
  hold(ears: ClientEars): () => void
  close(): void
}

interface Joining {
  promise: Promise<boolean>
  resolve(created: boolean): void
  reject(error: unknown): void
  timer?: ReturnType<typeof setTimeout>
}

export function createClient(options: ClientOptions): XmppClient {
  const { lines, server, log } = options
  const pending = createPending()
  const rooms = new Map<string, Room>()
  const joining = new Map<string, Joining>()
  /** What archives are finding, by the id of the question. */
  const searches = new Map<string, { archive: string; results: Xml[] }>()
  /** Clients of our own account that are spoken to. */
  const holders = new Set<string>()
  let line: XmppLine | undefined
  let opening: Promise<XmppLine> | undefined
  let ears: ClientEars | undefined
  let idle: ReturnType<typeof setTimeout> | undefined

  async function open(): Promise<XmppLine> {
    let opened: XmppLine | undefined
    // What still comes over a line that we gave up is told again on the next.
    const ours = (stanza: Xml) => (opened === undefined || opened === line) && heard(stanza)
    opened = await lines.open(server, { heard: ours, asked: options.asked }, AbortSignal.timeout(ANSWER_MS))
    const kept = opened
    line = kept
    kept.hold(ears !== undefined)
    kept.ended.then((why) => forget(kept, why))
    // Without a presence no direct message comes. Only who holds the line is spoken to.
    await kept.send(presence(ears !== undefined))
    return kept
  }

  /** With the line goes all that was true only of it. */
  function forget(gone: XmppLine, why: string): void {
    if (line !== gone) return
    line = undefined
    for (const one of joining.values()) one.reject(lost(why, true))
    joining.clear()
    rooms.clear()
    holders.clear()
    pending.lose(why)
  }

  function close(): void {
    const open = line
    if (!open) return
    forget(open, 'we closed it')
    open.close()
  }

  async function use(signal: AbortSignal): Promise<XmppLine> {
    touch()
    if (line) return line
    opening ??= open().finally(() => {
      opening = undefined
    })
    return orAbort(opening, signal, true)
  }

  /** Who only sends lets the line go after a while. */
  function touch(): void {
    clearTimeout(idle)
    if (ears) return
    idle = setTimeout(close, IDLE_MS)
    if (typeof idle === 'object' && 'unref' in idle) idle.unref()
  }

  // ── What comes in ─────────────────────────────────────────────────────────────────────────────────────────────────

  function heard(stanza: Xml): void {
    const { type = 'normal', id = '', from = '' } = stanza.attrs
    if (stanza.name === 'iq') return void pending.answer(id, stanza)
    if (type === 'error') return void refused(stanza, id, bare(from))
    const room = rooms.get(bare(from))
    if (stanza.name === 'presence') return void came(stanza, room)
    const found = find(stanza, 'result', NS.mam)
    if (found) return void collect(found, from)
    if (type !== 'groupchat') return void ears?.message(stanza, room)
    if (!room) return
    // The subject ends the history of a room that we come into (XEP-0045, 7.2.15).
    if (find(stanza, 'subject') && !find(stanza, 'body')) return void joined(room.address, false)
    const said = joining.has(room.address) ? stanza : saidNow(stanza)
    room.note(said)
    if (room.isOurs(said)) return void pending.answer(id, said)
    ears?.message(said, room)
  }

  /** Only from where it was asked for: whoever else says that they are an archive says nothing (XEP-0313, 9). */
  function collect(result: Xml, from: string): void {
    const search = searches.get(result.attrs.queryid ?? '')
    if (search?.archive === from) search.results.push(result)
  }

  function refused(stanza: Xml, id: string, from: string): void {
    const entering = stanza.name === 'presence' ? joining.get(from) : undefined
    if (entering) {
      joining.delete(from)
      rooms.delete(from)
      return void entering.reject(errorOf(stanza, `coming into the room ${from}`))
    }
    // Who is not in the room cannot speak there: the next words come in anew.
    if (conditionOf(stanza) === 'not-acceptable') rooms.delete(from)
    pending.answer(id, stanza)
  }

  function came(stanza: Xml, room: Room | undefined): void {
    if (!room) return void outside(stanza)
    const occupant = readOccupant(stanza)
    room.came(occupant)
    if (occupant.self && occupant.gone) {
      rooms.delete(room.address)
      const destroyed = find(find(stanza, 'x', NS.user), 'destroy')
      return void ears?.left(room.address, { destroyed: destroyed !== undefined, reason: textOf(find(destroyed, 'reason')) })
    }
    ears?.presence(stanza, room, occupant)
    if (!occupant.self) return
    if (occupant.created) return void joined(room.address, true)
    // Where a server has no subject to tell, we do not wait for it for ever.
    const waiting = joining.get(room.address)
    if (waiting) waiting.timer = setTimeout(() => joined(room.address, false), 3_000)
  }

  function outside(stanza: Xml): void {
    const { from = '', type } = stanza.attrs
    if (bare(from) !== server.user) return void ears?.presence(stanza, undefined, undefined)
    const isHolder = type === undefined && Number(textOf(find(stanza, 'priority'))) >= 0 && from !== line?.address
    if (isHolder) holders.add(from)
    else holders.delete(from)
  }

  function joined(address: string, created: boolean): void {
    const waiting = joining.get(address)
    clearTimeout(waiting?.timer)
    joining.delete(address)
    waiting?.resolve(created)
  }

  // ── What goes out ─────────────────────────────────────────────────────────────────────────────────────────────────

  // An answer is known by its id alone, so nobody else may guess one: whoever is in a room with us can write to our full address.
  const nextId = () => crypto.randomUUID()

  async function ask(iq: Xml, what: string, signal: AbortSignal): Promise<Xml> {
    const id = nextId()
    const answer = await exchange(el('iq', { ...iq.attrs, id }, ...iq.children), id, signal)
    if (answer.attrs.type === 'error') throw errorOf(answer, what)
    return answer
  }

  async function search(archive: string, query: Xml[], what: string, signal: AbortSignal): Promise<{ answer: Xml; results: Xml[] }> {
    const queryid = nextId()
    const results: Xml[] = []
    searches.set(queryid, { archive, results })
    try {
      const answer = await ask(el('iq', { type: 'set', to: archive }, el('query', { xmlns: NS.mam, queryid }, ...query)), what, signal)
      return { answer, results }
    } finally {
      searches.delete(queryid)
    }
  }

  /** From the first byte on nobody knows what became of it until the answer. */
  async function exchange(stanza: Xml, id: string, signal: AbortSignal): Promise<Xml> {
    const open = await use(signal)
    const answer = pending.wait(id)
    try {
      await open.send(stanza)
      return await orAbort(answer, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]), false)
    } finally {
      pending.forget(id)
    }
  }

  async function join(address: string, signal: AbortSignal): Promise<boolean> {
    const open = await use(signal)
    const waiting = joining.get(address)
    if (waiting) return orAbort(waiting.promise, signal, true)
    if (rooms.has(address)) return false
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    promise.catch(() => undefined) // Whoever waits hears it; if nobody waits any more, nobody need.
    joining.set(address, { promise, resolve, reject })
    rooms.set(address, createRoom(address, options.nick, bare(open.address)))
    const history = el('history', { maxstanzas: String(HISTORY) })
    const to = `${address}/${options.nick}`
    const timer = setTimeout(() => leave(new ConnectorError('transient', `no answer of the room ${address}`, { certain: true })), ANSWER_MS)
    const leave = (error: unknown) => {
      if (joining.delete(address)) rooms.delete(address)
      reject(error)
    }
    promise.finally(() => clearTimeout(timer)).catch(() => undefined)
    await open.send(el('presence', { to, id: nextId() }, el('x', { xmlns: NS.muc }, history))).catch(leave)
    return orAbort(promise, signal, true)
  }

  async function enter(address: string, signal: AbortSignal): Promise<Room> {
    const created = await join(address, signal)
    const room = rooms.get(address)
    if (room && !created) return room
    // It was not there, and now is, because we came: nobody asked for that.
    if (created) await ask(destroying(address), `leaving the room ${address}`, signal)
    throw new ConnectorError('thread_gone', `the room ${address} is gone`)
  }

  async function say(address: string, message: Xml, signal: AbortSignal): Promise<string | undefined> {
    const room = await enter(address, signal)
    const { id = nextId() } = message.attrs
    const known = room.ours(id)
    if (known) return known.stanzaId
    const answer = await exchange(el('message', { ...message.attrs, id, to: address, type: 'groupchat' }, ...message.children), id, signal)
    if (answer.attrs.type === 'error') throw errorOf(answer, 'writing in the room')
    return room.ours(id)?.stanzaId
  }

  async function tell(message: Xml, signal: AbortSignal): Promise<void> {
    const { id = nextId() } = message.attrs
    const open = await use(signal)
    const refusal = pending.wait(id)
    refusal.catch(() => undefined) // The question after it tells of a line that is lost.
    try {
      await open.send(el('message', { ...message.attrs, id }, ...message.children))
      // The server works in order: what it refuses by itself it has refused before it answers this.
      await ask(el('iq', { type: 'get' }, el('ping', { xmlns: NS.ping })), 'asking the server', signal).catch((error) => {
        // A server without ping answers, too; only a line that is lost leaves the words uncertain.
        if (error instanceof ConnectorError && error.kind === 'transient' && !error.certain) throw error
      })
      const answer = await Promise.race([refusal, Promise.resolve(undefined)])
      if (answer?.attrs.type !== 'error') return
      const refused = errorOf(answer, 'writing to one person')
      throw UNREACHABLE.has(conditionOf(answer)) ? new ConnectorError('recipient_gone', refused.message) : refused
    } finally {
      pending.forget(id)
    }
  }

  const announce = () =>
    line?.send(presence(ears !== undefined)).catch((error) => log.debug({ error: String(error) }, 'a presence could not be sent'))

  return {
    rooms,
    own: server.user,
    use,
    ask,
    search,
    send: async (stanza, signal) => (await use(signal)).send(stanza),
    say,
    tell,
    join,
    enter,
    holders: () => [...holders],
    hold(next) {
      ears = next
      clearTimeout(idle)
      line?.hold(true)
      void announce()
      return () => {
        if (ears !== next) return
        ears = undefined
        line?.hold(false)
        void announce()
        touch()
      }
    },
    close,
  }
}

/** What a server says of a person whom it does not know, or keeps nothing for. */
const UNREACHABLE = new Set(['service-unavailable', 'item-not-found', 'recipient-unavailable', 'gone', 'remote-server-not-found'])

/** Only to who comes in a room tells what is old. Whoever speaks now may say so of it all the same: then it would be by whom they name. */
function saidNow(stanza: Xml): Xml {
  const isDelay = (child: Xml | string) => typeof child !== 'string' && child.name === 'delay' && child.attrs.xmlns === NS.delay
  return { ...stanza, children: stanza.children.filter((child) => !isDelay(child)) }
}

/** Direct messages go to who has the highest priority, and never below zero (RFC 6121, 8.5.2.1). */
function presence(held: boolean): Xml {
  return el('presence', {}, el('priority', {}, held ? '5' : '-1'), el('c', { xmlns: NS.caps, hash: 'sha-1', node: 'frontdesk', ver: '' }))
}

export function destroying(room: string): Xml {
  return el('iq', { type: 'set', to: room }, el('query', { xmlns: NS.owner }, el('destroy')))
}

function lost(why: string, certain: boolean): ConnectorError {
  return new ConnectorError('transient', `the line to the XMPP server is lost (${why})`, { certain })
}

/** Waits no longer than the signal; `certain`: nothing that matters was sent yet. */
export function orAbort<T>(work: Promise<T>, signal: AbortSignal, certain: boolean): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(new ConnectorError('transient', 'stopped while waiting for the XMPP server', { certain }))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
