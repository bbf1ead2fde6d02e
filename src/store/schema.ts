// Every table. The words are those of ARCHITECTURE.md; times are timestamptz, ids are text with a prefix that says what they are.
import { sql } from 'drizzle-orm'
import { bigserial, boolean, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import type { Allowance } from '#core/allowance.ts'
import type { Author, Button, Locale, MediaRef, Part } from '#core/message.ts'
import type { Clocks, Closing, DecisionKind, DecisionWhy, DeliveryPayload, Handoff, Shelf, Wait } from './payloads.ts'

export type { Clocks, Closing, DecisionKind, DecisionWhy, DeliveryPayload, Handoff, Shelf, ShelfItem, Wait } from './payloads.ts'
export * from './schema-desks.ts'
export * from './schema-flows.ts'
export * from './schema-people.ts'
export * from './schema-work.ts'

const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

export type Status = 'bot' | 'queued' | 'assigned' | 'snoozed' | 'resolved'
export type Priority = 'low' | 'normal' | 'high' | 'urgent'

/** A person who writes to us, on however many channels. */
export const customers = pgTable('customers', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** False while the name is one that we made up ('Visitor 3F2A'). */
  named: boolean('named').notNull(),
  locale: text('locale').$type<Locale>(),
  avatarUrl: text('avatar_url'),
  tags: jsonb('tags').$type<string[]>().notNull().default([]),
  firstSeenAt: at('first_seen_at').notNull(),
  lastSeenAt: at('last_seen_at').notNull(),
})

/** A customer's address on one channel, or an e-mail or phone known of them. */
export const identities = pgTable(
  'identities',
  {
    id: text('id').primaryKey(),
    customerId: text('customer_id')
      .notNull()
      .references(() => customers.id),
    channelId: text('channel_id').notNull(),
    kind: text('kind').notNull(),
    value: text('value').notNull(),
    verified: boolean('verified').notNull(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [uniqueIndex('identities_address').on(t.channelId, t.kind, t.value), index('identities_customer').on(t.customerId)],
)

/** One stream of talk with one customer at one address. `status` says who owns it; `version` rises with every change of owner. */
export const conversations = pgTable(
  'conversations',
  {
    id: text('id').primaryKey(),
    customerId: text('customer_id')
      .notNull()
      .references(() => customers.id),
    channelId: text('channel_id').notNull(),
    userKey: text('user_key').notNull(),
    threadKey: text('thread_key').notNull(),
    status: text('status').$type<Status>().notNull(),
    version: integer('version').notNull(),
    agentId: text('agent_id'),
    skill: text('skill'),
    priority: text('priority').$type<Priority>().notNull(),
    locale: text('locale').$type<Locale>().notNull(),
    greeted: boolean('greeted').notNull(),
    botState: jsonb('bot_state').$type<Record<string, unknown>>().notNull(),
    handoff: jsonb('handoff').$type<Handoff>(),
    tags: jsonb('tags').$type<string[]>().notNull().default([]),
    lastSeq: integer('last_seq').notNull(),
    /** The place in the queue that the customer was told last; null: told nothing yet, 0: not to be told (closed hours). */
    toldPlace: integer('told_place'),
    /** The wait that was told with it; null where nothing was known to estimate from. */
    toldMinutes: integer('told_minutes'),
    /** What the platform lets us send, by what the customer did last. */
    allowances: jsonb('allowances').$type<Allowance[]>(),
    /** What was listed to each agent last: `/send 2` means the second of it. */
    shelves: jsonb('shelves').$type<Record<string, Shelf>>(),
    snoozedUntil: at('snoozed_until'),
    csatScore: integer('csat_score'),
    csatAskedAt: at('csat_asked_at'),
    /** What the customer said of it, where the score was low. */
    csatComment: text('csat_comment'),
    /** Whose turn it is and what people owe, as long as people have it. */
    clocks: jsonb('clocks').$type<Clocks>(),
    /** What the customer chose to do while waiting. */
    wait: jsonb('wait').$type<Wait>(),
    /** Who ended it, and why. */
    closing: jsonb('closing').$type<Closing>(),
    /** Out of the lists, and never opened again. */
    archivedAt: at('archived_at'),
    openedAt: at('opened_at').notNull(),
    lastMessageAt: at('last_message_at').notNull(),
    /** The five minutes in which the last message came: lists are ordered by it, since an index on the time itself would make every message rewrite all indexes of its conversation. */
    activeSlot: integer('active_slot')
      .notNull()
      .generatedAlwaysAs(sql`floor(extract(epoch from (last_message_at - timestamptz '2000-01-01 00:00:00+00')) / 300)::int`),
    lastCustomerAt: at('last_customer_at'),
    queuedAt: at('queued_at'),
    assignedAt: at('assigned_at'),
    firstReplyAt: at('first_reply_at'),
    resolvedAt: at('resolved_at'),
  },
  (t) => [
    // Two workers that see a customer's first words at once cannot open two conversations.
    uniqueIndex('conversations_open').on(t.channelId, t.userKey, t.threadKey).where(sql`status <> 'resolved'`),
    index('conversations_address').on(t.channelId, t.userKey, t.threadKey, t.openedAt),
    index('conversations_status').on(t.status, t.activeSlot),
    index('conversations_agent').on(t.agentId, t.status).where(sql`agent_id is not null`),
    index('conversations_customer').on(t.customerId),
    index('conversations_resolved').on(t.resolvedAt).where(sql`resolved_at is not null`),
    index('conversations_archive').on(t.resolvedAt).where(sql`status = 'resolved' and archived_at is null`),
    // For the counts of the lists: what is with the bot, or over and not archived, by who may see it.
    index('conversations_piled').on(t.status, t.skill).where(sql`status in ('bot', 'resolved') and archived_at is null`),
    index('conversations_done').on(t.agentId).where(sql`status = 'resolved' and archived_at is null and agent_id is not null`),
    index('conversations_queued').on(t.queuedAt).where(sql`queued_at is not null`),
  ],
)

export const messages = pgTable(
  'messages',
  {
    id: text('id').primaryKey(),
    /** No foreign key: it would be asked for each message, and no conversation is ever deleted without its messages. */
    conversationId: text('conversation_id').notNull(),
    seq: integer('seq').notNull(),
    author: text('author').$type<Author>().notNull(),
    agentId: text('agent_id'),
    /** The name it was said under. */
    name: text('name').notNull(),
    parts: jsonb('parts').$type<Part[]>().notNull(),
    /** The parts in one plain text, for previews and search. */
    text: text('text').notNull(),
    clientId: text('client_id'),
    /** The platform's id of what the customer sent: the target of edits and recalls. */
    externalId: text('external_id'),
    /** The desk it was written in. */
    via: text('via'),
    /** A held reply asks its writer what to do: the buttons. */
    question: jsonb('question').$type<Button[]>(),
    /** What it said before it was edited, oldest first. */
    revisions: jsonb('revisions').$type<{ parts: Part[]; until: string }[]>(),
    editedAt: at('edited_at'),
    recalledAt: at('recalled_at'),
    createdAt: at('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('messages_seq').on(t.conversationId, t.seq),
    // A customer's ids and each agent's are worlds of their own: nobody can use up somebody else's.
    uniqueIndex('messages_client').on(t.conversationId, sql`coalesce(agent_id, '')`, t.clientId).where(sql`client_id is not null`),
    index('messages_external').on(t.conversationId, t.externalId).where(sql`external_id is not null`),
    // Few are ever changed, and every page that polls asks which.
    index('messages_changed').on(t.conversationId).where(sql`edited_at is not null or recalled_at is not null`),
  ],
)

/** A file that somebody sent. `remote`: still at the platform, under `ref`; `stored`: in the blob store under its id. */
export const attachments = pgTable(
  'attachments',
  {
    id: text('id').primaryKey(),
    conversationId: text('conversation_id'),
    source: text('source').$type<'channel' | 'desk'>().notNull(),
    sourceId: text('source_id').notNull(),
    /** Who uploaded it: the customer's user key or the agent's id. Only they may send it. */
    owner: text('owner').notNull(),
    ref: jsonb('ref').$type<MediaRef>().notNull(),
    name: text('name').notNull(),
    mime: text('mime').notNull(),
    bytes: integer('bytes').notNull(),
    state: text('state').$type<'remote' | 'stored' | 'failed'>().notNull(),
    attempts: integer('attempts').notNull().default(0),
    error: text('error'),
    nextAt: at('next_at').notNull(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [index('attachments_remote').on(t.nextAt).where(sql`state = 'remote'`)],
)

/** What came in, as it came: committed before the platform hears 200. `lane` orders events of one conversation. */
export const events = pgTable(
  'events',
  {
    id: text('id').primaryKey(),
    position: bigserial('position', { mode: 'number' }).notNull(),
    source: text('source').$type<'channel' | 'desk' | 'house'>().notNull(),
    sourceId: text('source_id').notNull(),
    externalId: text('external_id').notNull(),
    lane: text('lane').notNull(),
    payload: jsonb('payload').$type<unknown>().notNull(),
    state: text('state').$type<'pending' | 'done' | 'dead'>().notNull(),
    attempts: integer('attempts').notNull().default(0),
    nextAt: at('next_at').notNull(),
    error: text('error'),
    /** What came of it, for whoever waits: `{ ok: true }` or `{ ok: false, code, message }`. */
    result: jsonb('result').$type<EventResult>(),
    receivedAt: at('received_at').notNull(),
    processedAt: at('processed_at'),
  },
  (t) => [
    uniqueIndex('events_once').on(t.source, t.sourceId, t.externalId),
    index('events_pending').on(t.position).where(sql`state = 'pending'`),
    index('events_lane').on(t.lane, t.position).where(sql`state = 'pending'`),
    index('events_dead').on(t.position).where(sql`state = 'dead'`),
  ],
)

export type EventResult = { ok: true; message?: string } | { ok: false; code: string; message: string }

export type DeliveryState = 'pending' | 'sending' | 'sent' | 'retry' | 'failed' | 'unknown' | 'held' | 'expired'
export type DeliveryOp =
  | 'send'
  | 'open'
  | 'post'
  | 'update'
  | 'whisper'
  | 'offer'
  | 'close'
  | 'reopen'
  | 'acknowledge'
  | 'call'
  /** What became of an agent's words, shown at them. */
  | 'mark'
  /** To a channel: an agent's words changed or were taken back. To a desk: anybody's did. */
  | 'edit'
  | 'remove'

/** What goes out. Committed with the change that caused it; `lane` keeps the order within a conversation and target. */
export const deliveries = pgTable(
  'deliveries',
  {
    id: text('id').primaryKey(),
    position: bigserial('position', { mode: 'number' }).notNull(),
    kind: text('kind').$type<'channel' | 'desk' | 'webhook'>().notNull(),
    /** The channel's, desk's or webhook's id. */
    targetId: text('target_id').notNull(),
    lane: text('lane').notNull(),
    conversationId: text('conversation_id').notNull(),
    messageId: text('message_id'),
    op: text('op').$type<DeliveryOp>().notNull(),
    payload: jsonb('payload').$type<DeliveryPayload>().notNull(),
    /** Nobody typed it: when it is unknown whether it went out, it is held, not repeated. */
    automatic: boolean('automatic').notNull(),
    state: text('state').$type<DeliveryState>().notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Raised by every claim: a sender that lost its lease cannot write its outcome. */
    fence: integer('fence').notNull().default(0),
    nextAt: at('next_at').notNull(),
    leaseUntil: at('lease_until'),
    possiblyTwice: boolean('possibly_twice').notNull().default(false),
    externalIds: jsonb('external_ids').$type<string[]>(),
    error: text('error'),
    /** What the platform, or the customer's browser, said of it later. */
    deliveredAt: at('delivered_at'),
    readAt: at('read_at'),
    /** Names the cause: processing the same event again makes no second delivery. */
    originKey: text('origin_key').notNull(),
    createdAt: at('created_at').notNull(),
    startedAt: at('started_at'),
    finishedAt: at('finished_at'),
  },
  (t) => [
    uniqueIndex('deliveries_origin').on(t.originKey),
    // Each target's own line: one that waits costs the others nothing, not even a look.
    index('deliveries_due').on(t.targetId, t.position).where(sql`state in ('pending', 'retry')`),
    index('deliveries_sending').on(t.leaseUntil).where(sql`state = 'sending'`),
    index('deliveries_lane').on(t.lane, t.position).where(sql`state in ('pending', 'retry', 'sending')`),
    index('deliveries_message').on(t.messageId),
    // One redraw of a card waits at a time; a second change before it went out is in it already.
    uniqueIndex('deliveries_update').on(t.targetId, t.conversationId).where(sql`op = 'update' and state = 'pending'`),
    index('deliveries_trouble').on(t.state, t.position).where(sql`state in ('failed', 'unknown', 'held', 'expired')`),
  ],
)

/** Each try of a delivery: on record before its first byte, closed with what came of it. An open one is a process that died. */
export const attempts = pgTable(
  'attempts',
  {
    deliveryId: text('delivery_id').notNull(),
    /** The delivery's fence at that try. */
    number: integer('number').notNull(),
    /** The process that sent. */
    holder: text('holder').notNull(),
    startedAt: at('started_at').notNull(),
    endedAt: at('ended_at'),
    outcome: text('outcome').$type<DeliveryState>(),
    error: text('error'),
  },
  (t) => [primaryKey({ columns: [t.deliveryId, t.number] })],
)

/** Targets that are left alone for a while, by every process: the platform asked for it, or it fails again and again. */
export const pauses = pgTable('pauses', {
  targetId: text('target_id').primaryKey(),
  until: at('until').notNull(),
  reason: text('reason').notNull(),
})

/** The processes that share the work; one that was not seen for a while is gone. */
export const processes = pgTable('processes', {
  name: text('name').primaryKey(),
  startedAt: at('started_at').notNull(),
  seenAt: at('seen_at').notNull(),
})

/** Where a conversation stands in a desk. */
export const threads = pgTable(
  'threads',
  {
    id: text('id').primaryKey(),
    conversationId: text('conversation_id')
      .notNull()
      .references(() => conversations.id),
    deskId: text('desk_id').notNull(),
    threadKey: text('thread_key').notNull(),
    cardId: text('card_id'),
    state: text('state').$type<'open' | 'closed' | 'lost'>().notNull(),
    createdAt: at('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('threads_key').on(t.deskId, t.threadKey),
    uniqueIndex('threads_conversation').on(t.conversationId, t.deskId).where(sql`state <> 'lost'`),
  ],
)

/** Which message of ours is which of a channel or desk: for edits, quotes, echoes. What a customer sent has the platform's id itself. */
export const messageLinks = pgTable(
  'message_links',
  {
    scope: text('scope').notNull(),
    externalId: text('external_id').notNull(),
    messageId: text('message_id').notNull(),
    direction: text('direction').$type<'in' | 'out'>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.externalId] }), index('message_links_message').on(t.messageId)],
)

/** What happened, for the trail, the audit and the reports: `conversation.opened`, `handoff.requested`, `agent.signed_in` … */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: text('id').primaryKey(),
    at: at('at').notNull(),
    action: text('action').notNull(),
    actorKind: text('actor_kind').$type<'customer' | 'bot' | 'agent' | 'system'>().notNull(),
    actorId: text('actor_id'),
    conversationId: text('conversation_id'),
    data: jsonb('data').$type<Record<string, unknown>>().notNull(),
  },
  (t) => [index('audit_events_conversation').on(t.conversationId, t.id), index('audit_events_action').on(t.action, t.at)],
)

/** What the router decided of a conversation, and why: a row when that changed, not at every look. Kept for a month. */
export const decisions = pgTable(
  'decisions',
  {
    id: text('id').primaryKey(),
    /** Several are made within one pass. */
    position: bigserial('position', { mode: 'number' }).notNull(),
    conversationId: text('conversation_id').notNull(),
    at: at('at').notNull(),
    kind: text('kind').$type<DecisionKind>().notNull(),
    /** Whom it is about; null: it waits. */
    agentId: text('agent_id'),
    why: jsonb('why').$type<DecisionWhy>().notNull(),
  },
  (t) => [index('decisions_conversation').on(t.conversationId, t.position), index('decisions_at').on(t.at)],
)

/** Small durable values of the house: secrets made at the first start, poll cursors. */
export const settings = pgTable('settings', {
  key: text('key').primaryKey(),
  value: jsonb('value').$type<unknown>().notNull(),
})

/** Who in the cluster does what only one may do (a poller). */
export const leases = pgTable('leases', {
  name: text('name').primaryKey(),
  holder: text('holder').notNull(),
  until: at('until').notNull(),
})
