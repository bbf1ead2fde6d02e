// What the pipeline knows of the bot. The bot is pure: same config, state, input and context give the same turn.
import type { Origin } from '#core/event.ts'
import type { Button, Locale, Part } from '#core/message.ts'
import type { MatcherEntry } from './faq.ts'

/** Where a flow stands: ids, not positions, so that an edited file can still find its step. */
export interface Standing {
  id: string
  step: string
  tries: number
  vars: Record<string, string>
  /** It waits for a webhook or for time to pass, and not for the customer: the key of that effect. */
  pending?: string
  /** What it waits for is a webhook. */
  calling?: true
}

/** Kept with the conversation as JSON. Unknown or older shapes are read leniently: a conversation never breaks on a reload. */
export interface BotState {
  /** Questions in a row that it could not answer. */
  misses?: number
  /** The buttons offered last, so that `2`, a label or a press find their meaning on channels without buttons. */
  choices?: Button[]
  flow?: Standing
  /** A flow that the customer left for another question, and may come back to. */
  paused?: Standing
  /** What was tried so far, for the card: titles of the FAQ entries answered and questions missed, newest last, at most ten. */
  tried?: string[]
  /** Ids of the entries that were answered, newest last, at most ten: who asks the same again and again needs a person. */
  answered?: string[]
  /** What the customer told in flows, by name. */
  collected?: Record<string, string>
  /** Came back from people: who the customer is sends it to them no second time. */
  returned?: boolean
  /** The last turn only offered questions. */
  suggested?: boolean
  /** The flow was begun again because its step was gone. */
  restarted?: boolean
  /** Where the customer came from; the pipeline's, and kept by it. */
  origin?: Origin
  /** People are to get it when they open: why; the pipeline's, and kept by it. */
  promised?: HandoffEffect
  /** The assistant was asked what this means, and has not answered yet. */
  asking?: { key: string; text: string }
  /** What the customer wrote under this number has no answer of the agent's yet; the pipeline's. */
  owed?: number
}

export type BotInput =
  /** The customer came without words yet (`/start`, a follow): greet. */
  | { type: 'arrive' }
  | { type: 'message'; parts: Part[] }
  | { type: 'press'; id: string; label?: string }
  /** What came of a call; `why` is for people to read. */
  | { type: 'called'; key: string; answer: { ok: true; data: unknown } | { ok: false; why: string } }
  /** The time of a wait is over, or that of a call. */
  | { type: 'due'; key: string }

export interface BotContext {
  now: Date
  /** Names this turn: with it, keys of effects are never made twice. */
  turn?: string
  locale: Locale
  channel: { id: string; type: string }
  visitor: 'new' | 'returning'
  customer: { name?: string; tags?: readonly string[] }
  /** Of the conversation. */
  tags?: readonly string[]
  origin?: Origin
  brand: { name: string }
  /** A greeting already stands in this conversation. */
  greeted: boolean
  /** How often each entry was asked lately, by id. */
  asked?: ReadonlyMap<string, number>
  /** It can be asked what the bot does not know by itself. */
  assistant?: { when: 'unsure' | 'unknown'; timeoutMs: number }
}

export type HandoffReason =
  | 'asked'
  | 'misses'
  | 'unsure'
  | 'repeated'
  | 'anger'
  | 'topic'
  | 'words'
  | 'customer'
  /** The flow says so, or it could not go on. */
  | 'flow'
  | 'failed'

/** `skill` is one of frontdesk.yaml's; absent: the first of them. The words about queue and hours are the pipeline's. */
export interface HandoffEffect {
  type: 'handoff'
  reason: HandoffReason
  skill?: string
  priority?: 'low' | 'normal' | 'high' | 'urgent'
  note?: string
  /** What the flow learnt from the customer, by name. */
  collected?: Record<string, string>
}

/** Asks a webhook of ours. Its answer, or that none came in time, is the input `called` or `due` with the same key. */
export interface CallEffect {
  type: 'call'
  key: string
  webhook: string
  flow: string
  with: Record<string, string>
  timeoutMs: number
}

/** Asks the assistant. Its answer (`Assisted`), or that none came in time, is the input `called` or `due` with the same key. */
export interface AssistEffect {
  type: 'assist'
  key: string
  question: string
  /** What the bot itself thinks of, best first. */
  ranked: string[]
  timeoutMs: number
}

/** What an assistant says, as far as it can be understood: ids of entries, or words made of entries that it names. */
export interface Assisted {
  entry?: string
  suggest?: string[]
  answer?: { text: string; cites: string[] }
}

/** An entry of the FAQ, or a flow that a question can begin, as an assistant is told of it. */
export interface KnownEntry {
  id: string
  title: string
  phrases: readonly string[]
  /** What is answered, plain; empty for a flow. */
  text: string
}

export type BotEffect =
  | { type: 'say'; parts: Part[] }
  | HandoffEffect
  | CallEffect
  | AssistEffect
  /** The input `due` with this key comes after so long. */
  | { type: 'wait'; key: string; ms: number }
  | { type: 'tag'; conversation: string[]; customer: string[]; remove: string[] }
  /** Asks for a rating with these words. */
  | { type: 'rate'; text: string }
  /** An entry was answered: for the list of what is asked most. */
  | { type: 'answered'; entry: string }

export interface BotTurn {
  state: BotState
  /** In order. Empty only when there is nothing to say at all (a sticker in the middle of nothing is still answered). */
  effects: BotEffect[]
}

/** How a conversation comes back from people, and what they get when they are away. */
export interface WayBack {
  closed: 'queue' | 'bot'
  /** Nobody took it for so long. */
  queueMs?: number
  /** The agent was silent for so long. */
  silentMs?: number
  silentTo: 'queue' | 'bot'
}

export interface Bot {
  /** The greeting for a visitor who has not typed yet. */
  greet(context: BotContext): Part[]
  /** The questions asked most (the config's order until use is counted), as buttons `faq:<id>`; at most `count`. */
  questions(context: BotContext, count: number): Button[]
  turn(state: BotState, input: BotInput, context: BotContext): BotTurn
  /** All that it can answer, for an assistant; in the file's language unless another is asked for. */
  knowledge(locale?: Locale): KnownEntry[]
  /** Are the config's default hours open at `now`; and when do they open next, if they are closed and ever open: '周一 09:00'. */
  hours(now: Date, locale?: Locale): { open: boolean; opensAt?: Date; text?: string }
  back: WayBack
  /** Is use counted? The admin may want the questions as they stand in the file. */
  counts: boolean
}

/** What the bot can be trained on. */
export interface Lesson {
  /** Undefined where there is too little to learn. */
  entries?: MatcherEntry[]
  /** Of the phrases and of this version's way to learn: what was learnt under another is of no use. */
  fingerprint: string
  /** The bot with what was learnt; undefined when the bytes are of no use. */
  trained(model: Uint8Array): Bot | undefined
}
