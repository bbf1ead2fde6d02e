// What the pipeline knows of the bot. The bot is pure: same config, state, input and context give the same turn.
import type { Button, Locale, Part } from '#core/message.ts'

/** Kept with the conversation as JSON. Unknown or older shapes are read leniently: a conversation never breaks on a reload. */
export interface BotState {
  /** Questions in a row that it could not answer. */
  misses?: number
  /** The buttons offered last, so that `2`, a label or a press find their meaning on channels without buttons. */
  choices?: Button[]
  /** Where a flow stands: ids, not positions, so that an edited file can still find its step. */
  flow?: { id: string; step: string; tries: number; vars: Record<string, string> }
  /** What was tried so far, for the card: titles of the FAQ entries answered and questions missed, newest last, at most ten. */
  tried?: string[]
  /** The last turn only offered questions. */
  suggested?: boolean
  /** The flow was begun again because its step was gone. */
  restarted?: boolean
}

export type BotInput =
  /** The customer came without words yet (`/start`, a follow): greet. */
  { type: 'arrive'; source?: string } | { type: 'message'; parts: Part[] } | { type: 'press'; id: string; label?: string }

export interface BotContext {
  now: Date
  locale: Locale
  channel: { id: string; type: string }
  visitor: 'new' | 'returning'
  customer: { name?: string; tags?: string[] }
  brand: { name: string }
  /** A greeting already stands in this conversation. */
  greeted: boolean
}

export type HandoffReason = 'asked' | 'misses' | 'flow'

export type BotEffect =
  | { type: 'say'; parts: Part[] }
  /** `skill` is one of frontdesk.yaml's; absent: the first of them. The words about queue and hours are the pipeline's. */
  | { type: 'handoff'; reason: HandoffReason; skill?: string; priority?: 'low' | 'normal' | 'high' | 'urgent'; note?: string }

export interface BotTurn {
  state: BotState
  /** In order. Empty only when there is nothing to say at all (a sticker in the middle of nothing is still answered). */
  effects: BotEffect[]
}

export interface Bot {
  /** The greeting for a visitor who has not typed yet. */
  greet(context: BotContext): Part[]
  /** The questions asked most (the config's order until use is counted), as buttons `faq:<id>`; at most `count`. */
  questions(context: BotContext, count: number): Button[]
  turn(state: BotState, input: BotInput, context: BotContext): BotTurn
  /** Are the config's default hours open at `now`; and when do they open next, if they are closed and ever open: '周一 09:00'. */
  hours(now: Date, locale?: Locale): { open: boolean; opensAt?: Date; text?: string }
}
