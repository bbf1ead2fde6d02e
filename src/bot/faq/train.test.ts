import { describe, expect, test } from 'vitest'
import { createMatcher, type MatcherEntry, trainMatcher } from '../faq.ts'
import { alikePhrases } from './alike.ts'
import { createBank } from './bank.ts'
import { decodeModel } from './model.ts'
import { train } from './train.ts'
import { createSpeller } from './typos.ts'

const entries: MatcherEntry[] = [
  { id: 'ship', titles: ['发货时间'], ask: ['when do you ship', 'how long until my parcel is sent', '多久发货', '什么时候能发出来'] },
  {
    id: 'refund',
    titles: ['退款'],
    ask: ['when do I get my money back', 'how long does a refund take', '退款多久到账', '钱什么时候退给我'],
  },
  { id: 'return', titles: ['退货'], ask: ['how do I send something back', 'I want to return my parcel', '怎么退货', '我想把东西退回去'] },
  { id: 'invoice', titles: ['开发票'], ask: ['can I have an invoice', 'please send me a receipt', '发票怎么开', '能开专票吗'] },
  {
    id: 'coupon',
    titles: ['优惠券'],
    ask: ['my coupon does not work', 'where do I enter the discount code', '优惠券怎么用', '折扣码填在哪里'],
  },
]
const questions = ['when is my money returned', 'parcel sent when', '想退一个包裹', 'invoice pls', '优惠码不能用', 'weather tomorrow']

/** Entries enough for each example to have rivals of its own. */
function manyEntries(): MatcherEntry[] {
  const things = [
    'kettle',
    'blanket',
    'lantern',
    'ladder',
    'compass',
    'teapot',
    'bicycle',
    'umbrella',
    'hammer',
    'mirror',
    'curtain',
    'basket',
  ]
  const wishes = [
    'repair',
    'colour of',
    'price for',
    'warranty on',
    'size of',
    'stock of',
    'manual for',
    'weight of',
    'return',
    'delivery of',
  ]
  const made = things.flatMap((thing) => wishes.map((wish) => ({ wish, thing })))
  return [...made, ...made.map(({ wish, thing }) => ({ wish, thing: `kids ${thing}` }))].map(({ wish, thing }) => ({
    id: `${wish} ${thing}`,
    titles: [],
    ask: [`what about the ${wish} a ${thing}`, `${wish} my ${thing}`, `I need ${wish} this ${thing} please`],
  }))
}

describe('training', () => {
  test('gives the same bytes for the same words, and the same ranking', () => {
    const [first, second] = [trainMatcher(entries), trainMatcher(structuredClone(entries))]
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true)
    const [a, b] = [createMatcher(entries).trained(first), createMatcher(entries).trained(second)]
    expect(questions.map((question) => a?.match(question))).toEqual(questions.map((question) => b?.match(question)))
  })

  test('tells apart what likeness alone does not', () => {
    const asks = ['is there a fee for a top up with a card', 'is there a fee for a top up with a cheque']
    const bank: MatcherEntry[] = [
      ...entries,
      {
        id: 'card',
        titles: [],
        ask: ['top up fee by card', 'do you charge for a card top up', 'card top up cost', 'what does a card top up cost'],
      },
      {
        id: 'cheque',
        titles: [],
        ask: ['top up fee by cheque', 'do you charge when I top up with a cheque', 'cheque cost', 'cost by cheque'],
      },
    ]
    const matcher = createMatcher(bank).trained(trainMatcher(bank))
    expect(asks.map((ask) => matcher?.match(ask).ranked[0]?.id)).toEqual(['card', 'cheque'])
  })

  test('tells what only its beginning or its end tells apart', () => {
    const things = ['红茶', '绿茶', '杯子', '毛巾']
    const bank: MatcherEntry[] = [
      { id: 'ask', titles: [], ask: things.flatMap((thing) => [`${thing}有货吗`, `${thing}还有吗`]) },
      { id: 'tell', titles: [], ask: things.flatMap((thing) => [`吗${thing}有货`, `吗${thing}还有`]) },
      ...entries.slice(0, 2),
    ]
    const matcher = createMatcher(bank).trained(trainMatcher(bank))
    expect(['毛毯有货吗', '吗毛毯有货'].map((text) => matcher?.match(text).ranked[0]?.id)).toEqual(['ask', 'tell'])
  })

  test('works with rivals chosen by likeness where entries are many, and says how far it is', () => {
    const many = manyEntries()
    const told: number[] = []
    const matcher = createMatcher(many).trained(trainMatcher(many, (share) => told.push(share)))
    const found = many.filter(({ id, ask }) => matcher?.match(`hello, ${ask[1]}?`).ranked[0]?.id === id)
    expect(found.length / many.length).toBeGreaterThan(0.95)
    expect(told.at(-1)).toBe(1)
    expect(told).toEqual([...told].sort((a, b) => a - b))
  })

  test('learns less from phrases that contradict the others, where there are many', () => {
    const things = ['tea', 'soap', 'lamp', 'rope', 'salt', 'milk', 'coal', 'silk']
    const verbs = 'send bring carry deliver move ship pass hand fetch take post courier'.split(' ')
    const noisy = things.map((thing, at) => ({
      id: thing,
      titles: [],
      // One phrase in three stands under the wrong entry.
      ask: verbs.flatMap((verb, n) => [
        `${verb} the ${thing} today`,
        `${verb} me ${thing}`,
        `${verb} ${things[(at + 3 + (n % 4)) % 8]} now`,
      ]),
    }))
    const bank = createBank(noisy)
    // What all else contradicts is not its entry's own phrase: it is looked at like any other question, unless it is a title.
    const { entry, text } = bank.examples[train(bank).strange.indexOf(1)] as { entry: number; text: string }
    const id = noisy[entry]?.id
    expect(createMatcher(noisy).match(text)).toHaveProperty('confidence', 1)
    expect(createMatcher(noisy).trained(trainMatcher(noisy))?.match(text).confidence).toBeLessThan(1)
    const titled = noisy.map((one) => (one.id === id ? { ...one, titles: [text] } : one))
    expect(createMatcher(titled).trained(trainMatcher(titled))?.match(text).confidence).toBe(1)
    expect(train(bank).doubt).toBeGreaterThan(0.3)
    expect(train(createBank(entries)).doubt).toBe(0)
  })
})

describe('what was learnt', () => {
  const model = trainMatcher(entries)

  test('is refused by other phrases, and when it is cut off or garbage', () => {
    const bank = createBank(entries)
    expect(decodeModel(model, bank)).toBeDefined()
    expect(decodeModel(model, createBank(entries.slice(1)))).toBeUndefined()
    for (const length of [0, 3, 20, model.length - 1]) expect(decodeModel(model.slice(0, length), bank)).toBeUndefined()
    expect(
      decodeModel(
        model.map((byte) => byte ^ 0x55),
        bank,
      ),
    ).toBeUndefined()
    expect(createMatcher(entries.slice(1)).trained(model)).toBeUndefined()
  })

  test('may lie anywhere in a buffer', () => {
    const shifted = new Uint8Array(model.length + 3)
    shifted.set(model, 3)
    const [a, b] = [createMatcher(entries).trained(model), createMatcher(entries).trained(shifted.subarray(3))]
    expect(b?.match('when is my money returned')).toEqual(a?.match('when is my money returned'))
  })
})

describe('typos', () => {
  const spell = createSpeller(
    new Map([
      ['address', 3],
      ['invoice', 2],
      ['delivery', 5],
      ['card', 9],
      ['membership', 1],
    ]),
  )

  test.each([
    ['adress', 'address'],
    ['invocie', 'invoice'],
    ['delvery', 'delivery'],
    ['membrshp', undefined],
    ['memberhip', 'membership'],
    ['membresip', undefined],
    ['crad', undefined],
    ['address', undefined],
    ['bddress', undefined],
    ['inv0ice', undefined],
  ])('%s becomes %s', (word, meant) => {
    expect(spell(word)).toBe(meant)
  })

  test('hardly change what is found', () => {
    const matcher = createMatcher(entries).trained(trainMatcher(entries))
    for (const [typed, id] of [
      ['how long does a refnud take', 'refund'],
      ['where do i enter the disconut code', 'coupon'],
    ] as const) {
      expect(matcher?.match(typed)).toHaveProperty('ranked.0.id', id)
    }
  })
})

test('phrases of two entries that hardly differ are named once', () => {
  const found = alikePhrases([
    { id: 'a', titles: [], ask: ['when will my order be shipped', 'how much is shipping'] },
    { id: 'b', titles: [], ask: ['when will my order be shipped to me', 'can I change my order', '订单什么时候发货'] },
    { id: 'c', titles: [], ask: ['订单什么时候发货呢'] },
  ])
  expect(found.map(({ text, other }) => [text, other.text])).toEqual([
    ['when will my order be shipped to me', 'when will my order be shipped'],
    ['订单什么时候发货呢', '订单什么时候发货'],
  ])
})
