// Waits for what must come true, and says what was there instead when it does not. Tests wait for conditions, never for time.
import { setTimeout as pause } from 'node:timers/promises'

export interface UntilOptions {
  ms?: number
  /** What there is, for the message when the time is up. */
  state?: () => unknown
}

/** The first value of `look` that is neither undefined, null nor false. What `look` throws ends the wait at once. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { ms = 15_000, state }: UntilOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const end = Date.now() + ms
  for (;;) {
    const value = await look()
    if (value !== undefined && value !== null && value !== false) return value as Exclude<T, undefined | null | false>
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}${state ? `\nthere is:\n${show(state())}` : ''}`)
    await pause(20)
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1)
}
