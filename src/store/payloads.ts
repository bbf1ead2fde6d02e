// What stands in columns of JSON.
import type { DeskUser, Grant } from '#core/event.ts'
import type { Address, Author, Button, Part } from '#core/message.ts'

export interface Handoff {
  reason: string
  note?: string
  tried?: string[]
  /** What the customer told the bot, by name. */
  collected?: Record<string, string>
  /** Agents who gave it back. */
  not?: string[]
  at: string
}

/** What an agent was shown to choose from. `token` tells this list from the one before: buttons of that mean nothing any more. */
export interface Shelf {
  token: string
  items: ShelfItem[]
}
export type ShelfItem = { article: string } | { macro: string; values: Record<string, string>; words: string }

export interface WebhookCall {
  /** Names the flow's wait: the answer comes back with it. */
  key: string
  body: string
  /** Where the answer's event stands in line. */
  lane: string
  until: string
  timeoutMs: number
}

export interface DeliveryPayload {
  /** Channel: where it goes. */
  to?: Address
  parts?: Part[]
  sender?: { name: string }
  /** What the platform granted for these words. */
  grant?: Grant
  /** The last words of a conversation. */
  closing?: true
  /** Desk: whose words, as the thread shows them. */
  author?: Author
  name?: string
  /** Whisper: to whom, what, and which press it answers. */
  whom?: DeskUser
  text?: string
  buttons?: Button[]
  callback?: string
  thread?: string
  /** Desk: the history up to here is what a new thread begins with. */
  untilSeq?: number
  /** Desk: a file that was not there when its words were shown. */
  late?: true
  /** Webhook: what is asked, and until when an answer is of use. */
  call?: WebhookCall
}
