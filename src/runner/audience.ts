// Who sees a conversation in a tool whose threads have no readers of their own (mail), and what may be shown in one message.
import type { DeskUser } from '#core/event.ts'
import { findConversation, loadAgents } from '#store/drafts.ts'
import { waitingBehind } from '#store/lanes.ts'
import type { AgentRow, ConversationRow, DeliveryRow } from '#store/rows.ts'
import type { RunnerParts } from './parts.ts'

const ALONG_MAX = 30

/** Whoever owns it; while nobody does, those who may take it. Undefined for tools in which everybody reads along. */
export async function audienceOf(parts: RunnerParts, { targetId, conversationId }: DeliveryRow): Promise<DeskUser[] | undefined> {
  if (!parts.desks.get(targetId)?.definition.capabilities.addressed) return undefined
  const { db } = parts.database
  const conversation = await findConversation(db, conversationId)
  if (!conversation) return []
  return readers(conversation, await loadAgents(db), targetId)
}

export function readers({ status, agentId, skill, handoff }: ConversationRow, agents: AgentRow[], deskId: string): DeskUser[] {
  const named = ({ name, identities }: AgentRow): DeskUser => ({ id: identities[deskId] ?? '', name })
  const linked = agents.filter(({ identities }) => identities[deskId])
  if (status === 'assigned' || status === 'snoozed') return linked.filter(({ id }) => id === agentId).map(named)
  const able = orAll(linked, (agent) => skill === null || agent.skills.includes(skill))
  const wanted = orAll(able, ({ id }) => !handoff?.not?.includes(id))
  // Mail waits for whoever is not there; who said so themselves is left in peace, as long as somebody else is told.
  return orAll(wanted, ({ presence }) => presence !== 'away').map(named)
}

/** A rule that leaves nobody is no rule: somebody must be told. */
function orAll<T>(all: T[], isWanted: (one: T) => boolean): T[] {
  const wanted = all.filter(isWanted)
  return wanted.length > 0 ? wanted : all
}

/** The words that come next in this thread. Files are waited for, each in its own turn. */
export async function comingNext(parts: RunnerParts, row: DeliveryRow): Promise<DeliveryRow[]> {
  if (!parts.desks.get(row.targetId)?.desk.gatherMs) return []
  const behind = await waitingBehind(parts.database.db, row, ALONG_MAX)
  const end = behind.findIndex(({ op, payload }) => op !== 'post' || payload.parts?.some(({ type }) => type === 'media'))
  return end < 0 ? behind : behind.slice(0, end)
}
