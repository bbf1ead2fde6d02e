// Learns what tells entries apart: multinomial logistic regression over the bank's features, by AdaGrad. Seeded, so that the same
// bank gives the same model, byte for byte.
import type { Bank } from './bank.ts'
import { type Model, packRows, type Rows } from './model.ts'
import { createNeighbours, type Neighbours } from './neighbours.ts'

export interface TrainOptions {
  epochs?: number
  rate?: number
  /** How much less is learnt from examples that contradict all else that was learnt. By default as the bank asks for. */
  doubt?: number
  rivals?: number
  /** Told after each pass, as a share of the whole. */
  tell?: (share: number) => void
}

/** Entries that an example is told apart from: where there are more, those whose phrases are most like it. */
const maxRivals = 64
/** Where so few would be left out, none is. */
const fewEntries = 160
const mostDoubt = 0.6
const firstSquare = 0.01
/** What an update must at least change of a probability. */
const least = 1e-3

export function train(bank: Bank, options: TrainOptions = {}): Model {
  const { epochs = 10, rate = 0.3, tell } = options
  const neighbours = createNeighbours(bank)
  const rivals = rivalsOf(bank, neighbours, options.rivals)
  const doubt = options.doubt ?? doubtOf(bank, neighbours)
  const rows = emptyRows(bank, rivals)
  const learn = createLearner({ bank, rows, rivals, rate, doubt })
  const order = Int32Array.from(bank.examples, (_, example) => example)
  const random = seeded(bank.examples.length)
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    for (const example of order) learn(example)
    tell?.((epoch + 1) / epochs)
  }
  // Averages are hurt less by phrases under the wrong entry.
  return packRows(rows, bank.entries, 1 + 20 * doubt)
}

interface Lesson {
  bank: Bank
  rows: Rows
  rivals: Uint16Array[]
  rate: number
  doubt: number
}

/** One step of AdaGrad for one example. Only rivals whose probability is wrong by more than a little are touched. */
function createLearner({ bank, rows, rivals, rate, doubt }: Lesson): (example: number) => void {
  const { start, feature, weight } = bank.vectors
  const squares = new Float32Array(rows.weight.length).fill(firstSquare)
  const scratch: Scratch = {
    places: new Int32Array(bank.entries).fill(-1),
    scores: new Float64Array(bank.entries),
    wrong: new Float64Array(bank.entries),
    touched: new Int32Array(bank.entries),
  }
  return (example) => {
    const among = rivals[example] as Uint16Array
    const { places, scores } = scratch
    for (let a = 0; a < among.length; a++) places[among[a] as number] = a
    const [from, to] = [start[example] as number, start[example + 1] as number]
    scores.fill(0, 0, among.length)
    for (let at = from; at < to; at++) addRow(rows, feature[at] as number, weight[at] as number, among, scratch, bank.entries)
    const changed = mistakes(among.length, doubt, scratch)
    if (changed > 0) {
      for (let at = from; at < to; at++) {
        const row = feature[at] as number
        mendRow(rows, squares, row, weight[at] as number, rate, among, changed, scratch, bank.entries)
      }
    }
    for (let a = 0; a < among.length; a++) places[among[a] as number] = -1
  }
}

interface Scratch {
  /** Of each entry: its place among the rivals at hand, or -1. */
  places: Int32Array
  scores: Float64Array
  wrong: Float64Array
  touched: Int32Array
}

function addRow(rows: Rows, row: number, value: number, among: Uint16Array, { places, scores }: Scratch, entries: number): void {
  const { weight, entry } = rows
  const first = rows.start[row] as number
  const length = (rows.start[row + 1] as number) - first
  if (length === entries) {
    for (let a = 0; a < among.length; a++) scores[a] = (scores[a] as number) + value * (weight[first + (among[a] as number)] as number)
    return
  }
  const list = rows.list[row] as number
  for (let k = 0; k < length; k++) {
    const a = places[entry[list + k] as number] as number
    if (a >= 0) scores[a] = (scores[a] as number) + value * (weight[first + k] as number)
  }
}

function mendRow(
  rows: Rows,
  squares: Float32Array,
  row: number,
  value: number,
  rate: number,
  among: Uint16Array,
  changed: number,
  { wrong, touched }: Scratch,
  entries: number,
): void {
  const { weight } = rows
  const first = rows.start[row] as number
  const length = (rows.start[row + 1] as number) - first
  for (let k = 0; k < changed; k++) {
    const a = touched[k] as number
    const own = among[a] as number
    const place = length === entries ? first + own : first + placeIn(rows.entry, rows.list[row] as number, length, own)
    const gradient = (wrong[a] as number) * value
    const square = (squares[place] as number) + gradient * gradient
    squares[place] = square
    weight[place] = (weight[place] as number) - (rate * gradient) / Math.sqrt(square)
  }
}

/** Where an entry stands in the sorted list of a row: it is there, since the row was made for all rivals of its examples. */
function placeIn(entry: Uint16Array, list: number, length: number, own: number): number {
  let [low, high] = [0, length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entry[list + middle] as number) < own) low = middle + 1
    else high = middle
  }
  return low
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

/** For each example the entries that compete for it, its own first. */
function rivalsOf(bank: Bank, neighbours: Neighbours, count?: number): Uint16Array[] {
  if (bank.entries <= fewEntries && count === undefined) {
    const all = Array.from({ length: bank.entries }, (_, entry) => {
      return Uint16Array.from({ length: bank.entries }, (_, other) => (other === 0 ? entry : other === entry ? 0 : other))
    })
    return bank.examples.map(({ entry }) => all[entry] as Uint16Array)
  }
  return bank.examples.map(({ entry }, example) => {
    const averages = leftOut(bank, neighbours, example)
    const near = [...averages.keys()]
      .filter((other) => other !== entry && (averages[other] as number) > 0)
      .sort((a, b) => (averages[b] as number) - (averages[a] as number) || a - b)
    return Uint16Array.from([entry, ...near.slice(0, count ?? maxRivals)])
  })
}

/** The likeness of an example to each entry, were the example not there. */
function leftOut({ vectors }: Bank, neighbours: Neighbours, example: number): Float32Array {
  const [from, to] = [vectors.start[example] as number, vectors.start[example + 1] as number]
  const cosines = neighbours.cosines(vectors.feature.subarray(from, to), vectors.weight.subarray(from, to))
  return neighbours.averages(cosines, example)
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

/** A place for each entry that ever competes for an example with the feature. */
function emptyRows({ vectors, numbers, entries, examples }: Bank, rivals: Uint16Array[]): Rows {
  const features = numbers.size
  const meets: (Set<number> | undefined)[] = []
  const start = new Int32Array(features + 1)
  const list = new Int32Array(features)
  if (rivals.every(({ length }) => length === entries)) {
    for (let row = 0; row < features; row++) start[row + 1] = (row + 1) * entries
    return { start, list, entry: new Uint16Array(0), weight: new Float32Array(features * entries) }
  }
  for (let example = 0; example < examples.length; example++) {
    const end = vectors.start[example + 1] as number
    for (let at = vectors.start[example] as number; at < end; at++) {
      const feature = vectors.feature[at] as number
      meets[feature] ??= new Set()
      const met = meets[feature]
      if (met.size < entries / 3) for (const rival of rivals[example] as Uint16Array) met.add(rival)
    }
  }
  let listed = 0
  for (let row = 0; row < features; row++) {
    const size = meets[row]?.size ?? 0
    list[row] = listed
    const length = size >= entries / 3 ? entries : size
    if (length !== entries) listed += length
    start[row + 1] = (start[row] as number) + length
  }
  const entry = new Uint16Array(listed)
  meets.forEach((met, row) => {
    if ((start[row + 1] as number) - (start[row] as number) !== entries)
      entry.set(
        [...(met ?? [])].sort((a, b) => a - b),
        list[row],
      )
  })
  return { start, list, entry, weight: new Float32Array(start[features] as number) }
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
