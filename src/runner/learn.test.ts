import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBot } from '#bot/bot.ts'
import { readBot } from '#bot/check.ts'
import type { Bot, Lesson } from '#bot/contract.ts'
import type { Logger } from '#core/connector.ts'
import type { Database } from '#store/database.ts'
import { holdLease } from '#store/settings.ts'
import { silent, testDatabase } from '../../test/support/database.ts'
import { createLearning, type Train } from './learn.ts'

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const reading = readBot('version: 1\n', 'bot.yaml')
if (!('value' in reading)) throw new Error('an empty bot.yaml has problems')
const bot = createBot(reading.value)

/** A lesson whose bytes are its own name. */
function lessonOf(name: string): Lesson {
  const own = Buffer.from(name)
  return {
    entries: [{ id: name, titles: [], ask: [name] }],
    fingerprint: name,
    trained: (model) => (own.equals(model) ? { ...bot } : undefined),
  }
}

const train: Train = async (entries) => {
  trained++
  return new Uint8Array(Buffer.from(entries[0]?.id ?? ''))
}
let trained = 0

function learning(name: string, options: { train?: Train; log?: Logger } = {}) {
  return createLearning({ db: database.db, log: options.log ?? silent, name, ...(options.train && { train: options.train }) })
}

test('is learnt once, and found by every process that comes later', async () => {
  trained = 0
  const bots: Bot[] = []
  await learning('a', { train }).learn(lessonOf('once'), (one) => bots.push(one))
  await learning('b', { train }).learn(lessonOf('once'), (one) => bots.push(one))
  await learning('worker').learn(lessonOf('once'), (one) => bots.push(one))
  expect([bots.length, trained]).toEqual([3, 1])
})

test('where nothing can be trained the bot stays as it is, until somebody trained', async () => {
  const bots: Bot[] = []
  const worker = learning('worker')
  await worker.learn(lessonOf('later'), (one) => bots.push(one))
  expect(bots).toEqual([])
  await learning('a', { train }).learn(lessonOf('later'), () => undefined)
  await worker.learn(lessonOf('later'), (one) => bots.push(one))
  expect(bots.length).toBe(1)
})

test('a config that comes meanwhile wins, whatever ends first', async () => {
  const used: string[] = []
  const [begun, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slow: Train = async (entries) => {
    const id = entries[0]?.id ?? ''
    if (id === 'old') {
      begun.resolve()
      await release.promise
    }
    return new Uint8Array(Buffer.from(id))
  }
  const own = learning('a', { train: slow })
  const first = own.learn(lessonOf('old'), () => used.push('old'))
  await begun.promise
  const second = own.learn(lessonOf('new'), () => used.push('new'))
  release.resolve()
  await Promise.all([first, second])
  expect(used).toEqual(['new'])
})

test('waits for the process that is learning, and says when learning fails', async () => {
  await holdLease(database.db, 'faq:training', 'other', 60_000)
  const waiting = learning('a', { train })
  let settled = false
  const done = waiting.learn(lessonOf('held'), () => undefined).then(() => (settled = true))
  await holdLease(database.db, 'faq:training', 'other', 60_000)
  expect(settled).toBe(false)
  await waiting.stop()
  await done
  await holdLease(database.db, 'faq:training', 'other', -1)

  const warned: string[] = []
  const log = { ...silent, warn: (_fields: object, message: string) => void warned.push(message) }
  const broken: Train = async () => Promise.reject(new Error('out of memory'))
  await learning('a', { train: broken, log }).learn(lessonOf('broken'), () => undefined)
  expect(warned).toEqual(['the FAQ could not be learnt; it is answered untrained'])
})
