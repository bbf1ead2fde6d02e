// Carries a call of a flow to its webhook. What came of it comes back as an event of the conversation, stored once: whoever asks
// again after a crash asks under the same id, and a second answer is known already.
import { ConnectorError } from '#core/errors.ts'
import type { HouseEvent } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import type { NewEvent } from '#store/events.ts'
import type { DeliveryRow } from '#store/rows.ts'
import type { RunnerParts } from './parts.ts'

/** The event that says what was answered, or that nothing was. */
export async function callWebhook(parts: RunnerParts, row: DeliveryRow, signal: AbortSignal): Promise<NewEvent> {
  const { call } = row.payload
  const webhook = parts.webhooks().get(row.targetId)
  if (!webhook)
    throw new ConnectorError('unsupported', `the webhook ${row.targetId} is no longer in the config / 配置中已没有业务接口 ${row.targetId}`)
  if (!call) throw new ConnectorError('rejected', 'a call without its question')
  const deadlineMs = Date.parse(call.until) - parts.clock.now().getTime()
  if (deadlineMs <= 0) throw new ConnectorError('rejected', 'nobody waits for this answer any more / 已无人等待这个应答')
  const data = await webhook.call(row.id, call.body, { signal, deadlineMs })
  return calledEvent(parts, row, { ok: true, data })
}

/** After the last try. */
export function gaveUp(parts: RunnerParts, row: DeliveryRow, why: string): NewEvent {
  return calledEvent(parts, row, { ok: false, why })
}

function calledEvent(parts: RunnerParts, row: DeliveryRow, answer: Extract<HouseEvent, { type: 'called' }>['answer']): NewEvent {
  const now = parts.clock.now()
  const { key = '', lane = '' } = row.payload.call ?? {}
  const payload: HouseEvent = { type: 'called', at: now.toISOString(), conversation: row.conversationId, key, answer }
  return { id: newId('evt', parts.clock), source: 'house', sourceId: row.targetId, externalId: row.id, lane, payload, receivedAt: now }
}
