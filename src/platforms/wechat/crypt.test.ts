import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import fc from '../../../test/support/fc.ts'
import { checkSignature, crypt, signatureOf } from './crypt.ts'

/** The sample of the platform's page on pushed messages. */
const OFFICIAL = { token: 'AAAAA', timestamp: '1714037059', nonce: '486452656', signature: '899cf89e464efb63f54ddac96b0a0a235f53aa78' }

/** What several independent clients of the platform test themselves with. */
const SHARED = {
  secrets: { token: '123456', encodingAesKey: 'kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR', receiveId: 'wx49f0ab532d5d035a' },
  echo: {
    stamp: { timestamp: '1411443780', nonce: '437374425' },
    encrypted: '4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==',
    signature: 'dd6b9c95b495b3f7e2901bfbc76c664930ffdb96',
    words: '5927782489442352469',
  },
  message: {
    stamp: { timestamp: '1411525903', nonce: '461056294' },
    encrypted:
      'RgqEoJj5A4EMYlLvWO1F86ioRjZfaex/gePD0gOXTxpsq5Yj4GNglrBb8I2BAJVODGajiFnXBu7mCPatfjsu6IHCrsTyeDXzF6Bv283dGymzxh6ydJRvZsryDyZbLTE7rhnus50qGPMfp2wASFlzEgMW9z1ef/RD8XzaFYgm7iTdaXpXaG4+BiYyolBug/gYNx410cvkKR2/nPwBiT+P4hIiOAQqGp/TywZBtDh1yCF2KOd0gpiMZ5jSw3e29mTvmUHzkVQiMS6td7vXUaWOMZnYZlF3So2SjHnwh4jYFxdgpkHHqIrH/54SNdshoQgWYEvccTKe7FS709/5t6NMxuGhcUGAPOQipvWTT4dShyqio7mlsl5noTrb++x6En749zCpQVhDpbV6GDnTbcX2e8K9QaNWHp91eBdCRxthuL0=',
    signature: '74d92dfeb87ba7c714f89d98870ae5eb62dff26d',
    words:
      '<xml><ToUserName><![CDATA[wx49f0ab532d5d035a]]></ToUserName>\n<FromUserName><![CDATA[messense]]></FromUserName>\n<CreateTime>1411525903</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[test]]></Content>\n<MsgId>4363689963896700987</MsgId>\n<AgentID>1</AgentID>\n</xml>',
  },
}

/** A key whose last letter has bits that belong to no byte. */
const SECRETS = { token: 'AAAAA', encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG', receiveId: 'wxb11529c136998cb6' }
const STAMP = { timestamp: OFFICIAL.timestamp, nonce: OFFICIAL.nonce }
const NOW = new Date(Number(STAMP.timestamp) * 1000)
const WORDS =
  '<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oUser]]></FromUserName><CreateTime>1348831860</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好😀]]></Content><MsgId>7300000000000000123</MsgId></xml>'
const ENCRYPTED =
  'Q3stYC6hdFzMh9T8HCvyDBmmox8qWutExXCCUzyXU6ZF0xp9U2Tf4hwvLbVby0M0Aiy3DAYc6k8gn8dFTrVt7orygDOM+UwJyEeUpXcPdmYMtReW+zFsdvWdvlPSuAp67Sv9sfydJazz7DodcIR3ics8kGfTGgZCgaigW2MaK4ym+SQoVrJR1f37g9ry7DDAvpQuYKC8d3EIjnmuqfl6cFOFvRSNa87WUioZ2sBv7WYNis+LUK3iLtkaGH1itKZdb2bKSS3p+FaLJQwtctjTtG5Wl+Z7McHmsw2qpM2uKHPu7M5f7uZ9El3cbtqLAm9gnamR4TV5q2GqSgaFshZl0cczA2Vx8noBpZLC0k7A2wUXiUruj5S+3C27QqkOraci'
const SIGNATURE = '15fb10a0e2f4f4ba4df2db87a5735c18e82142d7'

const at = (stamp: { timestamp: string }) => new Date(Number(stamp.timestamp) * 1000)
const { open, seal } = crypt(SECRETS)

describe('signatures', () => {
  test('the sample of the platform is signed as the platform signs it', async () => {
    expect(await signatureOf([OFFICIAL.token, OFFICIAL.timestamp, OFFICIAL.nonce])).toBe(OFFICIAL.signature)
    await expect(checkSignature(OFFICIAL.signature, STAMP, [OFFICIAL.token], NOW)).resolves.toBeUndefined()
  })

  test.each([
    ['a time of more than five minutes ago', { ...STAMP }, 301],
    ['a time in more than five minutes', { ...STAMP }, -301],
    ['no time', { ...STAMP, timestamp: '' }, 0],
    ['a time that is no number', { ...STAMP, timestamp: '1714037059.5' }, 0],
    ['a time of other length', { ...STAMP, timestamp: `0${STAMP.timestamp}` }, 0],
  ])('%s is refused', async (_, stamp, seconds) => {
    const signature = await signatureOf([SECRETS.token, stamp.timestamp, stamp.nonce])
    const now = new Date(NOW.getTime() + seconds * 1000)
    await expect(checkSignature(signature, stamp, [SECRETS.token], now)).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  test('five minutes either way are taken', async () => {
    for (const seconds of [-300, 300])
      await checkSignature(OFFICIAL.signature, STAMP, [OFFICIAL.token], new Date(NOW.getTime() + seconds * 1000))
  })
})

describe('encryption', () => {
  test.each([SHARED.echo, SHARED.message])('what others encrypted is read: $signature', async ({ stamp, encrypted, signature, words }) => {
    expect(await crypt(SHARED.secrets).open(signature, stamp, encrypted, at(stamp))).toBe(words)
  })

  test('the same words with the same random bytes give the same letters', async () => {
    expect(await seal(WORDS, STAMP, new TextEncoder().encode('0123456789abcdef'))).toEqual({
      ...STAMP,
      encrypted: ENCRYPTED,
      signature: SIGNATURE,
    })
    expect(await open(SIGNATURE, STAMP, ENCRYPTED, NOW)).toBe(WORDS)
  })

  test('a thousand random messages agree with an implementation that shares nothing with ours, both ways', async () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/']
    const secrets = fc.record({
      token: fc.stringMatching(/^[A-Za-z0-9]{3,32}$/),
      encodingAesKey: fc.array(fc.constantFrom(...letters), { minLength: 43, maxLength: 43 }).map((all) => all.join('')),
      receiveId: fc.stringMatching(/^w[xw][0-9a-f]{16}$/),
    })
    const words = fc.string({ unit: 'binary', maxLength: 200 })
    const stamps = fc.record({ timestamp: fc.integer({ min: 1e9, max: 2e9 }).map(String), nonce: fc.stringMatching(/^[0-9]{1,10}$/) })
    await fc.assert(
      fc.asyncProperty(secrets, words, stamps, async (own, said, stamp) => {
        const ours = crypt(own)
        const theirs = other(own)
        const [to, from] = [await ours.seal(said, stamp), theirs.seal(said, stamp)]
        expect(theirs.open(to.encrypted)).toEqual({ words: said, receiveId: own.receiveId })
        expect(to.signature).toBe(theirs.sign(stamp, to.encrypted))
        expect(await ours.open(from.signature, stamp, from.encrypted, at(stamp))).toBe(said)
      }),
      { numRuns: 1000 },
    )
  })

  test('a change of any one bit of signature, time, nonce or letters is refused', async () => {
    const flips = (text: string) =>
      Array.from({ length: text.length * 7 }, (_, bit) => {
        const bytes = new TextEncoder().encode(text)
        bytes[Math.floor(bit / 7)] = (bytes[Math.floor(bit / 7)] ?? 0) ^ (1 << (bit % 7))
        return new TextDecoder().decode(bytes)
      })
    const changed: [string, { timestamp: string; nonce: string }, string][] = [
      ...flips(SIGNATURE).map((signature): [string, typeof STAMP, string] => [signature, STAMP, ENCRYPTED]),
      ...flips(STAMP.timestamp).map((timestamp): [string, typeof STAMP, string] => [SIGNATURE, { ...STAMP, timestamp }, ENCRYPTED]),
      ...flips(STAMP.nonce).map((nonce): [string, typeof STAMP, string] => [SIGNATURE, { ...STAMP, nonce }, ENCRYPTED]),
      ...flips(ENCRYPTED).map((encrypted): [string, typeof STAMP, string] => [SIGNATURE, STAMP, encrypted]),
    ]
    expect(changed.length).toBeGreaterThan(3000)
    for (const [signature, stamp, encrypted] of changed) {
      await expect(open(signature, stamp, encrypted, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
    }
  })

  test.each([
    ['another AppID', { ...SECRETS, receiveId: 'wx0000000000000000' }],
    ['an AppID that goes on', { ...SECRETS, receiveId: `${SECRETS.receiveId}0` }],
    ['another key', { ...SECRETS, encodingAesKey: SHARED.secrets.encodingAesKey }],
    ['another token', { ...SECRETS, token: 'BBBBB' }],
  ])('what was sealed with %s is refused, and the refusal holds no secret', async (_, theirs) => {
    const { encrypted, signature } = await crypt(theirs).seal(WORDS, STAMP)
    const refused = await open(signature, STAMP, encrypted, NOW).catch((error: unknown) => error)
    expect(refused).toMatchObject({ kind: 'unauthorized' })
    expect(String(refused)).not.toContain(SECRETS.token)
    expect(String(refused)).not.toContain(SECRETS.encodingAesKey)
  })

  test.each([
    ['nothing', ''],
    ['half a block', 'AAAAAAAAAAA='],
    ['a block without an end', 'AAAAAAAAAAAAAAAAAAAAAA=='],
    ['something that is not base64', '****'],
  ])('%s that is signed well is refused as well', async (_, encrypted) => {
    const signature = await signatureOf([SECRETS.token, STAMP.timestamp, STAMP.nonce, encrypted])
    await expect(open(signature, STAMP, encrypted, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
  })

  test.each([
    ['claims more words than there are', (plain: Buffer) => plain.writeUInt32BE(0xffffffff, 16)],
    ['is filled with nothing', (plain: Buffer) => plain.fill(0, plain.length - 1)],
    ['is filled with more than 32', (plain: Buffer) => plain.fill(33, plain.length - 1)],
    ['is filled unevenly', (plain: Buffer) => plain.fill(plain.at(-1) === 9 ? 8 : 9, plain.length - 2, plain.length - 1)],
  ])('what %s is refused', async (_, spoil) => {
    const { encrypted, signature } = other(SECRETS).seal('words that leave two places to fill', STAMP, spoil)
    await expect(open(signature, STAMP, encrypted, NOW)).rejects.toMatchObject({ kind: 'unauthorized' })
  })
})

/** The same scheme once more, on another implementation of AES and of SHA-1, and filled by hand. */
function other({ token, encodingAesKey, receiveId }: { token: string; encodingAesKey: string; receiveId: string }) {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64')
  const iv = key.subarray(0, 16)
  const sign = (stamp: { timestamp: string; nonce: string }, encrypted: string) => {
    const sorted = [token, stamp.timestamp, stamp.nonce, encrypted].map((one) => Buffer.from(one)).sort(Buffer.compare)
    return createHash('sha1').update(Buffer.concat(sorted)).digest('hex')
  }
  return {
    sign,
    open(encrypted: string) {
      const cipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
      const plain = Buffer.concat([cipher.update(encrypted, 'base64'), cipher.final()])
      const end = 20 + plain.readUInt32BE(16)
      return { words: plain.toString('utf8', 20, end), receiveId: plain.toString('utf8', end, plain.length - (plain.at(-1) ?? 0)) }
    },
    seal(words: string, stamp: { timestamp: string; nonce: string }, spoil: (plain: Buffer) => void = () => {}) {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(Buffer.byteLength(words))
      const body = Buffer.concat([Buffer.alloc(16, 7), length, Buffer.from(words), Buffer.from(receiveId)])
      const fill = 32 - (body.length % 32)
      const plain = Buffer.concat([body, Buffer.alloc(fill, fill)])
      spoil(plain)
      const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
      const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64')
      return { encrypted, signature: sign(stamp, encrypted) }
    },
  }
}
