import { expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import { maxMatched, patternProblem } from './pattern.ts'

test.each([
  '^SO\\d{8}$',
  '^[Ss][Oo]-?\\d{8}$',
  '^[^@ ]+@[^@ ]+\\.[a-z]{2,10}$',
  '^1[3-9]\\d{9}$',
  '^(SF|YT|ZTO)\\d{10,15}$',
  '\\d{4}-\\d{2}-\\d{2}',
  '^\\d+$',
  '^(是|否|yes|no)$',
  '^[\\u4e00-\\u9fff]{2,4}$',
  '^(?:\\+86)?1\\d{10}$',
])('%s is safe', (pattern) => {
  expect(patternProblem(pattern)).toBeUndefined()
})

test.each([
  '(a+)+$',
  '^(a|a)*$',
  '^(\\d+)*x',
  '^(a|ab)+$',
  '.*a.*b.*c',
  '^(x+x+)+y',
  `${'a?'.repeat(40)}${'a'.repeat(40)}`,
  '(a*)*',
  '((a{1,9}){1,9}){1,9}',
  '^([a-z]+,?)+$',
])('%s can take very long', (pattern) => {
  expect(patternProblem(pattern)?.hint?.en).toContain('do not nest')
})

test.each([
  ['(a)\\1', 'back references'],
  ['(?=a)b', 'look-around'],
  ['(?<!a)b', 'look-around'],
  ['(?<x>a)\\k<x>', 'back references'],
  ['(a', 'not a regular expression'],
])('%s is refused: %s', (pattern, words) => {
  expect(patternProblem(pattern)?.text.en).toContain(words)
})

// One that tries every way to match would not end within the test's minute.
test('an accepted pattern comes to an end on the worst replies', () => {
  const piece = fc.constantFrom('a', 'b', '[ab]', '\\d', '.', 'a*', 'a+', '[ab]+', 'a?', '(a|b)', '(a|b)+', '(ab)*', 'a{2,5}', '$', '.*')
  const pattern = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => pieces.join(''))
  const worst = ['a'.repeat(maxMatched), `${'ab'.repeat(maxMatched / 2 - 1)}!`, '1'.repeat(maxMatched)]
  fc.assert(
    fc.property(pattern, (source) => {
      if (patternProblem(source)) return
      for (const reply of worst) new RegExp(source, 'u').test(reply)
    }),
    { numRuns: 300 },
  )
})
