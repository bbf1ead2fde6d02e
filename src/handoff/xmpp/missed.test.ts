// What agents wrote while the desk was away, read again from a real Prosody: with an archive and nothing besides, and with none.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Desk } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import { localMemory } from '#core/memory.ts'
import { el, NS } from '#platforms/xmpp/stanza.ts'
import { CARD, entry, signal, words } from '../../../test/contract/desk.ts'
import { type Recorder, recorder } from '../../../test/contract/support.ts'
import { DESK_PASSWORD, hasProsody, NO_PROSODY, type Prosody, startProsody } from '../../../test/support/prosody.ts'
import { until } from '../../../test/support/until.ts'
import { openPerson, type Person } from '../../../test/support/xmpp-person.ts'
import { startXmppProxy, type XmppProxy } from '../../../test/support/xmpp-proxy.ts'
import { xmppDesk } from './index.ts'

const LONG_AGO = new Date(0)
const PEOPLE = ['anna', 'ben'].map((name) => ({ id: `${name}@localhost`, name }))

interface Place {
  prosody: Prosody
  proxy: XmppProxy
  anna: Person
  heard: Recorder
  /** A process that knows what the others of its house know, until the house is another one. */
  create(extra?: object): Desk
  newHouse(): void
  /** Its clock goes on. */
  pass(ms: number): void
  close(): Promise<void>
}

async function startPlace(options: Parameters<typeof startProsody>[0]): Promise<Place> {
  const prosody = await startProsody(options)
  const proxy = await startXmppProxy(prosody.port)
  const heard = recorder()
  let memory = localMemory()
  let passed = 0
  const deps = { ...heard.deps, now: () => new Date(Date.now() + passed), locale: 'zh' as const, people: async () => PEOPLE }
  const settings = {
    service: `xmpp://127.0.0.1:${proxy.port}`,
    user: 'desk@localhost',
    password: DESK_PASSWORD,
    rooms: 'conference.localhost',
  }
  return {
    prosody,
    proxy,
    anna: await openPerson(prosody.port, 'anna'),
    heard,
    create: (extra) => xmppDesk.create(xmppDesk.config.parse({ ...settings, ...extra }), { ...deps, memory }),
    newHouse() {
      memory = localMemory()
      passed = 0
    },
    pass(ms) {
      passed += ms
    },
    async close() {
      await proxy.close()
      await prosody.remove()
    },
  }
}

interface Held {
  events: DeskEvent[]
  stop(): Promise<void>
}

async function hold(desk: Desk): Promise<Held> {
  const events: DeskEvent[] = []
  const stop = new AbortController()
  const opened = Promise.withResolvers<void>()
  const take = async (batch: DeskEvent[]) => void events.push(...batch.filter(({ type }) => type !== 'presence' && type !== 'typing'))
  const over = desk.connect?.(take, stop.signal, opened.resolve)
  await Promise.race([opened.promise, over])
  return {
    events,
    async stop() {
      stop.abort()
      await over
    },
  }
}

async function read(desk: Desk, threads: string[], since = LONG_AGO): Promise<DeskEvent[]> {
  const events: DeskEvent[] = []
  for await (const some of desk.missed?.(threads, since, signal()) ?? []) events.push(...some)
  return events
}

const wordsIn = (events: DeskEvent[]) =>
  events.map((event) => ('parts' in event && event.parts?.[0]?.type === 'text' ? event.parts[0].text : event.type))
const told = (events: DeskEvent[]) => events.map((event) => ({ ...event, raw: null, at: null }))

describe.skipIf(!hasProsody)(`rooms with an archive${hasProsody ? '' : `: ${NO_PROSODY}`}`, () => {
  let place: Place
  let desk: Desk
  beforeAll(async () => {
    // Nothing is told to who comes in: what is read is the archive's.
    place = await startPlace({ history: 0, page: 3 })
  })
  beforeEach(() => {
    place.newHouse()
    desk = place.create()
  })
  afterEach(() => place.proxy.cut())
  afterAll(async () => {
    place?.anna.close()
    await place?.close()
  })

  async function opened(key: string): Promise<string> {
    const { thread } = await desk.open(CARD, key, signal())
    await place.anna.join(thread)
    return thread
  }

  test('what is read is what came by itself, its id included: whoever has both has it once', async () => {
    const { anna } = place
    const held = await hold(desk)
    const thread = await opened('dlv_same')
    const { externalIds } = await desk.post(thread, entry('customer', words('可以退货吗？')), signal())
    const shown = await until('the question', () => anna.stanzaId(thread, externalIds[0] ?? ''))
    const first = await anna.say(thread, '您好 😀')
    const url = 'https://files.example/发票.pdf'
    await anna.say(thread, url, el('x', { xmlns: NS.oob }, el('url', {}, url)))
    await anna.say(thread, '您好！', el('replace', { xmlns: NS.correct, id: first }))
    await anna.say(thread, '可以', el('reply', { xmlns: NS.reply, id: shown }))
    const retract = el('retract', { xmlns: 'urn:xmpp:message-retract:1', id: anna.stanzaId(thread, first) ?? '' })
    await anna.say(thread, 'This person attempted to retract a previous message', retract)
    await until('all of it', () => held.events.length === 5, { state: () => held.events })
    await held.stop()
    expect(held.events.map(({ type }) => type)).toEqual(['message', 'message', 'edit', 'message', 'remove'])
    // The same process, and one that starts after it.
    for (const one of [desk, place.create()]) {
      const events = await read(one, [thread])
      expect(told(events)).toEqual(told(held.events))
      for (const [n, { at }] of events.entries()) expect(Math.abs(at.getTime() - (held.events[n]?.at.getTime() ?? 0))).toBeLessThan(2_000)
    }
  })

  test('words of a break are read to their end, page by page, with their writer, who has left; and again, under the same ids', async () => {
    const thread = await opened('dlv_pages')
    place.proxy.cut()
    const leaving = await openPerson(place.prosody.port, 'ben')
    await leaving.join(thread)
    const lines = Array.from({ length: 10 }, (_, n) => `line ${n}`)
    for (const line of lines) await leaving.say(thread, line)
    leaving.close()
    await until('Ben has left', () => place.anna.heard.some(({ attrs }) => attrs.from === `${thread}/ben` && attrs.type === 'unavailable'))
    const held = await hold(place.create())
    const [one, again] = [await read(desk, [thread]), await read(desk, [thread])]
    await held.stop()
    expect(wordsIn(held.events)).toEqual([])
    expect(wordsIn(one)).toEqual(lines)
    expect(new Set(one.map(({ externalId }) => externalId)).size).toBe(lines.length)
    expect(again.map(({ externalId }) => externalId)).toEqual(one.map(({ externalId }) => externalId))
    for (const { by } of one) expect(by).toEqual({ id: 'ben@localhost', name: 'ben' })
  })

  test('what is older than asked for is passed over, and so is what the desk said under another nick', async () => {
    const thread = await opened('dlv_since')
    await desk.post(thread, entry('customer', words('在吗')), signal())
    await place.anna.say(thread, '在')
    expect(wordsIn(await read(place.create({ nick: '客服台' }), [thread]))).toEqual(['在'])
    expect(await read(desk, [thread], new Date(Date.now() + 60_000))).toEqual([])
  })

  test('a room that is gone is passed over, and so is one of a service that is no longer ours; one that we were put out of is an error, so that it is read later', async () => {
    const [gone, shut, here] = [await opened('dlv_g1'), await opened('dlv_g2'), await opened('dlv_g3')]
    await place.anna.say(here, '这里')
    const admin = await openPerson(place.prosody.port, 'admin')
    await admin.ask(el('iq', { type: 'set', to: gone }, el('query', { xmlns: NS.owner }, el('destroy'))))
    expect(wordsIn(await read(place.create(), [gone, 'desk-1@elsewhere.example', here]))).toEqual(['这里'])
    const out = el('item', { affiliation: 'none', jid: 'desk@localhost' })
    await admin.ask(el('iq', { type: 'set', to: shut }, el('query', { xmlns: NS.admin }, out)))
    admin.close()
    const events: DeskEvent[] = []
    const reading = async () => {
      for await (const some of place.create().missed?.([shut, here], LONG_AGO, signal()) ?? []) events.push(...some)
    }
    expect(await place.heard.failure(reading)).toMatchObject({ kind: 'rejected', message: expect.stringContaining(shut) })
    expect(wordsIn(events)).toEqual(['这里'])
  })

  test.each([
    ['an error', 'server_error' as const],
    ['the end of the line', 'reset' as const],
  ])('%s in the middle of an archive ends the reading; what came before is kept, and the next reading has all', async (_what, fault) => {
    const thread = await opened(`dlv_${fault}`)
    const lines = Array.from({ length: 7 }, (_, n) => `line ${n}`)
    for (const line of lines) await place.anna.say(thread, line)
    const reader = place.create()
    // What the room is, the way in, the first page.
    place.proxy.fault(fault, 3)
    const events: DeskEvent[] = []
    const reading = async () => {
      for await (const some of reader.missed?.([thread], LONG_AGO, signal()) ?? []) events.push(...some)
    }
    expect(await place.heard.failure(reading)).toMatchObject({ kind: 'transient' })
    expect(events.length).toBeGreaterThan(0)
    expect(events.length).toBeLessThan(lines.length)
    expect(wordsIn(await read(reader, [thread]))).toEqual(lines)
  })

  test('who speaks now cannot make it look like what somebody else said long ago, and neither can it be read as that later', async () => {
    const held = await hold(desk)
    const thread = await opened('dlv_forged')
    const named = el('x', { xmlns: NS.user }, el('item', { jid: 'ben@localhost', affiliation: 'member' }))
    const old = el('delay', { xmlns: NS.delay, from: 'ben@localhost', stamp: '2020-01-01T00:00:00Z' })
    await place.anna.say(thread, '我是小本', old)
    await place.anna.say(thread, '我也是小本', old, named)
    await until('both', () => held.events.length === 2, { state: () => held.events })
    await held.stop()
    place.proxy.cut()
    const later = await read(place.create(), [thread])
    expect(held.events.map(({ by }) => by.id)).toEqual([place.anna.id, place.anna.id])
    expect(later.map(({ externalId }) => externalId)).toEqual(held.events.map(({ externalId }) => externalId))
    for (const { by, at } of [...held.events, ...later]) {
      expect(by.id).not.toBe('ben@localhost')
      expect(at.getFullYear()).toBeGreaterThan(2020)
    }
  })

  test('whose words of a break are encrypted is told so once, however often they are read', async () => {
    const thread = await opened('dlv_omemo')
    place.proxy.cut()
    const encryption = el('encryption', { xmlns: NS.eme, namespace: 'eu.siacs.conversations.axolotl' })
    await place.anna.say(thread, 'I sent you an OMEMO encrypted message', encryption)
    const later = place.create()
    const hints = () => place.anna.texts(`${thread}/Frontdesk`).filter((text) => text.includes('OMEMO'))
    for (const _ of [1, 2]) {
      expect(await read(later, [thread])).toEqual([])
      await until('the hint', () => hints().length > 0)
      place.pass(5 * 60_000)
    }
    await later.post(thread, entry('customer', words('在吗')), signal())
    await until('what came after', () => place.anna.texts(thread).some((text) => text.includes('在吗')))
    expect(hints()).toHaveLength(1)
  })

  test('nothing is wrong with such a server', async () => {
    expect(await desk.check(signal())).toEqual({ state: 'connected', account: 'desk@localhost' })
  })
})

describe.skipIf(!hasProsody)(`rooms without an archive${hasProsody ? '' : `: ${NO_PROSODY}`}`, () => {
  let place: Place
  beforeAll(async () => {
    place = await startPlace({ bare: true })
  })
  afterAll(async () => {
    place?.anna.close()
    await place?.close()
  })

  test('who comes back is told all that the room keeps, in order, each word once; there is nothing else to read', async () => {
    const { anna, proxy, create } = place
    const before = create()
    const first = await hold(before)
    const { thread } = await before.open(CARD, 'dlv_bare', signal())
    await anna.join(thread)
    await anna.say(thread, 'before')
    await until('the first', () => first.events.length === 1)
    await first.stop()
    proxy.cut()
    const lines = Array.from({ length: 130 }, (_, n) => `line ${n}`)
    await Promise.all(lines.map((line) => anna.say(thread, line)))
    const desk = create()
    const held = await hold(desk)
    expect(await read(desk, [thread])).toEqual([])
    await until('all', () => held.events.length >= lines.length + 1, { state: () => held.events.length })
    await held.stop()
    expect(wordsIn(held.events)).toEqual(['before', ...lines])
    expect(held.events[0]?.externalId).toBe(first.events[0]?.externalId)
    expect(new Set(held.events.map(({ externalId }) => externalId)).size).toBe(lines.length + 1)
  })

  test('such a server is told what it lacks, in either language', async () => {
    expect(await place.create().check(signal())).toMatchObject({ state: 'connected', detail: expect.stringContaining('没有存档') })
    expect(await place.create({ locale: 'en' }).check(signal())).toMatchObject({ detail: expect.stringMatching(/no archive .*muc_mam/) })
  })

  test('one that keeps no history either is told that words are lost', async () => {
    const poor = await startPlace({ bare: true, history: 0 })
    const desk = poor.create()
    const held = await hold(desk)
    expect(await desk.check(signal())).toMatchObject({ state: 'connected', detail: expect.stringContaining('也没有历史') })
    await held.stop()
    poor.anna.close()
    await poor.close()
  })
})
