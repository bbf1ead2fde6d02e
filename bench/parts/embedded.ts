// The embedded database against PostgreSQL: the same transaction, the same answers.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Db } from '#store/database.ts'
import { openEmbedded } from '#store/embedded.ts'
import { migrate } from '#store/migrate.ts'
import { openPostgres } from '#store/postgres.ts'
import { silent } from '../../test/support/database.ts'
import { removeAtExit } from '../lib/leftovers.ts'
import { inTurns, warmUp } from '../lib/measure.ts'
import { type Check, type Context, emptyResult, type Figure, type PartResult } from '../lib/report.ts'
import { answeredRate, runRow } from '../lib/rows.ts'
import { type Bot, type House, onStage, type Stage } from '../lib/stage.ts'
import { compared } from '../lib/stored.ts'
import { workFor } from '../lib/working.ts'

const AGAINST = { against: 'PostgreSQL', target: { at: 'least' as const, value: 0.25 } }
const USERS = 2_000

export async function embedded(context: Context): Promise<PartResult> {
  const result = emptyResult('embedded')
  context.plan(context.rounds * 4 + 2)
  const folder = mkdtempSync(join(tmpdir(), 'frontdesk-embedded-'))
  removeAtExit(folder)
  await onStage({}, async (stage) => {
    result.figures.push(await transactions(context, stage, join(folder, 'transaction')))
    result.figures.push(await conversations(context, stage, join(folder, 'answers'), result))
  })
  return result
}

async function transactions(context: Context, stage: Stage, folder: string): Promise<Figure> {
  context.step('embedded: making customers')
  const large = openPostgres({ url: await stage.database.fresh('transaction'), log: silent })
  const small = await openEmbedded({ folder })
  try {
    await migrate(small.db)
    const rate = async (db: Db, workers: number) => {
      const { count, seconds } = await workFor(db, { seconds: context.seconds / 2, workers, users: USERS })
      return count / seconds
    }
    for (const db of [large.db, small.db]) await workFor(db, { most: USERS, users: USERS, workers: 1 })
    return await inTurns(context, {
      ...AGAINST,
      id: 'embedded.transaction',
      title: 'the whole transaction in batches, on the embedded database',
      unit: 'transactions/s',
      limit: () => rate(large.db, 2),
      ours: () => rate(small.db, 1),
    })
  } finally {
    await small.close()
    await large.close()
  }
}

async function conversations(context: Context, stage: Stage, data: string, result: PartResult): Promise<Figure> {
  const big = await stage.house('postgresql')
  const small = await stage.house('embedded', { data })
  const rate = async (bot: Bot) => {
    const { crushed, cost } = await bot.run({ seconds: context.seconds })
    result.details.push({ table: 'answers, each run', row: { database: bot.name, ...runRow(crushed, cost) } })
    return answeredRate(crushed)
  }
  context.step('embedded: warming up')
  for (const bot of [big, small]) await bot.run({ seconds: warmUp(context) })
  const figure = await inTurns(context, {
    ...AGAINST,
    id: 'embedded.answers',
    title: 'answers through the Bot API, 32 at once, on the embedded database',
    unit: 'answers/s',
    limit: () => rate(big),
    ours: () => rate(small),
  })
  result.checks.push(await big.counted(), await looked(small, data))
  return figure
}

/** The embedded database opens once the house is gone. */
async function looked(house: House, folder: string): Promise<Check> {
  await house.stop()
  const database = await openEmbedded({ folder })
  try {
    const ask = async (sql: string) => Number((await database.db.execute<{ count: string }>(sql)).rows[0]?.count)
    return await compared(house.name, ask, await house.heard())
  } finally {
    await database.close()
  }
}
