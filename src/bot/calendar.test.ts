import { describe, expect, test } from 'vitest'
import { type Calendar, openingAt, openingText, parseClosed, parseDays, parseRanges } from './calendar.ts'

const ranges = (text: string) => parseRanges(text) ?? []
const office: Calendar = {
  timezone: 'Asia/Shanghai',
  open: { 'mon-fri': ranges('09:00-12:00, 13:30-18:00'), sat: ranges('10:00-16:00') },
  closed: ['2026-10-01..2026-10-07'],
}
const shanghai = (text: string) => new Date(`${text}:00+08:00`)

describe('opening hours', () => {
  test.each([
    ['2026-03-02T08:59', false, '2026-03-02T09:00'],
    ['2026-03-02T09:00', true, undefined],
    ['2026-03-02T12:00', false, '2026-03-02T13:30'],
    ['2026-03-02T17:59', true, undefined],
    ['2026-03-02T18:00', false, '2026-03-03T09:00'],
    ['2026-03-07T16:30', false, '2026-03-09T09:00'],
    ['2026-09-30T19:00', false, '2026-10-08T09:00'],
    ['2026-10-05T10:00', false, '2026-10-08T09:00'],
  ])('in Shanghai at %s: open is %s, next %s', (now, open, next) => {
    expect(openingAt(office, shanghai(now))).toEqual({ open, ...(next && { opensAt: shanghai(next) }) })
  })

  test('over midnight belong to the day on which they begin', () => {
    const bar: Calendar = { timezone: 'Asia/Shanghai', open: { fri: ranges('20:00-02:00') }, closed: [] }
    expect(openingAt(bar, shanghai('2026-03-07T01:59')).open).toBe(true)
    expect(openingAt(bar, shanghai('2026-03-07T02:00')).open).toBe(false)
    expect(openingAt(bar, shanghai('2026-03-06T01:00')).open).toBe(false)
  })

  test('follow daylight saving', () => {
    const london: Calendar = { timezone: 'Europe/London', open: { daily: ranges('09:00-17:00') }, closed: [] }
    expect(openingAt(london, new Date('2026-03-28T20:00Z')).opensAt).toEqual(new Date('2026-03-29T08:00Z'))
    expect(openingAt(london, new Date('2026-10-24T20:00Z')).opensAt).toEqual(new Date('2026-10-25T09:00Z'))
    const nightly: Calendar = { timezone: 'America/New_York', open: { daily: ranges('02:30-03:30') }, closed: [] }
    expect(openingAt(nightly, new Date('2026-03-08T06:00Z')).opensAt).toBeInstanceOf(Date)
  })

  test('that never come again within two weeks give no time', () => {
    expect(openingAt({ ...office, open: {} }, shanghai('2026-03-02T10:00'))).toEqual({ open: false })
    expect(openingAt({ ...office, closed: ['2026-03-01..2026-04-30'] }, shanghai('2026-03-02T10:00'))).toEqual({ open: false })
  })

  test.each([
    ['2026-03-02T07:00', '2026-03-02T09:00', '今天 09:00', 'today at 09:00'],
    ['2026-03-02T19:00', '2026-03-03T09:00', '明天 09:00', 'tomorrow at 09:00'],
    ['2026-03-06T19:00', '2026-03-10T09:30', '周二 09:30', 'on Tuesday at 09:30'],
    ['2026-09-30T19:00', '2026-10-08T09:00', '10月8日（周四） 09:00', 'on Thursday 8 October at 09:00'],
  ])('seen at %s, %s reads %s', (now, at, zh, en) => {
    expect(openingText(shanghai(at), shanghai(now), 'Asia/Shanghai', 'zh')).toBe(zh)
    expect(openingText(shanghai(at), shanghai(now), 'Asia/Shanghai', 'en')).toBe(en)
  })
})

test('days, ranges and dates are read or refused', () => {
  expect(parseDays('mon-fri')).toEqual([1, 2, 3, 4, 5])
  expect(parseDays('fri-mon')).toEqual([5, 6, 0, 1])
  expect(parseDays('Sat, Sun')).toEqual([6, 0])
  expect(['noday', 'mon-', 'mon-fri-sat', ''].map(parseDays)).toEqual(Array(4).fill(undefined))
  expect(parseRanges('00:00-24:00')).toEqual([{ from: 0, to: 1440 }])
  expect(['9-18', '25:00-26:00', '09:60-10:00', '09:00'].map(parseRanges)).toEqual(Array(4).fill(undefined))
  expect(parseClosed('2026-10-01')).toEqual(['2026-10-01', '2026-10-01'])
  expect(['2026-02-30', '2026-10-07..2026-10-01', '01.10.2026', 'a..b..c'].map(parseClosed)).toEqual(Array(4).fill(undefined))
})
