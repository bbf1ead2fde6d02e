// Offers and what comes of them: who is asked, who takes it, who declines, who lets it lie – and who was given one and never answered.
import type { Button } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { ChoiceWhy } from '#router/contract.ts'
import type { AgentRow, Draft } from '#store/rows.ts'
import { peopleHave } from './bot.ts'
import { decide } from './decision.ts'
import { audit, followers, later, toDesk } from './draft.ts'
import type { House } from './house.ts'
import { kindOf } from './plan.ts'
import { touch } from './presence.ts'

/** Asks them, each in every tool that they have and that sees the conversation. The console shows it by itself. */
export function offer(draft: Draft, agents: AgentRow[], why: ChoiceWhy, house: House): void {
  const { conversation } = draft
  if (!conversation.handoff) return
  const rules = conversation.skill === null ? undefined : house.staffing.skills.get(conversation.skill)
  const seconds = rules?.offerSeconds ?? house.routing.offerSeconds
  const until = new Date(house.clock.now().getTime() + seconds * 1000)
  conversation.handoff = { ...conversation.handoff, offer: { to: agents.map(({ id }) => id), until: until.toISOString() } }
  later(draft, house, until, { type: 'offered', version: conversation.version, until: until.toISOString() })
  // Rounds after the first, which all of them let lie before, say nothing new.
  const isNew = agents.some(({ id }) => !conversation.handoff?.missed?.includes(id))
  if (isNew) decide(draft, house, 'offered', agents[0]?.id ?? null, { ...why, ...askedOf(agents) })
  for (const agent of agents) {
    for (const deskId of desksOf(draft, agent, house)) {
      const locale = house.desks.get(deskId)?.locale ?? house.locale
      const buttons: Button[] = [
        { id: 'accept', label: phrase('button.accept', locale) },
        { id: 'decline', label: phrase('button.decline', locale) },
      ]
      const text = phrase('whisper.offer', locale, { agent: agent.name, customer: draft.customer.name, seconds })
      toDesk(draft, house, deskId, 'offer', { whom: whomOf(agent, deskId), text, buttons, until: until.toISOString() })
    }
  }
}

function askedOf(agents: AgentRow[]): { asked?: string[] } {
  return agents.length > 1 ? { asked: agents.map(({ id }) => id) } : {}
}

/** The offer is over without anybody having taken it. */
export function endOffer(draft: Draft): void {
  const { handoff } = draft.conversation
  if (!handoff?.offer) return
  const { offer: _over, ...rest } = handoff
  draft.conversation.handoff = rest
}

/** Says no to an offer: it goes to somebody else, and does not come back. */
export function declineOffer(draft: Draft, agent: AgentRow, house: House): void {
  const { handoff } = draft.conversation
  if (!handoff) return
  const to = (handoff.offer?.to ?? []).filter((id) => id !== agent.id)
  const { offer: before, ...rest } = handoff
  draft.conversation.handoff = {
    ...rest,
    not: [...new Set([...(handoff.not ?? []), agent.id])],
    ...(before && to.length > 0 && { offer: { ...before, to } }),
  }
  decide(draft, house, 'declined', agent.id)
  audit(draft, house, 'assignment.declined', { kind: 'agent', id: agent.id })
  draft.reroute = true
}

/** The time of an offer is over. Those who were asked alone and let it lie are counted; of many who were asked nobody is to blame. */
export function missOffer(draft: Draft, house: House): void {
  const { handoff } = draft.conversation
  const asked = (handoff?.offer?.to ?? []).flatMap((id) => draft.agents.find((one) => one.id === id) ?? [])
  endOffer(draft)
  if (asked.some(({ id }) => !handoff?.missed?.includes(id))) decide(draft, house, 'missed', asked[0]?.id ?? null, askedOf(asked))
  for (const agent of asked) {
    remember(draft, agent)
    if (asked.length === 1) countMiss(draft, agent, house)
  }
  draft.reroute = true
}

/** From now on the agent who was given it must say something before their lease ends. */
export function lease(draft: Draft, house: House): void {
  const { conversation } = draft
  const minutes = house.routing.leaseMinutes[kindOf(conversation.channelId, house)]
  const dueAt = minutes > 0 ? peopleHave(minutes * 60_000, conversation.skill, house) : undefined
  if (!dueAt || conversation.status !== 'assigned') return
  conversation.botState = { ...conversation.botState, owed: conversation.lastSeq }
  later(draft, house, dueAt, { type: 'unanswered', version: conversation.version, seq: conversation.lastSeq, lease: true })
}

/** It comes back to them only when nobody else can. */
export function remember(draft: Draft, agent: AgentRow): void {
  const { handoff } = draft.conversation
  if (handoff) draft.conversation.handoff = { ...handoff, missed: [...new Set([...(handoff.missed ?? []), agent.id])] }
}

/** Who misses again and again is not asked any more until they say that they are here. They are told. */
export function countMiss(draft: Draft, agent: AgentRow, house: House): void {
  const { missesBeforePause } = house.routing
  agent.missed += 1
  agent.missedAt = house.clock.now()
  draft.changedAgents.add(agent.id)
  if (missesBeforePause === 0 || agent.missed < missesBeforePause) return
  touch(agent, 'away', house)
  decide(draft, house, 'paused', agent.id)
  audit(draft, house, 'agent.paused', { kind: 'system' }, { agent: agent.id, missed: agent.missed })
  for (const deskId of desksOf(draft, agent, house)) {
    const locale = house.desks.get(deskId)?.locale ?? house.locale
    const thread = draft.threads.find((one) => one.deskId === deskId)?.threadKey
    toDesk(draft, house, deskId, 'whisper', {
      whom: whomOf(agent, deskId),
      text: phrase('whisper.paused', locale, { missed: agent.missed }),
      thread,
    })
  }
}

function desksOf(draft: Draft, agent: AgentRow, house: House): string[] {
  return followers(draft, house).filter((deskId) => agent.identities[deskId] !== undefined)
}

function whomOf(agent: AgentRow, deskId: string) {
  return { id: agent.identities[deskId] ?? '', name: agent.name }
}
