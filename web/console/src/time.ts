// Times as people read them. Pure: `now` comes in.
import type { Words } from './words.en.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long somebody has waited: seconds for the first minute, then what fits in one glance. */
export function waited(since: string, now: number, t: Words): string {
  return span(now - Date.parse(since), t)
}

/** A length of time in the largest unit that fits. */
export function span(length: number, t: Words): string {
  const ms = Math.max(0, length)
  if (ms < MINUTE) return t.seconds(Math.floor(ms / 1000))
  if (ms < HOUR) return t.minutes(Math.floor(ms / MINUTE))
  if (ms < DAY) return t.hours(Math.floor(ms / HOUR), Math.floor((ms % HOUR) / MINUTE))
  return t.days(Math.floor(ms / DAY))
}

/** Waiting gets noticed after five minutes and is bad after fifteen. */
export function urgency(since: string, now: number): 'calm' | 'warm' | 'late' {
  const ms = now - Date.parse(since)
  return ms >= 15 * MINUTE ? 'late' : ms >= 5 * MINUTE ? 'warm' : 'calm'
}

const FORMATS = {
  clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  second: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  full: { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' },
  day: { month: 'short', day: 'numeric' },
  date: { year: 'numeric', month: 'short', day: 'numeric' },
  heading: { year: 'numeric', month: 'long', day: 'numeric', weekday: 'short' },
} satisfies Record<string, Intl.DateTimeFormatOptions>

/** Kept, since to make one takes a hundred times as long as to use it, and a long history has thousands of times. */
const made = new Map<string, Intl.DateTimeFormat>()

function format(name: keyof typeof FORMATS, at: string, { dayLocale }: Words): string {
  const key = `${dayLocale} ${name}`
  const known = made.get(key) ?? new Intl.DateTimeFormat(dayLocale, FORMATS[name])
  made.set(key, known)
  return known.format(new Date(at))
}

export function clockTime(at: string, t: Words): string {
  return format('clock', at, t)
}

export function secondTime(at: string, t: Words): string {
  return format('second', at, t)
}

/** How long something took that is over: `0.2 s`, `12 s`. */
export function duration(from: string, to: string, t: Words): string {
  const ms = Math.max(0, Date.parse(to) - Date.parse(from))
  return ms < 10_000 ? t.shortSeconds((ms / 1000).toFixed(1)) : t.seconds(Math.round(ms / 1000))
}

export function fullTime(at: string, t: Words): string {
  return format('full', at, t)
}

/** For lists: the time today, 'yesterday', then the date. */
export function shortTime(at: string, now: number, t: Words): string {
  const gap = dayGap(at, now)
  if (gap === 0) return clockTime(at, t)
  if (gap === 1) return t.yesterday
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return format(sameYear ? 'day' : 'date', at, t)
}

/** Heading of a day in a thread. */
export function dayName(at: string, now: number, t: Words): string {
  const gap = dayGap(at, now)
  if (gap === 0) return t.today
  if (gap === 1) return t.yesterday
  return format('heading', at, t)
}

/** Which local day: two messages of one day have the same key. */
export function dayKey(at: string | number): string {
  const date = new Date(at)
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`
}

function dayGap(at: string, now: number): number {
  const midnight = (time: number) => new Date(time).setHours(0, 0, 0, 0)
  // Rounded: a day of 23 or 25 hours (summer time) is still one day.
  return Math.round((midnight(now) - midnight(Date.parse(at))) / DAY)
}

export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/** A time to come, or just past: the clock alone where it is of today. */
export function comingTime(at: string, now: number, t: Words): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString()
  return isToday ? clockTime(at, t) : `${shortTime(at, now, t)} ${clockTime(at, t)}`
}
