// How the house itself is, in the console's protocol: what it is connected with, and what needs attention. Types only.
import type { ConsoleMessage } from './protocol.ts'

export interface Connection {
  id: string
  type: string
  title: string
  state: string
  detail?: string
  account?: string
  /** Left alone until then: its platform asked for it, or it fails again and again. What is to go there waits. */
  resting?: { until: string; reason: string }
  /** A desk that failed for minutes: its conversations are shown in the next one. */
  down?: { since: string; why: string }
}

/** A feed of opening hours. */
export interface FeedHealth {
  calendar: string
  /** Its file, or its host. */
  feed: string
  /** When it was read last; absent: never yet. */
  readAt?: string
  /** It cannot be read: what it said last still holds. In the agent's language. */
  trouble?: { since: string; error: string; advice: string; nextAt: string }
}

export interface SystemState {
  channels: Connection[]
  desks: Connection[]
  feeds: FeedHealth[]
  /** Mistakes in the config files, each with its place: the config before them still serves. */
  problems: { place: string; message: string }[]
  /** The files name other channels, desks or places than those that are in use: they are read at the start. */
  restart: boolean
  deliveries: { pending: number } & Record<TroubleState, number>
  database: 'embedded' | 'postgresql'
}

/** `dead`: something that came in and could not be worked on; the others are deliveries. */
export type TroubleState = 'failed' | 'unknown' | 'held' | 'expired' | 'dead'

export interface TroubleTarget {
  /** A channel's or desk's. */
  id: string
  side: 'channel' | 'desk'
  type: string
  title: string
}

export interface TroubleItem {
  id: string
  state: TroubleState
  /** Where it was to go, or where it came from. */
  target: TroubleTarget
  customer?: { id: string; name: string }
  conversation?: string
  by: ConsoleMessage['author']
  /** One line of what it says; empty where it says nothing, such as the opening of a thread. */
  words: string
  /** What it does: `send`, `post`, `open` …, or for what came in `message`, `press` … */
  what: string
  reason?: string
  attempts: number
  /** The customer may have it already. */
  possiblyTwice?: true
  /** When it was said, and when it was given up. */
  at: string
  since?: string
}

export interface TroublePage {
  items: TroubleItem[]
  cursor?: string
  /** Of everything, whatever the filter. */
  counts: Record<TroubleState, number>
  targets: (TroubleTarget & { count: number })[]
}

/** `again`: send it, or work on it, once more. `drop`: give it up. What is no longer in trouble is passed over. */
export interface TroubleRequest {
  action: 'again' | 'drop'
  ids: string[]
}
export interface TroubleReply {
  done: number
}
