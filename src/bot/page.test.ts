// Answers that are articles of the knowledge base.
import { expect, test } from 'vitest'
import { createBot } from './bot.ts'
import { readBot } from './check.ts'
import type { BotContext, BotInput, BotState } from './contract.ts'
import type { Page } from './page.ts'

const LONG = `${'退货请保持包装完整。'.repeat(12)}\n\n${'运费由我们承担。'.repeat(80)}`
const PAGES: Page[] = [
  {
    id: 'short',
    title: { zh: '开发票', en: 'Invoices' },
    text: { zh: '在订单页申请，金额以 {{实付}} 为准。', en: 'Ask for it on the order page.' },
  },
  { id: 'long', title: { zh: '退货指南' }, text: { zh: LONG } },
]
const FILE = `
version: 1
faq:
  - { id: invoice, ask: [怎么开发票, how to get an invoice], article: short }
  - { id: returns, ask: [怎么退货], article: long }
  - { id: size, ask: [尺码怎么选], answer: 按平时的尺码选。, article: long }
  - { id: gone, ask: [怎么换货], article: nowhere }
`

const context = (locale: 'zh' | 'en' = 'zh') =>
  ({
    locale,
    brand: { name: 'x' },
    customer: { name: 'x', tags: [] },
    channel: { id: 'web', type: 'web' },
    now: new Date(0),
    canPress: true,
    calendars: {},
  }) as unknown as BotContext

function turns(...inputs: ({ press: string } | string)[]) {
  const reading = readBot(FILE, 'bot.yaml', { articles: PAGES })
  if (!('value' in reading)) throw new Error(JSON.stringify(reading.problems))
  const bot = createBot(reading.value)
  let state: BotState = {}
  let last: ReturnType<typeof bot.turn> | undefined
  for (const input of inputs) {
    const given: BotInput =
      typeof input === 'string' ? { type: 'message', parts: [{ type: 'text', text: input }] } : { type: 'press', id: input.press }
    last = bot.turn(state, given, context(typeof input === 'string' && /^[a-z]/.test(input) ? 'en' : 'zh'))
    state = last.state
  }
  const said = last?.effects.flatMap((effect) => (effect.type === 'say' ? effect.parts : [])) ?? []
  const text = said.map((part) => ('text' in part ? part.text : '')).join('\n')
  const buttons = said.flatMap((part) => ('buttons' in part ? (part.buttons ?? []) : [])).map(({ id }) => id)
  return { text, buttons }
}

test('a short article is the answer, in the language of the reader and as it is written', () => {
  expect(turns('怎么开发票').text).toContain('开发票\n\n在订单页申请，金额以 {{实付}} 为准。')
  expect(turns('how to get an invoice').text).toContain('Invoices\n\nAsk for it on the order page.')
  expect(turns('怎么开发票').buttons).not.toContain('article:invoice')
})

test('a long one begins, and its button shows the rest', () => {
  const begun = turns('怎么退货')
  expect(begun.text).toContain('退货指南\n\n退货请保持包装完整。')
  expect(begun.text).not.toContain('运费')
  expect(begun.buttons).toContain('article:returns')
  expect(turns('怎么退货', { press: 'article:returns' }).text).toBe(`退货指南\n\n${LONG}`)
})

test('beside an answer it stands behind a button', () => {
  const { text, buttons } = turns('尺码怎么选')
  expect(text).toContain('按平时的尺码选。')
  expect(text).not.toContain('退货')
  expect(buttons).toContain('article:size')
})

test('an article that is not there is said when the file is read, and its entry is not used', () => {
  const reading = readBot(FILE, 'bot.yaml', { articles: PAGES })
  expect(reading.warnings.map(({ message }) => message.en)).toEqual([
    'there is no article "nowhere" in the knowledge base; this entry is not used',
  ])
  expect(turns({ press: 'article:gone' }).text).not.toContain('换货')
})
