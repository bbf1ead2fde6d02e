// What each target may be sent now: its share of the places on the wire, its rate, its rest after failures. Kept in this process;
// rests are told to the others, so that nobody knocks at a door that was just closed.
import type { Clock } from '#core/clock.ts'
import type { ErrorKind } from '#core/errors.ts'

/** One slow platform takes at most so many of a process's places on the wire. */
const PLACES_EACH = 48
/** So many failures in a row open the breaker. */
const FAILURES = 10
const FIRST_REST_MS = 1_000
const LONGEST_REST_MS = 30_000
/** A platform that asked us to wait is sent less from then on, and more again as it bears it. */
const SLOWER = 0.7
const FASTER = 1.1
const LEARN_MS = 10_000
/** Slower than this nothing is learnt: so few may break another limit, such as that of one chat. */
const SLOWEST = 5

export interface Targets {
  /** How many more may be sent there now. */
  room(id: string): number
  /** Takes a place and a token; false when there is none. `isFree`: the platform counts it elsewhere, it takes no token. */
  admit(id: string, isFree?: boolean): boolean
  /** Something that was not admitted here is on its way, or one that was is done. */
  took(id: string, isFree?: boolean): void
  freed(id: string): void
  succeeded(id: string): void
  failed(id: string, kind: ErrorKind): void
  /** Nothing goes there until then. */
  rest(id: string, until: Date, reason: string): void
  /** When the earliest rest ends or the next token comes; undefined when nothing is held back. */
  nextAt(): Date | undefined
  resting(): Rest[]
  /** What was let in may meet a rest that began while it was committed. */
  restOf(id: string): Rest | undefined
}

export interface Rest {
  id: string
  until: Date
  reason: string
}

interface State {
  flying: number
  until: Date | undefined
  reason: string
  /** Failures in a row, each of which may be the platform's. */
  failures: number
  rests: number
  /** Tokens a second; undefined: nobody complained yet. */
  rate: number | undefined
  burst: number
  tokens: number
  filledAt: number
  learntAt: number
  /** What went out in the current and in the last whole second. */
  second: number
  count: number
  last: number
}

export interface Limits {
  perSecond: number
  burst: number
}

/** `limitOf` is what the platform allows an account; `share` how many processes share it. */
export function createTargets(clock: Clock, limitOf: (id: string) => Limits | undefined, share: () => number): Targets {
  const states = new Map<string, State>()
  const of = (id: string): State => {
    const known = states.get(id)
    if (known) return known
    const limit = limitOf(id)
    const now = clock.now().getTime()
    const fresh: State = {
      flying: 0,
      until: undefined,
      reason: '',
      failures: 0,
      rests: 0,
      rate: limit?.perSecond,
      burst: limit?.burst ?? 0,
      tokens: limit?.burst ?? 0,
      filledAt: now,
      learntAt: now,
      second: 0,
      count: 0,
      last: 0,
    }
    states.set(id, fresh)
    return fresh
  }

  /** Tokens as of now; a learnt rate grows slowly until it is what the platform allows, or forgotten. */
  function fill(id: string, state: State): void {
    const now = clock.now().getTime()
    if (state.rate === undefined) return
    // A clock that was put back takes no tokens away: for an hour of it nothing would go out for an hour.
    const passed = Math.max(0, now - state.filledAt) / 1000
    state.tokens = Math.min(Math.max(1, state.burst / share()), state.tokens + passed * (state.rate / share()))
    state.filledAt = now
    state.learntAt = Math.min(state.learntAt, now)
    const steps = Math.floor((now - state.learntAt) / LEARN_MS)
    if (steps < 1) return
    state.learntAt += steps * LEARN_MS
    const most = limitOf(id)
    state.rate = Math.min(state.rate * FASTER ** Math.min(steps, 100), most?.perSecond ?? 1e6)
    state.burst = most?.burst ?? state.rate
  }

  function count(state: State): void {
    const second = Math.floor(clock.now().getTime() / 1000)
    if (second !== state.second) {
      state.last = second === state.second + 1 ? state.count : 0
      state.second = second
      state.count = 0
    }
    state.count += 1
  }

  function room(id: string): number {
    const state = of(id)
    const now = clock.now()
    if (state.until && state.until > now) return 0
    fill(id, state)
    // After a rest one goes ahead; the others follow when it arrived.
    const places = state.rests > 0 ? 1 : PLACES_EACH
    const tokens = state.rate === undefined ? Number.POSITIVE_INFINITY : Math.floor(state.tokens)
    return Math.max(0, Math.min(places - state.flying, tokens))
  }

  function take(id: string, isFree = false): void {
    const state = of(id)
    state.flying += 1
    if (state.rate !== undefined && !isFree) state.tokens -= 1
    count(state)
  }

  function rest(id: string, until: Date, reason: string): void {
    const state = of(id)
    if (state.until && state.until >= until) return
    state.until = until
    state.reason = reason
  }

  function restOf(id: string): Rest | undefined {
    const { until, reason } = of(id)
    return until && until > clock.now() ? { id, until, reason } : undefined
  }

  return {
    room,
    admit(id, isFree) {
      if (room(id) < 1) return false
      take(id, isFree)
      return true
    },
    took: take,
    freed(id) {
      const state = of(id)
      state.flying = Math.max(0, state.flying - 1)
    },
    succeeded(id) {
      const state = of(id)
      state.failures = 0
      state.rests = 0
      if (state.until && state.until <= clock.now()) state.until = undefined
    },
    failed(id, kind) {
      const state = of(id)
      if (kind === 'rate_limited') {
        const seen = Math.max(state.last, state.count, SLOWEST)
        // Who allows less than that from the start is never sent more.
        const most = limitOf(id)?.perSecond ?? Number.POSITIVE_INFINITY
        state.rate = Math.min(most, Math.max(SLOWEST, Math.min(state.rate ?? seen, seen) * SLOWER))
        state.burst = state.rate
        state.tokens = 0
        state.filledAt = clock.now().getTime()
        state.learntAt = state.filledAt
        state.rests = Math.max(1, state.rests)
      }
      state.failures += 1
      const resting = state.until !== undefined && state.until > clock.now()
      if (kind !== 'transient' || resting || state.failures < FAILURES) return
      const ms = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** state.rests)
      state.rests += 1
      rest(id, new Date(clock.now().getTime() + ms), `failed ${state.failures} times in a row`)
    },
    rest,
    nextAt() {
      const now = clock.now().getTime()
      const times = [...states.values()].flatMap((state) => {
        if (state.until && state.until.getTime() > now) return [state.until.getTime()]
        if (state.rate !== undefined && state.tokens < 1) return [now + ((1 - state.tokens) / (state.rate / share())) * 1000]
        return []
      })
      return times.length > 0 ? new Date(Math.min(...times)) : undefined
    },
    resting: () => [...states.keys()].flatMap((id) => restOf(id) ?? []),
    restOf,
  }
}
