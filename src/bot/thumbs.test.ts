import { expect, test } from 'vitest'
import { botOf, talk } from '../../test/support/talk.ts'

const BOT = `
version: 1
faq:
  - { id: shipping, title: 发货时间, ask: [多久发货, 什么时候寄出], answer: 付款后 24 小时内发货。 }
  - { id: returns, title: 退货, ask: [怎么退货, 不想要了], answer: 签收后 7 天内可退。 }
feedback: { thumbs: true }
handoff: { repeated: 0 }
`
const bot = botOf(BOT)
const question = '请问多久发货'
const rated = (effects: readonly { type: string }[]) => effects.filter(({ type }) => type === 'rated')

test('an answer is rated once: a second press, and one that changes its mind, count nothing', () => {
  const person = talk(bot, { canPress: true })
  expect(person.send(question).text).toContain('24 小时')
  expect(rated(person.send({ type: 'press', id: 'thumb:up' }).effects)).toMatchObject([{ entry: 'faq:shipping', up: true }])
  for (const id of ['thumb:up', 'thumb:down']) {
    const again = person.send({ type: 'press', id })
    expect(rated(again.effects)).toEqual([])
    expect(again.parts).not.toEqual([])
  }
})

test('where nothing can be pressed, and for the file’s own phrases, nobody is asked', () => {
  for (const [canPress, asked] of [
    [false, question],
    [true, '多久发货'],
  ] as const) {
    const { text, buttons } = talk(bot, { canPress }).send(asked)
    expect(text).toContain('24 小时')
    expect(buttons).toEqual([])
  }
})
