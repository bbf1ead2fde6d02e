// Opening hours in the zone of the shop: when they are, whether it is open, and when it opens next. Daylight saving is Intl's.
import type { Locale } from '#core/message.ts'

/** Minutes after midnight; `to` above 24 h means the next day. */
export interface Range {
  from: number
  to: number
}

export interface Calendar {
  timezone: string
  open: Record<string, Range[]>
  closed: string[]
}

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const minutesPerDay = 24 * 60
/** Beyond this nobody wants to be told 'we open on …'. */
const lookAheadDays = 14

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

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

export function openingAt(calendar: Calendar, now: Date): { open: boolean; opensAt?: Date } {
  const today = localDay(calendar.timezone, now)
  // Yesterday's range over midnight may still be open.
  let opensAt: Date | undefined
  for (let offset = -1; offset <= lookAheadDays; offset++) {
    const day = addDays(today, offset)
    for (const { from, to } of rangesOf(calendar, day)) {
      const start = instant(calendar.timezone, day, from)
      if (start <= now && now < instant(calendar.timezone, day, to)) return { open: true }
      if (start > now && (!opensAt || start < opensAt)) opensAt = start
    }
    if (opensAt && offset > 0) break
  }
  const inTime = opensAt && opensAt.getTime() - now.getTime() <= lookAheadDays * minutesPerDay * 60_000
  return { open: false, ...(inTime && { opensAt }) }
}

/** `明天 09:00`, `on Monday at 09:00`: to be put into 'we open again …'. */
export function openingText(opensAt: Date, now: Date, timezone: string, locale: Locale): string {
  const day = localDay(timezone, opensAt)
  const clock = format(timezone, 'en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(opensAt)
  const today = localDay(timezone, now)
  const distance = (Date.parse(day) - Date.parse(today)) / 86_400_000
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

function rangesOf(calendar: Calendar, day: string): Range[] {
  const isClosed = calendar.closed.some((text) => {
    const [first, last] = parseClosed(text) ?? []
    return first !== undefined && last !== undefined && first <= day && day <= last
  })
  if (isClosed) return []
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return Object.entries(calendar.open).flatMap(([days, ranges]) => (parseDays(days)?.includes(weekday) ? ranges : []))
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Making one costs more than using it a hundred times. */
function format(timezone: string, language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([timezone, language, options])
  const made = formats.get(key) ?? new Intl.DateTimeFormat(language, { ...options, timeZone: timezone })
  formats.set(key, made)
  return made
}

function localDay(timezone: string, at: Date): string {
  return format(timezone, 'en-CA', { year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)
}

function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * 86_400_000).toISOString().slice(0, 10)
}

/** The instant at which clocks in the zone show that many minutes after that day's midnight. */
function instant(timezone: string, day: string, minutes: number): Date {
  const wall = Date.parse(day) + minutes * 60_000
  let guess = wall - offsetAt(timezone, wall)
  // Near a change of the clocks the first guess lies on the wrong side of it.
  guess = wall - offsetAt(timezone, guess)
  return new Date(guess)
}

function offsetAt(timezone: string, at: number): number {
  const fields: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }
  const parts = Object.fromEntries(
    format(timezone, 'en-CA', fields)
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  )
  const shown = Date.UTC(
    Number(parts.year),
    Number(parts.month) - 1,
    Number(parts.day),
    Number(parts.hour),
    Number(parts.minute),
    Number(parts.second),
  )
  return shown - Math.floor(at / 1000) * 1000
}
