// What the loader (in the shop's page) and the app (in our iframe) say to each other with postMessage. Types only, so that
// neither bundle pays for it. Both sides check the exact origin AND the source window of every message.
import type { Locale } from '#core/message.ts'

/** Marks our messages among all others that a page's scripts exchange. */
export type Marked<T> = { frontdesk: 1 } & T

/** The loader always tells the whole state, so a lost or repeated message changes nothing. */
export type ToApp =
  | { type: 'state'; open: boolean; locale?: string; color?: string; kept: Record<string, string> }
  /** Forget this visitor: the shop's own log-out. */
  | { type: 'logout' }

export type ToHost =
  /** The app listens now; the loader answers with `state`. */
  | { type: 'ready' }
  /**
   * `active`: there is a conversation, so the next page should load the app at once and count what is unread; undefined
   * while the history is not here yet, as the colour is while there is no session.
   */
  | { type: 'info'; unread: number; active?: boolean; color?: string; locale: Locale }
  | { type: 'close' }
  /**
   * The browser denies storage to our frame: please keep this for the next page. It puts the visitor's token within reach
   * of the page's own scripts, which is why our own storage is always tried first. Without `text`: drop it.
   */
  | { type: 'keep'; key: string; text?: string }
  | { type: 'event'; name: HostEvent; detail?: unknown }

/** What `frontdesk('on', name, listener)` can listen to. */
export type HostEvent = 'ready' | 'open' | 'close' | 'unread' | 'message'
