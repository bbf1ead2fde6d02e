import { expect, test } from 'vitest'
import { isTooDeep } from './depth.ts'

const nested = (depth: number, inner = '1') => '['.repeat(depth) + inner + ']'.repeat(depth)

test.each([
  ['a hundred levels', nested(100), false],
  ['one more', nested(101), true],
  ['objects, too', '{"a":'.repeat(101), true],
  ['as many beside each other as there may be', `[${'[],{},'.repeat(1_000)}1]`, false],
  ['brackets within words', `{"text":"${'['.repeat(500)}"}`, false],
  ['a quotation mark within words', `{"text":"\\"${'['.repeat(500)}"}`, false],
  ['a backslash that ends the words', `{"text":"\\\\","more":${nested(200)}}`, true],
])('%s', (_what, json, expected) => {
  expect(isTooDeep(json)).toBe(expected)
})
