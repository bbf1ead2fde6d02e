// What a platform says of a message of ours after it took it: delivered, read, or refused after all.
import type { Inbound } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import { phrase } from '#core/phrases.ts'
import type { NewEvent } from '#store/events.ts'
import type { Receipt } from '#store/receipts.ts'
import type { NewDelivery, ThreadRow } from '#store/rows.ts'
import type { House } from './house.ts'
import { markOf } from './tick.ts'

/** A receipt may overtake the platform's own answer to our call: then it is looked at once more, this much later. */
const AGAIN_MS = 2_000
const AGAIN = ':again'

type Told = Extract<Inbound, { type: 'delivery' }>

interface Cause {
  eventId: string
  channelId: string
  threads: ThreadRow[]
}

export function receiptOf(cause: Cause, event: Told, at: Date, house: House): Receipt {
  const { channelId } = cause
  const { target, state } = event
  const reason = state === 'failed' ? event.reason || phrase('delivery.refused', house.locale) : undefined
  return {
    channelId,
    target,
    state,
    at,
    ...(reason && { reason }),
    ...(!event.externalId.endsWith(AGAIN) && { again: later(cause, event, house) }),
    mark: markOf(house.clock),
    tell: ({ messageId }) => cause.threads.map((thread) => refusal(cause, thread, messageId, reason ?? '', house)),
  }
}

/** In a lane of its own: nothing that the customer says waits for it. */
function later({ channelId }: Cause, event: Told, house: House): NewEvent {
  const externalId = `${event.externalId}${AGAIN}`
  return {
    id: newId('evt', house.clock),
    source: 'channel',
    sourceId: channelId,
    externalId,
    lane: `receipt:${channelId}:${externalId}`,
    payload: { ...event, externalId },
    receivedAt: new Date(house.clock.now().getTime() + AGAIN_MS),
  }
}

/** The agents of a desk learn of it as of every message that did not go out. */
function refusal(cause: Cause, { deskId, conversationId }: ThreadRow, messageId: string, why: string, house: House): NewDelivery {
  const locale = house.desks.get(deskId)?.locale ?? house.locale
  const now = house.clock.now()
  const text = phrase('whisper.cannot_send', locale, { why })
  return {
    id: newId('dlv', house.clock),
    kind: 'desk',
    targetId: deskId,
    lane: `desk:${deskId}:${conversationId}`,
    conversationId,
    messageId: null,
    op: 'post',
    payload: {
      author: 'system',
      name: phrase('author.system', locale),
      parts: [{ type: 'text', text }],
      buttons: [{ id: `resend ${messageId}`, label: phrase('button.resend', locale) }],
    },
    automatic: true,
    nextAt: now,
    originKey: `${cause.eventId}:refused:${messageId}:${deskId}`,
    createdAt: now,
  }
}
