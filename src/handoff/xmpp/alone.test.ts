// What a real server seldom does when a test wants it, against one that is written down here: rooms that are gone, people who are new.
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Desk } from '#core/desk.ts'
import { localMemory } from '#core/memory.ts'
import type { Xml, XmppEars } from '#core/xmpp.ts'
import { el, find, NS, textOf } from '#platforms/xmpp/stanza.ts'
import { CARD, signal } from '../../../test/contract/desk.ts'
import { recorder } from '../../../test/contract/support.ts'
import { until } from '../../../test/support/until.ts'
import { xmppDesk } from './index.ts'
import { createPeople } from './presence.ts'

const ROOM = 'desk-1@conference.example.com'
const ANNA = 'anna@example.com'

interface Stand {
  desk: Desk
  /** Rooms that there are. */
  rooms: Set<string>
  sent: Xml[]
  /** What is answered to a question, where it is not the usual. */
  answer: { to(stanza: Xml): Xml[] | undefined }
  hear(stanza: Xml): void
  listen(): Promise<() => Promise<void>>
}

function stand(): Stand {
  const rooms = new Set<string>()
  const sent: Xml[] = []
  const answer: Stand['answer'] = { to: () => undefined }
  let ears: XmppEars | undefined
  const hear = (stanza: Xml) => ears?.heard(stanza)
  const { deps } = recorder()
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  const line = {
    address: 'desk@example.com/1',
    ended,
    hold: () => undefined,
    close: () => end('closed'),
    send: async (stanza: Xml) => {
      sent.push(stanza)
      for (const one of answer.to(stanza) ?? answersTo(stanza, rooms)) hear(one)
    },
  }
  const open = async (_server: unknown, given: XmppEars) => {
    ears = given
    return line
  }
  const settings = { service: 'xmpp://chat.example.com', user: 'desk@example.com', password: 'x', rooms: 'conference.example.com' }
  const people = async () => [{ id: ANNA, name: 'anna' }]
  const more = { memory: localMemory(), now: () => new Date(), locale: 'zh' as const, people, xmpp: { open } }
  const desk = xmppDesk.create(xmppDesk.config.parse(settings), { ...deps, ...more })
  const listen = async () => {
    const stop = new AbortController()
    const opened = Promise.withResolvers<void>()
    const over = desk.connect?.(async () => undefined, stop.signal, opened.resolve)
    await opened.promise
    return async () => {
      stop.abort()
      await over
    }
  }
  return { desk, rooms, sent, answer, hear, listen }
}

function answersTo(stanza: Xml, rooms: Set<string>): Xml[] {
  const { to = '', id, type } = stanza.attrs
  const [room = ''] = to.split('/')
  if (stanza.name === 'iq') {
    if (find(find(stanza, 'query', NS.owner), 'destroy')) rooms.delete(room)
    return [el('iq', { from: to, id, type: 'result' })]
  }
  if (stanza.name === 'presence' && room.includes('@')) {
    const codes = rooms.has(room) ? ['110'] : ['110', '201']
    rooms.add(room)
    const x = el('x', { xmlns: NS.user }, ...codes.map((code) => el('status', { code })))
    return [el('presence', { from: to }, x), el('message', { from: room, type: 'groupchat' }, el('subject'))]
  }
  return type === 'groupchat' ? [{ ...stanza, attrs: { ...stanza.attrs, from: `${room}/Frontdesk` } }] : []
}

const told = ({ sent }: Stand, to: string) => sent.filter(({ name, attrs }) => name === 'message' && attrs.to === to)
const words = { key: 'dlv_w', text: '您不是负责人' }

test('a word about a room that somebody destroyed goes to the agent’s own address, and makes no room anew', async () => {
  const it = stand()
  await it.desk.whisper?.(ROOM, { id: ANNA }, words, signal())
  expect(told(it, ANNA).map((message) => textOf(find(message, 'body')))).toEqual([words.text])
  expect(it.rooms).toEqual(new Set())
})

test('a tick in a room that somebody destroyed makes no room anew', async () => {
  const it = stand()
  await expect(it.desk.mark?.(ROOM, `${ANNA} m1`, 'sent', signal())).rejects.toMatchObject({ kind: 'thread_gone' })
  expect(it.rooms).toEqual(new Set())
})

test('an agent who came after the room was made is let in before they are asked to come', async () => {
  const it = stand()
  it.rooms.add(ROOM)
  await it.desk.offer?.({ id: ANNA }, { key: 'dlv_o', card: CARD, until: new Date(), buttons: [], thread: ROOM }, signal())
  const letIn = it.sent.findIndex((stanza) => find(find(stanza, 'query', NS.admin), 'item')?.attrs.jid === ANNA)
  const asked = it.sent.findIndex((stanza) => find(stanza, 'x', NS.conference)?.attrs.jid === ROOM)
  expect(letIn).toBeGreaterThanOrEqual(0)
  expect(asked).toBeGreaterThan(letIn)
})

test('a client that answers by itself is told once what is read here, and not for ever', async () => {
  const it = stand()
  const stop = await it.listen()
  const away = (id: string) => it.hear(el('message', { from: `${ANNA}/phone`, type: 'chat', id }, el('body', {}, '我不在')))
  away('m1')
  await until('the hint', () => told(it, ANNA).some((message) => find(message, 'body')))
  for (let n = 2; n < 9; n++) away(`m${n}`)
  await stop()
  expect(told(it, ANNA).filter((message) => find(message, 'body'))).toHaveLength(1)
})

test('what is asked of the server has an id that nobody else can answer under', async () => {
  const it = stand()
  it.rooms.add(ROOM)
  await it.desk.reopen?.(ROOM, signal())
  for (const { attrs } of it.sent.filter(({ name }) => name === 'iq')) expect(attrs.id).toMatch(/^[0-9a-f-]{36}$/)
})

test('whoever stays online is told of again after a while, and nobody else', () => {
  const people = createPeople()
  const at = (minutes: number) => new Date(Date.UTC(2026, 2, 1, 8, minutes))
  people.says(ANNA, 'phone', '')
  people.says('ben@example.com', 'phone', 'dnd')
  const states = (minutes: number) => people.changed(at(minutes)).map((event) => [event.by.id, event.type === 'presence' && event.state])
  expect(states(0)).toEqual([
    [ANNA, 'online'],
    ['ben@example.com', 'away'],
  ])
  expect(states(9)).toEqual([])
  expect(states(10)).toEqual([[ANNA, 'online']])
  expect(states(11)).toEqual([])
})

/** Rooms with an archive: each question to one is answered by `page`, and counted. */
function archives(it: Stand, page: (room: string, n: number) => { words?: string[]; condition?: string; more?: true } | undefined) {
  const asked: string[] = []
  it.answer.to = ({ attrs: { to = '', id }, ...stanza }) => {
    const reply = (...children: Xml[]) => el('iq', { type: 'result', from: to, id }, ...children)
    if (find({ attrs: {}, ...stanza }, 'query', NS.info)) return [reply(el('query', { xmlns: NS.info }, el('feature', { var: NS.mam })))]
    const queryid = find({ attrs: {}, ...stanza }, 'query', NS.mam)?.attrs.queryid
    if (queryid === undefined) return undefined
    asked.push(to)
    const answer = page(to, asked.filter((one) => one === to).length)
    if (!answer) return []
    const { words = [], condition, more } = answer
    if (condition) return [el('iq', { type: 'error', from: to, id }, el('error', { type: 'wait' }, el(condition, { xmlns: NS.stanzas })))]
    const results = words.map((text) => {
      const said = el('message', { from: `${to}/anna`, type: 'groupchat', id: text }, el('body', {}, text))
      return el('message', { from: to }, el('result', { xmlns: NS.mam, queryid, id: text }, el('forwarded', { xmlns: NS.forward }, said)))
    })
    return [...results, reply(el('fin', { xmlns: NS.mam, complete: more ? undefined : 'true' }))]
  }
  return asked
}

async function read(it: Stand, threads: string[], stop = signal()): Promise<{ texts: string[]; failure?: unknown }> {
  const texts: string[] = []
  for (const room of threads) it.rooms.add(room)
  try {
    for await (const events of it.desk.missed?.(threads, new Date(0), stop) ?? [])
      for (const event of events) if (event.type === 'message' && event.parts[0]?.type === 'text') texts.push(event.parts[0].text)
    return { texts }
  } catch (failure) {
    return { texts, failure }
  }
}

const [FIRST, SECOND, THIRD] = ['desk-1', 'desk-2', 'desk-3'].map((name) => `${name}@conference.example.com`) as [string, string, string]

test('where an archive asks to wait it is waited, and reading goes on at that page', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const it = stand()
  const asked = archives(
    it,
    (_room, n) => [{ words: ['a'], more: true as const }, { condition: 'resource-constraint' }, { words: ['b'] }][n - 1],
  )
  const reading = read(it, [FIRST])
  await vi.advanceTimersByTimeAsync(6_999)
  expect(asked).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(await reading).toEqual({ texts: ['a', 'b'] })
})

test('one that always asks to wait is left in the end: the others are read, and it is told', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const it = stand()
  const asked = archives(it, (room) => (room === FIRST ? { condition: 'policy-violation' } : { words: ['b'] }))
  const reading = read(it, [FIRST, SECOND])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await reading).toMatchObject({ texts: ['b'], failure: { kind: 'rate_limited' } })
  expect(asked.filter((room) => room === FIRST)).toHaveLength(5)
})

test('a stop in the middle of a page ends the reading at once', async () => {
  const it = stand()
  const stop = new AbortController()
  archives(it, () => {
    stop.abort()
    return undefined
  })
  expect(await read(it, [FIRST, SECOND], stop.signal)).toMatchObject({ texts: [], failure: { kind: 'transient' } })
})

test('a server that cannot go on is not asked for room after room; one that refuses a room is', async () => {
  const broken = stand()
  const asked = archives(broken, () => ({ condition: 'internal-server-error' }))
  expect(await read(broken, [FIRST, SECOND, THIRD])).toMatchObject({ failure: { kind: 'transient' } })
  expect(asked).toEqual([FIRST, SECOND])
  const strict = stand()
  archives(strict, (room) => (room === THIRD ? { words: ['c'] } : { condition: 'forbidden' }))
  expect(await read(strict, [FIRST, SECOND, THIRD])).toMatchObject({ texts: ['c'], failure: { kind: 'rejected' } })
})

test('an archive whose page is gone in the middle is not taken for a room that is gone', async () => {
  const it = stand()
  archives(it, (_room, n) => (n === 1 ? { words: ['a'], more: true } : { condition: 'item-not-found' }))
  expect(await read(it, [FIRST])).toMatchObject({ texts: ['a'], failure: { message: expect.stringContaining('item-not-found') } })
})
