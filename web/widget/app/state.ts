// Everything the screen shows, as signals. Actions live in chat.ts, sending.ts and files.ts.
import { computed, signal } from '@preact/signals'
import type { ChatConversation, Session, Uploaded } from '#http/chat/protocol.ts'
import type { LinkState } from './connection.ts'
import { type History, NO_HISTORY } from './history.ts'
import type { OutboxItem } from './outbox.ts'
import { timeline } from './timeline.ts'
import { localeOf, WORDS } from './words.ts'

/** A file on its way up. It becomes an outbox entry when the visitor presses send. */
export interface Upload {
  key: string
  file: File
  /** 0 to 1. */
  progress: number
  state: 'uploading' | 'ready' | 'failed'
  error?: string
  /** Trying again can help: the network broke, the file itself is fine. */
  retryable?: boolean
  preview?: string
  uploaded?: Uploaded
}

export const session = signal<Session | undefined>(undefined)
export const history = signal<History>(NO_HISTORY)
/** Why the last page of earlier messages could not be read, when the server said so. */
export const olderProblem = signal('')
export const conversation = signal<ChatConversation | null>(null)
export const outbox = signal<readonly OutboxItem[]>([])
export const uploads = signal<readonly Upload[]>([])
export const link = signal<LinkState>('connecting')
/** The end of the history is here, or there is none. */
export const loaded = signal(false)
/** Set while the session cannot be had; in words when the server gave some. */
export const startProblem = signal<string | undefined>(undefined)
/** Who on our side types; undefined when nobody does. */
export const typist = signal<string | undefined>(undefined)
export const open = signal(false)
/** The highest seq the visitor has had before their eyes. */
export const seen = signal(0)
/** What the visitor is writing. */
export const draft = signal('')
/** Read out by screen readers. */
export const announcement = signal('')
/** From the script tag or `frontdesk('set', …)`: above what the server says. */
export const askedLocale = signal<string | undefined>(undefined)
export const askedColour = signal<string | undefined>(undefined)

export const locale = computed(() => localeOf(askedLocale.value) ?? session.value?.locale ?? localeOf(navigator.language) ?? 'zh')
export const words = computed(() => WORDS[locale.value])
export const messages = computed(() => history.value.messages)
export const older = computed(() => history.value.older)
export const entries = computed(() => timeline(messages.value, outbox.value))
export const started = computed(() => messages.value.length > 0 || outbox.value.length > 0)
export const unread = computed(() => messages.value.filter((message) => message.author !== 'customer' && message.seq > seen.value).length)
export const connected = computed(() => link.value === 'live' || link.value === 'polling')
