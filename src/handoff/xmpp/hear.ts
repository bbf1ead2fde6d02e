// The held connection: comes into all rooms, hands on what agents do in the order in which it came, and looks after the lobby.
import type { Connect } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import type { Text } from '#core/message.ts'
import type { Xml } from '#core/xmpp.ts'
import { type ClientEars, orAbort } from '#platforms/xmpp/client.ts'
import type { Occupant, Room } from '#platforms/xmpp/room.ts'
import { bare, el, find, NS, textOf } from '#platforms/xmpp/stanza.ts'
import { type DecodeContext, decodeDirect, decodeRoom, type Unreadable } from './decode.ts'
import type { Context } from './desk.ts'
import { clear, openLobby } from './open.ts'
import { createPeople } from './presence.ts'

/** As often we look whether the line is alive, whether rooms came, and whether agents are new. */
const LOOK_MS = 60_000
const PING_MS = 20_000
/** So many rooms are entered at a time. */
const SIDE_BY_SIDE = 20
/** Somebody who is writing says so with every few letters. */
const TYPING_MS = 3_000
/** A client that answers by itself ("I am away") must not be answered for ever. */
const HINT_MS = 60_000

const HINTS: Record<Unreadable['why'], Text> = {
  encrypted: {
    zh: '这条消息是端到端加密的（OMEMO），前台读不到，没有发给客户。请在此房间关闭加密后重发。',
    en: 'This message is encrypted end to end (OMEMO): Frontdesk cannot read it, and the customer got nothing. Switch encryption off for this room and send it again.',
  },
  'not-a-command': {
    zh: '这里只接受命令（以 ! 开头，如 !queue）。给客户的回复请写在对话的房间里。',
    en: 'Only commands are read here (they begin with !, like !queue). Answers for customers belong in the conversation’s room.',
  },
}

export interface Hearing {
  connect: Connect<DeskEvent>
  /** Resolves when it is committed; rejects where nobody listens. */
  take(event: DeskEvent): Promise<void>
  /** Tells its writer, once, that a message cannot be read. */
  hint(unreadable: Unreadable, stanza: Xml): void
}

interface Waiting {
  event: DeskEvent
  resolve?(): void
  reject?(error: unknown): void
}

export function createHearing(context: Context, keepDays: number): Hearing {
  const { client, deps, lobby } = context
  const people = createPeople()
  const invited = new Set<string>()
  /** Who did lately what need not be told or answered each time. */
  const lately = new Map<string, number>()
  /** Messages whose writers were told that they cannot be read. */
  const hinted = new Set<string>()
  /** What came and is not committed yet: it is there again at the next connection. */
  const waiting: Waiting[] = []
  let wake: () => void = () => undefined
  let listening = false

  const decoding = (): DecodeContext => ({ lobby, now: deps.now(), about: (person) => context.about.get(person) })

  function give(...events: DeskEvent[]): void {
    for (const event of events) if (!isTooOften(event)) waiting.push({ event })
    wake()
  }

  function isTooOften(event: DeskEvent): boolean {
    if (event.type !== 'typing') return false
    return event.by.anonymous === true || wasLately(`${event.thread} ${event.by.id}`, event.at, TYPING_MS)
  }

  function wasLately(key: string, at: Date, ms: number): boolean {
    const now = at.getTime()
    if (now - (lately.get(key) ?? 0) < ms) return true
    if (lately.size > 1000) lately.clear()
    lately.set(key, now)
    return false
  }

  const woken = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })

  // One message that cannot be read must not end the connection and come again for ever: it is named in the log and passed over.
  function read<T>(what: () => T): T | undefined {
    try {
      return what()
    } catch (error) {
      deps.log.error({ desk: deps.id, error: reason(error) }, 'a message was passed over')
      return undefined
    }
  }

  const ears: ClientEars = {
    message(stanza, room) {
      const isInvite = find(stanza, 'x', NS.conference)
      if (isInvite && bare(stanza.attrs.from ?? '') === client.own) return void enter(isInvite.attrs.jid ?? '')
      const inRoom = stanza.attrs.type === 'groupchat'
      const decoded = read(() => (inRoom && room ? decodeRoom(stanza, room, decoding()) : decodeDirect(stanza, room, decoding())))
      if (!decoded) return
      give(...decoded.events)
      // What a room tells who comes in may be of days ago; what of it is new is read from its archive (missed.ts).
      if (decoded.unreadable && !find(stanza, 'delay', NS.delay)) hint(decoded.unreadable, stanza)
    },
    presence(stanza, room, occupant) {
      read(() => came(stanza, room, occupant))
    },
    left(room, { destroyed, reason: why }) {
      if (room === lobby) return
      if (!destroyed) return void enter(room)
      void context.rooms.drop(room).catch((error) => deps.log.warn({ error: reason(error) }, 'a room could not be forgotten'))
      // A conversation that is long over needs no new room.
      if (context.clearing.delete(room)) return
      const at = deps.now()
      const by = { id: '', anonymous: true as const }
      give({ externalId: `gone/${room}`, at, by, raw: null, type: 'thread_gone', thread: room, reason: why || 'destroyed' })
    },
  }

  function came(stanza: Xml, room: Room | undefined, occupant: Occupant | undefined): void {
    const at = deps.now()
    if (!room) return void direct(stanza, at)
    if (!occupant?.address || occupant.address === client.own) return
    people.says(occupant.address, `${room.address}/${occupant.nick}`, occupant.gone ? undefined : occupant.show)
    if (ready) give(...people.changed(at, occupant.address))
  }

  /** Whoever wants to see that we are there may, if we know them; then we see them, too. */
  function direct(stanza: Xml, at: Date): void {
    const { type, from = '' } = stanza.attrs
    const person = bare(from)
    if (type === 'subscribe') return void befriend(person)
    if (type !== undefined && type !== 'unavailable') return
    people.says(person, from, type === 'unavailable' ? undefined : textOf(find(stanza, 'show')))
    if (ready) give(...people.changed(at, person))
  }

  async function befriend(person: string): Promise<void> {
    try {
      const known = (await deps.people?.())?.some(({ id }) => id === person)
      if (!known) return
      await client.send(el('presence', { to: person, type: 'subscribed' }), AbortSignal.timeout(PING_MS))
      await client.send(el('presence', { to: person, type: 'subscribe' }), AbortSignal.timeout(PING_MS))
    } catch (error) {
      deps.log.debug({ desk: deps.id, error: reason(error) }, 'a wish to see our presence could not be answered')
    }
  }

  function hint(unreadable: Unreadable, stanza: Xml): void {
    const id = stanza.attrs.id ?? find(stanza, 'stanza-id', NS.sid)?.attrs.id
    if (id !== undefined) {
      const key = `${stanza.attrs.from} ${id}`
      if (hinted.has(key)) return
      if (hinted.size > 1000) hinted.clear()
      hinted.add(key)
    }
    void answer(unreadable)
  }

  async function answer({ by, why, room }: Unreadable): Promise<void> {
    if (wasLately(`${why} ${by}`, deps.now(), HINT_MS)) return
    const text = HINTS[why][context.locale]
    const here = room && [...(client.rooms.get(room)?.occupants.values() ?? [])].find(({ address }) => address === by)
    const to = here ? `${room}/${here.nick}` : by
    const words = el('message', { to, type: 'chat' }, el('body', {}, text), here && el('x', { xmlns: NS.user }))
    await client
      .tell(words, AbortSignal.timeout(PING_MS))
      .catch((error) => deps.log.debug({ desk: deps.id, error: reason(error) }, 'nobody could be told that a message is not read'))
  }

  async function enter(room: string): Promise<void> {
    if (!room.endsWith(`@${context.service}`) || room === lobby) return
    try {
      await comeIn(room, AbortSignal.timeout(PING_MS))
    } catch (error) {
      deps.log.warn({ desk: deps.id, room, error: reason(error) }, 'a room could not be entered')
    }
  }

  /** Somebody may have destroyed it while we were away. */
  async function comeIn(room: string, signal: AbortSignal): Promise<void> {
    try {
      await client.enter(room, signal)
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'thread_gone') throw error
      ears.left(room, { destroyed: true, reason: '' })
    }
  }

  /** Presences of the beginning are one picture; it is compared with the last one when it is complete. */
  let ready = false

  async function comeBack(signal: AbortSignal): Promise<void> {
    ready = false
    people.begin()
    await openLobby(context, signal, invited)
    const list = await context.rooms.all()
    for (let n = 0; n < list.length; n += SIDE_BY_SIDE)
      await Promise.all(list.slice(n, n + SIDE_BY_SIDE).map((room) => entering(room, signal)))
    ready = true
    give(...people.changed(deps.now()))
  }

  /** One room that lets us not in must not keep us out of the others. */
  async function entering(room: string, signal: AbortSignal): Promise<void> {
    try {
      await comeIn(room, signal)
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind === 'transient') throw error
      deps.log.warn({ desk: deps.id, room, error: error.message }, 'a room could not be entered')
    }
  }

  /** Looks round, again and again, until the signal; rejects when the server does not answer. */
  async function lookAround(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(LOOK_MS, signal)
      if (signal.aborted) return
      const answering = AbortSignal.any([signal, AbortSignal.timeout(PING_MS)])
      const ping = el('iq', { type: 'get' }, el('ping', { xmlns: NS.ping }))
      await client.ask(ping, 'asking the server', answering).catch((error) => {
        if (!(error instanceof ConnectorError) || (error.kind === 'transient' && !error.certain)) throw error // Without ping it answers, too.
      })
      give(...people.changed(deps.now()))
      await openLobby(context, signal, invited)
      for (const room of await context.rooms.all()) if (!client.rooms.has(room)) await entering(room, signal)
      await clear(context, new Date(deps.now().getTime() - keepDays * 86_400_000), signal)
    }
  }

  /** By what it is and not by where it stands: an earlier connection may still be committing. */
  function finish(one: Waiting): void {
    const index = waiting.indexOf(one)
    if (index >= 0) waiting.splice(index, 1)
  }

  /** Commits what came, in order, until the signal; what could not be committed is first the next time. */
  async function handOn(sink: (events: DeskEvent[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => wake(), { once: true })
    while (!signal.aborted) {
      const batch = waiting.slice(0, 100)
      if (batch.length === 0) {
        await woken()
        continue
      }
      try {
        await sink(batch.map(({ event }) => event))
      } catch (error) {
        // Whoever waits for an answer is told so; what nobody waits for comes again.
        const asked = batch.filter((one) => one.reject)
        for (const one of asked) one.reject?.(error)
        for (const one of asked) finish(one)
        throw error
      }
      for (const one of batch) {
        finish(one)
        one.resolve?.()
      }
    }
  }

  return {
    async connect(sink, signal, opened) {
      const stop = new AbortController()
      const both = AbortSignal.any([signal, stop.signal])
      // Over a line that only sent, nobody listened: what was said in its rooms is told to who comes in anew.
      client.close()
      const release = client.hold(ears)
      listening = true
      try {
        const line = await client.use(both)
        const lost = line.ended.then((why) => {
          throw new ConnectorError('transient', `the line to the XMPP server is lost (${why})`)
        })
        lost.catch(() => undefined) // Raced below, and of no interest once we are told to end.
        await Promise.race([comeBack(both), lost])
        opened?.()
        await Promise.race([lost, handOn(sink, both), lookAround(both), ended(signal)])
      } catch (error) {
        if (!signal.aborted) {
          // What was not committed must be told again: by us what is waiting here, by the rooms what is not.
          client.close()
          throw error
        }
      } finally {
        listening = false
        stop.abort()
        release()
      }
    },
    take(event) {
      if (!listening) return Promise.reject(new ConnectorError('transient', 'this process does not hold the connection', { certain: true }))
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      waiting.push({ event, resolve, reject })
      wake()
      return orAbort(promise, AbortSignal.timeout(PING_MS), false)
    },
    hint,
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
