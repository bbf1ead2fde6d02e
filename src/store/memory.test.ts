import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '#store/database.ts'
import { testDatabase } from '../../test/support/database.ts'
import { memoryOf } from './settings.ts'

let database: Database

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

test('of two who write at once one does, and the other is told', async () => {
  const memory = memoryOf(database.db, 'wx')
  expect(await memory.read('token')).toBeUndefined()
  const first = await Promise.all([memory.write('token', { a: 1 }, undefined), memory.write('token', { a: 2 }, undefined)])
  expect(first.toSorted()).toEqual([false, true])
  const before = await memory.read('token')
  const second = await Promise.all(['x', 'y', 'z'].map((b) => memory.write('token', { b, deep: [1, { c: null }] }, before)))
  expect(second.filter(Boolean)).toHaveLength(1)
  const after = await memory.read('token')
  expect(await memory.write('token', { done: true }, before)).toBe(false)
  expect(await memory.write('token', { done: true }, after)).toBe(true)
})

test('a part sees only what it wrote itself', async () => {
  await memoryOf(database.db, 'one').write('key', 'its own', undefined)
  expect(await memoryOf(database.db, 'two').read('key')).toBeUndefined()
  expect(await memoryOf(database.db, 'one').read('key')).toBe('its own')
})
