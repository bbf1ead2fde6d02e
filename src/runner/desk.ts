// Carries a delivery to a desk: makes sure there is a thread, and makes a new one when somebody deleted it.
import type { Card, Desk, DeskEntry } from '#core/desk.ts'
import { ConnectorError, reason, ThreadMoved } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import type { Locale } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { type Redact, redactParts } from '#core/redact.ts'
import { buildCard } from '#handoff/card.ts'
import { leftFor } from '#store/allowances.ts'
import { noteOpenedAgain } from '#store/astray.ts'
import { insertDeliveries } from '#store/deliveries.ts'
import { shownOf } from '#store/message-deliveries.ts'
import type { DeliveryRow, ThreadRow } from '#store/rows.ts'
import { cardRows, findOpenThread, keepThread, setThreadState } from '#store/threads.ts'
import { shownTime } from '../pipeline/acting.ts'
import { standingOf } from '../pipeline/clocks.ts'
import { skillName } from '../pipeline/house.ts'
import { whereabouts } from './astray.ts'
import { audienceOf, comingNext } from './audience.ts'
import { enclose } from './enclosed.ts'
import { gather } from './gather.ts'
import { showTick } from './mark.ts'
import type { RunnerParts } from './parts.ts'

/** The ids that the desk gave what was shown. */
export async function sendToDesk(parts: RunnerParts, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  const desk = parts.desks.get(row.targetId)?.desk
  if (!desk)
    throw new ConnectorError('unsupported', `the desk ${row.targetId} is no longer in the config / 配置中已没有坐席工具 ${row.targetId}`)
  if (row.op === 'mark') return showTick(parts, desk, row, signal)
  const find = () => findOpenThread(parts.database.db, row.conversationId, row.targetId)
  if (row.op === 'whisper') {
    try {
      return await whisper(parts, desk, row, signal)
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'thread_gone') throw error
      const other = await find()
      if (!other || other.threadKey === row.payload.thread) return []
      return whisper(parts, desk, { ...row, payload: { ...row.payload, thread: other.threadKey } }, signal)
    }
  }
  if (row.op === 'offer') return offer(parts, desk, row, signal)
  const used = await find()
  try {
    return await show(parts, desk, row, used, signal)
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'thread_gone') throw error
    // The one that was written to, and no other: a delivery beside this one may have opened a new thread already.
    if (used) await setThreadState(parts.database.db, used.id, 'lost')
    // What was written in the lost thread stands nowhere else in the desk: the new one begins with everything said so far.
    const again = upToNow(row)
    return show(parts, desk, error instanceof ThreadMoved && row.op === 'update' ? { ...again, op: 'open' } : again, await find(), signal)
  }
}

/** What a thread that is only now opened shows anyway. */
const LATE = new Set<DeliveryRow['op']>(['update', 'close', 'reopen', 'edit', 'remove'])

const EVERYTHING = 2 ** 31 - 1

function upToNow(row: DeliveryRow): DeliveryRow {
  return { ...row, payload: { ...row.payload, untilSeq: EVERYTHING } }
}

async function show(
  parts: RunnerParts,
  desk: Desk,
  row: DeliveryRow,
  known: ThreadRow | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  // A card that was never opened needs no redraw, and what is not there need not be closed.
  if (!known && LATE.has(row.op)) return []
  const thread = known ?? (await open(parts, desk, row, signal))
  switch (row.op) {
    case 'open':
      if (known) await openAgain(parts, desk, row, known, signal)
      return [thread.threadKey]
    case 'post':
      return post(parts, desk, row, thread, signal)
    case 'edit':
    case 'remove':
      return change(parts, desk, row, thread, signal)
    case 'update':
      // With all that was said by now: the card of a thread that was opened after this redraw was asked for must lose no line.
      await desk.update?.({ thread: thread.threadKey, cardId: thread.cardId ?? undefined }, await card(parts, upToNow(row)), signal)
      return []
    case 'close':
      await desk.close?.(thread.threadKey, signal)
      // Also when the thread was still being opened while the conversation was resolved.
      await setThreadState(parts.database.db, thread.id, 'closed')
      return []
    case 'reopen':
      await desk.reopen?.(thread.threadKey, signal)
      await setThreadState(parts.database.db, thread.id, 'open')
      return []
    default:
      throw new ConnectorError('unsupported', `a desk has no ${row.op}`)
  }
}

async function open(parts: RunnerParts, desk: Desk, row: DeliveryRow, signal: AbortSignal): Promise<ThreadRow> {
  const drawn = await card(parts, row)
  const opened = await desk.open(drawn, row.id, signal)
  parts.pass('thread.opened')
  const kept = await keepThread(parts.database.db, {
    id: newId('thr', parts.clock),
    conversationId: row.conversationId,
    deskId: row.targetId,
    threadKey: opened.thread,
    cardId: opened.cardId ?? null,
    state: 'open',
    createdAt: parts.clock.now(),
  })
  // An earlier try whose answer was lost, or another process meanwhile, made a thread that is on no record.
  if (row.attempts > 1 || kept.threadKey !== opened.thread) await noteOpenedAgain(parts.database.db, againOf(parts, row))
  await desk.announce?.(opened, drawn, signal).catch((error) => {
    parts.log.warn({ desk: row.targetId, error: reason(error) }, 'a new thread could not be announced')
  })
  return kept
}

function againOf({ clock }: RunnerParts, { conversationId, targetId }: DeliveryRow) {
  return { id: newId('aud', clock), at: clock.now(), conversationId, deskId: targetId }
}

/** The customer came back after the thread was closed: open it again and say what was said since. */
async function openAgain(parts: RunnerParts, desk: Desk, row: DeliveryRow, thread: ThreadRow, signal: AbortSignal): Promise<void> {
  if (thread.state === 'closed') {
    await desk.reopen?.(thread.threadKey, signal)
    await setThreadState(parts.database.db, thread.id, 'open')
  }
  const drawn = await card(parts, row)
  const lines = drawn.history.slice(-6).map((line) => `${line.name}: ${line.text}`)
  const locale = localeOf(parts, row)
  const text = [phrase('log.reopened', locale), ...drawn.facts.map(([label, value]) => `${label}: ${value}`), ...lines].join('\n')
  const entry = { key: row.id, author: 'system' as const, name: phrase('author.system', locale), parts: [{ type: 'text' as const, text }] }
  await desk.post(thread.threadKey, { ...entry, ...(drawn.to && { to: drawn.to }) }, signal)
  await desk.update?.({ thread: thread.threadKey, cardId: thread.cardId ?? undefined }, drawn, signal)
}

async function post(parts: RunnerParts, desk: Desk, row: DeliveryRow, thread: ThreadRow, signal: AbortSignal): Promise<string[]> {
  const { author = 'system', name = '', channel, buttons: commands } = row.payload
  // A tool that gathers by itself is given the lines one by one.
  const gathered = desk.gatherMs ? (row.payload.parts ?? []) : await gather(parts, row)
  if (!gathered) return []
  const whole = { ...row, payload: { ...row.payload, parts: gathered } }
  const { shown, late } = await enclose(parts, whole, localeOf(parts, row))
  const words = redactParts(shown, redactionOf(parts, row))
  // Before the words: what is repeated after half of it was shown may find the file there, and not say again that it is missing.
  await insertDeliveries(parts.database.db, late)
  const to = await audienceOf(parts, row)
  const along = (await comingNext(parts, row)).map((next) => ({ ...entryOf(parts, next), ...(to && { to }) }))
  const own = { key: row.id, author, name: hide(parts, row, name), channel, parts: words, commands }
  const entry = { ...own, ...(to && { to }), ...(along.length > 0 && { along }) }
  const receipt = await desk.post(thread.threadKey, entry, signal)
  return receipt.externalIds
}

/** Words alone: what holds a file is shown in its own turn. */
function entryOf(parts: RunnerParts, row: DeliveryRow): DeskEntry {
  const { author = 'system', name = '', channel, parts: words = [], buttons } = row.payload
  const shown = redactParts(words, redactionOf(parts, row))
  return { key: row.id, author, name: hide(parts, row, name), channel, parts: shown, ...(buttons && { commands: buttons }) }
}

/** Words that stand in the thread change there; where that cannot be, a line says what they are now. */
async function change(parts: RunnerParts, desk: Desk, row: DeliveryRow, thread: ThreadRow, signal: AbortSignal): Promise<string[]> {
  const shown = row.messageId ? await shownOf(parts.database.db, row.messageId, row.targetId) : []
  const { author = 'system', name: called = '' } = row.payload
  const name = hide(parts, row, called)
  const locale = localeOf(parts, row)
  const { shown: said } = row.op === 'edit' ? await enclose(parts, row, locale) : { shown: [] }
  const words = redactParts(said, redactionOf(parts, row))
  try {
    if (shown.length > 0 && row.op === 'remove' && desk.remove) {
      await desk.remove(thread.threadKey, shown, signal)
      return []
    }
    if (shown.length > 0 && row.op === 'edit' && desk.edit)
      return (await desk.edit(thread.threadKey, shown, { key: row.id, author, name, parts: words }, signal)).externalIds
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'unsupported') throw error
  }
  const text = phrase(row.op === 'edit' ? 'log.edited' : 'log.recalled', locale)
  const line = { key: row.id, author, name, parts: [{ type: 'text' as const, text }, ...words] }
  return (await desk.post(thread.threadKey, line, signal)).externalIds
}

/** A customer may well call themselves by their number. */
function hide(parts: RunnerParts, row: DeliveryRow, text: string): string {
  return redactionOf(parts, row)?.(text) ?? text
}

function redactionOf(parts: RunnerParts, row: DeliveryRow): Redact | undefined {
  return parts.house().desks.get(row.targetId)?.redact
}

async function whisper(parts: RunnerParts, desk: Desk, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  const { whom, text: said = '', buttons, callback, thread = '', astray } = row.payload
  const where = astray ? await whereabouts(parts, desk, row.targetId, localeOf(parts, row), signal) : ''
  const text = [hide(parts, row, said), where].filter(Boolean).join('\n')
  if (!whom) return []
  if (desk.whisper) {
    await desk.whisper(thread, whom, { key: row.id, text, buttons, callback }, signal)
    return []
  }
  // Said where it was asked, with the name of whom it is for: customers see no thread of a desk. A press without words asks for none.
  if (!thread || !text) return []
  const name = phrase('author.system', localeOf(parts, row))
  const words = whom.name ? `${whom.name}: ${text}` : text
  const entry: DeskEntry = { key: row.id, author: 'system', name, parts: [{ type: 'text', text: words }], to: [whom] }
  return (await desk.post(thread, buttons ? { ...entry, commands: buttons } : entry, signal)).externalIds
}

/**
 * Asks one agent whether they take it: in private where the tool can and lets us, else in the thread. What is over by now – taken by
 * somebody else, or out of time – is not asked any more.
 */
async function offer(parts: RunnerParts, desk: Desk, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  const { whom, buttons = [], until } = row.payload
  if (!whom || !until || new Date(until) <= parts.clock.now()) return []
  const rows = await cardRows(parts.database.db, row.conversationId, row.payload.untilSeq ?? 0, row.messageId)
  if (rows?.conversation.handoff?.offer?.until !== until) return []
  const thread = await findOpenThread(parts.database.db, row.conversationId, row.targetId)
  if (desk.offer) {
    try {
      const shown = { key: row.id, card: await card(parts, row), until: new Date(until), buttons, thread: thread?.threadKey }
      return (await desk.offer(whom, shown, signal)).externalIds
    } catch (error) {
      if (!(error instanceof ConnectorError) || (error.kind !== 'recipient_gone' && error.kind !== 'unsupported')) throw error
    }
  }
  return askInThread(parts, desk, row, thread, signal)
}

async function askInThread(
  parts: RunnerParts,
  desk: Desk,
  row: DeliveryRow,
  known: ThreadRow | undefined,
  signal: AbortSignal,
): Promise<string[]> {
  const { text: said = '', buttons } = row.payload
  const text = hide(parts, row, said)
  const thread = known ?? (await open(parts, desk, row, signal))
  const entry = {
    key: row.id,
    author: 'system' as const,
    name: phrase('author.system', localeOf(parts, row)),
    parts: [{ type: 'text' as const, text }],
    commands: buttons,
  }
  return (await desk.post(thread.threadKey, entry, signal)).externalIds
}

async function card(parts: RunnerParts, row: DeliveryRow): Promise<Card> {
  const house = parts.house()
  const rows = await cardRows(parts.database.db, row.conversationId, row.payload.untilSeq ?? 0, row.messageId)
  if (!rows) throw new ConnectorError('rejected', `no conversation ${row.conversationId}`)
  const { conversation, customer, agent } = rows
  const locale = localeOf(parts, row)
  const to = await audienceOf(parts, row)
  const drawn = buildCard(
    {
      conversation: conversation.id,
      status: conversation.status,
      customer: customer.name,
      channel: house.channels.get(conversation.channelId)?.title[locale] ?? conversation.channelId,
      channelType: house.channels.get(conversation.channelId)?.type,
      agent: conversation.status === 'bot' || conversation.status === 'queued' ? undefined : agent?.name,
      skill: conversation.skill ?? undefined,
      priority: conversation.priority,
      queuedAt: conversation.queuedAt ?? undefined,
      tags: [...new Set([...customer.tags, ...conversation.tags])],
      handoff: conversation.handoff ?? undefined,
      score: conversation.csatScore ?? undefined,
      ...standingOf(conversation, house),
      ...(conversation.snoozedUntil && { snoozed: shownTime(conversation.snoozedUntil, house, locale) }),
      closeReason: conversation.closing?.code,
      left: conversation.status === 'resolved' ? undefined : await leftFor(parts.database.db, conversation, parts.clock.now()),
      history: rows.history.map((message) => ({ author: message.author, name: message.name, text: message.text, at: message.createdAt })),
      skills: house.skills,
      skillName: (id) => skillName(house, id),
      url: house.consoleUrl(conversation.id),
    },
    locale,
  )
  const shown = redactCard(drawn, redactionOf(parts, row))
  return to ? { ...shown, to } : shown
}

function redactCard(card: Card, redact: Redact | undefined): Card {
  if (!redact) return card
  const history = card.history.map((line) => ({ ...line, name: redact(line.name), text: redact(line.text) }))
  return { ...card, title: redact(card.title), facts: card.facts.map(([label, value]) => [label, redact(value)]), history }
}

function localeOf(parts: RunnerParts, row: DeliveryRow): Locale {
  return parts.house().desks.get(row.targetId)?.locale ?? parts.house().locale
}
