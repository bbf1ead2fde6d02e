// The customer's word on how it was: asked when a person resolves, taken as a press or as a bare digit.
import type { BotState } from '#bot/contract.ts'
import type { Inbound } from '#core/event.ts'
import { type Button, type Locale, plainText } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { ConversationRow, Draft } from '#store/rows.ts'
import { audit, redraw, say } from './draft.ts'
import type { House } from './house.ts'

const SCORES = [1, 2, 3, 4, 5] as const

/** Says good-bye and asks for a rating in one message: channels count messages. */
export function askRating(draft: Draft, house: House, cause: string): void {
  const { conversation } = draft
  const buttons = scores(conversation.locale)
  const text = `${phrase('conversation.resolved', conversation.locale)}\n${phrase('rating.ask', conversation.locale)}`
  conversation.csatAskedAt = house.clock.now()
  conversation.csatScore = null
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
    if (byBot) draft.conversation.csatAskedAt = null
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
