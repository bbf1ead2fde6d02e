// WXBizMsgCrypt: how WeChat, its Mini Programs and WeCom sign and hide what they push, and what we answer them in the same call.
// Web Crypto only, so that it runs on Workers too.
import { ConnectorError } from '#core/errors.ts'
import { sameText } from '../pushed.ts'

export interface CryptSecrets {
  /** The Token of the platform's page for pushed messages. */
  token: string
  encodingAesKey: string
  /** Whom it is meant for: the AppID of an account or Mini Program, the CorpID of a company. */
  receiveId: string
}

/** What the query of a call says beside its signature. */
export interface Stamp {
  timestamp: string
  nonce: string
}

export interface Sealed extends Stamp {
  encrypted: string
  signature: string
}

export interface Crypt {
  /** Checks signature, time and addressee, and gives the words. Throws `unauthorized`. */
  open(signature: string, stamp: Stamp, encrypted: string, now: Date): Promise<string>
  /** `random`: 16 bytes before the words. */
  seal(words: string, stamp: Stamp, random?: Uint8Array): Promise<Sealed>
}

/** How far the clocks of the two sides, and the journey between them, may lie apart. */
const TOLERANCE_SECONDS = 5 * 60
const BLOCK = 16
/** PKCS#7 fills up to 32 here, although AES has blocks of 16. */
const FILL = 32
const LENGTH_BYTES = 4
const HEAD = BLOCK + LENGTH_BYTES

export const ENCODING_AES_KEY = /^[A-Za-z0-9+/]{43}$/

export function crypt({ token, encodingAesKey, receiveId }: CryptSecrets): Crypt {
  let imported: Promise<Aes> | undefined
  // Not before the first use: Workers do no cryptography while a module loads.
  const aes = () => {
    imported ??= importAes(encodingAesKey)
    return imported
  }
  return {
    async open(signature, stamp, encrypted, now) {
      await checkSignature(signature, stamp, [token, encrypted], now)
      return wordsIn(await decrypt(await aes(), encrypted), receiveId)
    },
    async seal(words, stamp, random = crypto.getRandomValues(new Uint8Array(BLOCK))) {
      const encrypted = await encrypt(await aes(), packed(words, receiveId, random))
      return { ...stamp, encrypted, signature: await signatureOf([token, stamp.timestamp, stamp.nonce, encrypted]) }
    },
  }
}

/** Throws `unauthorized` unless the call was signed with `secrets`, within the last minutes. */
export async function checkSignature(given: string, { timestamp, nonce }: Stamp, secrets: readonly string[], now: Date): Promise<void> {
  if (!/^\d{10}$/.test(timestamp)) throw refusal('the timestamp is missing or no number of seconds', '缺少 timestamp，或不是秒数')
  if (!sameText(given, await signatureOf([timestamp, nonce, ...secrets]))) {
    throw refusal('the signature does not fit our token', '签名与 Token 不符')
  }
  // Only what is signed is worth a word about clocks.
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw refusal('the timestamp is more than five minutes away from our clock', 'timestamp 与本机时间相差超过五分钟')
  }
}

/** SHA-1 of all of it in the order of its bytes. */
export async function signatureOf(what: readonly string[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode([...what].sort().join('')))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

interface Aes {
  key: CryptoKey
  iv: Uint8Array<ArrayBuffer>
}

async function importAes(encodingAesKey: string): Promise<Aes> {
  // The last of the 43 letters may have bits that belong to no byte: `atob` lets them go, as WeChat does.
  const bytes = bytesOf(`${encodingAesKey}=`)
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-CBC', false, ['encrypt', 'decrypt'])
  return { key, iv: bytes.slice(0, BLOCK) }
}

/** 16 random bytes, the length of the words, the words, whom they are for, filled up. */
function packed(words: string, receiveId: string, random: Uint8Array): Uint8Array<ArrayBuffer> {
  const [body, tail] = [new TextEncoder().encode(words), new TextEncoder().encode(receiveId)]
  const size = HEAD + body.length + tail.length
  const fill = FILL - (size % FILL)
  const all = new Uint8Array(size + fill).fill(fill, size)
  all.set(random.subarray(0, BLOCK))
  new DataView(all.buffer).setUint32(BLOCK, body.length)
  all.set(body, HEAD)
  all.set(tail, HEAD + body.length)
  return all
}

function wordsIn(all: Uint8Array, receiveId: string): string {
  const fill = all.at(-1) ?? 0
  const isFilled = fill >= 1 && fill <= FILL && fill <= all.length && all.subarray(all.length - fill).every((byte) => byte === fill)
  const size = all.length - fill
  if (!isFilled || size < HEAD) throw unreadable()
  const length = new DataView(all.buffer, all.byteOffset).getUint32(BLOCK)
  if (length > size - HEAD) throw unreadable()
  const end = HEAD + length
  if (!sameText(utf8(all.subarray(end, size)), receiveId)) {
    throw refusal('it is meant for another AppID or CorpID than ours', '消息中的 AppID 或 CorpID 与配置不符')
  }
  return utf8(all.subarray(HEAD, end))
}

/** Web Crypto fills up by itself, always: what was filled already gets a block more, which goes again. */
async function encrypt({ key, iv }: Aes, filled: Uint8Array<ArrayBuffer>): Promise<string> {
  const all = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, filled))
  return base64(all.subarray(0, filled.length))
}

/**
 * Web Crypto takes off what it would have filled up with, and refuses more than 16 bytes of it. So it is given such a block of its own:
 * nothing at all, encrypted as what follows the last block.
 */
async function decrypt({ key, iv }: Aes, encrypted: string): Promise<Uint8Array> {
  const all = bytesOf(encrypted)
  if (all.length === 0 || all.length % BLOCK !== 0) throw unreadable()
  const fill = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv: all.slice(-BLOCK) }, key, new Uint8Array(0)))
  const whole = new Uint8Array(all.length + BLOCK)
  whole.set(all)
  whole.set(fill, all.length)
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, key, whole))
}

function refusal(en: string, zh: string): ConnectorError {
  return new ConnectorError('unauthorized', `${en} / ${zh}`)
}

/** Signed with our token, and yet not readable: the two keys on the platform's page and in our config differ. */
function unreadable(): ConnectorError {
  return refusal('it cannot be decrypted with our encodingAesKey', '无法用配置的 encodingAesKey 解密')
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  } catch (error) {
    throw new ConnectorError('unauthorized', 'not base64', { cause: error })
  }
}

function base64(bytes: Uint8Array): string {
  let letters = ''
  for (const byte of bytes) letters += String.fromCharCode(byte)
  return btoa(letters)
}

function utf8(bytes: Uint8Array): string {
  // Words with broken bytes are shown as they can be: what was signed by the platform is never refused for its content.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
