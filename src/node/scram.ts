// Signing in without giving the password away (RFC 5802, RFC 7677). The library's own takes two seconds of the whole process for it,
// since it derives the key in script; Node does it in milliseconds.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(pbkdf2)

/** More rounds than anybody asks for in good faith. */
const MOST_ROUNDS = 10_000_000

/** Strongest first. */
export const HASHES: Record<string, string> = { 'SCRAM-SHA-512': 'sha512', 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-1': 'sha1' }

export interface Scram {
  first(): string
  /** Our answer to the server's challenge. */
  answer(challenge: string): Promise<string>
  /** Whether the server knew the password, too: what it says with its success. */
  verify(success: string): boolean
}

export function scram(hash: string, user: string, password: string, nonce = randomBytes(18).toString('base64')): Scram {
  const hmac = (key: Uint8Array, text: string) => createHmac(hash, key).update(text).digest()
  const bare = `n=${user.replace(/=/g, '=3D').replace(/,/g, '=2C')},r=${nonce}`
  let expected: Buffer | undefined
  return {
    first: () => `n,,${bare}`,
    async answer(challenge) {
      const { r = '', s = '', i = '' } = fields(challenge)
      const rounds = Number(i)
      if (!r.startsWith(nonce) || r === nonce || s === '' || !(rounds >= 1 && rounds <= MOST_ROUNDS)) throw new Error('a bad challenge')
      const bytes = createHash(hash).digest().length
      const salted = await derive(password.normalize('NFKC'), Buffer.from(s, 'base64'), rounds, bytes, hash)
      const plain = `c=biws,r=${r}`
      const message = `${bare},${challenge},${plain}`
      const key = hmac(salted, 'Client Key')
      const signature = hmac(createHash(hash).update(key).digest(), message)
      expected = hmac(hmac(salted, 'Server Key'), message)
      return `${plain},p=${Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64')}`
    },
    verify(success) {
      const given = Buffer.from(fields(success).v ?? '', 'base64')
      return expected !== undefined && given.length === expected.length && timingSafeEqual(given, expected)
    },
  }
}

function fields(text: string): Record<string, string | undefined> {
  return Object.fromEntries(text.split(',').map((field) => [field.slice(0, 1), field.slice(2)]))
}
