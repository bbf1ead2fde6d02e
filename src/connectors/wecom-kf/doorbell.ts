// What WeCom calls us with: never a message, only word that an account has some. Always encrypted.
import { ConnectorError } from '#core/errors.ts'
import { wholeBody } from '#platforms/pushed.ts'
import type { Crypt } from '#platforms/wechat/crypt.ts'
import { parseXml, type XmlRecord } from '#platforms/wechat/xml.ts'

export interface Ring {
  /** The customer service account that has news. */
  account: string
  /** Reading with it within ten minutes is not counted against the frequency. */
  token?: string
}

/** What the platform sends is less than a thousand bytes. */
const BODY_MAX = 64 * 1024

/** Answers the check of the address with its words, or gives who rang; a call about something else rings for nobody. */
export async function readCall(request: Request, crypt: Crypt, now: Date): Promise<{ response: Response; ring?: Ring }> {
  const query = new URL(request.url).searchParams
  const signature = query.get('msg_signature') ?? ''
  const stamp = { timestamp: query.get('timestamp') ?? '', nonce: query.get('nonce') ?? '' }
  if (request.method === 'GET') {
    const words = await crypt.open(signature, stamp, query.get('echostr') ?? '', now)
    return { response: new Response(words, { headers: { 'content-type': 'text/plain; charset=utf-8' } }) }
  }
  const outer = new TextDecoder().decode(await wholeBody(request, BODY_MAX))
  // What is not even an envelope has no signature that could be right.
  const inner = await crypt.open(signature, stamp, text(tryXml(outer), 'Encrypt'), now)
  const fields = tryXml(inner)
  if (!fields) throw new ConnectorError('rejected', 'not the XML of a WeCom event')
  return { response: new Response('success'), ring: ringOf(fields) }
}

function ringOf(fields: XmlRecord): Ring | undefined {
  if (text(fields, 'Event') !== 'kf_msg_or_event') return undefined
  const account = text(fields, 'OpenKfId')
  if (!account) throw new ConnectorError('rejected', 'kf_msg_or_event without OpenKfId')
  const token = text(fields, 'Token')
  return { account, ...(token && { token }) }
}

function tryXml(source: string): XmlRecord | undefined {
  try {
    return parseXml(source)
  } catch {
    return undefined // The caller says what that means.
  }
}

function text(fields: XmlRecord | undefined, name: string): string {
  const value = fields && Object.hasOwn(fields, name) ? fields[name] : undefined
  return typeof value === 'string' ? value : ''
}
