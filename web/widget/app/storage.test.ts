import { describe, expect, test } from 'vitest'
import { openStore } from './storage.ts'

class FakeStorage {
  [key: string]: unknown
}

function fakeStorage(entries: Record<string, string> = {}, full = false): Storage {
  const storage = Object.assign(new FakeStorage(), entries)
  const define = (name: string, value: unknown) => Object.defineProperty(storage, name, { value, enumerable: false })
  define('getItem', (key: string) => (storage[key] as string | undefined) ?? null)
  define('removeItem', (key: string) => delete storage[key])
  define('setItem', (key: string, text: string) => {
    if (full) throw new DOMException('full', 'QuotaExceededError')
    storage[key] = text
  })
  return storage as unknown as Storage
}

const denied = (): Storage => {
  throw new DOMException('denied', 'SecurityError')
}

describe('the store', () => {
  test('keeps values of one channel apart from all others', () => {
    const storage = fakeStorage({ 'other:a': '1' })
    const store = openStore(
      () => storage,
      'web:',
      () => expect.unreachable(),
    )
    store.set('out:1', { n: 1 })
    store.set('token', 't')
    expect(store.get('out:1')).toEqual({ n: 1 })
    expect(store.keys('')).toEqual(['out:1', 'token'])
    expect(store.keys('out:')).toEqual(['out:1'])
    store.remove('out:1')
    expect(store.get('out:1')).toBeUndefined()
  })

  test('a value that is no JSON is no value', () => {
    expect(
      openStore(
        () => fakeStorage({ 'web:a': '{' }),
        'web:',
        () => undefined,
      ).get('a'),
    ).toBeUndefined()
  })

  test.each([
    ['denied', denied],
    ['full', () => fakeStorage({}, true)],
  ])('where storage is %s, the page keeps what matters and gives it back', (_, find) => {
    const kept = new Map<string, string>()
    const keep = (key: string, text?: string) => void (text === undefined ? kept.delete(key) : kept.set(key, text))
    const store = openStore(find, 'web:', keep)
    store.set('token', 't')
    store.set('draft', 'hi')
    store.remove('draft')
    expect(store.get('token')).toBe('t')
    expect([...kept]).toEqual([['token', '"t"']])
    const next = openStore(find, 'web:', keep)
    next.load(Object.fromEntries(kept))
    expect(next.get('token')).toBe('t')
  })

  test('our own storage goes before what the page kept', () => {
    const store = openStore(
      () => fakeStorage({ 'web:token': '"mine"' }),
      'web:',
      () => undefined,
    )
    store.load({ token: '"theirs"' })
    expect(store.get('token')).toBe('mine')
  })
})
