// A house for each test of a file, on the file's one database: the test opens it with what it needs, and it is closed after it. Beside it
// stand what most tests of the pipeline look at, and the way to a person that most of them begin with.
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Database } from '#store/database.ts'
import { auditEvents, messages, conversations as table } from '#store/schema.ts'
import { testDatabase } from './database.ts'
import { type Stage, type StageOptions, stage } from './stage.ts'
import { until } from './until.ts'

/** To be called once in a file, outside its tests. `usual`: what its houses have, where a test says nothing else. */
export function stages(usual: StageOptions = {}) {
  let database: Database
  let house: Stage | undefined
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database.close())
  afterEach(async () => {
    await house?.stop()
    house = undefined
  })
  const doors: Doors = {
    get database() {
      return database
    },
    get house() {
      if (!house) throw new Error('no house is open in this test')
      return house
    },
    async open(options = {}) {
      await house?.stop()
      house = await stage(database, { ...usual, ...options })
      return house
    },
  }
  return Object.assign(doors, sights(doors), { waiting: (options?: StageOptions) => waiting(doors, options) })
}

interface Doors {
  readonly database: Database
  /** Of this test: the one it opened last. */
  readonly house: Stage
  /** One that is open already is closed before. */
  open(options?: StageOptions): Promise<Stage>
}

/** A customer, `c1`, who asked for a person, in a house where agents take conversations themselves. Gives the thread. */
async function waiting(doors: Doors, options: StageOptions = {}): Promise<string> {
  const house = await doors.open({ routing: { mode: 'claim' }, ...options })
  await house.says('c1', '转人工')
  const { thread } = await until('a thread', () => house.shown.find(({ op }) => op === 'open'))
  // What is shown is not yet on record: what is done in a thread finds its conversation by the thread that is.
  await house.settle()
  return thread
}

function sights(doors: Doors) {
  return {
    /** The tool beside the console. */
    group: () => [...doors.house.house.desks.keys()][0] ?? '',
    /** The newest conversation. */
    async row() {
      const rows = await doors.database.db.select().from(table).orderBy(table.openedAt)
      const last = rows.at(-1)
      if (!last) throw new Error('no conversation')
      return last
    },
    heard: () => doors.house.sent.flatMap(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type))),
    /** Who was told what alone. */
    whispers: () => doors.house.shown.flatMap((one) => (one.op === 'whisper' ? [`${one.to}: ${one.text}`] : [])),
    /** A message, by its words. */
    async message(text: string) {
      const [found] = await doors.database.db.select().from(messages).where(eq(messages.text, text))
      return found
    },
    async notes() {
      const rows = await doors.database.db.select().from(messages).where(eq(messages.author, 'note')).orderBy(messages.seq)
      return rows.map(({ text }) => text)
    },
    async audited(action: string) {
      const rows = await doors.database.db.select().from(auditEvents).where(eq(auditEvents.action, action))
      return rows.map(({ actorKind, data }) => ({ by: actorKind, ...data }))
    },
  }
}
