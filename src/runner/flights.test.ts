// What is on the wire ends, whatever becomes of who carries it.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { unwatched } from '#core/milestone.ts'
import type { Finishing } from '#store/deliveries.ts'
import type { DeliveryRow } from '#store/rows.ts'
import { silent } from '../../test/support/database.ts'
import { createFlights } from './flights.ts'
import type { Ledger } from './ledger.ts'
import type { RunnerParts } from './parts.ts'
import { createTargets } from './targets.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const row = {
  id: 'dlv_1',
  kind: 'channel',
  targetId: 'shop',
  lane: 'channel:cnv_1',
  op: 'send',
  payload: { to: { user: 'c1' }, parts: [{ type: 'text', text: '您好' }] },
  automatic: false,
  possiblyTwice: false,
  attempts: 1,
  createdAt: new Date(),
} as unknown as DeliveryRow

/** Flights to one channel, whose `send` is this; and what was put on record of them. */
function flightsTo(send: () => Promise<unknown>) {
  const clock = { now: () => new Date(), random: () => 0 }
  const finished: Finishing['outcome'][] = []
  const definition = { capabilities: {} }
  const parts = {
    clock,
    log: silent,
    pass: unwatched,
    channels: new Map([['shop', { connector: { send }, definition }]]),
    health: new Map(),
  }
  const targets = createTargets(
    clock,
    () => undefined,
    () => 1,
  )
  const ledger = { finish: async (_row: DeliveryRow, outcome: Finishing['outcome']) => void finished.push(outcome) }
  const around = { targets, ledger: ledger as Partial<Ledger> as Ledger, tell: async () => undefined, onLanded: () => undefined }
  return { finished, targets, flights: createFlights(parts as unknown as RunnerParts, around) }
}

test('whoever does not hear that they are cut off is left behind: nobody knows what became of it, and its place is free', async () => {
  const { flights, finished, targets } = flightsTo(() => new Promise(() => undefined))
  targets.took('shop')
  const [flight] = flights.start([row], 1_000)
  await vi.advanceTimersByTimeAsync(4_000)
  await flight
  expect(finished).toMatchObject([{ state: 'retry', possiblyTwice: true }])
  expect([flights.size(), targets.room('shop')]).toEqual([0, 48])
})

test('who ends does not wait for them either', async () => {
  const { flights, finished } = flightsTo(() => new Promise(() => undefined))
  flights.start([row], 60_000)
  const landed = flights.land(1_000)
  await vi.advanceTimersByTimeAsync(4_000)
  await landed
  expect(finished).toMatchObject([{ state: 'retry', possiblyTwice: true }])
})

test('what a runtime dropped in the middle, with the request that began it, counts no more: it is left to whoever takes it over', async () => {
  const { flights, finished, targets } = flightsTo(() => new Promise(() => undefined))
  targets.took('shop')
  flights.start([row], 1_000)
  vi.clearAllTimers() // As they go with their request.
  await vi.advanceTimersByTimeAsync(10_000)
  flights.forgetDropped()
  expect(flights.has(row.id)).toBe(true)
  await vi.advanceTimersByTimeAsync(10_000)
  flights.forgetDropped()
  expect([flights.size(), targets.room('shop'), finished]).toEqual([0, 48, []])
})
