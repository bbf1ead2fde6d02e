// What may happen, as commands of small numbers: what a number means depends on what is there when its turn comes, so that any
// part of a list is a list, too, and a long one can be shrunk.

import type { DeskEvent, Inbound } from '#core/event.ts'
import { channelEvents, deskEvents } from '#src/pipeline.ts'
import type { ConversationRow } from '#store/rows.ts'
import fc from '../support/fc.ts'
import { ADDRESSES, DESK, POISON } from './house.ts'
import { FAULTS } from './outside.ts'
import { crash, type Member, reload, type Simulation, start, stop } from './simulation.ts'
import { cutOff, elapse, openGates, pass, ring, within } from './world.ts'

export interface Command {
  act: Act
  a: number
  b: number
}

const WORDS = ['多久发货', 'zzqx', '转人工', '查订单', 'SO1234', '1', 'how long is shipping', '机器坏了', '2', '取消', `x ${POISON}`]
const LINES = [
  '您好，我来处理',
  '/claim',
  '/release',
  '/resolve',
  '/transfer tech',
  '/transfer @ben',
  '/transfer aftersales',
  '/bot',
  '/reopen',
  '//note',
  '/away',
  '/online',
  '/queue',
  '/nothing',
]
const TIMES = [20, 400, 1_000, 3_000, 6_000, 11_000, 21_000, 65_000, 16 * 60_000, 2 * 3_600_000, 25 * 3_600_000]

const pick = <T>(list: readonly T[], n: number): T | undefined => (list.length === 0 ? undefined : list[n % list.length])

type Play = (simulation: Simulation, a: number, b: number) => Promise<void> | void

/** How often, and what. The first is what shrinking tends to. */
const ACTS = {
  step: [34, step],
  run: [14, (simulation, a) => run(simulation, 3 + (a % 12))],
  settle: [3, (simulation) => settle(simulation)],
  time: [7, (simulation, a) => time(simulation, a)],
  says: [16, says],
  press: [3, press],
  other: [4, other],
  again: [3, again],
  types: [9, types],
  console: [6, console],
  button: [3, button],
  presence: [4, presence],
  receipt: [2, receipt],
  deletes: [1, deletes],
  fault: [5, fault],
  crash: [2, (simulation, a) => void withMember(simulation, a, (member) => crash(simulation, member))],
  start: [2, (simulation) => start(simulation)],
  stop: [1, (simulation, a) => withMember(simulation, a, (member) => stop(simulation, member))],
  freeze: [2, freeze],
  wake: [2, wake],
  cut: [2, cut],
  stuck: [2, stuck],
  reload: [1, (simulation, a, b) => void withMember(simulation, a, (member) => reload(simulation, member, b))],
} satisfies Record<string, [number, Play]>

export type Act = keyof typeof ACTS

const acts = (Object.keys(ACTS) as Act[]).flatMap((act) => Array.from({ length: ACTS[act][0] }, () => act))
const command: fc.Arbitrary<Command> = fc.record({ act: fc.constantFrom(...acts), a: fc.nat(997), b: fc.nat(997) })

/** About two hundred steps, and a seed for ids and jitter. */
export const histories = fc.record({
  chance: fc.nat(),
  commands: fc.array(command, { minLength: 100, maxLength: 300, size: 'max' }),
})

export async function play(simulation: Simulation, { act, a, b }: Command): Promise<void> {
  simulation.world.trace?.(`${act} ${a} ${b}`)
  simulation.world.ms += 1 + (b % 5)
  await ring(simulation.world)
  await (ACTS[act][1] as Play)(simulation, a, b)
}

// ── The scheduler ────────────────────────────────────────────────────────────────────────────────────────────────────

async function step({ world }: Simulation, a: number): Promise<void> {
  const gate = pick(openGates(world), a)
  if (gate) await pass(world, gate)
}

/** Oldest first, as it mostly is. */
async function run({ world }: Simulation, most: number): Promise<void> {
  for (let n = 0; n < most; n++) {
    const gate = openGates(world)[0]
    if (!gate || world.rules.broken) return
    await pass(world, gate)
  }
}

/** Everything that can be done now, and then a routing pass beside which nothing is worked on: who is, is left out until the next. */
async function settle(simulation: Simulation): Promise<void> {
  const { world, members } = simulation
  await run(simulation, 300)
  const isIdle = () => world.gates.length === 0 && [...world.events.values()].every(({ state }) => state !== 'pending')
  let wasIdle = false
  for (let n = 0; n < 4; n++) {
    wasIdle = isIdle()
    await elapse(world, 6_000)
    await run(simulation, 300)
  }
  const isWhole = members.length > 0 && members.every(({ process, isStopping }) => !process.frozen && !isStopping)
  const [variant, ...others] = [...new Set(members.map((member) => member.variant))]
  if (wasIdle && isIdle() && isWhole && variant !== undefined && others.length === 0) world.rules.calm(world, variant)
}

async function time({ world }: Simulation, a: number): Promise<void> {
  await elapse(world, pick(TIMES, a) ?? 0)
}

function freeze({ members }: Simulation, a: number): void {
  const member = pick(members, a)
  if (member) member.process.frozen = true
}

/** The way to the database breaks: before a commit, or between it and its answer. */
function cut({ world, members }: Simulation, a: number, b: number): void {
  const member = pick(members, a)
  if (!member) return
  if (b % 2 === 0) cutOff(world, member.process)
  else member.process.losesAnswer = true
}

/** Whoever saves next is told that somebody else's stands in the way. */
function stuck({ members }: Simulation, a: number): void {
  const member = pick(members, a)
  if (member) member.process.losesSave = true
}

async function wake(simulation: Simulation, a: number): Promise<void> {
  const frozen = simulation.members.filter(({ process }) => process.frozen)
  const member = pick(frozen, a)
  if (!member) return
  member.process.frozen = false
  await ring(simulation.world)
}

async function withMember(simulation: Simulation, a: number, task: (member: Member) => void | Promise<void>): Promise<void> {
  const member = pick(simulation.members, a)
  if (member) await task(member)
}

const awake = ({ members }: Simulation, n: number) =>
  pick(
    members.filter(({ process }) => !process.frozen),
    n,
  )

// ── Customers ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function takes(simulation: Simulation, channel: string, event: Inbound, n: number): Promise<void> {
  const { world } = simulation
  const member = awake(simulation, n)
  if (!member) return
  simulation.told.push({ channel, event })
  await within(world, member.process, () => {
    const rows = channelEvents(channel, [event], member.house)
    for (const row of rows) world.rules.comes(world, row)
    member.runner.accept(rows).then(
      () => world.rules.acked.add(JSON.stringify(['channel', channel, event.externalId])),
      (error) => world.trace?.(`      not taken: ${error.message}`),
    )
  })
}

function from(simulation: Simulation, a: number): { channel: string; base: Pick<Inbound, 'externalId' | 'at' | 'from' | 'raw'> } {
  const { channel, user, thread } = pick(ADDRESSES, a) as (typeof ADDRESSES)[number]
  const n = ++simulation.count
  return { channel, base: { externalId: `e${n}`, at: simulation.world.clock.now(), from: { user, ...(thread && { thread }) }, raw: null } }
}

async function says(simulation: Simulation, a: number, b: number): Promise<void> {
  const { channel, base } = from(simulation, a)
  const parts = [{ type: 'text' as const, text: pick(WORDS, b) ?? '' }]
  const sender = { identities: [] }
  await takes(simulation, channel, { ...base, type: 'message', parts, messageId: `m${simulation.count}`, sender }, a + b)
}

/** A button that stands in the conversation, or one of long ago. */
async function press(simulation: Simulation, a: number, b: number): Promise<void> {
  const { channel, base } = from(simulation, a)
  const open = [...simulation.world.conversations.values()].find(
    ({ channelId, userKey }) => channelId === channel && userKey === base.from.user,
  )
  const { choices = [] } = (open?.botState ?? {}) as { choices?: { id: string }[] }
  const buttonId = pick([...choices.map(({ id }) => id), 'handoff', 'rate:5', 'rate:1', 'faq:gone'], b) ?? ''
  await takes(simulation, channel, { ...base, type: 'press', buttonId, callback: `c${simulation.count}` }, b)
}

async function other(simulation: Simulation, a: number, b: number): Promise<void> {
  const { channel, base } = from(simulation, a)
  const target = `m${1 + (b % Math.max(1, simulation.count))}`
  const events: Inbound[] = [
    { ...base, type: 'arrive', sender: { identities: [] } },
    { ...base, type: 'edit', target, parts: [{ type: 'text', text: 'edited' }] },
    { ...base, type: 'recall', target },
    { ...base, type: 'leave' },
    {
      ...base,
      type: 'message',
      parts: [{ type: 'text', text: 'out of office' }],
      messageId: `m${simulation.count}`,
      automatic: true,
      sender: { identities: [] },
    },
  ]
  await takes(simulation, channel, pick(events, b) as Inbound, a)
}

/** The platform delivers again what it delivered before. */
async function again(simulation: Simulation, a: number, b: number): Promise<void> {
  const old = pick(simulation.told.slice(-12), a)
  if (old) await takes(simulation, old.channel, old.event, b)
}

async function receipt(simulation: Simulation, a: number, b: number): Promise<void> {
  const arrival = pick(simulation.outside.arrivals.slice(-8), a)
  if (!arrival) return
  const event: Inbound = {
    externalId: `e${++simulation.count}`,
    at: simulation.world.clock.now(),
    from: { user: arrival.user },
    raw: null,
    type: 'delivery',
    target: arrival.externalId,
    state: pick(['delivered', 'read', 'failed'] as const, b) ?? 'read',
    reason: 'blocked',
  }
  await takes(simulation, arrival.channel, event, b)
}

// ── Agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────

type Act1 = DeskEvent extends infer E ? (E extends DeskEvent ? Omit<E, 'externalId' | 'at' | 'by' | 'raw'> : never) : never

async function acts1(simulation: Simulation, desk: string, by: string, act: Act1, n: number): Promise<void> {
  const { world } = simulation
  const member = awake(simulation, n)
  if (!member) return
  const event = { ...act, externalId: `d${++simulation.count}`, at: world.clock.now(), by: { id: by }, raw: null } as DeskEvent
  await within(world, member.process, () => {
    deskEvents(member.db, desk, [event], member.house)
      .then((rows) => {
        for (const row of rows) world.rules.comes(world, row)
        return member.runner.accept(rows)
      })
      .then(
        () => world.rules.acked.add(JSON.stringify(['desk', desk, event.externalId])),
        (error) => world.trace?.(`      not taken: ${error.message}`),
      )
  })
}

const WHO = ['anna', 'ben', 'cora', 'stranger']

async function types(simulation: Simulation, a: number, b: number): Promise<void> {
  const thread = pick(simulation.outside.threads.slice(-6), a)
  if (!thread) return
  const parts = [{ type: 'text' as const, text: pick(LINES, b) ?? '' }]
  const who = pick(WHO, a + (b >> 4))
  await acts1(simulation, DESK, `u-${who}`, { type: 'message', thread: thread.key, parts, messageId: `t${simulation.count + 1}` }, b)
}

const visible = ({ world }: Simulation): ConversationRow[] => [...world.conversations.values()].slice(-6)

async function console(simulation: Simulation, a: number, b: number): Promise<void> {
  const conversation = pick(visible(simulation), a)
  const who = pick(WHO.slice(0, 3), b)
  if (!conversation || !who) return
  const text = pick(LINES, a + b) ?? ''
  const messageId = `k${simulation.count + 1}`
  if (!text.startsWith('/'))
    return acts1(simulation, 'console', who, { type: 'message', thread: conversation.id, parts: [{ type: 'text', text }], messageId }, a)
  const failed = [...simulation.world.deliveries.values()].filter(
    ({ state, messageId: id }) => id && ['failed', 'held', 'unknown', 'expired'].includes(state),
  )
  const line = b % 5 === 0 && failed.length > 0 ? `/resend ${pick(failed, a)?.messageId}` : text
  const thread = b % 5 === 0 && failed.length > 0 ? (pick(failed, a)?.conversationId ?? '') : conversation.id
  // What the browser showed may be older than what is.
  const version = b % 3 === 0 ? Math.max(1, conversation.version - (a % 2)) : undefined
  await acts1(simulation, 'console', who, { type: 'command', thread, line, version, messageId }, a)
}

async function button(simulation: Simulation, a: number, b: number): Promise<void> {
  const offered = pick(simulation.outside.buttons.slice(-6), a)
  const who = pick(WHO, b)
  if (offered)
    await acts1(
      simulation,
      DESK,
      `u-${who}`,
      { type: 'button', thread: offered.thread, command: offered.id, callback: `b${simulation.count}` },
      a,
    )
}

async function presence(simulation: Simulation, a: number, b: number): Promise<void> {
  const who = pick(WHO.slice(0, 3), a) ?? ''
  await acts1(
    simulation,
    'console',
    who,
    { type: 'presence', state: pick(['online', 'online', 'online', 'away', 'offline'] as const, b) ?? 'online' },
    b,
  )
}

/** Somebody deletes a thread in the tool. */
async function deletes(simulation: Simulation, a: number, b: number): Promise<void> {
  const thread = pick(simulation.outside.threads, a)
  if (!thread || thread.isGone) return
  thread.isGone = true
  if (b % 2 === 0) await acts1(simulation, DESK, 'u-anna', { type: 'thread_gone', thread: thread.key, reason: 'deleted' }, b)
}

function fault({ outside }: Simulation, a: number, b: number): void {
  const target = pick(['plain', 'plain', 'keyed', 'site', DESK], a) ?? ''
  const fault = pick(FAULTS, b)
  if (fault) outside.faults.set(target, { fault, left: 1 + ((a + b) % 4) })
}
