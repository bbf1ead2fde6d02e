// The clocks of a simulated day, counted a second time and in the plainest way: from docs/hours.md alone, second by second, over what the
// day's book says happened. Nothing of the house's own arithmetic is used, so that it can be found wrong.

import { spentMs, type Term } from '#router/terms.ts'
import { termsOf } from '#src/pipeline/clocks.ts'
import type { AuditRow } from '#store/rows.ts'
import type { Day } from './day.ts'
import type { Turn } from './day-record.ts'
import { HOURS, SKILLS, type Skill, SLA } from './day-shop.ts'

const SECOND = 1_000
const HOUR = 3_600_000
/** Timers are looked at every second, and what they bring waits for its turn. */
const SLACK = 2_500

/** What the house thought of a running conversation at some moment. */
export interface Look {
  at: number
  conversation: string
  clocks: { term: Term; spentMs: number; runs: boolean }[]
}

export interface Verdict {
  conversations: number
  warnings: number
  breaches: number
  ended: number
  looks: number
  wrong: string[]
}

const looks = new WeakMap<Day, Look[]>()

/** Writes down what the house's clocks say now, of all that run. */
export function look(day: Day): void {
  const { world, house } = day
  const list = looks.get(day) ?? []
  looks.set(day, list)
  for (const row of world.conversations.values()) {
    if (!row.clocks) continue
    const { calendar } = termsOf(row, house)
    const clocks = row.clocks.clocks.map((clock) => ({
      term: clock.term,
      spentMs: spentMs(clock, calendar, world.clock.now()),
      runs: clock.runsSince !== undefined,
    }))
    list.push({ at: world.ms, conversation: row.id, clocks })
  }
}

// ── The count ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Counted {
  term: Term
  spent: number
  warned: boolean
  breached: boolean
}

interface Due {
  term: Term
  what: 'sla.warned' | 'sla.breached'
  at: number
}

interface Ended {
  term: Term
  how: 'sla.met' | 'sla.dropped'
  at: number
  spent: number
  breached: boolean
}

/** Are people there for this skill? Shanghai has one time all year, eight hours ahead. */
function isOpen(at: number, { skill, priority }: Turn): boolean {
  const rule = ruleOf({ skill, priority })
  if (rule?.hours === 'always') return true
  const calendar = HOURS[SKILLS[skill as Skill].hours]
  const local = new Date(at + 8 * HOUR)
  const day = local.toISOString().slice(0, 10)
  if (!calendar || calendar.closed.includes(day)) return false
  const isWeekend = local.getUTCDay() === 0 || local.getUTCDay() === 6
  const ranges = calendar.open.daily ?? (isWeekend ? calendar.open['sat-sun'] : calendar.open['mon-fri']) ?? []
  const minutes = local.getUTCHours() * 60 + local.getUTCMinutes()
  return ranges.some(({ from, to }) => from <= minutes && minutes < to)
}

function ruleOf({ skill, priority }: Pick<Turn, 'skill' | 'priority'>) {
  return SLA.find((rule) => (rule.skill ?? skill) === skill && (rule.priority ?? priority) === priority)
}

class Count {
  clocks: Counted[] = []
  dues: Due[] = []
  ends: Ended[] = []
  ours = true
  now: Turn | undefined

  /** What a turn changes. `before` is how it stood until then. */
  turn(turn: Turn): void {
    const before = this.now
    this.now = turn
    const had = before && isWithPeople(before)
    if (!isWithPeople(turn)) {
      if (!had) return
      if (turn.said.includes('agent')) this.answer(turn.at)
      for (const { term } of [...this.clocks])
        this.end(term, turn.status === 'resolved' && term === 'resolution' ? 'sla.met' : 'sla.dropped', turn.at)
      return
    }
    if (!had) {
      this.ours = true
      this.start('firstReply')
      this.start('resolution')
    } else if ((turn.status === 'queued' && before.status !== 'queued') || isPassedOn(before, turn)) this.owe()
    for (const who of turn.said) who === 'agent' ? this.answer(turn.at) : this.owe()
    this.notice(turn.at)
  }

  start(term: Term): void {
    this.clocks.push({ term, spent: 0, warned: false, breached: false })
  }

  /** The customer waits for us. */
  owe(): void {
    this.ours = true
    if (this.clocks.every(({ term }) => term === 'resolution')) this.start('nextReply')
  }

  answer(at: number): void {
    for (const term of ['firstReply', 'nextReply'] as const) this.end(term, 'sla.met', at)
    this.ours = false
  }

  end(term: Term, how: Ended['how'], at: number): void {
    const clock = this.clocks.find((one) => one.term === term)
    if (!clock) return
    this.clocks = this.clocks.filter((one) => one !== clock)
    if (this.limit(term) !== undefined)
      this.ends.push({ term, how, at, spent: clock.spent, breached: clock.breached || clock.spent >= (this.limit(term) ?? 0) })
  }

  limit(term: Term): number | undefined {
    return this.now && ruleOf(this.now)?.[term]
  }

  /** Time goes on: a second at a time, so that every minute is looked at by itself. */
  pass(from: number, to: number): void {
    for (let at = from; at < to; ) {
      const next = Math.min(to, (Math.floor(at / SECOND) + 1) * SECOND)
      if (this.now && isOpen(at, this.now)) this.run(at, next - at)
      at = next
    }
  }

  run(at: number, ms: number): void {
    for (const clock of this.clocks) {
      if (!this.runs(clock)) continue
      const before = clock.spent
      clock.spent += ms
      this.notice(at, clock, before)
    }
  }

  runs({ term }: Pick<Counted, 'term'>): boolean {
    return this.now?.status !== 'snoozed' && (term !== 'resolution' || this.ours)
  }

  notice(at: number, only?: Counted, before?: number): void {
    for (const clock of only ? [only] : this.clocks) {
      const limit = this.limit(clock.term)
      if (limit === undefined || clock.breached) continue
      const spent = before ?? clock.spent
      const mark = Math.ceil(limit * (ruleOf(this.now as Turn)?.warnAt ?? 1))
      const when = (goal: number) => at + Math.max(0, goal - spent)
      const isOver = clock.spent >= limit
      if (!clock.warned && clock.spent >= mark && (!isOver || spent < mark))
        this.dues.push({ term: clock.term, what: 'sla.warned', at: when(mark) })
      clock.warned ||= clock.spent >= mark
      if (!isOver) continue
      clock.breached = true
      this.dues.push({ term: clock.term, what: 'sla.breached', at: when(limit) })
    }
  }
}

const isWithPeople = ({ status }: Turn) => status === 'queued' || status === 'assigned' || status === 'snoozed'
/** From one person to another, who did not take it by speaking. */
const isPassedOn = (a: Turn, b: Turn) =>
  a.status === 'assigned' && b.status === 'assigned' && a.agentId !== b.agentId && !b.said.includes('agent')

// ── The comparison ───────────────────────────────────────────────────────────────────────────────────────────────────

export function clocksOf(day: Day): Verdict {
  const verdict: Verdict = { conversations: 0, warnings: 0, breaches: 0, ended: 0, looks: 0, wrong: [] }
  const seen = Map.groupBy(looks.get(day) ?? [], ({ conversation }) => conversation)
  for (const [id, turns] of day.book.turns) {
    if (!turns.some(isWithPeople)) continue
    verdict.conversations += 1
    const count = new Count()
    const wrong = (what: string) => verdict.wrong.push(`${id}: ${what}`)
    const moments = [...turns.map((turn) => ({ at: turn.at, turn })), ...(seen.get(id) ?? []).map((look) => ({ at: look.at, look }))]
    let at = turns[0]?.at ?? 0
    // What the house was asked at a moment, it was asked before what happened then.
    for (const moment of moments.sort((a, b) => a.at - b.at || Number('turn' in a) - Number('turn' in b))) {
      count.pass(at, moment.at)
      at = moment.at
      if ('turn' in moment) count.turn(moment.turn)
      else compareLook(count, moment.look, wrong)
    }
    verdict.looks += seen.get(id)?.length ?? 0
    const told = (day.book.audit.get(id) ?? []).filter(({ action }) => action.startsWith('sla.'))
    compareEnds(count, told, wrong)
    compareDues(count, told, wrong)
    verdict.ended += count.ends.length
    verdict.warnings += count.dues.filter(({ what }) => what === 'sla.warned').length
    verdict.breaches += count.dues.filter(({ what }) => what === 'sla.breached').length
  }
  return verdict
}

function compareLook(count: Count, { at, clocks }: Look, wrong: (what: string) => void): void {
  const counted = count.clocks.map((clock) => `${clock.term} ${clock.spent} ${count.runs(clock)}`).sort()
  const shown = clocks.map(({ term, spentMs: spent, runs }) => `${term} ${spent} ${runs}`).sort()
  if (counted.join() !== shown.join()) wrong(`at ${new Date(at).toISOString()} the house shows ${shown}, and it is ${counted}`)
}

function compareEnds({ ends }: Count, told: AuditRow[], wrong: (what: string) => void): void {
  const words = (list: string[]) => list.sort().join('\n')
  const counted = words(ends.map(({ term, how, at, spent, breached }) => `${how} ${term} ${at} ${spent} ${breached}`))
  const kept = told.filter(({ action }) => action === 'sla.met' || action === 'sla.dropped')
  const house = words(kept.map(({ action, at, data }) => `${action} ${data.term} ${at.getTime()} ${data.spentMs} ${data.breached}`))
  if (counted !== house) wrong(`ended by the house:\n${house}\nby the count:\n${counted}`)
}

/** Each warning and breach once, and when it was due; one that fell due in the moment before its clock ended may be told by that alone. */
function compareDues({ dues, ends }: Count, told: AuditRow[], wrong: (what: string) => void): void {
  const rows = told.filter(({ action }) => action === 'sla.warned' || action === 'sla.breached')
  for (const { term, what, at } of dues) {
    const found = rows.findIndex(
      (row) => row.action === what && row.data.term === term && row.at.getTime() >= at && row.at.getTime() <= at + SLACK,
    )
    if (found >= 0) rows.splice(found, 1)
    else if (!ends.some((end) => end.term === term && end.at >= at && end.at <= at + SLACK))
      wrong(`${what} ${term} was due at ${new Date(at).toISOString()}, and not told`)
  }
  for (const { action, at, data } of rows) wrong(`${action} ${data.term} was told at ${at.toISOString()}, and not due`)
}
