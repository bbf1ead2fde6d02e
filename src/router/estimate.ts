// How long those in the queue will wait: an interval that should hold four times in five. Pure; chance comes in as an argument.
//
// The method: the queue is played forward many times. In each play the conversations that agents have now take what is left of a length
// drawn from those of late (longer than they have lasted already); each one ahead takes a whole length; those who come later and go first
// come as often as they did of late. What is not known well – few lengths, a handful of arrivals – is drawn anew for each play, so that
// ignorance widens the interval. It leaves out about a tenth of the waits played at each end.
import { createFuture, type Future, type Line } from './play.ts'

export type { Line } from './play.ts'

export interface Estimate {
  /** Minutes: in four of five cases the wait lies between the two. */
  low: number
  high: number
  middle: number
}

/** Fewer lengths say too little to promise anything. */
const FEWEST_LENGTHS = 5
const PLAYS = 240
/** Plays for a long queue are fewer: they cost as much as it is long, and its waits vary less. So many steps, one for each who is served or comes. */
const WORK = 60_000
const LEAST_PLAYS = 16
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
  const plays = playAll(future, lengths, asked, random)
  const waits = new Float64Array(plays.length)
  for (const at of asked) {
    for (const [n, played] of plays.entries()) waits[n] = played[at] as number
    waits.sort()
    const high = quantile(waits, 1 - SHARE)
    const { conversation } = line.queue[at] as Line['queue'][number]
    if (Number.isFinite(high)) estimates.set(conversation, { low: quantile(waits, SHARE), high, middle: quantile(waits, 0.5) })
  }
  return estimates
}

/** The waits of the whole queue, play by play. How many plays there are the first one tells: by what it cost. */
function playAll(future: Future, lengths: readonly number[], asked: readonly number[], random: () => number): Float64Array[] {
  const marked = new Uint8Array((asked.at(-1) as number) + 1)
  const unserved = new Uint16Array(marked.length)
  for (const at of asked) marked[at] = 1
  let left = asked.length
  let drawn: number[] = []
  const all: Float64Array[] = []
  for (let plays = PLAYS; all.length < plays; ) {
    if (all.length % Math.max(1, Math.floor(plays / DRAWS)) === 0) drawn = drawnFrom(lengths, random)
    const { waits, left: behind, steps } = future.play(drawn, marked, left)
    if (all.push(waits) === 1) plays = Math.max(LEAST_PLAYS, Math.min(PLAYS, Math.floor(WORK / steps)))
    if (behind === 0) continue
    // Whom so many plays leave unserved has no upper end that could be told: nothing is played on for them.
    const most = plays - 1 - Math.ceil((1 - SHARE) * (plays - 1))
    for (const at of asked) {
      if (waits[at] !== Number.POSITIVE_INFINITY) continue
      unserved[at] = (unserved[at] as number) + 1
      if (unserved[at] !== most + 1) continue
      marked[at] = 0
      left -= 1
    }
  }
  return all
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
