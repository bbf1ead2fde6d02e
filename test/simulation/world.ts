// A house's database in memory, with its transactions, locks and unique keys, shared by processes that run side by side. Nothing
// happens by itself: whatever takes a journey – to the database, to a platform – waits at a gate until the scheduler opens it.
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '#core/clock.ts'
import type {
  AgentRow,
  AttachmentRow,
  AuditRow,
  ConversationRow,
  CustomerRow,
  DeliveryRow,
  EventRow,
  IdentityRow,
  MessageRow,
  NewLink,
  ThreadRow,
  TimerRow,
} from '#store/rows.ts'
import { generator } from '../chaos/seed.ts'
import type { Rules } from './rules.ts'

/** The server ends a session that leaves its transaction alone for so long: so a frozen process loses its locks. */
const IDLE_IN_TRANSACTION_MS = 10_000

export interface Transaction {
  locks: Set<string>
  /** The lock that it waits for. */
  wants: string | undefined
  writes: (() => void)[]
  hasWritten: boolean
  /** When it last spoke to the server. */
  spokeAt: number
  ended: boolean
  /** What it read, for the rules: how much each agent had. */
  loads: Map<string, number> | undefined
}

export interface Process {
  name: string
  frozen: boolean
  alive: boolean
  /** The next commit is done, and its answer lost: the process cannot know. */
  losesAnswer?: boolean
  /** The next save is refused when all of it is decided: somebody else's stands in its way. */
  losesSave?: boolean
  /** Nothing runs beside it: it waits at no gate. */
  isAlone?: true
  transactions: Set<Transaction>
}

/** What stands for the database in the hands of the code under test. */
export interface Handle {
  world: World
  process: Process
  transaction?: Transaction
  insert(table: unknown): { values(row: AuditRow): Promise<void> }
}

export interface Gate {
  process: Process
  what: string
  isReady: () => boolean
  open: () => void
}

interface Timer {
  process: Process
  at: number
  ring: () => void
}

export interface World {
  clock: Clock
  ms: number
  readonly rules: Rules
  processes: Process[]
  gates: Gate[]
  timers: Map<number, Timer>
  /** Whose turn it is: timers belong to whoever sets them. */
  current: Process | undefined
  locks: Map<string, Transaction>
  position: number
  events: Map<string, EventRow>
  /** Those of them that wait, in the order in which they came. */
  waiting: Map<string, EventRow>
  eventKeys: Map<string, string>
  customers: Map<string, CustomerRow>
  identities: Map<string, IdentityRow>
  conversations: Map<string, ConversationRow>
  /** Which conversations there were at an address. */
  addresses: Map<string, Set<string>>
  messages: Map<string, MessageRow[]>
  attachments: Map<string, AttachmentRow>
  links: Map<string, NewLink>
  audit: AuditRow[]
  deliveries: Map<string, DeliveryRow>
  /** Who has each of those that were claimed, and by which fence. */
  holders: Map<string, { name: string; fence: number }>
  /** Those that are pending, to be tried again, or being sent, in the order of their positions. */
  active: Map<string, DeliveryRow>
  /** Which deliveries carry a message. */
  carried: Map<string, Set<string>>
  origins: Set<string>
  threads: Map<string, ThreadRow>
  /** Their ids, by conversation and by what the tool calls them. */
  threadsOf: Map<string, string[]>
  threadIds: Map<string, string>
  /** The next to ring first. */
  alarms: TimerRow[]
  agents: Map<string, AgentRow>
  pauses: Map<string, { targetId: string; until: Date; reason: string }>
  seen: Map<string, Date>
  settings: Map<string, unknown>
  trace: ((line: string) => void) | undefined
}

export function newWorld(seed: number, rules: Rules, trace?: World['trace']): World {
  const random = generator(seed)
  const world: World = {
    clock: { now: () => new Date(world.ms), random },
    ms: Date.parse('2026-11-23T02:00:00Z'),
    rules,
    processes: [],
    gates: [],
    timers: new Map(),
    current: undefined,
    locks: new Map(),
    position: 0,
    events: new Map(),
    waiting: new Map(),
    eventKeys: new Map(),
    customers: new Map(),
    identities: new Map(),
    conversations: new Map(),
    addresses: new Map(),
    messages: new Map(),
    attachments: new Map(),
    links: new Map(),
    audit: [],
    deliveries: new Map(),
    holders: new Map(),
    active: new Map(),
    carried: new Map(),
    origins: new Set(),
    threads: new Map(),
    threadsOf: new Map(),
    threadIds: new Map(),
    alarms: [],
    agents: new Map(),
    pauses: new Map(),
    seen: new Map(),
    settings: new Map(),
    trace,
  }
  return world
}

export const of = (db: unknown): Handle => db as Handle

export function handleOf(world: World, process: Process): Handle {
  const handle: Handle = {
    world,
    process,
    insert() {
      return { values: async (row) => write(this as Handle, () => world.audit.push(row)) }
    },
  }
  return handle
}

/** Waits for the scheduler. A process that died never gets further. */
export function gate({ world, process, transaction }: Handle, what: string, isReady: () => boolean = () => true): Promise<void> {
  if (process.isAlone) return Promise.resolve()
  return new Promise((resolve, reject) => {
    world.gates.push({
      process,
      what,
      isReady: () => transaction?.ended === true || isReady(),
      open() {
        if (transaction?.ended) return reject(new Error('terminating connection due to idle-in-transaction timeout'))
        if (transaction) transaction.spokeAt = world.ms
        resolve()
      },
    })
  })
}

/** Changes something now, or with the transaction. */
export function write({ transaction }: Handle, change: () => void): void {
  if (transaction) transaction.writes.push(change)
  else change()
}

export async function transact<T>(db: unknown, task: (tx: never) => Promise<T>): Promise<T> {
  const outer = of(db)
  const transaction: Transaction = {
    locks: new Set(),
    wants: undefined,
    writes: [],
    hasWritten: false,
    spokeAt: outer.world.ms,
    ended: false,
    loads: undefined,
  }
  outer.process.transactions.add(transaction)
  try {
    const result = await task({ ...outer, transaction } as never)
    if (transaction.ended) throw new Error('terminating connection due to idle-in-transaction timeout')
    applyWrites(transaction)
    if (outer.process.losesAnswer && transaction.hasWritten) {
      outer.process.losesAnswer = false
      throw new Error('Connection terminated unexpectedly')
    }
    return result
  } finally {
    end(outer, transaction)
  }
}

export function applyWrites(transaction: Transaction): void {
  if (transaction.writes.length > 0) transaction.hasWritten = true
  for (const change of transaction.writes.splice(0)) change()
}

function end({ world, process }: Pick<Handle, 'world' | 'process'>, transaction: Transaction): void {
  for (const lock of transaction.locks) if (world.locks.get(lock) === transaction) world.locks.delete(lock)
  transaction.ended = true
  transaction.writes.length = 0
  process.transactions.delete(transaction)
}

/** False while somebody else has it. */
export function tryLock({ world, transaction }: Handle, lock: string): boolean {
  if (!transaction) throw new Error(`a lock outside of a transaction: ${lock}`)
  const holder = world.locks.get(lock)
  if (holder && holder !== transaction) return false
  world.locks.set(lock, transaction)
  transaction.locks.add(lock)
  return true
}

export async function lock(handle: Handle, name: string): Promise<void> {
  const { world, transaction } = handle
  if (tryLock(handle, name) || !transaction) return
  transaction.wants = name
  for (let other = world.locks.get(name); other; other = other.wants === undefined ? undefined : world.locks.get(other.wants)) {
    if (other === transaction) throw Object.assign(new Error('deadlock detected'), { code: '40P01' })
  }
  await gate(handle, `lock ${name}`, () => !world.locks.has(name))
  transaction.wants = undefined
  await lock(handle, name)
}

/** A unique key that is taken. */
export function taken(key: string): Error {
  return Object.assign(new Error(`duplicate key value violates unique constraint "${key}"`), { code: '23505', constraint: key })
}

// ── Processes and time ───────────────────────────────────────────────────────────────────────────────────────────────

export function startProcess(world: World, name: string): Process {
  const process: Process = { name, frozen: false, alive: true, transactions: new Set() }
  world.processes.push(process)
  return process
}

/** kill -9: what it had not committed is gone, what it held is free, and nobody hears of it again. */
export function endProcess(world: World, process: Process): void {
  process.alive = false
  world.processes = world.processes.filter((one) => one !== process)
  world.gates = world.gates.filter((one) => one.process !== process)
  for (const [id, timer] of world.timers) if (timer.process === process) world.timers.delete(id)
  cutOff(world, process)
}

/** The server ends every session of a process, as when it starts again. */
export function cutOff(world: World, process: Process): void {
  for (const transaction of process.transactions) end({ world, process }, transaction)
}

export function openGates(world: World): Gate[] {
  return world.gates.filter(({ process, isReady }) => !process.frozen && isReady())
}

/** One step: the gate opens, and its process runs until it waits again. */
export async function pass(world: World, one: Gate): Promise<void> {
  world.gates.splice(world.gates.indexOf(one), 1)
  world.trace?.(`    ${one.process.name}: ${one.what}`)
  await within(world, one.process, one.open)
}

/** Lets a process do something, and whatever follows from it without a journey. */
export async function within(world: World, process: Process, task: () => void): Promise<void> {
  world.current = process
  task()
  await turn()
  world.current = undefined
}

/** Time goes on: sessions that were left alone are ended, timers ring. */
export async function elapse(world: World, ms: number): Promise<void> {
  world.ms += ms
  for (const process of world.processes) {
    for (const transaction of process.transactions) {
      const isIdle = process.frozen && transaction.wants === undefined
      if (isIdle && world.ms - transaction.spokeAt >= IDLE_IN_TRANSACTION_MS) end({ world, process }, transaction)
    }
  }
  await ring(world)
}

export async function ring(world: World): Promise<void> {
  for (const process of [...world.processes]) {
    if (process.frozen) continue
    const due = [...world.timers]
      .filter(([, timer]) => timer.process === process && timer.at <= world.ms)
      .sort(([, a], [, b]) => a.at - b.at)
    if (due.length === 0) continue
    await within(world, process, () => {
      for (const [id, timer] of due) if (world.timers.delete(id)) timer.ring()
    })
  }
}

const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, timeout: AbortSignal.timeout }
const never = new AbortController().signal
let timers = 0

/** The world's time instead of the machine's, until the function that it returns is called. */
export function takeTime(world: World): () => void {
  const { clearTimeout, setTimeout } = real
  const stub = {
    setTimeout(ring: () => void, ms = 0) {
      if (!world.current) return setTimeout(ring, ms)
      const id = ++timers
      world.timers.set(id, { process: world.current, at: world.ms + ms, ring })
      return id
    },
    clearTimeout: (id: unknown) => (typeof id === 'number' ? void world.timers.delete(id) : clearTimeout(id as NodeJS.Timeout)),
  }
  Object.assign(globalThis, stub)
  AbortSignal.timeout = () => never
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout })
    AbortSignal.timeout = real.timeout
  }
}
