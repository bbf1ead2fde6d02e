// A small house for tests of the pipeline: a scripted channel and desk that record what they are asked to do, a real store.
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { createBot } from '#bot/bot.ts'
import { readBot } from '#bot/check.ts'
import type { Capabilities } from '#core/capabilities.ts'
import { type Connector, type ConnectorDefinition, defineConnector, type Outbound, type Receipt } from '#core/connector.ts'
import { type Card, type Desk, type DeskDefinition, type DeskEntry, defineDesk, type MarkState } from '#core/desk.ts'
import type { DeskEvent, Inbound } from '#core/event.ts'
import { localLive } from '#core/live.ts'
import type { Button, Part } from '#core/message.ts'
import { type Pass, unwatched } from '#core/milestone.ts'
import { consoleDesk } from '#handoff/console/index.ts'
import type { Webhook } from '#platforms/webhook.ts'
import { route } from '#router/route.ts'
import { createFiles } from '#src/files.ts'
import type { House } from '#src/pipeline/house.ts'
import { accept, channelEvents, deskEvents } from '#src/pipeline.ts'
import { createPeople } from '#src/runner/people.ts'
import { createTyping } from '#src/runner/typing.ts'
import { type Channel, createRunner, type DeskPart, type Runner, type RunnerParts } from '#src/runner.ts'
import { syncAgents } from '#store/agents.ts'
import type { Database } from '#store/database.ts'
import type { AgentRow } from '#store/rows.ts'
import { memoryBlobs } from './blobs.ts'
import { silent } from './database.ts'
import { plainRouting, plainService, plainStaffing, usualSending } from './plain.ts'

export const BOT = `
version: 1
faq:
  - { id: shipping, ask: [多久发货, how long is shipping], answer: { zh: 付款后 24 小时内发货。, en: Orders ship within 24 hours. } }
  - { id: invoice, ask: [怎么开发票, how to get an invoice], answer: { zh: 在订单页申请发票。, en: Ask for it on the order page. } }
handoff: { repeated: 0 }
fallback: { after: 2 }
`

type Sent = { channel: string; message: Outbound }
type Followed = { op: 'edit' | 'recall' | 'typing'; externalId?: string; parts?: Part[] }
type Shown =
  | { desk: string; thread: string; op: 'open' | 'update'; card: Card }
  | { desk: string; thread: string; op: 'post'; entry: DeskEntry }
  | { desk: string; thread: string; op: 'whisper'; text: string; buttons?: Button[]; to: string }
  | { desk: string; thread: string; op: 'close' | 'reopen' }
  | { desk: string; thread: string; op: 'mark'; target: string; state: MarkState }
  | { desk: string; thread: string; op: 'edit'; shown: string[]; entry: DeskEntry }
  | { desk: string; thread: string; op: 'remove'; shown: string[] }
  | { desk: string; thread: string; op: 'typing' }

export interface Stage {
  house: House
  runner: Runner
  parts: RunnerParts
  sent: Sent[]
  shown: Shown[]
  /** What the channel was told beside words. */
  followed: Followed[]
  /** What `send` does instead of recording; cleared by the test. */
  onSend: { now?: (message: Outbound) => Promise<void> }
  onDesk: { now?: (thread: string, op: string) => Promise<void> }
  clock: { ms: number }
  customer(user: string, event: Partial<Inbound> & { type: Inbound['type'] }): Promise<void>
  says(user: string, text: string): Promise<void>
  agent(desk: string, user: string, event: Partial<DeskEvent> & { type: DeskEvent['type'] }): Promise<string[]>
  types(desk: string, user: string, thread: string, text: string): Promise<void>
  settle(): Promise<void>
  stop(): Promise<void>
}

export interface StageOptions {
  capabilities?: Partial<Capabilities>
  agents?: Partial<AgentRow>[]
  bot?: string
  skills?: string[]
  routing?: Partial<House['routing']>
  service?: Partial<House['service']>
  staffing?: Partial<House['staffing']>
  surge?: Partial<House['surge']>
  sending?: Partial<House['sending']>
  /** What the channel and the desk can besides words: `mark`, `edit`, `remove`, `typing`. */
  able?: { channel?: ('edit' | 'recall' | 'typing')[]; desk?: ('mark' | 'edit' | 'remove' | 'typing')[] }
  /** The channel is answered when it calls, and never called. */
  answersOnly?: true
  webhooks?: ReadonlyMap<string, Webhook>
  library?: House['library']
  timezone?: string
  /** The desk shows no buttons. */
  plain?: true
  /** Told of each milestone. */
  pass?: Pass
  /** Do not start the runner: the test works by hand. */
  still?: boolean
}

let counter = 0

export async function stage(database: Database, options: StageOptions = {}): Promise<Stage> {
  const run = ++counter
  const channelId = `ch${run}`
  const clock = { ms: Date.parse('2026-11-22T08:00:00Z') }
  const sent: Sent[] = []
  const shown: Shown[] = []
  const onSend: Stage['onSend'] = {}
  const onDesk: Stage['onDesk'] = {}
  const followed: Followed[] = []
  const able = { channel: [], desk: [], ...options.able }
  const live = localLive()
  const channels = new Map<string, Channel>([
    [channelId, fakeChannel(channelId, options.capabilities ?? {}, sent, onSend, able.channel, followed)],
  ])
  for (const { connector } of channels.values()) Object.assign(connector, options.answersOnly && { answersOnly: true })
  const desks = new Map<string, DeskPart>([
    [
      'console',
      {
        id: 'console',
        definition: consoleDesk,
        desk: { open: async () => ({ thread: '' }), post: async () => receipt([]), check: async () => ({ state: 'connected' }) },
        inbound: 'none',
      },
    ],
    [`group${run}`, fakeDesk(`group${run}`, shown, onDesk, able.desk)],
  ])
  const reading = readBot(options.bot ?? BOT, 'bot.yaml', {
    skills: options.skills ?? ['aftersales', 'tech'],
    webhooks: [...(options.webhooks?.keys() ?? [])],
    calendars: Object.keys(options.service?.calendars ?? {}),
  })
  if (!('value' in reading)) throw new Error(JSON.stringify(reading.problems))
  const house: House = {
    clock: { now: () => new Date(clock.ms), random: Math.random },
    bot: createBot(reading.value),
    route,
    brand: { name: '示例商城' },
    locale: 'zh',
    skills: options.skills ?? ['aftersales', 'tech'],
    channels: new Map([...channels.values()].map(({ id, definition }) => [id, definition])),
    desks: new Map([
      [
        `group${run}`,
        { type: 'fake', title: { zh: '群', en: 'Group' }, locale: 'zh', buttons: !options.plain, marks: able.desk.includes('mark') },
      ],
    ]),
    readers: new Set(['console']),
    routing: { ...plainRouting, ...options.routing },
    staffing: { ...plainStaffing, ...options.staffing },
    surge: { backlog: 20_000, calmMinutes: 5, overflow: [], bot: true, ...options.surge },
    keepEventsDays: 30,
    sending: { ...usualSending, ...options.sending },
    down: new Set(),
    service: { ...plainService, ...options.service },
    surging: false,
    ...(options.library && { library: options.library }),
    timezone: options.timezone ?? 'Asia/Shanghai',
    link: () => undefined,
    consoleUrl: () => undefined,
  }
  await clear(database)
  await syncAgents(
    database.db,
    agentsOf(
      options.agents ?? [
        { id: 'anna', name: '安娜' },
        { id: 'ben', name: '小本', publicName: 'Ben' },
      ],
      `group${run}`,
    ),
    house.clock.now(),
  )
  const files = createFiles({ db: database.db, blobs: memoryBlobs(), clock: house.clock, connectors: new Map(), desks: new Map() })
  const parts: RunnerParts = {
    database,
    clock: house.clock,
    log: silent,
    live,
    files,
    channels,
    desks,
    people: createPeople({ database, desks, clock: house.clock, log: silent }),
    typing: createTyping({ database, channels, desks, clock: house.clock, log: silent, live, house: () => house }),
    webhooks: () => options.webhooks ?? new Map(),
    house: () => house,
    health: new Map(),
    name: `test-${run}`,
    pass: options.pass ?? unwatched,
    publicUrl: undefined,
  }
  const runner = createRunner(parts)
  if (!options.still) await runner.start()
  return {
    ...actions(database, house, options.still ? (rows) => accept(database.db, rows) : runner.accept, channelId),
    house,
    runner,
    parts,
    sent,
    shown,
    followed,
    onSend,
    onDesk,
    clock,
    stop: () => runner.stop(),
  }
}

function actions(database: Database, house: House, take: Runner['accept'], channelId: string) {
  let n = 0
  const customer: Stage['customer'] = async (user, event) => {
    const whole = {
      externalId: `e${channelId}-${n++}`,
      at: house.clock.now(),
      from: { user },
      raw: null,
      sender: { identities: [] },
      ...event,
    } as Inbound
    await take(channelEvents(channelId, [whole], house))
  }
  const agent: Stage['agent'] = async (desk, user, event) => {
    const whole = { externalId: `d${channelId}-${n++}`, at: house.clock.now(), by: { id: user }, raw: null, ...event } as DeskEvent
    const rows = await deskEvents(database.db, desk, [whole], house)
    await take(rows)
    return rows.map((row) => row.id)
  }
  return {
    customer,
    says: (user: string, text: string) => customer(user, { type: 'message', parts: [{ type: 'text', text }], messageId: `m${n}` } as never),
    agent,
    types: async (desk: string, user: string, thread: string, text: string) => {
      await agent(desk, user, { type: 'message', thread, parts: [{ type: 'text', text }], messageId: `t${channelId}-${n}` } as never)
    },
    settle: () => settled(database),
  }
}

/** An empty house for each test. */
async function clear(database: Database): Promise<void> {
  await database.db.execute(
    'truncate customers, identities, conversations, messages, attachments, events, deliveries, attempts, pauses, processes, threads, message_links, agents, sessions, agent_links, unlinked_people, invites, audit_events, decisions, leases, timers, asked, questions, followups, macro_uses cascade',
  )
  await database.db.execute("delete from settings where key = 'surge'")
}

/** Until nothing is pending: no event, no delivery that is due. */
async function settled(database: Database): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    const { rows } = await database.db.execute<{ busy: boolean }>(
      `select exists(select 1 from events where state = 'pending') or exists(select 1 from deliveries where state in ('pending', 'sending') and op not in ('update', 'mark')) as busy`,
    )
    quiet = rows[0]?.busy ? 0 : quiet + 1
    await pause(20)
  }
}

function agentsOf(list: Partial<AgentRow>[], desk: string) {
  return list.map((agent) => ({
    id: 'anna',
    name: '安娜',
    publicName: agent.name ?? '安娜',
    email: null,
    role: 'agent' as const,
    skills: ['aftersales', 'tech'],
    capacity: 5,
    ...agent,
    identities: { [desk]: `u-${agent.id ?? 'anna'}`, ...agent.identities },
  }))
}

function receipt(externalIds: string[]): Receipt {
  return { externalIds, at: new Date() }
}

const YEAR_MS = 365 * 24 * 3_600_000

function fakeChannel(
  id: string,
  capabilities: Partial<Capabilities>,
  sent: Sent[],
  onSend: Stage['onSend'],
  able: string[],
  followed: Followed[],
): Channel {
  const definition: ConnectorDefinition = defineConnector({
    type: 'fake',
    title: { zh: '测试', en: 'Test' },
    docs: '',
    runtimes: ['node'],
    config: z.strictObject({}),
    secrets: [],
    capabilities: {
      text: { max: 4096, unit: 'utf16', markdown: false },
      buttons: { max: 10, labelMax: 64, idMaxBytes: 64, links: true },
      ...(able.includes('edit') && { edit: { withinMs: YEAR_MS } }),
      ...(able.includes('recall') && { recall: { withinMs: YEAR_MS } }),
      ...(able.includes('typing') && { typing: true as const }),
      ...capabilities,
    },
    inbound: () => 'none',
    create: () => connector,
  })
  const connector: Connector = {
    ...(able.includes('edit') && {
      async edit(externalId: string, { parts }: Outbound) {
        followed.push({ op: 'edit', externalId, parts })
      },
    }),
    ...(able.includes('recall') && {
      async recall(externalId: string) {
        followed.push({ op: 'recall', externalId })
      },
    }),
    ...(able.includes('typing') && {
      async typing() {
        followed.push({ op: 'typing' })
      },
    }),
    async send(message: Outbound) {
      await onSend.now?.(message)
      sent.push({ channel: id, message })
      return receipt([`x${sent.length}-${id}`])
    },
    check: async () => ({ state: 'connected' as const }),
  }
  return { id, definition, connector, settings: {}, inbound: 'none' }
}

function fakeDesk(id: string, shown: Shown[], onDesk: Stage['onDesk'], able: string[]): DeskPart {
  let threads = 0
  let posts = 0
  const more: Partial<Desk> = {
    async mark(thread, target, state) {
      await onDesk.now?.(thread, 'mark')
      shown.push({ desk: id, thread, op: 'mark', target, state })
    },
    async edit(thread, ids, entry) {
      await onDesk.now?.(thread, 'edit')
      shown.push({ desk: id, thread, op: 'edit', shown: ids, entry })
      return receipt(ids)
    },
    async remove(thread, ids) {
      shown.push({ desk: id, thread, op: 'remove', shown: ids })
    },
    async typing(thread) {
      shown.push({ desk: id, thread, op: 'typing' })
    },
  }
  const desk: Desk = {
    ...Object.fromEntries(Object.entries(more).filter(([name]) => able.includes(name))),
    async open(card: Card) {
      const thread = `${id}-t${++threads}`
      await onDesk.now?.(thread, 'open')
      shown.push({ desk: id, thread, op: 'open', card })
      return { thread, cardId: `${thread}-card` }
    },
    async post(thread: string, entry: DeskEntry) {
      await onDesk.now?.(thread, 'post')
      shown.push({ desk: id, thread, op: 'post', entry })
      return receipt([`${thread}-p${++posts}`])
    },
    async update({ thread }: { thread: string }, card: Card) {
      shown.push({ desk: id, thread, op: 'update', card })
    },
    async whisper(thread: string, to: { id: string }, entry: { text: string; buttons?: Button[] }) {
      await onDesk.now?.(thread, 'whisper')
      shown.push({ desk: id, thread, op: 'whisper', to: to.id, text: entry.text, buttons: entry.buttons })
    },
    async close(thread: string) {
      shown.push({ desk: id, thread, op: 'close' })
    },
    async reopen(thread: string) {
      shown.push({ desk: id, thread, op: 'reopen' })
    },
    check: async () => ({ state: 'connected' as const }),
  }
  const definition: DeskDefinition = defineDesk({
    type: 'fake',
    title: { zh: '群', en: 'Group' },
    docs: '',
    runtimes: ['node'],
    config: z.strictObject({}),
    secrets: [],
    capabilities: { text: { max: 4096, unit: 'utf16' } },
    inbound: () => 'none',
    create: () => desk,
  })
  return { id, definition, desk, inbound: 'none' }
}
