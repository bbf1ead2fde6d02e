// What must hold, whatever happens. The world tells of each change; the first broken rule ends the run.
import type { DeskEvent, Inbound, Presence } from '#core/event.ts'
import { presenceOf } from '#src/pipeline/presence.ts'
import type { Finished, NewEvent } from '#store/events.ts'
import type { AgentRow, ConversationRow, DeliveryRow, Draft, EventRow, NewDelivery } from '#store/rows.ts'
import type { EventResult } from '#store/schema.ts'
import { CHANNELS, houseOf, POISON } from './house.ts'
import { type Cause, isHeldBy } from './memory-out.ts'
import { loadsOf } from './memory-queue.ts'
import type { Arrival } from './outside.ts'
import type { Handle, World } from './world.ts'

export class Broken extends Error {
  readonly rule: string
  constructor(rule: string, what: string) {
    super(`${rule}: ${what}`)
    this.name = 'Broken'
    this.rule = rule
  }
}

export interface Rules {
  broken: Broken | undefined
  /** Events that a platform or a tool was told are ours. */
  acked: Set<string>
  /** Somebody tells of an event: what was acknowledged until now came before it. */
  comes(world: World, row: NewEvent): void
  delivery(world: World, before: DeliveryRow | undefined, after: DeliveryRow, cause: Cause, fence: number): void
  /** A delivery was not made, since its cause stands already. */
  dropped(row: NewDelivery): void
  arrived(world: World, arrival: Arrival): void
  eventDone(world: World, row: EventRow, result: EventResult): void
  eventFailed(world: World, row: EventRow, error: string, isDead: boolean): void
  saving(handle: Handle, drafts: Draft[], finished: Finished[]): void
  saved(handle: Handle, drafts: Draft[], before: Map<string, ConversationRow | undefined>): void
  /** A process takes the outcome of a delivery for somebody else's to write. */
  givenUp(world: World, attempt: { delivery: string; fence: number; holder: string }): void
  /** What somebody else's act wrote of an agent. */
  agentSaved(before: AgentRow, after: AgentRow): void
  /** Everything is worked on, and a routing pass has run. */
  calm(world: World, variant: number): void
  /** The end: faults are over, time has passed. */
  quiet(world: World): void
}

const CHANGES: Record<Cause, (before: DeliveryRow | undefined, after: DeliveryRow) => boolean> = {
  insert: (before, { state }) => before === undefined && (state === 'pending' || state === 'sending'),
  claim: (before, { state }) => (before?.state === 'pending' || before?.state === 'retry') && state === 'sending',
  finish: (before, { state }) => before?.state === 'sending' && state !== 'sending' && state !== 'pending',
  'take over': (before, { state }) => before?.state === 'sending' && state === 'sending',
  renew: (before, { state }) => before?.state === 'sending' && state === 'sending',
  resend: (before, { state }) => ['failed', 'unknown', 'held', 'expired'].includes(before?.state ?? '') && state === 'pending',
  receipt: (before, { state }) => before?.state === state || (before?.state === 'sent' ? state === 'failed' : state === 'sent'),
  amend: (before, { state }) => state === before?.state || state === 'expired',
  hold: (before, { state }) => before?.state === 'pending' && state === 'held',
}

/** What is known of a delivery beside its row. */
interface Story {
  automatic: boolean
  resends: number
  arrivals: number
  /** Its sender had lost its lease when it arrived, or it was sent again by somebody's word: such words come when they come. */
  isLate: boolean
}

/** Looks past what is known already: parts of the rules' words, between semicolons. */
const excepted = (process.env.FRONTDESK_EXCEPT ?? '').split(';').filter(Boolean)

export const keyOf = ({ source, sourceId, externalId }: Pick<EventRow, 'source' | 'sourceId' | 'externalId'>) =>
  JSON.stringify([source, sourceId, externalId])

export function newRules(): Rules {
  const stories = new Map<string, Story>()
  const furthest = new Map<string, number>()
  const done = new Map<string, EventResult>()
  const lanes = new Map<string, string>()
  const preceding = new Map<string, string[]>()
  const owners = new Map<string, number>()
  /** When each agent was heard of last; with `presence` where that is what they said then. */
  const signs = new Map<string, { at: Date; presence?: Presence }>()
  const rules: Rules = {
    broken: undefined,
    acked: new Set(),
    comes(_world, row) {
      const key = keyOf(row)
      lanes.set(key, row.lane)
      if (!preceding.has(key))
        preceding.set(
          key,
          [...rules.acked].filter((other) => lanes.get(other) === row.lane),
        )
    },
    delivery(world, before, after, cause, fence) {
      if (!CHANGES[cause](before, after)) fail('I8', `${after.id} went from ${before?.state} to ${after.state} by ${cause}`)
      if (before && cause === 'finish' && before.fence !== fence) fail('I9', `${after.id} was finished by a sender that had lost it`)
      if (!before) {
        if (stories.has(after.id)) fail('I4', `${after.id} was made twice`)
        stories.set(after.id, { automatic: after.automatic, resends: 0, arrivals: 0, isLate: false })
        const cause = causeOf(after)
        if (owners.has(cause)) fail('I4', `a second delivery of the same cause: ${cause}`)
        owners.set(cause, 1)
      }
      if (before && (cause === 'claim' || cause === 'take over') && after.fence <= before.fence)
        fail('I9', `${after.id}: the fence did not rise`)
      if (cause === 'resend') count(after.id, 'resends')
      if (after.state === 'sending' && before?.state !== 'sending') isHead(world, after)
    },
    dropped(row) {
      fail('I2', `${row.op} to ${row.targetId} is told to nobody: its cause stands already (${row.originKey})`)
    },
    arrived(world, { delivery, channel }) {
      const row = world.deliveries.get(delivery)
      const story = stories.get(delivery)
      if (!row || !story) return fail('4', `${delivery} left the house without a row`)
      story.arrivals += 1
      const isLate = row.state !== 'sending' || story.resends > 0 || story.isLate
      if (story.arrivals === 1 && !isLate) {
        const last = furthest.get(row.lane) ?? 0
        if (row.position < last) fail('I3', `${delivery} arrived after a later one of its lane`)
        furthest.set(row.lane, row.position)
      }
      if (story.arrivals < 2 || CHANNELS[channel]?.idempotent) return
      const most = (story.automatic ? 1 : 2) + story.resends + (story.automatic && story.resends > 0 ? 1 : 0)
      if (story.arrivals > most) fail('I5', `${delivery} arrived ${story.arrivals} times`)
      if (!row.possiblyTwice && story.resends === 0) fail('I5', `${delivery} arrived twice and is not marked`)
    },
    eventDone(world, row, result) {
      const early = preceding.get(keyOf(row))?.find((key) => world.events.get(world.eventKeys.get(key) ?? '')?.state === 'pending')
      if (early) fail('I3', `${row.externalId} was worked on before ${early}, which was acknowledged before it came`)
      if (done.has(row.id)) fail('I4', `${row.externalId} was worked on twice`)
      done.set(row.id, result)
      if (row.source === 'desk') heard(row, result)
    },
    eventFailed(_world, row, error, isDead) {
      if (row.state !== 'pending') fail('I8', `${row.externalId} is ${row.state}, and was made to be worked on again`)
      if (isDead && !JSON.stringify(row.payload).includes(POISON) && !error.includes('the thread is not known'))
        fail('I1', `${row.externalId} was set aside: ${error}`)
    },
    saving({ world, transaction }, drafts, finished) {
      for (const { id } of finished) {
        const lane = world.events.get(id)?.lane
        const earlier = [...world.waiting.values()].find((row) => row.lane === lane)
        if (earlier && earlier.id !== id) fail('3', `${id} was worked on before ${earlier.id} of the same lane`)
      }
      for (const { conversation } of drafts) {
        if (world.conversations.has(conversation.id) && !transaction?.locks.has(`conversation ${conversation.id}`))
          fail('3', `${conversation.id} was saved without its lock`)
      }
      const ids = drafts.map(({ conversation }) => conversation.id)
      const twice = ids.find((id, n) => ids.indexOf(id) !== n)
      if (twice) fail('3', `${twice} stands twice in one batch: the later draft does not know of the earlier`)
    },
    saved({ world, transaction }, drafts, before) {
      for (const draft of drafts) checkOwner(draft, before.get(draft.conversation.id))
      for (const { conversation } of drafts) checkNumbers(world, conversation.id)
      if (transaction?.loads) checkCapacity(world, drafts, transaction.loads)
    },
    givenUp(world, { delivery, fence, holder }) {
      const row = world.deliveries.get(delivery)
      if (row?.fence === fence && isHeldBy(world, row, holder)) fail('I9', `what came of ${delivery} was forgotten, and nobody else has it`)
    },
    agentSaved(before, after) {
      if (before.presence !== after.presence)
        fail('I11', `${after.id} said ${before.presence}, and somebody else wrote ${after.presence} over it`)
    },
    calm: (world, variant) => checkQueue(world, variant),
    quiet: (world) => checkEnd(world),
  }
  /** Kept, and thrown by whoever drives: inside, it would only look like an error of the code under test. */
  function fail(rule: string, what: string): void {
    if (!excepted.some((one) => `${rule}: ${what}`.includes(one))) rules.broken ??= new Broken(rule, what)
  }

  /** Whatever an agent does may count as a word on their presence; saying it does. */
  function heard({ payload, receivedAt }: EventRow, result: EventResult): void {
    const event = payload as DeskEvent
    const agent = event.by.id.replace(/^u-/, '')
    const last = signs.get(agent)
    if (last && last.at > receivedAt) return
    const isWord = result.ok && event.type === 'presence' && last?.at.getTime() !== receivedAt.getTime()
    signs.set(agent, { at: receivedAt, ...(isWord && { presence: event.state }) })
  }

  function count(id: string, what: 'resends'): void {
    const story = stories.get(id)
    if (!story) return
    story[what] += 1
    story.isLate = true
  }

  function isHead(world: World, row: DeliveryRow): void {
    for (const other of world.active.values()) {
      if (other.position >= row.position) return
      if (other.lane === row.lane) fail('I3', `${row.id} was claimed although ${other.id} of its lane comes first`)
    }
  }

  /** A bot's word and an event: one answer. Other words have causes of their own. */
  function causeOf({ originKey, lane }: DeliveryRow): string {
    return `${originKey} ${lane}`
  }

  function checkOwner({ conversation, newMessages }: Draft, before: ConversationRow | undefined): void {
    const { id, status, version, agentId } = conversation
    if (before && version < before.version) fail('I4', `${id}: version ${before.version} became ${version}`)
    const hasMoved = before && (before.status !== status || (status === 'assigned' && before.agentId !== agentId))
    if (hasMoved && version <= before.version) fail('I4', `${id}: the owner changed, version ${version} did not`)
    const owned = before?.status === 'queued' || before?.status === 'assigned'
    if (owned && newMessages.some(({ author }) => author === 'bot')) fail('I4', `${id}: the bot answered while ${before.status}`)
    if (status !== 'assigned' && newMessages.some(({ author }) => author === 'agent')) fail('7', `${id}: an agent answered while ${status}`)
    if (newMessages.filter(({ author }) => author === 'bot').length > 2) fail('I4', `${id}: the bot answered more than once`)
  }

  function checkNumbers(world: World, id: string): void {
    const rows = world.messages.get(id) ?? []
    const conversation = world.conversations.get(id)
    const seqs = rows.map(({ seq }) => seq).sort((a, b) => a - b)
    const isDense = seqs.every((seq, n) => n === 0 || seq === (seqs[n - 1] ?? 0) + 1)
    if (!isDense) fail('I6', `${id}: numbers ${seqs.join(' ')}`)
    if (rows.length > 0 && conversation?.lastSeq !== seqs.at(-1))
      fail('I6', `${id}: lastSeq ${conversation?.lastSeq}, last message ${seqs.at(-1)}`)
    const open = [...world.conversations.values()].filter(
      (one) =>
        one.status !== 'resolved' &&
        one.channelId === conversation?.channelId &&
        one.userKey === conversation.userKey &&
        one.threadKey === conversation.threadKey,
    )
    if (open.length > 1) fail('I6', `${open.map((one) => one.id).join(' ')} are open at one address`)
  }

  function checkCapacity(world: World, drafts: Draft[], read: Map<string, number>): void {
    const loads = new Map(read)
    for (const { conversation } of drafts) {
      if (conversation.status !== 'assigned' || !conversation.agentId) continue
      const load = (loads.get(conversation.agentId) ?? 0) + 1
      loads.set(conversation.agentId, load)
      if (load > (world.agents.get(conversation.agentId)?.capacity ?? 0)) fail('I7', `${conversation.agentId} was given ${load}`)
    }
  }

  function checkQueue(world: World, variant: number): void {
    const house = houseOf(variant, world.clock)
    if (house.routing.mode !== 'auto') return
    const loads = loadsOf(world)
    for (const { id, status, skill, handoff } of world.conversations.values()) {
      if (status !== 'queued') continue
      const free = [...world.agents.values()].find(
        (agent) =>
          presenceOf(agent, world.clock.now()) === 'online' &&
          (skill === null || agent.skills.includes(skill)) &&
          !handoff?.not?.includes(agent.id) &&
          (loads.get(agent.id) ?? 0) < agent.capacity,
      )
      if (free) fail('I7', `${id} waits while ${free.id} is free`)
    }
  }

  function checkEnd(world: World): void {
    for (const key of rules.acked) {
      const row = world.events.get(world.eventKeys.get(key) ?? '')
      if (!row) fail('I1', `${key} was acknowledged and is not stored`)
      else if (row.state === 'pending') fail('I10', `${key} is still waiting: ${row.error}`)
      else if (row.state === 'done') checkMessage(world, row)
    }
    for (const [id, { presence }] of signs) {
      const agent = world.agents.get(id)
      if (agent && presence && agent.presence !== presence) fail('I11', `${id} said ${presence} last, and counts as ${agent.presence}`)
    }
    for (const row of world.active.values()) fail('I10', `${row.id} (${row.op} to ${row.targetId}) is still ${row.state}: ${row.error}`)
    for (const row of world.deliveries.values()) {
      if (row.kind !== 'channel' || row.op !== 'send') continue
      if (row.state === 'sent' && (stories.get(row.id)?.arrivals ?? 0) === 0) fail('I2', `${row.id} counts as sent and never arrived`)
    }
    for (const [id, result] of done) {
      if (!result.ok || !result.message?.startsWith('msg_')) continue
      const deliveries = [...world.deliveries.values()].filter(({ messageId, kind }) => messageId === result.message && kind === 'channel')
      const isReply = [...world.messages.values()].flat().find((one) => one.id === result.message)?.author === 'agent'
      if (isReply && deliveries.length === 0) fail('I2', `${id}: ${result.message} was accepted and is nowhere in the outbox`)
    }
  }

  function checkMessage(world: World, row: EventRow): void {
    const event = row.payload as Inbound
    if (row.source !== 'channel' || event.type !== 'message' || !event.messageId) return
    const stored = [...world.messages.values()]
      .flat()
      .filter(({ author, externalId }) => author === 'customer' && externalId === event.messageId)
    if (stored.length !== 1) fail('I1', `${row.externalId} became ${stored.length} messages`)
  }

  return rules
}
