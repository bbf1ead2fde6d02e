// How a conversation is sorted: by tags, by how urgent it is.
import { phrase } from '#core/phrases.ts'
import type { Command } from '#handoff/commands.ts'
import type { Draft } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { type Acting, announce, localeOf } from './acting.ts'
import { settleClocks } from './clocks.ts'
import { audit, redraw } from './draft.ts'
import type { House } from './house.ts'

const MOST_TAGS = 50
const TAG_MAX = 40

/** New tags are the conversation's; what is taken off is taken off the customer, too, whose tags the card shows beside them. */
export function tag(acting: Acting, { add, remove }: Extract<Command, { name: 'tag' }>, house: House): EventResult {
  const { draft, agent } = acting
  const { conversation, customer } = draft
  const without = (tags: string[]) => tags.filter((one) => !remove.includes(one))
  const added = add.map((one) => [...one].slice(0, TAG_MAX).join('')).filter((one) => !shownTags(draft).includes(one))
  const removed = remove.filter((one) => shownTags(draft).includes(one))
  if (added.length + removed.length > 0) {
    if (customer.tags.some((one) => removed.includes(one))) {
      customer.tags = without(customer.tags)
      draft.changesCustomer = true
    }
    conversation.tags = without([...conversation.tags, ...added]).slice(0, MOST_TAGS)
    audit(draft, house, 'conversation.tagged', { kind: 'agent', id: agent.id }, { conversation: added, customer: [], remove: removed })
    redraw(draft, house)
  }
  return { ok: true, message: phrase('whisper.tags', localeOf(acting, house), { tags: shownTags(draft) }) }
}

/** The customer's own, and the conversation's. */
export function shownTags({ customer, conversation }: Draft): string[] {
  return [...new Set([...customer.tags, ...conversation.tags])]
}

/** The queue is sorted anew with the next pass of the router, which this asks for. */
export function prioritize(acting: Acting, { level }: Extract<Command, { name: 'priority' }>, house: House): EventResult {
  const { draft, agent } = acting
  const { conversation } = draft
  const message = phrase('whisper.priority', localeOf(acting, house), { priority: phrase(`priority.${level}`, localeOf(acting, house)) })
  if (conversation.priority === level) return { ok: true, message }
  const before = conversation.priority
  settleClocks(draft, house)
  conversation.priority = level
  draft.reroute = true
  audit(draft, house, 'conversation.prioritized', { kind: 'agent', id: agent.id }, { priority: level, before })
  announce(draft, house, (locale) => phrase('log.priority', locale, { agent: agent.name, priority: phrase(`priority.${level}`, locale) }))
  redraw(draft, house)
  return { ok: true, message }
}
