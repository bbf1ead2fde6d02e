// Carries a delivery to the customer's channel: words, and what became of words that left before.
import type { Connector } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Address } from '#core/message.ts'
import { amendStuck, deliveriesOf } from '#store/message-deliveries.ts'
import type { DeliveryRow } from '#store/rows.ts'
import { fitted } from './fitted.ts'
import type { RunnerParts } from './parts.ts'

/** The ids that the platform gave what was sent. */
export async function sendToChannel(parts: RunnerParts, row: DeliveryRow, signal: AbortSignal): Promise<string[]> {
  const channel = parts.channels.get(row.targetId)
  const connector = channel?.connector
  if (!connector)
    throw new ConnectorError('unsupported', `the channel ${row.targetId} is no longer in the config / 配置中已没有渠道 ${row.targetId}`)
  if (row.op === 'acknowledge') {
    await connector.acknowledge?.(row.payload.callback ?? '', signal)
    return []
  }
  const { to, parts: words = [], sender, subject, grant, closing } = row.payload
  if (!to) throw new ConnectorError('rejected', 'a delivery without an address')
  if (row.op === 'edit' || row.op === 'remove') {
    await follow(parts, connector, row, to, signal)
    return []
  }
  const { media } = connector.capabilities ?? channel.definition.capabilities
  const fit = await fitted(parts, words, media ?? {}, signal)
  try {
    const message = { key: row.id, to, parts: fit.words, sender, ...(subject && { subject }), grant, closing }
    const receipt = await connector.send(message, signal)
    return receipt.externalIds
  } finally {
    fit.giveBack()
  }
}

/**
 * Of words that never reached the customer there is nothing to change with them, but whoever has those sent again means them as they are
 * now. What stands in the same lane before this is decided already.
 */
async function follow(parts: RunnerParts, connector: Connector, row: DeliveryRow, to: Address, signal: AbortSignal): Promise<void> {
  const sent = await deliveriesOf(parts.database.db, row.messageId ? [row.messageId] : [])
  if (sent.length === 0) return
  const there = sent.filter(({ state }) => state === 'sent').flatMap(({ externalIds }) => externalIds ?? [])
  const chunks = row.op === 'edit' ? (row.payload.chunks ?? []) : []
  // A platform message cannot become two: then the customer would read half of it.
  if (chunks.length > (there.length || sent.length))
    throw new ConnectorError('unsupported', 'the new words need more messages than the old ones had / 新内容需要的消息条数比原来多')
  if (there.length === 0) return amendStuck(parts.database.db, row.messageId ?? '', chunks, row.payload.sender?.name ?? '')
  if (chunks.length < there.length && !connector.recall)
    throw new ConnectorError('unsupported', 'this channel takes nothing back / 此渠道不能撤回')
  for (const [n, words] of chunks.entries()) {
    if (!connector.edit) throw new ConnectorError('unsupported', 'this channel changes nothing / 此渠道不能修改')
    const message = { key: `${row.id}-${n}`, to, parts: words, ...(row.payload.sender && { sender: row.payload.sender }) }
    await connector.edit(there[n] as string, message, signal)
  }
  for (const id of there.slice(chunks.length)) await connector.recall?.(id, to, signal)
}
