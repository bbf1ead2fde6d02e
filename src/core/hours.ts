// Opening hours in the zone of the shop: when it is open, when it opens next, how much open time lies between two moments.
// Daylight saving is Intl's. Everything is derived from one list of spans, so that no two answers can differ.
import type { Locale } from './message.ts'

/** Minutes after midnight; `to` above 24 h means the next day. */
export interface Range {
  from: number
  to: number
}

export interface Calendar {
  timezone: string
  /** `mon-fri` and the like. */
  open: Record<string, Range[]>
  /** Days, `2026-10-01` or `2026-10-01..2026-10-07`. */
  closed: string[]
  /** Days with hours of their own, instead of the week's; stronger than everything else. */
  extra?: Record<string, Range[]>
  /** What a feed of dates says. */
  dates?: Dates
}

/** Whole days and times that a feed names: they close, or they open. */
export interface Dates {
  /** First and last day. */
  closedDays: [first: string, last: string][]
  openDays: { first: string; last: string; ranges: Range[] }[]
  /** Moments in ms. */
  closedSpans: Span[]
  openSpans: Span[]
}

/** From the first moment to the one after the last, in ms. */
export type Span = [from: number, to: number]

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const minutesPerDay = 24 * 60
const MINUTE_MS = 60_000
const DAY_MS = minutesPerDay * MINUTE_MS
/** Beyond this nobody wants to be told 'we open on …'. */
const lookAheadDays = 14
/** Beyond this a clock is taken to stand still: a shop that opens so rarely has no use for one. */
const farthestDays = 1_000

/** `mon`, `mon-fri`, `sat,sun`, `fri-mon`, `daily` as numbers (0 = Sunday). */
export function parseDays(text: string): number[] | undefined {
  const days: number[] = []
  for (const part of text.toLowerCase().split(',')) {
    if (part.trim() === 'daily') return [0, 1, 2, 3, 4, 5, 6]
    const [from, to, more] = part.split('-').map((word) => dayNames.indexOf(word.trim().slice(0, 3)))
    if (from === undefined || from < 0 || more !== undefined || (to !== undefined && to < 0)) return undefined
    for (let day = from; ; day = (day + 1) % 7) {
      days.push(day)
      if (day === (to ?? from)) break
    }
  }
  return days
}

/** `09:00-12:00, 13:30-18:00`; an end at or before the start is on the next day. */
export function parseRanges(text: string): Range[] | undefined {
  const ranges: Range[] = []
  for (const part of text.split(',')) {
    const found = /^\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/.exec(part)
    if (!found) return undefined
    const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = found.slice(1).map(Number)
    const from = fromHour * 60 + fromMinute
    const to = toHour * 60 + toMinute
    if (fromMinute > 59 || toMinute > 59 || from >= minutesPerDay || to > minutesPerDay) return undefined
    ranges.push({ from, to: to <= from ? to + minutesPerDay : to })
  }
  return ranges
}

/** `2026-10-01` or `2026-10-01..2026-10-07`: first and last day. */
export function parseClosed(text: string): [first: string, last: string] | undefined {
  const [first, last = first, more] = text.split('..').map((part) => part.trim())
  if (first === undefined || last === undefined || more !== undefined || !isDate(first) || !isDate(last) || last < first) return undefined
  return [first, last]
}

export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

export function isTimezone(text: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: text }))
  } catch (error) {
    // Intl throws RangeError for a zone that it does not know.
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Only whether: many are asked at each look at the queue, and none of them when it opens next. */
export function isOpenAt(calendar: Calendar | undefined, now: Date): boolean {
  return openMs(calendar, now, new Date(now.getTime() + 1)) > 0
}

export function openingAt(calendar: Calendar, now: Date): { open: boolean; opensAt?: Date } {
  const at = now.getTime()
  for (const [from, to] of openSpans(calendar, at, at + lookAheadDays * DAY_MS)) {
    if (from <= at && at < to) return { open: true }
    if (from > at) return { open: false, opensAt: new Date(from) }
  }
  return { open: false }
}

/** How much open time lies between two moments, in ms. Without a calendar it is always open. */
export function openMs(calendar: Calendar | undefined, from: Date, to: Date): number {
  const [begin, end] = [from.getTime(), to.getTime()]
  if (!calendar) return Math.max(0, end - begin)
  return openSpans(calendar, begin, end).reduce((sum, [a, b]) => sum + b - a, 0)
}

/** The moment at which so much open time has passed since then; undefined when it never has. */
export function afterOpen(calendar: Calendar | undefined, from: Date, ms: number): Date | undefined {
  if (!calendar) return new Date(from.getTime() + ms)
  let left = ms
  let begin = from.getTime()
  // Most terms end within the day.
  for (let days = 0, step = 1; days < farthestDays; days += step, step = 7) {
    const end = begin + step * DAY_MS
    for (const [a, b] of openSpans(calendar, begin, end)) {
      if (b - a >= left) return new Date(a + left)
      left -= b - a
    }
    begin = end
  }
  return undefined
}

/** When it is open between two moments: in order, apart from each other, cut to the two. */
export function openSpans(calendar: Calendar, from: number, to: number): Span[] {
  if (to <= from) return []
  const spans: Span[] = []
  const last = localDay(calendar.timezone, new Date(to))
  // Yesterday's range over midnight may still be open.
  for (let day = addDays(localDay(calendar.timezone, new Date(from)), -1); day <= last; day = addDays(day, 1)) {
    spans.push(...daySpans(calendar, day))
  }
  return merged(spans).flatMap(([a, b]): Span[] => (b <= from || a >= to ? [] : [[Math.max(a, from), Math.min(b, to)]]))
}

const known = new WeakMap<Calendar, Map<string, Span[]>>()
/** So many days of a calendar are kept: a clock looks at the same ones again and again. */
const MOST_DAYS = 4_000

function daySpans(calendar: Calendar, day: string): Span[] {
  const days = known.get(calendar) ?? new Map<string, Span[]>()
  if (days.size > MOST_DAYS) days.clear()
  known.set(calendar, days)
  const found = days.get(day)
  if (found) return found
  const { timezone, dates } = calendar
  const rangeSpan = ({ from, to }: Range): Span => [firstShown(timezone, day, from), lastShown(timezone, day, to)]
  const { ranges, isFixed } = rangesOf(calendar, day)
  let spans = merged(ranges.map(rangeSpan))
  if (dates && !isFixed) {
    const [begin, end] = [firstShown(timezone, day, 0), firstShown(timezone, day, minutesPerDay)]
    const within = dates.openSpans.flatMap(([a, b]): Span[] => (a < end && b > begin ? [[Math.max(a, begin), Math.min(b, end)]] : []))
    spans = merged([...without(spans, dates.closedSpans), ...within])
  }
  days.set(day, spans)
  return spans
}

/** The hours of a day. Fixed: the file says so for this very day, whatever a feed says. */
function rangesOf({ open, closed, extra = {}, dates }: Calendar, day: string): { ranges: Range[]; isFixed: boolean } {
  const isIn = (days: [first: string, last: string] | undefined) => days !== undefined && days[0] <= day && day <= days[1]
  for (const [text, ranges] of Object.entries(extra)) if (isIn(parseClosed(text))) return { ranges, isFixed: true }
  if (closed.some((text) => isIn(parseClosed(text)))) return { ranges: [], isFixed: true }
  const opened = dates?.openDays.filter(({ first, last }) => isIn([first, last])) ?? []
  if (opened.length > 0) return { ranges: opened.flatMap(({ ranges }) => ranges), isFixed: false }
  if (dates?.closedDays.some(isIn)) return { ranges: [], isFixed: false }
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return { ranges: Object.entries(open).flatMap(([days, ranges]) => (parseDays(days)?.includes(weekday) ? ranges : [])), isFixed: false }
}

function merged(spans: Span[]): Span[] {
  const result: Span[] = []
  for (const [from, to] of spans.filter(([a, b]) => a < b).sort(([a], [b]) => a - b)) {
    const last = result.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else result.push([from, to])
  }
  return result
}

function without(spans: Span[], holes: Span[]): Span[] {
  return holes.reduce(
    (left, [a, b]) =>
      left.flatMap(([from, to]): Span[] => {
        if (b <= from || a >= to) return [[from, to]]
        return (
          [
            [from, a],
            [b, to],
          ] as Span[]
        ).filter(([x, y]) => x < y)
      }),
    spans,
  )
}

/** `明天 09:00`, `on Monday at 09:00`: to be put into 'we open again …'. */
export function openingText(opensAt: Date, now: Date, timezone: string, locale: Locale): string {
  const day = localDay(timezone, opensAt)
  const clock = format(timezone, 'en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(opensAt)
  const today = localDay(timezone, now)
  const distance = (Date.parse(day) - Date.parse(today)) / DAY_MS
  if (locale === 'zh') {
    const names = ['今天', '明天', '后天']
    const date = format(timezone, 'zh-CN', { month: 'long', day: 'numeric' }).format(opensAt)
    const weekday = format(timezone, 'zh-CN', { weekday: 'short' }).format(opensAt)
    return `${names[distance] ?? (distance < 7 ? weekday : `${date}（${weekday}）`)} ${clock}`
  }
  const weekday = format(timezone, 'en-GB', { weekday: 'long' }).format(opensAt)
  const date = format(timezone, 'en-GB', { weekday: 'long', day: 'numeric', month: 'long' }).format(opensAt)
  return `${['today', 'tomorrow'][distance] ?? (distance < 7 ? `on ${weekday}` : `on ${date}`)} at ${clock}`
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Making one costs more than using it a hundred times. */
function format(timezone: string, language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([timezone, language, options])
  const made = formats.get(key) ?? new Intl.DateTimeFormat(language, { ...options, timeZone: timezone })
  formats.set(key, made)
  return made
}

const QUARTER_MS = 15 * MINUTE_MS
/** Liberia was the last to set its clocks to whole quarters, in January 1972: since then no day begins within one. */
const QUARTERS_FROM = Date.UTC(1972, 1)
const quarters = new Map<string, Map<number, string>>()

/** Asked for each clock of a long list and for each look at the queue, mostly about the last hours: Intl is asked once for each quarter. */
export function localDay(timezone: string, at: Date): string {
  const quarter = Math.floor(at.getTime() / QUARTER_MS)
  const kept = quarters.get(timezone) ?? new Map<number, string>()
  const known = kept.get(quarter)
  if (known !== undefined) return known
  const day = format(timezone, 'en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)
  if (at.getTime() < QUARTERS_FROM) return day
  if (kept.size > MOST_DAYS) kept.clear()
  quarters.set(timezone, kept.set(quarter, day))
  return day
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10)
}

/** The first moment at which clocks in the zone show that many minutes after that day's midnight, or more. */
function firstShown(timezone: string, day: string, minutes: number): number {
  const [a, b] = candidates(timezone, day, minutes)
  return a.shows ? a.at : b.shows ? b.at : changeBetween(timezone, a.at, b.at)
}

/** The moment at which clocks in the zone show this time: `minutes` after that day's midnight. */
export function momentOf(timezone: string, day: string, minutes: number): number {
  return firstShown(timezone, day, minutes)
}

/** The last moment before which they show less: an hour that comes twice belongs wholly to a range that ends in it. */
function lastShown(timezone: string, day: string, minutes: number): number {
  const [a, b] = candidates(timezone, day, minutes)
  return b.shows ? b.at : a.shows ? a.at : changeBetween(timezone, a.at, b.at)
}

/** By the offset of the day before and of the day after, in order: near a change of the clocks they differ. */
function candidates(timezone: string, day: string, minutes: number) {
  const wall = Date.parse(day) + minutes * MINUTE_MS
  const guess = wall - offsetAt(timezone, wall)
  const offsets = [offsetAt(timezone, guess - DAY_MS), offsetAt(timezone, guess + DAY_MS)]
  const [a = guess, b = guess] = offsets.map((offset) => wall - offset).sort((x, y) => x - y)
  const look = (at: number) => ({ at, shows: at + offsetAt(timezone, at) === wall })
  return a === b ? ([look(a), look(a)] as const) : ([look(a), look(b)] as const)
}

/** The minute in which the clocks are changed. */
function changeBetween(timezone: string, from: number, to: number): number {
  const before = offsetAt(timezone, from)
  let [low, high] = [Math.floor(from / MINUTE_MS), Math.ceil(to / MINUTE_MS)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(timezone, middle * MINUTE_MS) === before) low = middle
    else high = middle
  }
  return high * MINUTE_MS
}

const FIELDS: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
}

function offsetAt(timezone: string, at: number): number {
  const parts = Object.fromEntries(
    format(timezone, 'en-CA', FIELDS)
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  )
  const { year, month, day, hour, minute, second } = parts
  const shown = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  return shown - Math.floor(at / 1000) * 1000
}
