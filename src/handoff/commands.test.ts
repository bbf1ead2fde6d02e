import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { phrase } from '#core/phrases.ts'
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
    ['/resolve thanks', command('resolve')],
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
    ['/trans tech', '/trans', ['/transfer']],
    ['/xyzzy', '/xyzzy', []],
    ['/ claim', '/', []],
    ['/usr/bin/node', '/usr/bin/node', []],
    ['!', '/', []],
    ['!!! urgent', '/!!', []],
    ['/接', '/接', ['/claim']],
  ])('%j is unknown, never words for the customer', (line, word, suggestions) => {
    expect(parseLine(line)).toEqual({ type: 'unknown', word, suggestions })
  })

  test.each(['/transfer', '/transfer @', '/held msg_1', '/held send', '/resend'])('%j says how it is used', (line) => {
    expect(parseLine(line)).toMatchObject({ type: 'unknown', usage: expect.stringContaining('<') })
  })
})

test('buttons and tools give a command without its slash', () => {
  expect(parseCommand('transfer tech')).toEqual(command('transfer', { to: { skill: 'tech' } }))
  expect(parseCommand('/claim')).toEqual(command('claim'))
  expect(parseCommand('hello')).toMatchObject({ type: 'unknown', word: '/hello' })
})

test('every usage parses as its own command, and help exists in both languages', () => {
  for (const { name, usage, text } of commandHelp) {
    const line = usage.replace('<skill|@agent> [why]', 'tech').replace('<take|send|note|cancel> <message>', 'take m').replace(/<\w+>/, 'x')
    expect(parseLine(line)).toMatchObject(name === 'note' ? { type: 'note' } : { type: 'command', name })
    expect(text.zh && text.en).toBeTruthy()
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
