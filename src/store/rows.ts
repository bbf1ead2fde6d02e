// The rows as types.

import type { Grant } from '#core/event.ts'
import type { Experience } from './questions.ts'
import type { Receipt } from './receipts.ts'
import type * as s from './schema.ts'

export type CustomerRow = typeof s.customers.$inferSelect
export type IdentityRow = typeof s.identities.$inferSelect
export type ConversationRow = typeof s.conversations.$inferSelect
export type MessageRow = typeof s.messages.$inferSelect
export type AttachmentRow = typeof s.attachments.$inferSelect
export type EventRow = typeof s.events.$inferSelect
export type DeliveryRow = typeof s.deliveries.$inferSelect
export type ThreadRow = typeof s.threads.$inferSelect
export type AgentRow = typeof s.agents.$inferSelect
export type AuditRow = typeof s.auditEvents.$inferSelect
export type NewDelivery = Pick<
  DeliveryRow,
  | 'id'
  | 'kind'
  | 'targetId'
  | 'lane'
  | 'conversationId'
  | 'messageId'
  | 'op'
  | 'payload'
  | 'automatic'
  | 'nextAt'
  | 'originKey'
  | 'createdAt'
>
export type TimerRow = typeof s.timers.$inferSelect
export type DecisionRow = typeof s.decisions.$inferSelect
export type NewDecision = Omit<DecisionRow, 'position'>
export type FollowupRow = typeof s.followups.$inferSelect
export type NewLink = typeof s.messageLinks.$inferSelect

/**
 * Everything that one event, or one routing pass, changes in one conversation. The pipeline fills it without touching the
 * database; `saveDrafts` writes many of them in a handful of statements.
 */
export interface Draft {
  customer: CustomerRow
  /** What is known of the customer changed: only then is their row written. */
  changesCustomer: boolean
  conversation: ConversationRow
  /** Threads of this conversation that are not lost. */
  threads: ThreadRow[]
  /** Those whose `state` changed. */
  changedThreads: Set<string>
  agents: AgentRow[]
  /** Rows to insert. */
  newIdentities: IdentityRow[]
  newMessages: MessageRow[]
  newAttachments: AttachmentRow[]
  newLinks: NewLink[]
  newDeliveries: NewDelivery[]
  newAudit: AuditRow[]
  newTimers: TimerRow[]
  newDecisions: NewDecision[]
  /** New ones, and those that changed. */
  followups: FollowupRow[]
  /** Canned replies that were sent. */
  used: { macro: string; agentId: string }[]
  /** FAQ entries that were answered: counted, not saved with this. */
  asked: string[]
  /** What the bot can learn from; not kept with the conversation. */
  experience: Experience[]
  /** Messages of before that changed: edited, recalled, a question answered. */
  changedMessages: MessageRow[]
  /** Agents whose presence or last assignment changed. */
  changedAgents: Set<string>
  /**
   * Words of ours that changed or were taken back before they left, perhaps: where nothing of them did, their deliveries go and
   * `fresh` takes their place; else `after` follows them. `by`: who did it, by name.
   * `keyed`: the platform knows our messages by a key, and may have taken what is tried again.
   */
  withdrawn: { messageId: string; fresh: NewDelivery[]; after: NewDelivery[]; by: string; keyed: boolean }[]
  /** Messages to send again by somebody's word. */
  resend: string[]
  /** What the platform grants for the first words that follow. */
  grant?: Grant
  /** What platforms said of messages of ours. */
  receipts: Receipt[]
  /** The queue may have moved: run the router after the commit. */
  reroute: boolean
}
