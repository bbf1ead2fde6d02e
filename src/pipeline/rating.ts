// The customer's word on how it was: asked when a person resolves, taken as a press or as a bare digit.
import type { BotState } from '#bot/contract.ts'
import { wantsPerson } from '#bot/intents.ts'
import type { Inbound } from '#core/event.ts'
import { type Button, type Locale, plainText } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { ConversationRow, Draft } from '#store/rows.ts'
import { audit, redraw, say } from './draft.ts'
import type { House } from './house.ts'

const SCORES = [1, 2, 3, 4, 5] as const
/** Up to here customers are asked what was wrong. */
const LOW = 2

/** Says good-bye and asks for a rating in one message: channels count messages. */
export function askRating(draft: Draft, house: House, cause: string): void {
  const { conversation } = draft
  const buttons = scores(conversation.locale)
  const text = `${phrase('conversation.resolved', conversation.locale)}\n${phrase('rating.ask', conversation.locale)}`
  conversation.csatAskedAt = house.clock.now()
  conversation.csatScore = null
  conversation.csatComment = null
  say(draft, 'system', [{ type: 'buttons', text, buttons }], house, cause, { closing: true })
}

/** A flow asks how it was; the bot goes on, and a press, or a digit that means nothing else, is the answer. */
export function askBotRating(draft: Draft, text: string, house: House, cause: string): void {
  const { conversation } = draft
  conversation.csatAskedAt = house.clock.now()
  conversation.csatScore = null
  say(draft, 'bot', [{ type: 'buttons', text, buttons: scores(conversation.locale) }], house, `${cause}:rate`)
}

function scores(locale: Locale): Button[] {
  return SCORES.map((score) => ({ id: `rate:${score}`, label: phrase(`rating.${score}`, locale) }))
}

/** While the bot talks, a digit may be a choice of its own. */
function isBotAsking({ botState }: ConversationRow): boolean {
  const { choices, flow } = botState as BotState
  return choices !== undefined || (flow !== undefined && flow.pending === undefined)
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
  if (!conversation?.csatAskedAt || (conversation.status !== 'resolved' && conversation.status !== 'bot')) return undefined
  const byBot = conversation.status === 'bot'
  if (byBot && event.type === 'message' && isBotAsking(conversation)) return undefined
  const given = event.type === 'press' ? /^rate:([1-5])$/.exec(event.buttonId) : /^\s*([1-5])\s*$/.exec(digits(plainText(event.parts)))
  if (!given) return undefined
  const score = Number(given[1])
  return (draft, cause) => {
    draft.conversation.csatScore = score
    // Once more, where it was low: what was wrong.
    draft.conversation.csatAskedAt = byBot ? null : house.clock.now()
    audit(draft, house, 'csat.submitted', { kind: 'customer', id: draft.customer.id }, { score, agent: conversation.agentId })
    draft.conversation.csatComment = null
    const words = phrase(score > LOW ? 'rating.thanks' : byBot ? 'rating.low' : 'rating.low_why', draft.conversation.locale)
    say(draft, 'system', [{ type: 'text', text: words }], house, cause)
    redraw(draft, house)
  }
}

/** Words after a low score, soon after it: what was wrong. They open nothing again. */
const COMMENT_MS = 30 * 60_000

export function comment(
  conversation: ConversationRow | undefined,
  event: Extract<Inbound, { type: 'message' | 'press' }>,
  house: House,
): ((draft: Draft, cause: string) => void) | undefined {
  if (event.type !== 'message' || conversation?.status !== 'resolved' || conversation.csatComment !== null) return undefined
  const { csatAskedAt, csatScore } = conversation
  if (!csatAskedAt || csatScore === null || csatScore > LOW) return undefined
  if (house.clock.now().getTime() - csatAskedAt.getTime() > COMMENT_MS) return undefined
  const text = plainText(event.parts).trim()
  // A question, or a wish for a person, is no comment: it opens the conversation as ever. What somebody says of a person is one.
  if (text === '' || /[?？]\s*$/.test(text) || wantsPerson(text)) return undefined
  return (draft, cause) => {
    draft.conversation.csatComment = text.slice(0, 1_000)
    audit(draft, house, 'csat.commented', { kind: 'customer', id: draft.customer.id }, { score: csatScore, agent: conversation.agentId })
    say(draft, 'system', [{ type: 'text', text: phrase('rating.comment_thanks', draft.conversation.locale) }], house, cause)
    redraw(draft, house)
  }
}

/** Full-width digits are digits. */
function digits(text: string): string {
  return text.normalize('NFKC')
}
