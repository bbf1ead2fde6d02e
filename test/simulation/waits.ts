// A month in a shop: who came, how long they waited, and what they were told when they came. The shop is played by itself, with no part of
// the estimator in it, so that what was told can be wrong.
import { type Estimate, estimateWaits, type Line } from '#router/estimate.ts'

export interface Shop {
  days: number
  /** How much of the people's time the customers ask for, in the middle hours of the day. */
  load: number
  seed: number
}

export interface Figures {
  load: number
  came: number
  waited: number
  /** Of those who waited and were told something. */
  told: number
  /** The wait lay within the interval; within it as it is told, in whole minutes. */
  coverage: number
  coverageTold: number
  /** Minutes. */
  meanWait: number
  meanError: number
  meanWidth: number
}

type Agent = { skills: string[]; capacity: number; busy: { since: number; until: number }[] }
type Customer = { id: string; skill: string; priority: 'normal' | 'high' | 'urgent'; at: number }

const DAY = 540
const MEAN = 11
const SPREAD = 0.8
const WINDOW = 60

/** Mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Log-normal, with the mean and spread of talks. */
function lengthOf(random: () => number): number {
  const sigma = Math.sqrt(Math.log(1 + SPREAD * SPREAD))
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return MEAN * Math.exp(sigma * normal - (sigma * sigma) / 2)
}

function staff(): Agent[] {
  const one = (skills: string[], capacity: number): Agent => ({ skills, capacity, busy: [] })
  return [one(['sales', 'tech'], 2), one(['sales'], 2), one(['sales'], 3), one(['sales'], 1), one(['tech'], 2), one(['tech', 'sales'], 2)]
}

/** Two waves a day, and quiet hours between them. */
function wave(minute: number): number {
  const hour = minute / 60
  return 0.55 + 0.5 * Math.exp(-((hour - 2) ** 2) / 1.2) + 0.45 * Math.exp(-((hour - 6.5) ** 2) / 1.5)
}

function customersOf(day: number, load: number, places: number, random: () => number): Customer[] {
  const top = (load * places) / MEAN
  const customers: Customer[] = []
  for (let at = 0, n = 0; ; n++) {
    at += -Math.log(1 - random()) / (top * 1.1)
    if (at >= DAY) return customers
    if (random() > wave(at) / 1.1) continue
    const dice = random()
    const priority = dice < 0.03 ? 'urgent' : dice < 0.15 ? 'high' : 'normal'
    customers.push({ id: `${day}-${n}`, skill: random() < 0.6 ? 'sales' : 'tech', priority, at })
  }
}

const RANK = { urgent: 0, high: 1, normal: 2 }

export function playShop({ days, load, seed }: Shop): Figures {
  const random = seeded(seed)
  const chance = seeded(seed + 1)
  const lengths: number[] = Array.from({ length: 100 }, () => lengthOf(random))
  const told: { wait: number; estimate: Estimate }[] = []
  let [came, waited] = [0, 0]
  for (let day = 0; day < days; day++) {
    const agents = staff()
    const places = agents.reduce((sum, { capacity }) => sum + capacity, 0)
    const customers = customersOf(day, load, places, random)
    came += customers.length
    const promised = new Map<string, Estimate>()
    const queue: Customer[] = []
    const give = (now: number) => {
      for (;;) {
        const at = queue.findIndex(({ skill }) =>
          agents.some((agent) => agent.skills.includes(skill) && agent.busy.length < agent.capacity),
        )
        const [customer] = at < 0 ? [] : queue.splice(at, 1)
        if (!customer) return
        const able = agents.filter((agent) => agent.skills.includes(customer.skill) && agent.busy.length < agent.capacity)
        const agent = able.reduce((a, b) => (b.busy.length < a.busy.length ? b : a))
        agent.busy.push({ since: now, until: now + lengthOf(random) })
        const estimate = promised.get(customer.id)
        if (estimate) told.push({ wait: now - customer.at, estimate })
        if (now > customer.at) waited += 1
      }
    }
    const finish = (until: number) => {
      for (;;) {
        const next = agents.flatMap((agent) => agent.busy.map((talk) => ({ agent, talk }))).sort((a, b) => a.talk.until - b.talk.until)[0]
        if (!next || next.talk.until > until) return
        next.agent.busy = next.agent.busy.filter((talk) => talk !== next.talk)
        lengths.push(next.talk.until - next.talk.since)
        give(next.talk.until)
      }
    }
    for (const customer of customers) {
      finish(customer.at)
      queue.push(customer)
      queue.sort((a, b) => RANK[a.priority] - RANK[b.priority] || a.at - b.at)
      give(customer.at)
      if (!queue.includes(customer)) continue
      const estimate = estimateWaits(lineOf(queue, agents, lengths, customers, customer.at), chance).get(customer.id)
      if (estimate) promised.set(customer.id, estimate)
    }
    finish(Number.POSITIVE_INFINITY)
  }
  return figures(load, came, waited, told)
}

/** What the house knows at that moment. */
function lineOf(queue: Customer[], agents: Agent[], lengths: number[], customers: Customer[], now: number): Line {
  const recent = customers.filter(({ at }) => at > now - WINDOW && at <= now)
  const kinds = new Map<string, Line['arrivals'][number]>()
  for (const { skill, priority } of recent) {
    const key = `${skill} ${priority}`
    kinds.set(key, { skill, priority, count: (kinds.get(key)?.count ?? 0) + 1 })
  }
  return {
    queue: queue.map(({ id, skill, priority }) => ({ conversation: id, skill, priority })),
    agents: agents.map(({ skills, capacity, busy }) => ({ skills, capacity, busy: busy.map(({ since }) => now - since) })),
    lengths: lengths.slice(-100),
    arrivals: [...kinds.values()],
    window: Math.min(WINDOW, Math.max(1, now)),
  }
}

function figures(load: number, came: number, waited: number, told: { wait: number; estimate: Estimate }[]): Figures {
  const mean = (of: (one: (typeof told)[number]) => number) => told.reduce((sum, one) => sum + of(one), 0) / Math.max(1, told.length)
  return {
    load,
    came,
    waited,
    told: told.length,
    coverage: mean(({ wait, estimate }) => Number(estimate.low <= wait && wait <= estimate.high)),
    coverageTold: mean(({ wait, estimate }) => Number(Math.floor(estimate.low) <= wait && wait <= Math.ceil(estimate.high))),
    meanWait: mean(({ wait }) => wait),
    meanError: mean(({ wait, estimate }) => Math.abs(wait - estimate.middle)),
    meanWidth: mean(({ estimate }) => estimate.high - estimate.low),
  }
}

export function table(rows: Figures[]): string {
  const head = ['load', 'came', 'waited', 'told', 'interval held', 'in whole minutes', 'mean wait', 'mean error', 'mean width']
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const minutes = (value: number) => `${value.toFixed(1)} min`
  const lines = rows.map((row) => [
    row.load.toFixed(2),
    String(row.came),
    String(row.waited),
    String(row.told),
    percent(row.coverage),
    percent(row.coverageTold),
    minutes(row.meanWait),
    minutes(row.meanError),
    minutes(row.meanWidth),
  ])
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
