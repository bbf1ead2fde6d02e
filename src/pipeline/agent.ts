// What an agent did in their tool, and what follows from it. What an agent types reaches the customer only if the agent owns
// the conversation; everything else is held and asked about, or stays inside.
import { cut } from '#core/adapt.ts'
import type { DeskEvent } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import { type Button, type Locale, type Part, type Text, writtenText } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { type Command, commandHelp, type Line, parseCommand, parseLine } from '#handoff/commands.ts'
import { withoutMark } from '#handoff/policy.ts'
import type { Account, PersonLink, Unlinking } from '#store/links.ts'
import type { AgentRow, ConversationRow, CustomerRow, Draft, FollowupRow, MessageRow, NewDelivery, ThreadRow } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { type Acting, localeOf, meantBy, shownTime } from './acting.ts'
import { adopt } from './adopt.ts'
import { amendWords, takeBack } from './amend.ts'
import { perform } from './command.ts'
import { note, openDraft, reply, setThreads, toDesk } from './draft.ts'
import { finish, listFollowups } from './followup.ts'
import type { House } from './house.ts'
import { asksToUnlink, takeLinkBack, tryCode, whoIs } from './link.ts'
import type { Looked } from './look.ts'
import { dayWords, helpWords, queueWords } from './overview.ts'
import { claim, hold } from './owner.ts'
import { forgive, hint, renew, touch } from './presence.ts'
import { mark } from './tick.ts'

export interface AgentScene {
  event: DeskEvent
  eventId: string
  /** When we heard of it. */
  receivedAt: Date
  deskId: string
  customer: CustomerRow | undefined
  conversation: ConversationRow | undefined
  threads: ThreadRow[]
  agents: AgentRow[]
  /** The message that an edit, or the choice about held words, is about. */
  target: MessageRow | undefined
  /** The customer's open conversation, where this one is resolved. */
  beside?: ConversationRow
  looked?: Looked
  /** A `/link` was written: its code's own id, and whose it is while it is good. */
  code?: { id: string; agentId?: string }
  /** The link of this account was taken back: no e-mail makes it anew. */
  unlinked?: boolean
  /** An `/unlink` was written: whoever wrote it has these. */
  accounts?: Account[]
  /** It stands in a thread of ours that belongs to no conversation (`astray.ts`). */
  astray?: { key: string; told: boolean }
}

export interface AgentOutcome {
  /** Somebody in a tool turned out to be this agent. */
  link?: PersonLink
  /** An agent's account in a tool is theirs no more. */
  unlink?: Unlinking
  draft?: Draft
  /** Somebody whose presence changed without a conversation. */
  present?: AgentRow
  /** What to tell somebody who acted outside every conversation. */
  answer?: NewDelivery
  /** What they ticked off there. */
  followups?: FollowupRow[]
  result: EventResult
}

/** Which message of the conversation must be loaded for this event. */
export function targetOf(event: DeskEvent, deskId: string): { id?: string; link?: { scope: string; externalId: string } } | undefined {
  if (event.type === 'edit' || event.type === 'remove') return { link: { scope: deskId, externalId: event.target } }
  const line = event.type === 'button' ? event.command : event.type === 'command' ? event.line : undefined
  if (line === undefined) return undefined
  const parsed = parseCommand(line)
  return parsed.type === 'command' && (parsed.name === 'held' || parsed.name === 'resend') ? { id: parsed.message } : undefined
}

export function agentTurn(scene: AgentScene, house: House): AgentOutcome {
  const { agent, link } = whoIs(scene, house)
  if (!agent) return scene.code ? joins(scene, house) : stranger(scene, house)
  if (link) agent.identities = { ...agent.identities, [link.deskId]: link.userId }
  if (asksToUnlink(scene.event)) return leaves(scene, agent, house)
  return { ...(link && { link }), ...knownTurn(scene, agent, house) }
}

function knownTurn(scene: AgentScene, agent: AgentRow, house: House): AgentOutcome {
  const { event } = scene
  if (event.type === 'presence') {
    const isWord = house.readers.has(scene.deskId)
    const present = isWord ? touch(agent, event.state, house, scene.receivedAt) : hint(agent, event.state, house)
    return { present, result: { ok: true } }
  }
  if (!scene.conversation || !scene.customer) return outside(scene, agent, house)
  const draft = openDraft(
    scene.customer,
    { ...scene.conversation },
    scene.threads.map((thread) => ({ ...thread })),
    scene.agents,
  )
  const { deskId, eventId, receivedAt, target, beside, looked } = scene
  const acting: Acting = { draft, agent, deskId, event, eventId, receivedAt, target, beside, looked }
  if (event.type === 'thread_gone') return { draft, result: threadGone(draft, scene, event.thread, house) }
  // Any sign of life keeps somebody online; coming online takes a claim, an answer or a word: a note is no offer to work.
  if (!isLate(acting, house)) renew(agent, house)
  draft.changedAgents.add(agent.id)
  const result = act(acting, house)
  if (!house.readers.has(scene.deskId)) whisper(acting, result, house)
  return { draft, result }
}

function act(acting: Acting, house: House): EventResult {
  const { event } = acting
  switch (event.type) {
    case 'message':
      if (event.held) return holdDoubtful(acting, event.parts, event.held, house)
      return said(acting, event.parts, house)
    case 'button':
      return line(acting, parseCommand(event.command), [], house)
    case 'command':
      if (event.version !== undefined && event.version !== acting.draft.conversation.version) return refuse(house, acting, 'changed')
      return line(acting, parseCommand(event.line), event.parts ?? [], house)
    case 'edit':
      return amendWords(acting, event.parts, house)
    case 'remove':
      return takeBack(acting, house)
    case 'closed':
    case 'opened':
      return askOfThread(acting, event.type, house)
    default:
      return { ok: true }
  }
}

/** What somebody wrote in a tool: a line of our grammar, unless the policy or whom it is addressed to say otherwise. */
function said(acting: Acting, parts: Part[], house: House): EventResult {
  // What stands under a picture is read like any other words: '//', a command, a mark.
  const text = writtenText(parts)
  const intent = meantBy(acting, text, house)
  if (intent.type === 'note') return keepNote(acting, text, parts, house)
  if (isLate(acting, house)) return saidLate(acting, text, withoutMark(parts, intent.type === 'send' ? intent.skip : 0), house)
  if (intent.type === 'line') return line(acting, parseLine(text), parts, house)
  const words = withoutMark(parts, intent.skip)
  if (words.length > 0) return speak(acting, words, house)
  return { ok: false, code: 'usage', message: phrase('whisper.usage', localeOf(acting, house), { usage: '/r <text>' }) }
}

/**
 * The tool told us long after it was written: it was down, or we were. Mail takes its time and its readers know it. What our own console
 * sends is written in it now.
 */
function isLate({ event, receivedAt, deskId }: Acting, house: House): boolean {
  if (event.type !== 'message' || house.readers.has(deskId) || house.desks.get(deskId)?.slow) return false
  return receivedAt.getTime() - event.at.getTime() > house.sending.lateMs
}

/** The customer may have been answered meanwhile, and a command may be about what is no more: nothing of it happens unasked. */
function saidLate(acting: Acting, text: string, parts: Part[], house: House): EventResult {
  const parsed = parseLine(text)
  if (parsed.type === 'note') return keepNote(acting, parsed.text, parts, house)
  const time = (locale: Locale) => shownTime(acting.event.at, house, locale)
  if (parsed.type === 'text') {
    const why = { zh: phrase('whisper.late', 'zh', { time: time('zh') }), en: phrase('whisper.late', 'en', { time: time('en') }) }
    return holdDoubtful(acting, parts, why, house)
  }
  const locale = localeOf(acting, house)
  return { ok: false, code: 'late', message: phrase('whisper.late_command', locale, { line: cut(text, 80, 'utf16'), time: time(locale) }) }
}

function line(acting: Acting, parsed: Line, parts: Part[], house: House): EventResult {
  switch (parsed.type) {
    case 'text':
      return speak(acting, parts, house)
    case 'note':
      return keepNote(acting, parsed.text, parts, house)
    case 'unknown':
      return unknown(acting, parsed, house)
    case 'command':
      return perform(acting, parsed, house)
  }
}

/** Words of which the tool is not sure: nobody's, until somebody says so. */
function holdDoubtful(acting: Acting, incoming: Part[], why: Text, house: House): EventResult {
  const { draft, deskId, event } = acting
  const parts = adopt(draft, incoming, { deskId, event }, house)
  return hold(acting, { parts, via: deskId, ...('messageId' in event && { externalId: event.messageId }) }, house, why)
}

/** Words for the customer, if the agent may say them. Whoever writes first in a waiting conversation claims it. */
function speak(acting: Acting, incoming: Part[], house: House): EventResult {
  const { draft, agent, deskId, event } = acting
  const messageId = 'messageId' in event ? event.messageId : undefined
  const parts = adopt(draft, incoming, { deskId, event }, house)
  const words = { parts, via: deskId, externalId: messageId, clientId: house.readers.has(deskId) ? messageId : undefined }
  const { status, agentId } = draft.conversation
  if (status === 'queued' || (status === 'snoozed' && agentId === agent.id)) {
    touch(agent, 'online', house, acting.receivedAt)
    claim(draft, agent, house, { quiet: true, cause: acting.eventId })
  } else if (status !== 'assigned' || agentId !== agent.id) return hold(acting, words, house)
  forgive(agent, house)
  const message = reply(draft, agent, words, house)
  if (messageId) draft.newLinks.push({ scope: deskId, externalId: messageId, messageId: message.id, direction: 'in' })
  if (event.type === 'message' && event.macro) draft.used.push({ macro: event.macro, agentId: agent.id })
  return { ok: true, message: message.id }
}

function keepNote(acting: Acting, text: string, incoming: Part[], house: House): EventResult {
  const { draft, agent, deskId, event } = acting
  const messageId = 'messageId' in event ? event.messageId : undefined
  const files = adopt(
    draft,
    incoming.flatMap((part): Part[] => (part.type === 'text' ? [] : part.type === 'media' ? [{ ...part, caption: undefined }] : [part])),
    { deskId, event },
    house,
  )
  const parts: Part[] = text ? [{ type: 'text', text }, ...files] : files
  if (parts.length === 0)
    return { ok: false, code: 'usage', message: phrase('whisper.usage', localeOf(acting, house), { usage: '/note <text>' }) }
  const clientId = house.readers.has(deskId) ? messageId : undefined
  const message = note(draft, agent.name, { parts, via: deskId, agentId: agent.id, clientId, externalId: messageId }, house)
  mark(draft, message, 'note', house)
  if (messageId) draft.newLinks.push({ scope: deskId, externalId: messageId, messageId: message.id, direction: 'in' })
  return { ok: true, message: message.id }
}

function unknown(acting: Acting, parsed: Extract<Line, { type: 'unknown' }>, house: House): EventResult {
  const locale = localeOf(acting, house)
  const word = parsed.word.slice(1)
  // `!refund order=A12`: a canned reply, unless the word is a command's.
  if (!parsed.usage && word && house.library?.macro(word)) {
    const macro = parseCommand(`macro ${word} ${parsed.rest ?? ''}`)
    if (macro.type === 'command') return perform(acting, macro, house)
  }
  if (parsed.usage) return { ok: false, code: 'usage', message: phrase('whisper.usage', locale, { usage: parsed.usage }) }
  const commands = commandHelp.filter(({ name }) => name !== 'held' && name !== 'resend').map(({ name }) => `/${name}`)
  const message = phrase('whisper.unknown_command', locale, { word: parsed.word, suggestions: parsed.suggestions, commands })
  return { ok: false, code: 'unknown_command', message }
}

/** Somebody closed or opened the thread by hand: in the tool that changes nothing for the customer, so they are asked what they mean. */
function askOfThread(acting: Acting, what: 'closed' | 'opened', house: House): EventResult {
  const { draft, deskId, event } = acting
  const isResolved = draft.conversation.status === 'resolved'
  if (isResolved === (what === 'closed')) return { ok: true }
  const locale = localeOf(acting, house)
  const button = what === 'closed' ? ('resolve' as const) : ('reopen' as const)
  const buttons = [{ id: button, label: phrase(`button.${button}`, locale) }]
  const text = phrase(what === 'closed' ? 'whisper.thread_closed' : 'whisper.thread_opened', locale)
  toDesk(draft, house, deskId, 'whisper', { whom: event.by, text, buttons, thread: 'thread' in event ? event.thread : undefined })
  return { ok: true }
}

/** Somebody says who they are. The code is kept nowhere, and no customer's thread shows it to others as a note. */
function joins(scene: AgentScene, house: House): AgentOutcome {
  const { text, link } = tryCode(scene, house)
  const result: EventResult = link ? { ok: true, message: text } : { ok: false, code: 'link', message: text }
  return { answer: answerTo(scene, text, house), result, ...(link && { link }) }
}

/** An account is taken from an agent by their own word, wherever they write it: what they do next there is a stranger's. */
function leaves(scene: AgentScene, agent: AgentRow, house: House): AgentOutcome {
  const { result, unlink } = takeLinkBack(scene, agent, house)
  return { answer: answerTo(scene, result.message ?? '', house), result, ...(unlink && { unlink }) }
}

/** What a stranger does and is told about. */
const ACTS = new Set<DeskEvent['type']>(['message', 'button', 'command'])

/** Somebody who is in the tool but no agent of ours: what they write is kept inside, and they learn how to be linked. */
function stranger(scene: AgentScene, house: House): AgentOutcome {
  const { event, deskId, conversation, customer } = scene
  const locale = house.desks.get(deskId)?.locale ?? house.locale
  const message = event.by.anonymous
    ? phrase('whisper.anonymous', locale)
    : phrase('whisper.not_linked', locale, { desk: deskId, id: event.by.id })
  const result: EventResult = { ok: false, code: 'not_linked', message }
  if (event.type === 'thread_gone' && conversation && customer) {
    const draft = openDraft(
      customer,
      { ...conversation },
      scene.threads.map((thread) => ({ ...thread })),
      scene.agents,
    )
    return { draft, result: threadGone(draft, scene, event.thread, house) }
  }
  if (!ACTS.has(event.type)) return { result }
  if (scene.astray) return astray(scene, scene.astray, house)
  // A stranger's talk in the team's own topics is none of our business; a command or a press wants an answer.
  if (!conversation || !customer) return event.type === 'message' ? { result } : { answer: answerTo(scene, message, house), result }
  const draft = openDraft(customer, { ...conversation }, scene.threads, scene.agents)
  if (event.type === 'message') {
    const parts = adopt(draft, event.parts, { deskId, event }, house)
    note(draft, event.by.name ?? event.by.id, { parts, via: deskId }, house)
  }
  const callback = event.type === 'button' ? event.callback : undefined
  toDesk(draft, house, deskId, 'whisper', { whom: event.by, text: message, callback, thread: 'thread' in event ? event.thread : undefined })
  return { draft, result }
}

/** Outside every conversation only presence, the queue and help make sense. Talk there is the team's own and gets no answer. */
function outside(scene: AgentScene, agent: AgentRow, house: House): AgentOutcome {
  const { event } = scene
  if (scene.astray) return astray(scene, scene.astray, house)
  const locale = house.desks.get(scene.deskId)?.locale ?? house.locale
  const line = event.type === 'command' ? event.line : event.type === 'button' ? event.command : undefined
  const parsed = line === undefined ? undefined : parseCommand(line)
  if (!parsed) return { result: { ok: true } }
  if (parsed.type === 'command' && (parsed.name === 'online' || parsed.name === 'away')) {
    const words = phrase('whisper.presence', locale, { state: parsed.name })
    return {
      present: touch(agent, parsed.name, house, scene.receivedAt),
      answer: answerTo(scene, words, house),
      result: { ok: true, message: words },
    }
  }
  const told = parsed.type === 'command' ? tellOutside(scene, parsed, agent, house) : undefined
  const { row, buttons, result = { ok: false, code: 'not_here', message: phrase('whisper.not_here', locale) } } = told ?? {}
  return { answer: answerTo(scene, result.message ?? '', house, buttons), result, ...(row && { followups: [row] }) }
}

/** Nobody reads what is written there, so its writer is told. */
function astray(scene: AgentScene, { key, told }: NonNullable<AgentScene['astray']>, house: House): AgentOutcome {
  const message = phrase('whisper.astray', house.desks.get(scene.deskId)?.locale ?? house.locale)
  const result = { ok: false, code: 'not_connected', message } as const
  const answer = told ? undefined : answerTo(scene, message, house)
  return answer ? { answer: { ...answer, payload: { ...answer.payload, astray: true }, originKey: key }, result } : { result }
}

/** What belongs to the agent and to no customer. */
function tellOutside(
  { looked, deskId }: AgentScene,
  command: Command,
  agent: AgentRow,
  house: House,
): { result: EventResult; row?: FollowupRow; buttons?: Button[] } | undefined {
  const locale = house.desks.get(deskId)?.locale ?? house.locale
  const list = looked?.followups ?? []
  const told = (message: string) => ({ result: { ok: true as const, message } })
  switch (command.name) {
    case 'queue':
      return told(queueWords(looked?.queue, agent, house, locale))
    case 'stats':
      return told(dayWords(looked?.day, list, house, locale))
    case 'help':
      return told(helpWords(command.about, locale))
    case 'done':
      return finish(list, command.item, agent, house, locale)
    case 'todo': {
      const { message, buttons } = listFollowups(list, house, locale)
      return { ...told(message), buttons }
    }
    default:
      return undefined
  }
}

/** A word for one agent that belongs to no conversation. The console shows results itself. */
function answerTo({ event, eventId, deskId }: AgentScene, text: string, house: House, buttons?: Button[]): NewDelivery | undefined {
  if (house.readers.has(deskId)) return undefined
  const now = house.clock.now()
  const callback = event.type === 'button' ? event.callback : undefined
  return {
    id: newId('dlv', house.clock),
    kind: 'desk',
    targetId: deskId,
    lane: `desk:${deskId}:outside`,
    conversationId: '',
    messageId: null,
    op: 'whisper',
    payload: { whom: event.by, text, callback, ...(buttons?.length && { buttons }), thread: 'thread' in event ? event.thread : undefined },
    automatic: true,
    nextAt: now,
    originKey: `${eventId}:answer`,
    createdAt: now,
  }
}

/** The thread was deleted in the tool. While somebody waits or works on it, the desk gets a new one at once. */
function threadGone(draft: Draft, scene: AgentScene, key: string, house: House): EventResult {
  const thread = draft.threads.find((one) => one.deskId === scene.deskId && one.threadKey === key)
  if (thread) setThreads(draft, 'lost', [thread])
  const { status } = draft.conversation
  if (thread && (status === 'queued' || status === 'assigned')) toDesk(draft, house, scene.deskId, 'open', {})
  return { ok: true }
}

/** Tells the agent what came of it: always when it failed, and when a pressed button waits for its answer. */
function whisper(acting: Acting, result: EventResult, house: House): void {
  const { event, draft, deskId } = acting
  const callback = event.type === 'button' ? event.callback : undefined
  if (!callback && (result.ok ? !result.message || result.message.startsWith('msg_') : result.code === 'held')) return
  const text = result.ok && result.message?.startsWith('msg_') ? '' : (result.message ?? '')
  const buttons = acting.buttons?.length ? acting.buttons : undefined
  toDesk(draft, house, deskId, 'whisper', { whom: event.by, text, callback, buttons, thread: 'thread' in event ? event.thread : undefined })
}

function refuse(house: House, acting: Acting, why: 'changed'): EventResult {
  return { ok: false, code: why, message: phrase(`whisper.${why}`, localeOf(acting, house)) }
}
