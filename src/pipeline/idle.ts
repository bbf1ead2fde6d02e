// A conversation in which nobody says anything: asked about, then ended. What the store found is looked at again under the lock.
import type { BotState } from '#bot/contract.ts'
import type { Button } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { idleStep } from '#router/idle.ts'
import type { ConversationRow, Draft } from '#store/rows.ts'
import { end } from './close.ts'
import { audit, say } from './draft.ts'
import { calendarOf } from './hours.ts'
import { type House, isCounted } from './house.ts'

type Quiet = Pick<ConversationRow, 'status' | 'clocks' | 'lastMessageAt' | 'botState' | 'channelId' | 'skill'>

export function idleNow(conversation: Quiet, house: House): ReturnType<typeof idleStep> {
  const { status, clocks, lastMessageAt, botState, channelId, skill } = conversation
  const { promised, flow } = botState as BotState
  const isOwed = promised !== undefined || flow?.pending !== undefined
  const quiet = { status, clocks, lastMessageAt, isOwed, isCounted: isCounted(house, channelId) }
  return idleStep(quiet, house.service.idle, calendarOf(house, skill), house.clock.now())
}

/** True when something changed. */
export function grow(draft: Draft, house: House, cause: string): boolean {
  const { conversation } = draft
  const step = idleNow(conversation, house)
  if (step === 'ask' && conversation.clocks) {
    const text = phrase('conversation.idle', conversation.locale)
    const buttons: Button[] = [{ id: DONE, label: phrase('conversation.idle_done', conversation.locale) }]
    say(draft, 'system', [{ type: 'buttons', text, buttons }], house, cause)
    conversation.clocks = { ...conversation.clocks, askedAt: house.clock.now().toISOString() }
    audit(draft, house, 'conversation.asked_idle', { kind: 'system' })
  }
  if (step === 'close') {
    const isTalk = conversation.status === 'bot'
    const words = isTalk ? 'none' : house.service.idle.rating ? 'rating' : 'goodbye'
    end(draft, { by: 'system', why: 'idle' }, house, { cause, words })
  }
  return step !== undefined
}

/** The button that says: nothing else. */
export const DONE = 'idle:done'
