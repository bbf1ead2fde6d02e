// One browser's live connection. It carries hints at most as fast as the reader reads: messages always come from the store,
// after the cursor, so a lost frame or a lost connection loses nothing.
import type { WSContext, WSEvents } from 'hono/ws'
import { ConnectorError, RequestError, reason } from '#core/errors.ts'
import { conversationAt } from '#store/chat.ts'
import { parseJson } from '../input.ts'
import type { Limit } from '../limits.ts'
import type { HttpParts } from '../parts.ts'
import { takeIn } from './intake.ts'
import type { ClientFrame, SendRequest, ServerFrame } from './protocol.ts'
import { clientFrame } from './schema.ts'
import { readPage } from './view.ts'
import { readVisitor, type Visitor } from './visitor.ts'

const HELLO_MS = 10_000
const FRAME_MAX = 64 * 1024
/** Frames that may wait to be worked on. */
const WAITING_MAX = 200

export interface SocketParts extends HttpParts {
  sends: Limit
  /** Open sockets, closed with 1012 when the process stops. */
  sockets: Set<WSContext>
}

export function chatSocket(parts: SocketParts, channel: string, locale: string | undefined): WSEvents {
  let visitor: Visitor | undefined
  let cursor = 0
  let unsubscribe: () => void = () => undefined
  let isReading = false
  let line: Promise<void> = Promise.resolve()
  let waiting = 0
  let again = false
  let shown = ''
  let patience: ReturnType<typeof setTimeout> | undefined

  const tell = (socket: WSContext, frame: ServerFrame) => socket.send(JSON.stringify(frame))

  /** Sends what is new, one read at a time; a hint during a read makes one more. */
  function catchUp(socket: WSContext): void {
    again = true
    if (isReading) return
    isReading = true
    void drain(socket).finally(() => {
      isReading = false
    })
  }

  async function drain(socket: WSContext): Promise<void> {
    while (again && visitor && socket.readyState === 1) {
      again = false
      try {
        const page = await readPage(parts, visitor, cursor)
        if (page.messages.length > 0) tell(socket, { type: 'messages', messages: page.messages, cursor: page.cursor })
        cursor = page.cursor
        again ||= page.more
        const state = JSON.stringify(page.conversation ?? null)
        if (state !== shown) tell(socket, { type: 'conversation', conversation: page.conversation ?? null })
        shown = state
      } catch (error) {
        parts.log.warn({ error: reason(error) }, 'a chat connection cannot be served; the browser comes back')
        socket.close(1013, 'try again')
      }
    }
  }

  async function hello(socket: WSContext, frame: Extract<ClientFrame, { type: 'hello' }>): Promise<void> {
    visitor = await readVisitor(parts.secret, channel, frame.token)
    cursor = frame.after
    clearTimeout(patience)
    unsubscribe()
    unsubscribe = parts.live.subscribe(`visitor:${channel}:${visitor.user}`, (hint) => {
      if (hint.type === 'typing') tell(socket, { type: 'typing', name: hint.name })
      else catchUp(socket)
    })
    catchUp(socket)
  }

  async function send(socket: WSContext, { type: _, ...request }: { type: 'send' } & SendRequest): Promise<void> {
    if (!visitor) throw new RequestError(401, 'no_session', 'say hello first')
    await parts.sends.take(`${channel} ${visitor.user}`)
    const { clientId } = await takeIn(parts, visitor, request, locale)
    tell(socket, { type: 'accepted', clientId })
  }

  /** Agents see that the customer writes; lasts as long as the next hint. */
  async function showTyping({ channel: id, user }: Visitor): Promise<void> {
    const found = await conversationAt(parts.database.db, id, user)
    if (found) parts.live.publish('console', { type: 'typing', conversation: found.conversation.id })
  }

  async function receive(socket: WSContext, data: unknown): Promise<void> {
    if (typeof data !== 'string' || data.length > FRAME_MAX) throw new RequestError(413, 'too_large', 'frames are text of at most 64 KB')
    const frame = parseJson(data, clientFrame)
    if (frame.type === 'hello') await hello(socket, frame)
    else if (frame.type === 'send') await send(socket, frame)
    else if (frame.type === 'ping') tell(socket, { type: 'pong' })
    else if (visitor) await showTyping(visitor)
  }

  return {
    onOpen(_event, socket) {
      parts.sockets.add(socket)
      patience = setTimeout(() => socket.close(1008, 'no hello'), HELLO_MS)
    },
    onMessage(event, socket) {
      // One after the other: what a visitor sends first is first.
      if (++waiting > WAITING_MAX) return socket.close(1008, 'too fast')
      line = line
        .then(() => receive(socket, event.data))
        .catch((error) => refuse(socket, error, event.data))
        .finally(() => {
          waiting -= 1
        })
    },
    onClose(_event, socket) {
      clearTimeout(patience)
      unsubscribe()
      parts.sockets.delete(socket)
    },
  }

  function refuse(socket: WSContext, error: unknown, data: unknown): void {
    const known = error instanceof RequestError || error instanceof ConnectorError
    if (!known) parts.log.error({ error: reason(error) }, 'a chat frame failed')
    const code = error instanceof RequestError ? error.code : 'unavailable'
    tell(socket, { type: 'error', code, message: known ? error.message : 'try again', clientId: clientIdOf(data) })
    if (code === 'no_session') socket.close(1008, 'no session')
  }
}

function clientIdOf(data: unknown): string | undefined {
  return typeof data === 'string' ? /"clientId"\s*:\s*"([A-Za-z0-9_-]{8,64})"/.exec(data)?.[1] : undefined
}
