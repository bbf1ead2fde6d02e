// What WeChat posts to us: one message or event, hidden or plain, as XML or JSON. The signature comes first, then the words.
import { ConnectorError } from '#core/errors.ts'
import { parseJson } from '../json.ts'
import { wholeBody } from '../pushed.ts'
import { type Crypt, checkSignature } from './crypt.ts'
import { parseXml } from './xml.ts'

/** The fields of one push, by WeChat's names. Numbers of JSON are digits here, as they are in XML. */
export type Fields = Record<string, unknown>

export interface Pushed {
  fields: Fields
  /** It came encrypted, and what answers it must be. */
  isSealed: boolean
}

export type Push = { echo: string } | Pushed

export interface PushKeys {
  token: string
  crypt: Crypt | undefined
  /** Pushes that are not encrypted are taken. Their signature does not cover the body: whoever saw one may post anything. */
  plain: boolean
}

/** A text has 2 kB at most, and base64 and encryption make it no more than twice as long. */
const BODY_MAX = 256 * 1024

/** Throws `unauthorized` for what WeChat did not send or not to us, `rejected` for what cannot be read, nothing else. */
export async function readPush(request: Request, keys: PushKeys, now: Date): Promise<Push> {
  const query = new URL(request.url).searchParams
  const get = (name: string) => query.get(name) ?? ''
  const stamp = { timestamp: get('timestamp'), nonce: get('nonce') }
  if (request.method === 'GET') {
    await checkSignature(get('signature'), stamp, [keys.token], now)
    return { echo: get('echostr') }
  }
  if (!query.has('msg_signature')) {
    if (!keys.plain) throw refusedPlain()
    await checkSignature(get('signature'), stamp, [keys.token], now)
    return { fields: fieldsOf(await bodyOf(request)), isSealed: false }
  }
  if (!keys.crypt)
    throw new ConnectorError('unauthorized', 'encrypted, and there is no encodingAesKey / 消息已加密，但未配置 encodingAesKey')
  // In compatible mode the plain words stand beside the encrypted ones: only the latter are signed.
  const encrypted = sealedIn(await bodyOf(request))
  return { fields: fieldsOf(await keys.crypt.open(get('msg_signature'), stamp, encrypted, now)), isSealed: true }
}

function refusedPlain(): ConnectorError {
  const en = 'not encrypted: choose the secure mode on the platform, or allow plain messages with plain: true'
  return new ConnectorError('unauthorized', `${en} / 消息未加密：请在平台上选择“安全模式”，或设置 plain: true`)
}

/** What is not even an envelope has no signature that could be right. */
function sealedIn(body: string): string {
  let fields: Fields
  try {
    fields = fieldsOf(body)
  } catch (error) {
    throw new ConnectorError('unauthorized', 'no encrypted message / 不是加密消息', { cause: error })
  }
  if (typeof fields.Encrypt !== 'string') throw new ConnectorError('unauthorized', 'no encrypted message / 不是加密消息')
  return fields.Encrypt
}

async function bodyOf(request: Request): Promise<string> {
  return new TextDecoder().decode(await wholeBody(request, BODY_MAX))
}

/** XML or JSON, as the account's page says: both are told by their first letter. */
function fieldsOf(body: string): Fields {
  try {
    const value: unknown = /^\uFEFF?\s*\{/.test(body) ? parseJson(body) : parseXml(body)
    if (typeof value === 'object' && value !== null) return value as Fields
  } catch (error) {
    throw new ConnectorError('rejected', 'neither XML nor JSON / 既不是 XML 也不是 JSON', { cause: error })
  }
  throw new ConnectorError('rejected', 'no fields')
}

/** A field as text; empty where there is none. */
export function field(fields: Fields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** Words for WeChat; whatever shows them to a person shows no page. */
export function answer(words: string, type = 'text/plain'): Response {
  return new Response(words, { headers: { 'content-type': `${type}; charset=utf-8`, 'x-content-type-options': 'nosniff' } })
}
