// The platform's side of signatures and encryption: node:crypto, and nothing of ours.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

export interface PushSecrets {
  token: string
  encodingAesKey: string
  appId: string
}

export function sha1(...parts: string[]): string {
  return createHash('sha1')
    .update([...parts].sort().join(''))
    .digest('hex')
}

/** Bytes as they are, for what is no text. */
export function encrypt({ encodingAesKey, appId }: PushSecrets, words: string | Uint8Array): string {
  const { key, iv } = keyOf(encodingAesKey)
  const inner = typeof words === 'string' ? Buffer.from(words) : words
  const length = Buffer.alloc(4)
  length.writeUInt32BE(inner.length)
  const body = Buffer.concat([randomBytes(16), length, inner, Buffer.from(appId)])
  const fill = 32 - (body.length % 32)
  const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return Buffer.concat([cipher.update(Buffer.concat([body, Buffer.alloc(fill, fill)])), cipher.final()]).toString('base64')
}

export function decrypt({ encodingAesKey, appId }: PushSecrets, encrypted: string): string {
  const { key, iv } = keyOf(encodingAesKey)
  const cipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  const plain = Buffer.concat([cipher.update(encrypted, 'base64'), cipher.final()])
  const end = 20 + plain.readUInt32BE(16)
  const whom = plain.toString('utf8', end, plain.length - (plain.at(-1) ?? 0))
  if (whom !== appId) throw new Error(`sealed for ${whom}, not for ${appId}`)
  return plain.toString('utf8', 20, end)
}

function keyOf(encodingAesKey: string): { key: Buffer; iv: Buffer } {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64')
  return { key, iv: key.subarray(0, 16) }
}
