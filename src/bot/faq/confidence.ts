// How likely the first entry is what was meant: one number that means the same for a bank of five entries and of five hundred.
import type { Look } from './look.ts'

export interface BankSize {
  entries: number
  /** Examples of an entry, on average. */
  perEntry: number
  isTrained: boolean
}

/** Below this most of the question is words that no entry has: whatever is nearest, it is not meant. */
const minCoverage = 0.25
const unlikely = 0.15
/** Nearly one of the entry's own phrases (a typo, a particle): right nine times of ten whatever its other phrases are like. */
const sameButForTypos = 0.75
/** Only an entry's own phrase is certain. */
const most = 0.98

export function confidenceOf(look: Look, size: BankSize): number {
  const first = look.ranked[0]
  if (!first) return 0
  const margin = first.score - (look.ranked[1]?.score ?? 0)
  const likely = logistic(size.isTrained ? learnt(look, size) : compared(look, margin, size))
  if (look.coverage < minCoverage) return likely * unlikely
  const near = look.nearest >= sameButForTypos && margin > 0.1 ? look.nearest : 0
  return most * Math.max(likely, near)
}

/**
 * Logistic regressions over measures that mean the same in every bank, fitted on 48 banks (4 to 150 entries of 1 to 115 phrases)
 * drawn from public English and Chinese question sets. Of the 15 000 questions seven tenths had no right answer in their bank; the constants are for half of that.
 */
function learnt(look: Look, { entries, perEntry }: BankSize): number {
  const { likely, lead, nearest, centroid, topic } = look
  const odds = Math.min(largestOdds, Math.log(likely / Math.max(1 - likely, 1e-6)))
  const size = Math.log1p(entries)
  const many = Math.log(perEntry)
  const few = -3.2 + 0.521 * odds + 9.577 * lead + 0.981 * nearest + 0.471 * centroid + 1.169 * topic + 0.763 * size - 0.341 * many
  const large = -2.703 + 0.766 * odds + 0.562 * nearest + 4.553 * centroid + 0.662 * topic + 0.771 * size - 0.489 * many
  const share = Math.min(1, Math.max(0, (entries - smallBank) / (largeBank - smallBank)))
  return few + share * (large - few)
}

function compared({ lead, nearest, centroid, topic }: Look, margin: number, { entries, perEntry }: BankSize): number {
  return (
    -4 +
    2.42 * margin +
    7.158 * lead +
    3.577 * centroid +
    1.34 * nearest +
    1.566 * topic +
    0.396 * Math.log1p(entries) -
    0.124 * Math.log(perEntry)
  )
}

const largestOdds = 8
/** Where entries are few, how far the best is ahead says more; where they are many, what was learnt does. */
const smallBank = 30
const largeBank = 100

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value))
}
