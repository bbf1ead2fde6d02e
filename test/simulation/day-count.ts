// What is counted in a simulated day beside the house's own figures: who waits while somebody idle could help, what was lost, how long
// people waited.
import type { ConversationRow } from '#store/rows.ts'
import { type Day, newDay, type Plan, playDay } from './day.ts'
import { clocksOf, look, type Verdict } from './day-clocks.ts'
import { peopleOf } from './day-people.ts'
import type { Tally } from './day-record.ts'

const MINUTE = 60_000
/** After the last customer: what is begun is finished; who waits for what nobody has, waits still. */
const eveningOf = ({ minutes }: Plan) => Math.max(150, minutes) * MINUTE
/** Passes come at least every five seconds: whoever waits longer than that beside somebody idle was forgotten. */
const PATIENCE = 6_500

export interface Told extends Tally {
  /** Seconds from asking for a person to having one. */
  waits: number[]
  vipWaits: number[]
  conversations: number
  /** Still in the queue long after the day: nobody has what they ask for. */
  never: number
  /** Neither finished nor in the queue at the end, events and deliveries that did not come to their end, words that did not arrive. */
  lost: string[]
  twice: number
  idleWhileQueued: number
  faults: number
  threadsElsewhere: number
  clocks: Verdict
  complaints: string[]
}

export async function countDay(plan: Plan): Promise<Told> {
  const day = newDay(plan)
  const { world, book, ends, complaints } = day
  const last = Date.parse(plan.from) + plan.minutes * MINUTE
  const evening = eveningOf(plan)
  peopleOf(day)
  let idleWhileQueued = 0
  for (let ms = Date.parse(plan.from); ms < last + evening / 2; ms += 20_000) {
    let before = new Set<string>()
    day.at(ms, () => {
      before = idleBeside(day)
    })
    day.at(ms + PATIENCE, () => {
      const now = idleBeside(day)
      idleWhileQueued += [...before].filter((id) => now.has(id)).length
    })
  }
  for (let ms = Date.parse(plan.from); ms < last + evening; ms += 7 * MINUTE) day.at(ms, () => look(day))
  await playDay(day, last + evening, () => world.ms > last + 10 * MINUTE && isDone(day))
  look(day)
  const rows = [...world.conversations.values()]
  const elsewhere = [...ends.threads.values()].filter(({ conversation, tool }) => isElsewhere(day, conversation, tool))
  return {
    ...book.tally,
    ...waitsOf(day),
    conversations: rows.length,
    never: rows.filter(({ status }) => status === 'queued').length,
    lost: lostIn(day),
    twice: [...book.arrived.values()].filter((times) => times > 1).length,
    idleWhileQueued,
    faults: ends.faults,
    threadsElsewhere: elsewhere.length,
    clocks: clocksOf(day),
    complaints,
  }
}

/** Nothing is under way any more, and nobody who waits was given to anybody for longer than whoever was paused stays away. */
function isDone({ world, book }: Day): boolean {
  if (world.waiting.size + world.active.size > 0) return false
  const statuses = [...world.conversations.values()].map(({ status }) => status)
  if (statuses.includes('assigned') || statuses.includes('snoozed')) return false
  return !statuses.includes('queued') || world.ms - book.givenAt > 25 * MINUTE
}

function isElsewhere({ world, house }: Day, conversation: string, tool: string): boolean {
  const skill = world.conversations.get(conversation)?.skill ?? ''
  return house.staffing.skills.get(skill)?.desks?.includes(tool) === false
}

function waitsOf({ book, world }: Day): Pick<Told, 'waits' | 'vipWaits'> {
  const waits: number[] = []
  const vipWaits: number[] = []
  for (const [id, turns] of book.turns) {
    const asked = turns.findIndex(({ status }) => status === 'queued')
    const got = turns.findIndex(({ status }, n) => n > asked && status === 'assigned')
    if (asked < 0 || got < 0) continue
    const wait = ((turns[got]?.at ?? 0) - (turns[asked]?.at ?? 0)) / 1_000
    waits.push(wait)
    const { customerId } = world.conversations.get(id) ?? {}
    if (world.customers.get(customerId ?? '')?.tags.includes('vip')) vipWaits.push(wait)
  }
  return { waits, vipWaits }
}

function lostIn({ world, book, plan }: Day): string[] {
  const lost: string[] = [...book.troubles]
  const rows = [...world.conversations.values()]
  const users = new Set(rows.map(({ userKey }) => userKey))
  if (users.size !== plan.customers) lost.push(`${plan.customers - users.size} customers have no conversation`)
  for (const { id, status } of rows) if (status === 'assigned' || status === 'snoozed') lost.push(`${id} is still ${status}`)
  for (const { id, error } of world.waiting.values()) lost.push(`${id} was not worked on: ${error}`)
  for (const row of world.deliveries.values()) {
    if (row.state !== 'sent') lost.push(`${row.op} to ${row.targetId} is ${row.state}: ${row.error}`)
  }
  const texts = new Set([...world.messages.values()].flatMap((all) => all.map(({ text }) => /\[([cwn]\d+)\]/.exec(text)?.[1])))
  for (const [mark, { kind, by }] of book.spoken) {
    if (kind === 'c' && !texts.has(mark)) lost.push(`${mark} of ${by} is in no history`)
    if (kind === 'c' && texts.has(mark) && !book.seen.has(mark)) lost.push(`${mark} of ${by} was shown in no tool`)
  }
  for (const mark of book.accepted) if (!book.arrived.has(mark)) lost.push(`${mark} did not come to the customer`)
  return lost
}

/** Written from the words of docs/routing.md alone: who could be with somebody who has nothing better to do? */
function idleBeside(day: Day): Set<string> {
  const rows = [...day.world.conversations.values()]
  const busy = new Map<string, number>()
  const more = (id: string) => busy.set(id, (busy.get(id) ?? 0) + 1)
  for (const { status, agentId, handoff } of rows) {
    if (status === 'assigned' && agentId) more(agentId)
    // Whoever is being asked has a place less until they answer.
    if (status === 'queued') for (const id of handoff?.offer?.to ?? []) more(id)
  }
  const waiting = rows.filter(({ status, handoff }) => status === 'queued' && !handoff?.offer)
  return new Set(waiting.filter((row) => couldBeServed(day, row, busy)).map(({ id, version }) => `${id} ${version}`))
}

function couldBeServed({ house, world }: Day, row: ConversationRow, busy: Map<string, number>): boolean {
  const { skill, handoff, queuedAt, locale } = row
  const rules = house.staffing.skills.get(skill ?? '')
  const waited = (world.ms - (queuedAt?.getTime() ?? world.ms)) / 1_000
  const speaks = house.routing.languageSeconds
  return [...house.staffing.people].some(([id, person]) => {
    const agent = world.agents.get(id)
    if (!rules || agent?.presence !== 'online' || (agent.presenceUntil && agent.presenceUntil.getTime() < world.ms)) return false
    if ((busy.get(id) ?? 0) >= agent.capacity || handoff?.not?.includes(id)) return false
    if ((speaks === 'never' || waited < speaks) && !person.languages?.includes(locale)) return false
    if (rules.overflow.some((help) => waited >= help.seconds && help.team === person.team)) return true
    return (
      (person.levels.get(skill ?? '') ?? 0) >= rules.level &&
      (rules.teams ?? []).includes(person.team ?? '') &&
      rules.wishes.every((wish) => waited >= wish.seconds || (person.levels.get(wish.id) ?? 0) >= wish.level)
    )
  })
}
