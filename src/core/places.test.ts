import { expect, test } from 'vitest'
import { createPlaces } from './places.ts'

test('so many run at once, the others in the order in which they came, and one that fails gives its place back', async () => {
  const places = createPlaces(2)
  const started: number[] = []
  const ends: (() => void)[] = []
  const task = (n: number) => () => {
    started.push(n)
    return new Promise<number>((resolve, reject) => ends.push(() => (n === 0 ? reject(new Error('broken')) : resolve(n))))
  }
  const done = Promise.allSettled([0, 1, 2, 3].map((n) => places(task(n))))
  expect(started).toEqual([0, 1])
  ends[0]?.()
  await expect.poll(() => started).toEqual([0, 1, 2])
  ends[2]?.()
  await expect.poll(() => started).toEqual([0, 1, 2, 3])
  for (const end of ends) end()
  expect(await done).toMatchObject([{ status: 'rejected' }, { value: 1 }, { value: 2 }, { value: 3 }])
  expect(await places(async () => 'free again')).toBe('free again')
})
