// Who a visitor is: a random id that we signed. No row, no cookie, nothing to register.
import { decode, sign, verify } from 'hono/jwt'
import { RequestError } from '#core/errors.ts'

export interface Visitor {
  channel: string
  user: string
}

export async function signVisitor(secret: string, visitor: Visitor): Promise<string> {
  return sign({ sub: visitor.user, aud: visitor.channel }, `visitor ${secret}`, 'HS256')
}

export function newVisitor(channel: string): Visitor {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return { channel, user: `vis_${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}` }
}

/** Throws 401 for anything that we did not sign for this channel. */
export async function readVisitor(secret: string, channel: string, token: string | undefined): Promise<Visitor> {
  try {
    // `verify` itself stumbles over claims that are `null`.
    const claims = decode(token ?? '').payload && (await verify(token ?? '', `visitor ${secret}`, 'HS256'))
    if (claims?.aud === channel && typeof claims.sub === 'string') return { channel, user: claims.sub }
  } catch (error) {
    if (!(error instanceof Error) || !error.name.startsWith('Jwt')) throw error
  }
  throw new RequestError(401, 'no_session', 'This session is not valid: ask for a new one. / 会话已失效,请重新打开聊天。')
}
