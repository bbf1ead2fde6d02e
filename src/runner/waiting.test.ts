import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Finished } from '#store/events.ts'
import { createWaiting } from './waiting.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const done: Finished = { id: 'a', result: { ok: true } }

test('whoever waits hears what came of the event from this process, or from the database', async () => {
  const look = vi.fn(async (ids: string[]) => (ids.includes('b') ? [{ ...done, id: 'b' }] : []))
  const waiting = createWaiting(look)
  const [here, there] = [waiting.settled('a', 10_000), waiting.settled('b', 10_000)]
  waiting.tell([done])
  await vi.advanceTimersByTimeAsync(150)
  expect([await here, await there]).toEqual([{ ok: true }, { ok: true }])
  expect(look).toHaveBeenCalledTimes(1)
})

test('a database that is away, or says nothing, is not waited for', async () => {
  for (const look of [async () => undefined, () => new Promise<undefined>(() => undefined)]) {
    const waiting = createWaiting(look)
    const one = waiting.settled('a', 10_000)
    await vi.advanceTimersByTimeAsync(1_650)
    expect(await one).toBeUndefined()
    expect(waiting.ids()).toEqual([])
  }
})

test('two who wait for the same event, as who asks again does, both hear', async () => {
  const waiting = createWaiting()
  const [first, second] = [waiting.settled('a', 1_000), waiting.settled('a', 3_000)]
  await vi.advanceTimersByTimeAsync(1_500)
  expect(await first).toBeUndefined()
  const third = waiting.settled('a', 3_000)
  waiting.tell([done])
  await vi.advanceTimersByTimeAsync(3_000)
  expect([await second, await third]).toEqual([{ ok: true }, { ok: true }])
  expect(waiting.ids()).toEqual([])
})
