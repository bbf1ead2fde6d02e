// Whom a desk of mail tells of a conversation.
import { expect, test } from 'vitest'
import type { AgentRow, ConversationRow } from '#store/rows.ts'
import { readers } from './audience.ts'

const agent = (id: string, more: Partial<AgentRow> = {}) =>
  ({ id, name: id, skills: ['aftersales'], presence: 'offline', identities: { inbox: `${id}@example.test` }, ...more }) as AgentRow
const conversation = (more: Partial<ConversationRow> = {}) =>
  ({ status: 'queued', agentId: null, skill: 'aftersales', handoff: null, ...more }) as ConversationRow
const AGENTS = [agent('anna'), agent('ben', { skills: ['tech'] }), agent('chen', { presence: 'away' }), agent('dora', { identities: {} })]
const told = (more: Partial<ConversationRow>, agents = AGENTS) =>
  readers(conversation(more), agents, 'inbox').map(({ id }) => id.split('@')[0])

test('the owner alone, and nobody where the owner is in another tool', () => {
  expect(told({ status: 'assigned', agentId: 'ben' })).toEqual(['ben'])
  expect(told({ status: 'assigned', agentId: 'dora' })).toEqual([])
})

test('while nobody owns it: those with the skill who did not say that they are away', () => {
  expect(told({})).toEqual(['anna'])
  expect(told({ skill: 'tech' })).toEqual(['ben'])
  expect(told({ skill: null })).toEqual(['anna', 'ben'])
})

test('not whoever passed it on; and a rule that would leave nobody counts for nothing', () => {
  const handoff = { reason: 'released', not: ['anna'], at: '' }
  expect(told({ handoff })).toEqual(['chen'])
  expect(told({ skill: 'french' })).toEqual(['anna', 'ben'])
  expect(told({ handoff }, [agent('anna')])).toEqual(['anna'])
})
