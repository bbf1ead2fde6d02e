// What the pipeline needs to know of the house, as one immutable value: a reload makes a new one, nobody sees half of each.
import type { Bot } from '#bot/contract.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { Clock } from '#core/clock.ts'
import type { Makes } from '#core/convert.ts'
import type { Calendar } from '#core/hours.ts'
import type { Locale, MediaRef, Text } from '#core/message.ts'
import type { Redact, Role } from '#core/redact.ts'
import type { SendPolicy } from '#handoff/policy.ts'
import type { Library } from '#knowledge/contract.ts'
import type { Route } from '#router/contract.ts'
import type { Service } from './service.ts'

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
  desks: Map<string, DeskSeen>
  /** Whose words reach the customer, and how long they may be taken back. */
  sending: Sending
  /** Desks that read the store themselves. */
  readers: Set<string>
  /** By desk, the console included: the roles that see customers' addresses and numbers in full. Absent: all do. */
  contactsFor?: ReadonlyMap<string, readonly Role[]>
  service: Service
  routing: Routing
  /** What the file says of skills and agents beyond their names. Agents added in the console have no entry: they are plain. */
  staffing: Staffing
  surge: Surge
  /** Events that were worked on are deleted after so long. */
  keepEventsDays: number
  /** Desks whose tool has failed for minutes. */
  down: ReadonlySet<string>
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
  /** What can be made of files before they leave. */
  makes?: Makes
  /** Where agents find a conversation; undefined without a public address. */
  consoleUrl(conversation: string): string | undefined
}

export interface DeskSeen {
  type: string
  title: Text
  locale: Locale
  /** Nobody but us makes its threads. */
  ownThreads?: true
  /** Questions and lists may have buttons. */
  buttons?: boolean
  /** Words there may be underway for long, and their writers know it (mail). */
  slow?: true
  /** So long words wait for more: each message there costs somebody's attention. */
  gatherMs?: number
  /** It shows what became of an agent's words. */
  marks?: boolean
  /** What this tool need not see is cut; the store and the console keep it. */
  redact?: Redact
}

export interface Sending {
  /** Of the skill; of no skill, or one that says nothing. */
  policies: ReadonlyMap<string, SendPolicy>
  policy: SendPolicy
  undoMs: number
  /** So long a question about held words stands; then they stay a note. */
  heldMs: number
  /** What was written in a tool so long before we heard of it is not sent unasked. */
  lateMs: number
  /** So long a tool must fail until its conversations are shown elsewhere. */
  downMs: number
}

/** What people see of a skill: its name, or what flows call it. */
export function skillName({ staffing }: Pick<House, 'staffing'>, id: string): string {
  return staffing.skills.get(id)?.name ?? id
}

/** The channel takes so few messages after each of the customer's that ours are for what matters. */
export function isCounted(house: House, channelId: string): boolean {
  return house.channels.get(channelId)?.capabilities.window?.messages !== undefined
}

/** Do the customers of this channel not sit and wait? So with mail. */
export function isAsync({ channels, routing }: House, channelId: string): boolean {
  const type = channels.get(channelId)?.type
  return routing.async.includes(channelId) || (type !== undefined && routing.async.includes(type))
}

/** Each word of ours is one of few, or a mail in somebody's inbox: only what matters is said. */
export function isSparing(house: House, channelId: string): boolean {
  return isCounted(house, channelId) || isAsync(house, channelId)
}

export type Mode = 'auto' | 'claim' | 'offer' | 'broadcast'

export interface Routing {
  /** auto, offer, broadcast: agents are given conversations, asked one by one, or asked all at once; claim: they take them. */
  mode: Mode
  offerSeconds: number
  /** Misses in a row that pause an agent; 0: never. */
  missesBeforePause: number
  /** Who was given a conversation and says nothing so long loses it; 0: never. */
  leaseMinutes: { chat: number; async: number }
  /** How long the customer's language is looked for. */
  languageSeconds: number | 'never'
  lastAgentDays: number
  vip: { tags: string[]; priority: 'normal' | 'high' | 'urgent' }
  /** Channels, by id or type, whose customers do not sit and wait. */
  async: string[]
  presenceMinutes: number
  reopenHours: number
}

export interface Staffing {
  skills: ReadonlyMap<string, SkillRules>
  people: ReadonlyMap<string, Person>
  teams: ReadonlyMap<string, { name?: string }>
}

/** What a skill asks for. */
export interface SkillRules {
  /** What people see. */
  name?: string
  /** The only desks that see its conversations; absent: all. */
  desks?: string[]
  /** Agents need it at least so well. */
  level: number
  /** Looked for as well, for so long. */
  wishes: { id: string; level: number; seconds: number }[]
  teams?: string[]
  /** Who helps out after so long. */
  overflow: { team?: string; skill?: string; seconds: number }[]
  mode?: Mode
  offerSeconds?: number
}

export interface Person {
  /** Skill → level. */
  levels: ReadonlyMap<string, number>
  languages?: Locale[]
  team?: string
  /** Places of each kind; a number: so many together. */
  capacity: number | { chat: number; async: number }
  /** Absent: always. */
  shifts?: Calendar
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
