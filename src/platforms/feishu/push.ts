// What Feishu pushes: whether it is Feishu who calls, and the words in plain. Everything is checked on the raw bytes – a body that is
// parsed and written again is not what was signed – and nothing is taken for genuine for want of a key.
// Web Crypto only, so that it runs on Workers too.
import { ConnectorError } from '#core/errors.ts'
import { parseJson } from '../json.ts'
import { sameText, wholeBody } from '../pushed.ts'
import { recordOf, type Told } from './api.ts'

export interface PushSecrets {
  /** With it every push is signed and encrypted. */
  encryptKey?: string
  /** Stands in each push. Without an encrypt key it is all that shows who calls. */
  verificationToken?: string
}

export type Pushed =
  /** The platform asks whether the address is ours. */
  { type: 'challenge'; challenge: string } | { type: 'event'; body: Told }

/** No platform sends more in one call. */
const MAX_BYTES = 1024 * 1024
/** How far the clocks of the two sides, and the journey between them, may lie apart. */
const TOLERANCE_SECONDS = 5 * 60
/** What is not answered comes again after 15 seconds, 5 minutes, an hour and six hours: older is no repetition but a replay. */
const OLDEST_MS = 12 * 60 * 60_000
const BLOCK = 16

/** Throws `unauthorized` or `rejected`, nothing else. */
export async function readPush(request: Request, secrets: PushSecrets, now: Date): Promise<Pushed> {
  const bytes = await wholeBody(request, MAX_BYTES)
  const { encryptKey } = secrets
  if (encryptKey === undefined) return readPlain(bytes, secrets, now)
  const signature = request.headers.get('x-lark-signature')
  // The question whether the address is ours may come unsigned: it has to be encrypted, and to be nothing else.
  if (signature === null) return unsigned(bytes, encryptKey, secrets)
  const timestamp = request.headers.get('x-lark-request-timestamp') ?? ''
  await checkSignature(signature, { timestamp, nonce: request.headers.get('x-lark-request-nonce') ?? '' }, encryptKey, bytes, now)
  const body = await decrypted(parsed(bytes), encryptKey)
  checkToken(body, secrets)
  return sorted(body)
}

/** Throws `unauthorized` unless these bytes were signed with this key within the last minutes. */
export async function checkSignature(
  given: string,
  { timestamp, nonce }: { timestamp: string; nonce: string },
  encryptKey: string,
  body: Uint8Array,
  now: Date,
): Promise<void> {
  if (!/^\d{10}$/.test(timestamp)) throw refusal('the timestamp is missing or no number of seconds', '缺少时间戳，或不是秒数')
  if (!sameText(given, await signatureOf(timestamp, nonce, encryptKey, body)))
    throw refusal('the signature does not fit our Encrypt Key', '签名与 Encrypt Key 不符')
  // Only what is signed is worth a word about clocks.
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS)
    throw refusal('the timestamp is more than five minutes away from our clock', '时间戳与本机时间相差超过五分钟')
}

/** SHA-256 of time, nonce, key and the body as it came, in hex. */
export async function signatureOf(timestamp: string, nonce: string, encryptKey: string, body: Uint8Array): Promise<string> {
  const head = new TextEncoder().encode(timestamp + nonce + encryptKey)
  const all = new Uint8Array(head.length + body.length)
  all.set(head)
  all.set(body, head.length)
  return hex(await crypto.subtle.digest('SHA-256', all))
}

/** AES-256-CBC under the SHA-256 of the key; the first block is the initial vector. */
export async function decrypt(encrypted: string, encryptKey: string): Promise<string> {
  try {
    const bytes = Uint8Array.from(atob(encrypted), (letter) => letter.charCodeAt(0))
    const iv = bytes.subarray(0, BLOCK)
    const plain = await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, await keyOf(encryptKey), bytes.subarray(BLOCK))
    return new TextDecoder('utf-8', { fatal: true }).decode(plain)
  } catch (error) {
    throw new ConnectorError('unauthorized', 'the body cannot be decrypted with our Encrypt Key / 无法用 Encrypt Key 解密', {
      cause: error,
    })
  }
}

/** The same without a signature and without encryption: the token in it is the only proof, and it must be there. */
function readPlain(bytes: Uint8Array, secrets: PushSecrets, now: Date): Pushed {
  let body: Told
  try {
    body = parsed(bytes)
  } catch {
    throw refusal('the verification token is missing', '缺少 Verification Token') // What cannot be read shows no token.
  }
  checkToken(body, secrets)
  const made = madeAt(body)
  if (made !== undefined && now.getTime() - made > OLDEST_MS) throw refusal('the event is too old', '事件已过期')
  return sorted(body)
}

async function unsigned(bytes: Uint8Array, encryptKey: string, secrets: PushSecrets): Promise<Pushed> {
  const missing = refusal('the signature is missing', '缺少签名')
  let body: Told
  try {
    body = await decrypted(parsed(bytes), encryptKey)
  } catch {
    throw missing // Whoever signs nothing learns nothing.
  }
  if (body.type !== 'url_verification') throw missing
  checkToken(body, secrets)
  return sorted(body)
}

async function decrypted(body: Told, encryptKey: string): Promise<Told> {
  if (typeof body.encrypt !== 'string')
    throw new ConnectorError('rejected', 'not encrypted, though an Encrypt Key is set / 未加密，但已配置 Encrypt Key')
  return parsed(new TextEncoder().encode(await decrypt(body.encrypt, encryptKey)))
}

function parsed(bytes: Uint8Array): Told {
  try {
    const value: unknown = parseJson(new TextDecoder().decode(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Told
  } catch (error) {
    throw new ConnectorError('rejected', 'the body is not JSON', { cause: error })
  }
  throw new ConnectorError('rejected', 'the body is no JSON object')
}

function checkToken(body: Told, { verificationToken, encryptKey }: PushSecrets): void {
  // Signed and encrypted pushes prove themselves; a token that the config names is looked at all the same.
  if (verificationToken === undefined && encryptKey !== undefined) return
  const given = recordOf(body.header).token ?? body.token
  if (verificationToken !== undefined && typeof given === 'string' && sameText(given, verificationToken)) return
  if (encryptKey === undefined) throw refusal('the verification token is not ours', 'Verification Token 不符')
  throw new ConnectorError('rejected', 'signed as ours, with another verification token / Verification Token 不符')
}

function sorted(body: Told): Pushed {
  if (body.type === 'url_verification') {
    if (typeof body.challenge !== 'string') throw new ConnectorError('rejected', 'a challenge without words')
    return { type: 'challenge', challenge: body.challenge }
  }
  return { type: 'event', body }
}

/** In milliseconds; card callbacks tell microseconds. */
function madeAt(body: Told): number | undefined {
  const digits = recordOf(body.header).create_time
  if (typeof digits !== 'string' || !/^\d{13}(\d{3})?$/.test(digits)) return undefined
  return Number(digits.slice(0, 13))
}

async function keyOf(encryptKey: string): Promise<CryptoKey> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(encryptKey))
  return crypto.subtle.importKey('raw', digest, 'AES-CBC', false, ['decrypt'])
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function refusal(en: string, zh: string): ConnectorError {
  return new ConnectorError('unauthorized', `${en} / ${zh}`)
}
