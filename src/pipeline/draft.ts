// The verbs with which a draft is filled. Each adds rows to be saved; none touches the database.
import { adapt } from '#core/adapt.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { HouseEvent } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import { type Address, type Author, type Button, type Part, plainText } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { servingOf } from '#router/ailing.ts'
import { awaitUs } from '#router/terms.ts'
import type { AgentRow, ConversationRow, CustomerRow, Draft, MessageRow, NewDelivery, ThreadRow } from '#store/rows.ts'
import { answerAddress } from './answer.ts'
import { type House, laneOf } from './house.ts'
import { tickOf } from './tick.ts'

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
    newDecisions: [],
    followups: [],
    used: [],
    asked: [],
    experience: [],
    changedMessages: [],
    changedThreads: new Set(),
    changedAgents: new Set(),
    withdrawn: [],
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
  const tick = tickOf(message, house)
  toCustomer(draft, message, house, { automatic: false, cause: message.id, ...(tick && { tick }) })
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
  tick?: { desk: string; target: string }
}

/** One delivery for each platform message that the channel needs, so that each goes out wholly or not at all. */
function toCustomer(draft: Draft, message: MessageRow, house: House, how: Sending): void {
  const { channelId } = goalOf(draft, message, house)
  const { capabilities } = house.channels.get(channelId) ?? {}
  if (!capabilities) return // The channel was taken out of the config: the history still shows what was said.
  // Agents see how many more the platform takes.
  if (capabilities.window) redraw(draft, house)
  draft.newDeliveries.push(...sendings(draft, message, capabilities, house, how))
}

/** Where it goes: to where the customer wrote, unless they asked agents to answer elsewhere. */
function goalOf({ conversation }: Draft, { author }: MessageRow, house: House): { channelId: string; to: Address } {
  const elsewhere = author === 'agent' ? answerAddress(conversation, house) : undefined
  if (elsewhere) return { channelId: elsewhere.channelId, to: { user: elsewhere.user } }
  return { channelId: conversation.channelId, to: addressOf(conversation) }
}

/** The words as messages of the customer's platform. */
export function chunksOf(draft: Draft, message: MessageRow, capabilities: Capabilities, house: House): Part[][] {
  const { link, makes } = house
  return adapt(message.parts, capabilities, { locale: draft.conversation.locale, sender: senderOf(message), link, makes })
}

export function senderOf(message: MessageRow): { name: string } | undefined {
  return message.author === 'agent' ? { name: message.name } : undefined
}

export function sendings(draft: Draft, message: MessageRow, capabilities: Capabilities, house: House, how: Sending): NewDelivery[] {
  const { conversation } = draft
  const { channelId, to } = goalOf(draft, message, house)
  const sender = senderOf(message)
  const chunks = chunksOf(draft, message, capabilities, house)
  const { grant } = draft
  draft.grant = undefined
  // Somebody's words may wait for their writer's second thoughts.
  const waitMs = how.automatic ? 0 : house.sending.undoMs
  return chunks.map((parts, n) => {
    const isLast = n === chunks.length - 1
    const { tick } = how
    const extra = { ...(n === 0 && grant && { grant }), ...(isLast && how.closing && { closing: how.closing }), ...(tick && { tick }) }
    return delivery(draft, house, waitMs, {
      kind: 'channel',
      targetId: channelId,
      lane: `channel:${conversation.id}`,
      messageId: message.id,
      op: 'send',
      payload: { to, parts, sender, ...extra },
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
  const channel = house.channels.get(draft.conversation.channelId)?.type
  for (const deskId of followers(draft, house)) {
    if (deskId === except || isSpared(draft, message, deskId, house)) continue
    const locale = house.desks.get(deskId)?.locale ?? house.locale
    const name = message.author === 'customer' || message.name ? message.name : phrase(`author.${message.author}`, locale)
    const payload = { parts: message.parts, author: message.author, name, channel, untilSeq: message.seq - 1 }
    toDesk(draft, house, deskId, 'post', payload, message.id)
  }
}

/**
 * What bot and customer say to each other: both or neither, for half of it makes no sense to who reads along. A thread that is closed stays
 * quiet, and nobody is mailed; whoever gets it next is shown what was said since.
 */
function isSpared({ conversation, threads }: Draft, { author }: MessageRow, deskId: string, house: House): boolean {
  if (conversation.status !== 'bot' || (author !== 'bot' && author !== 'customer')) return false
  const own = threads.filter((thread) => thread.deskId === deskId)
  const isClosed = own.some(({ state }) => state === 'closed') && !own.some(({ state }) => state === 'open')
  return isClosed || house.desks.get(deskId)?.gatherMs !== undefined
}

/** Desks that were given this conversation: all that serve its skill, from its first handoff on. Others must not see it any more. */
export function followers(draft: Draft, house: House): string[] {
  return followersOf(draft.conversation, draft.threads, house)
}

export function followersOf(conversation: ConversationRow, threads: ThreadRow[], house: House): string[] {
  if (!conversation.handoff) return []
  const serving = servingDesks(conversation, house)
  // Where it went while another tool was down it is read on.
  const isOpen = (id: string) => threads.some(({ deskId, state }) => deskId === id && state === 'open')
  return [...house.desks.keys()].filter((id) => serving.includes(id) || isOpen(id))
}

/** Those that the skill names; where they are down, those that stand in for them. */
export function servingDesks(conversation: ConversationRow, house: House): string[] {
  const only = conversation.skill === null ? undefined : house.staffing.skills.get(conversation.skill)?.desks
  const all = [...house.desks.keys()]
  return servingOf(
    all.filter((id) => !only || only.includes(id)),
    all,
    house.down,
  )
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
  /** Which time, of what happens to one message more than once. */
  turn = '',
): void {
  const waitMs = waitOf(op, house.desks.get(deskId)?.gatherMs)
  draft.newDeliveries.push(deskDelivery(draft, house, deskId, op, payload, waitMs, messageId, turn))
}

const REDRAW_MS = 2_000

/** A redraw waits for more changes; where each message costs attention, words wait for more words, and a new thread for its owner. */
function waitOf(op: NewDelivery['op'], gatherMs = 0): number {
  if (op === 'update') return REDRAW_MS
  return op === 'post' ? gatherMs : op === 'open' ? Math.min(gatherMs, REDRAW_MS) : 0
}

/** A word for one agent, that only becomes due when something else did not. */
export function whisperTo(draft: Draft, house: House, deskId: string, payload: NewDelivery['payload']): NewDelivery {
  return deskDelivery(draft, house, deskId, 'whisper', payload, 0)
}

function deskDelivery(
  draft: Draft,
  house: House,
  deskId: string,
  op: NewDelivery['op'],
  payload: NewDelivery['payload'],
  waitMs: number,
  messageId?: string,
  turn = '',
): NewDelivery {
  const { conversation } = draft
  const lane = `desk:${deskId}:${conversation.id}`
  return delivery(draft, house, waitMs, {
    kind: 'desk',
    targetId: deskId,
    // A redraw waits two seconds for more changes, and a pop-up or an offer must not wait at all: none stands in the thread's lane.
    lane: op === 'update' ? `${lane}:card` : op === 'whisper' || op === 'offer' ? `${lane}:${op}` : lane,
    messageId: messageId ?? null,
    op,
    payload: { untilSeq: conversation.lastSeq, ...payload },
    automatic: true,
    originKey: `${deskId}:${op}:${messageId ?? newId('dlv', house.clock)}${turn && `:${turn}`}`,
  })
}

type Undated = Omit<NewDelivery, 'id' | 'conversationId' | 'nextAt' | 'createdAt'>

export function deliver(draft: Draft, house: House, row: Undated): void {
  draft.newDeliveries.push(delivery(draft, house, 0, row))
}

export function delivery(draft: Draft, house: House, waitMs: number, row: Undated): NewDelivery {
  const now = house.clock.now()
  const nextAt = new Date(now.getTime() + waitMs)
  return { ...row, id: newId('dlv', house.clock), conversationId: draft.conversation.id, nextAt, createdAt: now }
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
  // Whatever the old owner owed, and whoever was being asked: the new one begins with nothing.
  const { owed: _, ...state } = conversation.botState
  conversation.botState = state
  if (conversation.handoff) {
    const { offer: _asked, waits: _why, ...handoff } = conversation.handoff
    conversation.handoff = handoff
  }
  const keeps = owner.status === 'resolved' || owner.status === 'snoozed'
  conversation.agentId = owner.status === 'assigned' ? owner.agent.id : keeps ? conversation.agentId : null
  conversation.snoozedUntil = owner.status === 'snoozed' ? owner.until : null
  if (owner.status === 'queued') {
    conversation.queuedAt = now
    conversation.assignedAt = null
    conversation.toldPlace = null
    conversation.toldMinutes = null
    expectUs(draft, house)
  }
  if (owner.status === 'assigned') {
    conversation.assignedAt = now
    owner.agent.lastAssignedAt = now
    draft.changedAgents.add(owner.agent.id)
  }
  if (owner.status === 'resolved') conversation.resolvedAt = now
  else {
    conversation.closing = null
    conversation.archivedAt = null
  }
  if (owner.status === 'resolved' || owner.status === 'bot') conversation.wait = null
  draft.reroute = true
}

/** Whatever was said last: from now on the customer waits for somebody of ours, and neither falls silent nor ends by that. */
export function expectUs({ conversation }: Draft, house: House): void {
  if (conversation.clocks) conversation.clocks = awaitUs(conversation.clocks, house.clock.now())
}

/** A platform's clock may be wrong, but a message is never from the future, nor from before there were any: no database has a year 0. */
export function sane(at: Date, house: House): Date {
  const now = house.clock.now()
  return at.getTime() >= 0 && at.getTime() <= now.getTime() ? at : now
}
