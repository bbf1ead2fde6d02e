// The customer's word on how it was: asked when a person resolves, taken as a press or as a bare digit.
import type { Inbound } from '#core/event.ts'
import { type Button, plainText } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { ConversationRow, Draft } from '#store/rows.ts'
import { audit, redraw, say } from './draft.ts'
import type { House } from './house.ts'

const SCORES = [1, 2, 3, 4, 5] as const

/** Says good-bye and asks for a rating in one message: channels count messages. */
export function askRating(draft: Draft, house: House, cause: string): void {
  const { conversation } = draft
  const buttons: Button[] = SCORES.map((score) => ({ id: `rate:${score}`, label: phrase(`rating.${score}`, conversation.locale) }))
  const text = `${phrase('conversation.resolved', conversation.locale)}\n${phrase('rating.ask', conversation.locale)}`
  conversation.csatAskedAt = house.clock.now()
  conversation.csatScore = null
  say(draft, 'system', [{ type: 'buttons', text, buttons }], house, cause, { closing: true })
}

/**
 * Is this event a rating of that conversation? Then the function that records it. A rating opens nothing again, counts once
 * for each time it was asked, and may be changed while the conversation stays closed.
 */
export function rate(
  conversation: ConversationRow | undefined,
  event: Extract<Inbound, { type: 'message' | 'press' }>,
  house: House,
): ((draft: Draft, cause: string) => void) | undefined {
  if (!conversation?.csatAskedAt || conversation.status !== 'resolved') return undefined
  const given = event.type === 'press' ? /^rate:([1-5])$/.exec(event.buttonId) : /^\s*([1-5])\s*$/.exec(digits(plainText(event.parts)))
  if (!given) return undefined
  const score = Number(given[1])
  return (draft, cause) => {
    draft.conversation.csatScore = score
    audit(draft, house, 'csat.submitted', { kind: 'customer', id: draft.customer.id }, { score, agent: conversation.agentId })
    const words = phrase(score <= 2 ? 'rating.low' : 'rating.thanks', draft.conversation.locale)
    say(draft, 'system', [{ type: 'text', text: words }], house, cause)
    redraw(draft, house)
  }
}

/** Full-width digits are digits. */
function digits(text: string): string {
  return text.normalize('NFKC')
}
