// How soon people answer: clocks that run in open time, stand still while the customer is awaited, and warn before their term is over.
// Pure: what a turn shows goes in, the clocks come out. What a term is, is asked anew at each look, so that an edited file counts at once.
import { afterOpen, type Calendar, openingAt, openMs } from '#core/hours.ts'

export type Term = 'firstReply' | 'nextReply' | 'resolution'

export interface Clock {
  term: Term
  startedAt: string
  /** Open time until it was stopped last, in ms. */
  spentMs: number
  /** Absent: it stands still. */
  runsSince?: string
  warnedAt?: string
  breachedAt?: string
}

/** Kept with the conversation as long as people have it. */
export interface Clocks {
  /** Whose turn it is. */
  awaits: 'us' | 'customer'
  /** Since when. */
  since: string
  clocks: Clock[]
  /** The timer that is set. */
  wakesAt?: string
  /** When the customer was asked whether there is anything else. */
  askedAt?: string
}

export interface Rule {
  firstReply?: number | undefined
  nextReply?: number | undefined
  resolution?: number | undefined
  warnAt: number
}

/** What a turn leaves behind. `said`: who spoke, in order, without machines. */
export interface Sight {
  status: 'bot' | 'queued' | 'assigned' | 'snoozed' | 'resolved'
  said: ('customer' | 'agent')[]
  now: Date
}

export interface Ended {
  term: Term
  spentMs: number
  /** Met: what it waited for happened. Dropped: it lost its meaning. */
  how: 'met' | 'dropped'
  breached: boolean
}

/** The clocks after a turn, and those that ended with it. Null: people do not have it. */
export function turnClocks(before: Clocks | null, sight: Sight, calendar: Calendar | undefined): { clocks: Clocks | null; ended: Ended[] } {
  const { status, said, now } = sight
  const ended: Ended[] = []
  const end = (clock: Clock, how: Ended['how']) =>
    ended.push({ term: clock.term, spentMs: spentMs(clock, calendar, now), how, breached: clock.breachedAt !== undefined })
  let state = before
  if (status === 'bot' || status === 'resolved') {
    if (state && said.includes('agent')) state = answered(state, now, end)
    for (const clock of state?.clocks ?? []) end(clock, status === 'resolved' && clock.term === 'resolution' ? 'met' : 'dropped')
    return { clocks: null, ended }
  }
  state ??= { awaits: 'us', since: now.toISOString(), clocks: [started('firstReply', now), started('resolution', now)] }
  for (const speaker of said) state = speaker === 'agent' ? answered(state, now, end) : awaitUs(state, now)
  const { awaits } = state
  const clocks = state.clocks.map((clock) =>
    set(clock, status !== 'snoozed' && (clock.term !== 'resolution' || awaits === 'us'), calendar, now),
  )
  return { clocks: { ...state, clocks }, ended }
}

function started(term: Term, now: Date): Clock {
  return { term, startedAt: now.toISOString(), spentMs: 0, runsSince: now.toISOString() }
}

function answered(state: Clocks, now: Date, end: (clock: Clock, how: 'met') => void): Clocks {
  const clocks = state.clocks.filter((clock) => {
    const isMet = clock.term !== 'resolution'
    if (isMet) end(clock, 'met')
    return !isMet
  })
  const { askedAt: _, ...rest } = state
  return { ...rest, awaits: 'customer', since: now.toISOString(), clocks }
}

/** It is our turn: the customer spoke, or was promised somebody. */
export function awaitUs(state: Clocks, now: Date): Clocks {
  const isOwed = state.clocks.some(({ term }) => term !== 'resolution')
  const clocks = isOwed ? state.clocks : [...state.clocks, started('nextReply', now)]
  const { askedAt: _, ...rest } = state
  return { ...rest, awaits: 'us', since: state.awaits === 'us' ? state.since : now.toISOString(), clocks }
}

/** Runs on or stands still. */
function set(clock: Clock, runs: boolean, calendar: Calendar | undefined, now: Date): Clock {
  if (runs === (clock.runsSince !== undefined)) return clock
  const { runsSince: _, ...rest } = clock
  return runs ? { ...rest, runsSince: now.toISOString() } : { ...rest, spentMs: spentMs(clock, calendar, now) }
}

/** Open time that counts, until now. */
export function spentMs(clock: Clock, calendar: Calendar | undefined, now: Date): number {
  return clock.spentMs + (clock.runsSince === undefined ? 0 : openMs(calendar, new Date(clock.runsSince), now))
}

/** What ran until now is counted in the hours that held until now: what comes next, others may hold for. */
export function countedUntil(clocks: Clocks, calendar: Calendar | undefined, now: Date): Clocks {
  const counted = (clock: Clock): Clock =>
    clock.runsSince === undefined ? clock : { ...clock, spentMs: spentMs(clock, calendar, now), runsSince: now.toISOString() }
  return { ...clocks, clocks: clocks.clocks.map(counted) }
}

export interface Alarm {
  term: Term
  /** What is left of the term, in ms of open time; below nothing when it is over. */
  leftMs: number
  level: 'warning' | 'breach'
}

/** Warnings and breaches that are due, each told once, and when to look again. */
export function lookAtClocks(
  clocks: Clocks,
  rule: Rule | undefined,
  calendar: Calendar | undefined,
  now: Date,
): { clocks: Clocks; alarms: Alarm[]; wakesAt?: Date } {
  const alarms: Alarm[] = []
  const marked = clocks.clocks.map((clock): Clock => {
    const limit = rule?.[clock.term]
    if (limit === undefined || clock.breachedAt !== undefined) return clock
    const leftMs = limit - spentMs(clock, calendar, now)
    if (leftMs <= 0) {
      alarms.push({ term: clock.term, leftMs, level: 'breach' })
      return { ...clock, warnedAt: clock.warnedAt ?? now.toISOString(), breachedAt: now.toISOString() }
    }
    if (clock.warnedAt !== undefined || limit - leftMs < warningMark(limit, rule?.warnAt ?? 1)) return clock
    alarms.push({ term: clock.term, leftMs, level: 'warning' })
    return { ...clock, warnedAt: now.toISOString() }
  })
  const dues = marked.flatMap((clock) => dueOf(clock, rule, calendar, now) ?? [])
  const wakesAt = dues.length > 0 ? new Date(Math.min(...dues.map((due) => due.getTime()))) : undefined
  return { clocks: { ...clocks, clocks: marked }, alarms, ...(wakesAt && { wakesAt }) }
}

/** In whole milliseconds: the moment at which a timer rings is the moment at which it is due. */
function warningMark(limit: number, warnAt: number): number {
  return Math.ceil(limit * warnAt)
}

/** When the next of warning and breach is due, if it runs on until then. */
function dueOf(clock: Clock, rule: Rule | undefined, calendar: Calendar | undefined, now: Date): Date | undefined {
  const limit = rule?.[clock.term]
  if (!rule || limit === undefined || clock.breachedAt !== undefined || clock.runsSince === undefined) return undefined
  const mark = clock.warnedAt === undefined ? warningMark(limit, rule.warnAt) : limit
  return afterOpen(calendar, now, Math.max(0, mark - spentMs(clock, calendar, now)))
}

/** What is left of each term that runs or stands still, the most pressing first. */
export function leftOf(
  clocks: Clocks,
  rule: Rule | undefined,
  calendar: Calendar | undefined,
  now: Date,
): { term: Term; leftMs: number; runs: boolean; dueAt?: Date }[] {
  return clocks.clocks
    .flatMap((clock) => {
      const limit = rule?.[clock.term]
      if (limit === undefined) return []
      const leftMs = limit - spentMs(clock, calendar, now)
      const runs = clock.runsSince !== undefined
      const dueAt = runs && leftMs > 0 ? afterOpen(calendar, now, leftMs) : undefined
      return [{ term: clock.term, leftMs, runs, ...(dueAt && { dueAt }) }]
    })
    .sort((a, b) => Number(b.runs) - Number(a.runs) || a.leftMs - b.leftMs)
}

export interface Pressing {
  term: Term
  leftMs: number
  /** How much is left when the warning is due. */
  warnMs: number
}

export interface NextTerm extends Pressing {
  /** Time passes now: it does not while it is closed. */
  ticks: boolean
  /** Absent: it is over already. */
  dueAt?: Date
}

/** Of the terms that run the one with the least time left. Cheap enough to order thousands of conversations by. */
export function pressing(clocks: Clocks, rule: Rule | undefined, calendar: Calendar | undefined, now: Date): Pressing | undefined {
  const running = clocks.clocks.flatMap((clock): Pressing[] => {
    const limit = rule?.[clock.term]
    if (!rule || limit === undefined || clock.runsSince === undefined) return []
    return [{ term: clock.term, leftMs: limit - spentMs(clock, calendar, now), warnMs: limit - warningMark(limit, rule.warnAt) }]
  })
  return running.sort((a, b) => a.leftMs - b.leftMs)[0]
}

/** The same, with what a screen needs to count on by itself. */
export function nextTerm(clocks: Clocks, rule: Rule | undefined, calendar: Calendar | undefined, now: Date): NextTerm | undefined {
  const next = pressing(clocks, rule, calendar, now)
  if (!next) return undefined
  const dueAt = next.leftMs > 0 ? afterOpen(calendar, now, next.leftMs) : undefined
  return { ...next, ticks: !calendar || openingAt(calendar, now).open, ...(dueAt && { dueAt }) }
}

/** The first rule that fits. */
export function ruleFor<R extends { skill?: string | undefined; priority?: string | undefined }>(
  rules: readonly R[],
  { skill, priority }: { skill: string | null; priority: string },
): R | undefined {
  return rules.find(
    (rule) => (rule.skill === undefined || rule.skill === skill) && (rule.priority === undefined || rule.priority === priority),
  )
}
