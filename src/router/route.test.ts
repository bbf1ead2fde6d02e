import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Priority, RoutableAgent, Waiting } from './contract.ts'
import { route } from './route.ts'

const now = new Date('2026-03-02T08:00:00Z')
const at = (minute: number) => new Date(now.getTime() - (60 - minute) * 60_000)

function agent(id: string, more: Partial<RoutableAgent> = {}): RoutableAgent {
  return { id, skills: ['sales'], presence: 'online', capacity: 2, load: 0, lastAssignedAt: null, ...more }
}

function wait(conversation: string, more: Partial<Waiting> = {}): Waiting {
  return { conversation, skill: 'sales', priority: 'normal', queuedAt: at(0), ...more }
}

const plan = (waiting: Waiting[], agents: RoutableAgent[], handlingMinutes: number[] = []) =>
  route(waiting, agents, { handlingMinutes }, now)
const pairs = (waiting: Waiting[], agents: RoutableAgent[]) =>
  plan(waiting, agents).assignments.map((given) => `${given.conversation}>${given.agent}`)

describe('who gets whom', () => {
  test('the least loaded able agent comes first', () => {
    expect(pairs([wait('a')], [agent('busy', { load: 1 }), agent('idle')])).toEqual(['a>idle'])
  })

  test('of the equally loaded, the one longest without a new conversation', () => {
    const agents = [agent('lately', { lastAssignedAt: at(50) }), agent('before', { lastAssignedAt: at(10) })]
    expect(pairs([wait('a')], agents)).toEqual(['a>before'])
    expect(pairs([wait('a')], [...agents, agent('never')])).toEqual(['a>never'])
  })

  test('two who wait are spread over two agents', () => {
    expect(
      pairs([wait('a'), wait('b', { queuedAt: at(1) })], [agent('x', { lastAssignedAt: at(1) }), agent('y', { lastAssignedAt: at(2) })]),
    ).toEqual(['a>x', 'b>y'])
  })

  test('skill, presence and capacity are respected', () => {
    expect(pairs([wait('a', { skill: 'tech' })], [agent('x')])).toEqual([])
    expect(pairs([wait('a')], [agent('x', { presence: 'away' }), agent('y', { presence: 'offline' })])).toEqual([])
    expect(pairs([wait('a')], [agent('x', { load: 2 })])).toEqual([])
    expect(pairs([wait('a', { skill: null })], [agent('x', { skills: [] })])).toEqual(['a>x'])
  })

  test('whoever gave it back does not get it again', () => {
    expect(pairs([wait('a', { not: ['x'] })], [agent('x'), agent('y', { load: 1 })])).toEqual(['a>y'])
    expect(pairs([wait('a', { not: ['x'] })], [agent('x')])).toEqual([])
  })

  test('urgent ones come before those who waited longer', () => {
    const waiting = [wait('long'), wait('vip', { priority: 'urgent', queuedAt: at(30) })]
    expect(pairs(waiting, [agent('x', { capacity: 1 })])).toEqual(['vip>x'])
  })

  test('one whom nobody can serve does not hold up those behind', () => {
    expect(pairs([wait('a', { skill: 'tech', priority: 'urgent' }), wait('b')], [agent('x')])).toEqual(['b>x'])
  })
})

describe('places and waits', () => {
  const full = [agent('x', { load: 2 }), agent('y', { load: 2 })]

  test('the place counts those of the same skill ahead', () => {
    const waiting = [
      wait('s1'),
      wait('t1', { skill: 'tech', queuedAt: at(1) }),
      wait('s2', { queuedAt: at(2) }),
      wait('any', { skill: null, queuedAt: at(3) }),
    ]
    expect(plan(waiting, full).queue.map(({ conversation, place }) => [conversation, place])).toEqual([
      ['s1', 1],
      ['t1', 1],
      ['s2', 2],
      ['any', 4],
    ])
  })

  test('the wait is place × usual time ÷ able agents online, and unknown without history', () => {
    const waiting = [wait('a'), wait('b', { queuedAt: at(1) }), wait('c', { queuedAt: at(2) })]
    expect(plan(waiting, full, [100, 4, 6]).queue.map(({ minutes }) => minutes)).toEqual([3, 6, 9])
    expect(plan(waiting, [], [5]).queue.map(({ minutes }) => minutes)).toEqual([5, 10, 15])
    expect(plan(waiting, full).queue[0]).not.toHaveProperty('minutes')
  })
})

describe('for any queue and any agents', () => {
  const skills = ['sales', 'tech', 'returns']
  const anyAgent = fc.record({
    skills: fc.subarray(skills),
    presence: fc.constantFrom('online' as const, 'away' as const, 'offline' as const),
    capacity: fc.integer({ min: 0, max: 4 }),
    load: fc.integer({ min: 0, max: 5 }),
    lastAssignedAt: fc.option(fc.integer({ min: 0, max: 59 }).map(at)),
  })
  const anyWait = fc.record({
    skill: fc.option(fc.constantFrom(...skills)),
    priority: fc.constantFrom<Priority>('low', 'normal', 'high', 'urgent'),
    queuedAt: fc.integer({ min: 0, max: 59 }).map(at),
  })
  const world = fc.record({
    agents: fc.array(anyAgent, { maxLength: 6 }).map((list) => list.map((one, index): RoutableAgent => ({ id: `agent-${index}`, ...one }))),
    waiting: fc.array(anyWait, { maxLength: 12 }).map((list) => list.map((one, index): Waiting => ({ conversation: `c${index}`, ...one }))),
    handling: fc.array(fc.double({ min: 0, max: 90, noNaN: true }), { maxLength: 5 }),
  })
  const able = (one: RoutableAgent, entry: Waiting) =>
    one.presence === 'online' && (entry.skill === null || one.skills.includes(entry.skill))

  test('everybody is either given to an able agent or still waits, once', () => {
    fc.assert(
      fc.property(world, ({ agents, waiting, handling }) => {
        const { assignments, queue } = plan(waiting, agents, handling)
        expect([...assignments, ...queue].map(({ conversation }) => conversation).sort()).toEqual(
          waiting.map(({ conversation }) => conversation).sort(),
        )
        for (const given of assignments) {
          const entry = waiting.find(({ conversation }) => conversation === given.conversation) as Waiting
          expect(able(agents.find(({ id }) => id === given.agent) as RoutableAgent, entry)).toBe(true)
        }
      }),
    )
  })

  test('nobody gets more than their capacity, and nobody waits while an able agent has room', () => {
    fc.assert(
      fc.property(world, ({ agents, waiting, handling }) => {
        const { assignments, queue } = plan(waiting, agents, handling)
        const load = (one: RoutableAgent) => one.load + assignments.filter((given) => given.agent === one.id).length
        for (const one of agents) expect(load(one)).toBeLessThanOrEqual(Math.max(one.capacity, one.load))
        for (const entry of queue) expect(agents.some((one) => able(one, entry) && load(one) < one.capacity)).toBe(false)
      }),
    )
  })

  test('the order is kept: nobody is served before one of the same skill who is ahead', () => {
    const order = { urgent: 0, high: 1, normal: 2, low: 3 }
    fc.assert(
      fc.property(world, ({ agents, waiting, handling }) => {
        const { assignments, queue } = plan(waiting, agents, handling)
        const served = assignments.map((given) => waiting.find(({ conversation }) => conversation === given.conversation) as Waiting)
        for (const late of queue) {
          for (const early of served.filter(({ skill }) => skill === late.skill)) {
            const first = order[early.priority] - order[late.priority] || early.queuedAt.getTime() - late.queuedAt.getTime()
            expect(first).toBeLessThanOrEqual(0)
          }
        }
        const places = queue.map(({ skill, place }) => ({ skill, place }))
        for (const skill of new Set(places.map((one) => one.skill))) {
          const own = places.filter((one) => one.skill === skill).map(({ place }) => place)
          expect(own).toEqual([...new Set(own)].sort((a, b) => a - b))
        }
      }),
    )
  })
})
