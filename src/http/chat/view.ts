// What a visitor sees of a conversation.
import type { Part } from '#core/message.ts'
import { changedBefore, conversationAt, markOfChanges, readSaid, type Undo } from '#store/chat.ts'
import type { MessageRow } from '#store/rows.ts'
import { signFile } from '../files.ts'
import type { HttpParts } from '../parts.ts'
import type { ChatConversation, ChatMessage, ChatPart, MessagePage } from './protocol.ts'
import { SEQ_MAX } from './schema.ts'
import type { Visitor } from './visitor.ts'

export const PAGE = 100

/** What was said after a number, oldest first. */
export async function readOn(parts: HttpParts, visitor: Visitor, after: number): Promise<MessagePage> {
  const { messages, newer } = await readSaid(parts.database.db, visitor.channel, visitor.user, { after }, PAGE, undoOf(parts))
  return pageOf(parts, visitor, messages, messages.at(-1)?.seq ?? after, newer)
}

/** The last of what was said before a number: for whoever shows the newest first and reads back. */
export async function readBack(parts: HttpParts, visitor: Visitor, before: number): Promise<MessagePage> {
  const { messages, older } = await readSaid(parts.database.db, visitor.channel, visitor.user, { before }, PAGE, undoOf(parts))
  return pageOf(parts, visitor, messages, messages.at(-1)?.seq ?? 0, older)
}

async function pageOf(parts: HttpParts, visitor: Visitor, rows: MessageRow[], cursor: number, more: boolean): Promise<MessagePage> {
  return { messages: rows.map((row) => chatMessage(parts, row)), cursor, more, conversation: await readConversation(parts, visitor) }
}

function undoOf(parts: HttpParts): Undo | undefined {
  const ms = parts.house().sending.undoMs
  return ms > 0 ? { ms, now: parts.clock.now() } : undefined
}

/** What a client asks for: what came after a number, with what changed since a mark, or the last before a number. */
export interface Asked {
  after: number
  before?: number
  changes?: string
}

/** One page over HTTP. The mark is read first: what changes while the page is read is told with the next one. */
export async function readAsked(parts: HttpParts, visitor: Visitor, { after, before, changes: known }: Asked): Promise<MessagePage> {
  if (before !== undefined && before < SEQ_MAX) return readBack(parts, visitor, before)
  const changes = await markOfChanges(parts.database.db, visitor.channel, visitor.user, undoOf(parts))
  const page = before === undefined ? await readOn(parts, visitor, after) : await readBack(parts, visitor, before)
  if (known === undefined) return { ...page, changes }
  return { ...page, changes, changed: known === changes ? [] : await readChanged(parts, visitor, after) }
}

/** What the visitor saw before and is different now. */
export async function readChanged(parts: HttpParts, visitor: Visitor, before: number): Promise<ChatMessage[]> {
  const rows = await changedBefore(parts.database.db, visitor.channel, visitor.user, before, undoOf(parts))
  return rows.map((row) => chatMessage(parts, row))
}

export async function readConversation(parts: HttpParts, visitor: Visitor): Promise<ChatConversation | undefined> {
  const found = await conversationAt(parts.database.db, visitor.channel, visitor.user)
  if (!found) return undefined
  const { status, toldPlace, toldMinutes } = found.conversation
  return {
    status,
    ...(status === 'assigned' && found.agent && { agent: found.agent.publicName }),
    ...(status === 'queued' && toldPlace && { queue: { place: toldPlace, ...(toldMinutes !== null && { minutes: toldMinutes }) } }),
  }
}

function chatMessage(parts: HttpParts, row: MessageRow): ChatMessage {
  return {
    id: row.id,
    seq: row.seq,
    author: row.author === 'note' ? 'system' : row.author,
    ...(row.name && row.author !== 'customer' && { name: row.name }),
    parts: row.recalledAt ? [] : chatParts(parts, row.parts),
    at: row.createdAt.toISOString(),
    ...(row.author === 'customer' && row.clientId && { clientId: row.clientId }),
    ...(row.editedAt && { editedAt: row.editedAt.toISOString() }),
  }
}

/** Files get signed links that any holder may open for a day. */
export function chatParts(parts: Pick<HttpParts, 'secret' | 'clock'>, list: Part[]): ChatPart[] {
  return list.map((part): ChatPart => {
    if (part.type !== 'media') return part
    const { id, name = part.kind, mime = 'application/octet-stream', bytes = 0 } = part.media
    const url = `/chat/v1/files/${id}?s=${signFile(parts.secret, id, parts.clock.now())}`
    return { ...part, media: { id, name, mime, bytes, url } }
  })
}
