import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import fc from '../../test/support/fc.ts'
import { keyOf, standardWebhooks } from './standard-webhooks.ts'

// The example that the libraries of Standard Webhooks share.
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const AT = new Date(1614265330 * 1000)
const BODY = '{"test": 2432232314}'
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

const webhooks = standardWebhooks([SECRET])

function request(
  change: Partial<Record<'id' | 'timestamp' | 'signature', string>> = {},
  body: string | Uint8Array<ArrayBuffer> = BODY,
): Request {
  const { id = ID, timestamp = String(AT.getTime() / 1000), signature = SIGNATURE } = change
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
  return new Request('https://desk.example/', { method: 'POST', headers, body })
}

describe('Standard Webhooks', () => {
  test('the shared example is signed as everybody signs it, and taken', async () => {
    expect(await webhooks.sign(ID, AT, BODY)).toEqual({
      'webhook-id': ID,
      'webhook-timestamp': '1614265330',
      'webhook-signature': SIGNATURE,
    })
    expect(await webhooks.read(request(), AT)).toEqual({ id: ID, body: BODY })
  })

  test('a change of any one bit of body, time, id or signature is refused', async () => {
    const flips = (text: string) =>
      Array.from({ length: text.length * 7 }, (_, bit) => {
        const bytes = new TextEncoder().encode(text)
        bytes[Math.floor(bit / 7)] = (bytes[Math.floor(bit / 7)] ?? 0) ^ (1 << (bit % 7))
        return new TextDecoder().decode(bytes)
      })
    const sendable = (text: string) => !/[^\x20-\x7e]/.test(text)
    const changed = [
      ...flips(BODY).map((body) => request({}, body)),
      ...flips('1614265330')
        .filter(sendable)
        .map((timestamp) => request({ timestamp })),
      ...flips(ID)
        .filter(sendable)
        .map((id) => request({ id })),
      ...flips(SIGNATURE)
        .filter(sendable)
        .map((signature) => request({ signature })),
    ]
    expect(changed.length).toBeGreaterThan(500)
    for (const one of changed) await expect(webhooks.read(one, AT)).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  test.each([
    ['one good signature among several', { signature: `v1,AAAA v2,xxxx ${SIGNATURE}` }, BODY, true],
    ['a body that was written anew', {}, '{"test":2432232314}', false],
    ['an id that took the time along', { id: `${ID}.1614265330` }, BODY, false],
    ['half a signature', { signature: SIGNATURE.slice(0, 8) }, BODY, false],
    ['an empty signature', { signature: 'v1,' }, BODY, false],
    ['a signature without its version', { signature: SIGNATURE.slice(3) }, BODY, false],
    ['a time that is no number', { timestamp: 'hello' }, BODY, false],
    ['a time with a sign', { timestamp: '+1614265330' }, BODY, false],
  ])('%s is taken or refused as the libraries do', async (_name, change, body, isTaken) => {
    const reading = webhooks.read(request(change, body), AT)
    if (isTaken) expect(await reading).toMatchObject({ id: ID })
    else await expect(reading).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  test('five minutes of difference between the clocks are allowed, not a second more', async () => {
    for (const seconds of [-300, 300]) await webhooks.read(request(), new Date(AT.getTime() + seconds * 1000))
    for (const seconds of [-301, 301])
      await expect(webhooks.read(request(), new Date(AT.getTime() + seconds * 1000))).rejects.toThrow(/five minutes/)
  })

  test('a thousand random messages have the signatures that another HMAC makes of them', async () => {
    const key = fc.uint8Array({ minLength: 24, maxLength: 64 })
    const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,60}$/)
    const at = fc.integer({ min: 0, max: 4_000_000_000 })
    await fc.assert(
      fc.asyncProperty(key, id, at, fc.string({ unit: 'binary', maxLength: 300 }), async (bytes, name, seconds, text) => {
        const body = text.toWellFormed()
        const signer = standardWebhooks([`whsec_${Buffer.from(bytes).toString('base64')}`])
        const headers = await signer.sign(name, new Date(seconds * 1000), body)
        const mac = createHmac('sha256', bytes).update(`${name}.${seconds}.${body}`).digest('base64')
        expect(headers).toEqual({ 'webhook-id': name, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${mac}` })
        const back = await signer.read(new Request('https://desk.example/', { method: 'POST', headers, body }), new Date(seconds * 1000))
        expect(back).toEqual({ id: name, body })
      }),
      { numRuns: 1000 },
    )
  })

  test('two secrets give two signatures, and either is taken', async () => {
    const other = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const both = standardWebhooks([other, SECRET])
    const signed = (await both.sign(ID, AT, BODY))['webhook-signature']?.split(' ')
    expect(signed).toHaveLength(2)
    expect(signed?.[1]).toBe(SIGNATURE)
    for (const signature of signed ?? []) await both.read(request({ signature }), AT)
    await expect(webhooks.read(request({ signature: signed?.[0] }), AT)).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  test('an id with a full stop is neither signed nor taken: it could move the border between id, time and body', async () => {
    await expect(webhooks.sign('msg.1', AT, BODY)).rejects.toMatchObject({ kind: 'rejected' })
    const mac = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64'))
      .update(`msg.1.1614265330.${BODY}`)
      .digest('base64')
    await expect(webhooks.read(request({ id: 'msg.1', signature: `v1,${mac}` }), AT)).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  test('a body that is too large or no UTF-8 is refused as such', async () => {
    const signed = (body: Uint8Array<ArrayBuffer>) => {
      const mac = createHmac('sha256', Buffer.from(SECRET.slice(6), 'base64'))
        .update(`${ID}.1614265330.`)
        .update(body)
        .digest('base64')
      return request({ signature: `v1,${mac}` }, body)
    }
    await expect(webhooks.read(signed(new Uint8Array(1024 * 1024 + 1)), AT)).rejects.toMatchObject({
      kind: 'rejected',
      message: /^larger than/,
    })
    await expect(webhooks.read(signed(new Uint8Array([0x22, 0xff, 0x22])), AT)).rejects.toMatchObject({ kind: 'rejected' })
  })

  test('a secret is whsec_ and 24 to 64 bytes in base64', () => {
    const secret = (bytes: number) => `whsec_${Buffer.alloc(bytes, 1).toString('base64')}`
    for (const bytes of [24, 32, 33, 64]) expect(keyOf(secret(bytes))).toHaveLength(bytes)
    expect(keyOf(secret(32).replace(/=+$/, ''))).toHaveLength(32)
    for (const bad of [
      secret(23),
      secret(65),
      secret(32).slice(6),
      'whsec_',
      'whsec_!!!!',
      `${secret(32)}=`,
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-',
    ])
      expect(keyOf(bad), bad).toBeUndefined()
  })
})
