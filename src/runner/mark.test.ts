import { expect, test } from 'vitest'
import type { DeliveryRow, MessageRow } from '#store/rows.ts'
import { markOf } from './mark.ts'

const agents = { author: 'agent', recalledAt: null } as MessageRow
const at = new Date()
const send = (state: DeliveryRow['state'], deliveredAt: Date | null = null, readAt: Date | null = null) => ({ state, deliveredAt, readAt })

test('words in several platform messages bear the mark of the one that came least far', () => {
  expect(markOf(agents, [send('sent'), send('sending')])).toBeUndefined()
  expect(markOf(agents, [send('sent', at), send('sent')])).toBe('sent')
  expect(markOf(agents, [send('sent', at, at), send('sent', at)])).toBe('delivered')
  expect(markOf(agents, [send('sent', at, at), send('sent', at, at)])).toBe('read')
})

test('one part that was refused, or of which nobody knows, is a failure of the whole', () => {
  for (const state of ['failed', 'unknown', 'held', 'expired'] as const) {
    expect(markOf(agents, [send('sent', at, at), send(state)])).toBe('failed')
    expect(markOf(agents, [send('pending'), send(state)])).toBe('failed')
  }
})

test('what is among us, taken back or not on its way has no tick', () => {
  expect(markOf({ author: 'note', question: null } as MessageRow, [])).toBe('note')
  expect(markOf({ author: 'note', question: [{ id: 'held take msg', label: '' }] } as unknown as MessageRow, [])).toBe('held')
  expect(markOf({ ...agents, recalledAt: at }, [send('sent')])).toBeUndefined()
  expect(markOf(agents, [])).toBeUndefined()
  expect(markOf({ ...agents, author: 'customer' }, [send('sent')])).toBeUndefined()
})
