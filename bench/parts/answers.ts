// A customer's question in at the hook, the bot's answer out at the Bot API. Beside it bots that store less, and what each of them
// loses when it is killed in the middle.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../lib/database.ts'
import { removeAtExit } from '../lib/leftovers.ts'
import { figureOf, warmUp } from '../lib/measure.ts'
import { installPeers } from '../lib/peers.ts'
import { readProfile } from '../lib/profile.ts'
import { type Check, type Context, emptyResult, type PartResult } from '../lib/report.ts'
import { answeredRate, runRow } from '../lib/rows.ts'
import { type Bot, onStage } from '../lib/stage.ts'

/** After the restart: an answer that has not come by then does not come. Longer than a lease of ours. */
const GRACE_MS = 30_000
const KILL_MS = 1_500

interface Contestant extends Bot {
  rates: number[]
}

export async function answers(context: Context): Promise<PartResult> {
  const result = emptyResult('answers')
  const missing = await installPeers()
  if (missing) result.skipped = `the comparison with the Chat SDK: ${missing}`
  const profile = context.profile ? mkdtempSync(join(tmpdir(), 'frontdesk-profile-')) : undefined
  if (profile) removeAtExit(profile)
  await onStage({}, async (stage) => {
    const contestants: Contestant[] = []
    const enter = (bot: Bot) => {
      const contestant = { ...bot, rates: [] }
      contestants.push(contestant)
      return contestant
    }
    const grammy = enter(await stage.peer('grammY', 'grammy.ts'))
    const house = await stage.house('Frontdesk', { url: await stage.database.fresh('frontdesk'), profile })
    const ours = enter(house)
    const DATABASE_URL = await stage.database.fresh('chat')
    const chat = missing ? undefined : enter(await stage.peer('Chat SDK, PostgreSQL state', 'chat-sdk.mjs', { DATABASE_URL }))
    await race(context, contestants, result)
    result.figures.push(versus('answers.grammy', ours, grammy, 0.6))
    if (chat) result.figures.push(versus('answers.chat', ours, chat, 8))
    result.checks.push(await house.counted())
    // A process that is killed writes no profile.
    for (const contestant of profile ? [] : contestants) {
      context.step(`answers: ${contestant.name} is killed`)
      result.checks.push(...(await killed(contestant, contestant === ours ? house.url : undefined, result)))
    }
    await house.stop()
  })
  if (profile) addProfile(profile, result)
  result.notes.push(
    'The load generator and fake Bot API share the cores with what they measure; the tables say how much of them each took.',
  )
  return result
}

async function race(context: Context, contestants: Contestant[], result: PartResult): Promise<void> {
  context.plan(contestants.length * (context.rounds + 2))
  for (const { name, run } of contestants) {
    context.step(`answers: ${name} warms up`)
    await run({ seconds: warmUp(context) })
  }
  for (let round = 0; round < context.rounds; round++) {
    for (const { name, run, rates } of contestants) {
      context.step(`answers: ${name}, ${round + 1}/${context.rounds}`)
      const { crushed, cost } = await run({ seconds: context.seconds })
      rates.push(answeredRate(crushed))
      const { 'accepted/s': _, ...row } = runRow(crushed, cost)
      result.details.push({ table: 'each run', row: { bot: name, ...row } })
    }
  }
}

function versus(id: string, ours: Contestant, against: Contestant, value: number) {
  const title = 'answers through the Bot API, 32 at once, 500 customers'
  const figure = { id, title, unit: 'answers/s', against: against.name, target: { at: 'least' as const, value } }
  return figureOf(
    figure,
    ours.rates.map((rate, n) => ({ limit: against.rates[n] ?? Number.NaN, ours: rate })),
  )
}

/** SIGKILL in the stream, started again at once. The crowd posts again what was not accepted, as the platform does. */
async function killed({ name, programs, run }: Contestant, url: string | undefined, result: PartResult): Promise<Check[]> {
  const [program] = programs
  const running = run({ seconds: 4, firstUser: 3_000_000, repost: true, graceMs: GRACE_MS })
  await new Promise((resolve) => setTimeout(resolve, KILL_MS))
  await program?.kill()
  await program?.start()
  const { accepted, unanswered, twice } = (await running).crushed
  const held = url ? await heldIn(url) : new Set<number>()
  const lost = unanswered.filter((user) => !held.has(user)).length
  const row = {
    bot: name,
    accepted,
    'never answered': unanswered.length,
    'of these held for a person': unanswered.length - lost,
    lost,
    'answered twice': twice,
  }
  result.details.push({ table: 'SIGKILL in the stream, restarted at once', row })
  // Of a peer it is a finding, not a condition.
  return url
    ? [{ title: `${name}: accepted questions that vanish when it is killed`, ok: lost === 0, detail: `${lost} of ${accepted}` }]
    : []
}

/** Customers whose answer may or may not have left: it is on record, and agents are told. */
async function heldIn(url: string): Promise<Set<number>> {
  const look = await connect(url)
  try {
    const { rows } = await look.query<{ user: string }>(
      "select payload->'to'->>'user' as user from deliveries where state in ('held', 'unknown')",
    )
    return new Set(rows.map(({ user }) => Number(user)))
  } finally {
    await look.end()
  }
}

function addProfile(folder: string, result: PartResult): void {
  const { busy, functions, places } = readProfile(folder)
  const percent = (part: number) => `${(part * 100).toFixed(1)} %`
  const add = (table: string, shares: typeof functions) => {
    for (const { name, part } of shares) result.details.push({ table, row: { name, part: percent(part) } })
  }
  add(`functions of the house by self time (busy ${percent(busy)})`, functions.slice(0, 25))
  add('packages', places.slice(0, 12))
}
