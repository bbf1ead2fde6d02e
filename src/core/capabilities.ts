// What a channel can carry, as limits. Absent means: cannot. Read by `adapt`, the console, the docs and the contract suite.
import type { MediaKind } from './message.ts'

/** Replies that a platform takes after something that the customer did. */
export interface Window {
  ms: number
  messages?: number
}

export interface Capabilities {
  text: {
    max: number
    /** What `max` counts: UTF-16 units (Telegram, most), UTF-8 bytes (WeChat 2048), or Unicode code points. */
    unit: 'utf16' | 'bytes' | 'chars'
    markdown: boolean
  }
  media?: Partial<Record<MediaKind, { maxBytes: number; mimes?: string[]; captionMax?: number }>>
  /**
   * `idMaxBytes`: how long a button's id may be on the wire (Telegram callback data: 64 bytes).
   * `textMax`: how long the words above them may be, where that is less than a text's (WeCom's menus: 1024 bytes).
   */
  buttons?: { max: number; labelMax: number; idMaxBytes: number; links: boolean; textMax?: number }
  location?: true
  /** The channel shows who speaks by itself; absent: `adapt` writes the agent's public name before the words. */
  senderNames?: true
  /** One platform message may hold several parts (e-mail, web). Absent: each part leaves as a message of its own. */
  multipart?: true
  /** `send` with the same `key` twice delivers once: an uncertain delivery may simply be repeated. */
  idempotent?: true
  /** The channel shows the greeting by itself before the customer writes: it is recorded, not sent. */
  greetsFirst?: true
  typing?: true
  edit?: { withinMs: number }
  recall?: { withinMs: number }
  receipts?: ('delivered' | 'read')[]
  /** What the platform allows one account to send, where it says so; every process keeps to its share of it. */
  rate?: { perSecond: number; burst: number }
  /**
   * Service window since the customer's last message, e.g. WeChat 48 h; `messages` = how many replies it grants. `press` and `arrive`
   * where a click or a coming grants something else. Where messages are counted, words that stand together leave as one message.
   */
  window?: Window & { press?: Window; arrive?: Window }
}
