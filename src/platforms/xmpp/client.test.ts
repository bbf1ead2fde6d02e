// What becomes of what was under way when a line is lost. Against a real server: src/handoff/xmpp/.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Xml, XmppEars } from '#core/xmpp.ts'
import { recorder } from '../../../test/contract/support.ts'
import { createClient } from './client.ts'
import { el, find, NS } from './stanza.ts'

const ROOM = 'c1@rooms.example.test'
const signal = AbortSignal.timeout(5_000)
const server = { service: 'xmpp://127.0.0.1:1', user: 'desk@example.test', password: 'x', plain: true }

/** Lines that answer nothing by themselves. */
function stand() {
  const lines: { ears: XmppEars; sent: Xml[]; end(why: string): void }[] = []
  const client = createClient({
    lines: {
      async open(_server, ears) {
        const { promise: ended, resolve: end } = Promise.withResolvers<string>()
        const sent: Xml[] = []
        lines.push({ ears, sent, end })
        return {
          address: 'desk@example.test/1',
          ended,
          send: async (one) => void sent.push(one),
          hold: () => undefined,
          close: () => undefined,
        }
      },
    },
    server,
    nick: 'desk',
    log: recorder().deps.log,
    asked: async () => undefined,
  })
  const heard: string[] = []
  client.hold({ message: (stanza) => void heard.push(stanza.attrs.id ?? ''), presence: () => undefined, left: () => undefined })
  const line = (n: number) => lines[n] as NonNullable<(typeof lines)[number]>
  return { client, line, heard }
}

test('with the line every answer that is waited for is given up at once: what was asked is uncertain, who was only coming in is not', async () => {
  const { client, line } = stand()
  await client.use(signal)
  const asked = client.ask(el('iq', { type: 'get' }, el('ping', { xmlns: NS.ping })), 'asking', signal)
  const said = client.join(ROOM, signal)
  await Promise.resolve()
  line(0).end('pulled')
  const soon = (work: Promise<unknown>) => Promise.race([work.catch((error: unknown) => error), nextTurn('still waits')])
  expect(await soon(asked)).toMatchObject({ kind: 'transient', certain: false })
  expect(await soon(said)).toMatchObject({ kind: 'transient', certain: true })
  expect(client.rooms.size).toBe(0)
})

test('what still comes over a line that was given up is heard on the next one and not twice', async () => {
  const { client, line, heard } = stand()
  const words = (id: string) => el('message', { id, from: 'anna@example.test/phone', type: 'chat' }, el('body', {}, '/queue'))
  await client.use(signal)
  line(0).ears.heard(words('before'))
  client.close()
  await client.use(signal)
  line(0).ears.heard(words('late'))
  line(1).ears.heard(words('again'))
  expect(heard).toEqual(['before', 'again'])
  client.close()
})

test('what an archive finds is heard from that archive alone, and nobody takes it for words to us', async () => {
  const { client, line, heard } = stand()
  await client.use(signal)
  const { ears, sent } = line(0)
  const search = client.search(ROOM, [], 'reading', signal)
  await nextTurn()
  const { id = '', to = '' } = sent.at(-1)?.attrs ?? {}
  const queryid = find(sent.at(-1), 'query', NS.mam)?.attrs.queryid
  const result = (from: string, key: string, of = queryid) =>
    ears.heard(el('message', { from, id: key }, el('result', { xmlns: NS.mam, queryid: of, id: key }), el('body', {}, '/queue')))
  result(`${ROOM}/anna`, 'r1')
  result('anna@example.test', 'r2')
  result(ROOM, 'r3', 'guessed')
  result(ROOM, 'r4')
  ears.heard(el('iq', { type: 'result', id, from: ROOM }))
  expect(to).toBe(ROOM)
  expect((await search).results.map(({ attrs }) => attrs.id)).toEqual(['r4'])
  expect(heard).toEqual([])
  client.close()
})
