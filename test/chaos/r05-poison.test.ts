// R5. One message that always breaks what works on it, among many: it harms only itself.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BotTurn } from '#bot/contract.ts'
import type { Database } from '#store/database.ts'
import { testDatabase } from '../support/database.ts'
import { stage } from '../support/stage.ts'
import { until } from '../support/until.ts'
import { full, seeded } from './seed.ts'

const EVENTS = full ? 1_000 : 300
const CUSTOMERS = 50
let database: Database

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const poison = (): never => {
  throw new Error('poison')
}

/** Where it breaks: in deciding, or in writing what was decided. */
const ways: [where: string, spoil: (turn: BotTurn) => BotTurn][] = [
  ['the bot throws', poison],
  ['what the bot says cannot be written', (turn) => ({ ...turn, state: Object.assign({ ...turn.state }, { toJSON: poison }) })],
]

test.each(ways)(
  '%s: all others are answered, it is set aside after 5 tries, and its conversation goes on',
  {
    timeout: 120_000,
  },
  async (_where, spoil) => {
    const { seed, random } = seeded('R5')
    const s = await stage(database)
    const { bot } = s.house
    s.house.bot = {
      ...bot,
      turn(state, input, context) {
        const turn = bot.turn(state, input, context)
        return JSON.stringify(input).includes('poison') ? spoil(turn) : turn
      },
    }
    const victim = Math.floor(random() * EVENTS)
    for (let n = 0; n < EVENTS; n++) await s.says(`u${n % CUSTOMERS}`, n === victim ? 'poison' : '多久发货')
    await until(
      'everything is done or set aside',
      async () => {
        s.clock.ms += 5_000 // Time passes: pauses between tries grow.
        const { rows } = await database.db.execute<{ pending: number }>(
          sql`select count(*)::int as pending from events where state = 'pending'`,
        )
        return rows[0]?.pending === 0
      },
      { ms: 60_000 },
    )
    await s.settle()
    await s.stop()
    const { rows } = await database.db.execute(sql`select state, count(*)::int as count from events group by state order by state`)
    expect(rows, `seed ${seed}`).toEqual([
      { state: 'dead', count: 1 },
      { state: 'done', count: EVENTS - 1 },
    ])
    const dead = await database.db.execute(sql`select attempts, payload::text like '%poison%' as poison, error like '%poison%' as told
    from events where state = 'dead'`)
    expect(dead.rows).toEqual([{ attempts: 5, poison: true, told: true }])
    expect(s.sent.filter(({ message }) => JSON.stringify(message.parts).includes('24 小时'))).toHaveLength(EVENTS - 1)
  },
)
