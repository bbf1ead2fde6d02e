// How long those in the queue will wait: an interval that should hold four times in five. Pure; chance comes in as an argument.
//
// The method: the queue is played forward many times. In each play the conversations that agents have now take what is left of a length
// drawn from those of late (longer than they have lasted already); each one ahead takes a whole length; those who come later and go first
// come as often as they did of late. What is not known well – few lengths, a handful of arrivals – is drawn anew for each play, so that
// ignorance widens the interval. It leaves out about a tenth of the waits played at each end.
import type { Priority } from './contract.ts'

export interface Line {
  /** Everybody who waits, in the order in which they will be served. */
  queue: { conversation: string; skill: string | null; priority: Priority }[]
  agents: {
    skills: readonly string[]
    capacity: number /** For how many minutes each of the agent's conversations has lasted. */
    busy: number[]
  }[]
  /** Minutes that conversations took lately. */
  lengths: readonly number[]
  /** Who came lately, and in how many minutes. */
  arrivals: { skill: string | null; priority: Priority; count: number }[]
  window: number
}

export interface Estimate {
  /** Minutes: in four of five cases the wait lies between the two. */
  low: number
  high: number
  middle: number
}

/** Fewer lengths say too little to promise anything. */
export const FEWEST_LENGTHS = 5
const PLAYS = 240
/** Plays for a long queue are fewer: they cost as much as it is long, and its waits vary less. */
const WORK = 60_000
const LEAST_PLAYS = 60
/** Plays know less than the day brings: what is left out at each end is a little less than a tenth. Measured, see docs/hours.md. */
const SHARE = 0.08
/** So many plays share what was drawn of the lengths. */
const EACH = 8

const rank: Record<Priority, number> = { urgent: 0, high: 1, normal: 2, low: 3 }

/** For each who will be served by the agents who are here; nothing for those whom nobody can serve. */
export function estimateWaits(line: Line, random: () => number): Map<string, Estimate> {
  const estimates = new Map<string, Estimate>()
  const lengths = line.lengths.filter((length) => Number.isFinite(length) && length >= 0)
  if (lengths.length < FEWEST_LENGTHS || line.queue.length === 0) return estimates
  const plays = Math.max(LEAST_PLAYS, Math.min(PLAYS, Math.floor(WORK / line.queue.length)))
  const waits = line.queue.map((): number[] => [])
  let drawn: number[] = []
  for (let n = 0; n < plays; n++) {
    if (n % EACH === 0) drawn = drawnFrom(lengths, random)
    for (const [at, wait] of play(line, drawn, random).entries()) waits[at]?.push(wait)
  }
  line.queue.forEach(({ conversation }, at) => {
    const sorted = (waits[at] ?? []).sort((a, b) => a - b)
    const at10 = quantile(sorted, SHARE)
    const at90 = quantile(sorted, 1 - SHARE)
    if (Number.isFinite(at90)) estimates.set(conversation, { low: at10, high: at90, middle: quantile(sorted, 0.5) })
  })
  return estimates
}

/** What the lengths may have been as well, shortest first. */
function drawnFrom(known: readonly number[], random: () => number): number[] {
  return known.map(() => known[Math.floor(random() * known.length)] as number).sort((a, b) => a - b)
}

function quantile(sorted: number[], share: number): number {
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)] ?? Number.POSITIVE_INFINITY, sorted[Math.ceil(at)] ?? Number.POSITIVE_INFINITY]
  return low === high ? low : low + (high - low) * (at - Math.floor(at))
}

interface Place {
  skills: readonly string[]
  freeAt: number
  /** Among those that come free at once the first goes first. */
  at: number
}

interface Waiter {
  /** Its position in the queue; -1: came later. */
  at: number
  skill: string | null
  rank: number
  /** Among equals the first goes first. */
  n: number
}

/** So many conversations begin in one play, or wait, for each who waits and each place: whoever still waits then waits for ever. */
const MOST_BEGUN = 12

/** One future: the wait of each in the queue. */
function play({ queue, agents, arrivals, window }: Line, lengths: readonly number[], random: () => number): number[] {
  const waits = queue.map(() => Number.POSITIVE_INFINITY)
  // Whom nobody here can serve waits for ever: to play on until they are served would be most of the work, and for nothing.
  const known = new Set(agents.flatMap(({ skills, capacity }) => (capacity > 0 ? skills : [])))
  const waiters = waitersOf(queue, known)
  const pending = createPending(waiters)
  const coming = arrivalsOf(arrivals, window, waiters.at(-1)?.rank ?? 0, random, known)
  const places = heaped(placesOf(agents, lengths, random))
  const most = MOST_BEGUN * (waiters.length + places.length)
  for (let begun = 0, left = waiters.length; left > 0 && places.length > 0 && begun < most; begun++) {
    const place = places[0] as Place
    for (; coming.next <= place.freeAt; coming.advance()) pending.add(coming.who())
    if (pending.count > most) break
    const waiter = pending.take(place.skills)
    if (!waiter) {
      // Nobody for this agent until somebody comes.
      if (coming.next === Number.POSITIVE_INFINITY) {
        const last = places.pop() as Place
        if (last !== place) places[0] = last
      } else place.freeAt = coming.next
      sink(places, 0)
      continue
    }
    if (waiter.at >= 0) {
      waits[waiter.at] = place.freeAt
      left -= 1
    }
    place.freeAt += lengths[Math.floor(random() * lengths.length)] as number
    sink(places, 0)
  }
  return waits
}

/** In the router's order, whatever its reason: nobody counts for more than those who stand before them. */
function waitersOf(queue: Line['queue'], known: ReadonlySet<string>): Waiter[] {
  let lowest = 0
  return queue.flatMap(({ skill, priority }, at): Waiter[] => {
    if (skill !== null && !known.has(skill)) return []
    lowest = Math.max(lowest, rank[priority])
    return [{ at, skill, rank: lowest, n: at }]
  })
}

/**
 * Who waits, in a line for each skill: with hundreds who wait for a rare one, to look past them all for each place that comes free is
 * most of the work.
 */
function createPending(waiters: readonly Waiter[]) {
  const lines = new Map<string | null, { first: number; list: Waiter[] }>()
  let n = waiters.length === 0 ? 0 : (waiters.at(-1) as Waiter).n + 1
  const lineOf = (skill: string | null) => {
    const line = lines.get(skill) ?? { first: 0, list: [] }
    lines.set(skill, line)
    return line
  }
  for (const waiter of waiters) lineOf(waiter.skill).list.push(waiter)
  const pending = {
    count: waiters.length,
    /** Behind its equals: they were there before. */
    add(one: Omit<Waiter, 'n'>) {
      const { first, list } = lineOf(one.skill)
      let [low, high] = [first, list.length]
      while (low < high) {
        const middle = (low + high) >> 1
        if ((list[middle] as Waiter).rank > one.rank) high = middle
        else low = middle + 1
      }
      list.splice(low, 0, { ...one, n: n++ })
      pending.count += 1
    },
    /** The first whom somebody with these skills can serve. */
    take(skills: readonly string[]): Waiter | undefined {
      let best = lines.get(null)
      for (const skill of skills) {
        const line = lines.get(skill)
        if (line && isBefore(line.list[line.first], best?.list[best.first])) best = line
      }
      const waiter = best?.list[best.first]
      if (!best || !waiter) return undefined
      best.first += 1
      pending.count -= 1
      return waiter
    },
  }
  return pending
}

function isBefore(one: Waiter | undefined, other: Waiter | undefined): boolean {
  if (!one || !other) return one !== undefined
  return one.rank < other.rank || (one.rank === other.rank && one.n < other.n)
}

/** A heap: the place that comes free first is at its head. With hundreds of places to look through them all each time is most of the work. */
function heaped(places: Place[]): Place[] {
  for (let n = (places.length >> 1) - 1; n >= 0; n--) sink(places, n)
  return places
}

function sink(heap: Place[], from: number): void {
  const place = heap[from]
  if (!place) return
  let n = from
  for (let child = 2 * n + 1; child < heap.length; child = 2 * n + 1) {
    const right = heap[child + 1]
    if (right && comesFirst(right, heap[child] as Place)) child += 1
    const lower = heap[child] as Place
    if (!comesFirst(lower, place)) break
    heap[n] = lower
    n = child
  }
  heap[n] = place
}

const comesFirst = (a: Place, b: Place) => a.freeAt < b.freeAt || (a.freeAt === b.freeAt && a.at < b.at)

function earliest(places: readonly Place[]): number {
  let first = 0
  for (let n = 1; n < places.length; n++) if ((places[n] as Place).freeAt < (places[first] as Place).freeAt) first = n
  return first
}

function placesOf(agents: Line['agents'], lengths: readonly number[], random: () => number): Place[] {
  let at = 0
  return agents.flatMap(({ skills, capacity, busy }) => {
    const places = busy.slice(0, capacity).map((age): Place => ({ skills, freeAt: rest(lengths, age, random), at: at++ }))
    while (places.length < capacity) places.push({ skills, freeAt: 0, at: at++ })
    // Who has more than they may have must finish those first.
    for (const age of busy.slice(capacity)) {
      const next = places[earliest(places)]
      if (next) next.freeAt += rest(lengths, age, random)
    }
    return places
  })
}

/** What is left of one that has lasted so long. */
function rest(lengths: readonly number[], age: number, random: () => number): number {
  let first = 0
  for (let end = lengths.length; first < end; ) {
    const middle = (first + end) >> 1
    if ((lengths[middle] as number) > age) end = middle
    else first = middle + 1
  }
  const longer = lengths.length - first
  if (longer > 0) return (lengths[first + Math.floor(random() * longer)] as number) - age
  // Longer than all that is known: as long again as they take on average, more or less.
  return (-Math.log(1 - random()) * lengths.reduce((sum, one) => sum + one, 0)) / lengths.length
}

/** Those who will come and go before the last of the queue. How often is known only from how many came. */
function arrivalsOf(arrivals: Line['arrivals'], window: number, lowest: number, random: () => number, known: ReadonlySet<string>) {
  const kinds = arrivals
    .filter(({ skill, priority, count }) => count > 0 && rank[priority] < lowest && (skill === null || known.has(skill)))
    .map(({ skill, priority, count }) => ({ skill, rank: rank[priority], rate: gamma(count, random) / window }))
  const rate = kinds.reduce((sum, kind) => sum + kind.rate, 0)
  const gap = () => (rate > 0 ? -Math.log(1 - random()) / rate : Number.POSITIVE_INFINITY)
  const coming = {
    next: gap(),
    advance() {
      coming.next += gap()
    },
    who(): Omit<Waiter, 'n'> {
      let at = random() * rate
      const kind = kinds.find((one) => {
        at -= one.rate
        return at < 0
      })
      return { at: -1, skill: kind?.skill ?? null, rank: kind?.rank ?? 0 }
    },
  }
  return coming
}

/** Gamma(count): what the rate may have been when so many came. A sum of exponentials; for many, the normal that it nearly is. */
function gamma(count: number, random: () => number): number {
  if (count > 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, count + Math.sqrt(count) * normal)
  }
  let sum = 0
  for (let n = 0; n < count; n++) sum -= Math.log(1 - random())
  return sum
}
