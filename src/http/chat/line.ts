// What a visitor's live connection says and hears, apart from what holds the socket: a process, or an object of a runtime that
// puts the socket to sleep between frames. Messages always come from the store, after the cursor, so a lost frame or a lost
// connection loses nothing.
import { ConnectorError, RequestError, reason } from '#core/errors.ts'
import { conversationAt } from '#store/chat.ts'
import { parseJson } from '../input.ts'
import type { Limit } from '../limits.ts'
import type { HttpParts, RouteParts } from '../parts.ts'
import { takeIn } from './intake.ts'
import type { ClientFrame, SendRequest, ServerFrame } from './protocol.ts'
import { clientFrame } from './schema.ts'
import { takeSeen } from './seen.ts'
import { readChanged, readOn } from './view.ts'
import { readVisitor, type Visitor } from './visitor.ts'

/** A socket without a `hello` for so long is closed. */
export const HELLO_MS = 10_000
/** Frames of one socket that may wait to be worked on. */
export const WAITING_MAX = 200
const FRAME_MAX = 64 * 1024

/** All that must be remembered between two frames. Plain and small: some runtimes write it down. */
export interface ChatLine {
  channel: string
  locale?: string
  /** Known from `hello` on. */
  visitor?: Visitor
  cursor: number
  /** The state of the conversation as it was told last. */
  shown: string
}

/** The far end, as far as the line knows it. */
export interface Wire {
  send(frame: ServerFrame): void
  close(code: number, reason: string): void
  isOpen(): boolean
}

export interface LineParts extends RouteParts {
  sends: Limit
}

/** `locale` is what a browser says of itself: kept short, for a line must stay small. */
export function newLine(channel: string, locale: string | undefined): ChatLine {
  return { channel, ...(locale && { locale: locale.slice(0, 40) }), cursor: 0, shown: '' }
}

/** Works on one frame; what is wrong with it is said, never thrown. True after a `hello`: follow the visitor, then `catchUp`. */
export async function receive(parts: LineParts, line: ChatLine, wire: Wire, data: unknown): Promise<boolean> {
  try {
    if (typeof data !== 'string' || data.length > FRAME_MAX) throw new RequestError(413, 'too_large', 'frames are text of at most 64 KB')
    const frame = parseJson(data, clientFrame)
    if (frame.type === 'hello') return await hello(parts, line, frame)
    if (frame.type === 'send') await send(parts, line, wire, frame)
    else if (frame.type === 'ping') wire.send({ type: 'pong' })
    else if (frame.type === 'seen') await takeSeen(parts, line.visitor, frame)
    else if (line.visitor) await showTyping(parts, line.visitor)
  } catch (error) {
    refuse(parts, wire, error, data)
  }
  return false
}

/** Sends everything after the cursor, and how the conversation stands when that is news. */
export async function catchUp(parts: HttpParts, line: ChatLine, wire: Wire, again = false): Promise<void> {
  let more = true
  let isAgain = again
  while (more && line.visitor && wire.isOpen()) {
    try {
      if (isAgain && line.cursor > 0) {
        const messages = await readChanged(parts, line.visitor, line.cursor)
        if (messages.length > 0) wire.send({ type: 'messages', messages, cursor: line.cursor })
      }
      isAgain = false
      const page = await readOn(parts, line.visitor, line.cursor)
      if (page.messages.length > 0) wire.send({ type: 'messages', messages: page.messages, cursor: page.cursor })
      line.cursor = page.cursor
      more = page.more
      const state = JSON.stringify(page.conversation ?? null)
      if (state !== line.shown) wire.send({ type: 'conversation', conversation: page.conversation ?? null })
      line.shown = state
    } catch (error) {
      parts.log.warn({ error: reason(error) }, 'a chat connection cannot be served; the browser comes back')
      wire.close(1013, 'try again')
      return
    }
  }
}

/** The topic of hints for this visitor. */
export function topicOf({ channel, user }: Visitor): string {
  return `visitor:${channel}:${user}`
}

async function hello(parts: LineParts, line: ChatLine, frame: Extract<ClientFrame, { type: 'hello' }>): Promise<true> {
  line.visitor = await readVisitor(parts.secret, line.channel, frame.token)
  line.cursor = frame.after
  return true
}

async function send(parts: LineParts, line: ChatLine, wire: Wire, { type: _, ...request }: { type: 'send' } & SendRequest): Promise<void> {
  if (!line.visitor) throw new RequestError(401, 'no_session', 'say hello first')
  await parts.sends.take(`${line.channel} ${line.visitor.user}`)
  const { clientId } = await takeIn(parts, line.visitor, request, line.locale)
  wire.send({ type: 'accepted', clientId })
}

/** Agents see that the customer writes; lasts as long as the next hint. */
async function showTyping(parts: HttpParts, { channel, user }: Visitor): Promise<void> {
  const found = await conversationAt(parts.database.db, channel, user)
  if (!found) return
  parts.live.publish('console', { type: 'typing', conversation: found.conversation.id })
  parts.typing.customer(found.conversation.id)
}

function refuse(parts: HttpParts, wire: Wire, error: unknown, data: unknown): void {
  const known = error instanceof RequestError || error instanceof ConnectorError
  if (!known) parts.log.error({ error: reason(error) }, 'a chat frame failed')
  const code = error instanceof RequestError ? error.code : 'unavailable'
  const clientId = clientIdOf(data)
  wire.send({ type: 'error', code, message: known ? error.message : 'try again', ...(clientId && { clientId }) })
  if (code === 'no_session') wire.close(1008, 'no session')
}

function clientIdOf(data: unknown): string | undefined {
  return typeof data === 'string' ? /"clientId"\s*:\s*"([A-Za-z0-9_-]{8,64})"/.exec(data)?.[1] : undefined
}
