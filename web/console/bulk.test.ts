// Picking several conversations, and doing the same to each of them.
import { describe, expect, test } from 'vitest'
import type { ConversationSummary } from '#http/console/protocol.ts'
import { runBulk, sortOut } from './src/conversations/bulk.ts'
import { NOTHING, pick } from './src/conversations/picked.ts'

const order = ['a', 'b', 'c', 'd', 'e']
const row = (id: string, status: ConversationSummary['status'], agent?: string, can: Partial<ConversationSummary['can']> = {}) =>
  ({
    id,
    status,
    customer: { id, name: id },
    can,
    ...(agent && { agent: { id: agent, name: agent.toUpperCase() } }),
  }) as ConversationSummary
const ids = (rows: { id: string }[]) => rows.map(({ id }) => id)

describe('picking', () => {
  test('a range goes from the one before to this one, either way, and takes back as it gives', () => {
    const one = pick(NOTHING, 'd', true)
    const range = pick(one, 'b', true, order)
    expect([...range.ids].sort()).toEqual(['b', 'c', 'd'])
    expect([...pick(range, 'c', false, order).ids]).toEqual(['d'])
    expect([...pick(NOTHING, 'c', true, order).ids]).toEqual(['c'])
  })

  test('a range from one that has left the list is this one alone', () => {
    expect([...pick(pick(NOTHING, 'gone', true), 'c', true, order).ids]).toEqual(['gone', 'c'])
  })

  test('the boxes stay when the last one is let go', () => {
    expect(pick(pick(NOTHING, 'a', true), 'a', false)).toMatchObject({ ids: new Set(), picking: true })
  })
})

describe('several at once', () => {
  test('what cannot be is told beforehand, and why', () => {
    const rows = [
      row('waits', 'queued', undefined, { claim: true, resolve: true }),
      row('mine', 'assigned', 'me', { resolve: true }),
      row('hers', 'assigned', 'ben'),
      row('over', 'resolved', 'ben'),
    ]
    const claim = sortOut(rows, 'claim', 'me')
    expect(ids(claim.able)).toEqual(['waits'])
    expect(claim.unable.map(({ hindrance }) => hindrance)).toEqual([{ why: 'mine' }, { why: 'theirs', agent: 'BEN' }, { why: 'resolved' }])
    expect(ids(sortOut(rows, 'resolve', 'me').able)).toEqual(['waits', 'mine'])
    expect(ids(sortOut(rows, 'tag', 'me').able)).toEqual(['waits', 'mine', 'hers', 'over'])
  })

  test('each goes by itself, four at a time, and what one is refused stops no other', async () => {
    const rows = Array.from({ length: 11 }, (_, at) => row(`r${at}`, 'queued'))
    let [now, most] = [0, 0]
    const seen: number[] = []
    const outcome = await runBulk(rows, {
      async act({ id }) {
        most = Math.max(most, ++now)
        await Promise.resolve()
        now -= 1
        if (id === 'r3') throw new Error('Ben has it')
      },
      progressed: (count) => seen.push(count),
      stopped: () => false,
    })
    expect(most).toBe(4)
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(outcome.done).toHaveLength(10)
    expect(outcome.refused).toMatchObject([{ row: { id: 'r3' }, why: 'Ben has it' }])
  })

  test('stopping leaves the rest as it was, and says which', async () => {
    const rows = Array.from({ length: 9 }, (_, at) => row(`r${at}`, 'queued'))
    let stopped = false
    const outcome = await runBulk(rows, {
      async act() {
        stopped = true
      },
      progressed: () => undefined,
      stopped: () => stopped,
    })
    expect([ids(outcome.done), ids(outcome.left)]).toEqual([['r0'], ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8']])
  })
})
