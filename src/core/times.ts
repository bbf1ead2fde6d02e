// Times as config files write them: how long something takes, and when the shop is open. One form for frontdesk.yaml and bot.yaml.
import { z } from 'zod'
import { isTimezone, parseClosed, parseDays, parseRanges, type Range } from './hours.ts'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** `90s` as milliseconds. */
function millis(value: string): number {
  const [, count = '0', unit = 's'] = /^(\d{1,5})(ms|s|m|h|d)$/.exec(value) ?? []
  return Number(count) * UNITS[unit as keyof typeof UNITS]
}

/** A time such as 30s, 10m, 2h or 1d, between two of them. */
export function duration(least: string, most: string) {
  const between = (value: number) => value >= millis(least) && value <= millis(most)
  return z
    .string()
    .regex(/^\d{1,5}(ms|s|m|h|d)$/, 'a time like 30s, 15m, 2h or 1d / 应写成 30s、15m、2h、1d 这样的时间')
    .transform((value, context): number => {
      const ms = millis(value)
      if (between(ms)) return ms
      return wrong(context, { zh: `应在 ${least} 到 ${most} 之间`, en: `must be between ${least} and ${most}` })
    })
}

export function wrong(context: z.RefinementCtx, words: { zh: string; en: string }, hint?: { zh: string; en: string }): never {
  context.addIssue({ code: 'custom', params: { text: words, hint } })
  return z.NEVER
}

export const ranges = z.string().transform((value, context): Range[] => {
  const found = parseRanges(value)
  if (found) return found
  return wrong(context, { zh: '时间段应写成 "09:00-18:00"', en: 'a range of times is written "09:00-18:00"' })
})

const dates = z.string().refine((value) => parseClosed(value) !== undefined, {
  params: {
    text: {
      zh: '日期应写成 "2026-10-01" 或 "2026-10-01..2026-10-07"',
      en: 'a date is written "2026-10-01" or "2026-10-01..2026-10-07"',
    },
  },
})

const day = z.union([ranges, z.array(ranges).transform((lists) => lists.flat())])

/** A calendar as a file writes it. */
export const hours = z.strictObject({
  timezone: z.string().refine(isTimezone, {
    params: { text: { zh: '不认识的时区，应像 Asia/Shanghai', en: 'unknown time zone; expected one like Asia/Shanghai' } },
  }),
  open: z
    .record(
      z.string().refine((days) => parseDays(days) !== undefined, {
        params: { text: { zh: '星期应写成 mon、mon-fri 或 sat,sun', en: 'days are written mon, mon-fri or sat,sun' } },
      }),
      day,
    )
    .describe('Days and their ranges of times: mon-fri: "09:00-12:00, 13:30-18:00".'),
  closed: z.array(dates).default([]),
  extra: z.record(dates, day).optional().describe('Days with hours of their own: { "2026-10-10": "09:00-18:00" }.'),
})
