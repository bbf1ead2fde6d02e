// What needs a person, as admins and supervisors see it: what did not go out and what could not be worked on.
import { Hono } from 'hono'
import { RequestError } from '#core/errors.ts'
import type { Inbound } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import { inTongue } from '#core/locale.ts'
import { type Locale, plainText } from '#core/message.ts'
import type { AgentRow, EventRow } from '#store/rows.ts'
import {
  countTrouble,
  type Deed,
  dropDeliveries,
  dropEvents,
  dropMessage,
  droppedBy,
  listTrouble,
  readAttempts,
  replayEvents,
  type Settled,
  sendAgain,
  type TroubleRow,
} from '#store/trouble.ts'
import { readBody } from '../input.ts'
import type { HttpParts } from '../parts.ts'
import type { MessageFate } from './protocol.ts'
import type { TroubleItem, TroublePage, TroubleReply, TroubleRequest, TroubleState, TroubleTarget } from './protocol-state.ts'
import { troubleRequest, troubleStates } from './schema.ts'
import { spoken, stateOf } from './view.ts'

const PAGE = 50
const WORDS_MAX = 300

export function troubleRoutes(parts: HttpParts): Hono<{ Variables: { agent: AgentRow } }> {
  const app = new Hono<{ Variables: { agent: AgentRow } }>()
  const { db } = parts.database

  app.use('*', async (context, next) => {
    if (context.get('agent').role === 'agent')
      throw new RequestError(403, 'not_allowed', 'Only admins and supervisors may do this. / 只有管理员和主管可以这样做。')
    return next()
  })
  app.get('/', async (context) => {
    const states = troubleStates.safeParse(context.req.query('state')?.split(',').filter(Boolean) ?? [])
    if (!states.success) throw new RequestError(400, 'invalid', 'state: some of failed, unknown, held, expired, dead')
    const cursor = context.req.query('cursor')
    if (cursor && !/^[\w-]{1,64}$/.test(cursor)) throw new RequestError(400, 'invalid', 'cursor: take it from the page before')
    const query = { ...(states.data.length > 0 && { states: states.data }), target: context.req.query('target'), cursor, limit: PAGE }
    return context.json(await pageOf(parts, context.get('agent'), query, spoken(parts, context)))
  })
  app.get('/count', async (context) => {
    const counts = await countTrouble(db, context.get('agent'))
    return context.json({ count: counts.reduce((sum, { count }) => sum + count, 0) })
  })
  app.post('/', async (context) => context.json(await settle(parts, context.get('agent'), await readBody(context, troubleRequest))))
  return app
}

type Query = Parameters<typeof listTrouble>[2]

async function pageOf(parts: HttpParts, actor: AgentRow, query: Query, locale: Locale): Promise<TroublePage> {
  const page = await listTrouble(parts.database.db, actor, query)
  const counts = await countTrouble(parts.database.db, actor)
  const total: TroublePage['counts'] = { failed: 0, unknown: 0, held: 0, expired: 0, dead: 0 }
  const targets = new Map<string, number>()
  for (const { state, target, count } of counts) {
    total[state] += count
    targets.set(target, (targets.get(target) ?? 0) + count)
  }
  return {
    items: page.rows.map((row) => itemOf(parts, row, locale)),
    ...(page.cursor && { cursor: page.cursor }),
    counts: total,
    targets: [...targets].map(([id, count]) => ({ ...targetOf(parts, id, locale), count })).sort((a, b) => b.count - a.count),
  }
}

/** A channel or desk that was taken out of the config meanwhile still has its id. */
function targetOf(parts: HttpParts, id: string, locale: Locale): TroubleTarget {
  const channel = parts.channels.get(id)
  const definition = channel?.definition ?? parts.desks.get(id)?.definition
  return { id, side: channel ? 'channel' : 'desk', type: definition?.type ?? 'unknown', title: definition?.title[locale] ?? id }
}

function itemOf(parts: HttpParts, row: TroubleRow, locale: Locale): TroubleItem {
  const { customer, conversationId } = row
  const whose = {
    ...(customer && { customer: { id: customer.id, name: customer.name } }),
    ...(conversationId && { conversation: conversationId }),
  }
  if (row.kind === 'event') return { ...whose, ...eventOf(row.event, locale), target: targetOf(parts, row.event.sourceId, locale) }
  const { delivery, message } = row
  const author = delivery.payload.author ?? message?.author ?? 'system'
  return {
    ...whose,
    id: delivery.id,
    state: delivery.state as TroubleState,
    target: targetOf(parts, delivery.targetId, locale),
    by: author,
    words: oneLine(plainText(delivery.payload.parts ?? []) || (message?.text ?? '')),
    what: delivery.op,
    ...(delivery.error && { reason: inTongue(delivery.error, locale) }),
    attempts: delivery.attempts,
    ...(delivery.possiblyTwice && { possiblyTwice: true as const }),
    at: delivery.createdAt.toISOString(),
    ...(delivery.finishedAt && { since: delivery.finishedAt.toISOString() }),
  }
}

function eventOf(event: EventRow, locale: Locale): Omit<TroubleItem, 'target'> {
  // What could not be worked on may be of any shape: the page shows it all the same.
  const payload = event.payload as Partial<Extract<Inbound, { type: 'message' }>> & Record<string, unknown>
  const typed = [payload.line, payload.label, payload.command].find((one) => typeof one === 'string')
  return {
    id: event.id,
    state: 'dead',
    by: event.source === 'channel' ? 'customer' : 'agent',
    words: oneLine((Array.isArray(payload.parts) && plainText(payload.parts)) || (typed ?? '')),
    what: String(payload.type ?? 'message'),
    // The first line; what follows in it is where in the code, and that is for the log.
    ...(event.error && { reason: inTongue(event.error.split('\n')[0] ?? '', locale) }),
    attempts: event.attempts,
    at: event.receivedAt.toISOString(),
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, WORDS_MAX)
}

async function settle(parts: HttpParts, agent: AgentRow, { action, ids }: TroubleRequest): Promise<TroubleReply> {
  const { db } = parts.database
  const [sent, came] = [ids.filter((id) => id.startsWith('dlv_')), ids.filter((id) => id.startsWith('evt_'))]
  const deed = deedOf(parts, agent)
  const settled =
    action === 'again'
      ? [await sendAgain(db, sent, deed), await replayEvents(db, came, deed)]
      : [await dropDeliveries(db, sent, agent.name, deed), await dropEvents(db, came, agent.name, deed)]
  return tellOf(parts, settled)
}

/** Gives up what is left of one message: by whoever may change its conversation, agents among them. */
export async function giveUp(parts: HttpParts, agent: AgentRow, message: string): Promise<TroubleReply> {
  return tellOf(parts, [await dropMessage(parts.database.db, agent, message, agent.name, deedOf(parts, agent))])
}

function deedOf(parts: HttpParts, agent: AgentRow): Deed {
  return { by: agent, now: parts.clock.now(), auditId: () => newId('aud', parts.clock) }
}

function tellOf(parts: HttpParts, settled: Settled[]): TroubleReply {
  const done = settled.reduce((sum, { count }) => sum + count, 0)
  if (done > 0) {
    parts.live.publish('console', { type: 'changed' })
    for (const conversation of settled.flatMap((one) => one.conversations))
      parts.live.publish('console', { type: 'progress', conversation })
    // Wakes whatever works here; where nothing runs between requests it is the only thing that does.
    parts.runner.reroute()
  }
  return { done }
}

export async function messageFate(
  parts: HttpParts,
  actor: AgentRow,
  conversation: string,
  message: string,
  locale: Locale,
): Promise<MessageFate | undefined> {
  const found = await readAttempts(parts.database.db, actor, conversation, message)
  if (!found) return undefined
  const byDelivery = Map.groupBy(found.attempts, (attempt) => attempt.deliveryId)
  return {
    deliveries: found.deliveries.map((row) => {
      const reason = droppedBy(row) ?? (row.error && inTongue(row.error, locale))
      return {
        id: row.id,
        state: stateOf(row),
        ...(reason && { reason }),
        ...(row.possiblyTwice && { possiblyTwice: true as const }),
        createdAt: row.createdAt.toISOString(),
        ...(row.deliveredAt && { deliveredAt: row.deliveredAt.toISOString() }),
        ...(row.readAt && { readAt: row.readAt.toISOString() }),
        ...(row.state === 'retry' && { nextAt: row.nextAt.toISOString() }),
        attempts: (byDelivery.get(row.id) ?? []).map(({ number, startedAt, endedAt, outcome, error }) => ({
          number,
          startedAt: startedAt.toISOString(),
          ...(endedAt && { endedAt: endedAt.toISOString() }),
          ...(outcome && { outcome }),
          ...(error && { error: inTongue(error, locale) }),
        })),
      }
    }),
  }
}
