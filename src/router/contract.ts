// What the pipeline knows of the router. Pure: who answers, in which order, at which place.
import type { Presence } from '#core/event.ts'

export type Priority = 'low' | 'normal' | 'high' | 'urgent'

export interface RoutableAgent {
  id: string
  skills: string[]
  presence: Presence
  /** How many conversations at once; `load` is how many now. */
  capacity: number
  load: number
  /** When the agent last got a conversation: the longest idle of the least loaded comes first. */
  lastAssignedAt: Date | null
  /** Helps out: may be given anybody's conversation, whatever skill it asks for. */
  overflow?: boolean
}

export interface Waiting {
  conversation: string
  skill: string | null
  priority: Priority
  queuedAt: Date
  /** Agents who gave it back: it goes to somebody else. */
  not?: string[]
}

export interface Placed extends Waiting {
  /** 1 = next, counted among those whom the same agents could serve. */
  place: number
  /** Expected wait, or undefined when nothing is known to estimate from. */
  minutes?: number
}

/** What is known of how long conversations take, newest last. */
export interface ServiceHistory {
  /** Minutes from assignment to resolution. */
  handlingMinutes: number[]
}

export interface Plan {
  /** Whom to give what, in the order of the queue. Each agent stays within capacity when all are carried out. */
  assignments: { conversation: string; agent: string }[]
  /** Everybody who still waits, in the order in which they will be served. */
  queue: Placed[]
}

export type Route = (waiting: Waiting[], agents: RoutableAgent[], history: ServiceHistory, now: Date) => Plan
