import { expect, test } from 'vitest'
import { hashCode, makeCode } from './code.ts'

test('a code has eight letters that nobody mistakes for each other, each as likely as the others', () => {
  let next = 0
  const code = makeCode((bytes) => bytes.fill(0).map(() => next++ % 256))
  expect(code).toBe('ABCDEFGH')
  for (const one of Array.from({ length: 50 }, () => makeCode())) expect(one).toMatch(/^[A-HJ-NP-Z2-9]{8}$/)
  // 248 to 255 would make eight letters likelier than the rest.
  expect(makeCode((bytes) => bytes.map((_, at) => (at % 2 ? 255 : 30)))).toBe('99999999')
})

test('what is stored tells nothing of the code', async () => {
  expect(await hashCode('ABCDEFGH')).toMatch(/^[0-9a-f]{64}$/)
  expect(await hashCode('ABCDEFGH')).not.toBe(await hashCode('ABCDEFGJ'))
})
