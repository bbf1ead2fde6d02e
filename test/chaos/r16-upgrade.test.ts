// R16. The house is brought to the next version and back again while customers write, old and new processes side by side: no call is
// answered with a 5xx but by a process that ends, nothing is lost, nothing comes twice.
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { onPostgres } from '../support/database.ts'
import { type HouseProcess, houseProcess, premises } from '../support/house.ts'
import { until } from '../support/until.ts'
import { type Bench, ENTRY, openBench } from './bench.ts'
import type { Call } from './client.ts'
import { collect } from './collect.ts'
import { explain, judge, table } from './history.ts'
import { gather, type Load } from './loader.ts'
import { full, seeded } from './seed.ts'
import { contraction, expansion, versionFolder } from './versions.ts'

const ROUNDS = full ? 20 : 1
const RATE = 50
/** Somebody's transaction holds the busiest table for so long when it is to be changed. */
const HELD_MS = full ? 5_000 : 2_500

/** When a process was on its way down or up: whoever calls it then is sent away, and comes again to another one. */
interface Absence {
  url: string
  from: number
  to: number
}

interface Stand {
  bench: Bench
  load: Load
  absences: Absence[]
}

/** The migrations of the version that a process is to be; none: today's. */
type Version = string | undefined

const variables = (version: Version): Record<string, string> => (version ? { FRONTDESK_MIGRATIONS: version } : {})

async function takesCalls({ url, alive, complaints }: HouseProcess): Promise<void> {
  await until(
    'it takes calls',
    async () => {
      if (!alive()) throw new Error(`the process ended: ${complaints()}`)
      return (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200
    },
    { ms: 60_000, state: complaints },
  )
}

/** As whoever rolls out a version does: the next one only when this one takes calls. */
async function replace({ absences }: Stand, house: HouseProcess, version: Version): Promise<void> {
  const from = performance.now()
  expect(await house.stop()).toBe(0)
  house.start(variables(version))
  await takesCalls(house)
  absences.push({ url: house.url, from, to: performance.now() })
}

/** One more process, which is called like the others as soon as it takes calls. */
async function join({ bench }: Stand, version: Version): Promise<HouseProcess> {
  const place = { ...bench.place, variables: { ...bench.place.variables, ...variables(version) } }
  const house = await houseProcess(place, { entry: ENTRY })
  onTestFinished(() => house.kill())
  await takesCalls(house)
  bench.houses.push(house)
  return house
}

/** First nobody new is sent to it, then it ends. */
async function leave({ bench, absences }: Stand, house: HouseProcess): Promise<void> {
  absences.push({ url: house.url, from: performance.now(), to: Number.POSITIVE_INFINITY })
  bench.houses.splice(bench.houses.indexOf(house), 1)
  expect(await house.stop()).toBe(0)
}

async function comeBack({ bench, absences }: Stand, house: HouseProcess, version: Version): Promise<void> {
  house.start(variables(version))
  await takesCalls(house)
  for (const absence of absences) if (absence.url === house.url) absence.to = Math.min(absence.to, performance.now())
  bench.houses.push(house)
}

/** Every process that is there has taken calls meanwhile. */
async function goesOn({ bench }: Stand): Promise<void> {
  const since = bench.client.calls.length
  const taken = (url: string) => bench.client.calls.slice(since).filter((call) => call.url === url && call.status === 200).length
  await until('each of them takes calls', () => bench.houses.every(({ url }) => taken(url) >= 10), { ms: 30_000 })
}

/** Somebody writes events and does not end: whoever changes that table must wait, and nobody may have to wait behind them. */
async function besideWriter<T>({ bench }: Stand, task: () => Promise<T>): Promise<T> {
  const writer = new pg.Client({ connectionString: bench.place.variables.DATABASE_URL })
  await writer.connect()
  try {
    await writer.query('begin; lock table events in row exclusive mode')
    const doing = task()
    doing.catch(() => undefined) // Awaited below.
    const tries = sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%create index%'`
    await until('it waits for the table', async () => (await bench.place.look(tries)).length > 0, { ms: 60_000 })
    const end = performance.now() + HELD_MS
    await until('it has waited', () => performance.now() > end, { ms: HELD_MS + 5_000 })
    await writer.query('commit')
    return await doing
  } finally {
    await writer.end()
  }
}

/** To the next version and back: each is replaced while others go on, the old beside the new in every mixture. */
async function round(stand: Stand, next: Version): Promise<void> {
  const [first, second] = stand.bench.houses as [HouseProcess, HouseProcess]
  const third = await besideWriter(stand, () => join(stand, next))
  await goesOn(stand)
  await leave(stand, first)
  await replace(stand, second, next)
  await goesOn(stand)
  await comeBack(stand, first, undefined)
  await goesOn(stand)
  await replace(stand, second, undefined)
  await leave(stand, third)
  await goesOn(stand)
}

/** Refusals by processes that were neither on their way down nor up, and calls that were refused twice. */
function unexcused(calls: Call[], absences: Absence[]): Call[] {
  const away = ({ url, at, ms }: Call) => absences.some((one) => one.url === url && at <= one.to && at + ms >= one.from)
  return calls.filter((call) => (call.status !== 200 && !away(call)) || call.tries > 2)
}

test.runIf(onPostgres)(
  'to the next version and back under load: nobody is sent away but by a process that ends, nothing is lost, nothing comes twice',
  { timeout: full ? 3_600_000 : 240_000 },
  async () => {
    const { seed } = seeded('R16')
    const bench = await openBench({ onTestFinished }, { houses: 2 })
    const stand: Stand = { bench, load: await gather(bench, seed + 1), absences: [] }
    const before = bench.client.calls.length
    const additions = async () =>
      (await bench.place.look<{ n: number }>(sql`select count(*)::int as n from migrations where additive`))[0]?.n
    const todays = (await additions()) ?? 0
    stand.load.start(RATE)
    for (let n = 1; n <= ROUNDS; n++) {
      const { folder, remove } = versionFolder(Array.from({ length: n }, (_, k) => expansion(k + 1)))
      onTestFinished(remove)
      await round(stand, folder)
    }
    await stand.load.stop()
    await bench.house.quiet(60_000)
    const calls = bench.client.calls.slice(before)
    const history = await collect(bench, stand.load, 0)
    const verdict = judge(history)
    const slowest = Math.max(...calls.filter(({ status }) => status === 200).map(({ ms }) => ms))
    const refused = calls.filter(({ status }) => status !== 200).length
    console.log(
      `R16: ${ROUNDS} there and back, ${calls.length} calls, ${refused} refused, slowest ${Math.round(slowest)} ms\n${table(verdict)}`,
    )
    expect(explain(verdict, history)).toBe('')
    expect(unexcused(calls, stand.absences).map((call) => JSON.stringify(call))).toEqual([])
    const doubtful = sql`select state, attempts, error from deliveries where state <> 'sent' or possibly_twice`
    expect(await bench.place.look(doubtful)).toEqual([])
    expect(await bench.place.look(sql`select error from events where state <> 'done'`)).toEqual([])
    // Each version once, whoever started first; and what the old ones wrote is whole for the new ones.
    expect(await additions()).toBe(todays + ROUNDS)
    expect(await bench.place.look(sql`select distinct mood_1, label_1 from messages join conversations on true`)).toEqual([
      { mood_1: 'calm', label_1: 'none' },
    ])
    for (const house of bench.houses) expect(house.complaints()).toBe('')
  },
)

test.runIf(onPostgres)('beside a version that takes something away the old one does not start, says why, and touches nothing', async () => {
  const place = await premises('brand: { name: Shop }\nchannels:\n  - { id: web, type: web, origins: ["*"] }\n')
  const { folder, remove } = versionFolder([contraction])
  const next = await houseProcess({ ...place, variables: { ...place.variables, ...variables(folder) } }, { entry: ENTRY })
  onTestFinished(async () => {
    await next.kill()
    place.remove()
    remove()
  })
  await next.ready()
  const schema = sql`select table_name, column_name, data_type from information_schema.columns where table_schema = 'public' order by 1, 2`
  const books = async () => [await place.look(schema), await place.look(sql`select * from migrations order by hash`)]
  const before = await books()
  const old = await houseProcess(place)
  onTestFinished(() => old.kill())
  await until('it ends', () => !old.alive(), { ms: 30_000 })
  expect(old.exits()).toEqual(['1'])
  expect(old.complaints()).toMatch(/^This database was made by a newer Frontdesk\. .*run that version.*\n数据库由更新版本的 Frontdesk 创建/)
  expect(await books()).toEqual(before)
  expect((await fetch(`${next.url}/readyz`)).status).toBe(200)
})
