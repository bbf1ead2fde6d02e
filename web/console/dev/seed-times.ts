// When things happened in the dev office, seen from when it opened.
import type { Due } from '#http/console/protocol.ts'

let clock = 0

export function setSeedTime(now: number): void {
  clock = now
}

export function minutesAgo(minutes: number): string {
  return new Date(clock - minutes * 60_000).toISOString()
}

/** Minutes left of a term; below nothing when it is over. */
export function owes(term: Due['term'], minutes: number): { due: Due } {
  const leftMs = minutes * 60_000
  const at = minutes > 0 ? { at: minutesAgo(-minutes) } : {}
  return { due: { term, leftMs, warnMs: 5 * 60_000, asOf: minutesAgo(0), ticks: true, ...at } }
}
