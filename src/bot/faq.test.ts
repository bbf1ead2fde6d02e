import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import { readBot } from './check.ts'
import { featuresOf } from './faq/features.ts'
import { createMatcher, trainMatcher } from './faq.ts'
import { normalize, phraseKey } from './normalize.ts'

const sample = readBot(readFileSync(new URL('../../config/bot.yaml', import.meta.url), 'utf8'), 'bot.yaml')
if (!('value' in sample)) throw new Error('config/bot.yaml has problems')
const { faq } = sample.value
const entries = faq.map(({ id, title, ask }) => ({ id, titles: typeof title === 'object' ? Object.values(title) : [title ?? ''], ask }))
const untrained = createMatcher(entries)
const trained = untrained.trained(trainMatcher(entries)) ?? untrained

describe.each([
  ['untrained', untrained],
  ['trained', trained],
] as const)('the sample bank, %s', (_state, matcher) => {
  test.each([
    ['多久发货', 'shipping-time'],
    ['什么时侯发货呢', 'shipping-time'],
    ['how long does shiping take', 'shipping-time'],
    ['how to get an invoise', 'invoice'],
    ['發票怎麼開', 'invoice'],
    ['運費要多少錢', 'shipping-cost'],
    ['你们包邮不', 'shipping-cost'],
    ['想退货怎么办', 'returns'],
    ['How can I return something?', 'returns'],
    ['退款啥时候能到账', 'refund-time'],
    ['我想换一个尺码', 'exchange'],
    ['能用支付宝付吗', 'payment'],
    ['优惠卷怎么使用', 'coupon'],
    ['how do i join your membership', 'membership'],
    ['产品坏了怎么办', 'warranty'],
    ['i need to change the shipping adress', 'change-address'],
    ['帮我取消一下订单', 'cancel-order'],
    ['what time do you open', 'opening-hours'],
  ])('%s is answered', (question, id) => {
    const match = matcher.match(question)
    expect([match.zone, match.ranked[0]?.id]).toEqual(['answer', id])
  })

  test.each([
    '今天天气怎么样',
    'asdfgh',
    '讲个笑话',
    'what is the weather like',
    'tell me a joke',
    '你叫什么名字',
    '123456',
    '？？？',
    '',
    '推荐一部电影',
    'are you hiring',
  ])('%s is not answered', (question) => {
    expect(matcher.match(question).zone).toBe('unknown')
  })

  test.each(['发货', '退货', 'address', 'refund', 'can i buy shoes'])('%s is too vague to be answered outright', (question) => {
    expect(matcher.match(question).zone).not.toBe('answer')
  })
})

describe('a matcher', () => {
  const small = createMatcher([
    { id: 'wifi', titles: [], ask: ['what is the wi-fi password', 'WLAN 密码是多少'] },
    { id: 'pool', titles: ['泳池开放时间'], ask: ['when does the pool open'] },
  ])

  test('is certain of its own phrases, whatever their case, width and punctuation', () => {
    for (const question of ['What is the WiFi password?!', 'ＷＬＡＮ密码是多少？', '泳池開放時間'])
      expect(small.match(question)).toMatchObject({ confidence: 1, zone: 'answer' })
  })

  test('works for a bank of one entry and of none', () => {
    const one = createMatcher([{ id: 'pool', titles: [], ask: ['when does the pool open', '泳池几点开'] }])
    expect(one.match('泳池几点开门').zone).toBe('answer')
    expect(one.match('how much is breakfast').zone).toBe('unknown')
    expect(createMatcher([]).match('hello')).toEqual({ ranked: [], confidence: 0, zone: 'unknown' })
  })

  test('answers less when more confidence is asked for', () => {
    const strict = createMatcher([{ id: 'pool', titles: [], ask: ['when does the pool open'] }], { answer: 0.99 })
    expect(strict.match('does the pool open on sundays').zone).not.toBe('answer')
  })

  test('gives a match for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (question) => {
        const { confidence, ranked } = small.match(question)
        expect(confidence).toBeGreaterThanOrEqual(0)
        expect(confidence).toBeLessThanOrEqual(1)
        for (const { score } of ranked) expect(Number.isFinite(score)).toBe(true)
      }),
    )
  })
})

describe('normalising', () => {
  test('takes case, width, punctuation and traditional characters away', () => {
    expect(normalize('  請問：ＡＢＣ“發票”怎麼開？')).toBe('请问 abc 发票 怎么开')
    expect(normalize("Where's my order?")).toBe('wheres my order')
    expect(phraseKey('Wi-Fi 密码?')).toBe('wifi密码')
  })

  test('keeps letters that are neither Latin nor Chinese, and survives half an emoji', () => {
    expect(featuresOf('где заказ').size).toBeGreaterThan(4)
    expect(featuresOf('\ud83d').size).toBe(0)
  })
})
