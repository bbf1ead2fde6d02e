// The phrases of all entries, as numbers: each feature has one, each example is a vector of length one.
import { phraseKey } from '../normalize.ts'
import { type Features, featuresOf, scriptOf } from './features.ts'
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

export function createBank(entries: readonly MatcherEntry[]): Bank {
  const examples = entries.flatMap(examplesOf)
  const found = examples.map(({ text }) => featuresOf(text))
  const numbers = new Map<string, number>()
  const frequency: number[] = []
  for (const features of found) {
    for (const feature of features.keys()) {
      const number = numbers.get(feature) ?? numbers.size
      if (number === numbers.size) numbers.set(feature, number)
      frequency[number] = (frequency[number] ?? 0) + 1
    }
  }
  const idf = Float32Array.from(frequency, (count) => Math.log(1 + (examples.length + 1) / (count + 0.5)))
  return {
    entries: entries.length,
    examples,
    firstOf: firstOf(entries.length, examples),
    numbers,
    idf,
    unknownIdf: Math.log(1 + (examples.length + 1) / 0.5),
    vectors: vectorsOf(found, numbers, idf),
    sizes: Uint16Array.from(found, ({ size }) => size),
    spell: createSpeller(wordsOf(numbers, frequency)),
  }
}

export function questionOf(text: string, bank: Bank): Question {
  const features = featuresOf(text, bank.spell)
  const question: Question = { feature: [], weight: [], coverage: 0, features }
  let known = 0
  let all = 0
  let squares = 0
  for (const [name, count] of features) {
    const number = bank.numbers.get(name)
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
export function sublinear(count: number): number {
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

function vectorsOf(found: Features[], numbers: Map<string, number>, idf: Float32Array): Vectors {
  const start = new Int32Array(found.length + 1)
  found.forEach((features, row) => {
    start[row + 1] = (start[row] as number) + features.size
  })
  const feature = new Int32Array(start[found.length] as number)
  const weight = new Float32Array(feature.length)
  found.forEach((features, row) => {
    const from = start[row] as number
    let at = from
    let squares = 0
    for (const [name, count] of features) {
      const number = numbers.get(name) as number
      const value = sublinear(count) * (idf[number] as number)
      feature[at] = number
      weight[at++] = value
      squares += value * value
    }
    const length = Math.sqrt(squares) || 1
    for (let i = from; i < at; i++) weight[i] = (weight[i] as number) / length
  })
  return { start, feature, weight }
}
