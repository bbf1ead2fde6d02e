// The chat protocol: what the widget and mobile apps say to `/chat/v1/<channel id>/…`. Types only; `web/widget` imports them.
//
//   POST   /chat/v1/:channel/session            SessionRequest  → Session          (no token needed; makes no row)
//   GET    /chat/v1/:channel/messages?after=12  Bearer token    → MessagePage
//   GET    /chat/v1/:channel/messages?after=12&changes=5f0c…        → MessagePage  (and what was changed since that mark)
//   GET    /chat/v1/:channel/messages?before=latest                 → MessagePage  (the newest page; then `before` its first seq)
//   POST   /chat/v1/:channel/messages           SendRequest     → SendReply        (idempotent by clientId; 409 when reused for other words)
//   POST   /chat/v1/:channel/seen               SeenRequest     → {}               (for clients that poll; the socket has a frame)
//   POST   /chat/v1/:channel/files?name=a.png   the raw bytes, content-type as is   → Uploaded
//   GET    /chat/v1/files/:id?s=…               a signed link, as `url` in parts
//   WS     /chat/v1/:channel/socket             first frame ClientFrame `hello` within 10 s; Origin must be allowed
//
// Every answer that is not 2xx is `{ error: { code, message } }`.
import type { Button, Locale, MediaKind } from '../../core/message.ts'

export interface SessionRequest {
  /** The token of an earlier session: the same visitor goes on. Absent or no longer valid: a new visitor. */
  token?: string
  /** What the visitor's browser speaks: `zh-CN`. */
  locale?: string
  /** The page the chat was opened on, and where the visitor came from. */
  page?: string
  title?: string
  referrer?: string
}

export interface Session {
  /** Who it is: the same for as long as the visitor is, also where the token is another one. */
  visitor: string
  /** Names the visitor; keep it, send it as `Authorization: Bearer`. */
  token: string
  locale: Locale
  brand: { name: string; color?: string }
  /** Shown before anybody types; becomes part of the history with the visitor's first message. */
  greeting: ChatPart[]
  /** The questions asked most, to press. */
  questions: Button[]
  conversation?: ChatConversation
  limits: { textMax: number; fileMaxBytes: number }
}

export interface ChatConversation {
  status: 'bot' | 'queued' | 'assigned' | 'snoozed' | 'resolved'
  /** Public name of the agent who has the conversation. */
  agent?: string
  /** While queued: the place (1 = next) and the expected wait. */
  queue?: { place: number; minutes?: number }
}

export type ChatPart =
  | { type: 'text'; text: string; format?: 'plain' | 'markdown' }
  | { type: 'media'; kind: MediaKind; media: ChatFile; caption?: string }
  | { type: 'buttons'; text: string; buttons: Button[] }
  | { type: 'location'; lat: number; lng: number; title?: string }
  | { type: 'unsupported'; what: string }

/** `url` is relative to our origin, signed, and dies after some time; a new page of messages brings a new one. */
export interface ChatFile {
  id: string
  name: string
  mime: string
  bytes: number
  url: string
}

export interface ChatMessage {
  id: string
  /** Ascends within a conversation, with gaps: what `after` means. */
  seq: number
  author: 'customer' | 'bot' | 'agent' | 'system'
  /** Public name, for agents and the bot. */
  name?: string
  parts: ChatPart[]
  /** ISO. */
  at: string
  /** The `clientId` it was sent with, on the visitor's own messages. */
  clientId?: string
  editedAt?: string
}

/** Oldest first, whichever way one reads. */
export interface MessagePage {
  messages: ChatMessage[]
  /** The `after` of the next call, and of `hello`. Who reads back keeps that of the newest page. */
  cursor: number
  /** There is more the way one reads: newer ones with `after`, older ones with `before`. */
  more: boolean
  conversation?: ChatConversation
  /** Where the changes of older messages stand: the `changes` of the next call. Absent on pages before a number: keep what you have. */
  changes?: string
  /**
   * With `changes` only: what the client has already, up to `after`, as it is now, where anything of it was edited or taken back since (then
   * without parts). Put each in its place by `id`; some may be as they were. The last two hundred changed ones.
   */
  changed?: ChatMessage[]
}

/** Exactly one of `text`, `press` and `file`. */
export interface SendRequest {
  /** A UUID made by the client: sending it twice is sending it once. */
  clientId: string
  text?: string
  /** The id of a button, and its label as the visitor saw it. */
  press?: { id: string; label: string }
  /** What `files` answered. */
  file?: { id: string; caption?: string }
}

export interface SendReply {
  clientId: string
  accepted: true
}

/** How far the client got, whatever it said before: our messages up to `seq` are here, or were before the visitor's eyes. */
export interface SeenRequest {
  seq: number
  state: 'delivered' | 'read'
}

export interface Uploaded {
  id: string
  name: string
  mime: string
  bytes: number
}

export type ClientFrame =
  /** Everything with a seq above `after` comes as `messages`, then whatever is new. */
  | { type: 'hello'; token: string; after: number }
  | ({ type: 'send' } & SendRequest)
  /** At most every three seconds while the visitor types. */
  | { type: 'typing' }
  /** At most twice a second; after a new `hello` once more. */
  | ({ type: 'seen' } & SeenRequest)
  | { type: 'ping' }

export type ServerFrame =
  /** Also what was edited or taken back after it was shown, under its id: put it in its place by `seq`, or pass over what is not on screen. */
  | { type: 'messages'; messages: ChatMessage[]; cursor: number }
  | { type: 'conversation'; conversation: ChatConversation | null }
  | { type: 'accepted'; clientId: string }
  /** `clientId` tells which send was refused; without it the connection itself (bad token: get a new session). */
  | { type: 'error'; code: string; message: string; clientId?: string }
  /** Somebody on our side types; lasts six seconds. */
  | { type: 'typing'; name?: string }
  | { type: 'pong' }
