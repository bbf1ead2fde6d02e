import { describe, expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import { admit, endingOf, REFUSED_ENDINGS, safeName } from './admission.ts'

const limits = { maxBytes: 1000, refuse: REFUSED_ENDINGS }
const file = (name: string, bytes = new Uint8Array(10)) => ({ name, mime: 'application/octet-stream', bytes })
const signal = AbortSignal.timeout(10_000)
const refusal = (given: ReturnType<typeof file>, scan?: Parameters<typeof admit>[2]) =>
  admit(given, limits, scan, signal).then(
    () => undefined,
    (error: { because?: string }) => error.because ?? error,
  )

function program(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(256)
  bytes.set([0x4d, 0x5a])
  bytes[0x3c] = 0x80
  bytes.set([0x50, 0x45, 0, 0], 0x80)
  return bytes
}

describe('what comes in', () => {
  test.each(['发票.pdf', 'a.tar.gz', 'photo.JPG', 'no ending', 'readme.txt', 'page.html', 'exe', '.profile'])(
    '%s is taken',
    async (name) => {
      expect(await refusal(file(name))).toBeUndefined()
    },
  )

  test.each(['setup.exe', '发票.pdf.EXE', 'a.exe. . ', 'x.js', '打开我.lnk', 'run.ps1', 'old.com'])(
    '%s is refused by its name',
    async (name) => {
      expect(await refusal(file(name))).toBe('kind')
    },
  )

  test('a program is refused whatever it is called, and a text that begins like one is taken', async () => {
    expect(await refusal(file('发票.pdf', program()))).toBe('kind')
    expect(await refusal(file('发票.pdf', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 1])))).toBe('kind')
    expect(await refusal(file('a.txt', new TextEncoder().encode(`MZ ${'is a text. '.repeat(20)}`)))).toBeUndefined()
  })

  test('a byte too many is refused, and the scanner is not asked', async () => {
    const scan = () => Promise.reject(new Error('asked'))
    expect(await refusal(file('a.pdf', new Uint8Array(1001)), scan)).toBe('too_large')
    expect(await refusal(file('a.pdf', new Uint8Array(1000)))).toBeUndefined()
  })

  test('what the scanner finds is refused by its name; a scanner that cannot say lets nothing in', async () => {
    expect(await refusal(file('a.pdf'), async () => ({ found: 'Eicar' }))).toBe('malware')
    expect(await refusal(file('a.pdf'), async () => undefined)).toBeUndefined()
    expect(await refusal(file('a.pdf'), () => Promise.reject(new Error('down')))).toMatchObject({ message: 'down' })
  })
})

describe('names', () => {
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\a.txt', 'a.txt'],
    ['re\u202egpj.exe', 'regpj.exe'],
    ['a\r\nSet-Cookie: x.txt', 'aSet-Cookie_ x.txt'],
    ['what?.pdf', 'what_.pdf'],
    ['NUL.txt', '_NUL.txt'],
    ['a.exe. ', 'a.exe'],
    ['...', 'file'],
    ['', 'file'],
    ['发票 2026.pdf', '发票 2026.pdf'],
    [`${'长'.repeat(200)}.pdf`, `${'长'.repeat(116)}.pdf`],
  ])('%j becomes %j', (name, safe) => {
    expect(safeName(name)).toBe(safe)
  })

  test('whatever the name, what comes of it is safe, and stays as it is the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
        const safe = safeName(name)
        expect(safe).toBe(safeName(safe))
        expect(safe).not.toMatch(/[\\/<>:"|?*\p{Cc}\p{Cf}]/u)
        expect(safe.trim()).not.toBe('')
        expect([...safe].length).toBeLessThanOrEqual(121)
      }),
      { numRuns: 500 },
    )
  })

  test('the ending is what Windows would take it for', () => {
    expect(['a.B', 'a.exe . ', 'a', '.x', 'a.b c'].map(endingOf)).toEqual(['b', 'exe', undefined, 'x', undefined])
  })
})
