import { describe, expect, test } from 'vitest'
import { openingAt, parseRanges } from './hours.ts'
import { readDates } from './ical.ts'

const now = new Date('2026-09-01T00:00Z')
const calendar = (...events: string[][]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']), 'END:VCALENDAR'].join('\r\n')
const closed = { events: 'closed' as const, timezone: 'Asia/Shanghai' }
const shanghai = (text: string) => new Date(`${text}:00+08:00`)

describe('a feed', () => {
  test('closes whole days, from the first to the last', () => {
    const text = calendar(
      ['UID:1', 'SUMMARY:国庆节', 'DTSTART;VALUE=DATE:20261001', 'DTEND;VALUE=DATE:20261008'],
      ['UID:2', 'DTSTART;VALUE=DATE:20260920', 'DTEND;VALUE=DATE:20260920'],
      ['UID:3', 'STATUS:CANCELLED', 'DTSTART;VALUE=DATE:20260910', 'DTEND;VALUE=DATE:20260911'],
    )
    expect(readDates(text, closed, now).closedDays).toEqual([
      ['2026-10-01', '2026-10-07'],
      ['2026-09-20', '2026-09-20'],
    ])
  })

  test('closes hours in the zone that each names, in UTC, and in the shop’s where it names none', () => {
    const text = calendar(
      ['UID:1', 'DTSTART;TZID=Europe/London:20261026T090000', 'DTEND;TZID=Europe/London:20261026T100000'],
      ['UID:2', 'DTSTART:20260902T010000Z', 'DTEND:20260902T020000Z'],
      ['UID:3', 'DTSTART:20260903T140000', 'DTEND:20260903T150000'],
    )
    expect(readDates(text, closed, now).closedSpans.map(([a, b]) => [new Date(a).toISOString(), new Date(b).toISOString()])).toEqual([
      ['2026-10-26T09:00:00.000Z', '2026-10-26T10:00:00.000Z'],
      ['2026-09-02T01:00:00.000Z', '2026-09-02T02:00:00.000Z'],
      ['2026-09-03T06:00:00.000Z', '2026-09-03T07:00:00.000Z'],
    ])
  })

  test('repeats, without the days that it leaves out, and no further than anybody looks', () => {
    const yearly = calendar(['UID:1', 'DTSTART;VALUE=DATE:20200501', 'DTEND;VALUE=DATE:20200502', 'RRULE:FREQ=YEARLY'])
    expect(readDates(yearly, closed, now).closedDays).toEqual([['2027-05-01', '2027-05-01']])
    const weekly = calendar([
      'UID:2',
      'DTSTART;VALUE=DATE:20260905',
      'DTEND;VALUE=DATE:20260906',
      'RRULE:FREQ=WEEKLY;COUNT=4',
      'EXDATE;VALUE=DATE:20260912',
    ])
    expect(readDates(weekly, closed, now).closedDays.map(([first]) => first)).toEqual(['2026-09-05', '2026-09-19', '2026-09-26'])
  })

  test('opens days off', () => {
    const text = calendar(['UID:1', 'SUMMARY:班', 'DTSTART;VALUE=DATE:20261010', 'DTEND;VALUE=DATE:20261011'])
    const at = parseRanges('09:00-12:00') ?? []
    const dates = readDates(text, { events: 'open', at, timezone: 'Asia/Shanghai' }, now)
    const office = { timezone: 'Asia/Shanghai', open: { 'mon-fri': parseRanges('09:00-18:00') ?? [] }, closed: [], dates }
    expect(['2026-10-10T10:00', '2026-10-10T13:00'].map((time) => openingAt(office, shanghai(time)).open)).toEqual([true, false])
  })

  test('that is none says so', () => {
    for (const text of ['', '<html>moved</html>', 'BEGIN:VCARD\r\nEND:VCARD']) expect(() => readDates(text, closed, now)).toThrow()
  })
})
