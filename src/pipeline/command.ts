// The commands of agents. Each checks who may, changes the owner or the history, and says what came of it.
import { cut } from '#core/adapt.ts'
import type { Part } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import type { Command } from '#handoff/commands.ts'
import type { ConversationRow, Draft } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { type Acting, localeOf, mayChange, notYours, refuse } from './acting.ts'
import { cameFrom, watchQueue } from './bot.ts'
import { settleClocks } from './clocks.ts'
import { end } from './close.ts'
import { decisionLines } from './decision.ts'
import { audit, expectUs, followers, note, openThreads, own, redraw, reply, say, servingDesks, setThreads, toDesk } from './draft.ts'
import { finish, followUp, listFollowups } from './followup.ts'
import { type House, skillName } from './house.ts'
import { declineOffer, lease } from './offer.ts'
import { customerWords, dayWords, helpWords, queueWords } from './overview.ts'
import { claim, log } from './owner.ts'
import { forgive, touch } from './presence.ts'
import { fillMacro, search, send, show } from './shelf.ts'
import { snooze } from './snooze.ts'
import { prioritize, tag } from './sorting.ts'
import { mark } from './tick.ts'

const done: EventResult = { ok: true }

/** Commands that give a resolved conversation an owner again. */
const REOPENS = new Set<Command['name']>(['claim', 'reopen', 'release', 'transfer'])

export function perform(acting: Acting, command: Command, house: House): EventResult {
  const reopens = command.name === 'held' ? command.choice === 'take' : REOPENS.has(command.name)
  if (acting.beside && reopens) return openElsewhere(acting, acting.beside, house)
  switch (command.name) {
    case 'claim':
      return take(acting, house)
    case 'accept':
      return accept(acting, house)
    case 'decline':
      return decline(acting, house)
    case 'why':
      return {
        ok: true,
        message: decisionLines(acting.looked?.decisions ?? [], acting.draft.agents, house.clock.now(), localeOf(acting, house)),
      }
    case 'release':
      return release(acting, house)
    case 'transfer':
      return transfer(acting, command, house)
    case 'resolve':
      return resolve(acting, command.reason, house)
    case 'reopen':
      return reopen(acting, house)
    case 'bot':
      return toBot(acting, house)
    case 'held':
      return decide(acting, command.choice, house)
    case 'link':
      return { ok: true, message: phrase('whisper.linked_already', localeOf(acting, house), { agent: acting.agent.name }) }
    case 'resend':
      return resend(acting, house)
    case 'online':
    case 'away':
      touch(acting.agent, command.name, house, acting.receivedAt)
      return { ok: true, message: phrase('whisper.presence', localeOf(acting, house), { state: command.name }) }
    case 'tag':
      return tag(acting, command, house)
    case 'priority':
      return prioritize(acting, command, house)
    case 'snooze':
      return snooze(acting, command.line, house)
    default:
      return consult(acting, command, house)
  }
}

/** Commands that leave the conversation as it is: what the agent reads, sends from the library, keeps on their list. */
function consult(acting: Acting, command: Command, house: House): EventResult {
  const { agent, looked } = acting
  const locale = localeOf(acting, house)
  switch (command.name) {
    case 'kb':
      return search(acting, command.words, house)
    case 'send':
      return send(acting, command.item, house)
    case 'show':
      return show(acting, command.item, house)
    case 'macro':
      return fillMacro(acting, command, house)
    case 'customer':
      return { ok: true, message: customerWords(acting, house) }
    case 'followup':
      return followUp(acting, command.line, house)
    case 'done': {
      const { row, result } = finish(looked?.followups ?? [], command.item, agent, house, locale)
      if (row) acting.draft.followups.push(row)
      return result
    }
    case 'todo': {
      const { message, buttons } = listFollowups(looked?.followups ?? [], house, locale)
      acting.buttons = buttons
      return { ok: true, message }
    }
    case 'queue':
      return { ok: true, message: queueWords(looked?.queue, agent, house, locale) }
    case 'stats':
      return { ok: true, message: dayWords(looked?.day, looked?.followups ?? [], house, locale) }
    default:
      return { ok: true, message: helpWords(command.name === 'help' ? command.about : undefined, locale) }
  }
}

function take(acting: Acting, house: House): EventResult {
  const { draft, agent } = acting
  const { status, agentId } = draft.conversation
  if (status === 'assigned' && agentId === agent.id) return { ok: true, message: phrase('whisper.already_yours', localeOf(acting, house)) }
  if (status === 'assigned' || (status === 'snoozed' && agentId !== agent.id)) {
    const owner = draft.agents.find((one) => one.id === agentId)?.name ?? '?'
    return refuse('claimed', phrase('whisper.claimed_by', localeOf(acting, house), { agent: owner }))
  }
  if (status === 'resolved') return reopen(acting, house)
  touch(agent, 'online', house, acting.receivedAt)
  claim(draft, agent, house, { cause: acting.eventId })
  return { ok: true, message: phrase('whisper.claimed', localeOf(acting, house)) }
}

/** Says yes to an offer. Who comes too late, and finds it still waiting, may have it all the same. */
function accept(acting: Acting, house: House): EventResult {
  const { status } = acting.draft.conversation
  return status === 'resolved' || status === 'bot'
    ? refuse('offer_gone', phrase('whisper.offer_gone', localeOf(acting, house)))
    : take(acting, house)
}

function decline(acting: Acting, house: House): EventResult {
  const { draft, agent } = acting
  const { status, handoff } = draft.conversation
  if (status !== 'queued' || !handoff?.offer?.to.includes(agent.id))
    return refuse('offer_gone', phrase('whisper.offer_gone', localeOf(acting, house)))
  forgive(agent, house)
  declineOffer(draft, agent, house)
  return { ok: true, message: phrase('whisper.declined', localeOf(acting, house)) }
}

function release(acting: Acting, house: House): EventResult {
  const { draft, agent } = acting
  if (!mayChange(acting)) return notYours(acting, house)
  const { conversation } = draft
  const before = conversation.handoff
  conversation.handoff = {
    reason: before?.reason ?? 'released',
    ...before,
    not: [...new Set([...(before?.not ?? []), agent.id])],
    at: before?.at ?? house.clock.now().toISOString(),
  }
  own(draft, { status: 'queued' }, house)
  watchQueue(draft, house)
  audit(draft, house, 'assignment.released', { kind: 'agent', id: agent.id })
  log(draft, house, 'log.released', { agent: agent.name })
  redraw(draft, house)
  return { ok: true, message: phrase('whisper.released', localeOf(acting, house)) }
}

function transfer(acting: Acting, command: Extract<Command, { name: 'transfer' }>, house: House): EventResult {
  const { draft, agent } = acting
  if (!mayChange(acting) && draft.conversation.status !== 'queued') return notYours(acting, house)
  const wanted = 'skill' in command.to ? command.to.skill : command.to.agent
  const skill = 'skill' in command.to ? skillNamed(wanted, house) : undefined
  const team = skill || !('skill' in command.to) ? undefined : teamNamed(wanted, house)
  const colleague = skill || team ? undefined : draft.agents.find((one) => [one.id, one.name, one.publicName].includes(wanted))
  if (!skill && !team && !colleague) {
    const known = [
      ...house.skills.map((id) => skillName(house, id)),
      ...[...house.staffing.teams].map(([id, { name }]) => name ?? id),
      ...draft.agents.map((one) => `@${one.name}`),
    ]
    return refuse('no_such_target', phrase('whisper.no_such_target', localeOf(acting, house), { target: wanted, known }))
  }
  const to = colleague?.name ?? (skill && skillName(house, skill)) ?? (team && (house.staffing.teams.get(team)?.name ?? team)) ?? ''
  if (command.why) note(draft, agent.name, { parts: [{ type: 'text', text: command.why }], agentId: agent.id, via: acting.deskId }, house)
  draft.conversation.handoff = {
    ...(draft.conversation.handoff ?? { at: house.clock.now().toISOString() }),
    reason: 'transferred',
    note: command.why,
    // To a skill means: to somebody else who has it. Whoever passes it on may still claim it by hand.
    not: colleague ? [] : [agent.id],
    team,
  }
  const before = followers(draft, house)
  settleClocks(draft, house)
  if (skill) draft.conversation.skill = skill
  own(draft, colleague ? { status: 'assigned', agent: colleague } : { status: 'queued' }, house)
  if (!colleague) watchQueue(draft, house)
  else if (colleague.id !== agent.id) {
    expectUs(draft, house)
    lease(draft, house)
  }
  audit(draft, house, 'assignment.changed', { kind: 'agent', id: agent.id }, { agent: colleague?.id, skill, team, why: command.why })
  for (const deskId of followers(draft, house)) {
    if (!draft.threads.some((thread) => thread.deskId === deskId && thread.state === 'open')) toDesk(draft, house, deskId, 'open', {})
  }
  takeFrom(draft, before, house)
  log(draft, house, 'log.transferred', { agent: agent.name, to, why: command.why })
  redraw(draft, house)
  const words = phrase('agent.transferred', draft.conversation.locale, { agent: colleague?.publicName })
  say(draft, 'system', [{ type: 'text', text: words }], house, acting.eventId)
  return { ok: true, message: phrase('whisper.transferred', localeOf(acting, house), { to }) }
}

/** A skill by its id or its name. */
function skillNamed(word: string, house: House): string | undefined {
  return house.skills.includes(word) ? word : house.skills.find((id) => skillName(house, id) === word)
}

/** A team by its id or its name. */
function teamNamed(word: string, { staffing: { teams } }: House): string | undefined {
  return teams.has(word) ? word : [...teams].find(([, { name }]) => name === word)?.[0]
}

/** Desks that the new skill does not name see nothing from here on: their threads are closed, and say where it went. */
function takeFrom(draft: Draft, before: string[], house: House): void {
  const now = servingDesks(draft.conversation, house)
  for (const deskId of before.filter((id) => !now.includes(id))) {
    const locale = house.desks.get(deskId)?.locale ?? house.locale
    const parts: Part[] = [{ type: 'text', text: phrase('log.moved_on', locale) }]
    toDesk(draft, house, deskId, 'post', { author: 'system', name: phrase('author.system', locale), parts })
    toDesk(draft, house, deskId, 'close', {})
    setThreads(
      draft,
      'closed',
      draft.threads.filter((thread) => thread.deskId === deskId),
    )
  }
}

const REASON_MAX = 200

function resolve(acting: Acting, why: string | undefined, house: House): EventResult {
  const { draft, agent } = acting
  const { conversation } = draft
  if (conversation.status === 'resolved') return refuse('resolved', phrase('whisper.nothing_to_resolve', localeOf(acting, house)))
  if ((conversation.status === 'assigned' || conversation.status === 'snoozed') && !mayChange(acting)) return notYours(acting, house)
  const reason = why && cut(why.replaceAll(/\s+/g, ' '), REASON_MAX, 'utf16')
  touch(agent, 'online', house, acting.receivedAt)
  conversation.agentId ??= agent.id
  end(draft, { by: 'agent', why: 'resolved', agent: agent.id, ...(reason && { code: reason }) }, house, {
    cause: acting.eventId,
    words: 'rating',
  })
  return done
}

function reopen(acting: Acting, house: House): EventResult {
  const { draft, agent } = acting
  if (draft.conversation.status !== 'resolved') return take(acting, house)
  for (const thread of draft.threads) {
    if (thread.state === 'closed') toDesk(draft, house, thread.deskId, 'reopen', {})
  }
  setThreads(draft, 'open')
  draft.conversation.csatAskedAt = null
  audit(draft, house, 'conversation.reopened', { kind: 'agent', id: agent.id })
  log(draft, house, 'log.reopened', { agent: agent.name })
  claim(draft, agent, house, { cause: acting.eventId })
  return done
}

function toBot(acting: Acting, house: House): EventResult {
  const { draft, agent } = acting
  const { status } = draft.conversation
  if (status === 'bot' || status === 'resolved') return done
  if ((status === 'assigned' || status === 'snoozed') && !mayChange(acting)) return notYours(acting, house)
  log(draft, house, 'log.to_bot', { agent: agent.name })
  own(draft, { status: 'bot' }, house)
  // Who the customer is must not send them back to people at once.
  draft.conversation.botState = { ...cameFrom(draft.conversation), returned: true }
  audit(draft, house, 'conversation.to_bot', { kind: 'agent', id: agent.id })
  say(draft, 'system', [{ type: 'text', text: phrase('agent.to_bot', draft.conversation.locale) }], house, acting.eventId)
  redraw(draft, house)
  return done
}

/** What becomes of held words. Decided once: a second press finds no question any more. */
function decide(acting: Acting, choice: 'take' | 'send' | 'note' | 'cancel', house: House): EventResult {
  const { draft, agent, target } = acting
  if (!target?.question) return refuse('gone', phrase('whisper.held_gone', localeOf(acting, house)))
  if (choice === 'send' && draft.conversation.status !== 'assigned')
    return refuse('changed', phrase('whisper.changed', localeOf(acting, house)))
  draft.changedMessages.push({ ...target, question: null })
  if (choice === 'note' || choice === 'cancel') mark(draft, target, choice, house)
  if (choice === 'note' || choice === 'cancel') return { ok: true, message: phrase('whisper.noted', localeOf(acting, house)) }
  if (choice === 'take') {
    if (draft.conversation.status === 'resolved') openThreads(draft, house)
    touch(agent, 'online', house, acting.receivedAt)
    claim(draft, agent, house, { quiet: true, cause: acting.eventId })
  }
  // From now on what was written in the tool is these words: ticks, changes and deletions there are theirs.
  const { via, externalId } = target
  const there = via && externalId && !house.readers.has(via) ? { via, externalId } : undefined
  const message = reply(draft, agent, { parts: target.parts, ...(there ?? { via: acting.deskId }) }, house)
  if (there) draft.newLinks.push({ scope: there.via, externalId: there.externalId, messageId: message.id, direction: 'in' })
  return { ok: true, message: message.id }
}

function resend(acting: Acting, house: House): EventResult {
  const { draft, target } = acting
  if (!target) return refuse('gone', phrase('whisper.held_gone', localeOf(acting, house)))
  if (!mayChange(acting) && draft.conversation.status === 'assigned') return notYours(acting, house)
  // Taken back meanwhile: nobody says it any more.
  if (target.recalledAt) return refuse('gone', phrase('whisper.held_gone', localeOf(acting, house)))
  draft.resend.push(target.id)
  audit(draft, house, 'message.resent', { kind: 'agent', id: acting.agent.id }, { message: target.id })
  return { ok: true, message: phrase('whisper.resent', localeOf(acting, house)) }
}

function openElsewhere(acting: Acting, { id, status, agentId }: ConversationRow, house: House): EventResult {
  const locale = localeOf(acting, house)
  const agent = acting.draft.agents.find((one) => one.id === agentId)?.name
  const words = { status: phrase(`status.${status}`, locale), agent, url: house.consoleUrl(id) }
  return refuse('open_elsewhere', phrase('whisper.open_elsewhere', locale, words))
}
