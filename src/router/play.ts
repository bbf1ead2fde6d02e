// One future of the queue, for the estimates of waits: who comes free when, whom they take, who comes later and goes first. Nothing else is
// served by the process meanwhile: what is the same in every future is laid out once, and in plain numbers.
import { type Priority, rank } from './contract.ts'

export interface Line {
  /** Everybody who waits, in the order in which they will be served. */
  queue: { conversation: string; skill: string | null; priority: Priority }[]
  agents: {
    skills: readonly string[]
    capacity: number /** For how many minutes each of the agent's conversations has lasted. */
    busy: number[]
  }[]
  /** Minutes that conversations took lately. */
  lengths: readonly number[]
  /** Who came lately, and in how many minutes. */
  arrivals: { skill: string | null; priority: Priority; count: number }[]
  window: number
}

/** Of two keys the lower one goes first: by rank, then by who was there first. Exact far beyond any queue. */
const RANK = 2 ** 40
const NEVER = Number.POSITIVE_INFINITY
const LATER = -1
const NOBODY = -2

/** So many conversations begin in one play, or wait, for each who waits and each place: whoever still waits then waits for ever. */
const MOST_BEGUN = 12

/** What is the same in every future. */
interface Table {
  /**
   * Rows of people, each in its order: one row for each skill, then one for each kind of those who come later. With hundreds who wait for a
   * rare skill, to look past them all for each place that comes free would be most of the work.
   */
  rows: number[][]
  /** By position in the queue; `NEVER`: stands in no row. One more, with which each row of the queue ends. */
  keys: Float64Array
  standing: number
  kinds: { row: number; rank: number; count: number }[]
  window: number
  agents: Line['agents']
  /** Of each agent's places: the rows that they serve. */
  serves: number[][]
}

export interface Played {
  /** Of each in the queue, by position; infinite for those who were not served as far as it was played. */
  waits: Float64Array
  /** How many of those who were asked about were not served. */
  left: number
  /** What it cost. */
  steps: number
}

export interface Future {
  /** Does anybody here serve who stands at this position? */
  isServed(at: number): boolean
  /** Plays until those who are marked, `asked` in number, have been served. */
  play(lengths: readonly number[], marked: Uint8Array, asked: number): Played
}

export function createFuture(line: Line, random: () => number): Future {
  const table = openTable(line)
  const waiting = createWaiting(table)
  const places = createPlaces(table, random)
  const most = MOST_BEGUN * (table.standing + places.size)
  return {
    isServed: (at) => table.keys[at] !== NEVER,
    play(lengths, marked, asked) {
      const waits = new Float64Array(line.queue.length).fill(NEVER)
      let left = asked
      let steps = places.size
      waiting.open()
      const comers = createComers(table, random)
      places.open(lengths)
      for (let begun = 0; left > 0 && places.count() > 0 && begun < most; begun++, steps++) {
        const now = places.freeAt()
        for (; comers.next() <= now; comers.advance(), steps++) waiting.add(comers.who())
        if (waiting.count() > most) break
        const at = waiting.take(places.serves())
        if (at === NOBODY) {
          // Nobody for this agent until somebody comes.
          if (comers.next() === NEVER) places.remove()
          else places.moveTo(comers.next())
          continue
        }
        if (at >= 0) {
          waits[at] = now
          if (marked[at] === 1) left -= 1
        }
        places.moveTo(now + (lengths[Math.floor(random() * lengths.length)] as number))
      }
      return { waits, left, steps }
    },
  }
}

/** Whom nobody here can serve stands in no row: to play on until they are served would be most of the work, and for nothing. */
function openTable({ queue, agents, arrivals, window }: Line): Table {
  const names = new Map<string | null, number>([[null, 0]])
  for (const skill of agents.flatMap(({ skills, capacity }) => (capacity > 0 ? skills : []))) {
    if (!names.has(skill)) names.set(skill, names.size)
  }
  const rows = Array.from({ length: names.size }, (): number[] => [])
  const keys = new Float64Array(queue.length + 1).fill(NEVER)
  // In the router's order, whatever its reason: nobody counts for more than those who stand before them.
  let lowest = 0
  for (const [at, { skill, priority }] of queue.entries()) {
    const row = rows[names.get(skill) ?? -1]
    if (!row) continue
    lowest = Math.max(lowest, rank[priority])
    keys[at] = lowest * RANK + at
    row.push(at)
  }
  for (const row of rows) row.push(queue.length)
  const come = arrivals.filter(({ skill, priority, count }) => count > 0 && rank[priority] < lowest && names.has(skill))
  const rowsOf = (skill: string | null) =>
    [names.get(skill) ?? [], come.flatMap((one, n) => (one.skill === skill ? [names.size + n] : []))].flat()
  return {
    rows,
    keys,
    standing: rows.reduce((sum, row) => sum + row.length - 1, 0),
    kinds: come.map(({ priority, count }, n) => ({ row: names.size + n, rank: rank[priority], count })),
    window,
    agents,
    serves: agents.map(({ skills }) => [null, ...new Set(skills)].flatMap(rowsOf)),
  }
}

/** Who waits in one play. */
function createWaiting({ rows, keys, standing, kinds }: Table) {
  const first = new Int32Array(rows.length + kinds.length)
  /** The key of the first of each row. */
  const heads = new Float64Array(first.length)
  const came = kinds.map((): number[] => [])
  let [count, n] = [0, 0]
  return {
    open() {
      first.fill(0)
      heads.fill(NEVER)
      for (const [at, row] of rows.entries()) heads[at] = keys[row[0] as number] as number
      for (const row of came) row.length = 0
      count = standing
      n = keys.length
    },
    count: () => count,
    /** Behind their equals: those were there before. */
    add(kind: number) {
      const { row, rank } = kinds[kind] as Table['kinds'][number]
      const key = rank * RANK + n++
      ;(came[kind] as number[]).push(key)
      if (heads[row] === NEVER) heads[row] = key
      count += 1
    },
    /** The first of these rows: their position in the queue, `LATER` for who came later. */
    take(serves: readonly number[]): number {
      let best = -1
      let lowest = NEVER
      for (const row of serves) {
        const key = heads[row] as number
        if (key >= lowest) continue
        best = row
        lowest = key
      }
      if (best < 0) return NOBODY
      count -= 1
      const from = first[best] as number
      first[best] = from + 1
      if (best >= rows.length) {
        heads[best] = came[best - rows.length]?.[from + 1] ?? NEVER
        return LATER
      }
      const row = rows[best] as number[]
      heads[best] = keys[row[from + 1] as number] as number
      return row[from] as number
    },
  }
}

/** Those who will come and go before the last of the queue. How often is known only from how many came. */
function createComers({ kinds, window }: Table, random: () => number) {
  const rates = kinds.map(({ count }) => gamma(count, random) / window)
  const rate = rates.reduce((sum, one) => sum + one, 0)
  const gap = () => (rate > 0 ? -Math.log(1 - random()) / rate : NEVER)
  let next = gap()
  return {
    next: () => next,
    advance() {
      next += gap()
    },
    /** Of which kind the next one is. */
    who(): number {
      let at = random() * rate
      return Math.max(
        0,
        rates.findIndex((own) => {
          at -= own
          return at < 0
        }),
      )
    },
  }
}

/** Gamma(count): what the rate may have been when so many came. A sum of exponentials; for many, the normal that it nearly is. */
function gamma(count: number, random: () => number): number {
  if (count > 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, count + Math.sqrt(count) * normal)
  }
  let sum = 0
  for (let n = 0; n < count; n++) sum -= Math.log(1 - random())
  return sum
}

/** The places of all agents, in a heap: the one that comes free first is at its head, of those that come free at once the first. */
function createPlaces({ agents, serves }: Table, random: () => number) {
  const owners = Int32Array.from(agents.flatMap(({ capacity }, agent) => Array.from({ length: capacity }, () => agent)))
  const times = new Float64Array(owners.length)
  const heap = new Int32Array(owners.length)
  let count = 0
  const sink = (from: number) => {
    const place = heap[from] as number
    const time = times[place] as number
    let n = from
    for (let child = 2 * n + 1; child < count; child = 2 * n + 1) {
      let lower = heap[child] as number
      const right = child + 1 < count ? (heap[child + 1] as number) : lower
      const isRight = (times[right] as number) < (times[lower] as number) || (times[right] === times[lower] && right < lower)
      if (isRight) lower = right
      if ((times[lower] as number) > time || (times[lower] === time && lower > place)) break
      heap[n] = lower
      n = isRight ? child + 1 : child
    }
    heap[n] = place
  }
  return {
    size: owners.length,
    open(lengths: readonly number[]) {
      count = owners.length
      setFree(agents, lengths, random, times)
      for (let n = 0; n < count; n++) heap[n] = n
      for (let n = (count >> 1) - 1; n >= 0; n--) sink(n)
    },
    count: () => count,
    freeAt: () => times[heap[0] as number] as number,
    serves: () => serves[owners[heap[0] as number] as number] as number[],
    moveTo(time: number) {
      times[heap[0] as number] = time
      sink(0)
    },
    remove() {
      count -= 1
      heap[0] = heap[count] as number
      sink(0)
    },
  }
}

/** When each place comes free, agent by agent. */
function setFree(agents: Line['agents'], lengths: readonly number[], random: () => number, times: Float64Array): void {
  let from = 0
  for (const { capacity, busy } of agents) {
    const end = from + capacity
    for (let at = from; at < end; at++) times[at] = at - from < busy.length ? rest(lengths, busy[at - from] as number, random) : 0
    // Who has more than they may have must finish those first.
    for (let n = capacity; n < busy.length && capacity > 0; n++) {
      let first = from
      for (let at = from + 1; at < end; at++) if ((times[at] as number) < (times[first] as number)) first = at
      times[first] = (times[first] as number) + rest(lengths, busy[n] as number, random)
    }
    from = end
  }
}

/** What is left of one that has lasted so long. */
function rest(lengths: readonly number[], age: number, random: () => number): number {
  let first = 0
  for (let end = lengths.length; first < end; ) {
    const middle = (first + end) >> 1
    if ((lengths[middle] as number) > age) end = middle
    else first = middle + 1
  }
  const longer = lengths.length - first
  if (longer > 0) return (lengths[first + Math.floor(random() * longer)] as number) - age
  // Longer than all that is known: as long again as they take on average, more or less.
  return (-Math.log(1 - random()) * lengths.reduce((sum, one) => sum + one, 0)) / lengths.length
}
