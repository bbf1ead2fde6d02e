import { describe, expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import { readWhen } from './when.ts'

const SHANGHAI = 'Asia/Shanghai'
/** A Wednesday, 10:20 in Shanghai. */
const now = new Date('2026-11-25T02:20:00Z')

/** As Shanghai's clocks show it. */
function shown(text: string, at = now): string | undefined {
  const when = readWhen(text, at, SHANGHAI)
  if (!when) return undefined
  const local = new Date(when.at.getTime() + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
  return when.rest ? `${local} | ${when.rest}` : local
}

describe('a time that a person writes', () => {
  test.each([
    ['2h', '2026-11-25 12:20'],
    ['1h30m', '2026-11-25 11:50'],
    ['90 min', '2026-11-25 11:50'],
    ['in 2 hours', '2026-11-25 12:20'],
    ['1.5h', '2026-11-25 11:50'],
    ['3d', '2026-11-28 10:20'],
    ['2w', '2026-12-09 10:20'],
    ['30分钟', '2026-11-25 10:50'],
    ['３０分钟', '2026-11-25 10:50'],
    ['2小时后', '2026-11-25 12:20'],
    ['半小时', '2026-11-25 10:50'],
    ['一个半小时', '2026-11-25 11:50'],
    ['两个小时', '2026-11-25 12:20'],
    ['十五分钟', '2026-11-25 10:35'],
    ['一周后', '2026-12-02 10:20'],
    ['tomorrow', '2026-11-26 09:00'],
    ['tomorrow 9:00', '2026-11-26 09:00'],
    ['tomorrow at 3pm', '2026-11-26 15:00'],
    ['tomorrow morning', '2026-11-26 09:00'],
    ['tomorrow afternoon', '2026-11-26 14:00'],
    ['tonight 8', '2026-11-25 20:00'],
    ['明天9点', '2026-11-26 09:00'],
    ['明天 9：30', '2026-11-26 09:30'],
    ['明天下午3点半', '2026-11-26 15:30'],
    ['明早', '2026-11-26 09:00'],
    ['明晚8点', '2026-11-26 20:00'],
    ['后天上午十点', '2026-11-27 10:00'],
    ['今天下午5点', '2026-11-25 17:00'],
    ['今晚', '2026-11-25 19:00'],
    ['until fri 9', '2026-11-27 09:00'],
    ['until friday 9:30', '2026-11-27 09:30'],
    ['tue 9', '2026-12-01 09:00'],
    ['thursday', '2026-11-26 09:00'],
    ['wed 9', '2026-12-02 09:00'],
    ['wed 18:00', '2026-11-25 18:00'],
    ['next mon', '2026-11-30 09:00'],
    ['周五9点', '2026-11-27 09:00'],
    ['到周五9点', '2026-11-27 09:00'],
    ['下周一', '2026-11-30 09:00'],
    ['下周三下午2点', '2026-12-02 14:00'],
    ['星期天', '2026-11-29 09:00'],
    ['下周', '2026-11-30 09:00'],
    ['17:30', '2026-11-25 17:30'],
    ['9:00', '2026-11-26 09:00'],
    ['9am', '2026-11-26 09:00'],
    ['until 11', '2026-11-25 11:00'],
    ['12am', '2026-11-26 00:00'],
    ['中午12点', '2026-11-25 12:00'],
    ['2026-12-01 9:00', '2026-12-01 09:00'],
    ['2026年12月1日 9点', '2026-12-01 09:00'],
    ['12月1日9点', '2026-12-01 09:00'],
    ['12/1', '2026-12-01 09:00'],
    ['1月5号', '2027-01-05 09:00'],
    ['2026-11-25T04:20:00.000Z', '2026-11-25 12:20'],
  ])('%s', (text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  test.each([
    ['2h waits for the courier', '2026-11-25 12:20 | waits for the courier'],
    ['30分钟，等物流回复', '2026-11-25 10:50 | 等物流回复'],
    ['tomorrow call back', '2026-11-26 09:00 | call back'],
    ['明天9点 回电，问尺码', '2026-11-26 09:00 | 回电，问尺码'],
    ['明天下午3点给客户回电', '2026-11-26 15:00 | 给客户回电'],
    ['fri 9 - send the invoice', '2026-11-27 09:00 | send the invoice'],
    ['周五 补发发票 2 张', '2026-11-27 09:00 | 补发发票 2 张'],
    ['明天 3件商品退款', '2026-11-26 09:00 | 3件商品退款'],
  ])('%s, and the rest is words', (text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  test.each(['', 'soon', '3 boxes', '2house', '等物流', 'friend', 'monk', '25:00', 'call back tomorrow', '9'])('%j is none', (text) => {
    expect(shown(text)).toBeUndefined()
  })

  test('a date with its year may be past: the caller says so', () => {
    expect(shown('2026-01-01')).toBe('2026-01-01 09:00')
  })
})

test('clocks are put back and forward: nine in the morning is nine in the morning', () => {
  const berlin = (text: string, at: string) => readWhen(text, new Date(at), 'Europe/Berlin')?.at.toISOString()
  expect(berlin('tomorrow 9:00', '2026-10-24T12:00:00Z')).toBe('2026-10-25T08:00:00.000Z')
  expect(berlin('tomorrow 9:00', '2026-03-28T12:00:00Z')).toBe('2026-03-29T07:00:00.000Z')
})

test('whatever is written, it is a time or none, and the rest is the end of what was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '2h ', '明天9点', 'fri '), (words, before) => {
      const when = readWhen(before + words, now, SHANGHAI)
      return when === undefined || ((before + words).trim().endsWith(when.rest) && !Number.isNaN(when.at.getTime()))
    }),
  )
})
