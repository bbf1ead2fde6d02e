// The platforms and the agents' tool, as seen from outside: what arrived there, in which order, and what they do instead of answering.
import type { Connector, Outbound, Receipt } from '#core/connector.ts'
import type { Desk } from '#core/desk.ts'
import { ConnectorError, type ErrorKind } from '#core/errors.ts'
import { gate, type Handle, type World } from './world.ts'

/**
 * `lost` and `late` are time-outs: of the first the platform never heard, the second it took. `refused`: no connection, surely
 * not taken. The others are the platform's own words.
 */
export const FAULTS = ['late', 'lost', 'refused', 'rate_limited', 'window_closed', 'rejected', 'unauthorized', 'thread_gone'] as const
export type Fault = (typeof FAULTS)[number]

export interface Arrival {
  channel: string
  delivery: string
  externalId: string
  user: string
  at: number
}

export interface Outside {
  arrivals: Arrival[]
  /** What the next calls of a target meet. */
  faults: Map<string, { fault: Fault; left: number }>
  /** The desk's threads: the newest last. */
  threads: { key: string; conversation: string; isGone: boolean }[]
  /** What agents can press: questions about held words and about words that did not go out. */
  buttons: { thread: string; id: string }[]
  calls: number
}

export const newOutside = (): Outside => ({ arrivals: [], faults: new Map(), threads: [], buttons: [], calls: 0 })

function faultAt(outside: Outside, target: string): Fault | undefined {
  const plan = outside.faults.get(target)
  if (!plan || plan.left <= 0) return undefined
  plan.left -= 1
  return plan.fault
}

function errorOf(fault: Fault, random: number): ConnectorError {
  if (fault === 'late' || fault === 'lost') return new ConnectorError('transient', 'timed out', { certain: false })
  if (fault === 'refused') return new ConnectorError('transient', 'connection refused', { certain: true })
  const retryAfterMs = fault === 'rate_limited' ? 1_000 + Math.floor(random * 29_000) : undefined
  return new ConnectorError(fault as ErrorKind, fault, { retryAfterMs })
}

export function connectorOf(handle: Handle, outside: Outside, channel: string): Connector {
  const { world } = handle
  return {
    async send(message) {
      await gate(handle, `wire ${channel} ${message.key.slice(-4)}`)
      const planned = faultAt(outside, channel)
      const fault = planned === 'thread_gone' ? undefined : planned
      const externalId = !fault || fault === 'late' ? arrive(world, outside, channel, message) : ''
      if (fault) world.trace?.(`      ${channel}: ${fault}`)
      await gate(handle, `answer ${channel} ${message.key.slice(-4)}`)
      if (fault) throw errorOf(fault, world.clock.random())
      return { externalIds: [externalId], at: world.clock.now() }
    },
    acknowledge: () => gate(handle, `acknowledge ${channel}`),
    check: async () => ({ state: 'connected' }),
  }
}

function arrive(world: World, outside: Outside, channel: string, { key, to }: Outbound): string {
  const externalId = `${channel}-${outside.arrivals.length}`
  const arrival = { channel, delivery: key, externalId, user: to.user, at: world.ms }
  outside.arrivals.push(arrival)
  world.rules.arrived(world, arrival)
  return externalId
}

export function deskOf(handle: Handle, outside: Outside, id: string): Desk {
  const { world } = handle
  const receipt = (): Receipt => ({ externalIds: [`${id}-m${++outside.calls}`], at: world.clock.now() })
  async function call(what: string, thread?: string): Promise<void> {
    await gate(handle, `desk ${what}`)
    const fault = faultAt(outside, id)
    if (fault && fault !== 'window_closed') throw errorOf(fault, world.clock.random())
    if (outside.threads.find(({ key }) => key === thread)?.isGone) throw new ConnectorError('thread_gone', 'thread not found')
  }
  const offer = (thread: string, buttons: { id: string }[] = []) =>
    outside.buttons.push(...buttons.map((button) => ({ thread, id: button.id })))
  return {
    async open(card) {
      await call('open')
      const key = `t${outside.threads.length + 1}`
      outside.threads.push({ key, conversation: card.conversation, isGone: false })
      return { thread: key, cardId: `${key}-card` }
    },
    async post(thread, entry) {
      await call('post', thread)
      offer(thread, entry.commands)
      return receipt()
    },
    update: ({ thread }) => call('update', thread),
    async whisper(thread, _to, entry) {
      await call('whisper', thread)
      offer(thread, entry.buttons)
    },
    close: (thread) => call('close', thread),
    reopen: (thread) => call('reopen', thread),
    check: async () => ({ state: 'connected' }),
  }
}
