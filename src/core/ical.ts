// The days and times that an iCal feed names, as a calendar takes them. Events that repeat are unrolled for as long as anybody looks ahead.
import ICAL from 'ical.js'
import { addDays, type Dates, isTimezone, localDay, momentOf, type Range } from './hours.ts'

export interface FeedMeaning {
  events: 'closed' | 'open'
  /** The hours of a whole day that is open. */
  at?: Range[] | undefined
  /** Of times that name no zone. */
  timezone: string
}

/** From a month ago, for clocks that run since then, to more than a year ahead. */
const BEHIND_DAYS = 31
const AHEAD_DAYS = 400
/** Of one event; whoever repeats every minute means no holidays. */
const MOST_REPEATS = 2_000

/** Throws what is wrong with a text that is no calendar. */
export function readDates(text: string, meaning: FeedMeaning, now: Date): Dates {
  const root = ICAL.Component.fromString(text.replace(/^\uFEFF/, ''))
  if (root.name !== 'vcalendar') throw new Error('this is no iCal calendar / 这不是 iCal 日历')
  const dates: Dates = { closedDays: [], openDays: [], closedSpans: [], openSpans: [] }
  const today = localDay(meaning.timezone, now)
  const [first, last] = [addDays(today, -BEHIND_DAYS), addDays(today, AHEAD_DAYS)]
  const events = root.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component))
  for (const event of events) {
    // Changed repeats of an event come with the event itself.
    if (event.isRecurrenceException() || isOff(event)) continue
    for (const other of events) if (other.isRecurrenceException() && other.uid === event.uid) event.relateException(other)
    const times = timesOf(event, last)
    for (const one of times) add(dates, one, { ...meaning, timezone: zoneOf(event) ?? meaning.timezone }, first, last)
  }
  return dates
}

function isOff(event: ICAL.Event): boolean {
  return event.component.getFirstPropertyValue('status') === 'CANCELLED'
}

/** The zone that an event names, where this machine knows it: better than what a file says of it, and often all there is. */
function zoneOf(event: ICAL.Event): string | undefined {
  const named = event.component.getFirstProperty('dtstart')?.getParameter('tzid')
  return typeof named === 'string' && isTimezone(named) ? named : undefined
}

interface Times {
  start: ICAL.Time
  end: ICAL.Time
}

function timesOf(event: ICAL.Event, last: string): Times[] {
  if (!event.isRecurring()) return [{ start: event.startDate, end: event.endDate }]
  const times: Times[] = []
  const repeats = event.iterator()
  for (let n = 0; n < MOST_REPEATS; n++) {
    const next = repeats.next()
    if (!next || dayOf(next) > last) break
    const { startDate: start, endDate: end, item } = event.getOccurrenceDetails(next)
    if (!isOff(item)) times.push({ start, end })
  }
  return times
}

function add(dates: Dates, { start, end }: Times, meaning: FeedMeaning, first: string, last: string): void {
  const { events, at = [], timezone } = meaning
  if (start.isDate) {
    // The end is the day after the last; some calendars write the same day twice.
    const until = [addDays(dayOf(end), -1), dayOf(start)].sort().at(-1) ?? dayOf(start)
    if (until < first || dayOf(start) > last) return
    if (events === 'closed') dates.closedDays.push([dayOf(start), until])
    else if (at.length > 0) dates.openDays.push({ first: dayOf(start), last: until, ranges: at })
    return
  }
  const [from, to] = [momentIn(start, timezone), momentIn(end, timezone)]
  if (to <= from || dayOf(end) < first || dayOf(start) > last) return
  dates[events === 'closed' ? 'closedSpans' : 'openSpans'].push([from, to])
}

const two = (value: number) => String(value).padStart(2, '0')

function dayOf({ year, month, day }: ICAL.Time): string {
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

/** In UTC, or by what the file itself says of a zone that nobody knows; else what the clocks of the zone show. */
function momentIn(time: ICAL.Time, timezone: string): number {
  const zone = time.zone?.tzid
  if (zone === 'UTC' || zone === 'Z') return time.toUnixTime() * 1_000
  if (zone !== undefined && zone !== 'floating' && !isTimezone(zone) && time.zone?.component) return time.toUnixTime() * 1_000
  return momentOf(timezone, dayOf(time), time.hour * 60 + time.minute)
}
