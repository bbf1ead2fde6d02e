import { describe, expect, test } from 'vitest'
import { phrase } from '#core/phrases.ts'
import fc from '../../test/support/fc.ts'
import { commandHelp, parseCommand, parseLine } from './commands.ts'

const command = (name: string, more: object = {}) => ({ type: 'command', name, ...more })
const note = (text: string) => ({ type: 'note', text })

describe('a line of an agent', () => {
  test.each([
    ['hello', { type: 'text' }],
    ['', { type: 'text' }],
    ['and/or', { type: 'text' }],
    ['http://shop.example/x', { type: 'text' }],
    ['好的！', { type: 'text' }],
    ['notes are ready', { type: 'text' }],
    ['备注一下地址', { type: 'text' }],
    ['/claim', command('claim')],
    ['!claim', command('claim')],
    ['／claim', command('claim')],
    ['！接入', command('claim')],
    [' \u200b/Claim ', command('claim')],
    ['/claim@my_bot', command('claim')],
    ['/认领', command('claim')],
    ['/unclaim', command('release')],
    ['/释放', command('release')],
    ['/结单', command('resolve')],
    ['/完成', command('resolve')],
    ['/resolve refunded', command('resolve', { reason: 'refunded' })],
    ['/结单：已退款', command('resolve', { reason: '已退款' })],
    ['/done', command('resolve')],
    ['/完成 2', command('done', { item: '2' })],
    ['/完成２', command('done', { item: '2' })],
    ['/done fup_1', command('done', { item: 'fup_1' })],
    ['/done as agreed', command('resolve', { reason: 'as agreed' })],
    ['/tag', command('tag', { add: [], remove: [] })],
    ['/tag a b -c', command('tag', { add: ['a', 'b'], remove: ['c'] })],
    ['！标签：退款，破损 －新客', command('tag', { add: ['退款', '破损'], remove: ['新客'] })],
    ['/标签退款', command('tag', { add: ['退款'], remove: [] })],
    ['/tag #vip, #vip', command('tag', { add: ['vip'], remove: [] })],
    ['/priority HIGH', command('priority', { level: 'high' })],
    ['/优先级：紧急', command('priority', { level: 'urgent' })],
    ['/优先级高', command('priority', { level: 'high' })],
    ['/prio p1', command('priority', { level: 'urgent' })],
    ['/snooze until fri 9', command('snooze', { line: 'until fri 9' })],
    ['/暂缓30分钟', command('snooze', { line: '30分钟' })],
    ['/暂缓明天9:30', command('snooze', { line: '明天9:30' })],
    ['/unsnooze', command('claim')],
    ['/kb return shipping', command('kb', { words: 'return shipping' })],
    ['/知识库退货运费', command('kb', { words: '退货运费' })],
    ['/send 2', command('send', { item: '2' })],
    ['/发送２', command('send', { item: '2' })],
    ['/show', command('show', { item: '' })],
    ['/macro', command('macro', { values: {}, words: '' })],
    ['/m refund', command('macro', { key: 'refund', values: {}, words: '' })],
    ['/macro refund order=A12', command('macro', { key: 'refund', values: { order: 'A12' }, words: '' })],
    [
      '/话术 退款 单号＝A12 名字=“李 雷” 三天内',
      command('macro', { key: '退款', values: { 单号: 'A12', 名字: '李 雷' }, words: '三天内' }),
    ],
    ['/customer', command('customer')],
    ['/客户资料', command('customer')],
    ['/followup tomorrow 9:00 call', command('followup', { line: 'tomorrow 9:00 call' })],
    ['/跟进明天3点 回电', command('followup', { line: '明天3点 回电' })],
    ['/待办', command('todo')],
    ['/stats', command('stats')],
    ['/help snooze', command('help', { about: 'snooze' })],
    ['/帮助 /暂缓', command('help', { about: 'snooze' })],
    ['/reopen', command('reopen')],
    ['/机器人', command('bot')],
    ['/to_bot', command('bot')],
    ['/上线', command('online')],
    ['/离开', command('away')],
    ['/queue', command('queue')],
    ['/help', command('help')],
    ['/note call back', note('call back')],
    ['/备注 客户很急', note('客户很急')],
    ['/备注客户很急', note('客户很急')],
    ['//两行\n文字', note('两行\n文字')],
    ['／／内部', note('内部')],
    ['note: angry', note('angry')],
    ['Note : angry', note('angry')],
    ['备注：很急', note('很急')],
    ['备注:很急', note('很急')],
    ['/transfer tech', command('transfer', { to: { skill: 'tech' } })],
    ['/transfer tech needs a\nlog', command('transfer', { to: { skill: 'tech' }, why: 'needs a\nlog' })],
    ['/transfer@my_bot @anna knows her', command('transfer', { to: { agent: 'anna' }, why: 'knows her' })],
    ['/转给 售后', command('transfer', { to: { skill: '售后' } })],
    ['/转给售后 要退货', command('transfer', { to: { skill: '售后' }, why: '要退货' })],
    ['/转给@李雷', command('transfer', { to: { agent: '李雷' } })],
    ['/held take msg_1', command('held', { choice: 'take', message: 'msg_1' })],
    ['/held cancel msg_1', command('held', { choice: 'cancel', message: 'msg_1' })],
    ['/resend msg_1', command('resend', { message: 'msg_1' })],
  ])('%j', (line, expected) => {
    expect(parseLine(line)).toEqual(expected)
  })

  test.each([
    ['/clam', '/clam', ['/claim']],
    ['/resovle', '/resovle', ['/resolve']],
    ['/trans', '/trans', ['/transfer']],
    ['/xyzzy', '/xyzzy', []],
    ['/ claim', '/', []],
    ['/usr/bin/node', '/usr/bin/node', []],
    ['!', '/', []],
    ['!!!', '/!!', []],
    ['/接', '/接', ['/claim']],
  ])('%j is unknown, never words for the customer', (line, word, suggestions) => {
    expect(parseLine(line)).toMatchObject({ type: 'unknown', word, suggestions })
  })

  test('what follows an unknown word is kept: it may be the name of a canned reply', () => {
    expect(parseLine('!greet order=A12')).toMatchObject({ type: 'unknown', word: '/greet', rest: 'order=A12' })
  })

  test.each([
    '/transfer',
    '/transfer @',
    '/held msg_1',
    '/held send',
    '/resend',
    '/priority',
    '/priority soon',
    '/snooze',
    '/暂缓',
    '/kb',
    '/followup',
  ])('%j says how it is used', (line) => {
    expect(parseLine(line)).toMatchObject({ type: 'unknown', usage: expect.stringContaining('<') })
  })
})

test('buttons and tools give a command without its slash', () => {
  expect(parseCommand('transfer tech')).toEqual(command('transfer', { to: { skill: 'tech' } }))
  expect(parseCommand('/claim')).toEqual(command('claim'))
  expect(parseCommand('hello')).toMatchObject({ type: 'unknown', word: '/hello' })
})

test('every usage parses as its own command, and help exists in both languages', () => {
  for (const { name, usage, text, examples = [] } of commandHelp) {
    const line = usage
      .replace('<skill|team|@agent> [why]', 'tech')
      .replace('<take|send|note|cancel> <message>', 'take m')
      .replace('<low|normal|high|urgent>', 'low')
      .replace('<n>', '1')
      .replaceAll(/\[.*?\]/g, '')
      .replace(/<\w+>/, 'x')
    expect(parseLine(line)).toMatchObject(name === 'note' ? { type: 'note' } : { type: 'command', name })
    expect(text.zh && text.en).toBeTruthy()
    for (const example of examples) expect(parseLine(example), example).toMatchObject({ type: 'command', name })
  }
  const said = phrase('whisper.unknown_command', 'en', { word: '/x', suggestions: [], commands: commandHelp.map(({ usage }) => usage) })
  expect(said).toContain('/claim')
})

test('whatever begins with a slash or an exclamation mark is never text', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('/', '!', '／', '！'),
      fc.string({ unit: 'grapheme' }),
      (mark, rest) => parseLine(mark + rest).type !== 'text',
    ),
  )
})
