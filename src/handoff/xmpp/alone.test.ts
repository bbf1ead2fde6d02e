// What a real server seldom does when a test wants it, against one that is written down here: rooms that are gone, people who are new.
import { expect, test } from 'vitest'
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
  hear(stanza: Xml): void
  listen(): Promise<() => Promise<void>>
}

function stand(): Stand {
  const rooms = new Set<string>()
  const sent: Xml[] = []
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
      for (const answer of answersTo(stanza, rooms)) hear(answer)
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
  return { desk, rooms, sent, hear, listen }
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
