import { expect, test } from 'vitest'
import { botOf, talk } from '../../test/support/talk.ts'

const BOT = `
version: 1
faq:
  - { id: shipping, title: 发货时间, ask: [多久发货, how long is shipping], answer: 付款后 24 小时内发货。 }
  - { id: returns, title: 退货, ask: [怎么退货, how to return], answer: 签收后 7 天内可退。 }
flows:
  order: { title: 查订单, trigger: { words: [查一下订单] }, steps: [{ ask: number, say: 订单号？ }, { say: 好的 }] }
fallback: { after: 2 }
handoff: { repeated: 0 }
`
const bot = botOf(BOT)
const assistant = { when: 'unsure' as const, timeoutMs: 5000 }
const unknown = '我的包裹去哪儿了呢'

const asking = (context = {}) => {
  const person = talk(bot, { assistant, ...context })
  const { effects, parts } = person.send(unknown)
  return {
    person,
    effects,
    parts,
    answer: (data: unknown) => person.send({ type: 'called', key: person.state.asking?.key ?? '', answer: { ok: true, data } }),
  }
}

test('what the bot does not know it asks, and says nothing meanwhile', () => {
  const { effects, parts } = asking()
  expect(parts).toEqual([])
  expect(effects).toEqual([{ type: 'assist', key: 't0#0', question: unknown, ranked: expect.any(Array), timeoutMs: 5000 }])
})

test('what it knows it answers by itself', () => {
  expect(talk(bot, { assistant }).send('多久发货').text).toContain('24 小时')
  expect(talk(bot, { assistant }).send('人工').handoff).toBeDefined()
  expect(talk(bot).send(unknown).text).toContain('没有理解')
})

test('the entry that the assistant names is answered, a flow is begun', () => {
  expect(asking().answer({ entry: 'faq:shipping' }).text).toContain('24 小时')
  expect(asking().answer({ entry: 'flow:order' }).text).toBe('订单号？')
})

test('entries that it is not sure of are offered, and words it made name their sources', () => {
  expect(
    asking()
      .answer({ suggest: ['faq:returns', 'faq:shipping'] })
      .buttons.map(({ id }) => id),
  ).toEqual(['faq:returns', 'faq:shipping'])
  expect(asking().answer({ answer: { text: '付款后 24 小时内发货，7 天内可退。', cites: ['faq:shipping', 'faq:returns'] } }).text).toBe(
    '付款后 24 小时内发货，7 天内可退。\n\n（依据：发货时间、退货）',
  )
})

test.each([
  [{}],
  [undefined],
  [null],
  ['faq:shipping'],
  [{ entry: 'faq:gone' }],
  [{ entry: 'handoff' }],
  [{ suggest: 'faq:shipping' }],
  [{ suggest: [1, 'flow:none'] }],
  [{ answer: { text: 'x', cites: [] } }],
  [{ answer: { text: 5, cites: ['faq:shipping'] } }],
])('an answer of no use (%j) leaves it as it is without an assistant', (data) => {
  const { answer } = asking()
  expect(answer(data).text).toContain('没有理解')
})

test('no answer, a late one and a second one', () => {
  const { person } = asking()
  const key = person.state.asking?.key ?? ''
  expect(person.send({ type: 'due', key }).text).toContain('没有理解')
  expect(person.send({ type: 'called', key, answer: { ok: true, data: { entry: 'faq:shipping' } } }).effects).toEqual([])
})

test('what the customer adds meanwhile belongs to the question, and is answered once', () => {
  const { person, answer } = asking()
  const first = person.state.asking?.key ?? ''
  const [more] = person.send('已经一个星期了').effects
  expect(more).toMatchObject({ type: 'assist', question: `${unknown}\n已经一个星期了` })
  expect(person.send({ type: 'called', key: first, answer: { ok: true, data: { entry: 'faq:returns' } } }).effects).toEqual([])
  expect(answer({ entry: 'faq:shipping' }).text).toContain('24 小时')
})

test('a pleasantry in between does not lose the question', () => {
  const { person, answer } = asking()
  expect(person.send('谢谢').text).toContain('不客气')
  expect(answer({ entry: 'faq:shipping' }).text).toContain('24 小时')
})

test('an answer does not talk over a flow that the customer began meanwhile', () => {
  const { person, answer } = asking()
  expect(person.send('查一下订单').text).toBe('订单号？')
  expect(answer({ entry: 'faq:shipping' }).parts).toEqual([])
  expect(person.state.flow?.id).toBe('order')
})

test('where it is only asked what is unknown, what is alike is offered at once', () => {
  const { buttons } = talk(bot, { assistant: { ...assistant, when: 'unknown' } }).send('发货')
  expect(buttons.map(({ id }) => id)).toContain('faq:shipping')
})

test('it is told what there is to know, in the language that is asked for', () => {
  expect(bot.knowledge('zh')).toEqual([
    { id: 'faq:shipping', title: '发货时间', phrases: ['多久发货', 'how long is shipping', '发货时间'], text: '付款后 24 小时内发货。' },
    { id: 'faq:returns', title: '退货', phrases: ['怎么退货', 'how to return', '退货'], text: '签收后 7 天内可退。' },
    { id: 'flow:order', title: '查订单', phrases: ['查一下订单', '查订单'], text: '' },
  ])
})
