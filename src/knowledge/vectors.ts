// Entries by meaning: vectors that some model made of their phrases, and of a question. Which likeness is enough differs from model
// to model, so it is learnt from the entries themselves.

/** A vector of length one in a byte for each dimension: a quarter of the size, and no ranking changes that anybody would notice. */
export type Vector = Int8Array

export interface Meaning {
  id: string
  vectors: readonly Vector[]
}

const STEPS = 127

/** `undefined` for what is no vector. */
export function vectorOf(numbers: readonly number[]): Vector | undefined {
  const length = Math.hypot(...(numbers.length > 10_000 ? [Number.NaN] : numbers))
  if (!Number.isFinite(length) || length === 0) return undefined
  const largest = numbers.reduce((most, one) => Math.max(most, Math.abs(one)), 0)
  return Int8Array.from(numbers, (one) => Math.round((one / largest) * STEPS))
}

/** The cosine of two vectors, -1 to 1; 0 where they are not of one model. */
export function likeness(a: Vector, b: Vector): number {
  if (a.length !== b.length) return 0
  let [dot, left, right] = [0, 0, 0]
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] as number, b[at] as number]
    dot += x * y
    left += x * x
    right += y * y
  }
  return left === 0 || right === 0 ? 0 : dot / Math.sqrt(left * right)
}

/** Best first, as the nearest of its phrases is. */
export function rankByMeaning(question: Vector, meanings: readonly Meaning[]): { id: string; score: number }[] {
  return meanings.map(({ id, vectors }) => ({ id, score: nearest(question, vectors) })).sort((a, b) => b.score - a.score)
}

function nearest(question: Vector, vectors: readonly Vector[]): number {
  return vectors.reduce((best, one) => Math.max(best, likeness(question, one)), -1)
}

const FEWEST = 8
const MOST = 400
/** Where there is too little to learn from. High: an answer that is wrong costs more than a question. */
const CAUTIOUS = 0.8
const WRONG_AT_MOST = 0.1

/**
 * From which likeness on the first entry is meant. Each phrase is taken for a question once: without its entry it is one that has
 * no answer, and nine in ten of those must stay below; without itself it is one that has, and nine in ten answered must be right.
 * Where the two lie far apart it is halfway to what three in four of those that have an answer reach.
 */
export function thresholdOf(meanings: readonly Meaning[]): number {
  const phrases = meanings.flatMap(({ id, vectors }) => (vectors.length > 1 ? vectors.map((vector) => ({ id, vector })) : []))
  if (phrases.length < FEWEST || meanings.length < 2) return CAUTIOUS
  const step = Math.max(1, Math.floor(phrases.length / MOST))
  const tried = phrases
    .filter((_, n) => n % step === 0)
    .map(({ id, vector }) => {
      let [own, other] = [-1, -1]
      for (const meaning of meanings) {
        if (meaning.id === id)
          own = nearest(
            vector,
            meaning.vectors.filter((one) => one !== vector),
          )
        else other = Math.max(other, nearest(vector, meaning.vectors))
      }
      return { own, other }
    })
  const others = tried.map(({ other }) => other).sort((a, b) => a - b)
  const unknown = others[Math.floor(others.length * (1 - WRONG_AT_MOST))] ?? CAUTIOUS
  const owns = tried.map(({ own }) => own).sort((a, b) => a - b)
  const halfway = (unknown + (owns[Math.floor(owns.length / 4)] ?? unknown)) / 2
  let [answered, wrong, right] = [0, 0, 1]
  for (const { own, other } of tried.sort((a, b) => Math.max(b.own, b.other) - Math.max(a.own, a.other))) {
    answered++
    if (other >= own) wrong++
    if (wrong <= answered * WRONG_AT_MOST) right = Math.max(own, other)
  }
  const isRightThroughout = wrong <= answered * WRONG_AT_MOST
  return Math.min(0.99, Math.max(unknown, halfway, isRightThroughout ? -1 : right))
}

/** The second must be behind by so much: two entries alike are asked about. */
const LEAD = 0.02
/** What may be meant is this near to being sure. */
const MAYBE = 0.88

export function decide(ranked: readonly { id: string; score: number }[], threshold: number): { entry?: string; suggest?: string[] } {
  const [first, second] = ranked
  if (!first) return {}
  if (first.score >= threshold && first.score - (second?.score ?? -1) >= LEAD) return { entry: first.id }
  const maybe = ranked.filter(({ score }) => score >= threshold * MAYBE).slice(0, 3)
  return maybe.length > 0 ? { suggest: maybe.map(({ id }) => id) } : {}
}
