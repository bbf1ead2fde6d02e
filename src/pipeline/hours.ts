// When people are there for a conversation: by the calendar of its skill, else by the one that bot.yaml names.
import { type Calendar, isOpenAt, openingAt, openingText } from '#core/hours.ts'
import type { Locale } from '#core/message.ts'
import type { House } from './house.ts'

export interface Opening {
  open: boolean
  opensAt?: Date
  /** `明天 09:00`: when it opens. */
  text?: string
}

/** Undefined: people are there day and night. */
export function calendarOf({ service, bot }: House, skill: string | null): Calendar | undefined {
  const name = (skill === null ? undefined : service.hours.get(skill)) ?? bot.office
  return name === undefined ? undefined : calendarNamed({ service, bot }, name)
}

/** In bot.yaml its own calendars come first. */
export function calendarNamed({ service, bot }: Pick<House, 'service' | 'bot'>, name: string): Calendar | undefined {
  return bot.calendars[name] ?? service.calendars[name]
}

export function isOpenFor(house: House, skill: string | null, at = house.clock.now()): boolean {
  return isOpenAt(calendarOf(house, skill), at)
}

export function openingOf(house: House, skill: string | null, locale: Locale = house.locale): Opening {
  const calendar = calendarOf(house, skill)
  if (!calendar) return { open: true }
  const now = house.clock.now()
  const { open, opensAt } = openingAt(calendar, now)
  return { open, ...(opensAt && { opensAt, text: openingText(opensAt, now, calendar.timezone, locale) }) }
}
