// R4. One platform storms: too many requests, errors, pages of HTML, answers cut in the middle, hangs. The other channels do not
// notice, the platform is left alone as it asked, and everything arrives or is shown as doubtful.
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Fault, LoggedCall } from '../fakes/telegram.ts'
import { onPostgres } from '../support/database.ts'
import { CUSTOMERS } from '../support/house.ts'
import { until } from '../support/until.ts'
import { type Bench, openBench } from './bench.ts'
import { collect } from './collect.ts'
import { explain, judge, table } from './history.ts'
import { gather, type Load } from './loader.ts'
import { full, seeded } from './seed.ts'

const RATE = full ? 50 : 20
const STORM_MS = full ? 100_000 : 3_000
const RETRY_AFTER = 2
/** What was on the wire when the platform said no cannot be called back. */
const ON_THE_WIRE_MS = 1_000
const OPENS_AFTER = 20

interface Storm {
  what: string
  fault?: Fault
  /** On the line, where the platform itself is well. */
  cut?: number
  /** In every run; the others only in the full one. */
  always?: true
}

const storms: Storm[] = [
  { what: `429, retry_after ${RETRY_AFTER}`, fault: { status: 429, retry_after: RETRY_AFTER }, always: true },
  { what: '500', fault: { status: 500 }, always: true },
  { what: '502', fault: { status: 502 } },
  { what: 'HTML with status 200', fault: { kind: 'html' } },
  { what: 'resets', fault: { kind: 'reset' } },
  { what: 'answers cut in the middle', cut: 150, always: true },
  { what: 'hangs', fault: { kind: 'hang' } },
]

for (const storm of storms.filter(({ always }) => full || always)) {
  const name = `a storm of ${storm.what} on one channel: the others go on, the platform is spared, all is well or doubtful in the end`
  // The short round on one database: what a platform answers is the same beside each.
  test.runIf(full || onPostgres).concurrent(
    name,
    {
      timeout: STORM_MS + 400_000,
    },
    async ({ onTestFinished }) => {
      const { seed } = seeded(`R4, ${storm.what}`)
      const bench = await openBench({ onTestFinished })
      const load = await gather(bench, seed + 1, { web: 3, telegram: 8, app: 2, console: 1, group: 1 })
      load.start(RATE)
      await until('all channels are busy', () => load.said.filter(({ acked }) => acked).length > RATE)
      const before = bench.providers.calls().length
      await begin(bench, storm)
      const elsewhere = await during(bench, load)
      await load.stop()
      const stormed = sends(bench.providers.calls().slice(before))
      await bench.line.set({ kind: 'none' })
      await bench.providers.clearFaults()
      const cleared = Date.now()
      await bench.house.quiet(full ? 240_000 : 90_000)
      const after = sends(bench.providers.calls()).filter(({ ok, at }) => ok && Date.parse(at) > cleared)
      const history = await collect(bench, load, Number.POSITIVE_INFINITY)
      const verdict = judge(history)
      console.log(`R4, ${storm.what}: ${stormed.length} requests in the storm, ${elsewhere} words elsewhere\n${table(verdict)}`)

      expect(explain(verdict, history)).toBe('')
      expect(elsewhere).toBeGreaterThan(STORM_MS / 1_000)
      if (storm.fault && 'retry_after' in storm.fault) expect(early(stormed)).toEqual([])
      expect(stormed.length).toBeLessThanOrEqual(OPENS_AFTER + 1.2 * (STORM_MS / 1_000))
      if (after[0]) expect(Date.parse(after[0].at) - cleared).toBeLessThan(60_000)
      expect(await bench.place.look(sql`select state from deliveries where target_id = 'web' and state <> 'sent'`)).toEqual([])
    },
  )
}

async function begin({ line, providers }: Bench, { fault, cut }: Storm): Promise<void> {
  if (fault) await providers.fail(fault, { bot: CUSTOMERS.token, times: 1_000_000 })
  if (cut !== undefined) await line.set({ kind: 'cut', bytes: cut })
}

/** Until the storm is over; how many words were answered on the web meanwhile. */
async function during({ client }: Bench, { said }: Load): Promise<number> {
  const acked = () => said.filter(({ acked, place }) => acked && place !== 'tg').length
  const before = acked()
  const end = performance.now() + STORM_MS
  await until('the storm ends', () => performance.now() > end, { ms: STORM_MS + 5_000 })
  expect(client.calls.filter(({ status }) => status !== 200)).toEqual([])
  return acked() - before
}

/** What the customers' bot was asked to send. */
function sends(calls: LoggedCall[]): LoggedCall[] {
  return calls.filter(({ bot, method }) => bot === CUSTOMERS.username && method === 'sendMessage')
}

/** Requests that came although the platform had asked to wait. */
function early(calls: LoggedCall[]): string[] {
  let asked: number | undefined
  return calls.flatMap(({ at, error }) => {
    const now = Date.parse(at)
    const wait = asked === undefined ? undefined : now - asked
    const onTheWire = wait !== undefined && wait < ON_THE_WIRE_MS
    if (error && !onTheWire) asked = now
    return wait === undefined || onTheWire || wait >= RETRY_AFTER * 1_000 ? [] : [`${at}: ${wait} ms after it was asked to wait`]
  })
}
