// The whole transaction: event, customer, conversation, message, the bot's answer, the outbox's row. Ours in batches, as the event
// pump works; the limit is the same transaction one at a time, inside the server, as fast as pgbench can ask for it.
import { accept, channelEvents, work } from '#src/pipeline.ts'
import type { Db } from '#store/database.ts'
import { openPostgres } from '#store/postgres.ts'
import { silent } from '../../test/support/database.ts'
import { createDatabase } from '../../test/support/postgresql.ts'
import { QUESTION } from '../lib/crowds.ts'
import { connect, one, startDatabase } from '../lib/database.ts'
import { benchHouse, question } from '../lib/house.ts'
import { inTurns } from '../lib/measure.ts'
import { findPgbench, pgbench } from '../lib/pgbench.ts'
import { type Check, type Context, emptyResult, type PartResult } from '../lib/report.ts'
import { receiveFor, workFor } from '../lib/working.ts'
import { answerFunction } from './transaction-sql.ts'

const USERS = 2_000
const CLIENTS = [1, 4, 8, 16, 32, 64]
const WORKERS = [1, 2]

export async function transaction(context: Context): Promise<PartResult> {
  const result = emptyResult('transaction')
  if (!findPgbench()) return { ...result, skipped: 'pgbench is not installed (Debian: postgresql-contrib); without it there is no limit' }
  context.plan(context.rounds * 2 + 3)
  const database = await startDatabase()
  try {
    context.step('transaction: making customers')
    const seeded = await database.fresh('seeded')
    await withDb(seeded, (db) => workFor(db, { most: USERS, users: USERS, workers: 1 }))
    for (const name of ['limit', 'ours', 'poison']) await createDatabase(database.url, name, 'seeded')
    const [limitUrl, oursUrl] = [`${database.url}/limit`, `${database.url}/ours`]
    const look = await connect(limitUrl)
    await look.query(answerFunction)
    await look.end()

    const best = new Map<number, number[]>()
    let worked = USERS
    const figure = await inTurns(context, {
      id: 'transaction',
      title: 'event + customer + conversation + message + answer + outbox row',
      unit: 'transactions/s',
      against: 'best pgbench, one at a time',
      target: { at: 'least', value: 1.4 },
      async limit() {
        const rates: number[] = []
        for (const clients of CLIENTS) {
          const rate = await pgbench(limitUrl, `\\set user random(1, ${USERS})\nselect bench_answer(:user);\n`, clients, 2)
          best.set(clients, [...(best.get(clients) ?? []), rate])
          rates.push(rate)
        }
        return Math.max(...rates)
      },
      async ours() {
        const rates: number[] = []
        for (const [way, run] of Object.entries({ 'receive()': receiveFor, 'accept(), then work()': workFor })) {
          for (const workers of WORKERS) {
            const { count, seconds } = await withDb(oursUrl, (db) => run(db, { seconds: context.seconds / 2, users: USERS, workers }))
            worked += count
            rates.push(count / seconds)
            result.details.push({ table: 'in one process', row: { way, loops: workers, 'transactions/s': Math.round(count / seconds) } })
          }
        }
        return Math.max(...rates)
      },
    })
    result.figures.push(figure)
    for (const [clients, rates] of best) {
      result.details.push({ table: 'pgbench -M prepared', row: { clients, 'transactions/s': rates.map(Math.round).join(' ') } })
    }
    result.checks.push(await agreement(oursUrl, worked))
    context.step('transaction: a poisonous event in a batch')
    result.checks.push(await poison(`${database.url}/poison`))
    result.notes.push(
      'Ours in batches: 48 received at once, or 64 accepted and 32 worked on, as the door decides by what comes; both sides write the same rows on the same tables, and wait for the disk at each commit.',
    )
    return result
  } finally {
    await database.stop()
  }
}

async function withDb<T>(url: string, task: (db: Db) => Promise<T>): Promise<T> {
  const database = openPostgres({ url, log: silent })
  try {
    return await task(database.db)
  } finally {
    await database.close()
  }
}

/** As many of each as events were worked on: nothing lost, nothing twice. */
async function agreement(url: string, worked: number): Promise<Check> {
  const look = await connect(url)
  try {
    const events = await one(look, "select count(*) from events where state = 'done'")
    const questions = await one(look, "select count(*) from messages where author = 'customer'")
    const answers = await one(look, "select count(*) from messages where author = 'bot'")
    const outbox = await one(look, 'select count(*) from deliveries')
    const numbers = await one(look, 'select sum(last_seq) from conversations')
    const ok = [events, questions, answers, outbox].every((count) => count === worked) && numbers === 2 * worked
    return {
      title: 'events = messages = answers = outbox rows, and every conversation counts its messages',
      ok,
      detail: `${worked} worked on; ${events} / ${questions} / ${answers} / ${outbox}; sum of last_seq ${numbers}`,
    }
  } finally {
    await look.end()
  }
}

/** One event of 64 cannot be saved: its place in the conversation's numbers is taken. The others must not notice. */
async function poison(url: string): Promise<Check> {
  const look = await connect(url)
  try {
    await look.query(`insert into messages (id, conversation_id, seq, author, name, parts, text, created_at)
      select 'msg_poison', id, last_seq + 1, 'note', '', '[]', '', now() from conversations where user_key = '7'`)
    const before = await one(look, "select count(*) from events where state = 'done'")
    await withDb(url, async (db) => {
      const house = benchHouse()
      const rows = Array.from({ length: 64 }, (_, n) => channelEvents('tg', [question(n + 1, QUESTION)], house)).flat()
      await accept(db, rows)
      for (let tries = 0; tries < 200; tries++) {
        const { events } = await work(db, house)
        if (events === 0) break
      }
    })
    const done = (await one(look, "select count(*) from events where state = 'done'")) - before
    const stuck = await one(look, "select count(*) from events where state = 'pending' and attempts = 1 and error is not null")
    return {
      title: 'a poisonous event in a batch harms only itself',
      ok: done === 63 && stuck === 1,
      detail: `of 64 events ${done} are done, ${stuck} waits for its second try with its error on record`,
    }
  } finally {
    await look.end()
  }
}
