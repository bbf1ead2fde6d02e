import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readConfigFolder } from './environment.ts'

const root = mkdtempSync(join(tmpdir(), 'frontdesk-config-'))
afterAll(() => rmSync(root, { recursive: true }))

test('what is written into the config folder stays what it was: a link a link, and readable for whoever could read it', () => {
  const [config, kept] = [join(root, 'config'), join(root, 'kept.yaml')]
  mkdirSync(config)
  writeFileSync(kept, 'version: 1\n', { mode: 0o640 })
  symlinkSync(kept, join(config, 'bot.yaml'))
  const source = readConfigFolder({ config, variables: {} })
  source.write?.('bot.yaml', 'version: 1\nfaq: []\n')
  expect(lstatSync(join(config, 'bot.yaml')).isSymbolicLink()).toBe(true)
  expect(readFileSync(kept, 'utf8')).toBe('version: 1\nfaq: []\n')
  expect(statSync(kept).mode & 0o777).toBe(0o640)
  source.write?.('macros.yaml', '{}')
  expect(source.read('macros.yaml')).toBe('{}')
  expect(readdirSync(config)).toEqual(['bot.yaml', 'macros.yaml'])
})
