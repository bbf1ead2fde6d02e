import { describe, expect, test } from 'vitest'
import type { ChatMessage } from '#http/chat/protocol.ts'
import type { OutboxItem } from './outbox.ts'
import { chosenLabel, clockLabel, mergeMessages, timeLabel, timeline } from './timeline.ts'

// Local times on purpose: separators follow the reader's clock.
const local = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute)
let seq = 0
const say = (author: ChatMessage['author'], at: Date, extra: Partial<ChatMessage> = {}): ChatMessage => ({
  id: `msg_${++seq}`,
  seq,
  author,
  parts: [{ type: 'text', text: `${author} ${seq}` }],
  at: at.toISOString(),
  ...extra,
})
const shape = (messages: ChatMessage[], outbox: OutboxItem[] = []) =>
  timeline(messages, outbox).map((entry) =>
    entry.type === 'separator' ? '—' : `${entry.message.author}${entry.first ? ' first' : ''}${entry.last ? ' last' : ''}`,
  )

describe('the timeline', () => {
  test('an empty conversation is empty', () => {
    expect(timeline([], [])).toEqual([])
  })

  test('a pause of twenty minutes and a new day begin a new stretch', () => {
    expect(shape([say('customer', local(22, 10)), say('bot', local(22, 10, 19)), say('bot', local(22, 10, 39))])).toEqual([
      '—',
      'customer first last',
      'bot first last',
      '—',
      'bot first last',
    ])
    expect(shape([say('bot', local(22, 23, 59)), say('bot', local(23, 0, 1))])).toEqual(['—', 'bot first last', '—', 'bot first last'])
  })

  test('bubbles of one speaker run together for five minutes, and two agents never do', () => {
    const at = local(22, 10)
    expect(shape([say('bot', at), say('bot', at), say('bot', local(22, 10, 6))])).toEqual(['—', 'bot first', 'bot last', 'bot first last'])
    expect(shape([say('agent', at, { name: '小林' }), say('agent', at, { name: '阿杰' })])).toEqual([
      '—',
      'agent first last',
      'agent first last',
    ])
  })

  test('the outbox comes last, in the same run, and keeps its key when its message arrives', () => {
    const at = local(22, 10)
    const item: OutboxItem = { request: { clientId: 'c1', text: 'hi' }, at: at.toISOString(), order: 1, after: 0, state: 'pending' }
    expect(shape([say('customer', at)], [item])).toEqual(['—', 'customer first', 'customer last'])
    const [, waiting] = timeline([], [item])
    const [, arrived] = timeline([say('customer', at, { clientId: 'c1' })], [])
    expect(waiting?.key).toBe('c1')
    expect(arrived?.key).toBe('c1')
  })

  test('what was refused stays where it was said, what waits comes last', () => {
    const at = local(22, 10)
    const [a, b] = [say('bot', at), say('bot', at)]
    const item = (clientId: string, state: OutboxItem['state'], after: number): OutboxItem => {
      return { request: { clientId, text: clientId }, at: at.toISOString(), order: 1, after, state }
    }
    const keys = (outbox: OutboxItem[]) => timeline([a, b], outbox).flatMap((entry) => (entry.type === 'bubble' ? [entry.key] : []))
    expect(keys([item('refused', 'failed', a.seq), item('waiting', 'pending', a.seq)])).toEqual([a.id, 'refused', b.id, 'waiting'])
    expect(keys([item('first', 'failed', 0), item('last', 'failed', b.seq)])).toEqual(['first', a.id, b.id, 'last'])
  })
})

describe('times', () => {
  const now = local(22, 15)
  test('today and yesterday are words, older days are dates, other years have their year', () => {
    expect(timeLabel(local(22, 14, 3), now, 'zh')).toBe('今天 14:03')
    expect(timeLabel(local(21, 9, 5), now, 'zh')).toBe('昨天 09:05')
    expect(timeLabel(local(20, 9, 5), now, 'zh')).toContain('11月20日')
    expect(timeLabel(local(22, 0, 3), now, 'en')).toBe('Today 00:03')
    expect(timeLabel(local(21, 23, 59), local(22, 0, 1), 'en')).toBe('Yesterday 23:59')
    expect(timeLabel(new Date(2025, 0, 2, 8), now, 'en')).toContain('2025')
    expect(timeLabel(local(20, 9), now, 'en')).not.toContain('2026')
  })

  test('the clock has 24 hours in both languages', () => {
    expect(clockLabel(local(22, 0, 5), 'zh')).toBe('00:05')
    expect(clockLabel(local(22, 23, 5), 'en')).toBe('23:05')
  })
})

describe('the history', () => {
  test('pages may overlap, come in any order and bring edits', () => {
    const [a, b, c] = [say('bot', local(22, 10)), say('bot', local(22, 10)), say('bot', local(22, 10))]
    const edited = { ...b, parts: [{ type: 'text' as const, text: 'new' }], editedAt: local(22, 11).toISOString() }
    expect(mergeMessages([c, b], [a, edited])).toEqual([a, edited, c])
  })

  test('the chosen button is the one whose label the customer said next', () => {
    const question = say('bot', local(22, 10))
    const answer = say('customer', local(22, 10), { parts: [{ type: 'text', text: '满意' }] })
    expect(chosenLabel([question, answer], question)).toBe('满意')
    expect(chosenLabel([question], question)).toBeUndefined()
  })
})
