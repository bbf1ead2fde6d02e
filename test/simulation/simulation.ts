// One run: up to three processes of the real engine over one world, driven command by command; and the quiet end of it.
import type { ConnectorDefinition } from '#core/connector.ts'
import type { DeskDefinition } from '#core/desk.ts'
import type { Inbound } from '#core/event.ts'
import type { House } from '#src/pipeline/house.ts'
import { createRunner, type Runner, type RunnerParts } from '#src/runner.ts'
import type { Db } from '#store/database.ts'
import { type Command, play } from './commands.ts'
import { agentRows, CHANNELS, DESK, houseOf } from './house.ts'
import { connectorOf, deskOf, newOutside, type Outside } from './outside.ts'
import { dbOf, plainParts } from './parts.ts'
import { type Broken, newRules } from './rules.ts'
import {
  elapse,
  endProcess,
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

const MOST_PROCESSES = 3

export interface Member {
  process: Process
  runner: Runner
  db: Db
  house: House
  variant: number
  isStopping: boolean
}

export interface Simulation {
  world: World
  outside: Outside
  members: Member[]
  /** What the admin saved last: whoever starts reads it. */
  variant: number
  count: number
  starts: number
  told: { channel: string; event: Inbound }[]
  /** What the engine complained of. */
  complaints: string[]
}

export interface History {
  chance: number
  commands: Command[]
}

/** Plays one history. What it returns is the first rule that did not hold. */
export async function simulate({ chance, commands }: History, trace?: (line: string) => void): Promise<Broken | undefined> {
  const rules = newRules()
  const world = newWorld(chance, rules, trace)
  const simulation: Simulation = { world, outside: newOutside(), members: [], variant: 0, count: 0, starts: 0, told: [], complaints: [] }
  for (const row of agentRows(world.clock.now())) world.agents.set(row.id, row)
  const giveBack = takeTime(world)
  try {
    await start(simulation)
    await start(simulation)
    for (const command of commands) {
      await play(simulation, command)
      if (rules.broken) return rules.broken
    }
    await rest(simulation)
    return rules.broken
  } finally {
    giveBack()
  }
}

export async function start(simulation: Simulation): Promise<void> {
  const { world } = simulation
  if (simulation.members.length >= MOST_PROCESSES) return
  const process = startProcess(world, `p${++simulation.starts}`)
  const member: Member = {
    process,
    ...built(simulation, process),
    house: houseOf(simulation.variant, world.clock),
    variant: simulation.variant,
    isStopping: false,
  }
  member.runner = createRunner(partsOf(simulation, member))
  simulation.members.push(member)
  await within(world, process, () => void member.runner.start())
}

function built({ world }: Simulation, process: Process): Pick<Member, 'db' | 'runner'> {
  return { db: dbOf(handleOf(world, process)), runner: undefined as unknown as Runner }
}

export function crash(simulation: Simulation, member: Member): void {
  simulation.members = simulation.members.filter((one) => one !== member)
  endProcess(simulation.world, member.process)
}

/** SIGTERM: what is on the wire is finished first. */
export async function stop(simulation: Simulation, member: Member): Promise<void> {
  if (member.process.frozen) return
  member.isStopping = true
  await within(simulation.world, member.process, () => {
    void member.runner.stop().then(() => crash(simulation, member))
  })
}

export async function reload(simulation: Simulation, member: Member, variant: number): Promise<void> {
  simulation.variant = variant % 4
  member.variant = simulation.variant
  member.house = houseOf(member.variant, simulation.world.clock)
}

function partsOf({ world, outside, complaints }: Simulation, member: Member): RunnerParts {
  const handle = handleOf(world, member.process)
  const complain = (fields: Record<string, unknown>, message: string) => {
    const line = `${member.process.name}: ${message} ${JSON.stringify(fields)}`
    complaints.push(line)
    if (message.startsWith('a delivery was taken over'))
      world.rules.givenUp(world, { delivery: String(fields.delivery), fence: Number(fields.fence), holder: member.process.name })
    world.trace?.(`      ${line}`)
  }
  return {
    ...plainParts(handle),
    log: { debug: () => undefined, info: () => undefined, warn: complain, error: complain },
    channels: new Map(
      Object.entries(CHANNELS).map(([id, capabilities]) => {
        const definition = { capabilities } as ConnectorDefinition
        return [id, { id, definition, connector: connectorOf(handle, outside, id), settings: {}, inbound: 'none' }]
      }),
    ),
    desks: new Map([
      [DESK, { id: DESK, definition: { capabilities: {} } as DeskDefinition, desk: deskOf(handle, outside, DESK), inbound: 'none' }],
    ]),
    house: () => member.house,
  }
}

/** So many times the clock is moved on at the end, further each time, before what still waits is taken to wait for ever. */
const PAUSES = [
  ...Array.from({ length: 8 }, () => 6_000),
  ...Array.from({ length: 8 }, () => 31_000),
  ...Array.from({ length: 12 }, () => 16 * 60_000),
  86_400_000,
]

/** Nothing breaks any more, everybody is awake, and time passes: now everything must come to its end. */
async function rest(simulation: Simulation): Promise<void> {
  const { world, outside } = simulation
  world.trace?.('– the end –')
  outside.faults.clear()
  for (const { process } of simulation.members) process.frozen = false
  if (simulation.members.length === 0) await start(simulation)
  await ring(world)
  for (const pause of [0, ...PAUSES]) {
    if (simulation.members.length === 0) await start(simulation)
    await elapse(world, pause)
    await calm(world)
    if (world.rules.broken) return
    if (isQuiet(world)) break
  }
  world.rules.quiet(world)
}

/** Longer than outcomes wait for company: what follows from them goes on. */
const MOMENT_MS = 10

/** Until nothing can be done, and a moment later neither. */
async function calm(world: World): Promise<void> {
  for (let n = 0, idle = 0; n < 4_000 && idle < 2 && !world.rules.broken; n++) {
    const [gate] = openGates(world)
    idle = gate ? 0 : idle + 1
    await (gate ? pass(world, gate) : elapse(world, MOMENT_MS))
  }
}

const isQuiet = (world: World) =>
  world.active.size === 0 && world.gates.length === 0 && [...world.events.values()].every(({ state }) => state !== 'pending')
