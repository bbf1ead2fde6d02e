// What of the history this window has: its end without a hole, and as much before that as somebody wanted to see. Pure.
import type { ChatMessage, MessagePage } from '#http/chat/protocol.ts'
import { mergeMessages } from './timeline.ts'

export interface History {
  /** In order, and nothing is missing between two of them. */
  messages: readonly ChatMessage[]
  /** What there is before the first of them: nothing, more, a page that is being read, or one that could not be. */
  older: 'none' | 'more' | 'loading' | 'failed'
  /** Changed while a page is read that may still have them as they were. */
  meanwhile: readonly ChatMessage[]
}

export const NO_HISTORY: History = { messages: [], older: 'none', meanwhile: [] }

/** The newest page. */
export function openedWith(page: MessagePage): History {
  return { messages: page.messages, older: page.more ? 'more' : 'none', meanwhile: [] }
}

/** New messages, and old ones that changed. What lies before our first one would leave a hole: its page brings it. */
export function withNews(history: History, news: readonly ChatMessage[]): History {
  const first = history.older === 'none' ? 0 : (history.messages[0]?.seq ?? 0)
  const earlier = history.older === 'loading' ? news.filter(({ seq }) => seq < first) : []
  const shown = news.filter(({ seq }) => seq >= first)
  return { ...history, messages: mergeMessages(history.messages, shown), meanwhile: [...history.meanwhile, ...earlier] }
}

/** Where the next page before this ends; undefined when there is none, or somebody reads it already. */
export function endOfOlder({ messages, older }: History): number | undefined {
  return older === 'more' || older === 'failed' ? messages[0]?.seq : undefined
}

export function withOlder(history: History, page: MessagePage): History {
  const from = page.messages[0]?.seq ?? Infinity
  const changed = history.meanwhile.filter(({ seq }) => seq >= from)
  const messages = mergeMessages(mergeMessages(page.messages, changed), history.messages)
  return { messages, older: page.more ? 'more' : 'none', meanwhile: [] }
}
