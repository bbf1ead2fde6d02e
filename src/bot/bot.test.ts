import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { shortId } from '#core/adapt.ts'
import { type Part, plainText } from '#core/message.ts'
import { botOf, CONTEXT, talk } from '../../test/support/talk.ts'
import { createBot } from './bot.ts'
import { readBot } from './check.ts'
import type { BotContext, BotInput, BotState } from './contract.ts'

const sample = botOf(readFileSync(new URL('../../config/bot.yaml', import.meta.url), 'utf8'))
const base = CONTEXT

const press = (id: string, label?: string): BotInput => ({ type: 'press', id, ...(label && { label }) })
const picture: Part = { type: 'media', kind: 'image', media: { id: 'att_1' } }

describe('greetings', () => {
  test('differ by visitor and language, and need no name', () => {
    expect(plainText(sample.greet(base))).toBe('您好，欢迎来到示例商城！请问有什么可以帮您？')
    expect(plainText(sample.greet({ ...base, visitor: 'returning' }))).toBe('欢迎回到示例商城！这次想咨询什么？')
    expect(plainText(sample.greet({ ...base, visitor: 'returning', locale: 'en', customer: { name: 'Ann' } }))).toContain(
      'Ann, welcome back',
    )
  })

  test('come on arrival with buttons that mean what their words say', () => {
    const { text, buttons } = talk(sample).send({ type: 'arrive' })
    expect(text).toContain('欢迎来到示例商城')
    expect(buttons.map(({ id }) => id)).toEqual(['flow:order_status', 'faq:returns', 'flow:to_agent'])
  })

  test('answer a hello, and do not repeat themselves', () => {
    expect(talk(sample, { greeted: false }).send('hi').text).toContain('欢迎来到')
    expect(talk(sample).send('你好吗').text).toBe('您好！请问有什么可以帮您？')
  })

  test('fit hours, channel and source', () => {
    const bot = botOf(`
version: 1
defaults: { hours: office }
hours:
  office: { timezone: Asia/Shanghai, open: { mon-fri: "09:00-18:00" } }
  lunch: { timezone: Asia/Shanghai, open: { daily: "12:00-13:00" } }
greetings:
  - { when: { source: sale }, say: "促销" }
  - { when: { hours: closed }, say: "已下班" }
  - { when: { hours: lunch }, say: "午休" }
  - { when: { channel: [wechat, shop-web] }, say: "网页" }
`)
    const at = (time: string, more: Partial<BotContext> = {}) =>
      plainText(bot.greet({ ...base, now: new Date(`2026-03-02T${time}+08:00`), ...more }))
    expect([at('08:00'), at('12:30'), at('15:00'), at('15:00', { channel: { id: 'm', type: 'mail' } })]).toEqual([
      '已下班',
      '午休',
      '网页',
      '您好！请问有什么可以帮您？',
    ])
    expect(talk(bot, { origin: { source: 'sale' } }).send({ type: 'arrive' }).text).toBe('促销')
    expect(bot.office).toBe('office')
  })

  test('take the hours of frontdesk.yaml as they are now', () => {
    const reading = readBot('version: 1\ndefaults: { hours: shop }\ngreetings: [{ when: { hours: closed }, say: 已下班 }]', 'bot.yaml', {
      calendars: ['shop'],
    })
    if (!('value' in reading)) throw new Error(JSON.stringify(reading.problems))
    const bot = createBot(reading.value)
    const shop = { timezone: 'Asia/Shanghai', open: { daily: [{ from: 540, to: 1080 }] }, closed: [] }
    const greet = (closed: string[]) =>
      plainText(bot.greet({ ...base, now: new Date('2026-03-02T10:00+08:00'), calendars: { shop: { ...shop, closed } } }))
    expect([greet([]), greet(['2026-03-02'])]).toEqual(['您好！请问有什么可以帮您？', '已下班'])
    expect(readBot('version: 1\ndefaults: { hours: shop }', 'bot.yaml')).toMatchObject({ problems: [{ path: 'defaults.hours' }] })
  })

  test('list the first questions as buttons', () => {
    expect(sample.questions({ ...base, locale: 'en' }, 2)).toEqual([
      { id: 'faq:shipping-time', label: 'How long is shipping' },
      { id: 'faq:shipping-cost', label: 'Shipping cost' },
    ])
  })
})

describe('answers', () => {
  test('come in the language of the customer', () => {
    expect(talk(sample).send('什么时侯发货呢').text).toContain('24 小时内发货')
    expect(talk(sample, { locale: 'en' }).send('how long does shiping take').text).toContain('within 24 hours')
  })

  test('fall back to the other language', () => {
    const bot = botOf('version: 1\nfaq: [{ id: a, ask: [open now], answer: { zh: "开着" } }]')
    expect(talk(bot, { locale: 'en' }).send('open now?').text).toBe('开着')
  })

  test('may hold several parts, in one message', () => {
    const bot = botOf(`
version: 1
faq:
  - id: shop
    ask: [门店地址]
    answer:
      - text: "南京路 1 号"
        buttons: [{ label: "看地图", url: "https://example.com/map" }, 你好]
      - location: { lat: 31.2, lng: 121.4, title: "门店" }
`)
    expect(talk(bot).send('门店地址').parts).toEqual([
      {
        type: 'buttons',
        text: '南京路 1 号',
        buttons: [
          { id: 'say:看地图', label: '看地图', url: 'https://example.com/map' },
          { id: 'say:你好', label: '你好' },
        ],
      },
      { type: 'location', lat: 31.2, lng: 121.4, title: '门店' },
    ])
  })

  test('reset the count of misses', () => {
    const chat = talk(sample)
    chat.send('今天天气怎么样')
    expect(chat.state.misses).toBe(1)
    chat.send('怎么退货')
    expect(chat.state).toMatchObject({ tried: ['今天天气怎么样', '怎么退货'] })
    expect(chat.state.misses ?? 0).toBe(0)
  })

  test('are offered when the question is vague, and chosen by number, label or press', () => {
    for (const reply of ['1', '１.', '多久发货', press('faq:shipping-time')]) {
      const chat = talk(sample)
      const offer = chat.send('发货')
      expect(offer.text).toBe('您是想问：')
      expect(offer.buttons[0]).toEqual({ id: 'faq:shipping-time', label: '多久发货' })
      expect(chat.send(reply).text).toContain('24 小时内发货')
    }
  })
})

describe('what it does not know', () => {
  test('is admitted, and after two in a row a person is called with what was asked', () => {
    const chat = talk(sample)
    expect(chat.send('今天天气怎么样').text).toContain('没有理解')
    const { handoff, text } = chat.send('asdfgh')
    expect(handoff).toEqual({ type: 'handoff', reason: 'misses', priority: 'normal', note: '客户问过：今天天气怎么样；asdfgh' })
    expect(text).toBe('')
    expect(chat.state.misses ?? 0).toBe(0)
  })

  test('counts suggestions that nobody presses, from the second on', () => {
    const chat = talk(sample)
    chat.send('发货')
    expect(chat.state.misses ?? 0).toBe(0)
    chat.send('退货')
    expect(chat.state.misses).toBe(1)
    expect(chat.send('快递').handoff).toMatchObject({ reason: 'misses' })
  })

  test('pictures and stickers alone are asked to be put in words, with a person offered', () => {
    const chat = talk(sample)
    const reply = chat.send({ type: 'message', parts: [picture] })
    expect(reply.text).toContain('请用文字')
    expect(reply.buttons).toEqual([{ id: 'handoff', label: '人工客服' }])
    expect(chat.send({ type: 'message', parts: [{ type: 'unsupported', what: 'sticker' }] }).text).toContain('请用文字')
    expect(chat.send('1').handoff).toMatchObject({ reason: 'asked' })
    expect(chat.state.misses ?? 0).toBe(0)
  })

  test('is answered even when nothing is in the message', () => {
    expect(talk(sample).send({ type: 'message', parts: [] }).text).not.toBe('')
  })
})

describe('a person', () => {
  test.each(['转人工', '人工客服', '我想找真人', 'human', 'can I talk to a person', '人工'])('is called by %s', (text) => {
    expect(talk(sample).send(text).handoff).toMatchObject({ reason: 'asked', priority: 'normal' })
  })

  test('is called at once where the file names no flow for it', () => {
    const bot = botOf('version: 1')
    expect(talk(bot).send('转人工').handoff).toEqual({ type: 'handoff', reason: 'asked' })
    expect(talk(bot).send(press('handoff')).handoff).toEqual({ type: 'handoff', reason: 'asked' })
  })
})

describe('presses', () => {
  test('of buttons that are gone say so', () => {
    for (const id of ['faq:gone', 'flow:gone', 'choice:x', '#0123456789', 'rate:5'])
      expect(talk(sample).send(press(id)).text).toContain('失效')
  })

  test('with an id that a channel shortened find their button', () => {
    const chat = talk(sample)
    chat.send('发货')
    expect(chat.send(press(shortId('faq:shipping-time'))).text).toContain('24 小时内发货')
    expect(talk(sample).send(press(shortId('faq:invoice'))).text).toContain('申请开票')
    expect(talk(sample).send(press(shortId('handoff'))).handoff).toMatchObject({ reason: 'asked' })
  })

  test('of a foreign menu count as their words', () => {
    expect(talk(sample).send(press('MENU_1', '怎么退货')).text).toContain('7 天内')
    expect(talk(sample).send(press('say:怎么退货')).text).toContain('7 天内')
  })
})

describe('the sample flow', () => {
  test('asks, checks, lets choose and hands over with what it learnt', () => {
    const chat = talk(sample)
    expect(chat.send('查订单').text).toContain('订单号')
    expect(chat.send('不知道').text).toContain('格式不对')
    const asked = chat.send('ｓｏ２０２６０００１')
    expect(asked.text).toBe('谢谢，已记下订单 so20260001。\n\n您想了解什么？')
    expect(asked.buttons.map(({ label }) => label)).toEqual(['物流到哪了', '我要催单', '不用了'])
    const { text, handoff } = chat.send('2')
    expect(text).toBe('物流由人工客服为您核实。')
    const collected = { order_no: 'so20260001', wish: 'late', topic: '催单' }
    expect(handoff).toEqual({ type: 'handoff', reason: 'flow', priority: 'normal', note: '催单 so20260001', collected })
    expect(chat.state.flow).toBeUndefined()
  })

  test('takes a choice by press, by short id and in the other language, and may end', () => {
    for (const reply of [press('choice:none'), press(shortId('choice:none')), 'never mind', '不用了', '3']) {
      const chat = talk(sample)
      chat.send('查订单')
      chat.send('SO20260001')
      expect(chat.send(reply).text).toBe('好的，还有其他可以帮您的吗？')
      expect(chat.state.flow).toBeUndefined()
    }
  })

  test('gives up after its retries', () => {
    const chat = talk(sample)
    for (const reply of ['查订单', 'x', 'y']) expect(chat.send(reply).handoff).toBeUndefined()
    expect(chat.send('z').handoff).toMatchObject({ reason: 'flow' })
  })

  test('is left for a person, another question or a wish to stop', () => {
    const person = talk(sample)
    person.send('查订单')
    person.send('SO20260001')
    expect(person.send('转人工').handoff).toMatchObject({ reason: 'asked', note: 'SO20260001' })
    const question = talk(sample)
    question.send('查订单')
    expect(question.send('怎么开发票').text).toMatch(/^好的，我们先说这个。\n\n在“我的订单”/)
    expect(question.state).toMatchObject({ paused: { id: 'order_status', step: 'order_no' } })
    expect(question.state.flow).toBeUndefined()
    const stop = talk(sample)
    stop.send('查订单')
    expect(stop.send('算了').text).toContain('已取消')
    const button = talk(sample)
    button.send('查订单')
    expect(button.send(press('faq:invoice')).text).toContain('申请开票')
    expect(button.state.flow).toBeUndefined()
  })

  test('repeats its question after an old button, without counting a try', () => {
    const chat = talk(sample)
    chat.send('查订单')
    expect(chat.send(press('choice:gone')).text).toMatch(/失效[\s\S]*订单号/)
    expect(chat.state.flow).toMatchObject({ step: 'order_no', tries: 0 })
  })
})

describe('flows', () => {
  const source = `
version: 1
flows:
  damage:
    trigger: { words: [商品破损] }
    steps:
      - ask: story
        say: 请描述一下，或者发照片。
      - switch: kind
        cases: { a: [{ say: A }] }
        default:
          - ask: sure
            say: 确定吗？
            choices: { 是: next, 否: end, 重来: damage }
          - say: "记下了：{{story}}"
      - call: lookup
        failed: [{ say: 暂时查不到。 }]
      - say: 谢谢。
      - say: 仅英文
        when: { locale: en }
`

  test('go on after a question inside a branch', () => {
    const chat = talk(botOf(source))
    chat.send('商品破损')
    expect(chat.send('盒子压坏了').text).toBe('确定吗？')
    expect(chat.send('是').text).toBe('记下了：盒子压坏了')
    const { pending = '' } = chat.state.flow ?? {}
    expect(chat.send({ type: 'called', key: pending, answer: { ok: false, why: 'no answer' } }).text).toBe('暂时查不到。\n\n谢谢。')
    expect(chat.state.flow).toBeUndefined()
  })

  test('take a picture where any reply is taken', () => {
    const chat = talk(botOf(source))
    chat.send('商品破损')
    expect(chat.send({ type: 'message', parts: [picture] }).text).toBe('确定吗？')
    expect(chat.send({ type: 'message', parts: [picture] }).text).toContain('请用文字')
    expect(chat.send('重来').text).toContain('请描述')
  })

  test('begin again once when their step is gone, then a person takes over', () => {
    const chat = talk(botOf(source), {}, { flow: { id: 'damage', step: 'gone', tries: 0, vars: { story: 'x' } } })
    expect(chat.send('hm').text).toContain('请描述')
    expect(chat.state.flow).toMatchObject({ step: 'story' })
    const again = talk(botOf(source), {}, { ...chat.state, flow: { id: 'damage', step: 'gone', tries: 0, vars: {} } })
    expect(again.send('hm').handoff).toEqual({ type: 'handoff', reason: 'failed', collected: { story: 'x' } })
    expect(talk(sample, {}, { flow: { id: 'gone', step: 'x', tries: 0, vars: {} } }).send('hm').handoff).toMatchObject({ reason: 'failed' })
  })

  test('do not fall for names that every object has', () => {
    const chat = talk(sample, {}, { flow: { id: 'constructor', step: 'x', tries: 0, vars: {} } })
    expect(chat.send('hm').handoff).toBeDefined()
    expect(talk(sample).send(press('flow:toString')).text).toContain('失效')
  })
})

test('a state of another shape breaks nothing', () => {
  for (const state of [{ misses: 'x', choices: 5, tried: {} }, { flow: { id: 1 } }, { choices: [{}] }, null] as unknown as BotState[]) {
    expect(talk(sample, {}, state).send('怎么退货').text).toContain('7 天内')
  }
})
