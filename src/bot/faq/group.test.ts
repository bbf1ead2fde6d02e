import { expect, test } from 'vitest'
import { groupQuestions } from './group.ts'

test('questions that ask the same come together, the largest group first, and others stay alone', () => {
  const texts = [
    '你们支持花呗分期吗',
    'do you ship to Norway?',
    '可以用花呗分期付款吗',
    '花呗分期可以吗',
    '门店几点关门',
    'Can you ship to Norway',
    '能不能花呗分期',
  ]
  const groups = groupQuestions(texts).map((group) => group.map((n) => texts[n]).sort())
  expect(groups[0]).toEqual(['你们支持花呗分期吗', '可以用花呗分期付款吗', '能不能花呗分期', '花呗分期可以吗'].sort())
  expect(groups).toContainEqual(['Can you ship to Norway', 'do you ship to Norway?'])
  expect(groups).toContainEqual(['门店几点关门'])
  expect(groupQuestions([])).toEqual([])
})
