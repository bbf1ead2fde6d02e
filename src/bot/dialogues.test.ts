// Dialogues by chance, over bots that have every kind of step: whatever customers say, press and wait for, a dialogue never stands
// still. `npm run chaos` plays ten thousand.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Button, type Part, plainText } from '#core/message.ts'
import fc from '../../test/support/fc.ts'
import { createBot } from './bot.ts'
import { readBot } from './check.ts'
import type { Bot, BotContext, BotEffect, BotInput, BotState } from './contract.ts'

const example = readFileSync(new URL('../../docs/examples/orders/bot.yaml', import.meta.url), 'utf8')
const sample = readFileSync(new URL('../../config/bot.yaml', import.meta.url), 'utf8')
/** Every verb, calls within calls, waits, rules of every kind. */
const odd = `
version: 1
greetings: [{ say: hi, questions: 3 }]
faq:
  - { id: a, ask: [question a, 问题甲], answer: A }
  - { id: b, ask: [question b, 问题乙], answer: [{ text: B, buttons: [{ label: Go, flow: one }, { label: Ask, faq: a }] }, { location: { lat: 1, lng: 2 } }] }
flows:
  one:
    trigger: { words: [flow one, 流程一] }
    steps:
      - { call: x, save: x, failed: [{ call: y, failed: [{ say: nothing works }] }, { wait: 5s }] }
      - { switch: x.kind, cases: { a: [{ goto: two }], b: [{ ask: free, say: Tell me }] }, default: [{ tag: [t, u] }] }
      - { say: tagged, when: { tag: t } }
      - { rate: How was it? }
  two:
    title: Two
    trigger: { words: [flow two, 流程二] }
    steps:
      - { ask: n, say: A number?, match: '^\\d{1,3}$', retry: { max: 1, then: three } }
      - { wait: 1m }
      - { ask: c, say: Which?, choices: { again: two, on: next, out: end, person: handoff } }
      - { set: { done: "{{n}}" } }
      - { say: "{{done}} {{c}}", when: { vars: { c: on } } }
      - { tag: { customer: vip, remove: t } }
  three: { steps: [{ say: three }, { handoff: { priority: high, note: "{{n}}" } }] }
handoff:
  repeated: 2
  rules:
    - { words: [urgent, 紧急], say: At once. }
    - { topics: [b], when: { tag: vip } }
fallback: { after: 2, then: three }
`
const bots = [example, sample, odd].map((source) => {
  const reading = readBot(source, 'bot.yaml')
  if ('problems' in reading) throw new Error(JSON.stringify(reading.problems))
  return createBot(reading.value)
})

type Act =
  | { type: 'text'; text: string }
  | { type: 'press'; n: number; id?: string }
  | { type: 'file' }
  | { type: 'arrive' }
  | { type: 'come'; ok: boolean; data: unknown; late: boolean }
  | { type: 'edit'; bot: number }

const words = [
  'question a',
  '问题乙',
  'flow one',
  '流程二',
  '7',
  '1',
  '2',
  'again',
  'on',
  'out',
  'person',
  'urgent',
  'cancel',
  '算了',
  'hello',
  '谢谢',
  '转人工',
  'human please',
  '查订单',
  'SO20260001',
  '解决了',
  '没有',
  '多久发货',
  'how do i get a refund',
  '骗子',
  'this is a scam',
  '',
  '？',
  '🙂',
  'where is my order',
  '催单',
  'x'.repeat(5000),
  '{{n}}',
  '怎么开发票',
]
const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...words).map((text): Act => ({ type: 'text', text })) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }).map((text): Act => ({ type: 'text', text })) },
  { weight: 4, arbitrary: fc.nat(9).map((n): Act => ({ type: 'press', n })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('resume', 'handoff', 'flow:two', 'faq:b', 'rate:5', '#12', 'say:x')
      .map((id): Act => ({ type: 'press', n: 0, id })),
  },
  { weight: 1, arbitrary: fc.constant<Act>({ type: 'file' }) },
  { weight: 1, arbitrary: fc.constant<Act>({ type: 'arrive' }) },
  {
    weight: 5,
    arbitrary: fc
      .record({
        ok: fc.boolean(),
        late: fc.boolean(),
        data: fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom({ kind: 'a' }, { kind: 'b' }, { status: 'shipped' })),
      })
      .map((come): Act => ({ type: 'come', ...come })),
  },
  { weight: 1, arbitrary: fc.nat(2).map((bot): Act => ({ type: 'edit', bot })) },
)

interface Dialogue {
  bot: Bot
  state: BotState
  buttons: Button[]
  tags: Set<string>
  person: boolean
  turns: number
}

const picture: Part = { type: 'media', kind: 'image', media: { id: 'att_1' } }

function inputOf(act: Act, { state, buttons }: Dialogue): BotInput | undefined {
  switch (act.type) {
    case 'text':
      return { type: 'message', parts: act.text ? [{ type: 'text', text: act.text }] : [] }
    case 'press': {
      const button = buttons[act.n % Math.max(1, buttons.length)]
      const id = act.id ?? button?.id
      return id === undefined ? undefined : { type: 'press', id, label: button?.label }
    }
    case 'file':
      return { type: 'message', parts: [picture] }
    case 'arrive':
      return { type: 'arrive' }
    case 'come': {
      const { pending, calling } = state.flow ?? {}
      if (pending === undefined) return undefined
      if (act.late || !calling) return { type: 'due', key: pending }
      return { type: 'called', key: pending, answer: act.ok ? { ok: true, data: act.data } : { ok: false, why: 'no' } }
    }
    case 'edit':
      return undefined
  }
}

const base: Omit<BotContext, 'now'> = {
  locale: 'zh',
  channel: { id: 'web', type: 'web' },
  visitor: 'new',
  customer: {},
  brand: { name: 'B' },
  greeted: true,
}

/** One turn, and what must hold of each. */
function take(dialogue: Dialogue, act: Act): void {
  if (act.type === 'edit') dialogue.bot = bots[act.bot] as Bot
  const input = inputOf(act, dialogue)
  if (!input || dialogue.person) return
  const before = dialogue.state
  const context = { ...base, turn: `t${dialogue.turns++}`, now: new Date('2026-03-02T10:00:00Z'), customer: { tags: [...dialogue.tags] } }
  const turn = dialogue.bot.turn(before, input, context)
  // Same state, same words: the same turn. And what is kept survives the store.
  expect(dialogue.bot.turn(before, input, context)).toEqual(turn)
  dialogue.state = JSON.parse(JSON.stringify(turn.state))
  const said = turn.effects.filter(({ type }) => type === 'say')
  expect(said.length).toBeLessThanOrEqual(1)
  const parts = said.flatMap((effect) => (effect.type === 'say' ? effect.parts : []))
  if (parts.length > 0) dialogue.buttons = parts.flatMap((part) => (part.type === 'buttons' ? part.buttons : []))
  for (const effect of turn.effects)
    if (effect.type === 'tag') for (const tag of [...effect.conversation, ...effect.customer]) dialogue.tags.add(tag)
  const ofCustomer = input.type !== 'called' && input.type !== 'due'
  dialogue.person = turn.effects.some(({ type }) => type === 'handoff')
  const pending = dialogue.state.flow?.pending
  const set = turn.effects.some((effect: BotEffect) => (effect.type === 'call' || effect.type === 'wait') && effect.key === pending)
  // A customer always hears something, or a person comes, or something that was just begun will come.
  if (ofCustomer) expect(plainText(parts) !== '' || dialogue.person || set).toBe(true)
  // What is waited for was begun, now or before; and with a person at work the bot waits for nothing.
  if (pending !== undefined) expect(set || before.flow?.pending === pending).toBe(true)
  if (dialogue.person) expect(dialogue.state.flow).toBeUndefined()
}

/** Everything that is waited for comes: then the dialogue rests where a customer or a person is next. */
function finish(dialogue: Dialogue): void {
  for (let n = 0; n < 50 && dialogue.state.flow?.pending !== undefined; n++)
    take(dialogue, { type: 'come', ok: false, late: true, data: null })
  expect(dialogue.state.flow?.pending).toBeUndefined()
  // Whoever is next is heard: nothing else is waited for.
  take(dialogue, { type: 'text', text: '？' })
}

const RUNS = process.env.FRONTDESK_CHAOS === 'full' ? 10_000 : 1_000

test(`${RUNS} dialogues by chance end answered, handed off or waiting for the customer`, { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(fc.nat(2), fc.array(acts, { maxLength: 25 }), (bot, all) => {
      const dialogue: Dialogue = { bot: bots[bot] as Bot, state: {}, buttons: [], tags: new Set(), person: false, turns: 0 }
      for (const act of all) take(dialogue, act)
      finish(dialogue)
    }),
    { numRuns: RUNS, ...(process.env.FRONTDESK_SEED && { seed: Number(process.env.FRONTDESK_SEED) }) },
  )
})
