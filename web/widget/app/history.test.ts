import { describe, expect, test } from 'vitest'
import type { ChatMessage, MessagePage } from '#http/chat/protocol.ts'
import fc from '../../../test/support/fc.ts'
import { endOfOlder, type History, NO_HISTORY, openedWith, withNews, withOlder } from './history.ts'

const said = (seq: number, text = `${seq}`): ChatMessage => ({
  id: `msg_${seq}`,
  seq,
  author: 'customer',
  parts: [{ type: 'text', text }],
  at: new Date(seq * 1000).toISOString(),
})
const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)
const page = (from: number, to: number, more = from > 1): MessagePage => ({
  messages: range(from, to).map((seq) => said(seq)),
  cursor: to,
  more,
})
const seqs = (history: History) => history.messages.map(({ seq }) => seq)
const text = (history: History, seq: number) => {
  const part = history.messages.find((message) => message.seq === seq)?.parts[0]
  return part?.type === 'text' ? part.text : undefined
}
const loading = (history: History): History => ({ ...history, older: 'loading' })

describe('the history of a window', () => {
  test('begins with the newest page and knows whether there is more', () => {
    expect(openedWith(page(101, 200))).toMatchObject({ older: 'more' })
    expect(openedWith(page(1, 60))).toMatchObject({ older: 'none' })
    expect(endOfOlder(openedWith(page(101, 200)))).toBe(101)
    expect(endOfOlder(openedWith(page(1, 60)))).toBeUndefined()
    expect(endOfOlder(NO_HISTORY)).toBeUndefined()
  })

  test('reads one page at a time, and one that failed once more', () => {
    const opened = openedWith(page(101, 200))
    expect(endOfOlder(loading(opened))).toBeUndefined()
    expect(endOfOlder({ ...opened, older: 'failed' })).toBe(101)
  })

  test('what comes while an older page is read stays, at its end', () => {
    const busy = withNews(loading(openedWith(page(101, 200))), [said(201), said(202)])
    const whole = withOlder(busy, page(1, 100))
    expect(seqs(whole)).toEqual(range(1, 202))
    expect(whole.older).toBe('none')
  })

  test('a change of what is not on screen makes no hole: its page brings it', () => {
    const opened = openedWith(page(101, 200))
    expect(withNews(opened, [said(7, 'changed'), said(150, 'changed')])).toMatchObject({ meanwhile: [] })
    expect(seqs(withNews(opened, [said(7, 'changed')]))).toEqual(range(101, 200))
    expect(text(withNews(opened, [said(150, 'changed')]), 150)).toBe('changed')
  })

  test('a change that comes while the page is read that still has the old words is not lost', () => {
    const busy = withNews(loading(openedWith(page(201, 300))), [said(150, 'changed'), said(7, 'changed')])
    const more = withOlder(busy, page(101, 200))
    expect(text(more, 150)).toBe('changed')
    expect(seqs(more)).toEqual(range(101, 300))
    // The page that has the other one is read later, and brings it as it is then.
    expect(text(withOlder(loading(more), page(1, 100)), 7)).toBe('7')
  })

  test('once all is here a change finds its message however old it is', () => {
    const whole = openedWith(page(1, 60))
    expect(text(withNews(whole, [said(3, 'changed')]), 3)).toBe('changed')
  })

  test('whatever comes in whatever order: each message once, ascending, without a hole', () => {
    const step = fc.oneof(
      fc.constant('older' as const),
      fc.constant('fail' as const),
      fc.record({ news: fc.integer({ min: 0, max: 3 }), change: fc.integer({ min: 1, max: 60 }) }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.array(step, { maxLength: 30 }), (before, steps) => {
        let last = before
        const at = (end: number) => page(Math.max(1, end - 10), end - 1)
        let history = openedWith(at(last + 1))
        for (const one of steps) {
          const end = endOfOlder(history)
          if (one === 'fail') history = end === undefined ? history : { ...history, older: 'failed' }
          else if (one === 'older') history = end === undefined ? history : withOlder(loading(history), at(end))
          else {
            history = withNews(
              history,
              [...range(last + 1, last + one.news), ...(one.change <= last ? [one.change] : [])].map((seq) => said(seq)),
            )
            last += one.news
          }
        }
        expect(seqs(history)).toEqual(range(history.messages[0]?.seq ?? 1, last))
        expect(history.older === 'none').toBe((history.messages[0]?.seq ?? 1) === 1)
      }),
    )
  })
})
