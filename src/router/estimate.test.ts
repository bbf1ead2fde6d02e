import { describe, expect, test } from 'vitest'
import { playShop, seeded, table } from '../../test/simulation/waits.ts'
import { estimateWaits, type Line } from './estimate.ts'

const lengths = Array.from({ length: 40 }, (_, n) => 5 + (n % 10))
const line = (more: Partial<Line>): Line => ({
  queue: [{ conversation: 'a', skill: 'sales', priority: 'normal' }],
  agents: [{ skills: ['sales'], capacity: 1, busy: [2] }],
  lengths,
  arrivals: [],
  window: 60,
  ...more,
})
const waiting = (count: number, skill: string | null = 'sales') =>
  Array.from({ length: count }, (_, n) => ({ conversation: `c${n}`, skill, priority: 'normal' as const }))

describe('the expected wait', () => {
  test('grows with the queue, shrinks with people, and counts who comes later and goes first', () => {
    const last = (more: Partial<Line>) => estimateWaits(line({ queue: waiting(5), ...more }), seeded(1)).get('c4')?.middle ?? Number.NaN
    const one = last({})
    expect(one).toBeGreaterThan(estimateWaits(line({ queue: waiting(2) }), seeded(1)).get('c1')?.middle ?? Number.NaN)
    expect(last({ agents: [line({}).agents[0], line({}).agents[0]].flatMap((agent) => agent ?? []) })).toBeLessThan(one)
    expect(last({ arrivals: [{ skill: 'sales', priority: 'urgent', count: 1 }] })).toBeGreaterThan(one + 3)
    expect(last({ arrivals: [{ skill: 'sales', priority: 'low', count: 50 }] })).toBeCloseTo(one, 0)
  })

  test('is nothing where too little is known, where nobody serves the skill, and where those who go first never end', () => {
    const of = (more: Partial<Line>) => estimateWaits(line(more), seeded(1)).size
    expect(of({})).toBe(1)
    expect(of({ lengths: [1, 2, 3, 4] })).toBe(0)
    expect(of({ agents: [] })).toBe(0)
    expect(of({ agents: [{ skills: ['tech'], capacity: 5, busy: [] }] })).toBe(0)
    expect(of({ arrivals: [{ skill: null, priority: 'urgent', count: 600 }] })).toBe(0)
    expect(of({ queue: [] })).toBe(0)
  })

  test('of the others is as if they were not there whom nobody here serves: no future is played on for them', () => {
    const odd = waiting(10, 'tech').map((one) => ({ ...one, conversation: `odd-${one.conversation}` }))
    const arrivals = ['sales', 'tech'].map((skill) => ({ skill, priority: 'urgent' as const, count: 2 }))
    const of = (queue: Line['queue'], counts: Line['arrivals']) => [...estimateWaits(line({ queue, arrivals: counts }), seeded(7))]
    expect(of([...odd, ...waiting(20), ...odd], arrivals)).toEqual(of(waiting(20), arrivals.slice(0, 1)))
  })

  test('is the same for the same chance, and never turned around', () => {
    const of = () => [...estimateWaits(line({ queue: waiting(8) }), seeded(7)).values()]
    expect(of()).toEqual(of())
    for (const { low, middle, high } of of()) expect(low <= middle && middle <= high).toBe(true)
  })

  test('waits out a conversation that has lasted longer than any known', () => {
    const estimate = estimateWaits(line({ agents: [{ skills: ['sales'], capacity: 1, busy: [500] }] }), seeded(3)).get('a')
    expect(estimate?.high).toBeGreaterThan(estimate?.low ?? 0)
    expect(Number.isFinite(estimate?.high)).toBe(true)
  })
})

/** How often chance is asked: what an estimate costs, on any machine. */
function cost(given: Line, isAsked?: (conversation: string) => boolean): { dice: number; told: number } {
  const random = seeded(5)
  let dice = 0
  const counted = () => {
    dice += 1
    return random()
  }
  return { told: estimateWaits(given, counted, isAsked).size, dice }
}

describe('the cost of an estimate', () => {
  const agents = Array.from({ length: 10 }, () => ({ skills: ['sales'], capacity: 3, busy: [1, 2, 3] }))

  test('is for those who are asked about: the long queue behind them is not played', () => {
    const line5000 = line({ queue: waiting(5_000), agents })
    const few = cost(line5000, (conversation) => Number(conversation.slice(1)) < 20)
    expect(few.told).toBe(20)
    expect(few.dice).toBeLessThan(15_000)
    const all = cost(line5000)
    expect(all.told).toBe(5_000)
    expect(all.dice).toBeLessThan(100_000)
    expect(cost(line5000, () => false)).toEqual({ told: 0, dice: 0 })
  })

  test('is the same interval whoever else is asked about', () => {
    const given = line({ queue: waiting(40), agents })
    const last = (isAsked?: (conversation: string) => boolean) => estimateWaits(given, seeded(7), isAsked).get('c39')
    expect(last((conversation) => conversation === 'c39')).toEqual(last())
  })

  test('is not spent on those who can be told nothing, since others go first for ever', () => {
    const arrivals = [{ skill: 'sales', priority: 'urgent' as const, count: 2_000 }]
    const { told, dice } = cost(line({ queue: waiting(500), agents, arrivals }))
    expect(told).toBe(0)
    // A play goes on for twelve times as long as the queue, and its dice are two or three for each who comes: some plays show it, not all.
    expect(dice).toBeLessThan(400_000)
  })
})

describe('the interval', () => {
  const full = process.env.FRONTDESK_CHAOS === 'full'

  test.each([
    [0.75, 3],
    [0.9, 2],
    [1.05, 1],
  ])('holds for four customers in five at a load of %s', (load, days) => {
    const played = playShop({ days: full ? 30 : days, load, seed: full ? Math.round(load * 100) : 11 })
    const told = table([played])
    expect(played.told, told).toBeGreaterThan(full ? 1_000 : 80)
    // A few days are a small sample; a month is held to the promise.
    const margin = full ? 0.05 : 0.1
    expect(Math.abs(played.coverage - 0.8), told).toBeLessThanOrEqual(margin)
    expect(played.coverageTold, told).toBeGreaterThanOrEqual(played.coverage)
  })
})
