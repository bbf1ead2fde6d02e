// What the pipeline knows of the router. Pure: who answers, in which order, at which place, and why.
import type { Presence } from '#core/event.ts'

export type Priority = 'low' | 'normal' | 'high' | 'urgent'
/** The lower goes first. */
export const rank: Record<Priority, number> = { urgent: 0, high: 1, normal: 2, low: 3 }
/** Talk, or what is answered when there is time for it: each may have places of its own. */
export type Kind = 'chat' | 'async'
/** auto: given at once; offer: one is asked after the other; broadcast: all who are able are asked; claim: agents take it themselves. */
export type Mode = 'auto' | 'offer' | 'broadcast' | 'claim'

export interface RoutableAgent {
  id: string
  /** Skill → level. */
  skills: ReadonlyMap<string, number>
  /** Absent: every language. */
  languages?: readonly string[]
  team?: string
  presence: Presence
  /** Not here, though their own word was that they are: no sign of life for long, or their tool shows them away. */
  quiet?: boolean
  /** Outside a shift nobody is given anything. */
  offShift?: boolean
  /** How many conversations at once, together or of each kind; `load` is how many now. */
  capacity: number | Record<Kind, number>
  load: Record<Kind, number>
  /** When the agent last got a conversation: the longest idle of the least loaded comes first. */
  lastAssignedAt: Date | null
  /** Helps out: may be given anybody's conversation, whatever it asks for. */
  overflow?: boolean
}

export interface Wish {
  id: string
  level: number
  /** Looked for so long, then dropped. */
  seconds: number
}

/** Who helps out after so long in the queue: a team's people, or those who have another skill. */
export interface Overflow {
  team?: string
  skill?: string
  seconds: number
}

export interface Waiting {
  conversation: string
  skill: string | null
  /** Agents need the skill at least so well. */
  level?: number
  /** Skills that are looked for as well, each for a time. */
  wishes?: readonly Wish[]
  /** The customer's language, and how long it is looked for. */
  language?: { id: string; seconds: number }
  teams?: readonly string[]
  overflow?: readonly Overflow[]
  kind?: Kind
  mode?: Mode
  priority: Priority
  vip?: boolean
  queuedAt: Date
  /** Agents who gave it back: it goes to somebody else. */
  not?: readonly string[]
  /** Agents who let it lie: they come after all others. */
  missed?: readonly string[]
  /** Who served the customer last. */
  last?: string
  /** Who is being asked about it right now. */
  asked?: readonly string[]
}

/**
 * Why somebody still waits: what keeps the agent who is nearest to it. `skill`, `level`, `team`, `language`, `wish`: nobody has it.
 * `declined`: those who could gave it back. `away`, `quiet`, `shift`, `full`: those who could are not here (by their own word, or without one),
 * off, or busy.
 */
export type Hindrance =
  | 'skill'
  | 'level'
  | 'team'
  | 'language'
  | 'wish'
  | 'declined'
  | 'away'
  | 'quiet'
  | 'shift'
  | 'full'
  | 'asked'
  | 'claim'

/** Those that are the agent's own, whoever is here and has room. */
export type Lack = Extract<Hindrance, 'skill' | 'level' | 'team' | 'language' | 'wish'>

export interface WaitingWhy {
  reason: Hindrance
  /** How many agents are kept by what. */
  counts: Partial<Record<Hindrance, number>>
}

/** Why this agent: of how many who could and had room, and what spoke for them. */
export interface ChoiceWhy {
  /** Who could, whether or not they had room, and those who had. */
  able: number
  free: number
  /** Served the customer before. */
  last?: true
  /** Helps out: it is not their own work. */
  helps?: true
  /** Had let this one lie before. */
  again?: true
  level?: number
  /** How many conversations they had. */
  load: number
  /** What is not looked for any more. */
  dropped?: string[]
}

export interface Placed extends Waiting {
  /** 1 = next, counted among those whom the same agents could serve. */
  place: number
  /** Expected wait, or undefined when nothing is known to estimate from. */
  minutes?: number
  why: WaitingWhy
}

/** What is known of how long conversations take, newest last. */
export interface ServiceHistory {
  /** Minutes from assignment to resolution. */
  handlingMinutes: number[]
}

export interface Plan {
  /** Whom to give what, in the order of the queue. Each agent stays within capacity when all are carried out. */
  assignments: { conversation: string; agent: string; why: ChoiceWhy }[]
  /** Whom to ask about what. They still wait, and stand in `queue`, too. */
  offers: { conversation: string; agents: string[]; why: ChoiceWhy }[]
  /** Who was being asked and should be no more: nobody of them is there any longer. */
  withdrawn: string[]
  /** Everybody who still waits, in the order in which they will be served. */
  queue: Placed[]
}

export type Route = (waiting: Waiting[], agents: RoutableAgent[], history: ServiceHistory, now: Date) => Plan
