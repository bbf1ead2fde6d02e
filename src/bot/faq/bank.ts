// The phrases of all entries, as numbers: each feature has one, each example is a vector of length one.
import { phraseKey } from '../normalize.ts'
import { type Features, featuresOf, isEdge, scriptOf } from './features.ts'
import { createSpeller, type Speller } from './typos.ts'

export interface MatcherEntry {
  id: string
  /** Counts as one more way of asking. */
  titles: string[]
  ask: string[]
}

export interface Example {
  /** Index of the entry. */
  entry: number
  text: string
}

/** Rows of numbers behind one another: row n is what stands from `start[n]` to `start[n + 1]`. */
export interface Vectors {
  start: Int32Array
  feature: Int32Array
  weight: Float32Array
}

export interface Bank {
  entries: number
  /** In the order of their entries. */
  examples: Example[]
  /** Of each entry: the place of its first example. */
  firstOf: Int32Array
  /** The number of a feature. */
  numbers: Map<string, number>
  idf: Float32Array
  /** Of a feature that no example has. */
  unknownIdf: number
  vectors: Vectors
  /** How many different features each example has. */
  sizes: Uint16Array
  spell: Speller
}

/** The text of a question as numbers, in the bank's words. */
export interface Question {
  feature: number[]
  weight: number[]
  /** Which part of its weight the examples know at all. */
  coverage: number
  features: Features
}

/** One example after the other: of its features only the numbers are kept, so that little is held while there are many. */
export function createBank(entries: readonly MatcherEntry[]): Bank {
  const examples = entries.flatMap(examplesOf)
  const numbers = new Map<string, number>()
  const frequency: number[] = []
  const sizes = new Uint16Array(examples.length)
  const start = new Int32Array(examples.length + 1)
  let feature = new Int32Array(1024)
  let weight = new Float32Array(1024)
  let at = 0
  examples.forEach(({ text }, row) => {
    const features = featuresOf(text)
    sizes[row] = features.size
    feature = roomFor(feature, at + features.size)
    weight = roomFor(weight, at + features.size)
    for (const [name, count] of features) {
      const number = numbers.get(name) ?? numbers.size
      if (number === numbers.size) numbers.set(name, number)
      frequency[number] = (frequency[number] ?? 0) + 1
      feature[at] = number
      weight[at++] = count
    }
    start[row + 1] = at
  })
  const idf = Float32Array.from(frequency, (count) => Math.log(1 + (examples.length + 1) / (count + 0.5)))
  const vectors = { start, feature: feature.slice(0, at), weight: weight.slice(0, at) }
  weigh(vectors, idf)
  let speller: Speller | undefined
  return {
    entries: entries.length,
    examples,
    firstOf: firstOf(entries.length, examples),
    numbers,
    idf,
    unknownIdf: Math.log(1 + (examples.length + 1) / 0.5),
    vectors,
    sizes,
    // Made when somebody asks: whoever only learns does not.
    spell(word) {
      speller ??= createSpeller(wordsOf(numbers, frequency))
      return speller(word)
    },
  }
}

/** The same numbers in an array that is long enough, twice as long each time. */
function roomFor<T extends Int32Array | Float32Array>(array: T, length: number): T {
  if (length <= array.length) return array
  const longer = new (array.constructor as new (length: number) => T)(Math.max(length, array.length * 2))
  longer.set(array)
  return longer
}

export function questionOf(text: string, bank: Bank): Question {
  const features = featuresOf(text, bank.spell)
  const question: Question = { feature: [], weight: [], coverage: 0, features }
  let known = 0
  let all = 0
  let squares = 0
  for (const [name, count] of features) {
    const number = bank.numbers.get(name)
    // Words that no example has are a sign that something else is meant; a beginning or an end is none.
    if (number === undefined && isEdge(name)) continue
    const weight = sublinear(count) * (number === undefined ? bank.unknownIdf : (bank.idf[number] as number))
    all += weight
    squares += weight * weight
    if (number === undefined) continue
    known += weight
    question.feature.push(number)
    question.weight.push(weight)
  }
  const length = Math.sqrt(squares) || 1
  for (let at = 0; at < question.weight.length; at++) question.weight[at] = (question.weight[at] as number) / length
  question.coverage = all === 0 ? 0 : known / all
  return question
}

function wordsOf(numbers: Map<string, number>, frequency: number[]): Map<string, number> {
  const words = [...numbers].flatMap(([feature, number]): [string, number][] =>
    feature.startsWith('w:') ? [[feature.slice(2), frequency[number] as number]] : [],
  )
  return new Map(words)
}

function firstOf(entries: number, examples: Example[]): Int32Array {
  const first = new Int32Array(entries).fill(examples.length)
  for (let at = examples.length - 1; at >= 0; at--) first[examples[at]?.entry ?? 0] = at
  return first
}

/** Counts are weighted: below one they are words without a topic. */
function sublinear(count: number): number {
  return count <= 1 ? count : 1 + Math.log(count)
}

/** Averages are made of the examples of one entry in one script. */
export function groupsOf({ examples }: Bank): { groupOf: Int32Array; entryOf: number[] } {
  const known = new Map<string, number>()
  const entryOf: number[] = []
  const groupOf = Int32Array.from(examples, ({ entry, text }) => {
    const key = `${entry} ${scriptOf(text)}`
    const group = known.get(key) ?? known.size
    if (group === known.size) {
      known.set(key, group)
      entryOf.push(entry)
    }
    return group
  })
  return { groupOf, entryOf }
}

function examplesOf({ ask, titles }: MatcherEntry, entry: number): Example[] {
  const seen = new Set<string>()
  return [...ask, ...titles].flatMap((text) => {
    const key = phraseKey(text)
    if (!key || seen.has(key)) return []
    seen.add(key)
    return [{ entry, text }]
  })
}

/** Counts become weights, and each example as long as every other. */
function weigh({ start, feature, weight }: Vectors, idf: Float32Array): void {
  for (let row = 0; row + 1 < start.length; row++) {
    const [from, to] = [start[row] as number, start[row + 1] as number]
    let squares = 0
    for (let at = from; at < to; at++) {
      const value = sublinear(weight[at] as number) * (idf[feature[at] as number] as number)
      weight[at] = value
      squares += value * value
    }
    const length = Math.sqrt(squares) || 1
    for (let at = from; at < to; at++) weight[at] = (weight[at] as number) / length
  }
}
