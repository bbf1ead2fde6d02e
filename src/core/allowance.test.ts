import { describe, expect, test } from 'vitest'
import { allowedAfter, leftOf } from './allowance.ts'
import type { Capabilities } from './capabilities.ts'

const HOUR = 3_600_000
const start = new Date('2026-03-01T08:00:00Z')
const later = (ms: number) => new Date(start.getTime() + ms)
const wechat: Capabilities = {
  text: { max: 2048, unit: 'bytes', markdown: false },
  window: { ms: 48 * HOUR, messages: 5, press: { ms: 60_000, messages: 3 }, arrive: { ms: 60_000, messages: 3 } },
}
const none = () => 0

describe('what a platform still takes', () => {
  test('nothing is said of platforms without bounds', () => {
    expect(allowedAfter([], 'message', { text: wechat.text }, start)).toBeUndefined()
  })

  test('a message allows five in 48 hours: the fifth is the last, and after 48 hours none is left', () => {
    const allowed = allowedAfter([], 'message', wechat, start) ?? []
    for (const sent of [0, 1, 4]) {
      expect(leftOf(allowed, () => sent, later(sent * 1000))).toEqual({ until: later(48 * HOUR), messages: 5 - sent })
    }
    expect(leftOf(allowed, () => 5, later(HOUR)).messages).toBe(0)
    expect(leftOf(allowed, () => 6, later(HOUR)).messages).toBe(0)
    expect(leftOf(allowed, none, later(48 * HOUR)).messages).toBe(0)
    expect(leftOf(allowed, none, later(49 * HOUR)).messages).toBe(0)
  })

  test('writing again fills up to five, not to ten', () => {
    const first = allowedAfter([], 'message', wechat, start) ?? []
    const again = allowedAfter(first, 'message', wechat, later(HOUR)) ?? []
    expect(again).toHaveLength(1)
    expect(leftOf(again, none, later(HOUR))).toEqual({ until: later(49 * HOUR), messages: 5 })
  })

  test('a click allows three within a minute, and takes nothing from what the message before it allows', () => {
    const clicked = allowedAfter([], 'press', wechat, start) ?? []
    expect(leftOf(clicked, none, later(59_000))).toEqual({ until: later(60_000), messages: 3 })
    expect(leftOf(clicked, none, later(61_000)).messages).toBe(0)
    const both = allowedAfter(allowedAfter([], 'message', wechat, start) ?? [], 'press', wechat, later(HOUR)) ?? []
    const sentSince = (at: Date) => (at.getTime() === start.getTime() ? 4 : 0)
    expect(leftOf(both, sentSince, later(HOUR + 1000))).toEqual({ until: later(HOUR + 60_000), messages: 3 })
    expect(leftOf(both, sentSince, later(2 * HOUR))).toEqual({ until: later(48 * HOUR), messages: 1 })
  })

  test('a window without a number has no number left', () => {
    const allowed = allowedAfter([], 'message', { ...wechat, window: { ms: 24 * HOUR } }, start) ?? []
    expect(leftOf(allowed, () => 100, later(HOUR))).toEqual({ until: later(24 * HOUR) })
  })
})
