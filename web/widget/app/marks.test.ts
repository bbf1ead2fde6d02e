import { describe, expect, test } from 'vitest'
import type { ChatMessage } from '#http/chat/protocol.ts'
import { type Marks, marksOf, wordOf } from './marks.ts'

const say = (seq: number, author: ChatMessage['author'] = 'agent'): ChatMessage => ({ id: `m${seq}`, seq, author, parts: [], at: '' })
const none: Marks = { delivered: 0, read: 0 }

describe('how far the visitor is', () => {
  test('counts what others said, not their own words', () => {
    expect(marksOf([say(3), say(5), say(8, 'customer')], 8)).toEqual({ delivered: 5, read: 5 })
    expect(marksOf([say(3), say(5), say(8, 'bot')], 6)).toEqual({ delivered: 8, read: 5 })
    expect(marksOf([say(2, 'customer')], 9)).toEqual(none)
    expect(marksOf([], 9)).toEqual(none)
  })

  test('is told once, upwards only, and read says delivered, too', () => {
    expect(wordOf(none, { delivered: 5, read: 0 })).toEqual({ seq: 5, state: 'delivered' })
    expect(wordOf({ delivered: 5, read: 0 }, { delivered: 5, read: 0 })).toBeUndefined()
    expect(wordOf({ delivered: 5, read: 0 }, { delivered: 5, read: 5 })).toEqual({ seq: 5, state: 'read' })
    expect(wordOf({ delivered: 0, read: 5 }, { delivered: 5, read: 5 })).toBeUndefined()
    expect(wordOf({ delivered: 0, read: 5 }, { delivered: 8, read: 5 })).toEqual({ seq: 8, state: 'delivered' })
    expect(wordOf({ delivered: 8, read: 5 }, { delivered: 6, read: 3 })).toBeUndefined()
  })
})
