import { describe, expect, test } from 'vitest'
import {
  afterOpen,
  type Calendar,
  localDay,
  openingAt,
  openingText,
  openMs,
  openSpans,
  parseClosed,
  parseDays,
  parseRanges,
} from './hours.ts'

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

test('a day is the one that clocks in the zone show, to the second, also where they stand at quarters of an hour', () => {
  const zones = ['Asia/Shanghai', 'Asia/Kathmandu', 'Pacific/Chatham', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Monrovia', 'UTC']
  for (const timeZone of zones) {
    const shown = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
    // Around each midnight somewhere, in winter and in summer; and in a year when one zone stood at 44 minutes and a half.
    for (const begin of [Date.UTC(1970, 5, 1), Date.UTC(2026, 0, 1), Date.UTC(2026, 3, 4), Date.UTC(2026, 9, 3)])
      for (let at = begin; at < begin + 48 * 3_600_000; at += 449_000)
        expect(localDay(timeZone, new Date(at)), `${timeZone} ${new Date(at).toISOString()}`).toBe(shown.format(at))
  }
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

/** The same in the plainest way: every minute is asked what the clocks show. */
function minutesOpen(calendar: Calendar, from: number, to: number): number[] {
  const shown = new Intl.DateTimeFormat('en-CA', {
    timeZone: calendar.timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const wall = new Map<number, number>()
  for (let at = from - 1.75 * DAY; at < to + 1.75 * DAY; at += MINUTE) {
    const part = Object.fromEntries(shown.formatToParts(at).map(({ type, value }) => [type, value]))
    wall.set(at, Date.parse(`${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}Z`))
  }
  const times = [...wall.keys()]
  const open = new Set<number>()
  for (let day = Math.floor(from / DAY) * DAY - 2 * DAY; day < to + 2 * DAY; day += DAY) {
    for (const { from: begin, to: end } of hoursOn(calendar, new Date(day).toISOString().slice(0, 10))) {
      const first = times.find((at) => (wall.get(at) ?? 0) >= day + begin * MINUTE)
      const last = times.findLast((at) => (wall.get(at) ?? 0) < day + end * MINUTE)
      if (first === undefined || last === undefined) continue
      for (let at = Math.max(first, from); at <= last && at < to; at += MINUTE) open.add(at)
    }
  }
  return [...open].sort((a, b) => a - b)
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

function hoursOn({ open, closed, extra = {} }: Calendar, day: string) {
  const own = extra[day]
  if (own) return own
  if (closed.includes(day)) return []
  const weekday = new Date(`${day}T00:00Z`).getUTCDay()
  return Object.entries(open).flatMap(([days, list]) => (parseDays(days)?.includes(weekday) ? list : []))
}

describe('open time', () => {
  const zones = ['Europe/London', 'America/New_York', 'Australia/Lord_Howe']
  /** Around changes of the clocks, and on plain days. */
  const days = ['2026-03-08', '2026-03-29', '2026-10-04', '2026-10-25', '2026-06-15']
  const weeks = ['09:00-12:00, 13:30-18:00', '22:00-06:00', '00:00-24:00', '01:30-02:30, 02:45-03:15', '23:00-00:30, 00:15-02:00']
  const cases = zones.flatMap((timezone, z) =>
    days.map((day, d) => {
      const open = { daily: ranges(weeks[(z + d) % weeks.length] ?? '') }
      const calendar: Calendar = {
        timezone,
        open,
        closed: d % 3 === 0 ? [day] : [],
        extra: d % 3 === 1 ? { [day]: ranges('02:15-04:00') } : {},
      }
      return { name: `${timezone} around ${day}`, calendar, day }
    }),
  )

  test.each(cases)('is what the minutes add up to: $name', ({ calendar, day }) => {
    const from = Date.parse(day) - 12 * 60 * MINUTE
    const to = from + 2 * DAY
    const minutes = minutesOpen(calendar, from, to)
    const spans = openSpans(calendar, from, to)
    const counted = spans.flatMap(([a, b]) => Array.from({ length: (b - a) / MINUTE }, (_, n) => a + n * MINUTE))
    expect(counted).toEqual(minutes)
    expect(openMs(calendar, new Date(from), new Date(to))).toBe(minutes.length * MINUTE)
    for (const at of [from, from + 700 * MINUTE, from + 1500 * MINUTE]) {
      expect(openingAt(calendar, new Date(at)).open).toBe(minutes.includes(at))
      const ahead = minutes.filter((minute) => minute >= at).slice(0, 90)
      if (ahead.length === 90) expect(afterOpen(calendar, new Date(at), 90 * MINUTE)?.getTime()).toBe((ahead.at(-1) ?? 0) + MINUTE)
    }
  })

  // chatwoot PR#13392: the term runs on over the weekend.
  test('an hour on Friday at 16:30 is over on Monday at 09:30 (Chatwoot PR #13392)', () => {
    const london: Calendar = { timezone: 'Europe/London', open: { 'mon-fri': ranges('09:00-17:00') }, closed: [] }
    expect(afterOpen(london, new Date('2026-11-20T16:30Z'), 60 * MINUTE)).toEqual(new Date('2026-11-23T09:30Z'))
    expect(openMs(london, new Date('2026-11-20T16:30Z'), new Date('2026-11-23T09:30Z'))).toBe(60 * MINUTE)
  })

  // chatwoot#14009: one range a day and no more.
  test('has as many ranges a day as the file says (Chatwoot #14009), and none where it never opens', () => {
    const day = openSpans(office, shanghai('2026-03-02T00:00').getTime(), shanghai('2026-03-03T00:00').getTime())
    expect(day.map(([a, b]) => (b - a) / MINUTE)).toEqual([180, 270])
    expect(afterOpen({ ...office, open: {} }, shanghai('2026-03-02T10:00'), 1)).toBeUndefined()
    expect(openMs(undefined, new Date(0), new Date(5))).toBe(5)
    expect(afterOpen(undefined, new Date(0), 5)).toEqual(new Date(5))
  })
})

describe('days of their own', () => {
  const dates = { closedDays: [], openDays: [], closedSpans: [], openSpans: [] }
  const on = (calendar: Calendar, time: string) => openingAt(calendar, shanghai(time)).open

  test('are stronger than the week, than closed days and than every feed', () => {
    const calendar: Calendar = { ...office, extra: { '2026-10-04': ranges('10:00-11:00') }, closed: ['2026-10-01..2026-10-07'] }
    const feed = { ...dates, closedDays: [['2026-10-04', '2026-10-04']] as [string, string][] }
    expect(on({ ...calendar, dates: feed }, '2026-10-04T10:30')).toBe(true)
    expect(on({ ...calendar, dates: feed }, '2026-10-04T11:30')).toBe(false)
  })

  test('of a feed close whole days and hours, and open them', () => {
    const feed = {
      closedDays: [['2026-03-02', '2026-03-03']] as [string, string][],
      openDays: [{ first: '2026-03-03', last: '2026-03-03', ranges: ranges('20:00-22:00') }],
      closedSpans: [[shanghai('2026-03-04T10:00').getTime(), shanghai('2026-03-04T11:00').getTime()]] as [number, number][],
      openSpans: [[shanghai('2026-03-08T23:00').getTime(), shanghai('2026-03-09T01:00').getTime()]] as [number, number][],
    }
    const calendar = { ...office, dates: feed }
    const times = ['2026-03-02T10:00', '2026-03-03T10:00', '2026-03-03T21:00', '2026-03-04T09:30', '2026-03-04T10:30', '2026-03-04T11:00']
    expect(times.map((time) => on(calendar, time))).toEqual([false, false, true, true, false, true])
    expect(['2026-03-08T22:59', '2026-03-08T23:30', '2026-03-09T00:59', '2026-03-09T01:00'].map((time) => on(calendar, time))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})
