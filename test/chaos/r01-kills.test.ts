// R1. The house is killed with SIGKILL at random moments while customers and agents write; then the books are compared.
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { onPostgres } from '../support/database.ts'
import { until } from '../support/until.ts'
import { leasesRunOut, openBench } from './bench.ts'
import { collect } from './collect.ts'
import { explain, judge, table } from './history.ts'
import { gather } from './loader.ts'
import { full, seeded } from './seed.ts'

const KILLS = full ? (onPostgres ? 200 : 50) : onPostgres ? 5 : 3
const RATE = 50

test('nothing that was answered with 2xx is lost by SIGKILL, nothing is said twice unmarked, nothing overtakes', {
  timeout: full ? 3_600_000 : 240_000,
}, async (context) => {
  const { seed, random } = seeded('R1')
  const bench = await openBench(context)
  const { house } = bench
  const load = await gather(bench, seed + 1)
  load.start(RATE)
  const taken = () => load.said.filter(({ acked }) => acked).length
  for (let kill = 0; kill < KILLS; kill++) {
    // One in five dies while it is still starting; the others in the middle of their work.
    if (random() < 0.8) {
      await house.ready()
      const before = taken()
      await until('it takes in what was held up', () => taken() > before + 5, { ms: 30_000 })
    }
    await pause(50 + random() * (full ? 2_800 : 800))
    await house.kill()
    house.start()
  }
  await house.ready()
  await until('enough was said to judge by', () => taken() > KILLS * 10, { ms: 60_000 })
  await load.stop()
  // The full run waits, as a shop would.
  if (!full) await leasesRunOut(bench)
  await house.quiet(120_000)
  const history = await collect(bench, load, KILLS)
  const verdict = judge(history)
  console.log(`R1: ${KILLS} kills, ${RATE}/s\n${table(verdict)}`)
  expect(explain(verdict, history)).toBe('')
  expect(await bench.place.look(sql`select error from events where state <> 'done'`)).toEqual([])
  expect(house.exits().filter((end) => end === 'SIGKILL')).toHaveLength(KILLS)
  expect(house.complaints()).toBe('')
})
