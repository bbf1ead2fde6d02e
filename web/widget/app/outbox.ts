// What the visitor sent and the server has not yet shown back. Pure: each action gives the next list. An entry leaves only
// when its words came back in the history or the visitor threw it away, so nothing is lost; it always goes out under the
// same `clientId` until the server refused it for certain, so nothing arrives twice.
import type { MediaKind } from '#core/message.ts'
import type { ChatMessage, ChatPart, SendRequest, Uploaded } from '#http/chat/protocol.ts'

export type OutboxState = 'pending' | 'sending' | 'sent' | 'failed'

export interface OutboxItem {
  request: SendRequest
  /** ISO, of this device: only shown, never compared with the server's times. */
  at: string
  /** Ascends: the order in which things were said, also after a reload. */
  order: number
  state: OutboxState
  /** The newest message when this was said: where it stays on the screen if it is refused. */
  after: number
  /** Why the server refused it, in words for the visitor. */
  reason?: string
  /** What to show for a file until the server shows it. */
  file?: Uploaded
}

export type OutboxAction =
  | { type: 'queued'; request: SendRequest; now: Date; after: number; file?: Uploaded }
  | { type: 'sending'; clientId: string }
  | { type: 'accepted'; clientId: string }
  /** The server said no, for certain. */
  | { type: 'refused'; clientId: string; reason: string }
  /** Nobody knows whether it arrived: the same again, under the same id. */
  | { type: 'lost'; clientId: string }
  | { type: 'retried'; clientId: string; fresh: string }
  | { type: 'discarded'; clientId: string }
  /** These came back in the history. */
  | { type: 'echoed'; messages: readonly ChatMessage[] }

export function reduceOutbox(items: readonly OutboxItem[], action: OutboxAction): OutboxItem[] {
  const change = (patch: Partial<OutboxItem>) =>
    'clientId' in action ? items.map((item) => (item.request.clientId === action.clientId ? { ...item, ...patch } : item)) : [...items]
  switch (action.type) {
    case 'queued': {
      const { request, now, after, file } = action
      const order = Math.max(now.getTime(), (items.at(-1)?.order ?? 0) + 1)
      return [...items, { request, at: now.toISOString(), order, after, state: 'pending', ...(file && { file }) }]
    }
    case 'sending':
      return change({ state: 'sending' })
    case 'accepted':
      return change({ state: 'sent' })
    case 'refused':
      return change({ state: 'failed', reason: action.reason })
    case 'lost':
      return change({ state: 'pending' })
    case 'retried':
      // A refusal is certain, so a new id cannot make it arrive twice; the old one may be why it was refused (409).
      return items.map((item) =>
        item.request.clientId === action.clientId && item.state === 'failed'
          ? { ...item, request: { ...item.request, clientId: action.fresh }, state: 'pending', reason: undefined }
          : item,
      )
    case 'discarded':
      return items.filter((item) => item.request.clientId !== action.clientId || item.state !== 'failed')
    case 'echoed': {
      const echoed = new Set(action.messages.map((message) => message.clientId))
      return items.filter((item) => !echoed.has(item.request.clientId))
    }
  }
}

/** The next to go out: one at a time, so that they arrive in the order in which they were said. */
export function nextToSend(items: readonly OutboxItem[]): OutboxItem | undefined {
  if (items.some((item) => item.state === 'sending')) return undefined
  return items.find((item) => item.state === 'pending')
}

/** After a reload: what was on its way is pending again; what the server had accepted is in the history by now. */
export function restoreOutbox(stored: readonly (OutboxItem | undefined)[]): OutboxItem[] {
  return stored
    .filter((item) => item !== undefined)
    .filter((item) => item.state !== 'sent')
    .map((item): OutboxItem => (item.state === 'sending' ? { ...item, state: 'pending' } : item))
    .sort((a, b) => a.order - b.order)
}

/** The parts as the history will show them. */
export function outboxParts(item: OutboxItem): ChatPart[] {
  const { text, press, file } = item.request
  if (file) {
    const { id, name, mime, bytes } = item.file ?? { id: file.id, name: file.id, mime: '', bytes: 0 }
    return [{ type: 'media', kind: mediaKind(mime), media: { id, name, mime, bytes, url: '' }, caption: file.caption }]
  }
  return [{ type: 'text', text: text ?? press?.label ?? '' }]
}

export function mediaKind(mime: string): MediaKind {
  const kind = mime.split('/')[0]
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}
