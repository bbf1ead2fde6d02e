import { describe, expect, test } from 'vitest'
import { createTargets, type Limits } from './targets.ts'

function bench({ limit, share = 1 }: { limit?: Limits; share?: number } = {}) {
  const clock = { ms: Date.parse('2026-11-22T08:00:00Z') }
  const targets = createTargets(
    { now: () => new Date(clock.ms), random: () => 0.5 },
    () => limit,
    () => share,
  )
  /** Sends all that may go; how many that were. */
  const flood = (id: string, wanted: number) => {
    let sent = 0
    while (sent < wanted && targets.admit(id)) sent += 1
    for (let n = 0; n < sent; n++) targets.freed(id)
    return sent
  }
  return { clock, targets, flood }
}

test('one target has at most half of the places on the wire, and another one still has its own', () => {
  const { targets } = bench()
  while (targets.admit('slow'));
  expect(targets.room('slow')).toBe(0)
  expect(targets.room('other')).toBe(48)
  targets.freed('slow')
  expect(targets.room('slow')).toBe(1)
})

test('what was let in before a rest began is told of it', () => {
  const { clock, targets } = bench()
  expect(targets.admit('tg')).toBe(true)
  expect(targets.restOf('tg')).toBeUndefined()
  const until = new Date(clock.ms + 2_000)
  targets.rest('tg', until, 'Too Many Requests')
  expect(targets.restOf('tg')).toEqual({ id: 'tg', until, reason: 'Too Many Requests' })
  clock.ms += 2_000
  expect(targets.restOf('tg')).toBeUndefined()
})

describe('the breaker', () => {
  test('opens after ten failures in a row, lets one go ahead after its rest, and closes when that arrived', () => {
    const { clock, targets } = bench()
    for (let n = 0; n < 9; n++) targets.failed('tg', 'transient')
    expect(targets.room('tg')).toBe(48)
    targets.failed('tg', 'transient')
    expect(targets.room('tg')).toBe(0)
    expect(targets.resting()).toMatchObject([{ id: 'tg', reason: expect.stringContaining('10 times') }])
    clock.ms += 1_000
    expect(targets.room('tg')).toBe(1)
    targets.succeeded('tg')
    expect(targets.room('tg')).toBe(48)
    expect(targets.resting()).toEqual([])
  })

  test('rests twice as long after each further failure, half a minute at most', () => {
    const { clock, targets } = bench()
    const rests: number[] = []
    for (let n = 0; n < 9; n++) targets.failed('tg', 'transient')
    for (let n = 0; n < 7; n++) {
      targets.failed('tg', 'transient')
      const until = targets.nextAt()?.getTime() ?? 0
      rests.push((until - clock.ms) / 1000)
      clock.ms = until
    }
    expect(rests).toEqual([1, 2, 4, 8, 16, 30, 30])
  })

  test('counts what fails at once as one: those on the wire when it opened add nothing', () => {
    const { clock, targets } = bench()
    for (let n = 0; n < 48; n++) targets.failed('tg', 'transient')
    expect((targets.nextAt()?.getTime() ?? 0) - clock.ms).toBe(1_000)
  })

  test('one success between them means well', () => {
    const { targets } = bench()
    for (let n = 0; n < 40; n++) {
      targets.failed('tg', 'transient')
      if (n % 9 === 0) targets.succeeded('tg')
    }
    expect(targets.room('tg')).toBe(48)
  })
})

describe('the rate', () => {
  test('is what the platform allows, shared among the processes', () => {
    const { clock, flood } = bench({ limit: { perSecond: 30, burst: 30 }, share: 3 })
    expect(flood('wx', 100)).toBe(10)
    clock.ms += 1_000
    expect(flood('wx', 100)).toBe(10)
  })

  test('is learnt from a platform that complains; one goes ahead, and it grows again as the platform bears it', () => {
    const { clock, targets, flood } = bench()
    expect(flood('tg', 40)).toBe(40)
    targets.failed('tg', 'rate_limited')
    targets.rest('tg', new Date(clock.ms + 3_000), 'Too Many Requests')
    clock.ms += 2_999
    expect(flood('tg', 40)).toBe(0)
    clock.ms += 1
    expect(targets.room('tg')).toBe(1)
    targets.succeeded('tg')
    expect(flood('tg', 40)).toBe(28)
    clock.ms += 1_000
    expect(flood('tg', 40)).toBe(28)
    clock.ms += 60_000
    flood('tg', 40)
    clock.ms += 1_000
    expect(flood('tg', 40)).toBeGreaterThan(28)
  })
})

test('a longer rest is not shortened by a shorter one', () => {
  const { clock, targets } = bench()
  targets.rest('tg', new Date(clock.ms + 30_000), 'wrong token')
  targets.rest('tg', new Date(clock.ms + 1_000), 'something else')
  clock.ms += 29_999
  expect(targets.room('tg')).toBe(0)
  expect(targets.resting()).toMatchObject([{ reason: 'wrong token' }])
})

test('who allows little from the start is not sent more after a complaint', () => {
  const { clock, targets, flood } = bench({ limit: { perSecond: 1, burst: 3 } })
  expect(flood('slack', 10)).toBe(3)
  targets.failed('slack', 'rate_limited')
  clock.ms += 5_000
  // Not faster than before: a rate learnt from a complaint used to be five a second at least.
  expect(flood('slack', 10)).toBe(1)
})

test('what the platform counts elsewhere takes no token, but a place', () => {
  const { targets } = bench({ limit: { perSecond: 1, burst: 2 } })
  for (let n = 0; n < 20; n++) expect(targets.admit('slack', true)).toBe(true)
  expect(targets.room('slack')).toBe(2)
  for (let n = 0; n < 20; n++) targets.freed('slack')
  expect([targets.admit('slack'), targets.admit('slack'), targets.admit('slack')]).toEqual([true, true, false])
})

test('a clock that is put back takes no tokens away: what the platform allows goes on going out', () => {
  const { clock, flood } = bench({ limit: { perSecond: 10, burst: 20 } })
  expect(flood('slack', 100)).toBe(20)
  clock.ms -= 8 * 3_600_000
  expect(flood('slack', 100)).toBe(0)
  clock.ms += 1_000
  expect(flood('slack', 100)).toBe(10)
})
