// How many messages a platform still takes for a customer, and until when. What the customer did last of each kind allows some; it
// does not add up. Pure: what was sent since is counted by the store.
import type { Capabilities } from './capabilities.ts'

export type Deed = 'message' | 'press' | 'arrive'

/** What one deed of the customer's allows. */
export interface Allowance {
  by: Deed
  /** ISO times. */
  at: string
  until: string
  /** Absent: any number. */
  messages?: number
}

export interface Left {
  until: Date
  /** Absent: any number. 0: nothing until the customer does something. */
  messages?: number
}

/** What is allowed after this deed: a new word takes the place of an older one of its kind. Undefined: the platform sets no bounds. */
export function allowedAfter(before: readonly Allowance[], by: Deed, { window }: Capabilities, now: Date): Allowance[] | undefined {
  if (!window) return undefined
  const { ms, messages } = (by === 'message' ? undefined : window[by]) ?? window
  const fresh: Allowance = {
    by,
    at: now.toISOString(),
    until: new Date(now.getTime() + ms).toISOString(),
    ...(messages !== undefined && { messages }),
  }
  return [...before.filter((one) => one.by !== by && Date.parse(one.until) > now.getTime()), fresh]
}

/** The best of what is still open. `sentSince` counts what went out since then: it may have used up any of them, so it counts for each. */
export function leftOf(allowances: readonly Allowance[], sentSince: (at: Date) => number, now: Date): Left {
  const open = allowances.filter(({ until }) => Date.parse(until) > now.getTime())
  const lefts = open.map(
    ({ at, until, messages }): Left => ({
      until: new Date(until),
      ...(messages !== undefined && { messages: Math.max(0, messages - sentSince(new Date(at))) }),
    }),
  )
  const amount = ({ messages = Number.POSITIVE_INFINITY }: Left) => messages
  lefts.sort((a, b) => amount(b) - amount(a) || b.until.getTime() - a.until.getTime())
  return lefts[0] ?? { until: now, messages: 0 }
}
