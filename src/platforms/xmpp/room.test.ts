// Who wrote what is told again after a break, and what an error stanza means.
import { expect, test } from 'vitest'
import { errorOf } from './errors.ts'
import { createRoom, readOccupant } from './room.ts'
import { el, legal, NS } from './stanza.ts'

const ROOM = 'desk-1@conference.example.com'
const room = () => createRoom(ROOM, 'Frontdesk', 'desk@example.com')
const item = (jid: string) => el('x', { xmlns: NS.user }, el('item', { jid, affiliation: 'member', role: 'participant' }))
const old = el('delay', { xmlns: NS.delay, from: ROOM, stamp: '2026-03-01T08:00:00Z' })
const archived = el('stanza-id', { xmlns: NS.sid, by: ROOM, id: 's1' })
const said = (nick: string, ...more: Parameters<typeof el>[2][]) =>
  el('message', { from: `${ROOM}/${nick}`, id: 'm1', type: 'groupchat' }, el('body', {}, 'x'), ...more)
const here = (nick: string, jid: string, occupantId?: string) =>
  readOccupant(
    el(
      'presence',
      { from: `${ROOM}/${nick}` },
      item(jid),
      occupantId !== undefined && el('occupant-id', { xmlns: NS.occupant, id: occupantId }),
    ),
  )

test('what is said now is by whom the room shows under that nick, whatever the message says of itself', () => {
  const it = room()
  it.came(here('anna', 'anna@example.com/phone'))
  expect(it.writer(said('anna', item('boss@example.com')))).toBe('anna@example.com')
  expect(it.writer(said('ben', item('boss@example.com')))).toBeUndefined()
})

test('what is told again is by whom the archive names, and by nobody when there are two names or no archive', () => {
  const it = room()
  it.came(here('anna', 'ben@example.com/x'))
  expect(it.writer(said('anna', old, archived, item('anna@example.com/phone')))).toBe('anna@example.com')
  expect(it.writer(said('anna', old, archived, item('anna@example.com'), item('boss@example.com')))).toBeUndefined()
  expect(it.writer(said('anna', old, item('boss@example.com')))).toBeUndefined()
})

test('without an archive the occupant’s own id tells, though the nick went to somebody else', () => {
  const it = room()
  it.came(here('anna', 'anna@example.com', 'o1'))
  it.came(here('anna', 'ben@example.com', 'o2'))
  expect(it.writer(said('anna', old, el('occupant-id', { xmlns: NS.occupant, id: 'o1' })))).toBe('anna@example.com')
})

test('a history without an archive is by nobody whom its writer names in it', () => {
  const it = room()
  const own = el('delay', { xmlns: NS.delay, from: 'boss@example.com', stamp: '2020-01-01T00:00:00Z' })
  expect(it.writer(said('anna', own, old))).toBeUndefined()
  it.came(here('anna', 'anna@example.com', 'o1'))
  expect(it.writer(said('anna', own, item('boss@example.com'), old, archived, el('occupant-id', { xmlns: NS.occupant, id: 'o1' })))).toBe(
    'anna@example.com',
  )
})

test('what we said under another nick is ours, and what somebody says under our old one is not', () => {
  const it = createRoom(ROOM, '客服台', 'desk@example.com')
  expect(it.isOurs(said('Frontdesk', old, archived, item('desk@example.com/1')))).toBe(true)
  expect(it.isOurs(said('客服台', old, archived, item('anna@example.com')))).toBe(false)
  expect(it.isOurs(said('客服台', old))).toBe(true)
})

test('a stanza id that somebody else claims is none of the room’s', () => {
  const it = room()
  it.came(here('anna', 'anna@example.com'))
  it.note(said('anna', el('stanza-id', { xmlns: NS.sid, by: 'evil@example.com', id: 's9' })))
  expect(it.keyOf('s9')).toBeUndefined()
  it.note(said('anna', archived))
  expect(it.keyOf('s1')).toBe('anna@example.com m1')
  expect(it.stanzaIdOf('anna@example.com m1')).toBe('s1')
})

test.each([
  ['item-not-found', 'thread_gone', true],
  ['gone', 'thread_gone', true],
  ['resource-constraint', 'rate_limited', true],
  ['policy-violation', 'rate_limited', true],
  ['not-authorized', 'unauthorized', true],
  ['forbidden', 'rejected', true],
  ['internal-server-error', 'transient', false],
  ['remote-server-timeout', 'transient', false],
  ['service-unavailable', 'transient', true],
  ['not-acceptable', 'transient', true],
  ['something-new', 'rejected', true],
])('the answer %s is %s', (condition, kind, certain) => {
  const error = errorOf(el('message', {}, el('error', { type: 'cancel' }, el(condition, { xmlns: NS.stanzas }))), 'writing')
  expect({ kind: error.kind, certain: error.certain }).toEqual({ kind, certain })
})

test('what XML cannot hold becomes a picture of it, and nothing else changes', () => {
  expect(legal('\u0000\u001f\t\n\u007f')).toBe('␀␟\t\n\u007f')
  expect(legal('a\r\nb\rc')).toBe('a\nb\nc')
  expect(legal('\ud83d')).toBe('\ufffd')
})
