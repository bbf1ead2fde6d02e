import { describe, expect, test } from 'vitest'
import type { Part } from '#core/message.ts'
import { intentOf, type SendPolicy, withoutMark } from './policy.ts'

const names = ['anna', '安娜', 'Ben Müller']

describe('whose words reach the customer', () => {
  test.each<[SendPolicy, string, string]>([
    ['claimer', '您好', 'line'],
    ['claimer', '> quoted', 'line'],
    ['claimer', '/r 您好', 'send 3'],
    ['claimer', '！R 您好', 'send 3'],
    ['claimer', '/resolve', 'line'],
    ['claimer', '/release', 'line'],
    ['claimer', '@安娜 你来看看', 'note'],
    ['claimer', '@anna: look', 'note'],
    ['claimer', ' @Ben Müller ?', 'note'],
    ['claimer', '@annabel is a customer', 'line'],
    ['claimer', '@王先生 您好', 'line'],
    ['prefix', '要不要退款?', 'note'],
    ['prefix', '>您好', 'send 1'],
    ['prefix', '＞ 您好', 'send 2'],
    ['prefix', '/r 您好', 'send 3'],
    ['prefix', '/claim', 'line'],
    ['prefix', '//note', 'line'],
    ['alerts', '您好', 'note'],
    ['alerts', '>您好', 'note'],
    ['alerts', '/r 您好', 'note'],
    ['alerts', '/claim', 'line'],
  ])('%s: %j is %s', (policy, text, expected) => {
    const intent = intentOf(text, policy, names)
    expect(intent.type === 'send' ? `send ${intent.skip}` : intent.type).toBe(expected)
  })

  test('the mark is no part of the words, and files go along', () => {
    const file: Part = { type: 'media', kind: 'image', media: { id: 'a' } }
    expect(withoutMark([{ type: 'text', text: '>您好' }, file], 1)).toEqual([{ type: 'text', text: '您好' }, file])
    expect(withoutMark([{ type: 'text', text: '/r' }, file], 2)).toEqual([file])
  })
})
