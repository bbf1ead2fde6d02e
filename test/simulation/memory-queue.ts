// The store's functions for the router, over a world: who waits, who answers, how much each has.
import type { ConversationRow } from '#store/rows.ts'
import { gate, of, tryLock, type World } from './world.ts'

type Queue = typeof import('#store/queue.ts')
type Agents = typeof import('#store/agents.ts')

function withTags(world: World, row: ConversationRow): ConversationRow & { customerTags: string[] } {
  return { ...row, customerTags: world.customers.get(row.customerId)?.tags ?? [] }
}

export const queue: Pick<
  Queue,
  'lockQueue' | 'lockWaiting' | 'readWaiting' | 'handlingMinutes' | 'countOpened' | 'readQueue' | 'loadsByChannel' | 'lastAgents'
> = {
  lockQueue: async (tx) => tryLock(of(tx), 'queue'),
  async lockWaiting(tx) {
    const handle = of(tx)
    const { world } = handle
    const waiting = () => [...world.conversations.values()].filter(({ status }) => status === 'queued')
    if (waiting().length === 0) return []
    await gate(handle, 'route')
    return waiting()
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .filter(({ id }) => tryLock(handle, `conversation ${id}`))
      .map((row) => withTags(world, row))
  },
  async readWaiting(db) {
    const { world } = of(db)
    return [...world.conversations.values()].filter(({ status }) => status === 'queued').map((row) => withTags(world, row))
  },
  async handlingMinutes(db) {
    const done = [...of(db).world.conversations.values()].flatMap(({ resolvedAt, assignedAt }) => {
      const ms = resolvedAt && assignedAt ? resolvedAt.getTime() - assignedAt.getTime() : 0
      return ms > 0 && ms < 86_400_000 && resolvedAt ? [{ at: resolvedAt.getTime(), minutes: ms / 60_000 }] : []
    })
    return done
      .sort((a, b) => a.at - b.at)
      .slice(-100)
      .map(({ minutes }) => minutes)
  },
  async loadsByChannel(db) {
    const { world, transaction } = of(db)
    if (transaction) transaction.loads = loadsOf(world)
    const loads = new Map<string, Map<string, number>>()
    for (const { status, agentId, channelId } of world.conversations.values()) {
      if (status !== 'assigned' || !agentId) continue
      const own = loads.get(agentId) ?? new Map<string, number>()
      loads.set(agentId, own.set(channelId, (own.get(channelId) ?? 0) + 1))
    }
    return loads
  },
  async lastAgents(db, customerIds, since) {
    const last = new Map<string, { agent: string; at: Date }>()
    for (const { customerId, status, agentId, resolvedAt } of of(db).world.conversations.values()) {
      if (status !== 'resolved' || !agentId || !resolvedAt || resolvedAt < since || !customerIds.includes(customerId)) continue
      const known = last.get(customerId)
      if (!known || known.at < resolvedAt) last.set(customerId, { agent: agentId, at: resolvedAt })
    }
    return new Map([...last].map(([id, { agent }]) => [id, agent]))
  },
  async countOpened(db, since) {
    return of(db).world.audit.filter(({ action, at }) => action === 'conversation.opened' && at >= since).length
  },
  async readQueue(db, agentId) {
    const { world } = of(db)
    const lines = (rows: Iterable<typeof world.conversations extends Map<string, infer Row> ? Row : never>) =>
      [...rows].map(({ id, customerId, skill, priority, status, queuedAt, snoozedUntil }) => ({
        id,
        customer: world.customers.get(customerId)?.name ?? '',
        skill,
        priority,
        status,
        at: status === 'queued' ? queuedAt : snoozedUntil,
      }))
    const rows = [...world.conversations.values()]
    const isMine = ({ status, agentId: owner }: (typeof rows)[number]) =>
      (status === 'assigned' || status === 'snoozed') && owner === agentId
    return { waiting: lines(rows.filter(({ status }) => status === 'queued')), mine: lines(rows.filter(isMine)) }
  },
}

/** Nobody is promised minutes here: the rules ask who gets what, not when. */
export const pace: typeof import('#store/pace.ts') = {
  paceOf: async () => ({ busy: new Map(), arrivals: [], window: 60 }),
}

export const agents: Pick<Agents, 'findAgent' | 'loads'> = {
  async findAgent(db, by) {
    return [...of(db).world.agents.values()].find((row) => ('id' in by ? row.id === by.id : row.email === by.email) && !row.disabled)
  },
  async loads(db) {
    const { world, transaction } = of(db)
    const loads = loadsOf(world)
    if (transaction) transaction.loads = new Map(loads)
    return loads
  },
}

export function loadsOf(world: World): Map<string, number> {
  const loads = new Map<string, number>()
  for (const { status, agentId } of world.conversations.values()) {
    if (status === 'assigned' && agentId) loads.set(agentId, (loads.get(agentId) ?? 0) + 1)
  }
  return loads
}
