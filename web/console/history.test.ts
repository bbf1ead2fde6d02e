// The pages of a history, joined without holes and without doubles: pure.
import { describe, expect, test } from 'vitest'
import type { ConsoleMessage, HistoryPage } from '#http/console/protocol.ts'
import { bridged, joined, near } from './src/conversations/history.ts'
import { timeline } from './src/conversations/timeline.ts'

const MINUTE = 60_000
const BEGAN = Date.parse('2026-03-01T12:00:00Z')

/** One message a minute. */
function said(seq: number, more: Partial<ConsoleMessage> = {}): ConsoleMessage {
  const at = new Date(BEGAN + seq * MINUTE).toISOString()
  return { id: `msg_${seq}`, seq, author: 'customer', name: '王', parts: [{ type: 'text', text: String(seq) }], at, ...more }
}
function page(from: number, to: number): HistoryPage {
  return { messages: Array.from({ length: to - from + 1 }, (_, n) => said(from + n)), older: from > 1 }
}

describe('which pages are read', () => {
  test('none, until somebody wants what is before the newest', () => {
    const loaded = { newest: page(301, 400), ends: [], pages: [] }
    expect(bridged(loaded, 301)).toEqual([])
    expect(bridged(loaded, 300)).toEqual([301])
  })

  test('one after the other down to what is wanted, and none beyond the beginning', () => {
    const newest = page(301, 400)
    expect(bridged({ newest, ends: [301], pages: [undefined] }, 150)).toEqual([301])
    expect(bridged({ newest, ends: [301], pages: [page(201, 300)] }, 150)).toEqual([301, 201])
    expect(bridged({ newest, ends: [301, 201], pages: [page(201, 300), page(101, 200)] }, 150)).toEqual([301, 201])
    expect(bridged({ newest: page(1, 60), ends: [], pages: [] }, 0)).toEqual([])
    expect(bridged({ newest: page(61, 160), ends: [61], pages: [page(1, 60)] }, 0)).toEqual([61])
    expect(bridged({ newest: { messages: [], older: false }, ends: [], pages: [] }, Number.POSITIVE_INFINITY)).toEqual([])
  })

  test('those between, when the newest ones begin later than before', () => {
    const old = page(201, 300)
    expect(bridged({ newest: page(601, 700), ends: [301], pages: [old] }, 201)).toEqual([601, 301])
    expect(bridged({ newest: page(601, 700), ends: [601, 301], pages: [page(501, 600), old] }, 201)).toEqual([601, 501, 301])
    expect(bridged({ newest: page(601, 700), ends: [], pages: [] }, 301)).toEqual([601])
  })

  test('the same ones are the same list, so that nothing is drawn for nothing', () => {
    const ends = [301]
    expect(bridged({ newest: page(301, 400), ends, pages: [page(201, 300)] }, 201)).toBe(ends)
  })
})

test('pages that overlap show each message once, in order, as the newer page has it', () => {
  const newest = page(100, 110)
  const changed = { messages: [said(95), said(105, { editedAt: 'old' })], older: true }
  const shown = joined({ newest, pages: [changed, page(90, 97)] })
  expect(shown.map(({ seq }) => seq)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110])
  expect(shown.find(({ seq }) => seq === 105)?.editedAt).toBeUndefined()
  expect(joined({ newest, pages: [] })).toBe(newest.messages)
})

test('only pages with something in sight are read again', () => {
  const loaded = { ends: [301, 201, 101], pages: [page(201, 300), page(101, 200), page(1, 100)] }
  expect(near(loaded, 320, 330)).toEqual([])
  expect(near(loaded, 295, 305)).toEqual([301])
  expect(near(loaded, 198, 204)).toEqual([301, 201])
  expect(near(loaded, 1, 20)).toEqual([101])
})

test('a run and a day that two pages share are one: the border between them is nowhere to be seen', () => {
  const newest = page(5, 8)
  const alone = timeline(newest.messages).map((item) => (item.type === 'day' ? 'day' : `${item.message.seq}${item.first ? ' first' : ''}`))
  expect(alone).toEqual(['day', '5 first', '6', '7', '8'])
  const whole = timeline(joined({ newest, pages: [page(3, 4)] }))
  expect(whole.map((item) => (item.type === 'day' ? 'day' : `${item.message.seq}${item.first ? ' first' : ''}`))).toEqual([
    'day',
    '3 first',
    '4',
    '5',
    '6',
    '7',
    '8',
  ])
})
