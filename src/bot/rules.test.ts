import { describe, expect, test } from 'vitest'
import { plainText } from '#core/message.ts'
import { botOf, CONTEXT, talk } from '../../test/support/talk.ts'
import { isAngry } from './rules.ts'

const FILE = `
version: 1
faq:
  - { id: refund, ask: [怎么退款, how to get a refund], answer: 点申请退款 }
  - { id: hours, ask: [几点开门, opening hours], answer: 九点 }
flows:
  form: { trigger: { words: [填表] }, steps: [{ ask: size, say: 尺码？, match: '^\\d+$' }, { ask: story, say: 说说 }] }
handoff:
  rules:
    - { when: { tag: vip }, skill: vip, priority: urgent, say: "{{customer.name}}，马上为您转接。" }
    - { words: [律师, lawyer], priority: high, note: 法务 }
    - { topics: [refund], when: { channel: wechat } }
`
const bot = botOf(FILE)

describe('a rule calls a person', () => {
  test('for who the customer is: at the first words that ask something, and not again after an agent gave them back', () => {
    const vip = { customer: { name: '王', tags: ['vip'] } }
    expect(talk(bot, vip).send('你好').handoff).toBeUndefined()
    const { text, handoff } = talk(bot, vip).send('几点开门')
    expect(text).toBe('王，马上为您转接。')
    expect(handoff).toEqual({ type: 'handoff', reason: 'customer', skill: 'vip', priority: 'urgent' })
    expect(talk(bot, vip, { returned: true }).send('几点开门').text).toBe('九点')
    expect(talk(bot, { tags: ['vip'] }).send('几点开门').handoff).toMatchObject({ reason: 'customer' })
  })

  test('for words, also within a flow, but not where the customer is asked to tell', () => {
    expect(talk(bot).send('我要找律师').handoff).toMatchObject({ reason: 'words', priority: 'high', note: '法务' })
    expect(talk(bot, { locale: 'en' }).send('my LAWYER says').handoff).toMatchObject({ reason: 'words' })
    expect(talk(bot).send('lawyers').handoff).toBeUndefined()
    const chat = talk(bot)
    chat.send('填表')
    expect(chat.send('我的律师').handoff).toMatchObject({ reason: 'words' })
    const free = talk(bot)
    free.send('填表')
    free.send('42')
    expect(free.send('店员说我是骗子').handoff).toBeUndefined()
  })

  test('for a topic, after its answer, where its condition holds', () => {
    const { text, handoff } = talk(bot, { channel: { id: 'w', type: 'wechat' } }).send('怎么退款')
    expect([text, handoff?.reason]).toEqual(['点申请退款', 'topic'])
    expect(talk(bot).send('怎么退款').handoff).toBeUndefined()
  })

  test('for the same question again and again, and not for different ones', () => {
    const chat = talk(bot)
    expect(chat.send('几点开门').handoff).toBeUndefined()
    expect(chat.send('几点开门').handoff).toBeUndefined()
    const { text, handoff } = chat.send('几点开门')
    expect(text).toContain('没有解决您的问题')
    expect(handoff).toMatchObject({ reason: 'repeated' })
    const other = talk(bot)
    for (const words of ['几点开门', '怎么退款', '几点开门', '几点开门', '怎么退款']) expect(other.send(words).handoff).toBeUndefined()
    const never = talk(botOf(FILE.replace('handoff:', 'handoff:\n  repeated: 0')))
    for (let n = 0; n < 9; n++) expect(never.send('几点开门').handoff).toBeUndefined()
  })

  test('when the file says so, as soon as the bot is not sure', () => {
    const file = 'version: 1\nfaq: [{ id: a, ask: [多久发货, 什么时候发货], answer: x }, { id: b, ask: [怎么退货, 退货流程], answer: y }]'
    expect(talk(botOf(file)).send('发货').buttons).not.toEqual([])
    expect(talk(botOf(`${file}\nhandoff: { unsure: handoff }`)).send('发货').handoff).toMatchObject({
      reason: 'unsure',
      note: '客户问过：发货',
    })
  })
})

describe('anger', () => {
  test.each([
    '你们就是骗子',
    '垃圾客服！',
    '我要投诉你们',
    '再不处理我打12315',
    '气死我了',
    'this is a SCAM',
    'absolutely useless',
    'you are thieves',
    'wtf',
    'I am fed up',
  ])('is heard in %s', (words) => {
    expect(isAngry(words)).toBe(true)
  })

  test.each([
    '怎么投诉',
    '垃圾桶多少钱',
    '滚筒洗衣机',
    '我不生气',
    '什么时候发货',
    'how do I file a complaint',
    'scampi',
    'is the shipping free',
    'the ripe mango',
    'useless to me',
  ])('is not heard in %s', (words) => {
    expect(isAngry(words)).toBe(false)
  })

  test('calls a person with an apology, unless the file says otherwise; words may be added', () => {
    const { text, handoff } = talk(bot).send('你们是骗子吗')
    expect(text).toContain('非常抱歉')
    expect(handoff).toEqual({ type: 'handoff', reason: 'anger', priority: 'high' })
    expect(talk(botOf(`${FILE}  anger: false\n`)).send('你们是骗子吗').handoff).toBeUndefined()
    expect(talk(botOf(`${FILE}  anger_words: [坑爹]\n`)).send('真坑爹').handoff).toMatchObject({ reason: 'anger' })
  })
})

describe('greetings', () => {
  const greeting = botOf(`
version: 1
greetings:
  - { when: { page: /products/*, locale: en }, say: Products }
  - { when: { page: /, visitor: new }, say: 首页 }
  - { when: { page: "https://b.example/x" }, say: 另一家店 }
  - { when: { campaign: [may, june] }, say: 活动 }
  - { say: 您好, buttons: [怎么退款], questions: 2 }
faq:
  - { id: refund, ask: [怎么退款], answer: x }
  - { id: hours, ask: [几点开门], answer: x }
  - { id: cost, ask: [运费多少], answer: x }
`)
  const at = (page: string | undefined, more: object = {}) => plainText(greeting.greet({ ...CONTEXT, origin: { page, ...more } }))

  test('fit the page, with and without its host, and the campaign', () => {
    expect(at('https://a.example/')).toBe('首页')
    expect(at('https://a.example')).toBe('首页')
    expect(at('https://a.example/other')).toContain('您好')
    expect(at('https://b.example/x')).toBe('另一家店')
    expect(at('https://a.example/x', { campaign: 'june' })).toBe('活动')
    expect(plainText(greeting.greet({ ...CONTEXT, locale: 'en', origin: { page: 'https://a.example/products/1/2' } }))).toBe('Products')
    expect(plainText(greeting.greet({ ...CONTEXT, locale: 'en', origin: { page: 'https://a.example/products' } }))).toBe('Products')
    expect(plainText(greeting.greet({ ...CONTEXT, locale: 'en', origin: { page: 'https://a.example/productsale' } }))).toContain('您好')
  })

  test('list what is asked most behind their own buttons, each once', () => {
    const buttons = (asked?: Map<string, number>) =>
      greeting.greet({ ...CONTEXT, asked }).flatMap((part) => (part.type === 'buttons' ? part.buttons.map(({ id }) => id) : []))
    expect(buttons()).toEqual(['faq:refund', 'faq:hours', 'faq:cost'])
    expect(
      buttons(
        new Map([
          ['cost', 9.5],
          ['gone', 99],
        ]),
      ),
    ).toEqual(['faq:refund', 'faq:cost', 'faq:hours'])
    expect(greeting.questions({ ...CONTEXT, asked: new Map([['cost', 1]]) }, 2).map(({ id }) => id)).toEqual(['faq:cost', 'faq:refund'])
    const still = botOf('version: 1\nquestions: { order: file }\nfaq: [{ id: a, ask: [甲], answer: x }, { id: b, ask: [乙], answer: x }]')
    expect(still.questions({ ...CONTEXT, asked: new Map([['b', 5]]) }, 1).map(({ id }) => id)).toEqual(['faq:a'])
  })
})
