// Asks tools that tell it only when asked (Slack) whether people are still there. What comes of it is an event like any other, and a hint:
// `hint()` in the pipeline says what it is worth. What was seen is kept in the store, so that processes go on where others were.
import type { Desk } from '#core/desk.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskEvent, Presence } from '#core/event.ts'
import { onlinePeople } from '#store/agents.ts'
import { dropLease, holdLease, readSetting, writeSetting } from '#store/settings.ts'
import { accept, deskEvents } from '../pipeline.ts'
import { LEASE_MS } from './intake.ts'
import type { DeskPart, RunnerParts } from './parts.ts'
import { createSignal } from './signal.ts'

const LOOK_MS = 15_000
const EVERY_MS = 3 * 60_000
/** A round ends well before its lease does. */
const ROUND_MS = 30_000
/** Whoever is seen is kept online when their word has less than this to go: not with each look. */
const KEEP_MS = 10 * 60_000
/** Tools that tell by themselves give a sign of life every ten minutes: who is in one of them has given one since. */
const QUIET_MS = 12 * 60_000
/** What was seen before that is of another day. */
const STALE_MS = 30 * 60_000

/** How the tool showed them last, and what came of it. `until`: how long their own word held when they were first seen away. */
export interface Seen {
  at: number
  until: number
  /** `elsewhere`: they were never seen there, or do something while the tool shows them away, which then says nothing of them. */
  as: 'here' | 'away' | 'left' | 'elsewhere'
}

interface Known {
  /** Nobody asks before. */
  rest: number
  people: Record<string, Seen>
}

interface Person {
  id: string
  until: number
}

/** What a look says. Only who was there can leave, at the second look at the earliest, and not while there are signs of life elsewhere. */
export function lookedAt(before: Seen | undefined, shown: Presence, until: number, at: number, minutes: number): [Seen, Presence?] {
  if (shown === 'online') return [{ at, until, as: 'here' }, until - at < KEEP_MS ? 'online' : undefined]
  if (!before || at - before.at > STALE_MS) return [{ at, until, as: 'elsewhere' }]
  if (before.as === 'here') return [{ at, until, as: 'away' }]
  if (until > before.until) return [{ at, until, as: 'elsewhere' }]
  const heardAt = until - minutes * 60_000
  if (before.as === 'away' && at - heardAt >= QUIET_MS) return [{ ...before, at, as: 'left' }, 'away']
  return [{ ...before, at }]
}

export interface Hints {
  /** Asks for those whose turn it is. */
  look(signal: AbortSignal): Promise<void>
  run(signal: AbortSignal): Promise<void>
}

export function createHints(parts: RunnerParts, onFound: () => void): Hints {
  const { clock, log } = parts
  const { db } = parts.database
  const pause = createSignal()
  /** What was complained of: a wrong id stays wrong, and is not news every three minutes. */
  const told = new Set<string>()

  /** Who is online; and who would still be, had the tool not shown them away: they are back when it shows them again. */
  async function due({ id: deskId, desk }: DeskPart): Promise<{ known: Known; people: Person[]; turn: Person[] }> {
    const now = clock.now().getTime()
    const known = (await readSetting<Known>(db, `hints:${deskId}`)) ?? { rest: 0, people: {} }
    const isHere = ({ id, until }: Person) => until > now || (known.people[id]?.as === 'left' && known.people[id].until > now)
    const rows = await onlinePeople(db, deskId)
    const people = rows.map(({ id, until }) => ({ id, until: until?.getTime() ?? Number.MAX_SAFE_INTEGER })).filter(isHere)
    const lastAt = ({ id }: Person) => known.people[id]?.at ?? 0
    const turn = known.rest > now ? [] : people.filter((one) => lastAt(one) + EVERY_MS <= now)
    return { known, people, turn: turn.sort((a, b) => lastAt(a) - lastAt(b)).slice(0, mostOf(desk)) }
  }

  async function visit(part: DeskPart, signal: AbortSignal): Promise<void> {
    if ((await due(part)).turn.length === 0) return
    const lease = `hints:${part.id}`
    if (!(await holdLease(db, lease, parts.name, LEASE_MS))) return
    try {
      await round(part, AbortSignal.any([signal, AbortSignal.timeout(ROUND_MS)]))
    } finally {
      await dropLease(db, lease, parts.name)
    }
  }

  /** Somebody else may have asked since we looked. */
  async function round(part: DeskPart, signal: AbortSignal): Promise<void> {
    const { id, desk } = part
    const { known, people, turn } = await due(part)
    const next: Known = { rest: clock.now().getTime() + LOOK_MS, people: {} }
    for (const one of people) if (known.people[one.id]) next.people[one.id] = known.people[one.id] as Seen
    const events: DeskEvent[] = []
    for (const one of turn) {
      const before = known.people[one.id]
      const at = clock.now()
      try {
        const shown = await desk.presence?.(one.id, signal)
        const [seen, says] = lookedAt(before, shown ?? 'away', one.until, at.getTime(), parts.house().routing.presenceMinutes)
        next.people[one.id] = seen
        if (says) events.push(eventOf(one.id, says, at))
      } catch (error) {
        if (signal.aborted) break
        // Who cannot be looked at keeps nobody else from being: their turn is over, too.
        next.people[one.id] = { ...(before ?? { until: one.until, as: 'elsewhere' }), at: at.getTime() }
        complain(id, one.id, reason(error))
        if (error instanceof ConnectorError && error.kind === 'rejected') continue
        next.rest = at.getTime() + Math.max(EVERY_MS, (error instanceof ConnectorError && error.retryAfterMs) || 0)
        break
      }
    }
    if ((await accept(db, await deskEvents(db, id, events, parts.house()))).length > 0) onFound()
    await writeSetting(db, `hints:${id}`, next)
  }

  function complain(desk: string, person: string, error: string): void {
    const key = `${desk} ${person} ${error}`
    log[told.has(key) ? 'debug' : 'warn']({ desk, person, error }, 'the tool does not say whether somebody is there')
    told.add(key)
  }

  async function look(signal: AbortSignal): Promise<void> {
    for (const part of parts.desks.values()) {
      if (signal.aborted) return
      if (!part.desk.presence) continue
      await visit(part, signal).catch((error) => {
        if (!signal.aborted) log.warn({ desk: part.id, error: reason(error) }, 'nobody could be looked at; trying again')
      })
    }
  }

  return {
    look,
    async run(signal) {
      while (!signal.aborted) {
        await look(signal)
        await pause.wait(LOOK_MS, signal)
      }
    },
  }
}

/** A round's share of what the tool takes in a minute: only one process at a time asks it. */
function mostOf({ presencePerMinute }: Desk): number {
  return presencePerMinute === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor((presencePerMinute * LOOK_MS) / 60_000))
}

function eventOf(id: string, state: Presence, at: Date): DeskEvent {
  return { externalId: `presence/${id}/${at.getTime()}/${state}`, at, by: { id }, raw: null, type: 'presence', state }
}
