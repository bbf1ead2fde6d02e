// A config that is read again while the house runs: all of it or nothing, and the process lives.
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { localLive } from '#core/live.ts'
import type { Database } from '#store/database.ts'
import { agents } from '#store/schema.ts'
import { memoryBlobs } from '../test/support/blobs.ts'
import { silent, testDatabase } from '../test/support/database.ts'
import { BOT } from '../test/support/stage.ts'
import { type App, createApp } from './app.ts'
import { loadConfig } from './config.ts'

let database: Database
let app: App
let files: Record<string, string | undefined>

const house = (people: string) => `skills: [sales]\nagents:\n${people}`
const anna = '  - { id: anna, name: 安娜, skills: [sales], email: anna@example.test }\n'
const ben = '  - { id: ben, name: 小本, skills: [sales], email: ben@example.test }\n'
const team = async () => {
  const rows = await database.db.select().from(agents).where(eq(agents.disabled, false)).orderBy(agents.id)
  return rows.map((row) => `${row.id} ${row.email}`)
}

beforeAll(async () => {
  database = await testDatabase()
  files = { 'frontdesk.yaml': house(anna + ben), 'bot.yaml': BOT }
  const source = { env: {}, read: (name: string) => files[name] }
  const loaded = loadConfig(source)
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  const parts = {
    database,
    blobs: memoryBlobs(),
    live: localLive(),
    clock: systemClock,
    log: silent,
    config: loaded.config,
    source,
    name: 'test',
  }
  app = await createApp(parts)
})
beforeEach(async () => {
  files = { 'frontdesk.yaml': house(anna + ben), 'bot.yaml': BOT }
  expect(await app.reload()).toEqual([])
})
afterAll(async () => {
  await app.stop()
  await database.close()
})

test('two agents swap their e-mails, and a new one takes that of somebody who left', async () => {
  files['frontdesk.yaml'] = house(anna.replace('anna@', 'x@').replace('x@', 'ben@') + ben.replace('ben@', 'anna@'))
  expect(await app.reload()).toEqual([])
  expect(await team()).toEqual(['anna ben@example.test', 'ben anna@example.test'])
  files['frontdesk.yaml'] = house(anna + ben.replace('id: ben', 'id: ben2'))
  expect(await app.reload()).toEqual([])
  expect(await team()).toEqual(['anna anna@example.test', 'ben2 ben@example.test'])
})

test('an e-mail of somebody from the console is a problem in words, and nothing changes', async () => {
  await database.db.insert(agents).values({
    id: 'agt_root',
    name: 'Root',
    publicName: 'Root',
    email: 'root@example.test',
    role: 'admin',
    skills: [],
    capacity: 1,
    identities: {},
    presence: 'offline',
    configured: false,
    createdAt: new Date(),
  })
  files['frontdesk.yaml'] = house(anna.replace('anna@', 'root@'))
  const [problem] = await app.reload()
  expect(problem?.message).toEqual({ zh: expect.stringContaining('root@example.test'), en: expect.stringContaining('root@example.test') })
  expect(await team()).toEqual(['agt_root root@example.test', 'anna anna@example.test', 'ben ben@example.test'])
})

test('an e-mail that an agent gave when signing up stays while the file names none', async () => {
  files['frontdesk.yaml'] = house('  - { id: cho, name: Cho, skills: [sales] }\n')
  await app.reload()
  await database.db.update(agents).set({ email: 'cho@example.test' }).where(eq(agents.id, 'cho'))
  await app.reload()
  expect(await team()).toContain('cho cho@example.test')
})

test.each(['frontdesk.yaml', 'bot.yaml'])('%s that is gone for a moment empties nothing', async (name) => {
  files[name] = undefined
  expect(await app.reload()).toMatchObject([{ file: name, message: { en: expect.stringContaining('gone') } }])
  expect(await team()).toContain('anna anna@example.test')
})

test('a file that cannot be read is a problem, not the end', async () => {
  Object.defineProperty(files, 'frontdesk.yaml', {
    get() {
      throw new Error('EISDIR: illegal operation on a directory, read')
    },
  })
  expect(await app.reload()).toMatchObject([{ message: { en: expect.stringContaining('EISDIR') } }])
})
