import { expect, test } from 'vitest'
import { halfOf, localeOf, WORDS } from './words.ts'

test('each language has every word, and none is empty', () => {
  expect(Object.keys(WORDS.en)).toEqual(Object.keys(WORDS.zh))
  for (const words of Object.values(WORDS)) for (const word of Object.values(words)) expect(word).not.toBe('')
})

test('every kind of Chinese is Chinese, everything else is English', () => {
  expect(['zh', 'zh-CN', 'zh-Hant-TW', 'ZH'].map(localeOf)).toEqual(['zh', 'zh', 'zh', 'zh'])
  expect(['en-GB', 'de', 'zhx'].map(localeOf)).toEqual(['en', 'en', 'en'])
  expect(localeOf(undefined)).toBeUndefined()
})

test('of a message in both languages the reader sees one half', () => {
  const message = 'The file is empty. / 文件是空的。'
  expect(halfOf(message, 'zh')).toBe('文件是空的。')
  expect(halfOf(message, 'en')).toBe('The file is empty.')
  for (const whole of ['and / or', '只有中文', '', 'a / b / 丙']) expect(halfOf(whole, 'en')).toBe(whole)
})
