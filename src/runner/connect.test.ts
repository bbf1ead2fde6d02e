// Held connections: what is confirmed, who holds them, and what happens when they break.
import { eq, like, sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Connect, Health } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import type { Database } from '#store/database.ts'
import { events, leases } from '#store/schema.ts'
import { testDatabase } from '../../test/support/database.ts'
import { type Stage, stage } from '../../test/support/stage.ts'
import { until } from '../../test/support/until.ts'
import { backOff, runIntake } from './intake.ts'
import type { RunnerParts } from './parts.ts'

let database: Database
let house: Stage

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

/** A platform with a socket: what it sends again until it is confirmed, and who is connected to it. */
interface Platform {
  connect: Connect
  waiting: Inbound[]
  /** Ids that were confirmed. */
  confirmed: string[]
  /** How often it was connected to. */
  opened: number
  open: number
  drop(error?: Error): void
  /** Refuses who connects next. */
  refuse?: Error
}

let number = 0
function arrives(user = 'c1'): Inbound {
  number += 1
  return { externalId: `held-${number}`, at: new Date(), from: { user }, raw: null, type: 'arrive', sender: { identities: [] } }
}

function platform({ deaf = false } = {}): Platform {
  let drop: (error?: Error) => void = () => undefined
  let wake: () => void = () => undefined
  const it: Platform = {
    waiting: [],
    confirmed: [],
    opened: 0,
    open: 0,
    drop: (error) => drop(error),
    async connect(sink, signal, opened) {
      if (it.refuse) throw it.refuse
      it.opened += 1
      it.open += 1
      opened?.()
      try {
        let ended: { error?: Error } | undefined
        drop = (error = new ConnectorError('transient', 'the line broke')) => {
          ended = { error }
          wake()
        }
        if (!deaf) signal.addEventListener('abort', () => wake())
        while (!ended && (deaf || !signal.aborted)) {
          const next = it.waiting[0]
          if (next) {
            await sink([next])
            it.confirmed.push(next.externalId)
            it.waiting.shift()
          } else
            await new Promise<void>((resolve) => {
              wake = resolve
              if (!deaf && signal.aborted) resolve()
              setTimeout(resolve, 20)
            })
        }
        if (ended?.error) throw ended.error
      } finally {
        it.open -= 1
      }
    },
  }
  return it
}

interface Intake {
  parts: RunnerParts
  woken: number
  stop(): Promise<void>
}
const running: Intake[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()))
  await house?.stop()
})

async function begin(held: Platform, name: string, change: Partial<RunnerParts> = {}): Promise<Intake> {
  const [id, channel] = [...house.parts.channels][0] as [string, RunnerParts['channels'] extends Map<string, infer C> ? C : never]
  const abort = new AbortController()
  const parts: RunnerParts = {
    ...house.parts,
    name,
    health: new Map<string, Health>(),
    // No jitter: half a second after the first failure.
    clock: { ...house.parts.clock, random: () => 0 },
    channels: new Map([[id, { ...channel, inbound: 'connect', connector: { ...channel.connector, connect: held.connect } }]]),
    desks: new Map(),
    ...change,
  }
  const intake: Intake = { parts, woken: 0, stop: async () => undefined }
  const ended = runIntake(
    parts,
    () => {
      intake.woken += 1
    },
    abort.signal,
  )
  intake.stop = async () => {
    abort.abort()
    await ended
  }
  running.push(intake)
  return intake
}

const healthOf = ({ parts }: Intake) => [...parts.health.values()][0]
const kept = (externalId: string) => database.db.select().from(events).where(eq(events.externalId, externalId))
async function open(): Promise<void> {
  house = await stage(database, { still: true })
}

describe('a held connection', () => {
  test('confirms only what is committed, wakes who works, and shows that it stands', async () => {
    await open()
    const held = platform()
    const intake = await begin(held, 'one')
    await until('the connection', () => healthOf(intake)?.state === 'connected')
    const first = arrives()
    held.waiting.push(first)
    await until('the confirmation', () => held.confirmed.includes(first.externalId))
    expect(await kept(first.externalId)).toHaveLength(1)
    expect(intake.woken).toBe(1)
  })

  test('that drops is opened again, and what was not confirmed comes again and is stored once', async () => {
    await open()
    const held = platform()
    const intake = await begin(held, 'one')
    const first = arrives()
    held.waiting.push(first)
    await until('the first', () => held.confirmed.length === 1)
    held.waiting.push(first, arrives())
    held.drop()
    await until('the trouble', () => healthOf(intake)?.state === 'transient')
    expect(healthOf(intake)?.detail).toBe('the line broke')
    await until('all of it', () => held.confirmed.length === 3)
    expect(held.opened).toBe(2)
    expect(await kept(first.externalId)).toHaveLength(1)
    expect(healthOf(intake)).toEqual({ state: 'connected' })
  })

  test('that the platform closes politely is opened again, too', async () => {
    await open()
    const held = platform()
    await begin(held, 'one', {})
    await until('the connection', () => held.opened === 1)
    held.drop(undefined)
    held.waiting.push(arrives())
    await until('what came after', () => held.confirmed.length === 1)
  })

  test('whose events cannot be committed confirms nothing, and the events come again', async () => {
    await open()
    const held = platform()
    await database.db.execute(sql`alter table events rename to events_away`)
    const intake = await begin(held, 'one')
    const event = arrives()
    held.waiting.push(event)
    await until('the trouble', () => healthOf(intake)?.state === 'transient')
    expect(held.confirmed).toEqual([])
    await database.db.execute(sql`alter table events_away rename to events`)
    expect(await kept(event.externalId)).toHaveLength(0)
    await until('the confirmation', () => held.confirmed.includes(event.externalId))
    expect(await kept(event.externalId)).toHaveLength(1)
  })

  test('is held by one process; when its holder is gone another takes over', async () => {
    await open()
    const held = platform()
    const one = await begin(held, 'one')
    await until('a holder', () => held.open === 1)
    await begin(held, 'two')
    const [mine] = await database.db.select().from(leases).where(like(leases.name, 'intake:%'))
    expect(mine?.holder).toBe('one')
    // The holder dies without a word: its connection breaks, and what is left of it is a lease that runs out.
    await one.stop()
    running.splice(running.indexOf(one), 1)
    await database.db.insert(leases).values({ ...(mine as typeof mine & object), until: sql`now() + interval '1 second'` as never })
    held.waiting.push(arrives())
    await until('the second holder', () => held.opened === 2)
    await until('what came meanwhile', () => held.confirmed.length === 1)
    const [lease] = await database.db.select().from(leases).where(like(leases.name, 'intake:%'))
    expect(lease?.holder).toBe('two')
    expect(held.open).toBe(1)
  })

  test('ends when told to, and one that does not listen is left behind', async () => {
    await open()
    for (const deaf of [false, true]) {
      const held = platform({ deaf })
      const intake = await begin(held, `ends-${deaf}`)
      await until('the connection', () => held.open === 1)
      await intake.stop()
      held.drop()
    }
  })

  test('with wrong credentials is not tried again and again', async () => {
    await open()
    const held = platform()
    held.refuse = new ConnectorError('unauthorized', 'wrong password')
    const intake = await begin(held, 'one')
    await until('the trouble', () => healthOf(intake)?.state === 'bad_credentials')
    expect(backOff(held.refuse, 1, 0)).toBe(30_000)
  })
})

test('the back-off doubles to a minute with jitter, and never less than the platform asks', () => {
  const broken = new ConnectorError('transient', 'x')
  expect([1, 2, 3].map((n) => backOff(broken, n, 0.5))).toEqual([1500, 2500, 4500])
  expect(backOff(broken, 99, 1)).toBe(60_500)
  expect(backOff(broken, 1, 0)).toBe(500)
  expect(backOff(new ConnectorError('rate_limited', 'x', { retryAfterMs: 7000 }), 1, 0)).toBe(7000)
})
