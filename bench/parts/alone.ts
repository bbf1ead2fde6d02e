// One customer alone, and many at half of what the house can do: how long somebody waits for the answer.
import { connect } from '../lib/database.ts'
import { figureOf, inTurns, warmUp } from '../lib/measure.ts'
import { type Context, emptyResult, type Figure, type PartResult } from '../lib/report.ts'
import { answeredRate, runRow } from '../lib/rows.ts'
import { type Bot, type House, onStage } from '../lib/stage.ts'
import { median, timesOf } from '../lib/stats.ts'

const P99_MS = 250
const COMMITS_MS = 1_000

export async function alone(context: Context): Promise<PartResult> {
  const result = emptyResult('alone')
  context.plan(context.rounds * 4 + 1)
  await onStage({}, async (stage) => {
    const grammy = await stage.peer('grammY', 'grammy.ts')
    const house = await stage.house('frontdesk')
    context.step('alone: warming up')
    for (const bot of [grammy, house]) await bot.run({ seconds: warmUp(context) })
    const single = async (bot: Bot) => {
      const { crushed, cost } = await bot.run({ lines: 1, users: 1, seconds: context.seconds / 2, firstUser: 2_000_000 })
      result.details.push({ table: 'one customer alone', row: { bot: bot.name, ...runRow(crushed, cost) } })
      return timesOf(crushed.times).p50
    }
    const commits: number[] = []
    result.figures.push(
      await inTurns(context, {
        id: 'alone',
        title: 'one customer alone: median time from the question to the answer',
        unit: 'ms',
        against: 'grammY',
        target: { at: 'most', value: 5 },
        limit: () => single(grammy),
        async ours() {
          commits.push(await commitTime(house.url))
          return single(house)
        },
      }),
      await half(context, house, result),
    )
    result.checks.push(await house.counted())
    result.notes.push(
      `To commit one row took ${median(commits).toFixed(2)} ms here, measured beside each round; an answer of ours waits for one commit (the event with what follows from it), and for two journeys to the database; grammY for none.`,
    )
  })
  return result
}

async function half(context: Context, house: House, result: PartResult): Promise<Figure> {
  const rounds: Figure['rounds'] = []
  const rates: number[] = []
  for (let round = 0; round < context.rounds; round++) {
    context.step(`half: the maximum, ${round + 1}/${context.rounds}`)
    rates.push(answeredRate((await house.run({ seconds: context.seconds / 2 })).crushed))
    await house.settle()
    context.step(`half: at half of it, ${round + 1}/${context.rounds}`)
    const rate = median(rates) / 2
    const { crushed, cost } = await house.run({ rate, seconds: context.seconds, lines: 256, users: 5_000, firstUser: 3_000_000 })
    rounds.push({ limit: P99_MS, ours: timesOf(crushed.times).p99 })
    result.details.push({ table: 'at half of the maximum, open loop', row: { 'asked/s': Math.round(rate), ...runRow(crushed, cost) } })
  }
  const title = `at half of the maximum (${Math.round(median(rates) / 2)} questions/s, whatever the answers do): p99 of the time to the answer`
  return figureOf({ id: 'half', title, unit: 'ms', against: `the bar of ${P99_MS} ms`, target: { at: 'most', value: 1 } }, rounds)
}

/** What the disk asks for one commit: the median over a second of them, one at a time. */
async function commitTime(url: string): Promise<number> {
  const client = await connect(url)
  try {
    await client.query('create table if not exists bench_commits (at timestamptz)')
    const times: number[] = []
    for (const end = performance.now() + COMMITS_MS; performance.now() < end; ) {
      const startedAt = performance.now()
      await client.query({ name: 'commit', text: 'insert into bench_commits values (now())' })
      times.push(performance.now() - startedAt)
    }
    return median(times)
  } finally {
    await client.end()
  }
}
