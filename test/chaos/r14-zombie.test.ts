// R14. A process is frozen while it holds leases, another takes over, and the first wakes up: it can do no harm.
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { onPostgres } from '../support/database.ts'
import { type HouseProcess, houseProcess } from '../support/house.ts'
import { until } from '../support/until.ts'
import { type Bench, ENTRY, leasesRunOut, openBench } from './bench.ts'
import { full } from './seed.ts'
import { agentOnTelegram, botOnTelegram, type Subject, setStage, type Trace } from './subjects.ts'

const FROZEN_MS = 60_000

const cases: [what: string, subject: Subject, trace: Trace][] = [
  ["an agent's words are sent by the other, marked", agentOnTelegram, { rows: 1, arrived: 2, state: 'sent', possiblyTwice: true }],
  ['an answer of the bot stays held', botOnTelegram, { rows: 1, arrived: 1, state: 'held', possiblyTwice: false }],
]

for (const [what, subject, trace] of cases) {
  const name = `a process that wakes up after its lease ran out: ${what}; what it knows comes too late`
  test.runIf(onPostgres).concurrent(name, { timeout: 180_000 }, async ({ onTestFinished }) => {
    const bench = await openBench({ onTestFinished })
    const stage = await setStage(bench)
    const frozen = bench.house
    const before = bench.providers.calls().length
    await bench.line.set({ kind: 'mute' })
    const underWay = await subject(stage)
    // A tick or 'is typing' may go first.
    const has = () =>
      bench.providers
        .calls()
        .slice(before)
        .some(({ method }) => method === 'sendMessage')
    await until('the platform has it', () => bench.line.holding() > 0 && has())
    process.kill(frozen.pid, 'SIGSTOP')
    onTestFinished(() => {
      wake(frozen)
      return frozen.kill()
    })
    // Its answer waits in its socket: it will read it when it wakes.
    await bench.line.set({ kind: 'none' })
    if (full) await pause(FROZEN_MS)
    else await leasesRunOut(bench)
    const other = await second(bench)
    onTestFinished(() => other.kill())
    stage.house = other
    expect(await underWay.trace()).toMatchObject(trace)
    const books = () => bench.place.look(sql`select id, state, possibly_twice, attempts, finished_at from deliveries order by position`)
    const written = await books()
    const heard = bench.providers.calls().length
    wake(frozen)
    await until('it answers again', async () => (await fetch(`${frozen.url}/healthz`)).ok)
    // It is of use again: what it takes in now is answered.
    bench.houses.splice(0, 1, frozen)
    const fresh = await botOnTelegram({ ...stage, house: frozen })
    expect(await fresh.trace()).toMatchObject({ acked: true, rows: 1, arrived: 1, state: 'sent' })
    expect((await books()).slice(0, written.length)).toEqual(written)
    const repeated = bench.providers
      .calls()
      .slice(heard)
      .filter(({ method }) => method === 'sendMessage')
    expect(repeated).toHaveLength(1)
    for (const house of [frozen, other]) expect(house.complaints()).toBe('')
  })
}

/** Another process on the same database, which alone is called from now on. */
async function second(bench: Bench): Promise<HouseProcess> {
  const house = await houseProcess(bench.place, { entry: ENTRY })
  await house.ready()
  bench.houses.splice(0, 1, house)
  return house
}

function wake({ pid, alive }: HouseProcess): void {
  if (alive()) process.kill(pid, 'SIGCONT')
}
