import { expect, test, vi } from 'vitest'
import { type BatchOptions, createBatch } from './batch.ts'

class Busy extends Error {}

interface Options
  extends Partial<Pick<BatchOptions<number, number>, 'bound' | 'most' | 'writes' | 'beside' | 'keysOf' | 'gatherMs' | 'patienceMs'>> {
  fails?(items: number[]): Error | undefined
}

function bench({ fails, ...options }: Options = {}) {
  const writes: number[][] = []
  const gates: (() => void)[] = []
  const batch = createBatch<number, number>({
    write: async (items) => {
      writes.push(items)
      await new Promise<void>((resolve) => gates.push(resolve))
      const error = fails?.(items)
      if (error) throw error
      return items.map((item) => item * 10)
    },
    most: 100,
    bound: 100,
    ...options,
    refusal: () => new Busy(),
    isPoison: (error) => (error as Error).message === 'poison',
  })
  /** Lets the write that is under way end, and the next one begin. */
  const next = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    gates.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { batch, writes, next }
}

test('what arrives during one write goes with the next, and each hears its own result', async () => {
  const { batch, writes, next } = bench()
  const first = batch.add(1)
  await new Promise((resolve) => setImmediate(resolve))
  const others = [batch.add(2), batch.add(3)]
  await next()
  await next()
  expect(await Promise.all([first, ...others])).toEqual([10, 20, 30])
  expect(writes).toEqual([[1], [2, 3]])
})

test('when enough wait, one more write begins beside the first, and no more than that', async () => {
  const { batch, writes, next } = bench({ writes: 2, beside: 2 })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const results = [batch.add(1)]
  for (const item of [2, 3, 4, 5, 6]) {
    await turn()
    results.push(batch.add(item))
  }
  await turn()
  expect(writes).toEqual([[1], [2, 3]])
  for (let n = 0; n < 3; n++) await next()
  expect(await Promise.all(results)).toEqual([10, 20, 30, 40, 50, 60])
  expect(writes).toEqual([[1], [2, 3], [4, 5, 6]])
})

test('of two writes side by side none holds what the other has of one key, and order stays', async () => {
  const { batch, writes, next } = bench({ writes: 2, beside: 3, keysOf: (item) => [String(item % 10)] })
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const results = [batch.add(1)]
  for (const item of [11, 2, 3, 21]) {
    await turn()
    results.push(batch.add(item))
  }
  await turn()
  expect(writes).toEqual([[1], [2, 3]])
  for (let n = 0; n < 3; n++) await next()
  expect(await Promise.all(results)).toEqual([10, 110, 20, 30, 210])
  expect(writes).toEqual([[1], [2, 3], [11, 21]])
})

test('what nobody waits for waits for company; what is urgent, or when asked to hurry, goes at once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  try {
    const { batch, writes, next } = bench({ gatherMs: 8 })
    const results = [batch.add(1), batch.add(2)]
    await next()
    expect(writes).toEqual([])
    vi.advanceTimersByTime(8)
    await next()
    expect(writes).toEqual([[1, 2]])
    results.push(batch.add(3))
    await next()
    results.push(batch.add(4, true))
    await next()
    expect(writes).toEqual([
      [1, 2],
      [3, 4],
    ])
    results.push(batch.add(5))
    batch.hurry()
    await next()
    await next()
    expect(writes).toEqual([[1, 2], [3, 4], [5]])
    expect(await Promise.all(results)).toEqual([10, 20, 30, 40, 50])
  } finally {
    vi.useRealTimers()
  }
})

test('what travelled with another write hears its results from there', async () => {
  const { batch, writes, next } = bench({ gatherMs: 60_000 })
  const results = [batch.add(1), batch.add(2)]
  const loan = batch.lend()
  expect(loan.items).toEqual([1, 2])
  expect(batch.lend().items).toEqual([])
  loan.end([11, 22])
  expect(await Promise.all(results)).toEqual([11, 22])
  await next()
  expect(writes).toEqual([])
})

test('what travelled in vain is written here after all, in its order, and travels no more', async () => {
  const { batch, writes, next } = bench({ gatherMs: 60_000 })
  const results = [batch.add(1), batch.add(2)]
  const loan = batch.lend()
  results.push(batch.add(3))
  loan.end()
  expect(batch.lend().items).toEqual([3])
  await next()
  expect(writes).toEqual([[1, 2]])
  await next()
  await Promise.all(results.slice(0, 2))
})

test('a poisonous item harms only itself', async () => {
  const { batch, next } = bench({ fails: (items) => (items.includes(2) ? new Error('poison') : undefined) })
  const results = Promise.allSettled([batch.add(1), batch.add(2), batch.add(3)])
  for (let n = 0; n < 4; n++) await next()
  expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('when the server is away all fail alike, and nothing is tried one by one', async () => {
  const { batch, writes, next } = bench({ fails: () => new Error('away') })
  const results = Promise.allSettled([batch.add(1), batch.add(2)])
  await next()
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(writes).toEqual([[1, 2]])
})

test('more than may wait are refused at once', async () => {
  const { batch, next } = bench({ bound: 2 })
  const first = batch.add(1)
  await new Promise((resolve) => setImmediate(resolve))
  const waiting = [batch.add(2), batch.add(3)]
  await expect(batch.add(4)).rejects.toBeInstanceOf(Busy)
  await next()
  await next()
  expect(await Promise.all([first, ...waiting])).toEqual([10, 20, 30])
})

test('who has waited too long hears so, and what is not under way yet is never written', async () => {
  const { batch, writes, next } = bench({ patienceMs: 20 })
  const first = batch.add(1)
  await new Promise((resolve) => setImmediate(resolve))
  const second = batch.add(2)
  const both = await Promise.allSettled([first, second])
  expect(both.map((one) => one.status === 'rejected' && one.reason)).toEqual([expect.any(Busy), expect.any(Busy)])
  await next()
  expect(writes).toEqual([[1]])
  expect(batch.waiting()).toBe(0)
})
