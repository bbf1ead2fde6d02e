// What stands in columns of JSON.
import type { DeskUser, Grant } from '#core/event.ts'
import type { Address, Author, Button, Part } from '#core/message.ts'

export interface Handoff {
  reason: string
  note?: string
  tried?: string[]
  /** What the customer told the bot, by name. */
  collected?: Record<string, string>
  /** Agents who gave it back. */
  not?: string[]
  /** Agents who let it lie: the others come first. */
  missed?: string[]
  /** Only this team, whatever the skill says: it was passed on to it. */
  team?: string
  /** Who is being asked whether they take it, and until when. */
  offer?: { to: string[]; until: string }
  /** Why it waits, as it was written down last. */
  waits?: string
  at: string
}

/** What people owe, as `router/terms.ts` keeps it. */
export interface Clocks {
  awaits: 'us' | 'customer'
  since: string
  clocks: {
    term: 'firstReply' | 'nextReply' | 'resolution'
    startedAt: string
    spentMs: number
    runsSince?: string
    warnedAt?: string
    breachedAt?: string
  }[]
  wakesAt?: string
  askedAt?: string
}

/** What somebody who waits wants, and where they want the answer. */
export interface Wait {
  choice?: 'stay' | 'message' | 'callback' | 'elsewhere'
  /** What is still asked of the customer. */
  asking?: 'phone' | 'email'
  contact?: { kind: 'phone' | 'email'; value: string }
  /** When the customer heard of the queue last. */
  toldAt?: string
  /** How often they were told only that they are not forgotten. */
  soothed?: number
  /** The choices that were shown, in their order: a number means one of them. */
  offered?: string[]
}

export interface Closing {
  by: 'agent' | 'customer' | 'bot' | 'system'
  why: 'resolved' | 'left' | 'idle' | 'ended'
  /** An agent's own word for it. */
  code?: string
  agent?: string
}

/**
 * `assigned`, `offered`, `claimed`, `declined`: to or by whom. `missed`: an offer ran out; `lapsed`: given, and never answered; `paused`: an
 * agent missed too much. `withdrawn`: who was asked is not here any more. `waiting`: why nobody has it.
 */
export type DecisionKind = 'assigned' | 'offered' | 'claimed' | 'declined' | 'missed' | 'lapsed' | 'paused' | 'withdrawn' | 'waiting'

/** The router's reasons, kept short: what is absent did not matter. */
export interface DecisionWhy {
  able?: number
  free?: number
  last?: true
  helps?: true
  again?: true
  level?: number
  load?: number
  dropped?: string[]
  /** Everybody who was asked, where it was more than one. */
  asked?: string[]
  reason?: string
  counts?: Record<string, number>
  place?: number
}
/** What an agent was shown to choose from. `token` tells this list from the one before: buttons of that mean nothing any more. */
export interface Shelf {
  token: string
  items: ShelfItem[]
}
export type ShelfItem = { article: string } | { macro: string; values: Record<string, string>; words: string }

export interface WebhookCall {
  /** Names the flow's wait: the answer comes back with it. */
  key: string
  body: string
  /** Where the answer's event stands in line. */
  lane: string
  until: string
  timeoutMs: number
}

export interface DeliveryPayload {
  /** Channel: where it goes. */
  to?: Address
  parts?: Part[]
  sender?: { name: string }
  /** Mail of the house's own. */
  subject?: string
  /** What the platform granted for these words. */
  grant?: Grant
  /** The last words of a conversation. */
  closing?: true
  /** Desk: whose words, as the thread shows them. */
  author?: Author
  name?: string
  /** Desk: the kind of channel that the customer writes on. */
  channel?: string
  /** Whisper: to whom, what, and which press it answers. */
  whom?: DeskUser
  text?: string
  buttons?: Button[]
  callback?: string
  thread?: string
  /** Whisper: its thread belongs to no conversation, and it says where the one may be that is meant. */
  astray?: true
  /** Offer: until when it stands. */
  until?: string
  /** Desk: the history up to here is what a new thread begins with. */
  untilSeq?: number
  /** Desk: a file that was not there when its words were shown. */
  late?: true
  /** Desk: shown together with the words of that delivery. */
  with?: string
  /** Channel: where in a desk it stands that an agent wrote this; what becomes of it is shown there. */
  tick?: { desk: string; target: string }
  /** Desk: at which message of an agent's a tick is shown. */
  target?: string
  /** Channel, `edit`: the new words as platform messages. */
  chunks?: Part[][]
  /** Webhook: what is asked, and until when an answer is of use. */
  call?: WebhookCall
  /** When a person last had it sent again (ISO): it waits as long as a new one from then on. */
  again?: string
}
