// A day of a busy shop, played through the pure heart of the pipeline: customers come, agents are given and asked, answer, pass on, go
// away, let things lie, and type over each other. Beside it a count of its own: who waits while somebody idle could help, whose words
// reached a customer whose conversation was another's, which notes leaked, who was lost.
import type { DeskEvent, HouseEvent, Presence } from '#core/event.ts'
import { agentTurn } from '#src/pipeline/agent.ts'
import { customerTurn } from '#src/pipeline/customer.ts'
import type { House, Mode } from '#src/pipeline/house.ts'
import { houseTurn } from '#src/pipeline/later.ts'
import { routeQueue } from '#src/pipeline/queue.ts'
import type { ConversationRow, CustomerRow, Draft } from '#store/rows.ts'
import { agentRow, chance, shopOf } from './shift-shop.ts'

const MINUTE = 60_000
const DAY_MS = 8 * 60 * MINUTE
const EVENING_MS = 2 * 60 * MINUTE
const START = Date.parse('2026-03-02T01:00:00Z')

export interface Day {
  seed: number
  agents: number
  customers: number
  /** Are further skills, languages and team borders dropped with time? */
  drops: boolean
  mode: Mode
}

export interface Told {
  /** Seconds from asking for a person to having one. */
  waits: number[]
  /** Neither finished nor in the queue at the end. */
  lost: number
  /** Still in the queue two hours after the day: nobody has what they ask for. */
  left: number
  talkOver: number
  leaked: number
  idleWhileQueued: number
  overCapacity: number
  transfers: number
  lapsed: number
  paused: number
  vipWaits: number[]
}

export function playDay({ seed, agents: count, customers: many, drops, mode }: Day): Told {
  const random = chance(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const time = { ms: START }
  const house = shopOf(count, drops, mode, { now: () => new Date(time.ms), random })
  return play(house, time, random, pick, many)
}

interface Row {
  conversation: ConversationRow
  customer: CustomerRow
  askedAt: number
  vip: boolean
}

function play(house: House, time: { ms: number }, random: () => number, pick: <T>(list: readonly T[]) => T, many: number): Told {
  const told: Told = {
    waits: [],
    lost: 0,
    left: 0,
    talkOver: 0,
    leaked: 0,
    idleWhileQueued: 0,
    overCapacity: 0,
    transfers: 0,
    lapsed: 0,
    paused: 0,
    vipWaits: [],
  }
  const agents = new Map(
    [...house.staffing.people].map(([id, { levels, capacity }]) => [id, agentRow(id, [...levels.keys()], Number(capacity), time.ms)]),
  )
  const rows = new Map<string, Row>()
  const notes = new Set<string>()
  const agenda: { at: number; n: number; run(): void }[] = []
  let n = 0
  const at = (ms: number, run: () => void) => {
    const item = { at: ms, n: n++, run }
    let low = 0
    let high = agenda.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = agenda[middle] as typeof item
      if (other.at < ms || (other.at === ms && other.n < item.n)) low = middle + 1
      else high = middle
    }
    agenda.splice(low, 0, item)
  }
  const copies = () => [...agents.values()].map((agent) => ({ ...agent }))

  /** What a draft says becomes so; and each word is looked at once more by somebody who knows nothing of the pipeline. */
  function apply(draft: Draft): void {
    const row = rows.get(draft.conversation.id)
    const before = row?.conversation.agentId ?? null
    for (const agent of draft.agents) if (draft.changedAgents.has(agent.id)) agents.set(agent.id, agent)
    for (const { id, author } of draft.newMessages) if (author === 'note') notes.add(id)
    for (const { kind, messageId } of draft.newDeliveries) {
      if (kind !== 'channel' || !messageId) continue
      if (notes.has(messageId)) told.leaked += 1
      const message = draft.newMessages.find(({ id }) => id === messageId)
      if (message?.author === 'agent' && message.agentId !== draft.conversation.agentId) told.talkOver += 1
    }
    told.lapsed += draft.newDecisions.filter(({ kind }) => kind === 'lapsed').length
    told.paused += draft.newDecisions.filter(({ kind }) => kind === 'paused').length
    if (row) row.conversation = draft.conversation
    for (const { dueAt, payload } of draft.newTimers) at(dueAt.getTime(), () => rings(payload as HouseEvent))
    const { status, agentId, id } = draft.conversation
    if (status === 'assigned' && agentId && agentId !== before) begins(id, agentId)
  }

  function rings(event: HouseEvent): void {
    const row = rows.get(event.conversation)
    if (!row) return
    const { draft } = houseTurn(
      { event, eventId: `t${n++}`, customer: row.customer, conversation: row.conversation, threads: [], agents: copies() },
      house,
    )
    if (draft) apply(draft)
    look()
  }

  function does(agentId: string, event: Partial<DeskEvent> & { type: DeskEvent['type'] }, id?: string): void {
    const row = id === undefined ? undefined : rows.get(id)
    const whole = {
      externalId: `d${n}`,
      at: house.clock.now(),
      by: { id: agentId },
      raw: null,
      ...(id && { thread: id }),
      ...event,
    } as DeskEvent
    const scene = {
      event: whole,
      eventId: `d${n++}`,
      receivedAt: house.clock.now(),
      deskId: 'console',
      threads: [],
      agents: copies(),
      target: undefined,
    }
    const { draft, present } = agentTurn({ ...scene, customer: row?.customer, conversation: row?.conversation }, house)
    if (draft) apply(draft)
    if (present) agents.set(present.id, present)
  }

  /** An agent has a conversation: most answer within two minutes, some pass it on, some are away from their desk. */
  function begins(id: string, agentId: string): void {
    const row = rows.get(id)
    if (!row) return
    if (row.askedAt >= 0) {
      const wait = (time.ms - row.askedAt) / 1000
      told.waits.push(wait)
      if (row.vip) told.vipWaits.push(wait)
      row.askedAt = -1
    }
    const { version } = row.conversation
    // Some went for tea: the lease brings it back, unless they took it themselves.
    const thinks = random() < 0.03 ? 15 * MINUTE : (20 + random() * 100) * 1_000
    const answer = () => {
      if (rows.get(id)?.conversation.version !== version) return
      // Whoever is away answers what they still have when they are back.
      if (agents.get(agentId)?.presence !== 'online') return at(time.ms + 2 * MINUTE, answer)
      if (random() < 0.05) {
        told.transfers += 1
        does(agentId, { type: 'command', line: `/transfer ${pick(house.skills)} ${'请看一下'}` } as never, id)
      } else {
        does(agentId, { type: 'message', parts: [{ type: 'text', text: '您好' }], messageId: `m${n++}` } as never, id)
        // A colleague types at the same moment, and somebody keeps a note.
        does(pick([...agents.keys()]), { type: 'message', parts: [{ type: 'text', text: '我也来答' }], messageId: `m${n++}` } as never, id)
        does(agentId, { type: 'command', line: '/note 内部：不要告诉客户' } as never, id)
        at(time.ms + (2 + random() * 6) * MINUTE, () => ends(id))
      }
      look()
    }
    at(time.ms + thinks, answer)
  }

  function ends(id: string): void {
    const row = rows.get(id)
    if (row?.conversation.status !== 'assigned' || !row.conversation.agentId) return
    does(row.conversation.agentId, { type: 'command', line: '/resolve' } as never, id)
    look()
  }

  function comes(index: number): void {
    const vip = random() < 0.05
    const event = {
      type: 'message',
      externalId: `c${index}`,
      at: house.clock.now(),
      from: { user: `u${index}` },
      raw: null,
      parts: [{ type: 'text', text: random() < 0.15 ? 'agent please' : '转人工' }],
      sender: { identities: [] },
    }
    const scene = {
      event: event as never,
      eventId: `c${index}`,
      channelId: 'web',
      customer: undefined,
      conversation: undefined,
      threads: [],
      agents: copies(),
      target: undefined,
    }
    const { draft } = customerTurn(scene, house)
    if (!draft) return
    draft.customer.tags = vip ? ['vip'] : []
    draft.conversation.skill = pick(house.skills)
    rows.set(draft.conversation.id, { conversation: draft.conversation, customer: draft.customer, askedAt: time.ms, vip })
    apply(draft)
    look()
  }

  /** One pass of the router, and the count beside it. */
  function look(): void {
    const waiting = [...rows.values()].filter(({ conversation }) => conversation.status === 'queued')
    if (waiting.length === 0) return
    const scene = {
      waiting: waiting.map(({ conversation }) => conversation),
      customers: new Map(waiting.map(({ customer }) => [customer.id, customer])),
      threads: new Map(),
      agents: copies(),
      loads: new Map([...loads()].map(([id, load]) => [id, new Map([['web', load]])])),
      lastAgents: new Map<string, string>(),
      handlingMinutes: [5],
      pace: { busy: new Map(), arrivals: [], window: 60 },
    }
    for (const draft of routeQueue(scene, house)) apply(draft)
    const now = loads()
    for (const [id, load] of now) if (load > (agents.get(id)?.capacity ?? 0)) told.overCapacity += 1
    for (const { conversation } of rows.values())
      if (conversation.status === 'queued' && idleFor(conversation, now)) told.idleWhileQueued += 1
  }

  function loads(): Map<string, number> {
    const count = new Map<string, number>()
    for (const { conversation } of rows.values()) {
      if (conversation.status === 'assigned' && conversation.agentId)
        count.set(conversation.agentId, (count.get(conversation.agentId) ?? 0) + 1)
    }
    return count
  }

  /** Written from the words of docs/routing.md alone: could this one be with somebody who has nothing better to do? */
  function idleFor({ skill, handoff, queuedAt, locale }: ConversationRow, load: Map<string, number>): boolean {
    if (handoff?.offer) return false
    const rules = house.staffing.skills.get(skill ?? '')
    const waited = (time.ms - (queuedAt?.getTime() ?? time.ms)) / 1000
    const asked = new Map<string, number>()
    for (const { conversation } of rows.values())
      for (const id of conversation.handoff?.offer?.to ?? []) asked.set(id, (asked.get(id) ?? 0) + 1)
    return [...house.staffing.people].some(([id, person]) => {
      const agent = agents.get(id)
      if (!rules || !agent || agent.presence !== 'online' || (agent.presenceUntil && agent.presenceUntil.getTime() < time.ms)) return false
      if ((load.get(id) ?? 0) + (asked.get(id) ?? 0) >= agent.capacity || handoff?.not?.includes(id)) return false
      const wanted = house.routing.languageSeconds
      if ((wanted === 'never' || waited < wanted) && !person.languages?.includes(locale)) return false
      if (rules.overflow.some((help) => waited >= help.seconds && help.team === person.team)) return true
      return (
        (person.levels.get(skill ?? '') ?? 0) >= rules.level &&
        (rules.teams ?? []).includes(person.team ?? '') &&
        rules.wishes.every((wish) => waited >= wish.seconds || (person.levels.get(wish.id) ?? 0) >= wish.level)
      )
    })
  }

  /** Somebody comes to work; now and then they are gone for a while, and whatever they have stays with them or lapses. */
  function attends(id: string): void {
    const say = (state: Presence) => does(id, { type: 'presence', state } as never)
    say('online')
    look()
    for (let ms = START + (20 + random() * 60) * MINUTE; ms < START + DAY_MS; ms += (40 + random() * 60) * MINUTE) {
      at(ms, () => say('away'))
      at(ms + (3 + random() * 10) * MINUTE, () => {
        say('online')
        look()
      })
    }
    // Whoever was paused, or faded, says so again every half hour.
    for (let ms = START + 25 * MINUTE; ms < START + DAY_MS + EVENING_MS; ms += 25 * MINUTE) {
      at(ms, () => {
        say('online')
        look()
      })
    }
  }

  /** Those who are asked: most accept, some decline, some do not see it. */
  function answersOffers(): void {
    for (const { conversation } of rows.values()) {
      const offer = conversation.status === 'queued' ? conversation.handoff?.offer : undefined
      const who = offer?.to[0]
      if (!who) continue
      const dice = random()
      if (dice < 0.8) does(who, { type: 'command', line: '/accept' } as never, conversation.id)
      else if (dice < 0.85) does(who, { type: 'command', line: '/decline' } as never, conversation.id)
    }
    look()
  }

  let index = 0
  for (const id of agents.keys()) at(START + index++, () => attends(id))
  for (let i = 0; i < many; i++) at(START + 2 * MINUTE + random() * (DAY_MS - 60 * MINUTE), () => comes(i))
  for (let ms = START; ms < START + DAY_MS + EVENING_MS; ms += 15_000) at(ms, house.routing.mode === 'auto' ? look : answersOffers)
  // Whoever still has something at the end of the day finishes it.
  const finish = () => {
    for (const [id, { conversation }] of rows) if (conversation.firstReplyAt) ends(id)
    if ([...rows.values()].every(({ conversation }) => conversation.status === 'resolved')) agenda.length = 0
  }
  for (let ms = START + DAY_MS; ms < START + DAY_MS + EVENING_MS; ms += 5 * MINUTE) at(ms, finish)
  for (let next = agenda.shift(); next; next = agenda.shift()) {
    time.ms = Math.max(time.ms, next.at)
    next.run()
  }
  const ended = [...rows.values()].map(({ conversation }) => conversation.status)
  told.left = ended.filter((status) => status === 'queued').length
  told.lost = many - told.left - ended.filter((status) => status === 'resolved').length
  return told
}
