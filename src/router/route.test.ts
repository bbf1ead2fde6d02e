import { describe, expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import type { Kind, Mode, Plan, Priority, RoutableAgent, Waiting } from './contract.ts'
import { route } from './route.ts'

const now = new Date('2026-03-02T08:00:00Z')
const at = (minute: number) => new Date(now.getTime() - (60 - minute) * 60_000)

type Given = Omit<Partial<RoutableAgent>, 'skills' | 'load'> & { skills?: string[] | Record<string, number>; load?: number }

function agent(id: string, { skills = ['sales'], load = 0, ...more }: Given = {}): RoutableAgent {
  const levels = new Map(Array.isArray(skills) ? skills.map((one) => [one, 1]) : Object.entries(skills))
  return { id, skills: levels, presence: 'online', capacity: 2, load: { chat: load, async: 0 }, lastAssignedAt: null, ...more }
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

  // zammad#854 zammad#1581 zammad PR#1574: tickets are not shared out at all.
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

  // chatwoot PR#13999: everybody’s place is the length of the queue.
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

describe('what a conversation asks for', () => {
  test('a level: who is below it is not given it', () => {
    const agents = [agent('novice', { skills: { sales: 1 } }), agent('expert', { skills: { sales: 3 }, load: 1 })]
    expect(pairs([wait('a', { level: 2 })], agents)).toEqual(['a>expert'])
    expect(pairs([wait('a', { level: 4 })], agents)).toEqual([])
  })

  test('of the equally loaded the best at it comes first', () => {
    expect(
      pairs([wait('a')], [agent('x', { skills: { sales: 1 } }), agent('y', { skills: { sales: 3 }, lastAssignedAt: at(59) })]),
    ).toEqual(['a>y'])
  })

  test('further skills are looked for only so long', () => {
    const wishes = [{ id: 'returns', level: 1, seconds: 60 }]
    const fresh = wait('a', { wishes, queuedAt: new Date(now.getTime() - 59_000) })
    expect(pairs([fresh], [agent('x')])).toEqual([])
    expect(pairs([fresh], [agent('x'), agent('y', { skills: ['sales', 'returns'], load: 1 })])).toEqual(['a>y'])
    const later = wait('a', { wishes, queuedAt: new Date(now.getTime() - 60_000) })
    expect(plan([later], [agent('x')]).assignments).toEqual([
      { conversation: 'a', agent: 'x', why: { able: 1, free: 1, level: 1, load: 0, dropped: ['returns'] } },
    ])
  })

  test('the language is looked for only so long, and who names none speaks all', () => {
    const language = { id: 'en', seconds: 120 }
    const fresh = wait('a', { language, queuedAt: new Date(now.getTime() - 119_000) })
    expect(pairs([fresh], [agent('x', { languages: ['zh'] })])).toEqual([])
    expect(pairs([fresh], [agent('x', { languages: ['zh'] }), agent('y', { load: 1 })])).toEqual(['a>y'])
    expect(pairs([{ ...fresh, queuedAt: at(0) }], [agent('x', { languages: ['zh'] })])).toEqual(['a>x'])
    expect(
      pairs(
        [{ ...fresh, queuedAt: at(0), language: { id: 'en', seconds: Number.POSITIVE_INFINITY } }],
        [agent('x', { languages: ['zh'] })],
      ),
    ).toEqual([])
  })

  test('teams: its own people first, others after so long', () => {
    const north = agent('north', { team: 'north', load: 1 })
    const south = agent('south', { team: 'south', skills: ['tech'] })
    const entry = wait('a', { teams: ['north'], overflow: [{ team: 'south', seconds: 60 }], queuedAt: new Date(now.getTime() - 59_000) })
    expect(pairs([entry], [south])).toEqual([])
    const old = { ...entry, queuedAt: at(0) }
    expect(pairs([old], [south, north])).toEqual(['a>north'])
    expect(plan([old], [south]).assignments).toMatchObject([{ agent: 'south', why: { helps: true } }])
  })

  test('another skill may help out after so long', () => {
    const entry = wait('a', { overflow: [{ skill: 'tech', seconds: 30 }] })
    expect(pairs([entry], [agent('t', { skills: ['tech'] })])).toEqual(['a>t'])
    expect(pairs([{ ...entry, queuedAt: now }], [agent('t', { skills: ['tech'] })])).toEqual([])
  })

  test('nothing is given to somebody off shift', () => {
    expect(pairs([wait('a')], [agent('x', { offShift: true })])).toEqual([])
  })

  test('talk and mail have places of their own where the agent says so, and share them otherwise', () => {
    const apart = agent('x', { capacity: { chat: 1, async: 1 }, load: 1 })
    expect(pairs([wait('talk'), wait('mail', { kind: 'async' })], [apart])).toEqual(['mail>x'])
    expect(pairs([wait('mail', { kind: 'async' })], [agent('x', { capacity: 1, load: 1 })])).toEqual([])
  })

  test('who served the customer last comes first, even with more in hand', () => {
    expect(pairs([wait('a', { last: 'y' })], [agent('x'), agent('y', { load: 1 })])).toEqual(['a>y'])
    expect(pairs([wait('a', { last: 'y' })], [agent('x'), agent('y', { load: 2 })])).toEqual(['a>x'])
  })

  test('who let it lie comes after the others, and gets it when there is nobody else', () => {
    expect(pairs([wait('a', { missed: ['x'], last: 'x' })], [agent('x'), agent('y', { load: 1 })])).toEqual(['a>y'])
    expect(pairs([wait('a', { missed: ['x'] })], [agent('x')])).toEqual(['a>x'])
  })

  test('VIPs come before others of their priority, and push their places back', () => {
    const waiting = [wait('long'), wait('vip', { vip: true, queuedAt: at(50) })]
    expect(pairs(waiting, [agent('x', { capacity: 1 })])).toEqual(['vip>x'])
    expect(plan(waiting, []).queue.map(({ conversation, place }) => [conversation, place])).toEqual([
      ['vip', 1],
      ['long', 2],
    ])
  })
})

describe('asking first', () => {
  const offers = (waiting: Waiting[], agents: RoutableAgent[]) =>
    plan(waiting, agents).offers.map(({ conversation, agents: asked }) => `${conversation}?${asked.join('+')}`)

  test('one is asked, and has a place less until they answer', () => {
    const waiting = [wait('a', { mode: 'offer' }), wait('b', { mode: 'offer', queuedAt: at(1) })]
    expect(offers(waiting, [agent('x', { capacity: 1 }), agent('y', { load: 1, capacity: 2 })])).toEqual(['a?x', 'b?y'])
    expect(offers(waiting, [agent('x', { capacity: 1 })])).toEqual(['a?x'])
    const asked = [wait('a', { mode: 'offer', asked: ['x'] }), wait('b', { mode: 'offer', queuedAt: at(1) })]
    expect(offers(asked, [agent('x', { capacity: 1 })])).toEqual([])
    expect(plan(asked, [agent('x', { capacity: 1 })]).queue.map(({ why }) => why.reason)).toEqual(['asked', 'full'])
  })

  test('who was asked and left is asked no more, and the next one is', () => {
    const gone = agent('x', { presence: 'away' })
    expect(plan([wait('a', { mode: 'offer', asked: ['x'] })], [gone, agent('y')])).toMatchObject({
      withdrawn: ['a'],
      offers: [{ conversation: 'a', agents: ['y'] }],
    })
    expect(plan([wait('a', { mode: 'offer', asked: ['x'], not: ['x'] })], [agent('x')])).toMatchObject({ withdrawn: ['a'], offers: [] })
  })

  test('all who could and have room are asked, each about three at most', () => {
    const waiting = ['a', 'b', 'c', 'd'].map((id, n) => wait(id, { mode: 'broadcast', queuedAt: at(n) }))
    const agents = [agent('x'), agent('y'), agent('full', { load: 2 })]
    expect(offers(waiting, agents)).toEqual(['a?x+y', 'b?x+y', 'c?x+y'])
  })

  test('where agents take conversations themselves nobody is given or asked anything', () => {
    const { assignments, offers: asked, queue } = plan([wait('a', { mode: 'claim' })], [agent('x')])
    expect([assignments, asked, queue[0]?.why]).toEqual([[], [], { reason: 'claim', counts: {} }])
  })
})

test('why somebody waits is what keeps the agent who is nearest to it, and how many are kept by what', () => {
  const why = (entry: Waiting, agents: RoutableAgent[]) => plan([entry], agents).queue[0]?.why
  const tech = agent('t', { skills: ['tech'] })
  expect(why(wait('a'), [])).toEqual({ reason: 'skill', counts: {} })
  expect(why(wait('a'), [tech, agent('x', { load: 2 }), agent('y', { presence: 'away' })])).toEqual({
    reason: 'full',
    counts: { skill: 1, full: 1, away: 1 },
  })
  expect(why(wait('a'), [tech, agent('y', { presence: 'offline' }), agent('z', { offShift: true })])?.reason).toBe('shift')
  expect(why(wait('a', { not: ['x'] }), [tech, agent('x')])).toEqual({ reason: 'declined', counts: { skill: 1, declined: 1 } })
  expect(why(wait('a', { level: 2 }), [tech, agent('x')])?.reason).toBe('level')
})

describe('for any queue and any agents', () => {
  const skills = ['sales', 'tech', 'returns']
  const teams = ['north', 'south']
  const anyAgent = fc.record(
    {
      skills: fc.dictionary(fc.constantFrom(...skills), fc.integer({ min: 1, max: 3 })).map((levels) => new Map(Object.entries(levels))),
      languages: fc.subarray(['zh', 'en'], { minLength: 1 }),
      team: fc.constantFrom(...teams),
      presence: fc.constantFrom('online' as const, 'online' as const, 'away' as const, 'offline' as const),
      offShift: fc.boolean(),
      capacity: fc.oneof(
        fc.integer({ min: 0, max: 4 }),
        fc.record({ chat: fc.integer({ min: 0, max: 3 }), async: fc.integer({ min: 0, max: 3 }) }),
      ),
      load: fc.record({ chat: fc.integer({ min: 0, max: 3 }), async: fc.integer({ min: 0, max: 2 }) }),
      lastAssignedAt: fc.option(fc.integer({ min: 0, max: 59 }).map(at)),
      overflow: fc.constantFrom(false, false, false, true),
    },
    { requiredKeys: ['skills', 'presence', 'capacity', 'load', 'lastAssignedAt'] },
  )
  const ids = fc.subarray(['agent-0', 'agent-1', 'agent-2', 'agent-3'], { maxLength: 2 })
  const seconds = fc.constantFrom(0, 60, 1_800, 4_000)
  const anyWait = fc.record(
    {
      skill: fc.option(fc.constantFrom(...skills)),
      level: fc.integer({ min: 1, max: 3 }),
      wishes: fc.array(fc.record({ id: fc.constantFrom(...skills), level: fc.integer({ min: 1, max: 2 }), seconds }), { maxLength: 2 }),
      language: fc.record({ id: fc.constantFrom('zh', 'en'), seconds }),
      teams: fc.subarray(teams, { minLength: 1 }),
      overflow: fc.array(
        fc.oneof(fc.record({ team: fc.constantFrom(...teams), seconds }), fc.record({ skill: fc.constantFrom(...skills), seconds })),
        { maxLength: 2 },
      ),
      kind: fc.constantFrom<Kind>('chat', 'async'),
      mode: fc.constantFrom<Mode>('auto', 'auto', 'offer', 'broadcast', 'claim'),
      priority: fc.constantFrom<Priority>('low', 'normal', 'high', 'urgent'),
      vip: fc.boolean(),
      queuedAt: fc.integer({ min: 0, max: 59 }).map(at),
      not: ids,
      missed: ids,
      asked: ids,
      last: fc.constantFrom('agent-0', 'agent-1'),
    },
    { requiredKeys: ['skill', 'priority', 'queuedAt'] },
  )
  const world = fc.record({
    agents: fc.array(anyAgent, { maxLength: 6 }).map((list) => list.map((one, index): RoutableAgent => ({ id: `agent-${index}`, ...one }))),
    waiting: fc.array(anyWait, { maxLength: 12 }).map((list) => list.map((one, index): Waiting => ({ conversation: `c${index}`, ...one }))),
    handling: fc.array(fc.double({ min: 0, max: 90, noNaN: true }), { maxLength: 5 }),
  })
  const runs = { numRuns: process.env.FRONTDESK_CHAOS === 'full' ? 20_000 : 300 }

  /** Written again from the words of docs/routing.md, without a look at the router: may this agent be given this, room aside? */
  function able(one: RoutableAgent, entry: Waiting): boolean {
    const waited = (now.getTime() - entry.queuedAt.getTime()) / 1000
    if (one.presence !== 'online' || one.offShift || entry.not?.includes(one.id)) return false
    if (entry.language && one.languages && waited < entry.language.seconds && !one.languages.includes(entry.language.id)) return false
    if (one.overflow) return true
    for (const help of entry.overflow ?? []) {
      if (waited < help.seconds) continue
      if (help.team ? one.team === help.team : one.skills.has(help.skill ?? '')) return true
    }
    if (entry.skill !== null && !((one.skills.get(entry.skill) ?? 0) >= (entry.level ?? 1))) return false
    if (entry.teams && !entry.teams.some((team) => team === one.team)) return false
    return (entry.wishes ?? []).every((wish) => waited >= wish.seconds || (one.skills.get(wish.id) ?? 0) >= wish.level)
  }

  interface Held {
    chat: number
    async: number
    questions: number
  }

  /** What each agent holds once the plan is carried out: what they had, what they are given, and the places that questions keep. */
  function held(
    { agents, waiting }: { agents: RoutableAgent[]; waiting: Waiting[] },
    { assignments, offers, withdrawn }: Plan,
  ): Map<string, Held> {
    const all = new Map(agents.map(({ id, load }) => [id, { ...load, questions: 0 }]))
    const hold = (id: string, entry: Waiting | undefined) => {
      const own = all.get(id)
      if (!own || !entry) return
      if (entry.mode === 'broadcast') own.questions += 1
      else own[entry.kind ?? 'chat'] += 1
    }
    const by = (conversation: string) => waiting.find((entry) => entry.conversation === conversation)
    for (const { conversation, agent: id } of assignments) hold(id, by(conversation))
    for (const { conversation, agents: asked } of offers) for (const id of asked) hold(id, by(conversation))
    const standing = waiting.filter(
      ({ asked, mode, conversation }) => asked && (mode === 'offer' || mode === 'broadcast') && !withdrawn.includes(conversation),
    )
    for (const entry of standing) for (const id of entry.asked ?? []) hold(id, entry)
    return all
  }

  function fits({ capacity }: RoutableAgent, { chat, async }: Held, kind: Kind, more: number): boolean {
    if (typeof capacity === 'number') return chat + async + more <= capacity
    return (kind === 'chat' ? chat : async) + more <= (kind === 'chat' ? capacity.chat : capacity.async)
  }

  test('everybody is either given to an able agent or still waits, once', () => {
    fc.assert(
      fc.property(world, ({ agents, waiting, handling }) => {
        const { assignments, offers, queue } = plan(waiting, agents, handling)
        expect([...assignments, ...queue].map(({ conversation }) => conversation).sort()).toEqual(
          waiting.map(({ conversation }) => conversation).sort(),
        )
        const given = [...assignments.map((one) => ({ ...one, agents: [one.agent] })), ...offers]
        for (const { conversation, agents: who } of given) {
          const entry = waiting.find((one) => one.conversation === conversation) as Waiting
          for (const id of who) expect(able(agents.find((one) => one.id === id) as RoutableAgent, entry)).toBe(true)
        }
        expect(offers.every(({ conversation }) => queue.some((one) => one.conversation === conversation))).toBe(true)
      }),
      runs,
    )
  })

  test('nobody gets more than their capacity, and nobody waits while an able agent is idle', () => {
    fc.assert(
      fc.property(world, ({ agents, waiting, handling }) => {
        const made = plan(waiting, agents, handling)
        const after = held({ agents, waiting }, made)
        const own = (one: RoutableAgent) => after.get(one.id) as Held
        const given = new Set([...made.assignments.map(({ agent: id }) => id), ...made.offers.flatMap((one) => one.agents)])
        for (const { conversation, agent: id } of made.assignments) {
          const one = agents.find((agent) => agent.id === id) as RoutableAgent
          expect(fits(one, own(one), waiting.find((entry) => entry.conversation === conversation)?.kind ?? 'chat', 0)).toBe(true)
        }
        expect([...given].every((id) => agents.some((one) => one.id === id))).toBe(true)
        for (const entry of made.queue) {
          if (entry.mode === 'claim' || entry.why.reason === 'asked') continue
          const idle = agents.find(
            (one) =>
              able(one, entry) && fits(one, own(one), entry.kind ?? 'chat', 1) && (entry.mode !== 'broadcast' || own(one).questions < 3),
          )
          expect(idle).toBeUndefined()
        }
      }),
      runs,
    )
  })

  test('the order is kept: nobody is served before one ahead who asks for the same', () => {
    const order = { urgent: 0, high: 1, normal: 2, low: 3 }
    const plain = ({ agents, waiting }: { agents: RoutableAgent[]; waiting: Waiting[] }) => ({
      agents,
      waiting: waiting.map(
        ({ conversation, skill, priority, vip, queuedAt }): Waiting => ({ conversation, skill, priority, vip, queuedAt }),
      ),
    })
    fc.assert(
      fc.property(world.map(plain), ({ agents, waiting }) => {
        const { assignments, queue } = plan(waiting, agents)
        const served = assignments.map((given) => waiting.find(({ conversation }) => conversation === given.conversation) as Waiting)
        for (const late of queue) {
          for (const early of served.filter(({ skill }) => skill === late.skill)) {
            const first =
              order[early.priority] - order[late.priority] ||
              Number(late.vip ?? false) - Number(early.vip ?? false) ||
              early.queuedAt.getTime() - late.queuedAt.getTime()
            expect(first).toBeLessThanOrEqual(0)
          }
        }
        const places = queue.map(({ skill, place }) => ({ skill, place }))
        for (const skill of new Set(places.map((one) => one.skill))) {
          const own = places.filter((one) => one.skill === skill).map(({ place }) => place)
          expect(own).toEqual([...new Set(own)].sort((a, b) => a - b))
        }
      }),
      runs,
    )
  })
})
