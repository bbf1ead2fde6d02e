// An agent at work: who, where, on what; and what every command asks and says.
import type { DeskEvent } from '#core/event.ts'
import type { Button, Locale } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { type Intent, intentOf } from '#handoff/policy.ts'
import type { AgentRow, ConversationRow, Draft, MessageRow } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { followers, toDesk } from './draft.ts'
import type { House } from './house.ts'
import type { Looked } from './look.ts'

export interface Acting {
  draft: Draft
  agent: AgentRow
  deskId: string
  event: DeskEvent
  eventId: string
  receivedAt: Date
  target: MessageRow | undefined
  /** The customer has nothing of it yet. */
  unsent?: boolean
  /** The customer's open conversation, where this one is resolved: an address has one at a time. */
  beside?: ConversationRow
  /** What the command asks the store for. */
  looked?: Looked
  /** What may be done about the answer; set by the command. */
  buttons?: Button[]
}

/** The owner may, whether it is put off or not; so may a supervisor, whoever owns it. */
export function mayChange({ draft, agent }: Pick<Acting, 'draft' | 'agent'>): boolean {
  const { status, agentId } = draft.conversation
  return ((status === 'assigned' || status === 'snoozed') && agentId === agent.id) || agent.role !== 'agent'
}

export function notYours(acting: Acting, house: House): EventResult {
  return refuse('not_yours', phrase('whisper.not_yours', localeOf(acting, house)))
}

export function refuse(code: string, message: string): EventResult {
  return { ok: false, code, message }
}

export function localeOf({ deskId }: Pick<Acting, 'deskId'>, house: House): Locale {
  return house.desks.get(deskId)?.locale ?? house.locale
}

/** What somebody's words in a tool are meant to be: by the policy of the conversation's skill, by whom they address, by our grammar. */
export function meantBy({ draft, deskId }: Pick<Acting, 'draft' | 'deskId'>, text: string, house: House): Intent {
  // In the console agents say by a switch whom they write to.
  if (house.readers.has(deskId)) return intentOf(text, 'claimer', [])
  const { policies, policy } = house.sending
  const { skill } = draft.conversation
  const names = draft.agents.flatMap(({ id, name, publicName }) => [id, name, publicName])
  return intentOf(text, (skill === null ? undefined : policies.get(skill)) ?? policy, names)
}

/** A line that every desk's thread shows in its own language, and no customer sees. */
export function announce(draft: Draft, house: House, words: (locale: Locale) => string): void {
  for (const deskId of followers(draft, house)) {
    const locale = house.desks.get(deskId)?.locale ?? house.locale
    const name = phrase('author.system', locale)
    toDesk(draft, house, deskId, 'post', { author: 'system', name, parts: [{ type: 'text', text: words(locale) }] })
  }
}

/** A time as the house's clocks show it: 'Thu 26 Nov, 09:00', '11月26日周四 09:00'. */
export function shownTime(at: Date, house: Pick<House, 'timezone'>, locale: Locale): string {
  const form = { month: 'short', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  return new Intl.DateTimeFormat(locale === 'zh' ? 'zh-CN' : 'en-GB', { ...form, timeZone: house.timezone ?? 'UTC' }).format(at)
}

export function shownDay(at: Date, house: Pick<House, 'timezone'>, locale: Locale): string {
  const form = { year: 'numeric', month: 'short', day: 'numeric' } as const
  return new Intl.DateTimeFormat(locale === 'zh' ? 'zh-CN' : 'en-GB', { ...form, timeZone: house.timezone ?? 'UTC' }).format(at)
}
