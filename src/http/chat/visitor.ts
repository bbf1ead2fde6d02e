// Who a visitor is: a random id that we signed. No row, no cookie, nothing to register.
import { decode, sign, verify } from 'hono/jwt'
import { RequestError } from '#core/errors.ts'
import type { Origin } from '#core/event.ts'

export interface Visitor {
  channel: string
  user: string
  /** Where the chat stands, and what brought the visitor there: of the session that the token is from. */
  origin?: Origin
}

export async function signVisitor(secret: string, visitor: Visitor): Promise<string> {
  const { user, channel, origin } = visitor
  return sign({ sub: user, aud: channel, ...(origin && { from: origin }) }, `visitor ${secret}`, 'HS256')
}

export function newVisitor(channel: string): Visitor {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return { channel, user: `vis_${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}` }
}

const LONGEST = 200

/** What the address of the page says; anything that is no address says nothing. */
export function originOf(page: string | undefined): Origin | undefined {
  const url = page !== undefined && URL.canParse(page) ? new URL(page) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  const said = (name: string) => url.searchParams.get(name)?.slice(0, LONGEST).toWellFormed() || undefined
  const [source, campaign] = [said('utm_source') ?? said('source'), said('utm_campaign')]
  return { page: (url.origin + url.pathname).slice(0, LONGEST), ...(source && { source }), ...(campaign && { campaign }) }
}

/** Throws 401 for anything that we did not sign for this channel. */
export async function readVisitor(secret: string, channel: string, token: string | undefined): Promise<Visitor> {
  try {
    // `verify` itself stumbles over claims that are `null`.
    const claims = decode(token ?? '').payload && (await verify(token ?? '', `visitor ${secret}`, 'HS256'))
    if (claims?.aud === channel && typeof claims.sub === 'string') {
      return { channel, user: claims.sub, ...(claims.from !== undefined && { origin: claims.from as Origin }) }
    }
  } catch (error) {
    if (!(error instanceof Error) || !error.name.startsWith('Jwt')) throw error
  }
  throw new RequestError(401, 'no_session', 'This session is not valid: ask for a new one. / 会话已失效，请重新打开聊天。')
}
