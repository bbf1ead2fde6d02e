import { describe, expect, test } from 'vitest'
import { inTongue } from './locale.ts'
import { writtenText } from './message.ts'
import { detectLocale, inLocale, localeOf, type PhraseKey, phrase, phrases } from './phrases.ts'

describe('the catalogue', () => {
  test.each(Object.keys(phrases) as PhraseKey[])('%s is there in both languages', (key) => {
    const words: Record<'zh' | 'en', unknown> = phrases[key]
    expect(typeof words.zh).toBe(typeof words.en)
    if (typeof words.zh !== 'string' || typeof words.en !== 'string') return
    expect(words.zh).toMatch(/\p{Script=Han}/u)
    expect(words.en).not.toMatch(/\p{Script=Han}/u)
    expect(words.zh.trim() && words.en.trim()).toBeTruthy()
  })

  test('tells the place in the queue', () => {
    expect(phrase('queue.place', 'zh', { place: 3, minutes: 3 })).toBe('当前排队：您前面还有 2 位，预计等待约 3 分钟。')
    expect(phrase('queue.place', 'zh', { place: 1 })).toBe('当前排队：您是下一位，请稍候。')
    expect(phrase('queue.place', 'en', { place: 3, minutes: 3 })).toBe(
      '2 people are ahead of you in the queue; expected wait about 3 minutes.',
    )
    expect(phrase('queue.place', 'en', { place: 2, minutes: 0.4 })).toBe(
      'One person is ahead of you in the queue; expected wait about 1 minute.',
    )
    expect(phrase('queue.moved', 'en', { place: 2 })).toBe('The queue moved: one person is ahead of you.')
    expect(phrase('queue.size', 'zh', { place: 3, minutes: 2 })).toBe('当前排队人数：3，预计等待2分钟。')
  })

  test('fills variables in', () => {
    expect(phrase('agent.joined', 'zh', { agent: '安娜' })).toBe('安娜 为您服务。')
    expect(phrase('hours.closed', 'en', {})).toContain('We are closed right now. Leave')
    expect(phrase('hours.closed', 'zh', { opens: '明天 09:00' })).toContain('将于明天 09:00 上线')
    expect(phrase('whisper.not_linked', 'en', { desk: 'slack', id: 'U1' })).toContain('identities: { slack: "U1" }')
    const unknown = { word: '/clam', suggestions: ['/claim'], commands: ['/claim', '/note'] }
    expect(phrase('whisper.unknown_command', 'zh', unknown)).toBe('未知命令 /clam，没有发给客户。您是不是想用：/claim？全部命令：/help')
    expect(phrase('whisper.unknown_command', 'en', { ...unknown, suggestions: [] })).toBe(
      'Unknown command /clam; nothing was sent to the customer. Commands: /claim, /note',
    )
  })
})

test('the language of a text is told by its letters', () => {
  expect(detectLocale('我要退货 order SO123', 'en')).toBe('zh')
  expect(detectLocale('hello', 'zh')).toBe('en')
  expect(detectLocale('12345 👍 x', 'zh')).toBe('zh')
  expect(detectLocale('SO20260017', 'zh')).toBe('zh')
})

test('language tags and admins’ texts fall back', () => {
  expect(['zh-hans', 'zh_CN', 'en-GB', 'fr', undefined].map(localeOf)).toEqual(['zh', 'zh', 'en', undefined, undefined])
  expect(inLocale({ en: 'hi' }, 'zh')).toBe('hi')
  expect(inLocale({ zh: '好', en: 'hi' }, 'zh')).toBe('好')
  expect(inLocale('text', 'en')).toBe('text')
})

test('a picture, a place or a file says nothing of the language its sender speaks; the words beside it do', () => {
  const media = { id: 'att_1', name: 'photo of order.png' }
  const picture = { type: 'media', kind: 'image', media } as const
  const place = { type: 'location', lat: 1, lng: 2, title: 'North Gate Hotel' } as const
  expect(detectLocale(writtenText([picture, place]), 'zh', { known: true })).toBe('zh')
  expect(detectLocale(writtenText([{ ...picture, caption: 'where is it' }]), 'zh', { known: true })).toBe('en')
})

test('of what is said twice a reader sees their half, with the number that a platform’s documents are searched by', () => {
  const both = '45047 out of response count – they must write first / 需客户再次来信'
  expect(inTongue(both, 'zh')).toBe('需客户再次来信（45047）')
  expect(inTongue(both, 'en')).toBe('45047 out of response count – they must write first')
  expect(inTongue('not here\n不在这里', 'zh')).toBe('不在这里')
  expect(inTongue('a path / in English', 'zh')).toBe('a path / in English')
})
