import { describe, expect, test } from 'vitest'
import { CARD } from '../../../test/contract/desk.ts'
import { alive, complaint, seen } from '../../../test/fakes/slack/blocks.ts'
import type { Message } from '../../../test/fakes/slack.ts'
import fc from '../../../test/support/fc.ts'
import { cardMessage, formView, offerMessage, type Shown, speaker, wordsMessage } from './encode.ts'

// Markup of Slack, addresses and halves of both, in any order.
const piece = fc.oneof(
  fc.constantFrom(
    '<!channel>',
    '<@U1>',
    '<https://evil.example|bank>',
    'https://a.example/x?y=1',
    '&lt;',
    '*b*',
    '_i_',
    '`',
    '\n',
    '@here',
    '。',
    '<',
    '|',
    '>',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const text = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''))
const runs = process.env.FRONTDESK_CHAOS === 'full' ? 20_000 : 300

/** As it arrives at Slack. */
const asMessage = (shown: Shown) => JSON.parse(JSON.stringify(shown)) as Pick<Message, 'text' | 'blocks'>

describe('whatever a customer writes', () => {
  test('is shown as it stands, and Slack acts on none of it', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('customer', 'note'), (words, author) => {
        fc.pre(words.trim() !== '')
        const shown = wordsMessage(author as 'customer', words, { locale: 'zh' })
        expect(complaint(shown.blocks)).toBeUndefined()
        expect(alive(asMessage(shown))).toEqual([])
        expect(seen(asMessage(shown))).toBe(words.trimEnd())
      }),
      { numRuns: runs },
    )
  })

  test('makes a card that Slack takes, on which it acts on nothing', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 40 }), (name, words, lines) => {
        const history = Array.from({ length: lines }, (_, n) => ({ author: 'customer' as const, name, text: words, at: new Date(n) }))
        const facts = Array.from({ length: 14 }, (_, n): [string, string] => [`f${n}`, n % 2 ? words : name])
        const buttons = Array.from({ length: 120 }, (_, n) => ({ id: n % 2 ? `transfer s${n}` : `claim ${n}`, label: name || 'x' }))
        const card = { ...CARD, title: name, facts, history, buttons, url: 'https://desk.example/c/1' }
        const offer = { key: 'k', card, until: new Date(0), buttons: buttons.slice(0, 2), thread: 'C1:1.1' }
        for (const shown of [cardMessage(card, 'zh'), offerMessage(offer, 'en')]) {
          expect(complaint(shown.blocks)).toBeUndefined()
          expect(alive(asMessage(shown))).toEqual([])
        }
      }),
      { numRuns: Math.ceil(runs / 5) },
    )
  })
})

test("a customer's name, however long, leaves room for the word that this is a customer", () => {
  expect(speaker('customer', '王小明', 'zh')).toBe('王小明 · 客户')
  for (const name of ['安娜 · 坐席'.padEnd(400, '。'), '😀'.repeat(60), `e${'\u0301'.repeat(300)}`]) {
    expect(speaker('customer', name, 'zh')).toMatch(/^.{1,75} · 客户$/su)
    expect(speaker('customer', name, 'en').length).toBeLessThanOrEqual(80)
  }
})

test('a label of blanks spoils no card', () => {
  const buttons = [
    { id: 'claim', label: '\n' },
    { id: 'transfer tech', label: ' ' },
  ]
  expect(complaint(cardMessage({ ...CARD, buttons }, 'zh').blocks)).toBeUndefined()
})

test('to resolve is asked about once more, transfers stand in one list, and a resolved card offers no form', () => {
  const card = cardMessage({ ...CARD, buttons: [{ id: 'resolve', label: '结单' }, ...CARD.buttons] }, 'zh')
  const [resolve, claim, select, more] = (card.blocks.at(-1)?.elements ?? []) as { type: string; confirm?: object; style?: string }[]
  expect(resolve).toHaveProperty('confirm.title.text', '结单？')
  expect(claim).toMatchObject({ type: 'button', style: 'primary' })
  expect([select?.type, more?.type]).toEqual(['static_select', 'overflow'])
  const done = cardMessage({ ...CARD, status: 'resolved', buttons: [{ id: 'reopen', label: '重新打开' }] }, 'zh')
  expect(done.blocks.at(-1)?.elements).toHaveLength(1)
})

test('a form keeps within the limits of a modal', () => {
  for (const kind of ['note', 'macro'] as const) {
    const view = formView(kind, 'C1:1.1', 'en') as Record<'title' | 'submit' | 'close', { text: string }>
    for (const part of [view.title, view.submit, view.close]) expect(part.text.length).toBeLessThanOrEqual(24)
  }
})
