// What the pipeline needs to know of the house, as one immutable value: a reload makes a new one, nobody sees half of each.
import type { Bot } from '#bot/contract.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { Clock } from '#core/clock.ts'
import type { Locale, MediaRef, Text } from '#core/message.ts'
import type { Library } from '#knowledge/contract.ts'
import type { Route } from '#router/contract.ts'

export interface House {
  clock: Clock
  bot: Bot
  route: Route
  brand: { name: string }
  /** The language of a customer of whom nothing is known, and of desks that name none. */
  locale: Locale
  skills: string[]
  channels: Map<string, { type: string; title: Text; capabilities: Capabilities }>
  /** Desks in which threads are opened. The console is not among them: it reads the store itself. */
  desks: Map<string, { type: string; title: Text; locale: Locale; skills: string[]; buttons?: boolean }>
  /** Desks that read the store themselves. */
  readers: Set<string>
  routing: { mode: 'auto' | 'claim'; presenceMinutes: number; reopenHours: number }
  surge: Surge
  /** A surge is on. */
  surging: boolean
  /** Canned replies and articles. */
  library?: Library
  /** In which agents mean their times; UTC when absent. */
  timezone?: string
  /** How much each FAQ entry is asked lately. */
  asked?: ReadonlyMap<string, number>
  /** Whether an assistant can be asked at this moment, when, and how long it is waited for. */
  assistant?(): { when: 'unsure' | 'unknown'; timeoutMs: number } | undefined
  /** After a restore: what follows from events received until then may have gone out already, and is held. */
  restoredUntil?: Date
  /** A signed link to an attachment; undefined without a public address. */
  link(ref: MediaRef): string | undefined
  /** Where agents find a conversation; undefined without a public address. */
  consoleUrl(conversation: string): string | undefined
}

/** The channel takes so few messages after each of the customer's that ours are for what matters. */
export function isCounted(house: House, channelId: string): boolean {
  return house.channels.get(channelId)?.capabilities.window?.messages !== undefined
}

/** What happens when more comes than people can answer, or than the machine can work on. */
export interface Surge {
  /** Events that may wait to be worked on; beyond, callers are asked to come again. */
  backlog: number
  /** Where a surge begins; absent: there is none. */
  waiting?: number
  perMinute?: number
  calmMinutes: number
  /** Skills whose agents then may be given anybody's conversation. */
  overflow: string[]
  /** The bot then keeps what it has, unless a customer asks for a person; new customers are told. */
  bot: boolean
}

/** Where the conversations of an address stand in line: events of one lane are worked on in order. */
export function laneOf(channelId: string, user: string, thread = ''): string {
  return JSON.stringify([channelId, user, thread])
}
