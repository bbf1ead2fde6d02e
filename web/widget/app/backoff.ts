/** How long to wait before attempt `attempt` (0 = the first repetition): doubling up to `maxMs`, spread so that a thousand widgets do not come back at once. */
export function backoffMs(attempt: number, random: number, maxMs = 30_000): number {
  const full = Math.min(maxMs, 1000 * 2 ** Math.min(attempt, 10))
  return Math.round(full / 2 + (full / 2) * random)
}
