// Platforms that take our words only in the answer to what a customer wrote: what waits for this customer goes into it, on record like
// every other delivery before its first byte.
import type { Inline, Outbound, Rendered } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { transact } from '#store/database.ts'
import { claimWaiting, expireWaiting, type Finishing, insertDeliveries } from '#store/deliveries.ts'
import { isOwnFault } from '#store/events.ts'
import type { DeliveryRow } from '#store/rows.ts'
import type { Outbox } from './outbox.ts'
import { KEEP_MS, verdictOf } from './outcome.ts'
import type { RunnerParts } from './parts.ts'
import { toldOf } from './trouble.ts'

/** The bot answers with the event; where the customer stands in the queue is known a moment later. */
const LINGER_MS = 1_500
const LOOK_MS = 100
const MOST = 10

/** Undefined: there is nothing to say. `worked`: what was said in the events is worked on, or takes too long. */
export async function answerInline(
  parts: RunnerParts,
  outbox: Pick<Outbox, 'finish'>,
  channelId: string,
  { to, withinMs, render }: Inline,
  worked: (ms: number) => Promise<unknown>,
): Promise<Response | undefined> {
  const { db } = parts.database
  const end = performance.now() + withinMs
  /** Whoever called hears in time, however long the database is away. */
  const finish = async (outcomes: Finishing[]) => {
    const written = Promise.all(outcomes.map(({ row, outcome }) => finishOne(parts, outbox, row, outcome)))
    let late: ReturnType<typeof setTimeout> | undefined
    const inTime = new Promise((resolve) => {
      late = setTimeout(resolve, Math.max(0, end - performance.now()))
    })
    await Promise.race([written, inTime]).finally(() => clearTimeout(late))
  }
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
    await finish(rows.map((row) => ({ row, outcome: refused(parts, row, error) })))
    throw error
  }
  const { response, taken } = rendered
  await finish(
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
  const kind = isOwnFault(error) ? 'rejected' : 'transient'
  const sure = error instanceof ConnectorError ? error : new ConnectorError(kind, reason(error), { certain: true })
  const { pauseUntil: _, ...outcome } = verdictOf(row, sure, { now: parts.clock.now(), random: parts.clock.random(), repeatable: true })
  return outcome
}

/** As of all that leaves: it is written however long that takes, and who watches is told. What is refused is judged when its lease runs out. */
async function finishOne(
  parts: RunnerParts,
  outbox: Pick<Outbox, 'finish'>,
  row: DeliveryRow,
  outcome: Finishing['outcome'],
): Promise<void> {
  await outbox.finish(row, outcome).catch((error) => {
    parts.log.error({ delivery: row.id, error: reason(error) }, 'the outcome of an answer could not be written; its lease runs out')
  })
}

/** What nobody called for in time ends, and is told of, in one: no crash comes between. */
export async function expireUnasked(parts: RunnerParts, channelIds: string[]): Promise<Finishing[]> {
  if (channelIds.length === 0) return []
  const now = parts.clock.now()
  const tooOld = new Date(now.getTime() - KEEP_MS)
  return transact(parts.database.db, async (tx) => {
    const rows = await expireWaiting(
      tx,
      channelIds,
      tooOld,
      'the customer wrote no more, and can only be answered / 客户没有再来信，而此渠道只能回复',
      now,
    )
    const ended = rows.map((row): Finishing => ({ row, outcome: { state: 'expired', error: row.error ?? undefined } }))
    for (const { row, outcome } of ended) await insertDeliveries(tx, await toldOf(parts, row, outcome, tx))
    return ended
  })
}
