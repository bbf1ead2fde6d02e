// 微信客服 in the Workers runtime: a call that only rings, the place that is kept, and what is found without a call.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { openPostgres } from '#store/postgres.ts'
import { type FakeKf, startFakeKf } from '../fakes/wecom-kf.ts'
import { silent, testUrl } from '../support/database.ts'
import { until } from '../support/until.ts'
import { type Bundle, bundle, freePort, type Local, startWorker } from './support.ts'

const KEYS = {
  corpId: 'ww1',
  secret: 'kf-secret-0123456789',
  token: 'kfToken',
  encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
}
const ANSWER = '付款后 24 小时内发货。'

let built: Bundle
let fake: FakeKf
let database: Database
let worker: Local
let start: () => Promise<Local>

beforeAll(async () => {
  built = await bundle()
  fake = await startFakeKf({ ...KEYS, accounts: ['wkA', 'wkB'] })
  const url = await testUrl()
  database = openPostgres({ url, log: silent, max: 2 })
  const port = await freePort()
  const variables = {
    CONFIG_BOT: `version: 1\nfaq:\n  - { id: shipping, ask: [多久发货], answer: ${ANSWER} }\n`,
    CONFIG_FRONTDESK: `publicUrl: http://127.0.0.1:${port}
channels:
  - { id: kf, type: wecom-kf, corpId: ww1, secret: ${KEYS.secret}, token: kfToken, encodingAesKey: ${KEYS.encodingAesKey}, apiRoot: "${fake.url}", sweepSeconds: 0 }
skills: [aftersales]
`,
  }
  start = () => startWorker(built, { database: url, port, variables })
  worker = await start()
  fake.hook = `${worker.url}/hooks/kf`
})
afterAll(async () => {
  await worker?.stop()
  await database?.close()
  await fake?.close()
  built?.remove()
})

const heard = (user: string) => fake.world.sent.filter((one) => one.user === user).map(({ content }) => content.content)
const hears = (user: string, count = 1) =>
  until(`${user} hears ${count}`, () => heard(user).length >= count, { ms: 30_000, state: () => worker.logs })
const stored = async () =>
  (await database.db.execute<{ n: number }>(sql`select count(*)::int as n from events where source_id = 'kf'`)).rows[0]?.n

test('what a call rings for is read, answered once, and the place is kept', async () => {
  expect(await (await fetch(`${worker.url}/readyz`)).json()).not.toMatchObject({ channels: { kf: { state: 'misconfigured' } } })
  fake.customer('wmOne', 'wkA').text('多久发货')
  expect(await fake.ring('wkA')).toBe(200)
  await hears('wmOne')
  expect(heard('wmOne')).toEqual([ANSWER])
  // Another account of the same company, and the first one again: each is read from its own place.
  fake.customer('wmTwo', 'wkB').text('多久发货')
  fake.customer('wmOne', 'wkA').text('多久发货')
  expect([await fake.ring('wkB'), await fake.ring('wkA')]).toEqual([200, 200])
  await Promise.all([hears('wmTwo'), hears('wmOne', 2)])
  expect(heard('wmTwo')).toEqual([ANSWER])
})

test('a ring that got lost is made up for by the schedule', async () => {
  fake.customer('wmLost', 'wkB').text('多久发货')
  await worker.tick()
  await hears('wmLost')
})

test('many rings at once, and a Worker that begins anew: nothing is lost, nothing twice', async () => {
  const before = (await stored()) ?? 0
  const people = Array.from({ length: 8 }, (_, n) => `wmMany${n}`)
  await Promise.all(
    people.map(async (user, n) => {
      const account = n % 2 ? 'wkA' : 'wkB'
      fake.customer(user, account).text('多久发货')
      await fake.ring(account)
    }),
  )
  await Promise.all(people.map((user) => hears(user)))
  await worker.stop()
  fake.customer('wmLate', 'wkA').text('多久发货')
  worker = await start()
  expect(await fake.ring('wkA')).toBe(200)
  await hears('wmLate')
  await worker.tick()
  for (const user of [...people, 'wmLate']) expect(heard(user)).toEqual([ANSWER])
  expect(await stored()).toBe(before + people.length + 1)
})
