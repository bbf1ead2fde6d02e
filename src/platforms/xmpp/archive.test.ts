// Archives as servers give them, good and bad. Against a real one: src/handoff/xmpp/missed.test.ts.
import { expect, test } from 'vitest'
import type { Xml } from '#core/xmpp.ts'
import { readArchive } from './archive.ts'
import { createRoom, stanzaIdIn } from './room.ts'
import { all, el, find, NS, textOf } from './stanza.ts'

const ROOM = 'desk-1@rooms.example.test'
const SINCE = new Date('2026-03-01T08:00:00.750Z')
const STAMP = '2026-03-01T08:30:00Z'

const said = (text: string, ...more: Xml[]) =>
  el('message', { from: `${ROOM}/anna`, id: `own-${text}`, type: 'groupchat' }, el('body', {}, text), ...more)
const item = (jid: string) => el('x', { xmlns: NS.user }, el('item', { jid }))
const result = (id: string | undefined, message: Xml) =>
  el('result', { xmlns: NS.mam, id }, el('forwarded', { xmlns: NS.forward }, el('delay', { xmlns: NS.delay, stamp: STAMP }), message))
const fin = (attrs: Record<string, string>, last?: string) =>
  el(
    'iq',
    { type: 'result' },
    el('fin', { xmlns: NS.mam, ...attrs }, el('set', { xmlns: NS.rsm }, last !== undefined && el('last', {}, last))),
  )

interface Page {
  results: Xml[]
  answer: Xml
}

/** Reads to the end; gives what was found and after which id each page was asked for. */
async function read(...pages: Page[]) {
  const asked: Xml[][] = []
  const found: Xml[] = []
  const search = async (_room: string, query: Xml[]) => {
    asked.push(query)
    return pages[asked.length - 1] ?? Promise.reject(new Error(`nobody expected page ${asked.length}`))
  }
  const reading = (async () => {
    for await (const page of readArchive(search, ROOM, SINCE, AbortSignal.timeout(5_000))) found.push(...page)
  })()
  const failure = await reading.then(
    () => undefined,
    (error: unknown) => error,
  )
  const after = asked.map((query) => textOf(find(query[1], 'after')) || undefined)
  return { texts: found.map((one) => textOf(find(one, 'body'))), found, after, asked, failure }
}

test('it is asked from the whole second on, and each page after the last one of the page before', async () => {
  const { texts, after, asked, failure } = await read(
    { results: [result('a1', said('one')), result('a2', said('two'))], answer: fin({}, 'a2') },
    { results: [result('a3', said('three'))], answer: fin({ complete: 'true' }, 'a3') },
  )
  expect({ texts, after, failure }).toEqual({ texts: ['one', 'two', 'three'], after: [undefined, 'a2'], failure: undefined })
  const fields = all(asked[0]?.[0], 'field').map((field) => [field.attrs.var, textOf(find(field, 'value'))])
  expect(fields).toEqual([
    ['FORM_TYPE', NS.mam],
    ['start', '2026-03-01T08:00:00Z'],
  ])
})

test.each([
  ['says so in the other way of XML', { results: [], answer: fin({ complete: '1' }) }],
  ['gives a page with nothing in it', { results: [], answer: fin({}) }],
])('an archive is at its end that %s', async (_what, last) => {
  const read1 = await read({ results: [result('a1', said('one'))], answer: fin({}, 'a1') }, last)
  expect([read1.texts, read1.failure]).toEqual([['one'], undefined])
})

test('where a page does not say what was last on it, its last message tells', async () => {
  const { after } = await read(
    { results: [result('a1', said('one'))], answer: fin({}) },
    { results: [], answer: fin({ complete: 'true' }) },
  )
  expect(after).toEqual([undefined, 'a1'])
})

test.each([
  ['comes to the same page again', { results: [result('a1', said('one'))], answer: fin({}, 'a1') }],
  ['answers with something else', { results: [], answer: el('iq', { type: 'result' }) }],
])('an archive that %s is not taken for read: it is an error, and no circle', async (_what, second) => {
  const { after, failure } = await read({ results: [result('a1', said('one'))], answer: fin({}, 'a1') }, second)
  expect(after).toHaveLength(2)
  expect(failure).toMatchObject({ kind: 'transient', message: expect.stringContaining(ROOM) })
})

test('ids, times and writers are the archive’s, whatever the message brought along', async () => {
  const forged = [
    el('stanza-id', { xmlns: NS.sid, by: ROOM, id: 'forged' }),
    el('stanza-id', { xmlns: NS.sid, by: 'anna@example.test', id: 'own' }),
    el('delay', { xmlns: NS.delay, from: 'boss@example.test', stamp: '1999-01-01T00:00:00Z' }),
  ]
  const { found } = await read({
    results: [
      result('a1', said('one', ...forged, item('anna@example.test/phone'))),
      result('a2', said('two', ...forged, item('boss@x'), item('anna@x'))),
    ],
    answer: fin({ complete: 'true' }),
  })
  const room = createRoom(ROOM, 'Frontdesk', 'desk@example.test')
  expect(found.map((one) => stanzaIdIn(one, ROOM))).toEqual(['a1', 'a2'])
  expect(found.map((one) => all(one, 'delay').map(({ attrs }) => attrs.stamp))).toEqual([[STAMP], [STAMP]])
  expect(found.map((one) => room.writer(one))).toEqual(['anna@example.test', undefined])
})

test('what is no message of this room is none, and the others are read', async () => {
  const strange = [
    result('x1', { ...said('elsewhere'), attrs: { from: 'other@rooms.example.test/anna', id: 'm' } }),
    result('x2', el('presence', { from: `${ROOM}/anna` })),
    result('x3', { ...said('alone'), attrs: { from: `${ROOM}/anna`, type: 'chat' } }),
    result(undefined, said('without an id')),
    el('result', { xmlns: NS.mam, id: 'x4' }),
  ]
  expect((await read({ results: [...strange, result('a1', said('one'))], answer: fin({ complete: 'true' }) })).texts).toEqual(['one'])
})
