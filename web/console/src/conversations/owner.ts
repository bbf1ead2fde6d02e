// Who has a conversation, seen from the agent in front of the screen: what typing will do, and which keys lead where.
import type { ConversationDetail, ConversationSummary } from '#http/console/protocol.ts'
import type { Words } from '../words.en.ts'

export type Owner = 'me' | 'queue' | 'bot' | 'other' | 'snoozed' | 'nobody'

export function ownerOf(conversation: Pick<ConversationSummary, 'status' | 'agent'>, me: string): Owner {
  if (conversation.status === 'resolved') return 'nobody'
  if (conversation.status === 'bot') return 'bot'
  if (conversation.status === 'queued') return 'queue'
  if (conversation.agent?.id === me) return 'me'
  return conversation.status === 'snoozed' ? 'snoozed' : conversation.agent ? 'other' : 'queue'
}

/** What a reply would do now; null when it simply goes to the customer. */
export function warning(detail: Pick<ConversationDetail, 'status' | 'agent' | 'can'>, me: string, t: Words): string | null {
  const owner = ownerOf(detail, me)
  if (owner === 'nobody') return t.bannerResolved
  if (owner === 'me') return detail.can.reply ? null : t.bannerNoReply
  if (owner === 'snoozed') return t.bannerSnoozed
  if (!detail.can.reply) return owner === 'other' ? t.bannerOther(detail.agent?.name ?? '') : t.bannerNoReply
  if (owner === 'bot') return t.bannerBot
  return owner === 'queue' ? t.bannerQueued : t.bannerOther(detail.agent?.name ?? '')
}
