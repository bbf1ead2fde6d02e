// A day of a busy shop, played through the whole engine – pipeline, bot, router, outbox, their loops – over a store in memory: customers
// come, agents on five tools are given and asked, answer, pass on, go away, let things lie and type over each other, and tools fail.
import type { ConnectorDefinition } from '#core/connector.ts'
import type { DeskDefinition } from '#core/desk.ts'
import type { DeskEvent, Inbound } from '#core/event.ts'
import type { House } from '#src/pipeline/house.ts'
import { channelEvents, deskEvents } from '#src/pipeline.ts'
import { createRunner, type Runner, type RunnerParts } from '#src/runner.ts'
import { generator } from '../chaos/seed.ts'
import { type Book, openBook } from './day-record.ts'
import { agentRow, CHANNEL, type Rules, shopOf, TOOLS, tools } from './day-shop.ts'
import { channelOf, type Ends, newEnds, toolOf } from './day-tools.ts'
import { dbOf, plainParts } from './parts.ts'
import {
  type Handle,
  handleOf,
  newWorld,
  openGates,
  type Process,
  pass,
  ring,
  startProcess,
  takeTime,
  type World,
  within,
} from './world.ts'

export interface Plan extends Rules {
  seed: number
  customers: number
  /** When the first of them comes, and in how many minutes all do. */
  from: string
  minutes: number
}

export interface Day {
  plan: Plan
  world: World
  house: House
  ends: Ends
  book: Book
  process: Process
  runner: Runner
  handle: Handle
  /** What the engine complained of that it must never. */
  complaints: string[]
  count: number
  random(): number
  pick<T>(list: readonly T[]): T | undefined
  at(ms: number, run: () => void | Promise<void>): void
  agenda: { at: number; n: number; run: () => void | Promise<void> }[]
}

export function newDay(plan: Plan): Day {
  const book = openBook()
  const world = newWorld(plan.seed, book.rules)
  world.ms = Date.parse(plan.from) - 10 * 60_000
  const random = generator(plan.seed + 1)
  const process = startProcess(world, 'p1')
  const handle = handleOf(world, process)
  const house = shopOf(plan, world.clock)
  for (let n = 0; n < plan.agents; n++) world.agents.set(`a${n}`, agentRow(n, world.ms))
  const agenda: Day['agenda'] = []
  let n = 0
  const day: Day = {
    plan,
    world,
    house,
    ends: newEnds(),
    book,
    process,
    handle,
    runner: undefined as never,
    complaints: [],
    count: 0,
    random,
    pick: (list) => list[Math.floor(random() * list.length)],
    at(ms, run) {
      const item = { at: ms, n: n++, run }
      let [low, high] = [0, agenda.length]
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((agenda[middle]?.at ?? 0) <= ms) low = middle + 1
        else high = middle
      }
      agenda.splice(low, 0, item)
    },
    agenda,
  }
  day.runner = createRunner(partsOf(day))
  return day
}

function partsOf({ handle, ends, book, house, complaints }: Day): RunnerParts {
  const complain = (fields: Record<string, unknown>, message: string) => void complaints.push(`${message} ${JSON.stringify(fields)}`)
  return {
    ...plainParts(handle),
    // Deliveries that do not go out are warned of, desks that fall are errors of theirs: only the house's own are none of a tool's.
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (fields, message) => (message.startsWith('a desk is down') ? undefined : complain(fields, message)),
    },
    ...outsideOf(handle, ends, book, house),
    house: () => house,
  }
}

function outsideOf(handle: Handle, ends: Ends, book: Book, house: House): Pick<RunnerParts, 'channels' | 'desks'> {
  const inbound = 'none' as const
  const website = {
    id: CHANNEL,
    definition: { capabilities: house.channels.get(CHANNEL)?.capabilities } as ConnectorDefinition,
    connector: channelOf(handle, ends, book),
    settings: {},
    inbound,
  }
  const desks = tools.map((id) => {
    const definition = { capabilities: { ...('addressed' in TOOLS[id] && { addressed: true }) } } as DeskDefinition
    return [id, { id, definition, desk: toolOf(handle, ends, book, id), inbound }] as const
  })
  return { channels: new Map([[CHANNEL, website]]), desks: new Map(desks) }
}

/** Plays what stands in the agenda, and what follows from it, until then, or until `isOver`. */
export async function playDay(day: Day, until: number, isOver: () => boolean): Promise<void> {
  const { world, process, runner, agenda } = day
  const giveBack = takeTime(world)
  try {
    await within(world, process, () => void runner.start())
    await settle(day)
    for (;;) {
      const rings = Math.min(...[...world.timers.values()].map(({ at }) => at))
      const next = Math.min(agenda[0]?.at ?? until, rings)
      if (next >= until || isOver()) return
      // Whole milliseconds, as clocks and databases keep them.
      world.ms = Math.max(world.ms, Math.ceil(next))
      if (rings <= world.ms) await ring(world)
      // Who acts at the same moment meets in the engine, in whatever order.
      while (agenda[0] && agenda[0].at <= world.ms) await agenda.shift()?.run()
      await settle(day)
    }
  } finally {
    giveBack()
  }
}

/** Everything that can be done at this moment, in an order that the seed draws. */
async function settle({ world, random }: Day): Promise<void> {
  for (;;) {
    const open = openGates(world)
    const gate = open[Math.floor(random() * Math.min(open.length, 8))]
    if (!gate) return
    await pass(world, gate)
  }
}

type Without<T> = T extends unknown ? Omit<T, 'externalId' | 'at' | 'raw' | 'by' | 'from'> : never

export async function customerDoes(day: Day, user: string, act: Without<Inbound>): Promise<void> {
  const { world, house, runner, process } = day
  const externalId = `e${++day.count}`
  const event = { ...act, externalId, at: world.clock.now(), from: { user }, raw: null } as Inbound
  await within(world, process, () => {
    runner.accept(channelEvents(CHANNEL, [event], house)).catch((error) => day.complaints.push(`${externalId} was not taken: ${error}`))
  })
}

export async function agentDoes(day: Day, desk: string, by: string, act: Without<DeskEvent>): Promise<void> {
  const { world, house, runner, process, handle } = day
  const externalId = `d${++day.count}`
  const event = { ...act, externalId, at: world.clock.now(), by: { id: by }, raw: null } as DeskEvent
  await within(world, process, () => {
    deskEvents(dbOf(handle), desk, [event], house)
      .then((rows) => runner.accept(rows))
      .catch((error) => day.complaints.push(`${externalId} was not taken: ${error}`))
  })
}
