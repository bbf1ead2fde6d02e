// A house whose clock is moved by hand, and which then does what is due: for tests of what comes by and by. It opens for each test, on the
// database of the file. Mostly there is one customer in it, `c1`, and what they and agents do is worked on at once.
import { eq } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll } from 'vitest'
import type { Database } from '#store/database.ts'
import { auditEvents, messages, conversations as table } from '#store/schema.ts'
import { testDatabase } from './database.ts'
import { type Stage, type StageOptions, stage } from './stage.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** To be called once in a file, outside its tests. */
export function byHand() {
  let database: Database
  let house: Stage
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database.close())
  afterEach(() => house.stop())
  const doors = {
    get database() {
      return database
    },
    /** Of this test. */
    get house() {
      return house
    },
    async open(options: StageOptions = {}) {
      house = await stage(database, { still: true, ...options })
    },
    /** Time goes on, and the house does all that is due by then. */
    async pass(ms = 0) {
      house.clock.ms += ms
      for (let round = 0; round < 2; round++) await house.runner.drain(new Date(house.clock.ms + MINUTE))
    },
  }
  return Object.assign(doors, sights(doors), deeds(doors))
}

interface Doors {
  readonly database: Database
  readonly house: Stage
  pass(ms?: number): Promise<void>
}

async function row({ database }: Doors) {
  const rows = await database.db.select().from(table).orderBy(table.openedAt)
  const last = rows.at(-1)
  if (!last) throw new Error('no conversation')
  return last
}

function sights(doors: Doors) {
  return {
    /** The newest conversation. */
    row: () => row(doors),
    heard: () => doors.house.sent.flatMap(({ message }) => message.parts.map((part) => ('text' in part ? part.text : part.type))),
    whispers: () => doors.house.shown.flatMap((one) => (one.op === 'whisper' ? [`${one.to}: ${one.text}`] : [])),
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

function deeds(doors: Doors) {
  return {
    async says(text: string) {
      await doors.house.says('c1', text)
      await doors.pass()
    },
    async command(line: string, by = 'anna') {
      await doors.house.agent('console', by, { type: 'command', thread: (await row(doors)).id, line } as never)
      await doors.pass()
    },
    async answers(text: string, by = 'anna') {
      const said = { thread: (await row(doors)).id, parts: [{ type: 'text', text }], messageId: `a${doors.house.clock.ms}-${text}` }
      await doors.house.agent('console', by, { type: 'message', ...said } as never)
      await doors.pass()
    },
  }
}
