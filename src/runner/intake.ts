// The loops that fetch: one for each channel and desk that is polled or holds a connection; one of each in the cluster.
import type { Connect, Patience, PollResult } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskEvent, Inbound } from '#core/event.ts'
import { healthOf } from '#core/health.ts'
import { transact } from '#store/database.ts'
import type { NewEvent } from '#store/events.ts'
import { dropLease, holdLease, readSetting, writeSetting } from '#store/settings.ts'
import { accept, channelEvents, deskEvents } from '../pipeline.ts'
import { stayConnected } from './connect.ts'
import type { RunnerParts } from './parts.ts'
import { createSignal } from './signal.ts'

export const LEASE_MS = 45_000
const FIRST_MS = 1_000
const LONGEST_MS = 60_000
/** Wrong credentials do not mend themselves: the same rest as for what is sent. */
const REFUSED_MS = 30_000

export interface Source {
  id: string
  poll?(cursor: string | null, signal: AbortSignal, patience?: Patience): Promise<PollResult<unknown>>
  connect?: Connect<unknown>
  rows(events: unknown[]): Promise<NewEvent[]>
  /** A connection stands, or stands anew; it is gone. */
  opened?(): void
  closed?(): void
}

/** Hears how the connections of desks stand. */
export interface Lines {
  opened(deskId: string): void
  closed(deskId: string): void
}

/** Every loop that this configuration asks for. Resolves when all have ended after the abort. */
export async function runIntake(parts: RunnerParts, onEvents: () => void, abort: AbortSignal, lines?: Lines): Promise<void> {
  await Promise.all(sources(parts, lines).map((source) => keep(parts, source, onEvents, abort)))
}

function sources(parts: RunnerParts, lines?: Lines): Source[] {
  const { db } = parts.database
  const list: Source[] = []
  for (const { id, connector, inbound } of parts.channels.values()) {
    const rows = async (events: unknown[]) => parts.typing.sift(channelEvents(id, events as Inbound[], parts.house()))
    if (inbound === 'poll' && connector.poll) list.push({ id, poll: connector.poll.bind(connector), rows })
    if (inbound === 'connect' && connector.connect) list.push({ id, connect: connector.connect.bind(connector) as Connect<unknown>, rows })
  }
  for (const { id, desk, inbound } of parts.desks.values()) {
    const rows = async (events: unknown[]) =>
      parts.typing.sift(await deskEvents(db, id, await parts.people.introduce(id, events as DeskEvent[]), parts.house()))
    if (inbound === 'poll' && desk.poll) list.push({ id, poll: desk.poll.bind(desk), rows })
    const line = lines && { opened: () => lines.opened(id), closed: () => lines.closed(id) }
    if (inbound === 'connect' && desk.connect) list.push({ id, connect: desk.connect.bind(desk) as Connect<unknown>, rows, ...line })
  }
  return list
}

/** For so long a look without loops holds its lease, and so long it may take. */
const LOOK_MS = 20_000
const AGAIN_MS = 250

/**
 * Where no loops run: reads what rings until there is no more, one process at a time. Whoever rang while another read is waited for, since
 * that one may have looked already. What breaks is tried again with the next look.
 */
export async function lookAtBells(parts: RunnerParts, until: Date): Promise<void> {
  const ringing = [...parts.channels.values()].filter(({ definition, inbound }) => definition.rings && inbound === 'poll')
  const known = sources(parts).filter(({ id }) => ringing.some((channel) => channel.id === id))
  await Promise.all(known.map((source) => lookAt(parts, source, until)))
}

async function lookAt(parts: RunnerParts, source: Source, until: Date): Promise<void> {
  const { db } = parts.database
  // A name for each look, not for each process: two requests in one are two readers.
  const [lease, holder] = [`intake:${source.id}`, `${parts.name}:${crypto.randomUUID()}`]
  const signal = AbortSignal.timeout(LOOK_MS)
  try {
    while (!(await holdLease(db, lease, holder, LOOK_MS))) {
      if (parts.clock.now() >= until || signal.aborted) return
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
    try {
      // What is stored is worked on after the look anyway.
      const read = () => pollOnce(parts, source, () => undefined, signal, parts.health.get(source.id)?.state !== 'connected', 'now')
      while ((await read()) && parts.clock.now() < until);
    } finally {
      await dropLease(db, lease, holder)
    }
  } catch (error) {
    parts.health.set(source.id, healthOf(error))
    parts.log.warn({ source: source.id, error: reason(error) }, 'cannot fetch new messages; trying again with the next look')
  }
}

/** Runs one source for ever: waits for the lease, fetches, backs off with jitter when it breaks. */
async function keep(parts: RunnerParts, source: Source, onEvents: () => void, abort: AbortSignal): Promise<void> {
  const { db } = parts.database
  const lease = `intake:${source.id}`
  const pause = createSignal()
  let failures = 0
  while (!abort.aborted) {
    try {
      if (!(await holdLease(db, lease, parts.name, LEASE_MS))) {
        await pause.wait(2_000, abort)
        continue
      }
      const good = () => {
        failures = 0
      }
      if (source.poll)
        await keepingLease(parts, lease, abort, async (signal) => void (await pollOnce(parts, source, onEvents, signal, failures > 0)))
      else await keepingLease(parts, lease, abort, (signal) => stayConnected(parts, source, onEvents, signal, good))
      good()
    } catch (error) {
      if (abort.aborted) break
      failures += 1
      const ms = backOff(error, failures, parts.clock.random())
      parts.health.set(source.id, healthOf(error))
      parts.log.warn({ source: source.id, error: reason(error), againInMs: Math.round(ms) }, 'cannot fetch new messages; trying again')
      await pause.wait(ms, abort)
    }
  }
  await dropLease(db, lease, parts.name).catch((error) =>
    parts.log.warn({ error: reason(error) }, 'a lease could not be given back; it runs out'),
  )
}

/** The cursor is stored in the transaction that stores the events: what it confirms is committed. Says whether there is more. */
async function pollOnce(
  parts: RunnerParts,
  source: Source,
  onEvents: () => void,
  abort: AbortSignal,
  complained: boolean,
  patience?: Patience,
): Promise<boolean> {
  const { db } = parts.database
  const key = `cursor:${source.id}`
  const cursor = (await readSetting<string>(db, key)) ?? null
  parts.pass('poll.begun')
  const result = await source.poll?.(cursor, abort, patience)
  if (!result) return false
  const rows = await source.rows(result.events)
  if (rows.length > 0) parts.pass('poll.fetched')
  if (rows.length > 0 || result.cursor !== cursor) {
    await transact(db, async (tx) => {
      await accept(tx, rows)
      await writeSetting(tx, key, result.cursor)
    })
  }
  // What the part says of itself besides – that it cannot send, for one – is not ours to take back.
  if (complained || !parts.health.has(source.id))
    parts.health.set(source.id, { ...parts.health.get(source.id), state: 'connected', detail: undefined })
  if (rows.length > 0) {
    parts.pass('poll.committed')
    onEvents()
  }
  return result.more === true
}

/** Doubling, capped, with jitter; at least as long as the platform asks. */
export function backOff(error: unknown, failures: number, random: number): number {
  const asked = error instanceof ConnectorError ? (error.retryAfterMs ?? (error.kind === 'unauthorized' ? REFUSED_MS : 0)) : 0
  return Math.max(asked, FIRST_MS / 2 + random * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10)))
}

/** However long it takes: nobody else fetches meanwhile. Whoever loses the lease is told to stop. */
export async function keepingLease(
  { database: { db }, name }: Pick<RunnerParts, 'database' | 'name'>,
  lease: string,
  abort: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const lost = new AbortController()
  const renew = setInterval(() => {
    holdLease(db, lease, name, LEASE_MS).then(
      (held) => held || lost.abort(),
      () => lost.abort(), // Without the database nothing can be accepted: let go, and come back.
    )
  }, LEASE_MS / 3)
  try {
    await work(AbortSignal.any([abort, lost.signal]))
  } finally {
    clearInterval(renew)
  }
}
