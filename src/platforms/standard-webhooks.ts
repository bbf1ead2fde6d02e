// Standard Webhooks 1.0.0, symmetric: signs what leaves and checks what comes. WebCrypto only, so that it runs on Workers too.

import { ConnectorError } from '#core/errors.ts'
import { sameText, wholeBody } from './pushed.ts'

export interface SignedRequest {
  /** The `webhook-id`: the same over all attempts. */
  id: string
  body: string
}

export interface StandardWebhooks {
  /** The headers of one attempt. With two secrets there are two signatures: the receiver may know either. */
  sign(id: string, at: Date, body: string): Promise<Record<string, string>>
  /** Throws `unauthorized` for everything that none of the secrets signed within the last minutes. */
  read(request: Request, now: Date): Promise<SignedRequest>
}

/** How far the clocks of the two sides, and the journey between them, may lie apart. */
const TOLERANCE_SECONDS = 5 * 60
const BODY_MAX = 1024 * 1024
const PREFIX = 'whsec_'
/** Random bytes of a key: 192 to 512 bits. */
const [KEY_MIN, KEY_MAX] = [24, 64]
// A full stop separates id, time and body in what is signed: within the id it would let two messages share a signature.
const ID = /^[!-\-/-~]{1,256}$/

/** The key behind `whsec_…`, or undefined when it is none. */
export function keyOf(secret: string): Uint8Array<ArrayBuffer> | undefined {
  const encoded = secret.slice(PREFIX.length)
  if (!secret.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || encoded.length % 4 === 1) return undefined
  if (encoded.includes('=') && encoded.length % 4 !== 0) return undefined
  const key = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0))
  return key.length >= KEY_MIN && key.length <= KEY_MAX ? key : undefined
}

export function standardWebhooks(secrets: readonly string[]): StandardWebhooks {
  let keys: Promise<CryptoKey[]> | undefined
  // Not before the first use: Workers do no cryptography while a module loads.
  const signatures = async (id: string, seconds: string, body: Uint8Array): Promise<string[]> => {
    keys ??= Promise.all(secrets.map(importKey))
    const content = joined(new TextEncoder().encode(`${id}.${seconds}.`), body)
    return Promise.all((await keys).map(async (key) => `v1,${base64(await crypto.subtle.sign('HMAC', key, content))}`))
  }
  return {
    async sign(id, at, body) {
      if (!ID.test(id)) throw new ConnectorError('rejected', `"${id.slice(0, 80)}" cannot be the id of a webhook`)
      const seconds = String(Math.floor(at.getTime() / 1000))
      const signed = await signatures(id, seconds, new TextEncoder().encode(body))
      return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signed.join(' ') }
    },
    async read(request, now) {
      const { id, seconds, given } = headersOf(request, now)
      const bytes = await wholeBody(request, BODY_MAX)
      const wanted = await signatures(id, seconds, bytes)
      const matches = given.map((one) => wanted.map((other) => sameText(one, other)).includes(true))
      if (!matches.includes(true)) throw refusal('webhook-signature fits none of our secrets', '签名与密钥不符')
      return { id, body: decoded(bytes) }
    },
  }
}

function headersOf(request: Request, now: Date): { id: string; seconds: string; given: string[] } {
  const id = request.headers.get('webhook-id') ?? ''
  const seconds = request.headers.get('webhook-timestamp') ?? ''
  const given = (request.headers.get('webhook-signature') ?? '').split(' ').filter((one) => one.startsWith('v1,'))
  if (!ID.test(id)) throw refusal('webhook-id is missing, or holds a full stop or a blank', '缺少 webhook-id，或其中有句点或空格')
  if (!/^\d{1,12}$/.test(seconds))
    throw refusal('webhook-timestamp is missing or no number of seconds', '缺少 webhook-timestamp，或不是秒数')
  if (given.length === 0) throw refusal('webhook-signature is missing or has no v1 signature', '缺少 webhook-signature，或其中没有 v1 签名')
  if (Math.abs(now.getTime() / 1000 - Number(seconds)) > TOLERANCE_SECONDS)
    throw refusal('webhook-timestamp is more than five minutes away from our clock', 'webhook-timestamp 与本机时间相差超过五分钟')
  return { id, seconds, given }
}

function refusal(en: string, zh: string): ConnectorError {
  return new ConnectorError('unauthorized', `${en} / ${zh}`)
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ConnectorError('rejected', 'the body is not UTF-8', { cause: error })
  }
}

function importKey(secret: string): Promise<CryptoKey> {
  const key = keyOf(secret)
  if (!key) throw new Error('not a secret of Standard Webhooks')
  return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
}

function joined(head: Uint8Array, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(head.length + body.length)
  all.set(head)
  all.set(body, head.length)
  return all
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
}
