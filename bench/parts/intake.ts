// A platform's call in, the event committed, 200 out. The limit is a bare handler of the same HTTP library that stores nothing.
import { connect } from '../lib/database.ts'
import { inTurns, warmUp } from '../lib/measure.ts'
import { type Context, emptyResult, type PartResult } from '../lib/report.ts'
import { acceptedRate, runRow } from '../lib/rows.ts'
import { type Bot, onStage } from '../lib/stage.ts'
import { median } from '../lib/stats.ts'

/** At once, each waiting for its 200. */
const CRUSH = { lines: 128, users: 20_000, until: 'accepted' as const }

export async function intake(context: Context): Promise<PartResult> {
  const result = emptyResult('intake')
  context.plan(context.rounds * 4 + 2)
  await onStage({}, async (stage) => {
    const bare = await stage.peer('bare Hono', 'hono.ts')
    const house = await stage.house('frontdesk')
    const run = async (label: string, bot: Bot, seconds: number) => {
      const { crushed, cost } = await bot.run({ ...CRUSH, seconds })
      const { 'answers/s': _, ...row } = runRow(crushed, cost)
      result.details.push({ table: 'each run', row: { run: label, ...row } })
      return crushed
    }
    context.step('intake: warming up')
    await run('bare Hono, warming up', bare, warmUp(context))
    await run('Frontdesk, warming up', house, warmUp(context))
    await house.settle()
    const drains: number[] = []
    const figure = { unit: 'events/s', against: 'bare Hono handler' }
    result.figures.push(
      await inTurns(context, {
        ...figure,
        id: 'intake.burst',
        title: 'hook → event committed → 200, 128 at once, while the work waits',
        target: { at: 'least', value: 0.8 },
        limit: async () => acceptedRate(await run('bare Hono', bare, context.seconds / 2)),
        async ours() {
          const release = await holdWork(house.url)
          const crushed = await run('Frontdesk, the work waits', house, context.seconds / 2).finally(release)
          const startedAt = performance.now()
          await house.settle()
          drains.push(crushed.accepted / ((performance.now() - startedAt) / 1000))
          return acceptedRate(crushed)
        },
      }),
      await inTurns(context, {
        ...figure,
        id: 'intake.sustained',
        title: 'the same while the events are worked on and answered on the same cores',
        limit: async () => acceptedRate(await run('bare Hono', bare, context.seconds)),
        async ours() {
          const crushed = await run('Frontdesk, working', house, context.seconds)
          await house.settle()
          return acceptedRate(crushed)
        },
      }),
    )
    context.step('intake: counting')
    result.checks.push(await house.counted())
    result.notes.push(
      `After each burst the backlog was worked off and answered at ${Math.round(median(drains))} events/s.`,
      '"While the work waits": a lock on the conversations, held by the bench from outside, keeps the event pump from starting, as a burst or a slow database does.',
    )
  })
  return result
}

/** Keeps the event pump waiting for the conversations. Intake does not touch them. */
async function holdWork(url: string): Promise<() => Promise<void>> {
  const holder = await connect(url)
  await holder.query('begin')
  await holder.query('lock table conversations in access exclusive mode')
  return async () => {
    await holder.query('rollback')
    await holder.end()
  }
}
