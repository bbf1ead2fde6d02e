// What an agent sees: rows of the store in the words of the console's protocol.
import type { Context } from 'hono'
import { inTongue } from '#core/locale.ts'
import type { Locale } from '#core/message.ts'
import { localeOf, phrase, phrases } from '#core/phrases.ts'
import { maskContact } from '#core/redact.ts'
import { timeFacts } from '#handoff/card.ts'
import type { NextTerm } from '#router/terms.ts'
import { loads } from '#store/agents.ts'
import { leftFor } from '#store/allowances.ts'
import type { DetailRows, ListedRow } from '#store/console.ts'
import { lastDecisions } from '#store/decisions.ts'
import { loadAgents } from '#store/drafts.ts'
import { type Account, accountsOf } from '#store/links.ts'
import { deliveriesOf } from '#store/message-deliveries.ts'
import type { Page } from '#store/pages.ts'
import type { AgentRow, DeliveryRow, MessageRow } from '#store/rows.ts'
import type { Handoff } from '#store/schema.ts'
import { droppedBy } from '#store/trouble.ts'
import { nextTermOf, standingOf } from '../../pipeline/clocks.ts'
import { decisionText } from '../../pipeline/decision.ts'
import { seesContacts } from '../../pipeline/overview.ts'
import { presenceOf } from '../../pipeline/presence.ts'
import { chatParts } from '../chat/view.ts'
import type { HttpParts } from '../parts.ts'
import { consoleDesk } from './actions.ts'
import type {
  ConsoleMessage,
  ConversationDetail,
  ConversationSummary,
  DeliveryState,
  Due,
  HistoryPage,
  LinkedAccount,
  Me,
  TeamMember,
} from './protocol.ts'
import { trailLine } from './trail.ts'

/** The language the console is shown in, as it says in each request; else the browser's. */
export function spoken(parts: HttpParts, context: Context): Locale {
  const asked = context.req.header('x-frontdesk-locale') ?? context.req.header('accept-language')?.split(',')[0]
  return localeOf(asked) ?? parts.house().locale
}

export function meOf(parts: HttpParts, agent: AgentRow, locale: Locale): Me {
  const { brand, skills, staffing } = parts.house()
  return {
    id: agent.id,
    name: agent.name,
    publicName: agent.publicName,
    email: agent.email ?? '',
    role: agent.role,
    presence: presenceOf(agent, parts.clock.now()),
    locale,
    brand,
    skills,
    skillNames: Object.fromEntries([...staffing.skills].flatMap(([id, { name }]) => (name === undefined ? [] : [[id, name]]))),
  }
}

export interface Standing {
  place: number | undefined
}

export function summaryOf(
  parts: HttpParts,
  actor: Pick<AgentRow, 'id' | 'role'>,
  row: ListedRow & Standing,
  locale: Locale,
): ConversationSummary {
  const { conversation, customer, agent, last } = row
  const offer = conversation.status === 'queued' ? conversation.handoff?.offer : undefined
  const channel = parts.house().channels.get(conversation.channelId)
  const now = parts.clock.now()
  const due = nextTermOf(conversation, parts.house(), now)
  return {
    id: conversation.id,
    status: conversation.status,
    version: conversation.version,
    customer: { id: customer.id, name: customer.name },
    channel: { id: conversation.channelId, type: channel?.type ?? 'unknown', title: channel?.title[locale] ?? conversation.channelId },
    ...(conversation.skill && { skill: conversation.skill }),
    priority: conversation.priority,
    ...(agent && conversation.status !== 'queued' && { agent: { id: agent.id, name: agent.name } }),
    preview: (last?.text ?? '').replace(/\s+/g, ' ').slice(0, 160),
    previewBy: last?.author ?? 'system',
    lastMessageAt: conversation.lastMessageAt.toISOString(),
    ...(conversation.status === 'queued' && conversation.queuedAt && { waitingSince: conversation.queuedAt.toISOString() }),
    ...(conversation.snoozedUntil && { snoozedUntil: conversation.snoozedUntil.toISOString() }),
    ...(row.place !== undefined && { place: row.place }),
    ...(offer?.to.includes(actor.id) && { offeredUntil: offer.until }),
    ...(due && { due: dueOf(due, now) }),
    unanswered: row.unanswered && conversation.status !== 'resolved',
    can: rightsOf(actor, conversation.status, conversation.agentId),
  }
}

function dueOf({ dueAt, ...next }: NextTerm, now: Date): Due {
  return { ...next, asOf: now.toISOString(), ...(dueAt && { at: dueAt.toISOString() }) }
}

export async function detailOf(
  parts: HttpParts,
  actor: AgentRow,
  rows: DetailRows & Standing,
  locale: Locale,
): Promise<ConversationDetail> {
  const agents = await loadAgents(parts.database.db)
  const names = new Map(agents.map((agent) => [agent.id, agent.name]))
  const decisions = await lastDecisions(parts.database.db, rows.conversation.id)
  const { conversation, customer } = rows
  const { handoff } = conversation
  const tags = [...new Set([...customer.tags, ...conversation.tags])]
  const left = await leftFor(parts.database.db, conversation, parts.clock.now())
  const facts = timeFacts(standingOf(conversation, parts.house()), locale)
  const whole = seesContacts(parts.house(), consoleDesk(parts), actor)
  return {
    ...summaryOf(parts, actor, rows, locale),
    ...(await historyOf(parts, rows, locale)),
    profile: {
      name: customer.name,
      ...(customer.locale && { locale: customer.locale }),
      firstSeenAt: customer.firstSeenAt.toISOString(),
      lastSeenAt: customer.lastSeenAt.toISOString(),
      identities: rows.identities.map(({ channelId, value }) => ({ channel: channelId, value: whole ? value : maskContact(value) })),
      conversations: rows.conversations,
    },
    ...(tags.length > 0 && { tags }),
    ...(handoff && { handoff: handoffOf(handoff, locale) }),
    ...(left && { left: { ...left, until: left.until.toISOString() } }),
    ...(conversation.closing?.code && { closeReason: conversation.closing.code }),
    ...(conversation.csatScore && {
      csat: { score: conversation.csatScore, ...(conversation.csatComment && { comment: conversation.csatComment }) },
    }),
    ...(facts.length > 0 && { facts }),
    trail: rows.trail.map((event) => trailLine(event, names, customer.name, parts.house(), locale)),
    decisions: decisions.map((row) => ({ at: row.at.toISOString(), what: decisionText(row, agents, locale) })),
    threads: rows.threads.map((thread) => ({ desk: thread.deskId, state: thread.state })),
  }
}

/** Messages with how far each got. */
export async function historyOf(parts: HttpParts, { messages, older, newer }: Page, locale: Locale): Promise<HistoryPage> {
  const deliveries = await deliveriesOf(
    parts.database.db,
    messages.map((message) => message.id),
  )
  const byMessage = Map.groupBy(deliveries, (row) => row.messageId)
  return { messages: messages.map((message) => messageOf(parts, message, byMessage.get(message.id) ?? [], locale)), older, newer }
}

/** The same rules as the commands'; the commands decide, this only greys out what they would refuse. */
export function rightsOf(
  actor: Pick<AgentRow, 'id' | 'role'>,
  status: ConversationDetail['status'],
  agentId: string | null,
): ConversationSummary['can'] {
  const isHeld = status === 'assigned' || status === 'snoozed'
  const mine = isHeld && (agentId === actor.id || actor.role !== 'agent')
  return {
    // Words of somebody who does not own it are held and asked about, so they may be written.
    reply: status !== 'resolved',
    claim: status === 'bot' || status === 'queued' || (status === 'snoozed' && agentId === actor.id),
    release: mine,
    transfer: mine || status === 'queued',
    resolve: mine || status === 'queued' || status === 'bot',
    reopen: status === 'resolved',
    toBot: mine || status === 'queued',
    snooze: mine,
  }
}

function messageOf(parts: HttpParts, message: MessageRow, deliveries: DeliveryRow[], locale: Locale): ConsoleMessage {
  const { house } = parts
  const delivery = deliveryOf(deliveries, locale)
  const list = chatParts(parts, message.parts)
  return {
    id: message.id,
    seq: message.seq,
    author: message.author,
    name: message.name || phrase(`author.${message.author}`, locale),
    parts: list.map((part) =>
      part.type === 'media' ? { ...part, media: { ...part.media, url: `/console/api/files/${part.media.id}` } } : part,
    ),
    at: message.createdAt.toISOString(),
    ...(message.clientId && { clientId: message.clientId }),
    ...(message.editedAt && { editedAt: message.editedAt.toISOString() }),
    ...(message.recalledAt && { recalledAt: message.recalledAt.toISOString() }),
    ...(delivery && { delivery }),
    ...(message.question && { question: message.question }),
    ...(message.via && !house().readers.has(message.via) && { via: house().desks.get(message.via)?.title[locale] ?? message.via }),
  }
}

/** A message in several pieces is as far as the piece that fared worst. */
function deliveryOf(rows: DeliveryRow[], locale: Locale): ConsoleMessage['delivery'] {
  const row = WORST.flatMap((state) => rows.find((one) => stateOf(one) === state) ?? [])[0]
  if (!row) return undefined
  const reason = droppedBy(row) ?? (row.error && inTongue(row.error, locale))
  const possiblyTwice = rows.some((one) => one.possiblyTwice)
  return { state: stateOf(row), ...(reason && { reason }), ...(possiblyTwice && { possiblyTwice: true as const }) }
}

const WORST: DeliveryState[] = [
  'failed',
  'expired',
  'unknown',
  'held',
  'dropped',
  'retry',
  'sending',
  'pending',
  'sent',
  'delivered',
  'read',
]
/** Whoever has it has it, even when our own note of its going out is still to come. */
const ON_ITS_WAY: DeliveryRow['state'][] = ['pending', 'sending', 'retry', 'sent']

/** How far one delivery got, with what the platform or the customer's browser said of it later. */
export function stateOf(row: DeliveryRow): DeliveryState {
  if (droppedBy(row) !== undefined) return 'dropped'
  if (!ON_ITS_WAY.includes(row.state)) return row.state
  return row.readAt ? 'read' : row.deliveredAt ? 'delivered' : row.state
}

const reasons: Record<string, { zh: string; en: string }> = {
  claimed: { zh: '客服主动接入', en: 'an agent took over' },
  transferred: { zh: '同事转来', en: 'passed on by a colleague' },
  released: { zh: '同事放回队列', en: 'given back by a colleague' },
}

function handoffOf(handoff: Handoff, locale: Locale): ConversationDetail['handoff'] {
  const { note, tried, collected, at } = handoff
  return {
    reason: handoffWords(handoff, locale),
    note,
    ...(tried && tried.length > 0 && { tried }),
    ...(collected && { collected: Object.entries(collected).map(([name, value]) => ({ name, value })) }),
    at,
  }
}

function handoffWords({ reason }: { reason: string }, locale: Locale): string {
  const key = `reason.${reason}`
  return key in phrases ? phrase(key as 'reason.asked', locale) : (reasons[reason]?.[locale] ?? reason)
}

export async function teamOf(parts: HttpParts, actor: Pick<AgentRow, 'id' | 'role'>, locale: Locale): Promise<TeamMember[]> {
  const load = await loads(parts.database.db)
  const accounts = Map.groupBy(await accountsOf(parts.database.db, actor.role === 'admin' ? undefined : actor.id), (one) => one.agentId)
  const now = parts.clock.now()
  return (await loadAgents(parts.database.db)).map((agent) => ({
    id: agent.id,
    name: agent.name,
    publicName: agent.publicName,
    ...(agent.email && { email: agent.email }),
    role: agent.role,
    skills: agent.skills,
    capacity: agent.capacity,
    presence: presenceOf(agent, now),
    load: load.get(agent.id) ?? 0,
    configured: agent.configured,
    canSignIn: agent.passwordHash !== null,
    ...((actor.role === 'admin' || actor.id === agent.id) && {
      accounts: (accounts.get(agent.id) ?? []).map((account) => linkedOf(parts, account, locale)),
    }),
  }))
}

function linkedOf(parts: HttpParts, { deskId, userId, how, linkedAt }: Account, locale: Locale): LinkedAccount {
  const title = parts.house().desks.get(deskId)?.title[locale] ?? deskId
  return { desk: deskId, title, user: userId, how, ...(linkedAt && { linkedAt: linkedAt.toISOString() }) }
}
