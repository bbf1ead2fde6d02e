// Phrases of two entries that hardly differ: customers who say one of them get the other's answer as often as not.
import { type Bank, createBank, type MatcherEntry } from './bank.ts'
import { createNeighbours } from './neighbours.ts'

export interface Alike {
  text: string
  id: string
  other: { text: string; id: string }
  /** Cosine, from 0 to 1. */
  likeness: number
}

const nearlySame = 0.82
/** Beyond this a look at every pair takes longer than whoever edits a file waits. */
const mostExamples = 20_000

/** Each phrase at most once, with the phrase of another entry that is most like it. */
export function alikePhrases(entries: readonly MatcherEntry[]): Alike[] {
  const bank = createBank(entries)
  if (bank.examples.length > mostExamples) return []
  const neighbours = createNeighbours(bank)
  const found: Alike[] = []
  for (let row = 0; row < bank.examples.length; row++) {
    const other = nearestBefore(row, bank, neighbours.cosines)
    const [own, theirs] = [bank.examples[row], other && bank.examples[other.row]]
    if (!own || !theirs || !other) continue
    const id = (entry: number) => entries[entry]?.id ?? ''
    found.push({ text: own.text, id: id(own.entry), other: { text: theirs.text, id: id(theirs.entry) }, likeness: other.likeness })
  }
  return found
}

/** Only those before it: a pair is reported once, at its second phrase. */
function nearestBefore(row: number, { vectors, examples }: Bank, cosinesOf: ReturnType<typeof createNeighbours>['cosines']) {
  const [from, to] = [vectors.start[row] as number, vectors.start[row + 1] as number]
  const cosines = cosinesOf(vectors.feature.subarray(from, to), vectors.weight.subarray(from, to))
  let best: { row: number; likeness: number } | undefined
  for (let other = 0; other < row; other++) {
    const likeness = cosines[other] as number
    if (likeness >= nearlySame && examples[other]?.entry !== examples[row]?.entry && likeness > (best?.likeness ?? 0)) {
      best = { row: other, likeness }
    }
  }
  return best
}
