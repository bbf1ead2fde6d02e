// What a customer's platform tells beside their words: what they changed or took back, that they left, what somebody answered there,
// what became of a message of ours.
import type { Inbound } from '#core/event.ts'
import type { Part } from '#core/message.ts'
import { inLocale, phrase } from '#core/phrases.ts'
import type { Draft } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { adopt } from './adopt.ts'
import { change, recall } from './amend.ts'
import { end } from './close.ts'
import type { CustomerScene } from './customer.ts'
import { audit, mirror, note, openDraft, record, sane } from './draft.ts'
import type { House } from './house.ts'
import { receiptOf } from './receipt.ts'

interface Turn {
  draft?: Draft
  result: EventResult
}

/** The customer changed or took back what they said: both versions are kept, and agents see it. */
export function amend(scene: CustomerScene, event: Extract<Inbound, { type: 'edit' | 'recall' }>, house: House): Turn {
  const { customer, conversation, target } = scene
  if (!customer || !conversation || !target)
    return { result: { ok: false, code: 'unknown_message', message: `no message ${event.target}` } }
  const draft = openDraft(customer, { ...conversation }, scene.threads, scene.agents)
  if (target.recalledAt) return { result: { ok: true } }
  if (event.type === 'recall') recall(draft, target, house)
  else change(draft, target, adopt(draft, event.parts, scene, house), house)
  return { draft, result: { ok: true } }
}

/** A line for the agents alone. */
function remark(draft: Draft, text: string, house: House): void {
  note(draft, draft.customer.name, { parts: [{ type: 'text', text }] }, house)
}

/** Changes the conversation at this address. Where there is none there is nothing to tell: the customer's own words will open one. */
function inConversation({ customer, conversation, threads, agents }: CustomerScene, change: (draft: Draft) => void): Turn {
  if (!customer || !conversation) return { result: { ok: true } }
  const draft = openDraft(customer, { ...conversation }, threads, agents)
  change(draft)
  return { draft, result: { ok: true } }
}

/** Somebody answered in the platform's own tool: the history has it, and whoever owns the conversation sees it. */
export function overhear(scene: CustomerScene, event: Extract<Inbound, { type: 'echo' }>, house: House): Turn {
  return inConversation(scene, (draft) => {
    const parts = adopt(draft, event.parts, scene, house)
    const name = event.sender?.name || house.brand.name
    const message = record(draft, { author: 'agent', name, parts, externalId: event.messageId }, house, sane(event.at, house))
    draft.conversation.firstReplyAt ??= message.createdAt
    mirror(draft, message, house)
  })
}

/** The customer went away: agents should see it, and nobody answers. */
export function leave(scene: CustomerScene, house: House): Turn {
  return inConversation(scene, (draft) => {
    if (draft.conversation.allowances) draft.conversation.allowances = []
    audit(draft, house, 'customer.left', { kind: 'customer', id: draft.customer.id })
    remark(draft, phrase('log.customer_left', house.locale), house)
    // Who cannot be answered any more waits for nothing. Whoever comes back in time finds the same conversation.
    if (house.service.idle.left && draft.conversation.status !== 'resolved')
      end(draft, { by: 'customer', why: 'left' }, house, { cause: scene.eventId, words: 'none' })
  })
}

/** What happened on the platform beside us, for the agents: with the words, where somebody of ours wrote there. */
export function heard(scene: CustomerScene, event: Extract<Inbound, { type: 'notice' }>, house: House): Turn {
  return inConversation(scene, (draft) => {
    const text: Part = { type: 'text', text: inLocale(event.text, house.locale) }
    note(draft, event.name ?? draft.customer.name, { parts: [text, ...adopt(draft, event.parts, scene, house)] }, house)
  })
}

/** What the platform says of a message of ours, for the delivery that it belongs to. */
export function heed(scene: CustomerScene, event: Extract<Inbound, { type: 'delivery' }>, house: House): Turn {
  return inConversation(scene, (draft) => {
    draft.receipts.push(receiptOf(scene, event, sane(event.at, house), house))
  })
}
