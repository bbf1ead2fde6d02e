// Who somebody in a tool is: the config's word, what was linked before, the e-mail that the tool vouches for, or a one-time code that only
// the signed-in agent was shown. Nobody's words reach a customer before one of these is true.
import type { DeskEvent } from '#core/event.ts'
import { phrase } from '#core/phrases.ts'
import type { PersonLink, Unlinking } from '#store/links.ts'
import type { AgentRow } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import type { AgentScene } from './agent.ts'
import type { House } from './house.ts'
import { commandOf } from './look.ts'

/** The code in a `/link`, wherever it is written. */
export function codeOf(event: DeskEvent): string | undefined {
  const command = commandOf(event)
  return command?.name === 'link' ? command.code : undefined
}

/** The agent that this person is by what is on record; else by the tool's word, which is kept. */
export function whoIs({ event: { by }, deskId, agents, unlinked }: AgentScene, house: House): { agent?: AgentRow; link?: PersonLink } {
  if (house.readers.has(deskId)) return { agent: agents.find(({ id }) => id === by.id) }
  const known = agents.find(({ identities }) => identities[deskId] === by.id)
  if (known || by.anonymous || unlinked || !by.email) return { agent: known }
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

/** Whether an account's link is to be taken back. */
export function asksToUnlink(event: DeskEvent): boolean {
  return commandOf(event)?.name === 'unlink'
}

/** An agent takes back the link of the account that writes it, or of their account in another tool: the lost one cannot. */
export function takeLinkBack(
  { event, deskId, accounts = [] }: AgentScene,
  agent: AgentRow,
  house: House,
): { result: EventResult; unlink?: Unlinking } {
  const command = commandOf(event)
  const tool = command?.name === 'unlink' ? command.tool : undefined
  const locale = house.desks.get(deskId)?.locale ?? house.locale
  const titleOf = (id: string) => house.desks.get(id)?.title[locale] ?? id
  const account = accounts.find((one) => (tool === undefined ? one.deskId === deskId : isNamed(tool, one.deskId, house)))
  if (!account) {
    const known = accounts.map((one) => `${one.deskId} (${one.userId})`)
    const missing = tool ?? (house.readers.has(deskId) ? '' : titleOf(deskId))
    return { result: { ok: false, code: 'unlink', message: phrase('whisper.unlink_none', locale, { tool: missing, known }) } }
  }
  const words = { agent: agent.name, id: account.userId }
  if (account.how === 'file') {
    const message = phrase('whisper.unlink_file', locale, { ...words, desk: account.deskId })
    return { result: { ok: false, code: 'unlink', message } }
  }
  const { [account.deskId]: _gone, ...identities } = agent.identities
  agent.identities = identities
  const message = phrase('whisper.unlinked', locale, { ...words, desk: titleOf(account.deskId) })
  return { result: { ok: true, message }, unlink: { account, by: agent.id } }
}

function isNamed(word: string, deskId: string, house: House): boolean {
  const { zh, en } = house.desks.get(deskId)?.title ?? { zh: deskId, en: deskId }
  return [deskId, zh, en].some((name) => name.toLowerCase() === word.trim().toLowerCase())
}
