import { expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import { type Surging, surgeOf } from './surge.ts'

const marks = { waiting: 10, perMinute: 100, calmMinutes: 5 }
const at = (minute: number) => new Date(Date.parse('2026-11-22T08:00:00Z') + minute * 60_000)

test('a surge begins at either mark and remembers when', () => {
  expect(surgeOf(marks, { waiting: 9, perMinute: 99 }, undefined, at(0))).toBeUndefined()
  expect(surgeOf(marks, { waiting: 10, perMinute: 0 }, undefined, at(0))).toEqual({ waiting: 10, perMinute: 0, since: at(0).toISOString() })
  const first = surgeOf(marks, { waiting: 0, perMinute: 100 }, undefined, at(0))
  expect(surgeOf(marks, { waiting: 12, perMinute: 3 }, first, at(1))?.since).toBe(at(0).toISOString())
})

test('it ends only after it was calm long enough without a break', () => {
  let surge = surgeOf(marks, { waiting: 10, perMinute: 0 }, undefined, at(0))
  const calm = { waiting: 1, perMinute: 1 }
  surge = surgeOf(marks, calm, surge, at(1))
  surge = surgeOf(marks, calm, surge, at(5))
  expect(surge).toMatchObject({ calmSince: at(1).toISOString() })
  surge = surgeOf(marks, { waiting: 11, perMinute: 0 }, surge, at(5.5))
  expect(surge?.calmSince).toBeUndefined()
  surge = surgeOf(marks, calm, surge, at(7))
  expect(surgeOf(marks, calm, surge, at(11.9))).toBeDefined()
  expect(surgeOf(marks, calm, surge, at(12))).toBeUndefined()
})

test('without marks there is never one, whatever comes', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (waiting, perMinute) => {
      expect(surgeOf({ calmMinutes: 5 }, { waiting, perMinute }, undefined as Surging | undefined, at(0))).toBeUndefined()
    }),
  )
})
