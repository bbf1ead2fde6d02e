// Who comes and who works in the simulated day. What they do depends on what they see: customers on what reached them, agents on what
// their tools and the console show.
import type { Presence } from '#core/event.ts'
import type { AgentRow, ConversationRow, Draft } from '#store/rows.ts'
import { agentDoes, customerDoes, type Day } from './day.ts'
import { CHANNEL, SKILLS, skills, tools } from './day-shop.ts'
import { placesOf, type Trouble } from './day-tools.ts'

const SECOND = 1_000
const MINUTE = 60_000

/** Writes the whole day into the agenda; the rest follows from what happens. */
export function peopleOf(day: Day): void {
  const { plan, world, random, ends, book } = day
  const start = world.ms
  const first = Date.parse(plan.from)
  for (const id of world.agents.keys()) attends(day, id, start, first + plan.minutes * MINUTE)
  for (let n = 0; n < plan.customers; n++) comes(day, `u${n}`, first + random() * plan.minutes * MINUTE)
  breaks(day, first)
  book.onTurn = (draft, before) => notices(day, draft, before)
  ends.onArrival = (user, marks) => reads(day, user, marks)
  ends.onQuestion = (tool, thread, { id }, buttons) => {
    const [take, send, note] = ['take', 'send', 'note'].map((choice) => buttons.find((one) => one.id.startsWith(`held ${choice}`))?.id)
    const dice = random()
    const command = dice < 0.5 ? note : dice < 0.7 ? send : dice < 0.8 ? take : undefined
    // Whoever does not answer leaves it a note, a quarter of an hour later.
    if (command) day.at(world.ms + 3 * SECOND + random() * MINUTE, () => agentDoes(day, tool, id, { type: 'button', thread, command }))
  }
}

// ── Customers ────────────────────────────────────────────────────────────────────────────────────────────────────────

function comes(day: Day, user: string, ms: number): void {
  const { world, random, pick } = day
  const isVip = random() < 0.05
  const skill = pick(skills) ?? 'sales'
  const now = world.clock.now()
  const customer = { id: `cus_${user}`, name: user, named: true, locale: null, avatarUrl: null, tags: isVip ? ['vip'] : [] }
  world.customers.set(customer.id, { ...customer, firstSeenAt: now, lastSeenAt: now })
  const identity = { id: `idn_${user}`, customerId: customer.id, channelId: CHANNEL, kind: 'channel' as const, value: user }
  world.identities.set(JSON.stringify([CHANNEL, 'channel', user]), { ...identity, verified: true, createdAt: now })
  const asks = random() < 0.15 ? `${skill} please` : SKILLS[skill].ask
  day.at(ms, () => says(day, user, asks))
  day.at(ms + (1 + random() * 20) * SECOND, () => says(day, user, marked(day, 'c', user, user, '订单 SO1')))
}

function says(day: Day, user: string, text: string): Promise<void> {
  const messageId = `m${day.count + 1}`
  return customerDoes(day, user, { type: 'message', parts: [{ type: 'text', text }], messageId, sender: { identities: [] } } as never)
}

function marked({ book }: Day, kind: 'c' | 'w' | 'n', by: string, user: string, text: string): string {
  const mark = `${kind}${book.spoken.size + 1}`
  book.spoken.set(mark, { kind, by, user })
  return `${text} [${mark}]`
}

/** Words of an agent came: most customers go on, some in two messages. */
function reads(day: Day, user: string, marks: string[]): void {
  const { world, random } = day
  if (marks.length === 0 || random() < 0.45) return
  const answers = () => says(day, user, marked(day, 'c', user, user, '好的'))
  const ms = world.ms + (10 + random() * 100) * SECOND
  day.at(ms, answers)
  if (random() < 0.2) day.at(ms + 2 * SECOND, answers)
}

// ── Agents ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Acts where the agent sees the conversation: in one of their tools, else in the console. */
function does(day: Day, agent: AgentRow, conversation: string, text: string): Promise<void> {
  const place = day.pick(placesOf(day.ends, agent.identities, conversation))
  const messageId = `m${day.count + 1}`
  const parts = [{ type: 'text' as const, text }]
  if (place) {
    const by = agent.identities[place.tool] ?? ''
    return agentDoes(day, place.tool, by, { type: 'message', thread: place.key, parts, messageId } as never)
  }
  if (text.startsWith('/') && !text.startsWith('//'))
    return agentDoes(day, 'console', agent.id, { type: 'command', thread: conversation, line: text, messageId } as never)
  return agentDoes(day, 'console', agent.id, { type: 'message', thread: conversation, parts, messageId } as never)
}

function notices(
  day: Day,
  { conversation: { id, status, version, handoff }, newMessages }: Draft,
  before: ConversationRow | undefined,
): void {
  const { world, random } = day
  const soon = (from: number, to: number) => world.ms + (from + random() * (to - from)) * SECOND
  if (status === 'assigned' && before?.version !== version) {
    // Some went for tea: the lease brings it back.
    const isAway = random() < 0.03
    day.at(isAway ? world.ms + 15 * MINUTE : soon(15, 110), () => attend(day, id, version, true))
  } else if (status === 'assigned' && newMessages.some(({ author }) => author === 'customer')) {
    day.at(soon(10, 120), () => attend(day, id, version, false))
  }
  const offer = status === 'queued' ? handoff?.offer : undefined
  if (offer && offer.until !== before?.handoff?.offer?.until)
    for (const to of offer.to) day.at(soon(4, 25), () => replies(day, id, to, offer.until))
  // Two who see it waiting write at the same moment: one of them has it then, the other is asked.
  if (status === 'queued' && before?.status !== 'queued' && random() < 0.04) day.at(soon(2, 10), () => both(day, id))
}

function here({ world }: Day, id: string | null | undefined): AgentRow | undefined {
  const agent = world.agents.get(id ?? '')
  return agent?.presence === 'online' ? agent : undefined
}

async function both(day: Day, id: string): Promise<void> {
  const row = day.world.conversations.get(id)
  if (row?.status !== 'queued') return
  const able = [...day.world.agents.values()].filter((one) => here(day, one.id) && one.skills.includes(row.skill ?? ''))
  const one = day.pick(able)
  const other = day.pick(able.filter((agent) => agent !== one))
  for (const agent of [one, other]) if (agent) await does(day, agent, id, marked(day, 'w', agent.id, row.userKey, '您好，我来'))
}

async function replies(day: Day, id: string, to: string, until: string): Promise<void> {
  const agent = day.world.agents.get(to)
  if (!agent || day.world.conversations.get(id)?.handoff?.offer?.until !== until) return
  const dice = day.random()
  if (dice < 0.8) await does(day, agent, id, '/accept')
  else if (dice < 0.85) await does(day, agent, id, '/decline')
}

/** It is the agent's turn, if it is still theirs. */
async function attend(day: Day, id: string, version: number, isFirst: boolean): Promise<void> {
  const { world, random, pick } = day
  const row = world.conversations.get(id)
  if (row?.status !== 'assigned' || row.version !== version) return
  const agent = here(day, row.agentId)
  // Whoever is away answers what they still have when they are back.
  if (!agent) return day.at(world.ms + 2 * MINUTE, () => attend(day, id, version, isFirst))
  const dice = isFirst ? random() : 1
  const note = marked(day, 'n', agent.id, row.userKey, '请看一下')
  if (dice < 0.03) return does(day, agent, id, `/transfer ${pick(skills)} ${note}`)
  if (dice < 0.05) return does(day, agent, id, `/transfer @${pick([...world.agents.values()])?.id} ${note}`)
  if (dice < 0.06) return does(day, agent, id, '/release')
  if (dice < 0.08) return does(day, agent, id, '/snooze 5m')
  if (dice < 0.12) await does(day, agent, id, `/priority ${pick(['high', 'normal', 'low'])}`)
  await does(day, agent, id, marked(day, 'w', agent.id, row.userKey, '您好'))
  if (random() < 0.25) await beside(day, row)
  if (random() < 0.3) await does(day, agent, id, marked(day, 'n', agent.id, row.userKey, random() < 0.5 ? '//内部' : '/note 内部'))
  const said = world.ms
  day.at(world.ms + (100 + random() * 200) * SECOND, () => ends(day, id, said))
}

/** A colleague who reads along types at the same moment. */
async function beside(day: Day, { id, userKey, agentId }: ConversationRow): Promise<void> {
  const others = [...day.world.agents.values()].filter((one) => one.id !== agentId && here(day, one.id))
  const readers = others.filter(({ identities }) => placesOf(day.ends, identities, id).length > 0)
  const colleague = day.pick(readers.length > 0 ? readers : others)
  if (colleague) await does(day, colleague, id, marked(day, 'w', colleague.id, userKey, '我也来答'))
}

/** Nobody said anything since: it is done. */
async function ends(day: Day, id: string, said: number): Promise<void> {
  const row = day.world.conversations.get(id)
  const agent = here(day, row?.agentId)
  if (row?.status !== 'assigned' || (row.lastCustomerAt?.getTime() ?? 0) > said) return
  if (!agent) return day.at(day.world.ms + 2 * MINUTE, () => ends(day, id, said))
  await does(day, agent, id, '/resolve')
}

/** Comes to work; is gone now and then, and whatever they have stays with them or lapses. */
function attends(day: Day, id: string, from: number, to: number): void {
  const { random, world } = day
  const says = (state: Presence) => () => agentDoes(day, 'console', id, { type: 'presence', state })
  const inTool = () => {
    const identities = Object.entries(world.agents.get(id)?.identities ?? {})
    const [tool, by] = day.pick(identities.filter(([one]) => day.ends.trouble.get(one as never) !== 'down')) ?? ['console', id]
    return agentDoes(day, tool, by, { type: 'command', thread: '', line: '/online' } as never)
  }
  day.at(from + random() * 3 * MINUTE, inTool)
  for (let ms = from + (20 + random() * 60) * MINUTE; ms < to; ms += (40 + random() * 60) * MINUTE) {
    day.at(ms, says('away'))
    day.at(ms + (3 + random() * 10) * MINUTE, random() < 0.5 ? says('online') : inTool)
  }
  // Whoever was paused, or faded, says so again.
  for (let ms = from + 15 * MINUTE; ms < to + 4 * 60 * MINUTE; ms += 20 * MINUTE) day.at(ms + random() * MINUTE, says('online'))
}

// ── Tools ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Each tool has its bad times, the longest of them long enough for its conversations to be shown elsewhere; and threads are deleted. */
function breaks(day: Day, from: number): void {
  const { random, ends, plan, world, pick } = day
  const spell = (at: number, minutes: number, tool: (typeof tools)[number], trouble: Trouble) => {
    day.at(at, () => void ends.trouble.set(tool, trouble))
    day.at(at + minutes * MINUTE, () => void ends.trouble.delete(tool))
  }
  tools.forEach((tool, n) => {
    const share = (plan.minutes / tools.length) * MINUTE
    const at = from + n * share
    spell(at + random() * share * 0.2, 5 + random() * 4, tool, 'down')
    spell(at + share * 0.6, 1, tool, 'limit')
    spell(at + share * 0.8, 2, tool, pick(['auth', 'limit'] as const) ?? 'auth')
  })
  for (let ms = from; ms < from + plan.minutes * MINUTE; ms += 3 * MINUTE) {
    day.at(ms + random() * 3 * MINUTE, async () => {
      const open = [...ends.threads.values()].slice(-60).filter(({ isGone, conversation }) => {
        return !isGone && world.conversations.get(conversation)?.status !== 'resolved'
      })
      const thread = pick(open)
      if (!thread) return
      thread.isGone = true
      const by = [...world.agents.values()].find(({ identities }) => identities[thread.tool])?.identities[thread.tool]
      // Some tools tell of it; in others we find out.
      if (by && random() < 0.5) await agentDoes(day, thread.tool, by, { type: 'thread_gone', thread: thread.key, reason: 'deleted' })
    })
  }
}
