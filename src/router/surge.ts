// When more comes than people can answer: where a surge begins and where it ends. Pure.

export interface SurgeMarks {
  /** So many wait in the queue. */
  waiting?: number
  /** So many new conversations in a minute. */
  perMinute?: number
  /** It ends when both stayed below their marks for so long. */
  calmMinutes: number
}

export interface Pressure {
  waiting: number
  perMinute: number
}

/** A surge that is on. Times are ISO. */
export interface Surging extends Pressure {
  since: string
  /** Since when it is calm again. */
  calmSince?: string
}

/** The surge as of now, or undefined. One quiet moment ends none: rules that come and go every few seconds help nobody. */
export function surgeOf(marks: SurgeMarks, seen: Pressure, before: Surging | undefined, now: Date): Surging | undefined {
  const isOver =
    seen.waiting >= (marks.waiting ?? Number.POSITIVE_INFINITY) || seen.perMinute >= (marks.perMinute ?? Number.POSITIVE_INFINITY)
  if (isOver) return { ...seen, since: before?.since ?? now.toISOString() }
  if (!before) return undefined
  const calmSince = before.calmSince ?? now.toISOString()
  if (now.getTime() - Date.parse(calmSince) >= marks.calmMinutes * 60_000) return undefined
  return { ...seen, since: before.since, calmSince }
}
