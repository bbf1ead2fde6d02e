// Clocks beside a count of our own: minute by minute, with nothing but what the clocks on the wall show.
import { describe, expect, test } from 'vitest'
import { type Calendar, parseDays, parseRanges } from '#core/hours.ts'
import fc from '../../test/support/fc.ts'
import { type Clocks, type Ended, leftOf, lookAtClocks, nextTerm, ruleFor, type Sight, type Term, turnClocks } from './terms.ts'

const MINUTE = 60_000
const ranges = (text: string) => parseRanges(text) ?? []
const calendars: (Calendar | undefined)[] = [
  undefined,
  { timezone: 'Asia/Shanghai', open: { 'mon-fri': ranges('09:00-12:00, 13:30-18:00') }, closed: ['2026-03-03'] },
  { timezone: 'Europe/London', open: { daily: ranges('22:00-02:30'), sun: ranges('00:30-03:00') }, closed: [] },
]
/** On the Sunday of which London's clocks go forward. */
const START = Date.parse('2026-03-26T08:00Z')

const forms = new Map<string, Intl.DateTimeFormat>()

function formOf(timeZone: string): Intl.DateTimeFormat {
  const form = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  forms.set(timeZone, form)
  return form
}

/** Is it open in this minute? Asked of the wall alone; ranges over midnight belong to the day before. */
function isOpen(calendar: Calendar | undefined, at: number): boolean {
  if (!calendar) return true
  const form = forms.get(calendar.timezone) ?? formOf(calendar.timezone)
  const part = Object.fromEntries(form.formatToParts(at).map(({ type, value }) => [type, value]))
  const day = `${part.year}-${part.month}-${part.day}`
  const minute = Number(part.hour) * 60 + Number(part.minute)
  const yesterday = new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10)
  return [
    [day, minute],
    [yesterday, minute + 1_440],
  ].some(([date, shown]) => {
    if (calendar.closed.includes(String(date))) return false
    const weekday = new Date(`${date}T00:00Z`).getUTCDay()
    const today = Object.entries(calendar.open).flatMap(([days, list]) => (parseDays(days)?.includes(weekday) ? list : []))
    return today.some(({ from, to }) => from <= Number(shown) && Number(shown) < to)
  })
}

const known = new Map<string, boolean>()
function openCached(calendar: Calendar | undefined, at: number): boolean {
  const key = `${calendar?.timezone} ${at}`
  const found = known.get(key) ?? isOpen(calendar, at)
  known.set(key, found)
  return found
}

type Move = { minutes: number; status: Sight['status']; said: Sight['said'] }
const move: fc.Arbitrary<Move> = fc.record({
  minutes: fc.integer({ min: 1, max: 900 }),
  status: fc.constantFrom('queued', 'assigned', 'assigned', 'snoozed', 'resolved', 'bot'),
  said: fc.array(fc.constantFrom('customer', 'agent'), { maxLength: 2 }),
})

/** The plainest count: every minute is asked which clocks run in it. */
function count(moves: Move[], calendar: Calendar | undefined) {
  const minutes = new Map<Term, number>()
  const ended: { term: Term; minutes: number; how: string }[] = []
  let awaitsUs = true
  let at = START
  let status: Sight['status'] = 'bot'
  const stop = (term: Term, how: string) => {
    const spent = minutes.get(term)
    if (spent === undefined) return
    ended.push({ term, minutes: spent, how })
    minutes.delete(term)
  }
  for (const one of moves) {
    for (let n = 0; n < one.minutes; n++, at += MINUTE) {
      if (!openCached(calendar, at) || status === 'snoozed') continue
      for (const [term, spent] of minutes) if (term !== 'resolution' || awaitsUs) minutes.set(term, spent + 1)
    }
    const had = status !== 'bot' && status !== 'resolved'
    status = one.status
    const has = status !== 'bot' && status !== 'resolved'
    if (has && !had) {
      awaitsUs = true
      minutes.set('firstReply', 0)
      minutes.set('resolution', 0)
    }
    if (had || has) {
      for (const who of one.said) {
        if (who === 'agent') {
          stop('firstReply', 'met')
          stop('nextReply', 'met')
          awaitsUs = false
        } else if (has) {
          awaitsUs = true
          if (!minutes.has('firstReply') && !minutes.has('nextReply')) minutes.set('nextReply', 0)
        }
      }
    }
    if (!has) for (const term of [...minutes.keys()]) stop(term, status === 'resolved' && term === 'resolution' ? 'met' : 'dropped')
  }
  return { minutes, ended }
}

function play(moves: Move[], calendar: Calendar | undefined) {
  let clocks: Clocks | null = null
  const ended: Ended[] = []
  let at = START
  for (const { minutes, status, said } of moves) {
    at += minutes * MINUTE
    const turned = turnClocks(clocks, { status, said, now: new Date(at) }, calendar)
    clocks = turned.clocks
    ended.push(...turned.ended)
  }
  return { clocks, ended, now: new Date(at) }
}

const RUNS = process.env.FRONTDESK_CHAOS === 'full' ? 2_000 : 60

describe('clocks', () => {
  test('show what an independent count of minutes shows, whatever happens in whatever order', () => {
    const rule = { firstReply: 0, nextReply: 0, resolution: 0, warnAt: 0.8 }
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 8 }), fc.constantFrom(...calendars), (moves, calendar) => {
        const { clocks, ended, now } = play(moves, calendar)
        const wanted = count(moves, calendar)
        const byTerm = (a: { term: string }, b: { term: string }) => a.term.localeCompare(b.term)
        const left = clocks ? leftOf(clocks, rule, calendar, now) : []
        expect(left.map(({ term, leftMs }) => ({ term, minutes: 0 - leftMs / MINUTE })).sort(byTerm)).toEqual(
          [...wanted.minutes].map(([term, minutes]) => ({ term, minutes })).sort(byTerm),
        )
        expect(ended.map(({ term, spentMs, how }) => ({ term, minutes: spentMs / MINUTE, how })).sort(byMinutes)).toEqual(
          wanted.ended.sort(byMinutes),
        )
      }),
      { numRuns: RUNS },
    )
  })

  test('ring at the very minute in which the count reaches the warning and the term', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.integer({ min: 0, max: 5_000 }),
        fc.constantFrom(...calendars),
        (limit, wait, calendar) => {
          const rule = { firstReply: limit * MINUTE, warnAt: 0.5 }
          const begin = START + wait * MINUTE
          let { clocks } = turnClocks(null, { status: 'queued', said: [], now: new Date(begin) }, calendar)
          if (!clocks) throw new Error('no clocks')
          const rung: [string, number][] = []
          for (let now = new Date(begin), n = 0; n < 5; n++) {
            const looked = lookAtClocks(clocks, rule, calendar, now)
            rung.push(...looked.alarms.map(({ level }): [string, number] => [level, now.getTime()]))
            clocks = looked.clocks
            if (!looked.wakesAt) break
            expect(looked.wakesAt.getTime()).toBeGreaterThan(now.getTime())
            now = looked.wakesAt
          }
          expect(rung.map(([level]) => level)).toEqual(['warning', 'breach'])
          const marks = [limit / 2, limit]
          rung.forEach(([, at], n) => {
            const whole = Math.floor(at / MINUTE) * MINUTE
            let minutes = (at - whole) / MINUTE
            for (let minute = begin; minute < whole; minute += MINUTE) minutes += Number(openCached(calendar, minute))
            expect(minutes).toBeCloseTo(marks[n] ?? 0, 6)
          })
        },
      ),
      { numRuns: RUNS / 2 },
    )
  })

  test('warn once and are broken once, however often somebody looks', () => {
    const at = (minutes: number) => new Date(START + minutes * MINUTE)
    const rule = { firstReply: 10 * MINUTE, warnAt: 0.8 }
    let clocks = turnClocks(null, { status: 'queued', said: ['customer'], now: at(0) }, undefined).clocks as Clocks
    const levels = [7, 8, 9, 10, 11, 60].map((minutes) => {
      const looked = lookAtClocks(clocks, rule, undefined, at(minutes))
      clocks = looked.clocks
      return looked.alarms.map(({ level }) => level).join()
    })
    expect(levels).toEqual(['', 'warning', '', 'breach', '', ''])
    // Nobody looked in time: only what is true now is told.
    const late = turnClocks(null, { status: 'queued', said: ['customer'], now: at(0) }, undefined).clocks as Clocks
    const looked = lookAtClocks(late, rule, undefined, at(20))
    expect(looked.alarms).toMatchObject([{ level: 'breach' }])
    expect(lookAtClocks(looked.clocks, rule, undefined, at(21)).alarms).toEqual([])
  })

  test('tell the next that falls due of those that run, and whether time passes now', () => {
    const office = calendars[1]
    const rule = { firstReply: 30 * MINUTE, resolution: 20 * MINUTE, warnAt: 0.8 }
    // Twenty minutes before the office closes for the night.
    const evening = new Date('2026-03-05T09:40Z')
    const { clocks } = turnClocks(null, { status: 'queued', said: ['customer'], now: evening }, office)
    expect(nextTerm(clocks as Clocks, rule, office, evening)).toEqual({
      term: 'resolution',
      leftMs: 20 * MINUTE,
      warnMs: 4 * MINUTE,
      ticks: true,
      dueAt: new Date('2026-03-05T10:00Z'),
    })
    const answered = turnClocks(clocks, { status: 'assigned', said: ['agent', 'customer'], now: evening }, office).clocks as Clocks
    const only = { nextReply: 30 * MINUTE, warnAt: 0.8 }
    const night = nextTerm(answered, only, office, new Date('2026-03-05T14:00Z'))
    expect(night).toMatchObject({ term: 'nextReply', leftMs: 10 * MINUTE, ticks: false, dueAt: new Date('2026-03-06T01:10Z') })
    const over = nextTerm(answered, only, office, new Date('2026-03-06T01:15Z'))
    expect(over).toEqual({ term: 'nextReply', leftMs: -5 * MINUTE, warnMs: 6 * MINUTE, ticks: true })
    // The customer is awaited: nothing is owed.
    const awaited = turnClocks(answered, { status: 'assigned', said: ['agent'], now: evening }, office).clocks as Clocks
    expect(nextTerm(awaited, { ...only, resolution: 60 * MINUTE }, office, evening)).toBeUndefined()
    expect(nextTerm(answered, undefined, office, evening)).toBeUndefined()
  })

  test('follow the first rule that fits', () => {
    const rules = [
      { skill: 'vip', priority: 'urgent', n: 1 },
      { priority: 'urgent', n: 2 },
      { skill: 'vip', n: 3 },
    ]
    const found = [
      { skill: 'vip', priority: 'urgent' },
      { skill: null, priority: 'urgent' },
      { skill: 'vip', priority: 'low' },
      { skill: 'tech', priority: 'low' },
    ].map((one) => ruleFor(rules, one)?.n)
    expect(found).toEqual([1, 2, 3, undefined])
  })
})

function byMinutes(a: { term: string; minutes: number }, b: { term: string; minutes: number }): number {
  return a.term.localeCompare(b.term) || a.minutes - b.minutes
}
