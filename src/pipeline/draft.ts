// The verbs with which a draft is filled. Each adds rows to be saved; none touches the database.
import { adapt } from '#core/adapt.ts'
import type { HouseEvent } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import { type Address, type Author, type Button, type Part, plainText } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { AgentRow, ConversationRow, CustomerRow, Draft, MessageRow, NewDelivery, ThreadRow } from '#store/rows.ts'
import { type House, laneOf } from './house.ts'

export function openDraft(customer: CustomerRow, conversation: ConversationRow, threads: ThreadRow[], agents: AgentRow[]): Draft {
  return {
    customer,
    changesCustomer: false,
    conversation,
    threads,
    agents,
    newIdentities: [],
    newMessages: [],
    newAttachments: [],
    newLinks: [],
    newDeliveries: [],
    newAudit: [],
    newTimers: [],
    followups: [],
    used: [],
    asked: [],
    changedMessages: [],
    changedThreads: new Set(),
    changedAgents: new Set(),
    resend: [],
    receipts: [],
    reroute: false,
  }
}

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never
export type Later = Without<HouseEvent, 'at' | 'conversation'>

export interface Words {
  author: Author
  name: string
  parts: Part[]
  agentId?: string
  via?: string
  clientId?: string
  externalId?: string
  question?: Button[]
}

/** Puts a message into the history, and nowhere else yet. */
export function record(draft: Draft, words: Words, house: House, at = house.clock.now()): MessageRow {
  const { conversation } = draft
  conversation.lastSeq += 1
  const message: MessageRow = {
    id: newId('msg', house.clock),
    conversationId: conversation.id,
    seq: conversation.lastSeq,
    author: words.author,
    agentId: words.agentId ?? null,
    name: words.name,
    parts: words.parts,
    text: plainText(words.parts),
    clientId: words.clientId ?? null,
    externalId: words.externalId ?? null,
    via: words.via ?? null,
    question: words.question ?? null,
    revisions: null,
    editedAt: null,
    recalledAt: null,
    createdAt: at,
  }
  draft.newMessages.push(message)
  if (words.author !== 'note') conversation.lastMessageAt = at
  return message
}

/** The bot's or the house's own words: into the history, to the customer, and to desks that follow the conversation. */
export function say(
  draft: Draft,
  author: 'bot' | 'system',
  parts: Part[],
  house: House,
  cause: string,
  how: { closing?: true } = {},
): MessageRow {
  const message = record(draft, { author, name: author === 'bot' ? house.brand.name : '', parts }, house)
  toCustomer(draft, message, house, { automatic: true, cause, ...how })
  mirror(draft, message, house)
  return message
}

/** An agent's words to the customer. */
export function reply(draft: Draft, agent: AgentRow, words: Omit<Words, 'author' | 'name' | 'agentId'>, house: House): MessageRow {
  const message = record(draft, { ...words, author: 'agent', name: agent.publicName, agentId: agent.id }, house)
  draft.conversation.firstReplyAt ??= message.createdAt
  const { owed: _, ...state } = draft.conversation.botState
  draft.conversation.botState = state
  toCustomer(draft, message, house, { automatic: false, cause: message.id })
  mirror(draft, message, house, words.via)
  return message
}

/** Words among us. The customer never sees them. */
export function note(draft: Draft, name: string, words: Omit<Words, 'author' | 'name'>, house: House): MessageRow {
  const message = record(draft, { ...words, author: 'note', name }, house)
  mirror(draft, message, house, words.via)
  return message
}

interface Sending {
  automatic: boolean
  cause: string
  closing?: true
}

/** One delivery for each platform message that the channel needs, so that each goes out wholly or not at all. */
function toCustomer(draft: Draft, message: MessageRow, house: House, how: Sending): void {
  const { conversation } = draft
  const channel = house.channels.get(conversation.channelId)
  if (!channel) return // The channel was taken out of the config: the history still shows what was said.
  const sender = message.author === 'agent' ? { name: message.name } : undefined
  // Agents see how many more the platform takes.
  if (channel.capabilities.window) redraw(draft, house)
  const chunks = adapt(message.parts, channel.capabilities, { locale: conversation.locale, sender, link: house.link })
  const { grant } = draft
  draft.grant = undefined
  chunks.forEach((parts, n) => {
    const extra = { ...(n === 0 && grant && { grant }), ...(n === chunks.length - 1 && how.closing && { closing: how.closing }) }
    deliver(draft, house, {
      kind: 'channel',
      targetId: conversation.channelId,
      lane: `channel:${conversation.id}`,
      messageId: message.id,
      op: 'send',
      payload: { to: addressOf(conversation), parts, sender, ...extra },
      automatic: how.automatic,
      originKey: `${how.cause}:${message.seq}:${n}`,
    })
  })
}

export function addressOf({ userKey, threadKey }: ConversationRow): Address {
  return { user: userKey, ...(threadKey && { thread: threadKey }) }
}

/** Shows a message in the threads of all desks that follow the conversation, but not where it was written. */
export function mirror(draft: Draft, message: MessageRow, house: House, except?: string): void {
  for (const deskId of followers(draft, house)) {
    if (deskId === except) continue
    const locale = house.desks.get(deskId)?.locale ?? house.locale
    const name = message.author === 'customer' || message.name ? message.name : phrase(`author.${message.author}`, locale)
    const payload = { parts: message.parts, author: message.author, name, untilSeq: message.seq - 1 }
    toDesk(draft, house, deskId, 'post', payload, message.id)
  }
}

/** Desks that were given this conversation: all that serve its skill, from its first handoff on. */
export function followers(draft: Draft, house: House): string[] {
  const { conversation } = draft
  if (!conversation.handoff) return []
  const serves = (skills: string[]) => skills.length === 0 || (conversation.skill !== null && skills.includes(conversation.skill))
  return [...house.desks].filter(([id, desk]) => serves(desk.skills) || draft.threads.some((t) => t.deskId === id)).map(([id]) => id)
}

/** Gives every following desk its thread, or opens the one it has again. */
export function openThreads(draft: Draft, house: House): void {
  for (const deskId of followers(draft, house)) toDesk(draft, house, deskId, 'open', {})
}

/** Redraws the cards. They are drawn when they go out, so several changes make one redraw. */
export function redraw(draft: Draft, house: House): void {
  for (const deskId of followers(draft, house)) toDesk(draft, house, deskId, 'update', {})
}

/** What the desk's threads become. Only these are written: the runner, too, changes threads meanwhile. */
export function setThreads(draft: Draft, state: ThreadRow['state'], threads = draft.threads): void {
  for (const thread of threads) {
    thread.state = state
    draft.changedThreads.add(thread.id)
  }
}

export function toDesk(
  draft: Draft,
  house: House,
  deskId: string,
  op: NewDelivery['op'],
  payload: NewDelivery['payload'],
  messageId?: string,
): void {
  const { conversation } = draft
  const lane = `desk:${deskId}:${conversation.id}`
  deliver(draft, house, {
    kind: 'desk',
    targetId: deskId,
    // A redraw waits two seconds for more changes, and a pop-up must not wait at all: neither stands in the thread's lane.
    lane: op === 'update' ? `${lane}:card` : op === 'whisper' ? `${lane}:whisper` : lane,
    messageId: messageId ?? null,
    op,
    payload: { untilSeq: conversation.lastSeq, ...payload },
    automatic: true,
    originKey: `${deskId}:${op}:${messageId ?? newId('dlv', house.clock)}`,
  })
}

export function deliver(draft: Draft, house: House, row: Omit<NewDelivery, 'id' | 'conversationId' | 'nextAt' | 'createdAt'>): void {
  const now = house.clock.now()
  const nextAt = row.op === 'update' ? new Date(now.getTime() + 2_000) : now
  draft.newDeliveries.push({ ...row, id: newId('dlv', house.clock), conversationId: draft.conversation.id, nextAt, createdAt: now })
}

/** At its time this comes as an event of the conversation. */
export function later(draft: Draft, house: House, dueAt: Date, event: Later): void {
  const { id, channelId, userKey, threadKey } = draft.conversation
  const payload = { ...event, conversation: id, at: dueAt.toISOString() }
  const lane = laneOf(channelId, userKey, threadKey)
  draft.newTimers.push({ id: newId('tmr', house.clock), lane, payload, dueAt, createdAt: house.clock.now() })
}

/** What happened, for the trail and the reports. `action` is past tense: `conversation.opened`. */
export function audit(
  draft: Draft,
  house: House,
  action: string,
  actor: { kind: 'customer' | 'bot' | 'agent' | 'system'; id?: string },
  data: Record<string, unknown> = {},
): void {
  draft.newAudit.push({
    id: newId('aud', house.clock),
    at: house.clock.now(),
    action,
    actorKind: actor.kind,
    actorId: actor.id ?? null,
    conversationId: draft.conversation.id,
    data: { ...data, channel: draft.conversation.channelId, skill: draft.conversation.skill },
  })
}

/** The conversation's owner changes: bot, queue or one agent. The version rises, so that whoever saw the old owner is told. */
export function own(
  draft: Draft,
  owner: { status: 'bot' | 'queued' | 'resolved' } | { status: 'snoozed'; until: Date } | { status: 'assigned'; agent: AgentRow },
  house: House,
): void {
  const { conversation } = draft
  const now = house.clock.now()
  conversation.version += 1
  conversation.status = owner.status
  const keeps = owner.status === 'resolved' || owner.status === 'snoozed'
  conversation.agentId = owner.status === 'assigned' ? owner.agent.id : keeps ? conversation.agentId : null
  conversation.snoozedUntil = owner.status === 'snoozed' ? owner.until : null
  if (owner.status !== 'resolved') conversation.closeReason = null
  if (owner.status === 'queued') {
    conversation.queuedAt = now
    conversation.assignedAt = null
    conversation.toldPlace = null
    conversation.toldMinutes = null
  }
  if (owner.status === 'assigned') {
    conversation.assignedAt = now
    owner.agent.lastAssignedAt = now
    draft.changedAgents.add(owner.agent.id)
  }
  if (owner.status === 'resolved') conversation.resolvedAt = now
  draft.reroute = true
}

/** A platform's clock may be wrong, but a message is never from the future, nor from before there were any: no database has a year 0. */
export function sane(at: Date, house: House): Date {
  const now = house.clock.now()
  return at.getTime() >= 0 && at.getTime() <= now.getTime() ? at : now
}
