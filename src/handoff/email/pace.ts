import { pause } from '#core/pause.ts'

const MINUTE_MS = 60_000

/** Resolves when this agent may get one more. */
export type Pace = (address: string, signal: AbortSignal) => Promise<void>

export function pace(perMinute: number, now: () => Date): Pace {
  const sent = new Map<string, number[]>()

  function recent(address: string): number[] {
    const since = now().getTime() - MINUTE_MS
    const times = (sent.get(address) ?? []).filter((at) => at > since)
    sent.set(address, times)
    return times
  }

  return async (address, signal) => {
    for (let times = recent(address); times.length >= perMinute; times = recent(address)) {
      const first = times[0] ?? 0
      await pause(Math.max(50, first + MINUTE_MS - now().getTime()), signal, 'stopped before this mail was due')
    }
    sent.get(address)?.push(now().getTime())
  }
}
