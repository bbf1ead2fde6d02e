import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import type { Database } from '#store/database.ts'
import { onPostgres, silent, testDatabase } from '../../test/support/database.ts'
import { openClock } from './clock.ts'

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const MINUTE = 60_000
const off = async (wrongBy: { ms: number }) => {
  const told: string[] = []
  const log = { ...silent, warn: (about: object) => void told.push(JSON.stringify(about)) }
  const own = { ...systemClock, now: () => new Date(Date.now() + wrongBy.ms) }
  const clock = await openClock(database, log, own)
  return { clock, told, error: () => Math.abs(clock.now().getTime() - Date.now()) }
}

test.runIf(onPostgres).each([
  ['ahead', MINUTE],
  ['behind', -MINUTE],
])('a process on a machine whose clock is a minute %s has the time of the database, and says so once', async (is, ms) => {
  const { clock, told, error } = await off({ ms })
  expect(error()).toBeLessThan(5_000)
  await clock.look()
  expect(told).toEqual([JSON.stringify({ seconds: 60, is })])
  clock.close()
})

test.runIf(onPostgres)('a clock that is put right meanwhile is followed, and one that differs by a second is left as it is', async () => {
  const wrongBy = { ms: MINUTE }
  const { clock, told, error } = await off(wrongBy)
  wrongBy.ms = 1_000
  await clock.look()
  expect(error()).toBeLessThan(5_000)
  wrongBy.ms = -1_000
  await clock.look()
  expect(clock.now().getTime()).toBeLessThan(Date.now())
  expect(told).toHaveLength(1)
  clock.close()
})

test.skipIf(onPostgres)('the embedded database has the clock of its process', async () => {
  const { clock, told, error } = await off({ ms: MINUTE })
  expect([Math.round(error() / 1000), told]).toEqual([60, []])
  clock.close()
})
