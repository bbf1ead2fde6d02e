// Learns what tells entries apart: multinomial logistic regression over the bank's features, by AdaGrad. Seeded, so that the same
// bank gives the same model, byte for byte.
import type { Bank } from './bank.ts'
import { type Model, mostDoubt, packRows, type Rows, scoresOf } from './model.ts'
import { bestOf, createNeighbours, type Neighbours } from './neighbours.ts'

export interface TrainOptions {
  epochs?: number
  rate?: number
  /** How much less is learnt from examples that contradict all else that was learnt. By default as the bank asks for. */
  doubt?: number
  /** Told after each pass, as a share of the whole. */
  tell?: (share: number) => void
}

/** Entries that an example is told apart from: where there are more, those whose phrases are most like it. */
const maxRivals = 20
/** Where so few would be left out, none is. */
const fewEntries = 160
const leastLikely = 0.1
const firstSquare = 0.01
/** What an update must at least change of a probability. */
const least = 1e-3

export function train(bank: Bank, options: TrainOptions = {}): Model {
  const { rate = 0.3, tell } = options
  const { rivals, doubt } = lookedThrough(bank, options.doubt)
  const epochs = options.epochs ?? epochsFor(bank, doubt)
  const { rows, slots } = emptyRows(bank, rivals)
  const learn = createLearner({ bank, rows, rivals, slots, rate, doubt })
  const order = Int32Array.from(bank.examples, (_, example) => example)
  const random = seeded(bank.examples.length)
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    for (const example of order) learn(example)
    tell?.((epoch + 1) / epochs)
  }
  const packed = packRows(rows, bank.entries)
  return { ...packed, doubt, strange: doubt > 0 ? strangeOf(bank, packed) : new Uint8Array(0) }
}

/** What is compared to find this out is not held any longer. */
function lookedThrough(bank: Bank, doubt?: number): { rivals: Uint16Array[]; doubt: number } {
  const neighbours = createNeighbours(bank)
  return { rivals: rivalsOf(bank, neighbours), doubt: doubt ?? doubtOf(bank, neighbours) }
}

/** What stands under the wrong entry is learnt last: there the lesson ends early. With rivals of its own each example is soon told apart. */
function epochsFor({ entries }: Bank, doubt: number): number {
  return Math.round((entries <= fewEntries ? 14 : 8) - 6 * doubt)
}

interface Lesson {
  bank: Bank
  rows: Rows
  rivals: Uint16Array[]
  slots: Uint16Array | undefined
  rate: number
  doubt: number
}

/** Written over for each example. */
interface Scratch {
  scores: Float64Array
  wrong: Float64Array
  touched: Int32Array
}

/** One step of AdaGrad for one example. Only rivals whose probability is wrong by more than a little are touched. */
function createLearner({ bank, rows, rivals, slots, rate, doubt }: Lesson): (example: number) => void {
  const { start, feature, weight } = bank.vectors
  const squares = new Float32Array(rows.weight.length).fill(firstSquare)
  const scratch: Scratch = {
    scores: new Float64Array(bank.entries),
    wrong: new Float64Array(bank.entries),
    touched: new Int32Array(bank.entries),
  }
  const { scores, wrong, touched } = scratch
  const learnt = rows.weight
  return (example) => {
    const among = rivals[example] as Uint16Array
    const [from, to] = [start[example] as number, start[example + 1] as number]
    const places = slots ?? among
    scores.fill(0, 0, among.length)
    for (let at = from; at < to; at++) {
      const first = rows.start[feature[at] as number] as number
      const base = slots ? at * stride : 0
      const value = weight[at] as number
      for (let a = 0; a < among.length; a++)
        scores[a] = (scores[a] as number) + value * (learnt[first + (places[base + a] as number)] as number)
    }
    const changed = mistakes(among.length, doubt, scratch)
    for (let at = from; changed > 0 && at < to; at++) {
      const first = rows.start[feature[at] as number] as number
      const base = slots ? at * stride : 0
      const value = weight[at] as number
      for (let k = 0; k < changed; k++) {
        const a = touched[k] as number
        const place = first + (places[base + a] as number)
        const gradient = (wrong[a] as number) * value
        const square = (squares[place] as number) + gradient * gradient
        squares[place] = square
        learnt[place] = (learnt[place] as number) - (rate * gradient) / Math.sqrt(square)
      }
    }
  }
}

/**
 * The gradient of the loss in each score; the first is the example's own entry. With doubt it is that of the generalised cross
 * entropy (Zhang and Sabuncu 2018): what is believed least is learnt from least, since it may stand under the wrong entry.
 */
function mistakes(count: number, doubt: number, { scores, wrong, touched }: Scratch): number {
  let most = Number.NEGATIVE_INFINITY
  for (let a = 0; a < count; a++) most = Math.max(most, scores[a] as number)
  let total = 0
  for (let a = 0; a < count; a++) {
    const share = Math.exp((scores[a] as number) - most)
    wrong[a] = share
    total += share
  }
  const trust = doubt === 0 ? 1 : ((wrong[0] as number) / total) ** doubt
  let changed = 0
  for (let a = 0; a < count; a++) {
    const gradient = trust * ((wrong[a] as number) / total - (a === 0 ? 1 : 0))
    wrong[a] = gradient
    if (gradient > least || gradient < -least) touched[changed++] = a
  }
  return changed
}

/** For each example the entries that compete for it, its own first: all where there are few, else those most like it. */
function rivalsOf(bank: Bank, neighbours: Neighbours): Uint16Array[] {
  if (bank.entries <= fewEntries) {
    const all = Array.from({ length: bank.entries }, (_, entry) => {
      return Uint16Array.from({ length: bank.entries }, (_, other) => (other === 0 ? entry : other === entry ? 0 : other))
    })
    return bank.examples.map(({ entry }) => all[entry] as Uint16Array)
  }
  return bank.examples.map(({ entry }, example) => {
    const averages = leftOut(bank, neighbours, example)
    averages[entry] = 0
    return Uint16Array.from([entry, ...bestOf(averages, averages, maxRivals)])
  })
}

/** The likeness of an example to each entry, were the example not there. */
function leftOut({ vectors }: Bank, neighbours: Neighbours, example: number): Float32Array {
  const [from, to] = [vectors.start[example] as number, vectors.start[example + 1] as number]
  const cosines = neighbours.cosines(vectors.feature.subarray(from, to), vectors.weight.subarray(from, to))
  return neighbours.averages(cosines, example)
}

/** Examples that are taken to belong elsewhere even by what was learnt of them. */
function strangeOf({ vectors, examples, entries }: Bank, model: Parameters<typeof scoresOf>[1]): Uint8Array {
  const scores = new Float64Array(entries)
  return Uint8Array.from(examples, ({ entry }, row) => {
    const [from, to] = [vectors.start[row] as number, vectors.start[row + 1] as number]
    scoresOf({ feature: vectors.feature.subarray(from, to), weight: vectors.weight.subarray(from, to) }, model, scores)
    let total = 0
    for (const score of scores) total += Math.exp(score - (scores[entry] as number))
    return 1 / total < leastLikely ? 1 : 0
  })
}

/** A few phrases that somebody chose are right; of many that were gathered some may stand under the wrong entry. */
function doubtOf(bank: Bank, neighbours: Neighbours): number {
  const { examples, entries } = bank
  const many = (examples.length / Math.max(1, entries) - 10) / 20
  if (many <= 0) return 0
  const step = Math.ceil(examples.length / 1000)
  let asked = 0
  let strange = 0
  for (let example = 0; example < examples.length; example += step) {
    const averages = leftOut(bank, neighbours, example)
    const own = averages[examples[example]?.entry ?? 0] as number
    if (averages.reduce((count, average) => (average > own ? count + 1 : count), 0) >= 3) strange++
    asked++
  }
  // One in twenty is strange without being wrong.
  return mostDoubt * Math.min(1, many) * Math.min(1, Math.max(0, (strange / asked - 0.05) / 0.1))
}

/** Of each feature of each example as many slots: where in the feature's row the example's rivals stand. */
const stride = maxRivals + 1

/** A place for each entry that ever competes for an example with the feature; for all entries where there are few. */
function emptyRows(bank: Bank, rivals: Uint16Array[]): { rows: Rows; slots?: Uint16Array } {
  const features = bank.numbers.size
  const start = new Int32Array(features + 1)
  if (bank.entries <= fewEntries) {
    for (let row = 0; row < features; row++) start[row + 1] = (row + 1) * bank.entries
    return { rows: { start, weight: new Float32Array(features * bank.entries) } }
  }
  const turned = byFeature(bank)
  const slots = new Uint16Array(bank.vectors.feature.length * stride)
  // Twice the same way: first it is counted, so that no array is longer than what it holds.
  const entry = new Uint16Array(placesIn(bank, rivals, turned, { start, slots }))
  placesIn(bank, rivals, turned, { start, slots, entry })
  return { rows: { start, entry, weight: new Float32Array(entry.length) }, slots }
}

type Turned = ReturnType<typeof byFeature>

/** Numbers the entries of each feature's row in the order in which its examples have them as rivals. */
function placesIn(
  { entries }: Bank,
  rivals: Uint16Array[],
  { places, examples, next }: Turned,
  { start, slots, entry }: { start: Int32Array; slots: Uint16Array; entry?: Uint16Array },
): number {
  const slotOf = new Uint16Array(entries)
  const metIn = new Int32Array(entries).fill(-1)
  let count = 0
  for (let row = 0; row + 1 < start.length; row++) {
    for (let n = next[row] as number; n < (next[row + 1] as number); n++) {
      const among = rivals[examples[n] as number] as Uint16Array
      for (let a = 0; a < among.length; a++) {
        const rival = among[a] as number
        if (metIn[rival] !== row) {
          metIn[rival] = row
          slotOf[rival] = count - (start[row] as number)
          if (entry) entry[count] = rival
          count++
        }
        slots[(places[n] as number) * stride + a] = slotOf[rival] as number
      }
    }
    start[row + 1] = count
  }
  return count
}

/** The vectors turned round: row n of `places` says where feature n stands in them, row n of `examples` in which. */
function byFeature({ vectors, numbers, examples: { length } }: Bank): { places: Int32Array; examples: Int32Array; next: Int32Array } {
  const next = new Int32Array(numbers.size + 1)
  for (const feature of vectors.feature) next[feature + 1] = (next[feature + 1] as number) + 1
  for (let row = 0; row < numbers.size; row++) next[row + 1] = (next[row + 1] as number) + (next[row] as number)
  const free = next.slice()
  const places = new Int32Array(vectors.feature.length)
  const examples = new Int32Array(vectors.feature.length)
  for (let example = 0; example < length; example++) {
    for (let at = vectors.start[example] as number; at < (vectors.start[example + 1] as number); at++) {
      const feature = vectors.feature[at] as number
      const place = free[feature] as number
      free[feature] = place + 1
      places[place] = at
      examples[place] = example
    }
  }
  return { places, examples, next }
}

/** Mulberry32: chance that is the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function shuffle(order: Int32Array, random: () => number): void {
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1))
    const kept = order[at] as number
    order[at] = order[other] as number
    order[other] = kept
  }
}
