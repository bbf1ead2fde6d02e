// Carries a delivery to a desk: makes sure there is a thread, and makes a new one when somebody deleted it.
import type { Card, Desk } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import { newId } from '#core/ids.ts'
import type { Locale } from '#core/message.ts'
import { phrase } from '#core/phrases.ts'
import { buildCard } from '#handoff/card.ts'
import { leftFor } from '#store/allowances.ts'
import { insertDeliveries } from '#store/deliveries.ts'
import type { DeliveryRow, ThreadRow } from '#store/rows.ts'
import { cardRows, findOpenThread, keepThread, setThreadState } from '#store/threads.ts'
import { shownTime } from '../pipeline/acting.ts'
import { enclose } from './enclosed.ts'
import type { RunnerParts } from './parts.ts'

/** The ids that the desk gave what was shown. */
export async function sendToDesk(parts: RunnerParts, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  const desk = parts.desks.get(row.targetId)?.desk
  if (!desk) throw new ConnectorError('unsupported', `the desk ${row.targetId} is no longer configured`)
  const find = () => findOpenThread(parts.database.db, row.conversationId, row.targetId)
  if (row.op === 'whisper') {
    try {
      return await whisper(desk, row, signal)
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'thread_gone') throw error
      const other = await find()
      if (!other || other.threadKey === row.payload.thread) return []
      return whisper(desk, { ...row, payload: { ...row.payload, thread: other.threadKey } }, signal)
    }
  }
  const used = await find()
  try {
    return await show(parts, desk, row, used, signal)
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'thread_gone') throw error
    // The one that was written to, and no other: a delivery beside this one may have opened a new thread already.
    if (used) await setThreadState(parts.database.db, used.id, 'lost')
    // What was written in the lost thread stands nowhere else in the desk: the new one begins with everything said so far.
    return show(parts, desk, upToNow(row), await find(), signal)
  }
}

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
  if (!known && (row.op === 'update' || row.op === 'close' || row.op === 'reopen')) return []
  const thread = known ?? (await open(parts, desk, row, signal))
  switch (row.op) {
    case 'open':
      if (known) await openAgain(parts, desk, row, known, signal)
      return [thread.threadKey]
    case 'post':
      return post(parts, desk, row, thread, signal)
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
  const opened = await desk.open(await card(parts, row), row.id, signal)
  parts.pass('thread.opened')
  return keepThread(parts.database.db, {
    id: newId('thr', parts.clock),
    conversationId: row.conversationId,
    deskId: row.targetId,
    threadKey: opened.thread,
    cardId: opened.cardId ?? null,
    state: 'open',
    createdAt: parts.clock.now(),
  })
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
  await desk.post(thread.threadKey, entry, signal)
  await desk.update?.({ thread: thread.threadKey, cardId: thread.cardId ?? undefined }, drawn, signal)
}

async function post(parts: RunnerParts, desk: Desk, row: DeliveryRow, thread: ThreadRow, signal: AbortSignal): Promise<string[]> {
  const { author = 'system', name = '', buttons: commands } = row.payload
  const { shown, late } = await enclose(parts, row, localeOf(parts, row))
  // Before the words: what is repeated after half of it was shown may find the file there, and not say again that it is missing.
  await insertDeliveries(parts.database.db, late)
  const receipt = await desk.post(thread.threadKey, { key: row.id, author, name, parts: shown, commands }, signal)
  return receipt.externalIds
}

async function whisper(desk: Desk, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  const { whom, text = '', buttons, callback, thread = '' } = row.payload
  if (whom && desk.whisper) await desk.whisper(thread, whom, { key: row.id, text, buttons, callback }, signal)
  return []
}

async function card(parts: RunnerParts, row: DeliveryRow): Promise<Card> {
  const house = parts.house()
  const rows = await cardRows(parts.database.db, row.conversationId, row.payload.untilSeq ?? 0, row.messageId)
  if (!rows) throw new ConnectorError('rejected', `no conversation ${row.conversationId}`)
  const { conversation, customer, agent } = rows
  const locale = localeOf(parts, row)
  return buildCard(
    {
      conversation: conversation.id,
      status: conversation.status,
      customer: customer.name,
      channel: house.channels.get(conversation.channelId)?.title[locale] ?? conversation.channelId,
      agent: conversation.status === 'bot' || conversation.status === 'queued' ? undefined : agent?.name,
      skill: conversation.skill ?? undefined,
      priority: conversation.priority,
      queuedAt: conversation.queuedAt ?? undefined,
      tags: [...new Set([...customer.tags, ...conversation.tags])],
      handoff: conversation.handoff ?? undefined,
      score: conversation.csatScore ?? undefined,
      ...(conversation.snoozedUntil && { snoozed: shownTime(conversation.snoozedUntil, house, locale) }),
      closeReason: conversation.closeReason ?? undefined,
      left: conversation.status === 'resolved' ? undefined : await leftFor(parts.database.db, conversation, parts.clock.now()),
      history: rows.history.map((message) => ({ author: message.author, name: message.name, text: message.text, at: message.createdAt })),
      skills: house.skills,
      url: house.consoleUrl(conversation.id),
    },
    locale,
  )
}

function localeOf(parts: RunnerParts, row: DeliveryRow): Locale {
  return parts.house().desks.get(row.targetId)?.locale ?? parts.house().locale
}
