// What Slack posts to us: the signature on the raw bytes first, then one of three forms of body. WebCrypto only.
import { ConnectorError, reason } from '#core/errors.ts'
import { parseJson } from './json.ts'
import { sameText, wholeBody } from './pushed.ts'

/** An event, what somebody pressed, or a slash command: not yet looked at any further. */
export type SlackPosted =
  | { type: 'event'; body: Record<string, unknown> }
  | { type: 'interactive'; body: Record<string, unknown> }
  | { type: 'slash'; body: Record<string, unknown> }

/** Slack's own advice against replays. */
const TOLERANCE_SECONDS = 5 * 60
const BODY_MAX = 1024 * 1024

/** Throws `unauthorized` for what Slack did not sign within the last minutes, `rejected` for what cannot be read. */
export async function readSlackRequest(request: Request, secret: string, now: Date): Promise<SlackPosted> {
  const time = request.headers.get('x-slack-request-timestamp') ?? ''
  const given = request.headers.get('x-slack-signature') ?? ''
  if (!/^\d{1,12}$/.test(time) || !/^v0=[0-9a-f]{64}$/.test(given))
    throw new ConnectorError('unauthorized', 'X-Slack-Signature or X-Slack-Request-Timestamp is missing / 缺少 Slack 签名')
  if (Math.abs(now.getTime() / 1000 - Number(time)) > TOLERANCE_SECONDS)
    throw new ConnectorError('unauthorized', 'X-Slack-Request-Timestamp is more than five minutes away from our clock / 时间相差超过五分钟')
  const bytes = await wholeBody(request, BODY_MAX)
  if (!sameText(given, await signatureOf(secret, time, bytes)))
    throw new ConnectorError('unauthorized', 'X-Slack-Signature does not fit: check signingSecret / 签名不符，请检查 signingSecret')
  return posted(decoded(bytes), request.headers.get('content-type') ?? '')
}

/** `v0=` and the HMAC of version, time and body. */
export async function signatureOf(secret: string, time: string, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const head = new TextEncoder().encode(`v0:${time}:`)
  const content = new Uint8Array(head.length + body.length)
  content.set(head)
  content.set(body, head.length)
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, content))
  return `v0=${Array.from(mac, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new ConnectorError('rejected', 'not UTF-8', { cause: error })
  }
}

function posted(text: string, contentType: string): SlackPosted {
  if (!contentType.includes('application/x-www-form-urlencoded')) return { type: 'event', body: objectOf(text) }
  const form = new URLSearchParams(text)
  const payload = form.get('payload')
  return payload === null ? { type: 'slash', body: Object.fromEntries(form) } : { type: 'interactive', body: objectOf(payload) }
}

function objectOf(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw new ConnectorError('rejected', `not JSON: ${reason(error).slice(0, 100)}`, { cause: error })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ConnectorError('rejected', 'not a JSON object')
  return value as Record<string, unknown>
}
