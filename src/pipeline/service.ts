// What the file says of hours, terms, ends and the words for those who wait.
import type { Calendar } from '#core/hours.ts'
import type { Priority } from '#router/contract.ts'

/** When people are there, how soon they answer, and when a conversation ends. */
export interface Service {
  /** Of frontdesk.yaml, with what their feeds say. */
  calendars: Readonly<Record<string, Calendar>>
  /** The calendar of each skill that has one of its own. */
  hours: ReadonlyMap<string, string>
  sla: readonly SlaRule[]
  idle: Idle
  queue: QueueWords
}

export interface SlaRule {
  skill?: string | undefined
  priority?: Priority | undefined
  firstReply?: number | undefined
  nextReply?: number | undefined
  resolution?: number | undefined
  /** The agent is warned when so much of the time is over. */
  warnAt: number
  /** The calendar it is counted in; `always`: day and night; absent: that of the skill. */
  hours?: string | undefined
}

export interface Idle {
  ask?: number | undefined
  close?: number | undefined
  bot?: number | undefined
  /** Count only open time. */
  hours: boolean
  left: boolean
  archive?: number | undefined
  rating: boolean
}

export interface QueueWords {
  place: boolean
  wait: boolean
  soothe: number
  choices: boolean
}
