// R3. PostgreSQL is killed, cut off, and hangs, while customers write. The house says 503 and Retry-After at once, and works again
// by itself when the database is back.
import { expect, onTestFinished, test } from 'vitest'
import type { Session } from '#http/chat/protocol.ts'
import { onPostgres } from '../support/database.ts'
import { createDatabase, startPostgres } from '../support/postgresql.ts'
import { until } from '../support/until.ts'
import { type Bench, openBench } from './bench.ts'
import type { Call } from './client.ts'
import { collect } from './collect.ts'
import { explain, judge, table } from './history.ts'
import { bearer, gather, type Load } from './loader.ts'
import { faultProxy } from './proxy.ts'
import { full, seeded } from './seed.ts'

const RATE = full ? 50 : 20
/** How long the database is away, each time. */
const OUTAGE_MS = full ? 30_000 : 2_500
const KILLS = full ? 20 : 1
/** The promise is 2 s; beside other tests the machine itself stands still for one of them. One that hangs does so for longer. */
const REFUSED_MS = full ? 2_000 : 3_500
const HANGING_MS = full ? OUTAGE_MS : 5_000

interface Stand {
  bench: Bench
  load: Load
  /** Between the house and the database. */
  line: Awaited<ReturnType<typeof faultProxy>>
  server: Awaited<ReturnType<typeof startPostgres>>
}

async function open(seed: number): Promise<Stand> {
  const server = await startPostgres({ fsync: full ? 'on' : 'off' })
  onTestFinished(() => server.stop())
  await createDatabase(server.url, 'house')
  const at = new URL(`${server.url}/house`)
  const line = await faultProxy({ host: at.hostname, port: Number(at.port) })
  onTestFinished(() => line.close())
  at.port = String(line.port)
  const bench = await openBench({ onTestFinished }, { databaseUrl: at.href })
  return { bench, load: await gather(bench, seed + 1), line, server }
}

interface Outage {
  away(): Promise<void>
  back(): Promise<void>
}

interface Seen {
  calls: Call[]
  backMs: number
}

/** The database goes away and comes back; what the house said meanwhile, and how soon it worked again. */
async function outage({ bench }: Stand, { away, back }: Outage, ms = OUTAGE_MS): Promise<Seen> {
  const before = bench.client.calls.length
  await away()
  const end = performance.now() + ms
  const since = () => bench.client.calls.slice(before)
  await until('it says that it cannot', () => since().some(({ status }) => status === 503), {
    ms: ms + 5_000,
    state: () => [...since().slice(-5), bench.house.exits(), bench.house.complaints()],
  })
  const { url } = bench.house
  const status = async (path: string) =>
    (await fetch(`${url}${path}`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) }).catch(() => undefined))?.status
  expect(bench.house.exits(), bench.house.complaints()).toEqual([])
  expect([await status('/healthz'), await status('/readyz')]).toEqual([200, 503])
  await until('the outage ends', () => performance.now() > end, { ms: ms + 5_000 })
  await back()
  const returned = performance.now()
  const session = () => bench.client.once('/chat/v1/web/session', { locale: 'zh-CN' })
  const answer = await until('it lets a visitor in again', async () => [await session()].find((one) => one?.status === 200), {
    ms: 20_000,
    state: () => [...since().slice(-5), bench.house.exits(), bench.house.complaints().slice(-2_000)],
  })
  const body = { clientId: `back-${before}-${Math.round(returned)}`, text: '多久发货' }
  await bench.client.until2xx('/chat/v1/web/messages', body, bearer(answer.body as Session))
  return { calls: since(), backMs: performance.now() - returned }
}

function judgeOutage(what: string, { calls, backMs }: Seen): void {
  const refused = calls.filter(({ status }) => status >= 500 || status === 0)
  const slow = refused.filter(({ ms }) => ms > REFUSED_MS)
  console.log(
    `R3, ${what}: ${calls.length} calls, ${refused.length} refused, slowest refusal ${Math.round(Math.max(0, ...refused.map(({ ms }) => ms)))} ms, back after ${Math.round(backMs)} ms`,
  )
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.filter(({ status, retryAfter }) => status !== 503 || retryAfter === null)).toEqual([])
  expect(slow).toEqual([])
  expect(backMs).toBeLessThan(5_000)
}

async function judgeAll({ bench, load }: Stand): Promise<void> {
  await load.stop()
  await bench.house.quiet(120_000)
  expect(bench.house.exits()).toEqual([])
  const history = await collect(bench, load, 0)
  const verdict = judge(history)
  console.log(`R3\n${table(verdict)}`)
  expect(explain(verdict, history)).toBe('')
}

test.runIf(onPostgres)(
  'a database that is killed, cut off and hangs: 503 within 2 s, back within 5 s without a restart, nothing lost',
  {
    timeout: full ? 1_800_000 : 120_000,
  },
  async () => {
    const { seed } = seeded('R3')
    const stand = await open(seed)
    const { server, line } = stand
    stand.load.start(RATE)
    for (let n = 0; n < KILLS; n++) {
      const killed = { away: () => server.kill(), back: () => server.restart() }
      judgeOutage('killed', await outage(stand, killed))
    }
    judgeOutage('cut off', await outage(stand, { away: () => line.set({ kind: 'refuse' }), back: () => line.set({ kind: 'none' }) }))
    const hung = { away: () => line.set({ kind: 'hang' }), back: () => line.set({ kind: 'none' }) }
    judgeOutage('hanging', await outage(stand, hung, HANGING_MS))
    await judgeAll(stand)
  },
)
