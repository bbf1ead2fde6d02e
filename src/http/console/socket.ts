// The console's live connection: hints only, to signed-in agents of our own pages.
import type { Context } from 'hono'
import type { WSContext, WSEvents } from 'hono/ws'
import { RequestError, reason } from '#core/errors.ts'
import type { LivePayload } from '#core/live.ts'
import { saveAgent } from '#store/drafts.ts'
import { renew } from '../../pipeline/presence.ts'
import type { HttpParts, RouteParts } from '../parts.ts'
import { agentOf, sessionId } from './auth.ts'
import type { ConsoleFrame } from './protocol.ts'

/** While the page is open the agent counts as here; renewed well before the presence fades. */
export const RENEW_MS = 60_000

export function consoleSocket(parts: RouteParts, sockets: Set<WSContext>, context: Context): WSEvents {
  const foreign = isForeign(parts, context)
  const session = sessionId(context) ?? ''
  let unsubscribe: () => void = () => undefined
  let renew: ReturnType<typeof setInterval> | undefined

  async function look(socket: WSContext): Promise<void> {
    const here = await parts
      .reads(() => stay(parts, session))
      .catch((error) => {
        parts.log.debug({ error: reason(error) }, 'a console connection ends')
        return false
      })
    if (!here) socket.close(1008, 'signed out')
  }

  return {
    onOpen(_event, socket) {
      if (foreign) return socket.close(1008, 'foreign origin')
      sockets.add(socket)
      unsubscribe = parts.live.subscribe('console', (hint) => socket.send(JSON.stringify(consoleFrame(hint))))
      renew = setInterval(() => void look(socket), RENEW_MS)
    },
    onClose(_event, socket) {
      clearInterval(renew)
      unsubscribe()
      sockets.delete(socket)
    },
  }
}

/** A page of somebody else's, or no page at all. */
export function isForeign(parts: Pick<HttpParts, 'publicUrl'>, context: Context): boolean {
  const origin = context.req.header('origin')
  const own = [new URL(context.req.url).host, parts.publicUrl?.host]
  return !origin || !URL.canParse(origin) || !own.includes(new URL(origin).host)
}

export function consoleFrame(hint: LivePayload): ConsoleFrame {
  if (hint.type === 'rang' || hint.type === 'rests') return { type: 'changed' } // Never on a page's topic.
  const { type, conversation } = hint
  return type !== 'changed' && conversation ? { type, conversation } : { type: 'changed', conversation }
}

/** Still signed in, and still who they were? Looked at each minute: a closed account hears nothing more. */
export async function stay(parts: HttpParts, session: string): Promise<boolean> {
  try {
    const agent = await agentOf(parts, session)
    if (agent.presence === 'online') await saveAgent(parts.database.db, renew(agent, parts.house()))
    return true
  } catch (error) {
    if (error instanceof RequestError) return false
    throw error
  }
}
