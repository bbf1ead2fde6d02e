// The store in memory, that the simulation trusts, against the real one: the same events, passes, claims and outcomes, one after
// the other, must leave the same rows in both. Ids are the same, too, since both draw from the same chance.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ConnectorError, type ErrorKind } from '#core/errors.ts'
import type { DeskEvent, Inbound } from '#core/event.ts'
import { newId } from '#core/ids.ts'
import * as realPipeline from '#src/pipeline.ts'
import { verdictOf } from '#src/runner/outcome.ts'
import { insertAgent } from '#store/agents.ts'
import type { Database, Db } from '#store/database.ts'
import * as realDeliveries from '#store/deliveries.ts'
import * as realEvents from '#store/events.ts'
import type { DeliveryRow, NewDelivery } from '#store/rows.ts'
import * as s from '#store/schema.ts'
import * as realThreads from '#store/threads.ts'
import { full, generator } from '../chaos/seed.ts'
import { testDatabase } from '../support/database.ts'
import { ADDRESSES, agentRows, DESK, houseOf } from './house.ts'
import { dbOf } from './parts.ts'
import { newRules } from './rules.ts'
import { handleOf, newWorld, startProcess, type World } from './world.ts'

const SEEDS = full ? 50 : 6
const OPERATIONS = 150
const WORDS = ['多久发货', 'zzqx', '转人工', '查订单', 'SO1234', '机器坏了', '1', '☠']
const LINES = ['您好', '/claim', '/release', '/resolve', '/transfer tech', '/bot', '/online', '//note', '/reopen']
const KINDS: ErrorKind[] = ['transient', 'transient', 'rate_limited', 'rejected', 'window_closed']

/** What both sides have: the pipeline over its store, and the store's own functions. */
interface Side {
  pipeline: Pick<typeof realPipeline, 'accept' | 'channelEvents' | 'deskEvents' | 'receive' | 'routePass' | 'work'>
  deliveries: Pick<typeof realDeliveries, 'claimDeliveries' | 'finishDeliveries' | 'renewLeases' | 'takeAbandoned'>
  events: Pick<typeof realEvents, 'failEvent'>
  threads: Pick<typeof realThreads, 'findOpenThread' | 'keepThread' | 'setThreadState'>
  db: Db
  clock: { ms: number; now(): Date; random(): number }
  flying: DeliveryRow[]
  told: { channel: string; event: Inbound }[]
}

let database: Database
let memory: Pick<Side, 'pipeline' | 'deliveries' | 'events' | 'threads'>

beforeAll(async () => {
  database = await testDatabase()
  memory = await inMemory()
})
afterAll(() => database.close())

/** The pipeline once more, over the store in memory. */
async function inMemory(): Promise<typeof memory> {
  const [within, line, out, { transact }] = await Promise.all([
    import('./memory-in.ts'),
    import('./memory-queue.ts'),
    import('./memory-out.ts'),
    import('./world.ts'),
  ])
  const fakes = {
    database: { transact },
    events: within.events,
    scenes: within.scenes,
    drafts: within.drafts,
    queue: line.queue,
    pace: line.pace,
    agents: line.agents,
    deliveries: out.deliveries,
    lanes: out.lanes,
    'message-deliveries': out.messageDeliveries,
    threads: out.threads,
    settings: out.settings,
    restored: out.restored,
  }
  for (const [name, fake] of Object.entries(fakes)) {
    vi.doMock(`#store/${name}.ts`, async (original) => ({ ...(await original<object>()), ...fake }))
  }
  vi.resetModules()
  const pipeline = await import('#src/pipeline.ts')
  return { pipeline, ...out, events: within.events }
}

function clockOf(seed: number): Side['clock'] {
  const random = generator(seed)
  const clock = { ms: Date.parse('2026-11-23T02:00:00Z'), now: () => new Date(clock.ms), random }
  return clock
}

async function realSide(seed: number): Promise<Side> {
  await database.db.execute(
    'truncate customers, identities, conversations, messages, attachments, events, deliveries, attempts, pauses, threads, message_links, agents, sessions, audit_events, settings cascade',
  )
  const clock = clockOf(seed)
  for (const row of agentRows(clock.now())) await insertAgent(database.db, row)
  return {
    pipeline: realPipeline,
    deliveries: realDeliveries,
    events: realEvents,
    threads: realThreads,
    db: database.db,
    clock,
    flying: [],
    told: [],
  }
}

function memorySide(seed: number): { side: Side; world: World } {
  const clock = clockOf(seed)
  const world = newWorld(seed, newRules())
  world.clock = clock
  for (const row of agentRows(clock.now())) world.agents.set(row.id, row)
  const process = startProcess(world, 'p1')
  process.isAlone = true
  return { side: { ...memory, db: dbOf(handleOf(world, process)), clock, flying: [], told: [] }, world }
}

// ── What is done to both ─────────────────────────────────────────────────────────────────────────────────────────────

const WEIGHTS = { accept: 2, receive: 4, agent: 5, work: 4, route: 1, claim: 3, settle: 4, abandon: 1 }
const OPERATIONS_BY_WEIGHT = Object.entries(WEIGHTS).flatMap(([name, times]) => Array.from({ length: times }, () => name))

type Pick1 = <T>(list: readonly T[]) => T | undefined

/** One operation; what it returns is compared, too. */
async function operate(side: Side, n: number, chance: () => number): Promise<unknown> {
  const pick: Pick1 = (list) => list[Math.floor(chance() * list.length)]
  const { pipeline, db, clock } = side
  clock.ms += Math.floor(chance() * 900)
  const house = houseOf(n % 7 === 0 ? 1 : 0, clock)
  const admit = ({ kind, nextAt }: NewDelivery) => kind === 'channel' && nextAt <= clock.now()
  const options = { holder: 'p1', admit }
  const one = pick(OPERATIONS_BY_WEIGHT)
  switch (one) {
    case 'accept':
      return pipeline.accept(db, customerRows(side, n, pick, house))
    case 'receive':
      return follow(side, (await pipeline.receive(db, customerRows(side, n, pick, house), house, options))?.worked.sending)
    case 'agent':
      return pipeline.accept(db, await agentsRows(side, n, pick, house))
    case 'work':
      return follow(side, (await pipeline.work(db, house, options)).sending)
    case 'route':
      return follow(side, (await pipeline.routePass(db, house, options))?.sending)
    case 'claim':
      return follow(side, await claim(side))
    case 'settle':
      return settle(side, chance)
    default:
      return abandon(side, chance)
  }
}

function customerRows(side: Side, n: number, pick: Pick1, house: ReturnType<typeof houseOf>) {
  const { channel, user, thread } = pick(ADDRESSES) as (typeof ADDRESSES)[number]
  const base = { externalId: `e${n}`, at: side.clock.now(), from: { user, ...(thread && { thread }) }, raw: null }
  const sent = pick(side.flying)
  const said = [{ type: 'text' as const, text: pick(WORDS) ?? '' }]
  const events: Inbound[] = [
    ...[1, 2, 3, 4].map((): Inbound => ({ ...base, type: 'message', parts: said, messageId: `m${n}`, sender: { identities: [] } })),
    { ...base, type: 'press', buttonId: pick(['handoff', 'faq:shipping', 'rate:4']) ?? '', callback: `c${n}` },
    { ...base, type: 'arrive', sender: { name: 'Mei', identities: [{ kind: 'email', value: `${user}@example.com`, verified: false }] } },
    { ...base, type: 'leave' },
    { ...base, type: 'edit', target: `m${Math.max(0, n - 9)}`, parts: [{ type: 'text', text: 'edited' }] },
    { ...base, type: 'delivery', target: `x-${sent?.id}-${sent?.fence}`, state: pick(['delivered', 'read', 'failed'] as const) ?? 'read' },
  ]
  const again = pick([...side.told, ...Array.from({ length: 15 }, () => undefined)])
  const one = again ?? { channel, event: pick(events) as Inbound }
  side.told = [...side.told, one].slice(-3)
  return side.pipeline.channelEvents(one.channel, [one.event], house)
}

async function agentsRows(side: Side, n: number, pick: Pick1, house: ReturnType<typeof houseOf>) {
  const base = { externalId: `d${n}`, at: side.clock.now(), raw: null }
  const [who, text] = [pick(['anna', 'ben', 'cora']) ?? '', pick(LINES) ?? '']
  const opened = side.flying.filter(({ kind }) => kind === 'desk').map(({ conversationId }) => conversationId)
  const conversation = pick(opened.length > 0 ? opened : side.flying.map(({ conversationId }) => conversationId)) ?? 'cnv_none'
  const message = pick(side.flying.flatMap(({ messageId }) => messageId ?? []))
  const events: [desk: string, event: DeskEvent][] = [
    [
      DESK,
      {
        ...base,
        by: { id: `u-${who}` },
        type: 'message',
        thread: `t-${conversation}`,
        parts: [{ type: 'text', text }],
        messageId: `t${n}`,
      },
    ],
    ['console', { ...base, by: { id: who }, type: 'message', thread: conversation, parts: [{ type: 'text', text }], messageId: `k${n}` }],
    ['console', { ...base, by: { id: who }, type: 'command', thread: conversation, line: `/resend ${message}` }],
    ['console', { ...base, by: { id: who }, type: 'presence', state: pick(['online', 'online', 'away'] as const) ?? 'online' }],
    [DESK, { ...base, by: { id: 'u-nobody' }, type: 'thread_gone', thread: `t-${conversation}`, reason: 'deleted' }],
  ]
  const [desk, event] = pick(events) as (typeof events)[number]
  return side.pipeline.deskEvents(side.db, desk, [event], house)
}

const idsOf = (rows: DeliveryRow[]) => rows.map(({ id, fence, state, attempts }) => [id, fence, state, attempts])

function follow(side: Side, rows: DeliveryRow[] | undefined): unknown {
  side.flying.push(...(rows ?? []))
  return rows && idsOf(rows)
}

const claim = ({ deliveries, db, clock }: Side) =>
  deliveries.claimDeliveries(
    db,
    [...new Set([...ADDRESSES.map(({ channel }) => channel), DESK])].map((id) => ({ id, room: 3 })),
    'p1',
    clock.now(),
  )

/** Outcomes of up to four attempts, some of them long finished or taken over: such must change nothing. */
async function settle({ deliveries, threads, db, clock, flying }: Side, chance: () => number): Promise<unknown> {
  const finished: realDeliveries.Finishing[] = []
  const chosen = flying.slice(-8).filter(() => chance() < 0.5)
  for (const row of [...new Map(chosen.map((one) => [one.id, one])).values()].slice(0, 4)) {
    const kind = chance() < 0.35 ? KINDS[Math.floor(chance() * KINDS.length)] : undefined
    const error = kind && new ConnectorError(kind, kind, { certain: kind !== 'transient' || chance() < 0.5 })
    const circumstances = { now: clock.now(), random: chance(), repeatable: row.kind === 'desk' || row.targetId === 'keyed' }
    const outcome = error ? verdictOf(row, error, circumstances) : { state: 'sent' as const, externalIds: [`x-${row.id}-${row.fence}`] }
    if (row.op === 'open' && !error) {
      const thread = {
        id: newId('thr', clock),
        conversationId: row.conversationId,
        deskId: DESK,
        threadKey: `t-${row.conversationId}`,
        cardId: null,
      }
      await threads.keepThread(db, { ...thread, state: 'open', createdAt: clock.now() })
    }
    finished.push({ row, outcome })
  }
  return (await deliveries.finishDeliveries(db, finished, clock.now())).map((written) => written && { next: written.next })
}

/** A sender sleeps; another one takes over; or a zombie reports a failure of an event long done. */
async function abandon(side: Side, chance: () => number): Promise<unknown> {
  const { deliveries, db, clock, flying } = side
  if (chance() < 0.4) await deliveries.renewLeases(db, flying.slice(-3), clock.now())
  clock.ms += Math.floor(chance() * 25_000)
  return follow(side, await deliveries.takeAbandoned(db, clock.now(), 'died'))
}

// ── What is there afterwards ─────────────────────────────────────────────────────────────────────────────────────────

type Rows = Record<string, unknown[]>

const plain = <T>(rows: Iterable<T>): T[] => JSON.parse(JSON.stringify([...rows]))
const sorted = (rows: Record<string, unknown>[], ...omit: string[]) =>
  rows
    .map((row) => Object.fromEntries(Object.entries(row).filter(([key, value]) => value !== undefined && !omit.includes(key))))
    .sort((a, b) => (JSON.stringify([a.id, a.externalId]) < JSON.stringify([b.id, b.externalId]) ? -1 : 1))

function compared(
  rows: Record<
    'customers' | 'conversations' | 'messages' | 'events' | 'deliveries' | 'threads' | 'agents' | 'links' | 'identities',
    object[]
  >,
): Rows {
  const of = (name: keyof typeof rows) => plain(rows[name]) as Record<string, unknown>[]
  const inOrder = (name: 'events' | 'deliveries') =>
    of(name)
      .sort((a, b) => Number(a.position) - Number(b.position))
      .map(({ id }) => id)
  return {
    customers: sorted(of('customers')),
    identities: sorted(of('identities')),
    conversations: sorted(of('conversations'), 'activeSlot'),
    messages: sorted(of('messages')),
    events: sorted(of('events'), 'position', 'payload', 'error'),
    deliveries: sorted(of('deliveries'), 'position'),
    lanes: [
      ...Map.groupBy(
        of('deliveries').sort((a, b) => Number(a.position) - Number(b.position)),
        ({ lane }) => lane,
      ),
    ]
      .map(([lane, list]) => [lane, list.map(({ id }) => id)])
      .sort(),
    arrivals: inOrder('events'),
    threads: sorted(of('threads')),
    agents: sorted(of('agents')),
    links: sorted(of('links')),
  }
}

async function ofReal(): Promise<Rows> {
  const { db } = database
  const [customers, conversations, messages, events, deliveries, threads, agents, links, identities] = await Promise.all([
    db.select().from(s.customers),
    db.select().from(s.conversations),
    db.select().from(s.messages),
    db.select().from(s.events),
    db.select().from(s.deliveries),
    db.select().from(s.threads),
    db.select().from(s.agents),
    db.select().from(s.messageLinks),
    db.select().from(s.identities),
  ])
  return compared({ customers, conversations, messages, events, deliveries, threads, agents, links, identities })
}

const ofMemory = (world: World): Rows =>
  compared({
    customers: [...world.customers.values()],
    conversations: [...world.conversations.values()],
    messages: [...world.messages.values()].flat(),
    events: [...world.events.values()],
    deliveries: [...world.deliveries.values()],
    threads: [...world.threads.values()],
    agents: [...world.agents.values()],
    links: [...world.links.values()],
    identities: [...world.identities.values()],
  })

describe('the store in memory', () => {
  test.each(Array.from({ length: SEEDS }, (_, n) => n + 1))('holds after history %i what the real one holds', async (seed) => {
    const real = await realSide(seed)
    const { side, world } = memorySide(seed)
    const [one, other] = [generator(seed + 1_000), generator(seed + 1_000)]
    for (let n = 1; n <= OPERATIONS; n++) {
      const told = await operate(real, n, one)
      expect(await operate(side, n, other), `operation ${n}`).toEqual(told)
    }
    const rows = await ofReal()
    expect(ofMemory(world)).toEqual(rows)
    expect(rows.messages?.length).toBeGreaterThan(20)
  })

  test('and a failure that is reported of an event long done changes nothing in either', async () => {
    const real = await realSide(1)
    const { side, world } = memorySide(1)
    for (const { pipeline, events, db, clock } of [real, side]) {
      const house = houseOf(0, clock)
      const message: Inbound = {
        externalId: 'e1',
        at: clock.now(),
        from: { user: 'mei' },
        raw: null,
        type: 'message',
        parts: [],
        sender: { identities: [] },
      }
      const [id] = await pipeline.accept(db, pipeline.channelEvents('plain', [message], house))
      await pipeline.work(db, house)
      await events.failEvent(db, id ?? '', 'a process that slept woke up', clock.now())
    }
    const rows = await ofReal()
    expect(rows.events).toMatchObject([{ state: 'done', attempts: 0 }])
    expect(ofMemory(world)).toEqual(rows)
  })
})
