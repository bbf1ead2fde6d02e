import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { read, write } from '../../../test/fakes/feishu/line.ts'
import { encrypted, pushRequest, signed } from '../../../test/fakes/feishu/push.ts'
import fc from '../../../test/support/fc.ts'
import { decodeFrame, encodeFrame } from './frames.ts'
import { decrypt, readPush, signatureOf } from './push.ts'

const KEY = 'kudryavka'
const TOKEN = 'v-token'
const NOW = new Date('2026-03-01T08:00:00Z')
const URL = 'https://desk.example/hooks/feishu'
const post = (body: string, headers: Record<string, string> = {}) => new Request(URL, { method: 'POST', body, headers })
const event = (token: string, create = String(NOW.getTime())) =>
  JSON.stringify({ schema: '2.0', header: { event_id: 'e', event_type: 'x', create_time: create, token }, event: {} })
const challenge = (token: string) => JSON.stringify({ challenge: 'c-42', token, type: 'url_verification' })

describe('what Feishu encrypts', () => {
  test('the sample of its documentation is read', async () => {
    // https://open.feishu.cn/document: Encrypt Key "test key", the words "hello world".
    expect(await decrypt('P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=', 'test key')).toBe('hello world')
  })

  test('what another implementation encrypts and signs is read', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ minLength: 1, maxLength: 40 }), async (words, key) => {
        expect(await decrypt(encrypted(words, key), key)).toBe(words)
      }),
      { numRuns: 100 },
    )
  })

  test.each(['', 'AAAA', '****', 'P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk'])(
    '%j is refused, and the key stands in no refusal',
    async (words) => {
      const refused = await decrypt(words.slice(0, -1), KEY).catch((error: unknown) => error)
      expect(refused).toMatchObject({ kind: 'unauthorized' })
      expect(String(refused)).not.toContain(KEY)
    },
  )
})

describe('who calls', () => {
  test('the signature is over the bytes as they came: the same JSON written otherwise is refused', async () => {
    const body = JSON.stringify({ encrypt: encrypted(event(TOKEN), KEY) })
    const headers = signed(body, KEY, NOW.getTime())
    await expect(readPush(post(body, headers), { encryptKey: KEY }, NOW)).resolves.toMatchObject({ type: 'event' })
    const again = JSON.stringify(JSON.parse(body), null, 1)
    await expect(readPush(post(again, headers), { encryptKey: KEY }, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  test('it is the SHA-256 of time, nonce, key and body', async () => {
    const body = new TextEncoder().encode('{"encrypt":"…"}')
    const theirs = createHash('sha256').update('1772352000nonce').update(KEY).update(body).digest('hex')
    expect(await signatureOf('1772352000', 'nonce', KEY, body)).toBe(theirs)
  })

  test('without an encrypt key nothing is genuine but by its token', async () => {
    const secrets = { verificationToken: TOKEN }
    await expect(readPush(post(event(TOKEN)), secrets, NOW)).resolves.toMatchObject({ type: 'event' })
    for (const body of [event('other'), event(''), '{}', 'garbage', '[]', JSON.stringify({ header: { token: null } })])
      await expect(readPush(post(body), secrets, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
    // Nor when nothing at all is configured, signed or not.
    await expect(readPush(post(event('')), {}, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
    await expect(readPush(post(event(TOKEN), signed(event(TOKEN), '', NOW.getTime())), {}, NOW)).rejects.toMatchObject({
      kind: 'unauthorized',
    })
  })

  test('what is older than Feishu’s last repetition is a replay', async () => {
    const old = String(NOW.getTime() - 13 * 3_600_000)
    await expect(readPush(post(event(TOKEN, old)), { verificationToken: TOKEN }, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
    const late = `${NOW.getTime() - 6 * 3_600_000}000`
    await expect(readPush(post(event(TOKEN, late)), { verificationToken: TOKEN }, NOW)).resolves.toMatchObject({ type: 'event' })
  })

  test.each([-301, 301])('a signature %i seconds off our clock is refused', async (seconds) => {
    const request = pushRequest(URL, event(TOKEN), { encryptKey: KEY }, NOW.getTime() + seconds * 1000)
    await expect(readPush(request, { encryptKey: KEY }, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  test('what is signed as ours and is not encrypted, or bears another token, is not read', async () => {
    const plain = event(TOKEN)
    await expect(readPush(post(plain, signed(plain, KEY, NOW.getTime())), { encryptKey: KEY }, NOW)).rejects.toMatchObject({
      kind: 'rejected',
    })
    const request = pushRequest(URL, event('other'), { encryptKey: KEY }, NOW.getTime())
    await expect(readPush(request, { encryptKey: KEY, verificationToken: TOKEN }, NOW)).rejects.toMatchObject({ kind: 'rejected' })
  })

  test('the question whether the address is ours is answered, encrypted or plain, signed or not, and nobody else’s', async () => {
    const answer = { type: 'challenge', challenge: 'c-42' }
    const both = { encryptKey: KEY, verificationToken: TOKEN }
    const sealed = JSON.stringify({ encrypt: encrypted(challenge(TOKEN), KEY) })
    expect(await readPush(post(sealed), both, NOW)).toEqual(answer)
    expect(await readPush(pushRequest(URL, challenge(TOKEN), both, NOW.getTime()), both, NOW)).toEqual(answer)
    expect(await readPush(post(challenge(TOKEN)), { verificationToken: TOKEN }, NOW)).toEqual(answer)
    const unsigned = JSON.stringify({ encrypt: encrypted(event(TOKEN), KEY) })
    for (const body of [unsigned, challenge(TOKEN), JSON.stringify({ encrypt: encrypted(challenge(TOKEN), 'other') })])
      await expect(readPush(post(body), both, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
    await expect(readPush(post(challenge('other')), { verificationToken: TOKEN }, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
  })
})

describe('frames', () => {
  const frames = fc.record({
    seq: fc.bigInt({ min: 0n, max: 2n ** 63n }),
    service: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    method: fc.constantFrom(0, 1),
    headers: fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 8 }),
    payload: fc.uint8Array({ maxLength: 400 }),
  })

  test('are read as another implementation writes them, and written so that it reads them', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const ours = decodeFrame(write(frame))
        expect(ours).toMatchObject({ seq: frame.seq, service: frame.service, method: frame.method, headers: frame.headers, logNew: 'log' })
        expect(new Uint8Array(ours.payload ?? [])).toEqual(frame.payload)
        const theirs = read(Buffer.from(encodeFrame(ours)))
        expect(theirs.headers).toEqual(frame.headers)
        expect(theirs.numbers.get(1)).toBe(frame.seq)
        expect(theirs.numbers.get(2)).toBe(2n ** 63n + 1n)
        expect(new Uint8Array(theirs.payload)).toEqual(frame.payload)
      }),
      { numRuns: 200 },
    )
  })

  test('garbage is a RangeError and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeFrame(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
