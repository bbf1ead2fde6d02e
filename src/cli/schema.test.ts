import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { schemas } from './schema.ts'

test.each([...schemas()])('%s is what the code says; `npx frontdesk schema` writes it again', (name, text) => {
  expect(readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8')).toBe(text)
})

test('the sample files name their schemas', () => {
  for (const name of schemas().keys()) {
    const file = readFileSync(new URL(`../../config/${name.replace('.schema.json', '.yaml')}`, import.meta.url), 'utf8')
    expect(file.split('\n')[0]).toBe(`# yaml-language-server: $schema=../schema/${name}`)
  }
})
