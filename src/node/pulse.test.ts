import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { silent } from '../../test/support/database.ts'
import { behindGate } from './gate.ts'
import { createPulse } from './pulse.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const never = () => new Promise<never>(() => undefined)

function stand(ask: () => Promise<void>, heard = () => 0, lost = () => 0) {
  let asked = 0
  const pulse = createPulse(
    {
      ask() {
        asked++
        return ask()
      },
      heard,
    },
    silent,
    () => Date.now() + lost(),
  )
  const gate = behindGate(
    (request: Request) => (request.url.endsWith('/slow') ? never() : Promise.resolve(new Response('ok'))),
    () => undefined,
    pulse,
  )
  const told: (number | string)[] = []
  const call = (path: string, method = 'POST') => {
    const began = Date.now()
    void Promise.resolve(gate(new Request(`http://x${path}`, { method }))).then(async (response) => {
      told.push(response.status, Date.now() - began)
      if (response.status === 503) told.push(response.headers.get('retry-after') ?? 'no retry-after')
    })
  }
  return { pulse, call, heard: told, asked: () => asked }
}

test('whoever waits for a database that hangs hears 503 within two seconds, and the next ones at once', async () => {
  const { call, heard, pulse } = stand(never)
  call('/slow')
  await vi.advanceTimersByTimeAsync(2_000)
  expect([heard[0], heard[2]]).toEqual([503, '2'])
  expect(heard[1]).toBeLessThan(2_000)
  expect(pulse.isAway()).toBe(true)
  call('/fast')
  await vi.advanceTimersByTimeAsync(0)
  expect(heard.slice(3)).toEqual([503, 0, '2'])
})

test('what is slow for another reason goes on while the database answers, which is asked no more than once a second', async () => {
  const { call, heard, asked } = stand(async () => undefined)
  call('/slow')
  await vi.advanceTimersByTimeAsync(30_000)
  expect(heard).toEqual([])
  expect(asked()).toBeGreaterThan(20)
  expect(asked()).toBeLessThanOrEqual(37)
})

test('where nobody waits nothing is asked', async () => {
  const { call, asked } = stand(async () => undefined)
  for (let n = 0; n < 10; n++) {
    call('/fast')
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(asked()).toBe(0)
})

test('the first answer opens the gate again, without another call', async () => {
  let there = false
  const { call, heard, pulse } = stand(async () => {
    if (!there) throw new Error('refused')
  })
  call('/slow')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(heard[0]).toBe(503)
  there = true
  await vi.advanceTimersByTimeAsync(1_000)
  expect(pulse.isAway()).toBe(false)
  call('/fast')
  await vi.advanceTimersByTimeAsync(0)
  expect(heard.slice(3)).toEqual([200, 0])
})

test('reading goes on as far as it needs no database', async () => {
  const { call, heard } = stand(never)
  call('/slow')
  await vi.advanceTimersByTimeAsync(2_000)
  call('/widget.js', 'GET')
  await vi.advanceTimersByTimeAsync(0)
  expect(heard.slice(3)).toEqual([200, 0])
})

test('a database that is slow to answer, but speaks with somebody, is not away', async () => {
  const { call, heard, pulse } = stand(never, () => Date.now())
  call('/slow')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(heard).toEqual([])
  expect(pulse.isAway()).toBe(false)
})

test('one that refuses a question because it has too many guests is not away either', async () => {
  let bytes = 0
  const { call, heard } = stand(
    async () => {
      bytes += 100
      throw new Error('sorry, too many clients already')
    },
    () => bytes,
  )
  call('/slow')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(heard).toEqual([])
})

test('a process that itself stood still does not take that for silence', async () => {
  let lost = 0
  const { call, heard, pulse } = stand(
    () => new Promise((resolve) => setTimeout(resolve, 300)),
    () => 0,
    () => lost,
  )
  call('/slow')
  await vi.advanceTimersByTimeAsync(900)
  lost += 5_000
  await vi.advanceTimersByTimeAsync(10_000)
  expect(heard).toEqual([])
  expect(pulse.isAway()).toBe(false)
})
