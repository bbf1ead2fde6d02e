// The database goes away while messages are on their way: what this process knows of them it goes on knowing.
import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import { LEASE_MS } from '#store/deliveries.ts'
import { attempts } from '#store/schema.ts'
import { onPostgres } from '../test/support/database.ts'
import { stages } from '../test/support/stages.ts'
import { until } from '../test/support/until.ts'

const at = stages()

// Before the house is closed: it says good-bye to its database.
afterEach(() => void vi.restoreAllMocks())

const MINUTE = 60_000
const LOST = () => new Error('Connection terminated unexpectedly')

type Query = (this: pg.Client, ...args: unknown[]) => Promise<unknown>

/** `instead` is asked for each query, and may do it. Those of the pool tell by a callback. */
function between(instead: (query: () => Promise<unknown>, what: string, client: pg.Client) => Promise<unknown>): void {
  const query = pg.Client.prototype.query as unknown as Query
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [first] = args as [string | { name?: string }]
    const tell = typeof args.at(-1) === 'function' ? (args.pop() as (error: unknown, result?: unknown) => void) : undefined
    const done = instead(() => query.apply(this, args), typeof first === 'string' ? first : (first.name ?? ''), this)
    return tell ? void done.then((result) => tell(null, result), tell) : done
  } as never)
}

const deliveries = async () =>
  (await at.database.db.query.deliveries.findMany()).flatMap(({ kind, state, possiblyTwice }) =>
    kind === 'channel' ? [{ state, possiblyTwice }] : [],
  )

test('what went out while the database was away for minutes is on record as sent in the end, and goes out once', async () => {
  await at.open()
  let refused = 0
  at.house.onSend.now = async () => {
    at.house.onSend.now = undefined
    between((_query, what) => {
      if (what === 'finish_deliveries') refused += 1
      return Promise.reject(LOST())
    })
  }
  await at.house.says('c1', '多久发货')
  await until('its outcome could not be written', () => refused > 0)
  at.house.clock.ms += 5 * MINUTE
  const before = refused
  await until('it was tried again', () => refused > before + 1)
  vi.restoreAllMocks()
  await until('it is on record', async () => (await deliveries())[0]?.state !== 'sending')
  expect(await deliveries()).toEqual([{ state: 'sent', possiblyTwice: false }])
  expect(at.house.sent).toHaveLength(1)
})

test('so is what was said in the answer to a call, which does not wait for that', async () => {
  await at.open({ answersOnly: true })
  await at.house.says('c1', '多久发货')
  await until('the answer waits', async () => (await deliveries()).length > 0)
  between((query, what) => (what === 'finish_deliveries' ? Promise.reject(LOST()) : query()))
  const [channel = ''] = at.house.parts.channels.keys()
  const render = async () => ({ response: new Response('said'), taken: 1 })
  expect(await (await at.house.runner.answer(channel, [], { to: { user: 'c1' }, withinMs: 500, render }))?.text()).toBe('said')
  expect(await deliveries()).toEqual([{ state: 'sending', possiblyTwice: false }])
  vi.restoreAllMocks()
  await until('it is on record', async () => (await deliveries())[0]?.state === 'sent')
})

/** The next words are saved, and nobody hears of it. `refuse`: the statement that fails before. */
async function saysUnheard(refuse?: string): Promise<void> {
  let saving: pg.Client | undefined
  let lost = 0
  between(async (query, what, client) => {
    if (what === refuse) throw LOST()
    if (what.startsWith('save_')) saving ??= client
    const done = await query()
    if (what !== 'commit' || client !== saving || lost > 0) return done
    lost += 1
    throw LOST()
  })
  await at.house.says('c1', '多久发货')
  await until('nobody heard of it', () => lost === 1)
  expect(await deliveries()).toEqual([{ state: 'sending', possiblyTwice: false }])
  vi.restoreAllMocks()
}

// The embedded database lives in the process: what it did it tells.
test.runIf(onPostgres).each([
  ['as it came in', undefined],
  ['when it was worked on later', 'look_at_events'],
])(
  'what was saved %s without anybody hearing of it is known not to have left: it goes out long before its lease ends',
  async (_, refuse) => {
    await at.open()
    await saysUnheard(refuse)
    at.house.clock.ms += LEASE_MS / 2
    await until('it is taken back', async () => (await deliveries())[0]?.state !== 'sending')
    at.house.clock.ms += MINUTE
    await until('it arrives', () => at.house.sent.length > 0)
    await until('it is on record', async () => (await deliveries())[0]?.state === 'sent')
    expect(await deliveries()).toEqual([{ state: 'sent', possiblyTwice: false }])
  },
)

// The embedded database lives in the process: what it did it tells.
test.runIf(onPostgres)('and where another process had it meanwhile nobody knows: it is held, as ever', async () => {
  await at.open()
  await saysUnheard()
  await at.database.db.update(attempts).set({ holder: 'another' })
  at.house.clock.ms += MINUTE
  await until('somebody judged it', async () => (await deliveries())[0]?.state !== 'sending')
  expect(await deliveries()).toEqual([{ state: 'held', possiblyTwice: false }])
  expect(at.house.sent).toEqual([])
})

// The embedded database lives in the process: what it did it tells.
test.runIf(onPostgres)('what was claimed without anybody hearing of it is known not to have left, either', async () => {
  await at.open()
  at.house.onSend.now = async () => {
    at.house.onSend.now = undefined
    throw new ConnectorError('rate_limited', 'Too Many Requests', { retryAfterMs: 1_000 })
  }
  await at.house.says('c1', '多久发货')
  await until('it is to be tried again', async () => (await deliveries())[0]?.state === 'retry')
  let claiming: pg.Client | undefined
  let lost = 0
  between(async (query, what, client) => {
    if (what === 'claim_deliveries') claiming ??= client
    const done = await query()
    if (what !== 'commit' || client !== claiming || lost > 0) return done
    lost += 1
    throw LOST()
  })
  at.house.clock.ms += 2_000
  await until('nobody heard of it', async () => lost === 1 && (await deliveries())[0]?.state === 'sending')
  vi.restoreAllMocks()
  at.house.clock.ms += LEASE_MS / 2
  await until('it is taken back', async () => (await deliveries())[0]?.state !== 'sending')
  at.house.clock.ms += MINUTE
  await until('it arrives', () => at.house.sent.length > 0)
  await until('it is on record', async () => (await deliveries())[0]?.state === 'sent')
  expect(await deliveries()).toEqual([{ state: 'sent', possiblyTwice: false }])
})
