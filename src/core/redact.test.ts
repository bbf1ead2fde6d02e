import { describe, expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import type { Part } from './message.ts'
import { createRedaction, maskContact, passesLuhn, patternOf, redactParts, usualRedaction } from './redact.ts'

const usual = createRedaction(usualRedaction) as (text: string) => string
const withMore = (more: object) => createRedaction({ ...usualRedaction, ...more }) as (text: string) => string

test('a contact keeps an end, enough to recognise it and too little to use it', () => {
  const masked = ['lily@example.com', '+86 138 0013 8000', '021-5555', 'oABC123def', '12345', '李@公司.中国'].map(maskContact)
  expect(masked).toEqual(['l███@example.com', '████00', '████55', '████ef', '████', '李███@公司.中国'])
})

describe('card numbers', () => {
  test.each([
    ['我的卡号 4111111111111111', '我的卡号 ████████████1111'],
    ['4111 1111 1111 1111 exp 12/27', '████ ████ ████ 1111 exp 12/27'],
    ['4111-1111-1111-1111', '████-████-████-1111'],
    ['卡４１１１１１１１１１１１１１１１', '卡████████████１１１１'],
    ['银联 6222 0212 3456 7894 ok', '银联 ████ ████ ████ 7894 ok'],
    ['amex 378282246310005', 'amex ███████████0005'],
    ['5500.0000.0000.0004', '████.████.████.0004'],
    ['2026 4111 1111 1111 1111', '2026 ████ ████ ████ 1111'],
  ])('%j becomes %j', (text, expected) => {
    if (text.includes('6222')) expect(passesLuhn('6222021234567894')).toBe(true)
    expect(usual(text)).toBe(expected)
  })

  test.each([
    '订单号 4111111111111112',
    '快递 773012345678901',
    'tel 13800138000',
    '2026-11-22 08:00:00',
    'uuid 0193a5b2-7c1e-7f00-8a44-3b7c9d1e2f30',
    '身份证 11010519491231002X',
  ])('%j stays as it is', (text) => {
    expect(usual(text)).toBe(text)
  })

  test('whatever stands around it, the number of a card never passes, and nothing else changes', () => {
    const withCheck = (digits: string) => {
      const sum = [...'0123456789'].find((last) => passesLuhn(digits + last)) ?? '0'
      return digits + sum
    }
    const card = fc.stringMatching(/^4\d{14}$/).map(withCheck)
    const around = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\p{N}.\-‐-―－\s]/u.test(text) && usual(text) === text)
    fc.assert(
      fc.property(around, card, around, fc.constantFrom('', ' ', '-'), (before, digits, after, gap) => {
        const written = digits.match(/.{4}/g)?.join(gap) ?? ''
        const cut = usual(`${before}${written}${after}`)
        expect(cut.startsWith(before)).toBe(true)
        expect(cut.endsWith(after)).toBe(true)
        expect(cut).not.toContain(written)
        expect(cut.replace(/\D/g, '')).not.toContain(digits)
      }),
      { numRuns: 200 },
    )
  })
})

describe('secrets', () => {
  test.each([
    ['密码是 hunter2abc', '密码是 ██████'],
    ['password: hunter2 ok?', 'password: ██████ ok?'],
    ['API_KEY=abc123def', 'API_KEY=██████'],
    ['验证码：482913', '验证码：██████'],
    ['key sk_live_0123456789abcdefghij', 'key sk_██████'],
    ['ghp_0123456789abcdefghijklmnopqrstuvwxyz', 'ghp_██████'],
    ['AKIAIOSFODNN7EXAMPLE', 'AKIA██████'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----', '██████'],
  ])('%j becomes %j', (text, expected) => {
    expect(usual(text)).toBe(expected)
  })

  test.each(['我忘了密码', '密码是不是错了?', 'how do I reset my password?', 'the secret of good tea', '怎么改密码：步骤'.slice(0, 4)])(
    '%j stays as it is',
    (text) => {
      expect(usual(text)).toBe(text)
    },
  )
})

describe('what the config asks for besides', () => {
  test('phones, e-mails, words and patterns', () => {
    expect(withMore({ phones: true })('电话 13800138000,或 +49 170 1234567')).toBe('电话 █████████00,或 +██ ███ █████67')
    expect(withMore({ phones: true })('订单 20261122')).toBe('订单 20261122')
    expect(withMore({ emails: true })('写信 anna.b@shop.example.com')).toBe('写信 ████@shop.example.com')
    expect(withMore({ words: ['Projekt X', '/\\bKD-\\d{6}\\b/i'] })('projekt x, kd-123456, KD-12')).toBe('████, ████, KD-12')
  })

  test('nothing to cut is no work, and a pattern that is none is named by the config', () => {
    expect(createRedaction({ cards: false, secrets: false, phones: false, emails: false, words: [] })).toBeUndefined()
    expect(patternOf('/(/')).toBeUndefined()
    expect(patternOf('a.b')?.test('a.b')).toBe(true)
    expect(patternOf('a.b')?.test('axb')).toBe(false)
  })
})

test('all that holds words is cut, and files stay', () => {
  const card = '4111111111111111'
  const parts: Part[] = [
    { type: 'text', text: card },
    { type: 'media', kind: 'image', media: { id: 'att_1', name: `${card}.png` }, caption: card },
    { type: 'buttons', text: card, buttons: [{ id: 'x', label: 'y' }] },
    { type: 'location', lat: 1, lng: 2 },
  ]
  const cut = redactParts(parts, usual)
  expect(JSON.stringify(cut)).not.toContain(card)
  expect(cut[1]).toMatchObject({ media: { id: 'att_1', name: '████████████1111.png' } })
  expect(redactParts(parts, undefined)).toEqual(parts)
})

test('a hostile text takes time that grows with it and no faster', () => {
  const everything = withMore({ phones: true, emails: true })
  const texts = [
    '4 '.repeat(40_000),
    '-----BEGIN PRIVATE KEY-----'.repeat(2_000),
    'a@'.repeat(40_000),
    'password:'.repeat(8_000),
    '1-'.repeat(40_000),
    'eyJ'.repeat(20_000),
  ]
  for (const text of texts) expect(everything(text).length).toBeGreaterThan(0)
})
