// Is the process up, can it work, and how is each part: for load balancers, for Prometheus, and for the console.

import { Hono } from 'hono'
import { reason } from '#core/errors.ts'
import { inTongue } from '#core/locale.ts'
import type { Locale } from '#core/message.ts'
import { countDeliveries } from '#store/deliveries.ts'
import { countEvents } from '#store/events.ts'
import { countConversations, ping } from '#store/state.ts'
import { countTrouble, type Resting, restingTargets } from '#store/trouble.ts'
import { readDown } from '../runner/ailing.ts'
import { type FeedState, feedAdvice } from '../runner/feeds.ts'
import type { Connection, FeedHealth, SystemState } from './console/protocol-state.ts'
import type { HttpParts } from './parts.ts'

const PING_MS = 1_500

export function healthRoutes(parts: HttpParts): Hono {
  const app = new Hono()
  app.get('/healthz', (context) => context.json({ status: 'ok' }))

  app.get('/readyz', async (context) => {
    const database = await reachable(parts)
    const ready = database.state === 'connected'
    if (!ready) context.header('retry-after', '5')
    const resting = ready ? await restingTargets(parts.database.db, parts.clock.now()) : []
    const down = ready ? await readDown(parts.database.db) : new Map<string, never>()
    const state = (id: string) => ({ ...healthOf(parts, id), ...restOf(resting, id), ...(down.has(id) && { down: down.get(id) }) })
    return context.json(
      {
        ready,
        database: { ...database, kind: parts.database.kind, durability: ready ? await parts.database.durability() : undefined },
        channels: Object.fromEntries([...parts.channels.keys()].map((id) => [id, state(id)])),
        desks: Object.fromEntries([...parts.desks.keys()].map((id) => [id, state(id)])),
        feeds: ready ? (await parts.feeds()).map(feedLine) : [],
        queue: { stuck: parts.runner.stuck().now },
        ...(parts.waitsForRestart() && { restart: true }),
        config: parts.problems().map((one) => `${one.file}:${one.line}:${one.column} ${one.message.en}`),
      },
      ready ? 200 : 503,
    )
  })

  app.get(
    '/metrics',
    async () => new Response(await metrics(parts), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } }),
  )
  return app
}

/** A database that says nothing is as good as none: a load balancer that asks whether we are ready waits no longer. */
async function reachable({ database }: HttpParts): Promise<{ state: 'connected' } | { state: 'transient'; detail: string }> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the database has not answered for ${PING_MS} ms`)), PING_MS)
  })
  try {
    await Promise.race([ping(database.db), late])
    return { state: 'connected' }
  } catch (error) {
    return { state: 'transient', detail: reason(error) }
  } finally {
    clearTimeout(timer)
  }
}

function healthOf(parts: HttpParts, id: string) {
  return parts.health.get(id) ?? { state: 'transient', detail: 'not checked yet' }
}

/** For scripts. Customers are served all the same, by what the feed said last: it makes nobody less ready. */
function feedLine({ calendar, feed, readAt, trouble }: FeedState) {
  const state = trouble ? 'transient' : readAt ? 'connected' : 'unread'
  return { calendar, feed, state, readAt, ...(trouble && { since: trouble.since, detail: trouble.error }) }
}

/** Gauges read from the store at the time of asking: the same from whichever process answers. */
async function metrics(parts: HttpParts): Promise<string> {
  const deliveries = await countDeliveries(parts.database.db)
  const events = await countEvents(parts.database.db)
  const conversations = await countConversations(parts.database.db)
  const lines = [
    '# HELP frontdesk_conversations Open conversations by owner.',
    '# TYPE frontdesk_conversations gauge',
    ...Object.entries(conversations).map(([status, n]) => `frontdesk_conversations{status="${status}"} ${n}`),
    '# HELP frontdesk_events Events that wait to be worked on, or were set aside.',
    '# TYPE frontdesk_events gauge',
    ...Object.entries(events).map(([state, n]) => `frontdesk_events{state="${state}"} ${n}`),
    '# HELP frontdesk_deliveries Deliveries that are not done.',
    '# TYPE frontdesk_deliveries gauge',
    ...Object.entries(deliveries).map(([state, n]) => `frontdesk_deliveries{state="${state}"} ${n}`),
    '# HELP frontdesk_queue_stuck Conversations that this process saw waiting beside an idle agent at its last look.',
    '# TYPE frontdesk_queue_stuck gauge',
    `frontdesk_queue_stuck ${parts.runner.stuck().now}`,
    '# HELP frontdesk_queue_stuck_total Looks at which it saw any, since the start.',
    '# TYPE frontdesk_queue_stuck_total counter',
    `frontdesk_queue_stuck_total ${parts.runner.stuck().times}`,
    '# HELP frontdesk_part_up Whether a channel or desk answered its last check.',
    '# TYPE frontdesk_part_up gauge',
    ...[...parts.channels.keys(), ...parts.desks.keys()].map(
      (id) => `frontdesk_part_up{id="${id}"} ${healthOf(parts, id).state === 'connected' ? 1 : 0}`,
    ),
    '# HELP frontdesk_feed_up Whether a feed of opening hours could be read when it was due.',
    '# TYPE frontdesk_feed_up gauge',
    ...(await parts.feeds()).map(
      ({ calendar, feed, trouble }) =>
        `frontdesk_feed_up{calendar=${JSON.stringify(calendar)},feed=${JSON.stringify(feed)}} ${trouble ? 0 : 1}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

export async function systemState(parts: HttpParts, locale: Locale): Promise<SystemState> {
  const { db } = parts.database
  const resting = await restingTargets(db, parts.clock.now())
  const down = await readDown(db)
  const connection = (id: string, { type, title }: { type: string; title: Record<Locale, string> }): Connection => ({
    id,
    type,
    title: title[locale],
    ...healthOf(parts, id),
    ...restOf(resting, id),
    ...(down.has(id) && { down: down.get(id) }),
  })
  const deliveries = { pending: (await countDeliveries(db)).pending, failed: 0, unknown: 0, held: 0, expired: 0, dead: 0 }
  // What the page 'Needs attention' lists, so that the two never tell different numbers.
  for (const { state, count } of await countTrouble(db, 'operator')) deliveries[state] += count
  return {
    channels: [...parts.channels.values()].map(({ id, definition }) => connection(id, definition)),
    desks: [...parts.desks.values()].map(({ id, definition }) => connection(id, definition)),
    feeds: (await parts.feeds()).map((one) => feedHealth(one, locale)),
    problems: parts.problems().map((one) => ({ place: `${one.file}:${one.line}:${one.column}`, message: one.message[locale] })),
    restart: parts.waitsForRestart(),
    deliveries,
    database: parts.database.kind,
  }
}

function feedHealth({ trouble, ...feed }: FeedState, locale: Locale): FeedHealth {
  if (!trouble) return feed
  const { fault, ...rest } = trouble
  return { ...feed, trouble: { ...rest, error: inTongue(rest.error, locale), advice: feedAdvice[fault][locale] } }
}

function restOf(resting: Resting[], id: string): Pick<Connection, 'resting'> {
  const rest = resting.find((one) => one.targetId === id)
  return rest ? { resting: { until: rest.until.toISOString(), reason: rest.reason } } : {}
}
