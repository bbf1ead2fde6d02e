import { describe, expect, test } from 'vitest'
import { smallTalkOf, wantsOut, wantsPerson } from './intents.ts'
import { fill } from './template.ts'

describe('a wish for a person', () => {
  test.each([
    '人工',
    '转人工',
    '人工客服',
    '找真人',
    '我要转人工',
    '麻烦帮我转人工一下，谢谢',
    '請轉人工客服',
    '叫你们客服来',
    '能不能找个活人跟我说话',
    '不想和机器人聊',
    '有没有人工客服在吗',
    'human',
    'Agent please',
    'Can I talk to a human?',
    'I want to speak with a real person',
    'connect me to an agent',
    'get me a representative',
    'operator',
    'talk to someone',
  ])('is heard in %s', (text) => {
    expect(wantsPerson(text)).toBe(true)
  })

  test.each([
    '人工费多少',
    '这是人工智能吗',
    '人工合成的宝石吗',
    '客服电话是多少',
    '客服工作时间',
    '你们的客服几点下班',
    '不要转人工',
    'human hair wig',
    'is this for one person',
    'do you ship to my travel agent',
    "don't connect me to an agent",
    '怎么退货',
  ])('is not heard in %s', (text) => {
    expect(wantsPerson(text)).toBe(false)
  })
})

test('small talk and a wish to stop are whole messages', () => {
  expect(['你好', '您好！', 'Hi', 'hello there', '在吗？', '你好吗', 'how are you?'].map(smallTalkOf)).toEqual(Array(7).fill('hello'))
  expect(['谢谢', '好的，谢谢', 'thanks!', 'OK', '再见', 'bye'].map(smallTalkOf)).toEqual([
    'thanks',
    'thanks',
    'thanks',
    'thanks',
    'bye',
    'bye',
  ])
  expect(['你好，怎么退货', 'hi where is my order', '啊', '哈哈'].map(smallTalkOf)).toEqual(Array(4).fill(undefined))
  expect(['取消', '算了', 'Cancel', '取消订单'].map(wantsOut)).toEqual([true, true, true, false])
})

describe('a text with slots', () => {
  const known = (name: string) => ({ 'customer.name': '李雷', 'brand.name': '示例商城', order_no: 'SO1' })[name]
  const nothing = () => undefined

  test('is filled in', () => {
    expect(fill('{{customer.name}}，欢迎来到{{ brand.name }}！', known)).toBe('李雷，欢迎来到示例商城！')
  })

  test.each([
    ['{{customer.name}}，欢迎回来！', '欢迎回来！'],
    ['{{customer.name}},欢迎回来', '欢迎回来'],
    ['{{customer.name}}, welcome back to us!', 'Welcome back to us!'],
    ['Hi {{customer.name}}, welcome!', 'Hi, welcome!'],
    ['Welcome back, {{customer.name}}!', 'Welcome back!'],
    ['您好，{{customer.name}}，欢迎！', '您好，欢迎！'],
    ['您好，{{customer.name}}。', '您好。'],
    ['订单 {{order_no}}', '订单'],
    ['Order {{order_no}} is late.', 'Order is late.'],
    ['您的订单（{{order_no}}）已发货', '您的订单已发货'],
    ['{{topic}} {{order_no}}', ''],
    ['好。{{customer.name}}，请稍候', '好。请稍候'],
  ])('%s leaves no gap where nothing is known', (text, expected) => {
    expect(fill(text, nothing)).toBe(expected)
  })

  test('never fills a value in twice, and keeps values to one line', () => {
    const name = () => '{{brand.name}}\nEvil: yes\u0007'
    expect(fill('Hi {{customer.name}}!', name)).toBe('Hi {{brand.name}} Evil: yes!')
  })
})
