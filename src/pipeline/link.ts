// Who somebody in a tool is: the config's word, what was linked before, the e-mail that the tool vouches for, or a one-time code that only
// the signed-in agent was shown. Nobody's words reach a customer before one of these is true.
import type { DeskEvent } from '#core/event.ts'
import { phrase } from '#core/phrases.ts'
import type { PersonLink } from '#store/links.ts'
import type { AgentRow } from '#store/rows.ts'
import type { AgentScene } from './agent.ts'
import type { House } from './house.ts'
import { commandOf } from './look.ts'

/** The code in a `/link`, wherever it is written. */
export function codeOf(event: DeskEvent): string | undefined {
  const command = commandOf(event)
  return command?.name === 'link' ? command.code : undefined
}

/** The agent that this person is by what is on record; else by the tool's word, which is kept. */
export function whoIs({ event: { by }, deskId, agents }: AgentScene, house: House): { agent?: AgentRow; link?: PersonLink } {
  if (house.readers.has(deskId)) return { agent: agents.find(({ id }) => id === by.id) }
  const known = agents.find(({ identities }) => identities[deskId] === by.id)
  if (known || by.anonymous || !by.email) return { agent: known }
  const mail = by.email.toLowerCase()
  const agent = agents.find(({ email, identities }) => email?.toLowerCase() === mail && identities[deskId] === undefined)
  return agent ? { agent, link: { deskId, userId: by.id, agentId: agent.id, how: 'email' } } : {}
}

/** What comes of a code: who they are from now on, and what they are told. */
export function tryCode({ event: { by }, deskId, agents, code }: AgentScene, house: House): { text: string; link?: PersonLink } {
  const locale = house.desks.get(deskId)?.locale ?? house.locale
  const agent = agents.find(({ id }) => id === code?.agentId)
  if (by.anonymous) return { text: phrase('whisper.anonymous', locale) }
  if (!agent || !code) return { text: phrase('whisper.link_wrong', locale) }
  if (agent.identities[deskId] !== undefined) return { text: phrase('whisper.link_taken', locale, { agent: agent.name }) }
  const link: PersonLink = { deskId, userId: by.id, agentId: agent.id, how: 'code', code: code.id }
  return { text: phrase('whisper.linked', locale, { agent: agent.name }), link }
}
