// R23. The house dies between any two steps of reading WeCom's accounts and answering there: nothing is lost, nothing is there twice.
// A ring is not kept and need not be: what it tells of stays at WeCom until the place in the account has passed it.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Milestone } from '#core/milestone.ts'
import { type FakeKf, startFakeKf } from '../fakes/wecom-kf.ts'
import { onPostgres } from '../support/database.ts'
import { type HouseProcess, houseProcess, type Premises, premises } from '../support/house.ts'
import { until } from '../support/until.ts'
import { arm, died, ENTRY, leasesRunOut } from './bench.ts'
import type { Crash } from './crash.ts'
import { full } from './seed.ts'

const COMPANY = { corpId: 'ww1', secret: 'kf-secret', token: 'kfToken', encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' }
const TIMES = full ? 10 : 1

/** In the order in which a message passes them. */
const steps: [at: Milestone, outcome: string, nth?: number][] = [
  ['intake.received', 'the ring was believed and not heard of again: the message is found by the first look'],
  ['intake.committed', 'WeCom did not hear that we heard: it rings again'],
  ['poll.begun', 'nothing was asked of WeCom'],
  ['poll.fetched', 'the place did not move: read again'],
  ['poll.fetched', 'the first account is on record, the second is read again', 2],
  ['poll.committed', 'message and place are both on record, and nobody was woken'],
  ['work.claimed', 'nothing followed from it yet'],
  ['work.decided', 'what followed was not committed'],
  ['work.committed', 'its answer is on record as being sent, and goes out under its id'],
  ['delivery.claimed', 'not one byte of the answer left'],
  ['delivery.answered', 'WeCom took the answer and refuses its copy'],
  ['delivery.committed', 'all is done'],
]

interface Stage {
  fake: FakeKf
  place: Premises
  house: HouseProcess
  people: number
}

async function open(): Promise<Stage> {
  const fake = await startFakeKf({ ...COMPANY, accounts: ['wk1', 'wk2'] })
  const keys = `corpId: ww1, secret: "\${KF_SECRET}", token: "\${KF_TOKEN}", encodingAesKey: "\${KF_AES}", apiRoot: "${fake.url}"`
  const yaml = `brand: { name: 示例商城 }\nchannels:\n  - { id: kf, type: wecom-kf, ${keys}, sweepSeconds: 2 }\n`
  const place = await premises(yaml, { KF_SECRET: COMPANY.secret, KF_TOKEN: COMPANY.token, KF_AES: COMPANY.encodingAesKey })
  const house = await houseProcess(place, { entry: ENTRY })
  fake.hook = `${house.url}/hooks/kf`
  return { fake, place, house, people: 0 }
}

/** Most of the time is waiting, so several houses die side by side. The other database adds nothing to these steps. */
describe.skipIf(!onPostgres && !full)('a house that reads WeCom', { timeout: full ? 3_600_000 : 300_000 }, () => {
  const stages: Stage[] = []
  const free: Stage[] = []
  const wanted: ((stage: Stage) => void)[] = []
  const take = async () => free.pop() ?? new Promise<Stage>((resolve) => wanted.push(resolve))
  const give = (stage: Stage) => {
    const next = wanted.shift()
    if (next) next(stage)
    else free.push(stage)
  }

  beforeAll(async () => {
    stages.push(...(await Promise.all([open(), open(), open()])))
    free.push(...stages)
  })
  afterAll(async () => {
    for (const { house, fake, place } of stages) {
      await house.kill()
      await fake.close()
      place.remove()
    }
  })

  describe.concurrent('dies', () => {
    for (const [at, outcome, nth] of steps) {
      test(`at ${at}${nth ? ' of the second account' : ''}: ${outcome}`, { repeats: TIMES - 1 }, async () => {
        const stage = await take()
        try {
          await die(stage, { at, ...(nth && { nth }) })
        } finally {
          give(stage)
        }
      })
    }
  })

  test('every message is on record once, and complained of was nothing', async () => {
    for (const { house, place, people } of stages) {
      await house.stop()
      expect(await onRecord(place)).toEqual({ conversations: people, wrong: 0 })
      expect(house.complaints()).toBe('')
    }
  })
})

async function die(stage: Stage, crash: Crash): Promise<void> {
  const { fake, place, house } = stage
  const answers = (user: string) => fake.world.sent.filter((one) => one.user === user)
  await house.ready()
  await house.quiet(30_000)
  await arm(house, crash)
  const users = ['wk1', 'wk2'].map((account) => {
    stage.people += 1
    fake.customer(`wm${stage.people}`, account).text('多久发货')
    return { user: `wm${stage.people}`, account }
  })
  await Promise.all(users.map(({ account }) => fake.ring(account)))
  await died(house)
  await leasesRunOut({ place })
  house.start()
  await house.ready()
  await until('both are answered', () => users.every(({ user }) => answers(user).length > 0), { ms: 30_000 })
  await house.quiet(30_000)
  for (const { user, account } of users) {
    expect(answers(user)).toMatchObject([{ account, msgtype: 'text', content: { content: expect.stringContaining('24 小时内发货') } }])
  }
}

/** How many conversations there are, and in how many of them not everything was said exactly once. */
async function onRecord(place: Premises): Promise<{ conversations: number; wrong: number }> {
  const rows = await place.look<{ said: number; answered: number }>(sql`
    select count(*) filter (where m.author = 'customer')::int as said, count(*) filter (where m.author = 'bot')::int as answered
      from conversations c join messages m on m.conversation_id = c.id group by c.id`)
  return { conversations: rows.length, wrong: rows.filter(({ said, answered }) => said !== 1 || answered !== 1).length }
}
