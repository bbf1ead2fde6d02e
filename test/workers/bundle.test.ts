// What would be deployed: apart from the tests that run it, so that a module that stops it from starting is named here.
import { builtinModules } from 'node:module'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bundle, bundle } from './support.ts'

let built: Bundle

beforeAll(async () => {
  built = await bundle()
})

afterAll(() => built?.remove())

describe('the bundle', () => {
  test('holds nothing that only Node has', () => {
    const allowed = ['async_hooks', 'crypto', 'dns', 'events', 'net', 'tls', 'util', 'util/types']
    const imported = [...built.code.matchAll(/^import [^'"]*["']([^'"]+)["'];?$/gm)].map(([, name = '']) => name.replace(/^node:/, ''))
    expect(imported.filter((name) => builtinModules.includes(name) && !allowed.includes(name))).toEqual([])
    expect(imported.filter((name) => !builtinModules.includes(name) && !name.endsWith('.yaml'))).toEqual([])
    for (const word of ['node:module', 'node:worker_threads', 'node:fs', 'createRequire', 'PGlite', '@hono/node-server', 'pino']) {
      expect(built.code.includes(word), word).toBe(false)
    }
  })

  test('is small enough for every plan: a third of what the free one takes, compressed as it counts', () => {
    expect(gzipSync(built.code).length).toBeLessThan(1024 * 1024)
  })
})
