// Platforms that take our words only in the answer to what a customer wrote: what waits for this customer goes into it, on record like
// every other delivery before its first byte.
import type { Inline, Outbound, Rendered } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { claimWaiting, type Finishing, finishDeliveries } from '#store/deliveries.ts'
import type { DeliveryRow } from '#store/rows.ts'
import { verdictOf } from './outcome.ts'
import type { RunnerParts } from './parts.ts'

/** The bot answers with the event; where the customer stands in the queue is known a moment later. */
const LINGER_MS = 1_500
const LOOK_MS = 100
const MOST = 10

/** Undefined: there is nothing to say. `worked`: what was said in the events is worked on, or takes too long. */
export async function answerInline(
  parts: RunnerParts,
  channelId: string,
  { to, withinMs, render }: Inline,
  worked: (ms: number) => Promise<unknown>,
): Promise<Response | undefined> {
  const { db } = parts.database
  const end = performance.now() + withinMs
  await worked(withinMs)
  const linger = Math.min(end, performance.now() + LINGER_MS)
  const look = () => claimWaiting(db, { channelId, ...to }, MOST, parts.name, parts.clock.now())
  let rows = await look()
  while (rows.length === 0 && performance.now() + LOOK_MS < linger) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    rows = await look()
  }
  if (rows.length === 0) return undefined
  parts.pass('delivery.claimed')
  let rendered: Rendered
  try {
    rendered = await render(rows.map(outboundOf))
  } catch (error) {
    await finish(
      parts,
      rows.map((row) => ({ row, outcome: refused(parts, row, error) })),
    )
    throw error
  }
  const { response, taken } = rendered
  await finish(
    parts,
    rows.map((row, n): Finishing => {
      if (n < taken) return { row, outcome: { state: 'sent', externalIds: [row.id] } }
      return { row, outcome: { state: 'retry', nextAt: parts.clock.now() } }
    }),
  )
  return response
}

function outboundOf(row: DeliveryRow): Outbound {
  const { to, parts = [], sender } = row.payload
  return { key: row.id, to: to ?? { user: '' }, parts, sender }
}

/** Nothing left yet: it is as sure as anything can be that the platform has none of it. */
function refused(parts: RunnerParts, row: DeliveryRow, error: unknown): Finishing['outcome'] {
  const sure = error instanceof ConnectorError ? error : new ConnectorError('rejected', reason(error))
  const { pauseUntil: _, ...outcome } = verdictOf(row, sure, { now: parts.clock.now(), random: parts.clock.random(), repeatable: true })
  return outcome
}

/** Whoever watches sees what went out. An outcome that cannot be written now is judged when its lease runs out. */
async function finish(parts: RunnerParts, outcomes: Finishing[]): Promise<void> {
  try {
    await finishDeliveries(parts.database.db, outcomes, parts.clock.now())
    parts.pass('delivery.committed')
  } catch (error) {
    parts.log.warn({ error: reason(error) }, 'the outcome of an answer could not be written; its lease runs out')
  }
  for (const id of new Set(outcomes.map(({ row }) => row.conversationId))) {
    parts.live.publish(`conversation:${id}`, { type: 'changed', conversation: id })
    parts.live.publish('console', { type: 'progress', conversation: id })
  }
}
