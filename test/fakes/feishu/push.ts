// How the fake calls: as JSON, plain or encrypted and signed, over HTTP or over the long connection. On other cryptography than ours.
import { createCipheriv, createHash, randomBytes } from 'node:crypto'

export interface PushKeys {
  encryptKey?: string
  verificationToken?: string
}

export function encrypted(plain: string | Uint8Array, key: string): string {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(key).digest(), iv)
  return Buffer.concat([iv, cipher.update(Buffer.from(plain as string)), cipher.final()]).toString('base64')
}

export function signed(body: string, key: string, at: number, nonce = randomBytes(8).toString('hex')): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000))
  const signature = createHash('sha256')
    .update(timestamp + nonce + key)
    .update(body)
    .digest('hex')
  return { 'x-lark-request-timestamp': timestamp, 'x-lark-request-nonce': nonce, 'x-lark-signature': signature }
}

/** The request with which Feishu would push this. */
export function pushRequest(url: string, plain: string, { encryptKey }: PushKeys, at: number): Request {
  const body = encryptKey === undefined ? plain : JSON.stringify({ encrypt: encrypted(plain, encryptKey) })
  const headers = { 'content-type': 'application/json', ...(encryptKey !== undefined && signed(body, encryptKey, at)) }
  return new Request(url, { method: 'POST', headers, body })
}
