// R13. Two processes on one PostgreSQL are restarted in turn while customers write: no call fails twice, nothing is lost.
import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { onPostgres } from '../support/database.ts'
import type { HouseProcess } from '../support/house.ts'
import { until } from '../support/until.ts'
import { openBench } from './bench.ts'
import { collect } from './collect.ts'
import { explain, judge, table } from './history.ts'
import { gather } from './loader.ts'
import { full, seeded } from './seed.ts'

const RESTARTS = full ? 100 : 2
const RATE = 50

test.runIf(onPostgres)(
  'rolling restarts: every call is taken at the second try at the latest, each process ends within 10 s',
  {
    timeout: full ? 1_800_000 : 120_000,
  },
  async () => {
    const { seed } = seeded('R13')
    const bench = await openBench({ onTestFinished }, { houses: 2 })
    const load = await gather(bench, seed + 1)
    const before = bench.client.calls.length
    load.start(RATE)
    let slowest = 0
    for (let n = 0; n < RESTARTS; n++) {
      const house = bench.houses[n % 2] as HouseProcess
      const started = performance.now()
      expect(await house.stop()).toBe(0)
      slowest = Math.max(slowest, performance.now() - started)
      house.start()
      // As whoever rolls out a new version does: the next one only when this one takes calls.
      await until('it takes calls', async () => (await fetch(`${house.url}/readyz`).catch(() => undefined))?.status === 200, { ms: 30_000 })
    }
    await load.stop()
    await bench.house.quiet(60_000)
    const calls = bench.client.calls.slice(before)
    const history = await collect(bench, load, 0)
    const verdict = judge(history)
    console.log(`R13: ${RESTARTS} restarts, ${calls.length} calls, slowest end ${Math.round(slowest)} ms\n${table(verdict)}`)
    expect(slowest).toBeLessThan(10_000)
    expect(explain(verdict, history)).toBe('')
    // Nobody was killed: nothing may even be doubtful.
    const doubtful = sql`select state, attempts, error, started_at, finished_at from deliveries where state <> 'sent' or possibly_twice`
    expect(await bench.place.look(doubtful)).toEqual([])
    // A third try means that the second failed, too.
    const late = calls.some(({ tries }) => tries > 2) ? calls.filter(({ tries, status }) => tries > 1 || status !== 200) : []
    expect(late.map((call) => JSON.stringify(call))).toEqual([])
    for (const house of bench.houses) expect(house.complaints()).toBe('')
  },
)
