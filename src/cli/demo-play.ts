// Performs stories. Nobody waits for luck: each step ends when the house shows that it has happened.
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from './demo-console.ts'
import type { DemoHouse } from './demo-house.ts'
import { type AgentHands, atConsole, type CustomerHands, enter, inGroup, type Place } from './demo-people.ts'
import type { Step, Story, Who } from './demo-stories.ts'

/** So many customers at the same time. */
const AT_ONCE = 7

export interface Stage {
  house: DemoHouse
  agents: Record<Who, AgentHands>
  /** What people take to read and type. */
  paceMs: number
  random(): number
  signal: AbortSignal
  onStep(): void
}

export function createStage(house: DemoHouse, how: Pick<Stage, 'paceMs' | 'random' | 'signal' | 'onStep'>): Stage {
  return { house, agents: { anna: inGroup(house, how.signal), ben: atConsole(house.ben), demo: atConsole(house.admin) }, ...how }
}

export interface Played {
  stories: number
  /** What did not go as written, each with its customer. */
  failures: string[]
}

/** `first`: the number of the first customer; nobody else has it. */
export async function playDay(stage: Stage, stories: Story[], first = 5_001): Promise<Played> {
  const failures: string[] = []
  const rest = stories.map((story, n) => ({ story, id: first + n }))
  const worker = async () => {
    for (let next = rest.shift(); next && !stage.signal.aborted; next = rest.shift()) {
      const { story, id } = next
      await play(stage, story, id).catch((error) => failures.push(`${nameOf(story)}: ${error instanceof Error ? error.message : error}`))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  if (!stage.signal.aborted)
    await until('the outbox', async () => (await stage.house.admin.system()).deliveries.pending === 0, stage.signal)
  return { stories: stories.length, failures: stage.signal.aborted ? [] : failures }
}

export function nameOf({ guest }: Story): string {
  return 'name' in guest ? `${guest.name} (${guest.on})` : `${guest.on} ${guest.locale}`
}

export async function play(stage: Stage, { guest, steps }: Story, id: number): Promise<void> {
  const { house, signal } = stage
  const customer = await enter(house, guest, id, signal)
  const scene: Scene = { customer, place: { conversation: '', customer: customer.name }, owner: stage.agents.demo, said: 0 }
  for (const step of steps) {
    // Readers and typists differ: between half and one and a half times the pace.
    if (stage.paceMs > 0) await sleep(stage.paceMs * (0.5 + stage.random()), undefined, { signal })
    await perform(stage, scene, step)
    stage.onStep()
  }
}

interface Scene {
  customer: CustomerHands
  place: Place
  /** Whoever claimed last. */
  owner: AgentHands
  /** How many messages of the customer the house has. */
  said: number
}

async function perform(stage: Stage, scene: Scene, step: Step): Promise<void> {
  const { customer, place, owner } = scene
  const words = 'says' in step || 'presses' in step || 'photo' in step
  if ('says' in step) await customer.say(step.says)
  if ('presses' in step) await customer.press(step.presses)
  if ('photo' in step) await customer.photo(step.photo)
  if (words) await heard(stage, scene, 'says' in step && step.says === '/start')
  if ('blocks' in step) {
    // What was said before has arrived.
    await settled(stage, scene, 'sent')
    customer.block()
  }
  if ('claims' in step) {
    scene.owner = stage.agents[step.claims]
    await scene.owner.claim(place)
  }
  if ('replies' in step) await owner.reply(place, step.replies)
  if ('notes' in step) await owner.note(place, step.notes)
  if ('transfers' in step) await owner.transfer(place, step.transfers, step.why)
  if ('resolves' in step) await owner.resolve(place)
  if ('releases' in step) await owner.release(place)
  if ('toBot' in step) await owner.toBot(place)
  if ('fails' in step) await settled(stage, scene, 'failed')
}

/** What the bot says to it is committed with it. `/start` leaves no message, only the greeting. */
async function heard({ house: { admin }, signal }: Stage, scene: Scene, silent: boolean): Promise<void> {
  const { place } = scene
  if (!place.conversation) place.conversation = await until(`conversation of ${place.customer}`, () => admin.find(place.customer), signal)
  if (silent) return
  scene.said += 1
  const arrived = async () =>
    (await admin.detail(place.conversation)).messages.filter(({ author }) => author === 'customer').length >= scene.said
  await until(`words of ${place.customer}`, arrived, signal)
}

/** Until the newest reply of an agent got that far. */
async function settled({ house: { admin }, signal }: Stage, { place }: Scene, state: 'sent' | 'failed'): Promise<void> {
  const last = async () => (await admin.detail(place.conversation)).messages.findLast(({ author }) => author === 'agent')?.delivery?.state
  await until(`${state}: ${place.customer}`, async () => (await last()) === state, signal)
}
