import { expect, test } from 'vitest'
import { ConnectorError, type ErrorKind, FileMissing } from '#core/errors.ts'
import type { DeliveryRow } from '#store/rows.ts'
import { verdictOf } from './outcome.ts'

const now = new Date('2026-11-22T08:00:00Z')
const row = { attempts: 1, automatic: false, possiblyTwice: false, createdAt: now, error: null, payload: {} } as DeliveryRow
const verdict = (error: unknown, of: Partial<DeliveryRow> = {}, repeatable = false) =>
  verdictOf({ ...row, ...of }, error, { now, random: 0.5, repeatable })

test.each([
  ['window_closed', 'failed'],
  ['recipient_gone', 'failed'],
  ['rejected', 'failed'],
  ['unsupported', 'failed'],
  ['rate_limited', 'retry'],
  ['unauthorized', 'retry'],
  ['thread_gone', 'retry'],
] as [ErrorKind, string][])('%s becomes %s', (kind, state) => {
  expect(verdict(new ConnectorError(kind, 'x')).state).toBe(state)
})

test('an error that is none of ours counts as uncertain', () => {
  expect(verdict(new TypeError('bug'), { automatic: true }).state).toBe('held')
})

test('waits grow with the attempts, stay under a quarter of an hour, and are never shorter than asked', () => {
  const wait = (attempts: number) =>
    (verdict(new ConnectorError('transient', 'x', { certain: true }), { attempts }).nextAt?.getTime() ?? 0) - now.getTime()
  expect([1, 2, 5, 12, 99].map(wait)).toEqual([1_500, 2_500, 16_500, 450_500, 450_500])
  const asked = verdict(new ConnectorError('transient', 'x', { certain: true, retryAfterMs: 600_000 })).nextAt
  expect(asked?.getTime()).toBe(now.getTime() + 600_000)
})

test('after a day nobody wants the answer any more', () => {
  const createdAt = new Date(now.getTime() - 25 * 3_600_000)
  expect(verdict(new ConnectorError('transient', 'x', { certain: true }), { createdAt }).state).toBe('expired')
  expect(verdict(new ConnectorError('unauthorized', 'x'), { createdAt }).state).toBe('expired')
  // The platform is left alone all the same.
  const busy = verdict(new ConnectorError('rate_limited', 'quota', { retryAfterMs: 7_000 }), { createdAt })
  expect([busy.state, busy.pauseUntil?.getTime()]).toEqual(['expired', now.getTime() + 7_000])
})

test('an agent’s words wait a minute for their file, then the agent hears that they did not go; a desk waits on', () => {
  const missing = new FileMissing('a.pdf', 'HTTP 404', { isFinal: false })
  const at = (seconds: number) => new Date(now.getTime() - seconds * 1_000)
  expect(verdict(missing, { kind: 'channel', createdAt: at(59) }).state).toBe('retry')
  expect(verdict(missing, { kind: 'channel', createdAt: at(60) })).toMatchObject({
    state: 'failed',
    error: expect.stringContaining('a.pdf'),
  })
  expect(verdict(missing, { kind: 'desk', createdAt: at(600) }).state).toBe('retry')
})

test('wrong credentials and a platform that asks to wait pause the whole account', () => {
  expect(verdict(new ConnectorError('unauthorized', 'x')).pauseUntil).toBeDefined()
  expect(verdict(new ConnectorError('rate_limited', 'x', { retryAfterMs: 7_000 })).pauseUntil?.getTime()).toBe(now.getTime() + 7_000)
})
