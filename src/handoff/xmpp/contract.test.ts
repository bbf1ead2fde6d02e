// The desk contract, against a real Prosody.
import { test } from 'vitest'
import type { DeskEvent } from '#core/event.ts'
import { el, NS } from '#platforms/xmpp/stanza.ts'
import { deskContract, type Shown } from '../../../test/contract/desk.ts'
import { DESK_PASSWORD, hasProsody, NO_PROSODY, startProsody } from '../../../test/support/prosody.ts'
import { until } from '../../../test/support/until.ts'
import { openPerson } from '../../../test/support/xmpp-person.ts'
import { type ProxyFault, startFileProxy, startXmppProxy } from '../../../test/support/xmpp-proxy.ts'
import { viewRoom } from '../../../test/support/xmpp-view.ts'
import { xmppDesk } from './index.ts'

const ROOMS = 'conference.localhost'
const LOBBY = `frontdesk@${ROOMS}`
/** Anna and Ben are linked: whoever is not comes into no room. */
const PEOPLE = ['anna', 'ben'].map((name) => ({ id: `${name}@localhost`, name }))
let cut: () => void = () => undefined
const linked = {
  ...xmppDesk,
  create: ((config, deps) => {
    // Desks of earlier tests would sit in the lobby until they are idle for long enough.
    cut()
    return xmppDesk.create(config, { ...deps, people: async () => PEOPLE })
  }) as typeof xmppDesk.create,
}

async function start() {
  let port = 0
  const store = await startFileProxy(() => port)
  const prosody = await startProsody({
    fileRoot: (http) => {
      port = http
      return store.url
    },
  })
  const proxy = await startXmppProxy(prosody.port)
  const [anna, admin] = await Promise.all([openPerson(prosody.port, 'anna'), openPerson(prosody.port, 'admin')])
  cut = proxy.cut
  const seen = new Set<string>()
  const inside = new Set<string>()
  const enter = async (thread: string) => {
    if (inside.has(thread)) return
    inside.add(thread)
    await anna.join(thread)
  }
  const idOf = (target: string) => target.split(' ')[1] ?? ''
  const shown = (thread: string): Shown[] =>
    (proxy.rooms.get(thread)?.messages ?? [])
      .filter(({ nick }) => nick === 'Frontdesk')
      .map(({ body, commands, url }) => ({
        text: body,
        ...(url !== undefined && { file: store.files.get(url) }),
        ...(commands.length > 0 && { buttons: commands.map(({ id }) => id) }),
      }))
  return {
    config: { service: `xmpp://127.0.0.1:${proxy.port}`, user: 'desk@localhost', password: DESK_PASSWORD, rooms: ROOMS },
    unreachable: { service: 'xmpp://127.0.0.1:2' },
    shown,
    threads: () => [...proxy.rooms.keys()].filter((room) => room !== LOBBY),
    fault: (name: string, after?: number) => proxy.fault(name as ProxyFault, after),
    remove(thread: string) {
      const destroy = el('iq', { type: 'set', to: thread }, el('query', { xmlns: NS.owner }, el('destroy')))
      proxy.hold(admin.ask(destroy).then(() => until('the end of the room', () => !proxy.rooms.has(thread))))
    },
    write: async (thread: string, text: string) => {
      await enter(thread)
      await anna.say(thread, text)
    },
    press: async (thread: string, button: string) => {
      await enter(thread)
      await anna.run(`${thread}/Frontdesk`, button)
    },
    rewrite: (thread: string, target: string, text: string) =>
      anna.say(thread, text, el('replace', { xmlns: NS.correct, id: idOf(target) })),
    erase: (thread: string, target: string) =>
      anna.say(
        thread,
        'This person attempted to retract a previous message',
        el('retract', { xmlns: 'urn:xmpp:message-retract:1', id: anna.stanzaId(thread, idOf(target)) ?? '' }),
      ),
    types: async (thread: string) => {
      await enter(thread)
      await anna.say(thread, '', el('composing', { xmlns: NS.chatstates }))
    },
    async events(
      desk: Parameters<NonNullable<import('../../../test/contract/desk.ts').DeskHarness['events']>>[0],
      act: () => unknown,
      count: number,
    ) {
      const got: DeskEvent[] = []
      const stop = new AbortController()
      const opened = Promise.withResolvers<void>()
      const ended = desk.connect?.(
        async (events) => {
          for (const event of events)
            if (event.type !== 'presence' && !seen.has(event.externalId) && seen.add(event.externalId)) got.push(event)
        },
        stop.signal,
        opened.resolve,
      )
      await Promise.race([opened.promise, ended])
      got.length = 0
      await act()
      await until(`${count} events`, () => got.length >= count, { state: () => got })
      stop.abort()
      await ended
      return got
    },
    tick: (thread: string, target: string) => proxy.rooms.get(thread)?.ticks.get(`${anna.stanzaId(thread, idOf(target))} Frontdesk`),
    typed: (thread: string) => proxy.rooms.get(thread)?.typed ?? 0,
    offers: {
      user: 'ben@localhost',
      shown: () => proxy.told.filter(({ to }) => to === 'ben@localhost').map(({ body, commands }) => ({ text: body, buttons: commands })),
      unknown: 'nobody',
    },
    // With markup switched off a client shows words as they are.
    alive: (thread: string) =>
      (proxy.rooms.get(thread)?.messages ?? []).filter(({ nick, plain }) => nick === 'Frontdesk' && !plain).map(({ body }) => body),
    view: (thread: string) => viewRoom(proxy.rooms, thread, LOBBY),
    async close() {
      anna.close()
      admin.close()
      await proxy.close()
      await prosody.remove()
      await store.close()
    },
  }
}

if (hasProsody) deskContract(linked, { secrets: [DESK_PASSWORD], required: ['service', 'user', 'password', 'rooms'], start })
else test.skip(`the XMPP desk: ${NO_PROSODY}`, () => undefined)
