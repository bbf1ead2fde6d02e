// How long those in the queue will wait: an interval that should hold four times in five. Pure; chance comes in as an argument.
//
// The method: the queue is played forward many times. In each play the conversations that agents have now take what is left of a length
// drawn from those of late (longer than they have lasted already); each one ahead takes a whole length; those who come later and go first
// come as often as they did of late. What is not known well – few lengths, a handful of arrivals – is drawn anew for each play, so that
// ignorance widens the interval. It leaves out about a tenth of the waits played at each end.
import type { Priority } from './contract.ts'
import { createFuture, type Future } from './play.ts'

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
const LEAST_PLAYS = 30
/** Plays know less than the day brings: what is left out at each end is a little less than a tenth. Measured, see docs/hours.md. */
const SHARE = 0.08
/** So often it is drawn what the lengths may be; several plays share a draw where there are more. */
const DRAWS = 30

/** For each who is asked about and will be served by the agents who are here; nothing for those whom nobody can serve. */
export function estimateWaits(
  line: Line,
  random: () => number,
  isAsked: (conversation: string) => boolean = () => true,
): Map<string, Estimate> {
  const estimates = new Map<string, Estimate>()
  const lengths = line.lengths.filter((length) => Number.isFinite(length) && length >= 0)
  if (lengths.length < FEWEST_LENGTHS) return estimates
  const future = createFuture(line, random)
  const asked = line.queue.flatMap(({ conversation }, at) => (future.isServed(at) && isAsked(conversation) ? [at] : []))
  if (asked.length === 0) return estimates
  const plays = Math.max(LEAST_PLAYS, Math.min(PLAYS, Math.floor(WORK / line.queue.length)))
  const waits = playAll(future, lengths, { length: line.queue.length, asked, plays }, random)
  const own = new Float64Array(plays)
  for (const at of asked) {
    for (let n = 0; n < plays; n++) own[n] = waits[n * line.queue.length + at] as number
    own.sort()
    const high = quantile(own, 1 - SHARE)
    const { conversation } = line.queue[at] as Line['queue'][number]
    if (Number.isFinite(high)) estimates.set(conversation, { low: quantile(own, SHARE), high, middle: quantile(own, 0.5) })
  }
  return estimates
}

interface Playing {
  /** Of the queue. */
  length: number
  asked: readonly number[]
  plays: number
}

/** The waits by play, of each the whole queue. */
function playAll(future: Future, lengths: readonly number[], { length, asked, plays }: Playing, random: () => number): Float64Array {
  const waits = new Float64Array(plays * length)
  const marked = new Uint8Array(length)
  for (const at of asked) marked[at] = 1
  // Whom more plays than these leave unserved has no upper end that could be told: nothing is played on for them.
  const most = plays - 1 - Math.ceil((1 - SHARE) * (plays - 1))
  const unserved = new Uint16Array(length)
  let left = asked.length
  const each = Math.floor(plays / DRAWS)
  let drawn: number[] = []
  for (let n = 0; n < plays && left > 0; n++) {
    if (n % each === 0) drawn = drawnFrom(lengths, random)
    const played = waits.subarray(n * length, (n + 1) * length)
    if (future.play(played, drawn, marked, left) === 0) continue
    for (const at of asked) {
      if (played[at] !== Number.POSITIVE_INFINITY) continue
      unserved[at] = (unserved[at] as number) + 1
      if (unserved[at] !== most + 1) continue
      marked[at] = 0
      left -= 1
    }
  }
  return waits
}

/** What the lengths may have been as well, shortest first. */
function drawnFrom(known: readonly number[], random: () => number): number[] {
  return known.map(() => known[Math.floor(random() * known.length)] as number).sort((a, b) => a - b)
}

function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)] ?? Number.POSITIVE_INFINITY, sorted[Math.ceil(at)] ?? Number.POSITIVE_INFINITY]
  return low === high ? low : low + (high - low) * (at - Math.floor(at))
}
