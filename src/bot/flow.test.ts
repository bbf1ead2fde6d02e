import { describe, expect, test } from 'vitest'
import { botOf, talk } from '../../test/support/talk.ts'

const ORDERS = `
version: 1
faq:
  - { id: shipping, title: { zh: 多久发货, en: Shipping }, ask: [多久发货, how long is shipping], answer: { zh: 24 小时, en: A day } }
flows:
  order:
    title: { zh: 查订单, en: Orders }
    trigger: { words: [查订单, track my order] }
    steps:
      - { ask: no, say: 订单号？, match: '^SO\\d{4}$', retry: { max: 1, then: human } }
      - call: lookup
        with: { no: "{{no}}", from: web }
        save: order
        timeout: 3s
        failed: [{ say: 查不到 }, { goto: human }]
      - { say: "{{order.state}} {{order.items.0.name}} {{order.count}}" }
      - { say: 大客户, when: { vars: { order.level: [gold, platinum] } } }
  human: { title: 人工, trigger: { words: [找人] }, steps: [{ handoff: {} }] }
`

describe('a call', () => {
  test('sends what the step says, and goes on with what was answered', () => {
    const chat = talk(botOf(ORDERS))
    chat.send('查订单')
    const { effects, text } = chat.send('SO1234')
    expect(effects).toEqual([
      { type: 'call', key: 't1#0', webhook: 'lookup', flow: 'order', with: { no: 'SO1234', from: 'web' }, timeoutMs: 3000 },
    ])
    expect(text).toBe('')
    expect(chat.answers({ state: '已发货', items: [{ name: '杯子' }], count: 2, level: 'gold', skip: null, 'odd key': 1 }).text).toBe(
      '已发货 杯子 2\n\n大客户',
    )
    expect(chat.state.flow).toBeUndefined()
    expect(chat.state.collected).toEqual({ no: 'SO1234' })
  })

  test('that fails, or is late, takes the failed steps; a second answer changes nothing', () => {
    for (const how of ['fails', 'passes'] as const) {
      const chat = talk(botOf(ORDERS))
      chat.send('查订单')
      chat.send('SO1234')
      const key = chat.state.flow?.pending ?? ''
      const { text, handoff } = chat[how]()
      expect([text, handoff?.reason]).toEqual(['查不到', 'flow'])
      const before = chat.state
      expect(chat.send({ type: 'called', key, answer: { ok: true, data: {} } }).effects).toEqual([])
      expect(chat.state).toEqual(before)
    }
  })

  test('without failed steps calls a person, and says that the flow could not go on', () => {
    const chat = talk(botOf('version: 1\nflows: { a: { trigger: { words: [go] }, steps: [{ call: x }, { say: done }] } }'))
    chat.send('go')
    expect(chat.fails().handoff).toEqual({ type: 'handoff', reason: 'failed' })
  })

  test('keeps single paths where the step names them, and forgets what the answer lacks', () => {
    const chat = talk(
      botOf(`
version: 1
flows:
  a:
    trigger: { words: [go] }
    steps:
      - { set: { city: old, zip: old } }
      - { call: x, save: { city: address.city, zip: address.zip } }
      - { say: "[{{city}}] [{{zip}}]" }`),
    )
    chat.send('go')
    expect(chat.answers({ address: { city: '上海' } }).text).toBe('[上海]')
  })

  test('keeps no more of an answer than a conversation can hold', () => {
    const chat = talk(botOf(ORDERS))
    chat.send('查订单')
    chat.send('SO1234')
    const deep = { a: { a: { a: { a: { a: { a: { a: { a: 'deep' } } } } } } } }
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, 'x'.repeat(9999)]))
    const calls = botOf('version: 1\nflows: { a: { trigger: { words: [go] }, steps: [{ call: x, save: o }, { ask: q, say: "?" }] } }')
    const other = talk(calls)
    other.send('go')
    other.answers({ ...many, ...deep })
    expect(Object.keys(other.state.flow?.vars ?? {})).toHaveLength(100)
    expect(JSON.stringify(other.state).length).toBeLessThan(110_000)
  })

  test('goes on while the customer asks something else, and is dropped for a person', () => {
    const chat = talk(botOf(ORDERS))
    chat.send('查订单')
    chat.send('SO1234')
    expect(chat.send('好了没有').text).toContain('正在为您查询')
    expect(chat.send('多久发货').text).toBe('24 小时')
    expect(chat.answers({ state: '已发货' }).text).toBe('已发货')
    const other = talk(botOf(ORDERS))
    other.send('查订单')
    other.send('SO1234')
    const key = other.state.flow?.pending ?? ''
    expect(other.send('转人工').handoff).toMatchObject({ reason: 'asked', collected: { no: 'SO1234' } })
    expect(other.send({ type: 'due', key }).effects).toEqual([])
  })

  test('whose step was edited away begins the flow again, once', () => {
    const chat = talk(botOf(ORDERS))
    chat.send('查订单')
    chat.send('SO1234')
    const edited = botOf(ORDERS.replace('call: lookup', 'call: other'))
    const after = talk(edited, {}, chat.state)
    expect(after.answers({}).text).toBe('订单号？')
    expect(after.state).toMatchObject({ restarted: true, flow: { step: 'no' } })
  })
})

describe('a flow that is left for another question', () => {
  test('offers the way back, and takes the reply that it waited for', () => {
    const chat = talk(botOf(ORDERS))
    chat.send('查订单')
    const { text, buttons } = chat.send('多久发货')
    expect(text).toMatch(/^好的，我们先说这个。\n\n24 小时/)
    expect(buttons).toEqual([{ id: 'resume', label: '继续：查订单' }])
    expect(chat.send({ type: 'press', id: 'resume' }).text).toBe('订单号？')
    expect(chat.state.flow).toMatchObject({ step: 'no', tries: 0 })
    chat.send('多久发货')
    expect(chat.send('SO1234').effects).toMatchObject([{ type: 'call' }])
    expect(chat.state.paused).toBeUndefined()
  })

  test('is forgotten with a person, and by whoever cancels', () => {
    const chat = talk(botOf(ORDERS))
    chat.send('查订单')
    chat.send('多久发货')
    chat.send('转人工')
    expect(chat.state.paused).toBeUndefined()
    expect(
      talk(botOf(ORDERS), {}, { paused: { id: 'gone', step: 'x', tries: 0, vars: {} } }).send({ type: 'press', id: 'resume' }).handoff,
    ).toMatchObject({
      reason: 'failed',
    })
  })
})

test('a wait goes on at its time, and the customer is answered meanwhile', () => {
  const chat = talk(
    botOf(`
version: 1
faq: [{ id: a, ask: [问题甲], answer: 甲 }]
flows: { n: { trigger: { words: [提醒我] }, steps: [{ say: 好的 }, { wait: 10m }, { say: 到时间了 }] } }`),
  )
  const { text, effects } = chat.send('提醒我')
  expect(text).toBe('好的')
  expect(effects).toContainEqual({ type: 'wait', key: 't0#0', ms: 600_000 })
  expect(chat.send('问题甲').text).toBe('甲')
  expect(chat.send('不知道说什么').text).toContain('没有理解')
  expect(chat.passes().text).toBe('到时间了')
  expect(chat.state.flow).toBeUndefined()
})

test('tags hold from their step on, for conditions, too; a rating is asked with the words of the step', () => {
  const chat = talk(
    botOf(`
version: 1
flows:
  a:
    trigger: { words: [go] }
    steps:
      - tag: [hot, new]
      - { tag: { customer: vip, remove: old } }
      - { say: tagged, when: { tag: [hot] } }
      - { say: old, when: { tag: old } }
      - { say: VIP, when: { tag: vip } }
      - rate: { zh: 满意吗？, en: Happy? }`),
    { tags: ['old'] },
  )
  expect(chat.send('go').effects).toEqual([
    { type: 'say', parts: [{ type: 'text', text: 'tagged\n\nVIP' }] },
    { type: 'tag', conversation: ['hot', 'new'], customer: [], remove: [] },
    { type: 'tag', conversation: [], customer: ['vip'], remove: ['old'] },
    { type: 'rate', text: '满意吗？' },
  ])
})

test('choices may be words alone, beside others that lead somewhere', () => {
  const chat = talk(
    botOf(`
version: 1
flows:
  a:
    trigger: { words: [go] }
    steps:
      - { ask: sure, say: 确定吗？, choices: [是, { label: 否, value: "no", then: end }] }
      - { say: "记下了：{{sure}}" }`),
  )
  expect(chat.send('go').buttons.map(({ label }) => label)).toEqual(['是', '否'])
  expect(chat.send('是').text).toBe('记下了：是')
  chat.send('go')
  expect(chat.send('否').text).not.toContain('记下了')
})
