// How a conversation ends, whoever ends it: always with a reason, once, and told where it was shown.
import { phrase } from '#core/phrases.ts'
import type { Draft } from '#store/rows.ts'
import type { Closing } from '#store/schema.ts'
import { audit, followers, own, redraw, say, setThreads, toDesk } from './draft.ts'
import type { House } from './house.ts'
import { askRating } from './rating.ts'

interface How {
  cause: string
  /** What the customer hears: good-bye and the question for a rating, good-bye alone, or nothing. */
  words: 'rating' | 'goodbye' | 'none'
}

export function end(draft: Draft, closing: Closing, house: House, { cause, words }: How): void {
  const { conversation } = draft
  own(draft, { status: 'resolved' }, house)
  conversation.closing = closing
  conversation.shelves = null
  const { by, agent, ...why } = closing
  audit(draft, house, 'conversation.resolved', { kind: by, ...(agent && { id: agent }) }, { agent: conversation.agentId, ...why })
  if (words === 'rating') askRating(draft, house, cause)
  else {
    conversation.csatAskedAt = null
    if (words === 'goodbye') {
      const text = phrase('conversation.resolved', conversation.locale)
      say(draft, 'system', [{ type: 'text', text }], house, cause, { closing: true })
    }
  }
  for (const deskId of followers(draft, house)) {
    const locale = house.desks.get(deskId)?.locale ?? house.locale
    const text = closingWords(draft, locale)
    toDesk(draft, house, deskId, 'post', { author: 'system', name: phrase('author.system', locale), parts: [{ type: 'text', text }] })
  }
  redraw(draft, house)
  for (const deskId of followers(draft, house)) toDesk(draft, house, deskId, 'close', {})
  setThreads(draft, 'closed')
}

/** By whom and why, in a line. */
function closingWords({ conversation, agents }: Draft, locale: House['locale']): string {
  const { by, why, code, agent } = conversation.closing ?? { by: 'system', why: 'resolved' }
  if (by === 'agent') return phrase('log.resolved', locale, { agent: agents.find(({ id }) => id === agent)?.name, why: code })
  return phrase(`closed.${why}`, locale)
}
