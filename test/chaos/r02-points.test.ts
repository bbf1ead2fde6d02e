// R2. The house dies at every named moment, and exactly what is written beside it is there afterwards.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { onPostgres } from '../support/database.ts'
import { houseProcess, premises } from '../support/house.ts'
import { createDatabase } from '../support/postgresql.ts'
import { until } from '../support/until.ts'
import { arm, died, ENTRY, leasesRunOut, openBench } from './bench.ts'
import { type Moment, type Point, points } from './points.ts'
import { full } from './seed.ts'
import { type Stage, setStage } from './subjects.ts'

const TIMES = full ? 10 : 1
/** Most of the time is waiting, so several houses die side by side. */
const STAGES = 3

describe.concurrent('a house that dies', { timeout: full ? 3_600_000 : 300_000 }, () => {
  const ends: (() => Promise<void> | void)[] = []
  const free: Stage[] = []
  const wanted: ((stage: Stage) => void)[] = []
  const take = async () => free.pop() ?? new Promise<Stage>((resolve) => wanted.push(resolve))
  const give = (stage: Stage) => {
    const next = wanted.shift()
    if (next) next(stage)
    else free.push(stage)
  }

  beforeAll(async () => {
    const onTestFinished = (end: unknown) => void ends.push(end as () => Promise<void>)
    const open = async () => setStage(await openBench({ onTestFinished }, { polled: true, routing: 'auto' }))
    free.push(...(await Promise.all(Array.from({ length: STAGES }, open))))
  })
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })

  for (const point of points) {
    test(`at ${point.at}, ${point.who}: ${point.outcome}`, { repeats: TIMES - 1 }, async () => {
      const stage = await take()
      try {
        await die(stage, point)
      } finally {
        give(stage)
      }
    })
  }
})

async function die(stage: Stage, { at, subject, trace }: Point): Promise<void> {
  const { house, line } = stage
  await stands(stage)
  const complaints = house.complaints().length
  const dies = await threaten(stage, at)
  const underWay = await subject(stage)
  await dies()
  await leasesRunOut(stage)
  await line.set({ kind: 'refuse' }) // What the line held dies with it.
  await line.set({ kind: 'none' })
  house.start()
  await house.ready()
  expect(await underWay.trace()).toMatchObject(trace)
  expect(house.complaints().slice(complaints)).toBe('')
}

/** Up, idle, and its channels answer. */
async function stands({ house, line, client }: Stage): Promise<void> {
  await line.set({ kind: 'none' })
  if (!house.alive()) house.start()
  await house.ready()
  await house.quiet(30_000)
  let last: unknown
  await until(
    'every channel answers',
    async () => {
      const { channels, desks } = await client.get<Record<'channels' | 'desks', Record<string, { state: string }>>>('/readyz')
      last = { channels, desks }
      return [...Object.values(channels), ...Object.values(desks)].every(({ state }) => state === 'connected')
    },
    { ms: 30_000, state: () => last },
  )
}

/** Makes sure that the house will die then; resolves with how to wait for it. */
async function threaten({ house, line, providers }: Stage, at: Moment): Promise<() => Promise<void>> {
  if (at !== 'request.held' && at !== 'answer.held') {
    await arm(house, { at })
    return () => died(house)
  }
  const before = providers.calls().length
  await line.set({ kind: at === 'request.held' ? 'hang' : 'mute' })
  return async () => {
    await until('the line holds it', () => line.holding() > 0 && (at === 'request.held' || providers.calls().length > before))
    await house.kill()
  }
}

test('a house that dies in the middle of an upgrade of its database starts over, and is whole', { timeout: 60_000 }, async (context) => {
  const place = await premises('brand: { name: 示例商城 }\n')
  const variables: Record<string, string> = { FRONTDESK_DATA: join(place.variables.FRONTDESK_CONFIG ?? '', 'new') }
  if (onPostgres) {
    const name = `empty_${process.hrtime.bigint()}`
    await createDatabase(inject('postgresUrl'), name)
    variables.DATABASE_URL = `${inject('postgresUrl')}/${name}`
  }
  Object.assign(place.variables, variables, { FRONTDESK_CRASH_AT: 'migrate.statement:30' })
  const house = await houseProcess(place, { entry: ENTRY })
  context.onTestFinished(async () => {
    await house.kill()
    place.remove()
  })
  await died(house)
  expect(house.exits()).toEqual(['SIGKILL'])
  house.start({ FRONTDESK_CRASH_AT: '' })
  await house.ready()
  expect(((await (await fetch(`${house.url}/readyz`)).json()) as { ready: boolean }).ready).toBe(true)
  expect(house.complaints()).toBe('')
})
