import { beforeEach, expect, test } from 'vitest'
import { createWakeUps, type WakeUps } from './wake.ts'

let now: number
let sent: number[]
let wakeUps: WakeUps
const queue = {
  async send(_body: unknown, options?: { delaySeconds?: number }) {
    sent.push(now + (options?.delaySeconds ?? 0) * 1000)
  },
}

beforeEach(() => {
  now = 1_000_000
  sent = []
  wakeUps = createWakeUps(() => now)
})

test('a wake-up never comes before what it is for, and in whole seconds', async () => {
  await wakeUps.at(queue, now + 1_200)
  expect(sent).toEqual([now + 2_000])
})

test('one that comes right after another is not asked for, one before it or later is', async () => {
  await wakeUps.at(queue, now + 5_000)
  await wakeUps.at(queue, now + 4_000)
  expect(sent).toHaveLength(1)
  await wakeUps.at(queue, now + 1_000)
  await wakeUps.at(queue, now + 60_000)
  expect(sent).toHaveLength(3)
  now += 5_001
  await wakeUps.at(queue, now + 500)
  expect(sent).toHaveLength(4)
})

test('what is due in the far future is left to the schedule', async () => {
  await wakeUps.at(queue, now + 3_600_000)
  expect(sent).toEqual([])
})

test('one that could not be asked for is asked for again', async () => {
  const broken = { send: () => Promise.reject(new Error('no queue')) }
  await expect(wakeUps.at(broken, now + 1_000)).rejects.toThrow('no queue')
  await wakeUps.at(queue, now + 1_000)
  expect(sent).toHaveLength(1)
})
