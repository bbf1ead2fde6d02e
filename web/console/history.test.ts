// The pages of a history, joined without holes and without doubles: pure.
import { describe, expect, test } from 'vitest'
import type { ConsoleMessage, HistoryPage } from '#http/console/protocol.ts'
import { settled } from './src/conversations/history.ts'
import { type Ask, joined, keyOf, missing, type Stretch, stretchOf } from './src/conversations/stretch.ts'
import { type TimelineItem, timeline } from './src/conversations/timeline.ts'
import type { Outgoing } from './src/outgoing.ts'

const MINUTE = 60_000
const BEGAN = Date.parse('2026-03-01T12:00:00Z')

/** One message a minute. */
function said(seq: number, more: Partial<ConsoleMessage> = {}): ConsoleMessage {
  const at = new Date(BEGAN + seq * MINUTE).toISOString()
  return { id: `msg_${seq}`, seq, author: 'customer', name: '王', parts: [{ type: 'text', text: String(seq) }], at, ...more }
}
/** Of a thousand messages, or, without `newer`, the end of so many. */
function page(from: number, to: number, newer = false): HistoryPage {
  return { messages: Array.from({ length: to - from + 1 }, (_, n) => said(from + n)), older: from > 1, newer }
}
const olderThan = (seq: number, from: number) => stretchOf(page(from, seq - 1, true), { before: seq })
const newerThan = (seq: number, to: number, newer = true) => stretchOf(page(seq + 1, to, newer), { after: seq })
const around = (seq: number, from: number, to: number) => stretchOf(page(from, to, true), { around: seq })
const END = Number.POSITIVE_INFINITY
const reach = ({ from, to }: Stretch) => [from, to]
const seqs = ({ messages }: Stretch) => messages.map(({ seq }) => seq)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

describe('what is shown', () => {
  test('what touches is one stretch, in whatever order it came; what does not stays away', () => {
    const end = stretchOf(page(301, 400))
    expect(reach(joined(end, []))).toEqual([301, END])
    expect(reach(joined(end, [olderThan(201, 101), olderThan(301, 201)]))).toEqual([101, END])
    expect(reach(joined(end, [olderThan(201, 101)]))).toEqual([301, END])
    expect(reach(joined(around(150, 100, 199), [end, olderThan(100, 1)]))).toEqual([0, 199])
    const whole = joined(around(150, 100, 199), [newerThan(199, 299), end, newerThan(299, 399)])
    expect([reach(whole), seqs(whole)]).toEqual([[100, END], range(100, 400)])
  })

  test('what is gone between two messages is no hole', () => {
    const end = stretchOf({ messages: [said(305)], older: true, newer: false })
    const older = stretchOf({ messages: [said(290)], older: true, newer: true }, { before: 305 })
    expect(seqs(joined(end, [older]))).toEqual([290, 305])
  })

  test('each message once, in order, as the newer page has it; alone the end is the same list', () => {
    const newest = page(100, 110)
    const changed = stretchOf({ messages: [said(95), said(105, { editedAt: 'old' })], older: true, newer: true }, { before: 106 })
    const shown = joined(stretchOf(newest), [changed, olderThan(98, 90)])
    expect(seqs(shown)).toEqual([...range(90, 97), ...range(100, 110)])
    expect(shown.messages.find(({ seq }) => seq === 105)?.editedAt).toBeUndefined()
    expect(joined(stretchOf(newest), []).messages).toBe(newest.messages)
  })

  test('what lacks at each side is asked for next to what is there, and nothing beyond the beginning or the end', () => {
    expect(missing(stretchOf(page(301, 400)), { from: 301, to: END })).toEqual([])
    expect(missing(stretchOf(page(301, 400)), { from: 300, to: END })).toEqual([{ before: 301 }])
    expect(missing(around(150, 100, 199), { from: 99, to: 200 })).toEqual([{ before: 100 }, { after: 199 }])
    expect(missing(stretchOf(page(1, 60)), { from: 0, to: END })).toEqual([])
  })
})

describe('where the reader is', () => {
  const end = stretchOf(page(901, 1000))
  const state = { base: 'end' as const, wanted: { from: 901, to: END }, asks: [] as Ask[] }
  const none = new Map<string, Stretch>()

  test('somebody who looks for what is far away asks for what is around it, and stays until that is there', () => {
    const looking = { ...state, next: 150 }
    const asked = settled(looking, end, none)
    expect(asked).toMatchObject({ base: 'end', next: 150, asks: [{ around: 150 }] })
    expect(settled(asked, end, none)).toBe(asked)
    const there = settled(asked, end, new Map([[keyOf({ around: 150 }), around(150, 100, 199)]]))
    expect(there).toMatchObject({ base: 150, wanted: { from: 150, to: 150 } })
    expect(there.next).toBeUndefined()
  })

  test('what turns out to touch the end is no other place: nothing is taken off the screen', () => {
    const shown = joined(end, [around(850, 800, 900)])
    expect(settled({ ...state, next: 850 }, shown, none)).toMatchObject({ base: 'end', wanted: { from: 800, to: END } })
  })

  test('whoever read on to the end follows what is said from then on', () => {
    const shown = joined(around(850, 800, 900), [end])
    expect(settled({ ...state, base: 850, wanted: { from: 850, to: 901 } }, shown, none)).toMatchObject({
      base: 'end',
      wanted: { from: 800, to: END },
    })
  })

  test('when the end begins later than before, the pages between are read, one after the other', () => {
    const wide = { ...state, wanted: { from: 801, to: END }, asks: [{ before: 901 }] }
    const later = stretchOf(page(1101, 1200))
    const [, ...bridge] = settled(wide, later, none).asks
    expect(bridge).toEqual([{ before: 1101 }])
    const [, , ...next] = settled({ ...wide, asks: [...wide.asks, ...bridge] }, joined(later, [olderThan(1101, 1001)]), none).asks
    expect(next).toEqual([{ before: 1001 }])
  })
})

const drawn = (items: TimelineItem[]) =>
  items.map((item) =>
    item.type === 'day'
      ? 'day'
      : item.type === 'unsent'
        ? item.key
        : `${item.message.seq}${item.first ? ' first' : ''}${item.last ? ' last' : ''}`,
  )

test('what was refused stands where it was said, and not below what came later', () => {
  const unsent = (clientId: string, afterSeq: number) => ({ clientId, afterSeq, state: 'refused' }) as Outgoing
  expect(drawn(timeline(page(5, 8).messages, [unsent('b', 8), unsent('a', 6), unsent('a2', 6)]))).toEqual([
    'day',
    '5 first',
    '6 last',
    'a',
    'a2',
    '7 first',
    '8 last',
    'b',
  ])
  expect(drawn(timeline([], [unsent('a', 0)]))).toEqual(['a'])
})

test('a run and a day that two pages share are one: the border between them is nowhere to be seen', () => {
  const newest = page(5, 8)
  const alone = drawn(timeline(newest.messages))
  expect(alone).toEqual(['day', '5 first', '6', '7', '8 last'])
  const whole = drawn(timeline(joined(stretchOf(newest), [olderThan(5, 3)]).messages))
  expect(whole).toEqual(['day', '3 first', '4', '5', '6', '7', '8 last'])
})
