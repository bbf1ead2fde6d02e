// An access token that all processes share: one of them fetches it, the others wait for what comes of it.
import type { Memory } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { pause } from '#core/pause.ts'

export interface FetchedToken {
  token: string
  /** For how long it is good. */
  seconds: number
}

export interface TokenSource {
  /** Asks the platform. `force`: for another than it would give again by itself. */
  fetch(force: boolean, signal: AbortSignal): Promise<FetchedToken>
  memory: Memory
  now(): Date
  /** Seconds between two forced ones. */
  forceEverySeconds: number
}

export interface Tokens {
  current(signal: AbortSignal): Promise<string>
  /** The platform refused this one: gives another. */
  instead(refused: string, signal: AbortSignal): Promise<string>
}

/** As it lies in the memory. `fetchingUntil`: somebody asks the platform right now. */
interface Kept {
  token?: string
  until?: number
  forcedAt?: number
  fetchingUntil?: number
}

const KEY = 'token'
/** Whoever fetches has so long; then they are taken for dead. */
const FETCH_MS = 15_000
const LOOK_MS = 50
/** WeChat gives a new one five minutes before the old one ends, and takes both meanwhile. */
const SPARE_MS = 4 * 60_000

export function tokens({ fetch, memory, now, forceEverySeconds }: TokenSource): Tokens {
  /** What this process saw last: most calls then ask nobody. */
  let seen: Kept = {}
  const isGood = (kept: Kept, refused: string | undefined): kept is Kept & { token: string } =>
    kept.token !== undefined && kept.token !== refused && (kept.until ?? 0) > now().getTime()

  async function obtain(refused: string | undefined, signal: AbortSignal): Promise<string> {
    for (;;) {
      const before = (await memory.read(KEY)) as Kept | undefined
      if (before && isGood(before, refused)) {
        seen = before
        return before.token
      }
      if ((before?.fetchingUntil ?? 0) > now().getTime()) {
        await pause(LOOK_MS, signal, 'stopped while waiting for the access token')
        continue
      }
      const mine: Kept = { ...before, fetchingUntil: now().getTime() + FETCH_MS }
      if (!(await memory.write(KEY, mine, before))) continue
      return fetchFor(mine, refused, signal)
    }
  }

  /** We said that we fetch: whatever comes of it, that word is taken back. */
  async function fetchFor(mine: Kept, refused: string | undefined, signal: AbortSignal): Promise<string> {
    let after: Kept = { ...mine, fetchingUntil: undefined, ...(mine.token === refused && { token: undefined }) }
    try {
      const fetched = await fetch(false, signal)
      after = keptOf(fetched, mine.forcedAt)
      if (fetched.token !== refused) return fetched.token
      const waitMs = (mine.forcedAt ?? 0) + forceEverySeconds * 1000 - now().getTime()
      if (waitMs > 0)
        throw new ConnectorError('transient', 'the platform refuses the token that it gives', { certain: true, retryAfterMs: waitMs })
      after = { ...after, forcedAt: now().getTime() }
      const forced = await fetch(true, signal)
      after = keptOf(forced, now().getTime())
      return forced.token
    } finally {
      await memory.write(KEY, after, mine)
      seen = after
    }
  }

  function keptOf({ token, seconds }: FetchedToken, forcedAt: number | undefined): Kept {
    return {
      token,
      until: now().getTime() + Math.max(seconds * 1000 - SPARE_MS, seconds * 500),
      ...(forcedAt !== undefined && { forcedAt }),
    }
  }

  return {
    current: async (signal) => (isGood(seen, undefined) ? seen.token : obtain(undefined, signal)),
    instead(refused, signal) {
      if (seen.token === refused) seen = {}
      return obtain(refused, signal)
    },
  }
}
