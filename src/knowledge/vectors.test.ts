import { expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import { decide, likeness, type Meaning, rankByMeaning, thresholdOf, type Vector, vectorOf } from './vectors.ts'

const vector = (...numbers: number[]): Vector => vectorOf(numbers) as Vector

/** Three subjects on three axes, each with phrases that lean a little aside. */
const meanings: Meaning[] = ['a', 'b', 'c'].map((id, axis) => ({
  id,
  vectors: [0, 0.1, 0.2, 0.3].map((aside) => vector(...[0, 1, 2].map((one) => (one === axis ? 1 : aside)))),
}))

test('a byte for each dimension keeps the likeness within a hundredth', () => {
  const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 64, maxLength: 64 })
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      const [x, y] = [vectorOf(a), vectorOf(b)]
      if (!x || !y) return
      const dot = a.reduce((sum, one, n) => sum + one * (b[n] as number), 0)
      const exact = dot / (Math.hypot(...a) * Math.hypot(...b))
      expect(Math.abs(likeness(x, y) - exact)).toBeLessThan(0.02)
    }),
  )
})

test('what has no direction is no vector, and vectors of two models are not alike', () => {
  expect(vectorOf([0, 0, 0])).toBeUndefined()
  expect(vectorOf([Number.NaN, 1])).toBeUndefined()
  expect(vectorOf([Number.POSITIVE_INFINITY, 1])).toBeUndefined()
  expect(likeness(vector(1, 0), vector(1, 0, 0))).toBe(0)
})

test('the entry whose phrase is nearest comes first', () => {
  expect(rankByMeaning(vector(0.1, 1, 0.2), meanings).map(({ id }) => id)).toEqual(['b', 'c', 'a'])
})

test('the threshold is learnt from the entries: between their own phrases and those of others', () => {
  const threshold = thresholdOf(meanings)
  const decided = (question: Vector) => decide(rankByMeaning(question, meanings), threshold)
  expect(decided(vector(1, 0.05, 0.05))).toEqual({ entry: 'a' })
  expect(decided(vector(1, 1, 1)).entry).toBeUndefined()
  expect(decided(vector(-1, 0, 0))).toEqual({})
})

test('with too little to learn from it is cautious, and two entries alike are asked about', () => {
  expect(thresholdOf([{ id: 'a', vectors: [vector(1, 0)] }])).toBe(0.8)
  expect(
    decide(
      [
        { id: 'a', score: 0.95 },
        { id: 'b', score: 0.945 },
      ],
      0.8,
    ),
  ).toEqual({ suggest: ['a', 'b'] })
  expect(decide([], 0.8)).toEqual({})
})

test('below its threshold nothing is answered: what is near is asked about, what is far is nothing', () => {
  const alone = (score: number) => decide([{ id: 'a', score }], 0.8)
  expect([alone(0.8), alone(0.799), alone(0.71), alone(0.7)]).toEqual([{ entry: 'a' }, { suggest: ['a'] }, { suggest: ['a'] }, {}])
})
