// The console's live connection: hints only, to signed-in agents of our own pages.
import type { Context } from 'hono'
import type { WSContext, WSEvents } from 'hono/ws'
import { reason } from '#core/errors.ts'
import { saveAgent } from '#store/drafts.ts'
import type { AgentRow } from '#store/rows.ts'
import { touch } from '../../pipeline/presence.ts'
import type { HttpParts } from '../parts.ts'
import { whoIs } from './auth.ts'
import type { ConsoleFrame } from './protocol.ts'

/** While the page is open the agent counts as here; renewed well before the presence fades. */
const RENEW_MS = 60_000

export function consoleSocket(parts: HttpParts, sockets: Set<WSContext>, context: Context & { get(key: 'agent'): AgentRow }): WSEvents {
  const origin = context.req.header('origin')
  const own = [new URL(context.req.url).host, parts.publicUrl?.host]
  const foreign = !origin || !URL.canParse(origin) || !own.includes(new URL(origin).host)
  let unsubscribe: () => void = () => undefined
  let renew: ReturnType<typeof setInterval> | undefined

  /** Still signed in, and still who they were? Looked at again each minute: a closed account hears nothing more. */
  async function stay(socket: WSContext): Promise<void> {
    try {
      const agent = await whoIs(parts, context)
      if (agent.presence === 'online') await saveAgent(parts.database.db, touch(agent, 'online', parts.house()))
    } catch (error) {
      parts.log.debug({ error: reason(error) }, 'a console connection ends')
      socket.close(1008, 'signed out')
    }
  }

  return {
    onOpen(_event, socket) {
      if (foreign) return socket.close(1008, 'foreign origin')
      sockets.add(socket)
      unsubscribe = parts.live.subscribe('console', (hint) => {
        const { conversation } = hint
        const frame: ConsoleFrame =
          hint.type === 'typing' && conversation ? { type: 'typing', conversation } : { type: 'changed', conversation }
        socket.send(JSON.stringify(frame))
      })
      renew = setInterval(() => void stay(socket), RENEW_MS)
    },
    onClose(_event, socket) {
      clearInterval(renew)
      unsubscribe()
      sockets.delete(socket)
    },
  }
}
