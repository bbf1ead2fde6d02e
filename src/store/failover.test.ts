// Another server takes over: for a while the one that answers only reads, and then it is the one that writes.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { onPostgres, silent, testUrl } from '../../test/support/database.ts'
import { createDatabase, startPostgres } from '../../test/support/postgresql.ts'
import { until } from '../../test/support/until.ts'
import { checkDatabase } from '../cli/doctor-place.ts'
import { renderError } from '../http/errors.ts'
import { environment } from '../node/environment.ts'
import { createDoor } from '../runner/door.ts'
import { runPlanned } from './database.ts'
import { openPostgres } from './postgres.ts'
import { ping } from './state.ts'

test.runIf(onPostgres)(
  'a server that is still a standby when it is found: not ready until it writes, and live hints are heard again',
  async (context) => {
    const server = await startPostgres({ fsync: 'off' })
    context.onTestFinished(() => server.stop())
    await createDatabase(server.url, 'house')
    const refused: string[] = []
    const log = { ...silent, warn: ({ error }: { error?: string }) => void refused.push(String(error)) }
    const database = openPostgres({ url: `${server.url}/house`, log })
    context.onTestFinished(() => database.close())
    const heard: string[] = []
    await database.listen?.('hints', (payload) => void heard.push(payload))
    await ping(database.db)

    await server.kill()
    writeFileSync(join(server.folder, 'data', 'standby.signal'), '')
    await server.restart()
    await until('listening was refused', () => refused.some((error) => error.includes('cannot execute LISTEN during recovery')))
    await expect(ping(database.db)).rejects.toThrow('only reads')

    await database.db.execute(sql`select pg_promote(true, 20)`)
    await until('it is heard again', async () => {
      await database.db.execute(sql`select pg_notify('hints', 'new')`)
      return heard.includes('new')
    })
    await ping(database.db)
  },
)

const house = { clock: systemClock, log: silent, house: () => ({ surge: { backlog: 10 } }) }
const nothing = [async () => undefined, () => undefined] as const
const AWAY = { status: 503, code: 'database_away', retryAfterSeconds: 2 }
const row = {
  id: 'evt_1',
  source: 'channel' as const,
  sourceId: 'web',
  externalId: '1',
  lane: 'web',
  payload: { type: 'typing', from: { user: 'c9' } },
  receivedAt: systemClock.now(),
}

/** What a caller hears where `work` is done for them. */
async function asked(work: () => Promise<unknown>): Promise<[number, string, string | null]> {
  const app = new Hono()
  app.onError((error, context) => renderError(error, context, { log: silent }))
  app.get('/', async (context) => context.json(await work()))
  const answer = await app.request('/')
  const { error } = (await answer.json()) as { error: { code: string } }
  return [answer.status, error.code, answer.headers.get('retry-after')]
}

test('where no server is, callers hear that, and not that there is too much at once', async (context) => {
  const database = openPostgres({ url: 'postgres://nobody@127.0.0.1:1/none', log: silent, max: 1 })
  context.onTestFinished(() => database.close())
  const refused = await createDoor({ ...house, database } as never, ...nothing)
    .accept([row])
    .catch((error) => error)
  expect(refused).toMatchObject(AWAY)
  expect(await asked(() => ping(database.db))).toEqual([503, 'database_away', '2'])
  // What is broken in the house is another matter.
  expect(await asked(() => Promise.reject(new TypeError('a slip')))).toEqual([503, 'unavailable', '2'])
})

test.runIf(onPostgres)(
  'a connection that can only read is not kept: the next one may lead to the server that took over',
  async (context) => {
    const url = await testUrl()
    const [admin, database] = [openPostgres({ url, log: silent, max: 1 }), openPostgres({ url, log: silent, max: 1 })]
    context.onTestFinished(async () => void (await Promise.all([admin.close(), database.close()])))
    const onlyReads = (value: string) =>
      admin.db.execute(sql.raw(`alter database "${new URL(url).pathname.slice(1)}" set default_transaction_read_only = ${value}`))
    const write = () => runPlanned(database.db, { name: 'writes', text: `insert into settings values ($1, 'true') returning key` }, ['k'])
    await onlyReads('on')
    await expect(write()).rejects.toThrow('read-only transaction')
    expect(await checkDatabase({ ...environment({}), databaseUrl: url })).toMatchObject({
      mark: 'bad',
      found: { en: expect.stringContaining('only reads') },
    })
    // Who calls meanwhile hears what is true, and not that there is too much.
    const called = () => createDoor({ ...house, database } as never, ...nothing).accept([row])
    expect(await called().catch((error) => error)).toMatchObject(AWAY)
    expect(await asked(() => write())).toEqual([503, 'database_away', '2'])
    await onlyReads('off')
    expect(await called()).toEqual([row.id])
    expect(await write()).toEqual([{ key: 'k' }])
  },
)
