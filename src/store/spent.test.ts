// Old events: which go, which stay, and that a round comes to its end.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import type { Database } from './database.ts'
import { events, settings } from './schema.ts'
import { dropSpent } from './spent.ts'

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.delete(events)
  await database.db.delete(settings)
})

const DAY = 86_400_000
const now = Date.parse('2026-11-22T08:00:00Z')
const before = new Date(now - 30 * DAY)
const idAt = (ms: number, n = 0) => `evt_${ms.toString(16).padStart(12, '0')}7${String(n).padStart(19, '0')}`

interface Given {
  name: string
  days: number
  source?: 'channel' | 'desk' | 'house'
  of?: string
  state?: 'done' | 'pending' | 'dead'
  /** Worked on so many days ago. */
  worked?: number
}

async function store(given: Given[]): Promise<void> {
  await database.db.insert(events).values(
    given.map(({ name, days, source = 'channel', of = 'tg', state = 'done', worked = days }, n) => {
      const at = new Date(now - days * DAY)
      const processedAt = state === 'done' ? new Date(now - worked * DAY) : null
      const known = { source, sourceId: of, externalId: name, lane: name, payload: {}, nextAt: at, receivedAt: at, processedAt }
      return { id: idAt(at.getTime(), n), state, ...known }
    }),
  )
}

async function left(): Promise<string[]> {
  const { rows } = await database.db.execute<{ name: string }>(sql`select external_id as name from events order by external_id`)
  return rows.map(({ name }) => name)
}

test('what was worked on before then goes; what is younger, waits, failed or is read again stays', async () => {
  await store([
    { name: 'old', days: 31 },
    { name: 'old of a desk', days: 400, source: 'desk', of: 'slack' },
    { name: 'old timer', days: 31, source: 'house', of: 'timer' },
    { name: 'young', days: 29 },
    { name: 'waits', days: 31, state: 'pending' },
    { name: 'dead', days: 31, state: 'dead' },
    { name: 'old, worked on lately', days: 31, worked: 2 },
    { name: 'old mail', days: 31, of: 'mail' },
  ])
  expect(await dropSpent(database.db, before, ['tg', 'slack'])).toEqual({ dropped: 3, more: false })
  expect(await left()).toEqual(['dead', 'old mail', 'old, worked on lately', 'waits', 'young'])
})

test('what stays in front does not keep later looks from what is behind it, and the next round begins in front again', async () => {
  await database.db.execute(sql`
    insert into events (id, source, source_id, external_id, lane, payload, state, attempts, next_at, received_at, processed_at)
    select 'evt_' || lpad(to_hex(1700000000000 + n), 12, '0') || '7', 'channel', case when n <= 2100 then 'mail' else 'tg' end, n::text, '', '{}',
      'done', 0, '2023-11-14', '2023-11-14', '2023-11-14' from generate_series(1, 4200) n`)
  const looks = []
  do looks.push(await dropSpent(database.db, before, ['tg']))
  while (looks.at(-1)?.more)
  expect(looks).toEqual([
    { dropped: 0, more: true },
    { dropped: 1900, more: true },
    { dropped: 200, more: false },
  ])
  expect(await left()).toHaveLength(2100)
  let dropped = 0
  for (let look = await dropSpent(database.db, before, ['mail']); ; look = await dropSpent(database.db, before, ['mail'])) {
    dropped += look.dropped
    if (!look.more) break
  }
  expect([dropped, (await left()).length]).toEqual([2100, 0])
})
