// How alike a question and the examples are: cosines to each example and to each entry's average, and BM25 votes of the nearest.
// No training, so a new file answers at once.
import { type Bank, groupsOf, type Question } from './bank.ts'

/** What is read by feature: row n says in which examples feature n occurs. */
interface Postings {
  start: Int32Array
  example: Int32Array
  weight: Float32Array
}

export interface Neighbours {
  /** The cosine to each example. Overwritten by the next call. */
  cosines(feature: ArrayLike<number>, weight: ArrayLike<number>): Float32Array
  /** The cosine to each entry's average, as if example `without` were not there. Overwritten by the next call. */
  averages(cosines: Float32Array, without?: number): Float32Array
  /** Of each entry: its share of the votes of the eight best examples. Overwritten by the next call. */
  votes(question: Question): Float32Array
}

const voters = 8

/** Examples that `strange` marks are as if they were not there. */
export function createNeighbours(bank: Bank, strange?: Uint8Array): Neighbours {
  const postings = postingsOf(bank, strange)
  const { groupOf, entryOf } = groupsOf(bank)
  const lengths = lengthsOf(bank, groupOf, entryOf.length, strange)
  const cosines = new Float32Array(bank.examples.length)
  const votes = new Float32Array(bank.examples.length)
  const sums = new Float64Array(entryOf.length)
  const averages = new Float32Array(bank.entries)
  const shares = new Float32Array(bank.entries)
  const saturations = saturationsOf(bank)
  return {
    cosines(feature, weight) {
      cosines.fill(0)
      for (let k = 0; k < feature.length; k++) {
        const value = weight[k] as number
        const end = postings.start[(feature[k] as number) + 1] as number
        for (let at = postings.start[feature[k] as number] as number; at < end; at++) {
          const example = postings.example[at] as number
          cosines[example] = (cosines[example] as number) + value * (postings.weight[at] as number)
        }
      }
      return cosines
    },
    averages(from, without = -1) {
      sums.fill(0)
      for (let example = 0; example < from.length; example++) {
        const group = groupOf[example] as number
        sums[group] = (sums[group] as number) + (from[example] as number)
      }
      averages.fill(0)
      for (let group = 0; group < sums.length; group++) {
        let sum = sums[group] as number
        let length = lengths[group] as number
        if (groupOf[without] === group) {
          // What is left of the sum without this one, by the law of cosines.
          length = Math.sqrt(Math.max(0, length * length - 2 * sum + 1))
          sum -= 1
        }
        const cosine = length > 1e-3 ? sum / length : 0
        const entry = entryOf[group] as number
        if (cosine > (averages[entry] as number)) averages[entry] = cosine
      }
      return averages
    },
    votes({ feature, features }) {
      votes.fill(0)
      let k = 0
      for (const [name, count] of features) {
        const number = bank.numbers.get(name)
        if (number === undefined || number !== feature[k]) continue
        k++
        const value = Math.min(1, count) * (bank.idf[number] as number)
        const end = postings.start[number + 1] as number
        for (let at = postings.start[number] as number; at < end; at++) {
          const example = postings.example[at] as number
          votes[example] = (votes[example] as number) + value * (saturations[example] as number)
        }
      }
      return sharesOf(votes, bank, shares)
    },
  }
}

/** Entries with any likeness, by score, best first; of equals the earlier one. */
export function bestOf(scores: ArrayLike<number>, likeness: ArrayLike<number>, count: number): number[] {
  const best: number[] = []
  for (let entry = 0; entry < scores.length; entry++) {
    if ((likeness[entry] as number) <= 0) continue
    const score = scores[entry] as number
    if (best.length === count && score <= (scores[best[count - 1] as number] as number)) continue
    let at = best.length
    while (at > 0 && score > (scores[best[at - 1] as number] as number)) at--
    best.splice(at, 0, entry)
    if (best.length > count) best.pop()
  }
  return best
}

/** BM25 of a feature that occurs once: what occurs in a long example says less of it. */
function saturationsOf({ sizes }: Bank): Float32Array {
  const mean = sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length)
  return Float32Array.from(sizes, (size) => 2.2 / (1 + 1.2 * (0.5 + (0.5 * size) / mean)))
}

function sharesOf(votes: Float32Array, bank: Bank, shares: Float32Array): Float32Array {
  const best = bestOf(votes, votes, voters)
  shares.fill(0)
  const total = best.reduce((sum, example) => sum + (votes[example] as number) ** 2, 0)
  for (const example of best) {
    const entry = bank.examples[example]?.entry ?? 0
    shares[entry] = (shares[entry] as number) + (votes[example] as number) ** 2 / total
  }
  return shares
}

function postingsOf({ vectors, numbers, examples }: Bank, strange?: Uint8Array): Postings {
  const start = new Int32Array(numbers.size + 1)
  for (const feature of vectors.feature) start[feature + 1] = (start[feature + 1] as number) + 1
  for (let feature = 0; feature < numbers.size; feature++) start[feature + 1] = (start[feature + 1] as number) + (start[feature] as number)
  const next = start.slice()
  const example = new Int32Array(vectors.feature.length)
  const weight = new Float32Array(vectors.feature.length)
  for (let row = 0; row < examples.length; row++) {
    const end = vectors.start[row + 1] as number
    for (let at = vectors.start[row] as number; at < end; at++) {
      const feature = vectors.feature[at] as number
      const place = next[feature] as number
      next[feature] = place + 1
      example[place] = row
      weight[place] = strange?.[row] ? 0 : (vectors.weight[at] as number)
    }
  }
  return { start, example, weight }
}

/** The length of the sum of each group's examples. */
function lengthsOf({ vectors, numbers }: Bank, groupOf: Int32Array, groups: number, strange?: Uint8Array): Float64Array {
  const rows: number[][] = Array.from({ length: groups }, () => [])
  for (const [row, group] of groupOf.entries()) if (!strange?.[row]) rows[group]?.push(row)
  const sum = new Float64Array(numbers.size)
  return Float64Array.from(rows, (members) => {
    const touched: number[] = []
    for (const row of members) {
      const end = vectors.start[row + 1] as number
      for (let at = vectors.start[row] as number; at < end; at++) {
        const feature = vectors.feature[at] as number
        touched.push(feature)
        sum[feature] = (sum[feature] as number) + (vectors.weight[at] as number)
      }
    }
    let squares = 0
    for (const feature of touched) {
      squares += (sum[feature] as number) ** 2
      sum[feature] = 0
    }
    return Math.sqrt(squares)
  })
}
