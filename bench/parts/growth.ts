// Does the work grow with what is stored? The same house on 10 thousand, 100 thousand and a million conversations, in turns; and the
// plan of every statement that the server ran for it.
import { countViews } from '#store/counts.ts'
import { openPostgres } from '#store/postgres.ts'
import { connect } from '../lib/database.ts'
import { fill, PER_CONVERSATION } from '../lib/fill.ts'
import { figureOf, warmUp } from '../lib/measure.ts'
import { planned } from '../lib/plans.ts'
import { type Context, emptyResult, type PartResult } from '../lib/report.ts'
import { acceptedRate, answeredRate, runRow } from '../lib/rows.ts'
import { type House, onStage, type Stage } from '../lib/stage.ts'
import { timesOf } from '../lib/stats.ts'

/** Of one size, round by round. */
interface Size {
  conversations: number
  house: House
  answers: number[]
  answerP99: number[]
  intake: number[]
  intakeP99: number[]
}

const USERS = 500
/** A table of more rows must not be read from end to end. */
const LARGE_ROWS = 5_000
/** Long enough for the loops that look now and then. */
const IDLE_MS = 7_000

export async function growth(context: Context): Promise<PartResult> {
  const result = emptyResult('growth')
  const counts = context.quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000]
  context.plan(counts.length * (11 + context.rounds * 2) + 1)
  // Loaded and silent; the plans' run alone switches it on.
  const settings = { session_preload_libraries: 'auto_explain', logging_collector: 'on', log_destination: 'jsonlog' }
  await onStage(settings, async (stage) => {
    const sizes: Size[] = []
    for (const conversations of counts) {
      const name = `growth_${conversations}`
      const url = await stage.database.fresh(name)
      await fill(url, conversations, context.step)
      const house = await stage.house(name, { url, before: conversations * PER_CONVERSATION })
      sizes.push({ conversations, house, answers: [], answerP99: [], intake: [], intakeP99: [] })
    }
    for (const size of sizes) await run(size, { seconds: warmUp(context) })
    for (let round = 0; round < context.rounds; round++) {
      // Each round begins with another size, so that none is always first.
      for (const [n] of sizes.entries()) {
        const size = sizes[(n + round) % sizes.length]
        if (size) await measure(context, size, round, result)
      }
    }
    report(result, sizes)
    for (const { house } of sizes) result.checks.push(await house.counted())
    const largest = sizes.at(-1)
    if (largest) await plans(context, stage, largest, result)
  })
  return result
}

/** Customers from all over the stored ones, whose conversation is open: a hot set would hide the size. */
async function run({ conversations, house }: Size, options: object) {
  const done = await house.run({ users: USERS, firstUser: 2, stride: Math.floor(conversations / USERS / 2) * 2, ...options })
  await house.settle()
  return done
}

async function measure(context: Context, size: Size, round: number, result: PartResult): Promise<void> {
  const { conversations } = size
  context.step(`growth: answers at ${conversations}, ${round + 1}/${context.rounds}`)
  const spoken = await run(size, { seconds: context.seconds })
  size.answers.push(answeredRate(spoken.crushed))
  size.answerP99.push(timesOf(spoken.crushed.times).p99)
  result.details.push({ table: 'answers', row: { conversations, ...runRow(spoken.crushed, spoken.cost) } })
  context.step(`growth: intake at ${conversations}, ${round + 1}/${context.rounds}`)
  const taken = await run(size, { seconds: context.seconds / 2, until: 'accepted' })
  size.intake.push(acceptedRate(taken.crushed))
  size.intakeP99.push(timesOf(taken.crushed.times).p99)
  result.details.push({ table: 'intake', row: { conversations, ...runRow(taken.crushed, taken.cost) } })
}

function report(result: PartResult, sizes: Size[]): void {
  const [smallest, ...larger] = sizes
  if (!smallest) return
  const against = `${smallest.conversations} conversations`
  const pairs = (base: number[], values: number[]) => values.map((ours, n) => ({ limit: base[n] ?? Number.NaN, ours }))
  for (const size of larger) {
    const at = `with ${size.conversations} conversations stored`
    const rate = { against, unit: '/s', target: { at: 'least' as const, value: 0.85 } }
    const late = { against, unit: 'ms', target: { at: 'most' as const, value: 1.15 } }
    const id = (what: string) => `growth.${what}.${size.conversations}`
    result.figures.push(
      figureOf({ ...rate, id: id('answers'), title: `answers ${at}` }, pairs(smallest.answers, size.answers)),
      figureOf({ ...late, id: id('answers.p99'), title: `p99 of an answer ${at}` }, pairs(smallest.answerP99, size.answerP99)),
      figureOf({ ...rate, id: id('intake'), title: `intake ${at}` }, pairs(smallest.intake, size.intake)),
      figureOf({ ...late, id: id('intake.p99'), title: `p99 of a 200 ${at}` }, pairs(smallest.intakeP99, size.intakeP99)),
    )
  }
}

/** A short run whose every statement leaves its plan in the server's log. */
async function plans(context: Context, { database, house: open }: Stage, size: Size, result: PartResult): Promise<void> {
  context.step('plans: a run with every plan on record')
  const { url } = size.house
  await size.house.stop()
  const look = await connect(url)
  try {
    const name = new URL(url).pathname.slice(1)
    for (const setting of ['log_min_duration = 0', 'log_nested_statements = on', "log_format = 'json'"])
      await look.query(`alter database ${name} set auto_explain.${setting}`)
    const house = await open('plans', { url })
    const people = { firstUser: 2, stride: Math.floor(size.conversations / USERS) }
    await house.run({ ...people, seconds: 2 })
    await house.run({ ...people, seconds: 1, text: '转人工', lines: 4, users: 20 })
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    await house.stop()
    await countAsPeople(url)
    const { rows } = await look.query<{ name: string }>(
      "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples >= $1",
      [LARGE_ROWS],
    )
    const large = rows.map((row) => row.name).sort()
    const { statements, scans } = planned(database.logs, name, new Set(large))
    const fine = `${statements.length} different statements, none reads all of ${large.join(', ')}`
    result.checks.push({
      title: `every statement of the hot path uses an index, with ${size.conversations} conversations stored`,
      ok: scans.length === 0 && statements.length > 5,
      detail: scans.length === 0 ? fine : scans.join(' · '),
    })
    for (const { text, runs, access } of statements) {
      result.details.push({ table: 'statements and how they find their rows', row: { runs, statement: text.slice(0, 90), access } })
    }
  } finally {
    await look.end()
  }
}

/** What every open console asks for at each change. */
async function countAsPeople(url: string): Promise<void> {
  const quiet = () => undefined
  const { db, close } = openPostgres({ url, log: { debug: quiet, info: quiet, warn: quiet, error: quiet } })
  try {
    await countViews(db, { id: 'lead', role: 'supervisor', skills: [] })
    await countViews(db, { id: 'anna', role: 'agent', skills: ['aftersales', 'presales'] })
  } finally {
    await close()
  }
}
