import { describe, expect, test } from 'vitest'
import type { ChatMessage } from '#http/chat/protocol.ts'
import fc from '../../../test/support/fc.ts'
import { nextToSend, type OutboxAction, type OutboxItem, outboxParts, reduceOutbox, restoreOutbox } from './outbox.ts'

const now = new Date('2026-11-22T10:00:00Z')
const queue = (clientId: string, text = clientId): OutboxAction => ({ type: 'queued', request: { clientId, text }, now, after: 0 })
const run = (...actions: OutboxAction[]) => actions.reduce<OutboxItem[]>(reduceOutbox, [])
const states = (items: OutboxItem[]) => items.map((item) => `${item.request.clientId} ${item.state}`)
const echo = (clientId: string): ChatMessage => ({
  id: `msg_${clientId}`,
  seq: 1,
  author: 'customer',
  parts: [],
  at: now.toISOString(),
  clientId,
})

describe('the outbox', () => {
  test('sends one at a time, in the order in which things were said', () => {
    const two = run(queue('a'), queue('b'))
    expect(nextToSend(two)?.request.clientId).toBe('a')
    const going = reduceOutbox(two, { type: 'sending', clientId: 'a' })
    expect(nextToSend(going)).toBeUndefined()
    expect(nextToSend(reduceOutbox(going, { type: 'accepted', clientId: 'a' }))?.request.clientId).toBe('b')
  })

  test('what was lost on its way goes again under the same id', () => {
    const items = run(queue('a'), { type: 'sending', clientId: 'a' }, { type: 'lost', clientId: 'a' })
    expect(nextToSend(items)?.request).toEqual({ clientId: 'a', text: 'a' })
  })

  test('a refusal stays with its reason, holds up nobody, and goes again under a new id only when asked', () => {
    const items = run(queue('a'), queue('b'), { type: 'sending', clientId: 'a' }, { type: 'refused', clientId: 'a', reason: 'too long' })
    expect(items[0]).toMatchObject({ state: 'failed', reason: 'too long' })
    expect(nextToSend(items)?.request.clientId).toBe('b')
    const retried = reduceOutbox(items, { type: 'retried', clientId: 'a', fresh: 'a2' })
    expect(states(retried)).toEqual(['a2 pending', 'b pending'])
    expect(retried[0]?.reason).toBeUndefined()
  })

  test('only a failed entry can be thrown away or tried again', () => {
    const items = run(queue('a'), { type: 'discarded', clientId: 'a' }, { type: 'retried', clientId: 'a', fresh: 'x' })
    expect(states(items)).toEqual(['a pending'])
    expect(run(queue('a'), { type: 'refused', clientId: 'a', reason: 'no' }, { type: 'discarded', clientId: 'a' })).toEqual([])
  })

  test('an entry leaves when its words come back, whatever its state was', () => {
    expect(states(run(queue('a'), queue('b'), { type: 'echoed', messages: [echo('a')] }))).toEqual(['b pending'])
  })

  test('a reload makes what was on its way pending again and drops what the server had accepted', () => {
    const items = run(queue('a'), queue('b'), queue('c'), { type: 'accepted', clientId: 'a' }, { type: 'sending', clientId: 'b' })
    expect(states(restoreOutbox([items[2], undefined, items[1], items[0]]))).toEqual(['b pending', 'c pending'])
  })

  test('things said within one millisecond keep their order', () => {
    const [first, second] = run(queue('a'), queue('b'))
    expect((second as OutboxItem).order).toBeGreaterThan((first as OutboxItem).order)
  })

  test('whatever happens, an entry leaves only by its echo or by being thrown away, and no id is there twice', () => {
    const ids = ['a', 'b', 'c']
    const step = fc.record({ id: fc.constantFrom(...ids), type: fc.constantFrom('sending', 'accepted', 'lost', 'refused', 'retried') })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let items = run(...ids.map((id) => queue(id)))
        let fresh = 0
        for (const { id, type } of steps) {
          const clientId = items[ids.indexOf(id)]?.request.clientId as string
          items = reduceOutbox(items, { type, clientId, reason: 'no', fresh: `n${fresh++}` } as OutboxAction)
          expect(items).toHaveLength(3)
          expect(new Set(items.map((item) => item.request.clientId)).size).toBe(3)
        }
        expect(items.map((item) => item.request.text)).toEqual(ids)
      }),
    )
  })

  test('an entry looks as the history will show it', () => {
    const press = reduceOutbox([], { type: 'queued', request: { clientId: 'p', press: { id: 'faq:1', label: '多久发货' } }, now, after: 0 })
    expect(outboxParts(press[0] as OutboxItem)).toEqual([{ type: 'text', text: '多久发货' }])
    const uploaded = { id: 'att_1', name: 'a.png', mime: 'image/png', bytes: 3 }
    const file = reduceOutbox([], { type: 'queued', request: { clientId: 'f', file: { id: 'att_1' } }, now, after: 0, file: uploaded })
    expect(outboxParts(file[0] as OutboxItem)).toMatchObject([{ type: 'media', media: { name: 'a.png', bytes: 3 } }])
  })
})
