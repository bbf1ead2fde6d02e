// What one look at the queue costs: two thousand who wait, two hundred who answer. The limit is to put the same queue into its order,
// which no router can do without; and twice the queue, or twice the team, must cost about twice as much, not four times. Beside it what it
// costs to estimate the wait of each of them: twice the queue must cost about twice as much there, too.
import type { RoutableAgent, Waiting } from '#router/contract.ts'
import { estimateWaits, type Line } from '#router/estimate.ts'
import { route } from '#router/route.ts'
import { figureOf } from '../lib/measure.ts'
import { type Context, emptyResult, type PartResult } from '../lib/report.ts'

const WAITING = 2_000
const AGENTS = 200
const NOW = new Date('2026-03-02T08:00:00Z')
const SKILLS = ['sales', 'returns', 'tech', 'billing', 'vip', 'install', 'parts', 'refunds']

/** The same queue and team each time: mixed skills, levels, languages, teams and waits; half of the places are taken. */
function crowd(waiting: number, agents: number): { waiting: Waiting[]; agents: RoutableAgent[] } {
  const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T
  return {
    waiting: Array.from(
      { length: waiting },
      (_, n): Waiting => ({
        conversation: `cnv_${n}`,
        skill: n % 11 === 0 ? null : pick(SKILLS, n * 7),
        level: 1 + (n % 3),
        wishes: n % 5 === 0 ? [{ id: pick(SKILLS, n), level: 1, seconds: 120 }] : [],
        language: { id: n % 4 === 0 ? 'en' : 'zh', seconds: 120 },
        overflow: n % 3 === 0 ? [{ team: 'north', seconds: 600 }] : [],
        priority: pick(['normal', 'normal', 'high', 'low', 'urgent'] as const, n * 3),
        vip: n % 17 === 0,
        queuedAt: new Date(NOW.getTime() - ((n * 7_919) % 3_600) * 1_000),
        last: `agent_${n % agents}`,
        ...(n % 13 === 0 && { not: [`agent_${(n * 31) % agents}`] }),
      }),
    ),
    agents: Array.from(
      { length: agents },
      (_, n): RoutableAgent => ({
        id: `agent_${n}`,
        skills: new Map([0, 1, 2].map((k) => [pick(SKILLS, n + k * 3), 1 + ((n + k) % 3)])),
        languages: n % 3 === 0 ? ['zh', 'en'] : ['zh'],
        team: n % 2 === 0 ? 'north' : 'south',
        presence: n % 10 === 0 ? 'away' : 'online',
        capacity: 6,
        load: { chat: 3, async: 0 },
        lastAssignedAt: new Date(NOW.getTime() - n * 1_000),
      }),
    ),
  }
}

/** The same queue for the estimates of waits: everybody has three conversations, and those who go first keep coming. */
function lineOf({ waiting, agents }: { waiting: Waiting[]; agents: RoutableAgent[] }): Line {
  const { queue } = route(waiting, [], { handlingMinutes: [] }, NOW)
  return {
    queue: queue.map(({ conversation, skill, priority }) => ({ conversation, skill, priority })),
    agents: agents.map(({ skills }, n) => ({ skills: [...skills.keys()], capacity: 6, busy: [n % 7, n % 11, n % 13] })),
    lengths: Array.from({ length: 100 }, (_, n) => 2 + ((n * 37) % 23)),
    arrivals: SKILLS.map((skill) => ({ skill, priority: 'urgent' as const, count: 4 })),
    window: 60,
  }
}

/** Milliseconds of one run, over as many as fit the time. */
function cost(run: () => unknown, ms: number): number {
  run()
  let runs = 0
  const from = performance.now()
  while (performance.now() - from < ms) {
    run()
    runs += 1
  }
  return (performance.now() - from) / runs
}

export async function routing(context: Context): Promise<PartResult> {
  const result = emptyResult('routing')
  context.plan(context.rounds * 6)
  const one = crowd(WAITING, AGENTS)
  const longer = crowd(WAITING * 2, AGENTS)
  const wider = crowd(WAITING, AGENTS * 2)
  const look = ({ waiting, agents }: typeof one) => route(waiting, agents, { handlingMinutes: [5] }, NOW)
  const order = () =>
    [...one.waiting].sort((a, b) => a.queuedAt.getTime() - b.queuedAt.getTime() || (a.conversation < b.conversation ? -1 : 1))
  const rounds = {
    order: [] as number[],
    one: [] as number[],
    longer: [] as number[],
    wider: [] as number[],
    waits: [] as number[],
    far: [] as number[],
  }
  const [near, far] = [lineOf(one), lineOf(longer)]
  const ms = context.seconds * 150
  for (let round = 0; round < context.rounds; round++) {
    for (const [name, run] of [
      ['order', order],
      ['one', () => look(one)],
      ['longer', () => look(longer)],
      ['wider', () => look(wider)],
      ['waits', () => estimateWaits(near, Math.random)],
      ['far', () => estimateWaits(far, Math.random)],
    ] as const) {
      context.step(`routing: ${name}, ${round + 1}/${context.rounds}`)
      rounds[name].push(cost(run, ms))
    }
  }
  const pairs = (limit: number[], ours: number[]) => ours.map((value, n) => ({ limit: limit[n] ?? Number.NaN, ours: value }))
  const figure = (id: string, title: string, against: string, value: number, limit: number[], ours: number[]) =>
    result.figures.push({
      ...figureOf({ id: `routing.${id}`, title, unit: 'ms', against }, pairs(limit, ours)),
      target: { at: 'most', value },
    })
  figure('look', `one look at ${WAITING} who wait and ${AGENTS} agents`, 'to sort that queue', 40, rounds.order, rounds.one)
  figure('longer', 'twice the queue', `${WAITING} who wait`, 2.6, rounds.one, rounds.longer)
  figure('wider', 'twice the team', `${AGENTS} agents`, 2.6, rounds.one, rounds.wider)
  figure('waits', `the wait of each of ${WAITING} who wait`, 'one look at them', 6, rounds.one, rounds.waits)
  figure('waits.longer', 'the waits of twice the queue', `${WAITING} who wait`, 2.6, rounds.waits, rounds.far)
  const { assignments, queue } = look(one)
  result.checks.push({
    title: 'everybody is given to somebody, or still waits',
    ok: assignments.length + queue.length === WAITING && assignments.length > 0,
    detail: `${assignments.length} given, ${queue.length} wait`,
  })
  return result
}
