// What a customer did, and what follows from it.
import type { BotInput, BotState } from '#bot/contract.ts'
import { allowedAfter } from '#core/allowance.ts'
import type { Capabilities } from '#core/capabilities.ts'
import type { Inbound, Origin, Sender } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import type { Part } from '#core/message.ts'
import { writtenText } from '#core/message.ts'
import { detectLocale, localeOf, phrase } from '#core/phrases.ts'
import type { AgentRow, ConversationRow, CustomerRow, Draft, MessageRow, ThreadRow } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { adopt } from './adopt.ts'
import { amend, heard, heed, leave, overhear } from './beside.ts'
import { botContext, botTurn, cameFrom } from './bot.ts'
import { end } from './close.ts'
import { audit, deliver, mirror, openDraft, own, record, redraw, sane, say } from './draft.ts'
import type { House } from './house.ts'
import { DONE } from './idle.ts'
import { owe } from './later.ts'
import { comment, rate } from './rating.ts'
import { wake } from './snooze.ts'
import { ownLabel, waiting } from './wait.ts'

/** What the store knows where the event comes from. */
export interface CustomerScene {
  event: Inbound & { clientId?: string }
  eventId: string
  channelId: string
  customer: CustomerRow | undefined
  conversation: ConversationRow | undefined
  threads: ThreadRow[]
  agents: AgentRow[]
  /** The message that an edit or a recall is about. */
  target: MessageRow | undefined
}

/** Decides everything that one customer event changes. Nothing to change (an edit of an unknown message): no draft. */
export function customerTurn(scene: CustomerScene, house: House): { draft?: Draft; result: EventResult } {
  const { event } = scene
  switch (event.type) {
    case 'message':
    case 'press':
      return { draft: speak(scene, event, house), result: { ok: true } }
    case 'arrive':
      if (event.quiet) return came(scene, event, house)
      return { draft: speak(scene, event, house), result: { ok: true } }
    case 'edit':
    case 'recall':
      return amend(scene, event, house)
    case 'leave':
      return leave(scene, house)
    case 'notice':
      return heard(scene, event, house)
    case 'echo':
      return overhear(scene, event, house)
    case 'delivery':
      return heed(scene, event, house)
    case 'typing':
      return { result: { ok: true } } // Shown live by whoever received it; nothing to keep.
  }
}

type Spoken = Extract<Inbound, { type: 'message' | 'press' | 'arrive' }>

function speak(scene: CustomerScene, event: Spoken, house: House): Draft {
  const sender = event.sender ?? { identities: [] }
  const customer = identify(scene, sender, house)
  const rating = event.type === 'arrive' ? undefined : (rate(scene.conversation, event, house) ?? comment(scene.conversation, event, house))
  const isQuiet = event.quiet === true || (event.type === 'message' && event.automatic === true)
  const wanted = event.type === 'arrive' ? undefined : waiting(scene.conversation, event, house)
  const { draft, isNew } = findConversation(scene, customer, rating !== undefined || isQuiet, house)
  if (event.type === 'arrive') draft.grant = event.grant
  // Who comes again may be proved to be more than we knew: a Mini Program says who its user is.
  if (!scene.customer || event.type === 'arrive') draft.newIdentities = identitiesOf(scene, sender, customer, house)

  const said = event.type === 'message' ? writtenText(event.parts) : ''
  draft.conversation.locale = detectLocale(said, draft.conversation.locale, { known: scene.customer !== undefined })
  customer.locale = draft.conversation.locale
  draft.changesCustomer = isNews(customer, scene.customer)
  const origin = originOf(event)
  if (origin && (isNew || event.type === 'arrive')) draft.conversation.botState = { ...draft.conversation.botState, origin }
  const context = botContext(draft, house, scene.eventId)
  const channel = house.channels.get(scene.channelId)
  if (channel?.capabilities.window) allow(draft, event, channel.capabilities, house)
  if (isNew && channel?.capabilities.greetsFirst) {
    // The visitor saw the greeting before writing; the history is exactly what was said on both sides.
    record(draft, { author: 'bot', name: house.brand.name, parts: house.bot.greet(context) }, house)
    draft.conversation.greeted = true
    context.greeted = true
  }

  const message = recordCustomer(draft, scene, event, house)
  if (event.type === 'press' && event.callback) acknowledge(draft, event.callback, house, scene.eventId)
  if (rating) rating(draft, scene.eventId)
  else if (event.type === 'press' && event.buttonId === DONE && draft.conversation.clocks)
    end(draft, { by: 'customer', why: 'ended' }, house, { cause: scene.eventId, words: 'rating' })
  else if (wanted) {
    if (message) mirror(draft, message, house)
    wanted(draft, scene.eventId)
  } else if (draft.conversation.status === 'bot' && !isQuiet) {
    if (message) mirror(draft, message, house)
    botTurn(draft, inputOf(event), context, house, scene.eventId)
    draft.conversation.greeted ||= event.type === 'arrive'
  } else if (message) {
    // Who writes here again is here: the answer need not go elsewhere.
    if (draft.conversation.status === 'assigned' && draft.conversation.wait) draft.conversation.wait = null
    if (draft.conversation.status === 'snoozed' && !isQuiet) wake(draft, 'customer', house)
    mirror(draft, message, house)
    if (!isQuiet) owe(draft, message, house)
  }
  // Whom the first words took to a person is not told that the bot goes first.
  if (isNew && house.surging && house.surge.bot && !isQuiet && draft.conversation.status === 'bot')
    say(draft, 'system', [textOf('surge.bot', draft)], house, `${scene.eventId}:surge`)
  return draft
}

function inputOf(event: Spoken): BotInput {
  if (event.type === 'message') return { type: 'message', parts: event.parts }
  return event.type === 'press' ? { type: 'press', id: event.buttonId, label: event.label } : { type: 'arrive' }
}

/** What the link, the code or the page says of where the customer came from. */
function originOf(event: Spoken): Origin | undefined {
  const source = event.type === 'arrive' ? event.source : undefined
  const origin = { ...event.origin, ...(source !== undefined && { source }) }
  return Object.keys(origin).length > 0 ? origin : undefined
}

/** What the platform now lets us send; agents who follow are shown it. */
function allow(draft: Draft, event: Spoken, capabilities: Capabilities, house: House): void {
  const { conversation } = draft
  // Platforms tell whole seconds: what went out earlier within this one was before it.
  const at = new Date(Math.min(sane(event.at, house).getTime() + 1_000, house.clock.now().getTime()))
  conversation.allowances = allowedAfter(conversation.allowances ?? [], event.type, capabilities, at) ?? null
  redraw(draft, house)
}

/** Nobody may answer before they say something, so nothing is opened; where they came from is known all the same. */
function came(
  { customer, conversation, threads, agents }: CustomerScene,
  event: Spoken,
  house: House,
): { draft?: Draft; result: EventResult } {
  const origin = originOf(event)
  const result = { ok: true } as const
  if (!customer || !conversation || conversation.status === 'resolved' || !origin) return { result }
  const draft = openDraft(customer, { ...conversation, botState: { ...conversation.botState, origin } }, threads, agents)
  redraw(draft, house)
  return { draft, result }
}

/** Finds the customer of this address, or makes one; what the platform newly tells of them is kept. */
function identify(scene: CustomerScene, sender: Sender, house: House): CustomerRow {
  const now = house.clock.now()
  const locale = scene.customer?.locale ?? localeOf(sender.locale) ?? house.locale
  if (scene.customer) {
    const name = sender.name || scene.customer.name
    return {
      ...scene.customer,
      name,
      named: scene.customer.named || Boolean(sender.name),
      avatarUrl: sender.avatarUrl ?? scene.customer.avatarUrl,
      lastSeenAt: now,
    }
  }
  const tail = [...scene.event.from.user].slice(-4).join('').toUpperCase()
  return {
    id: newId('cus', house.clock),
    name: sender.name || phrase('customer.unnamed', locale, { tail }),
    named: Boolean(sender.name),
    locale,
    avatarUrl: sender.avatarUrl ?? null,
    tags: [],
    firstSeenAt: now,
    lastSeenAt: now,
  }
}

/** Whoever writes several times within a minute is not written down as seen each time. */
const SEEN_MS = 60_000

function isNews(now: CustomerRow, before: CustomerRow | undefined): boolean {
  if (!before || now.lastSeenAt.getTime() - before.lastSeenAt.getTime() >= SEEN_MS) return true
  return (['name', 'named', 'locale', 'avatarUrl'] as const).some((key) => now[key] !== before[key])
}

/** The address itself, and what the channel proved of the person. What is unproven is kept and joins nobody. */
function identitiesOf(scene: CustomerScene, sender: Sender, customer: CustomerRow, house: House): Draft['newIdentities'] {
  const seen = new Set<string>(scene.customer && [`channel ${scene.event.from.user}`])
  return [{ kind: 'channel' as const, value: scene.event.from.user, verified: true }, ...sender.identities]
    .filter(({ kind, value }) => !seen.has(`${kind} ${value}`) && seen.add(`${kind} ${value}`))
    .map((identity) => ({
      ...identity,
      id: newId('idn', house.clock),
      customerId: customer.id,
      channelId: scene.channelId,
      createdAt: house.clock.now(),
    }))
}

/** The open conversation; or the last one, opened again when it is fresh; or a new one. A rating opens nothing. */
function findConversation(scene: CustomerScene, customer: CustomerRow, isRating: boolean, house: House): { draft: Draft; isNew: boolean } {
  const now = house.clock.now()
  const last = scene.conversation
  if (last && (last.status !== 'resolved' || isRating)) {
    return { draft: openDraft(customer, { ...last, lastCustomerAt: now }, scene.threads, scene.agents), isNew: false }
  }
  const freshUntil = (last?.resolvedAt?.getTime() ?? 0) + house.routing.reopenHours * 3_600_000
  if (last && !last.archivedAt && now.getTime() < freshUntil) {
    const draft = openDraft(
      customer,
      { ...last, botState: cameFrom(last), lastCustomerAt: now, csatAskedAt: null },
      scene.threads,
      scene.agents,
    )
    own(draft, { status: 'bot' }, house)
    audit(draft, house, 'conversation.reopened', { kind: 'customer', id: customer.id })
    redraw(draft, house)
    return { draft, isNew: false }
  }
  const draft = openDraft(customer, newConversation(scene, customer, house), [], scene.agents)
  audit(
    draft,
    house,
    'conversation.opened',
    { kind: 'customer', id: customer.id },
    { visitor: last || scene.customer ? 'returning' : 'new' },
  )
  return { draft, isNew: true }
}

function newConversation(scene: CustomerScene, customer: CustomerRow, house: House): ConversationRow {
  const now = house.clock.now()
  return {
    id: newId('cnv', house.clock),
    customerId: customer.id,
    channelId: scene.channelId,
    userKey: scene.event.from.user,
    threadKey: scene.event.from.thread ?? '',
    status: 'bot',
    version: 1,
    agentId: null,
    skill: null,
    priority: 'normal',
    locale: customer.locale ?? house.locale,
    greeted: false,
    botState: {},
    handoff: null,
    tags: [],
    // Numbers go on over the conversations of one address, so that a reader's cursor stays good.
    lastSeq: scene.conversation?.lastSeq ?? 0,
    toldPlace: null,
    toldMinutes: null,
    // What the customer did last counts for the address, whichever conversation it was in.
    allowances: scene.conversation?.allowances ?? null,
    shelves: null,
    snoozedUntil: null,
    csatScore: null,
    csatAskedAt: null,
    csatComment: null,
    clocks: null,
    wait: null,
    closing: null,
    archivedAt: null,
    openedAt: now,
    lastMessageAt: now,
    activeSlot: 0, // The database's own.
    lastCustomerAt: now,
    queuedAt: null,
    assignedAt: null,
    firstReplyAt: null,
    resolvedAt: null,
  }
}

function recordCustomer(draft: Draft, scene: CustomerScene, event: Spoken, house: House): MessageRow | undefined {
  if (event.type === 'arrive') return undefined
  const label = event.type === 'press' ? (event.label ?? labelOf(draft, event.buttonId)) : ''
  const parts: Part[] = event.type === 'press' ? [{ type: 'text', text: label }] : adopt(draft, event.parts, scene, house)
  const externalId = event.type === 'message' ? event.messageId : undefined
  return record(
    draft,
    { author: 'customer', name: draft.customer.name, parts, externalId, clientId: scene.event.clientId },
    house,
    sane(event.at, house),
  )
}

function labelOf(draft: Draft, buttonId: string): string {
  const { botState, locale } = draft.conversation
  const own = ownLabel(buttonId, locale)
  if (own !== undefined) return own
  const choices = (botState as BotState).choices ?? []
  return choices.find((choice) => choice.id === buttonId)?.label ?? buttonId
}

function acknowledge(draft: Draft, callback: string, house: House, cause: string): void {
  deliver(draft, house, {
    kind: 'channel',
    targetId: draft.conversation.channelId,
    lane: `channel:${draft.conversation.id}:ack`,
    messageId: null,
    op: 'acknowledge',
    payload: { callback },
    automatic: true,
    originKey: `${cause}:ack`,
  })
}

function textOf(key: 'surge.bot', { conversation }: Draft): Part {
  return { type: 'text', text: phrase(key, conversation.locale) }
}
