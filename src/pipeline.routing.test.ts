// Who gets what, from end to end: offers, leases, pauses, several tools, who may see it, and what is written down of it all.
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { findAgent } from '#store/agents.ts'
import { lastDecisions } from '#store/decisions.ts'
import { conversations, customers, decisions, deliveries } from '#store/schema.ts'
import { fireTimers } from '#store/timers.ts'
import { byHand, MINUTE } from '../test/support/byhand.ts'
import { plainRouting } from '../test/support/plain.ts'
import type { StageOptions } from '../test/support/stage.ts'
import { until } from '../test/support/until.ts'
import { decisionText } from './pipeline/decision.ts'
import { routePass, work } from './pipeline.ts'
import { createWatchdog } from './runner/watchdog.ts'

const at = byHand()
let group: string

const people = (...ids: string[]) => ids.map((id) => ({ id, name: id, skills: ['aftersales'], capacity: 1, presence: 'online' as const }))

/** A house that does nothing by itself: `go` does what is due. */
async function open(routing: StageOptions['routing'], options: StageOptions = {}): Promise<void> {
  await at.open({ agents: people('anna', 'ben'), ...options, routing })
  group = [...at.house.house.desks.keys()][0] ?? ''
  for (const { id } of options.agents ?? people('anna', 'ben')) await online(id ?? '')
  await go()
}

const online = (id: string) => at.house.agent('console', id, { type: 'presence', state: 'online' } as never)
const says = (id: string, thread: string, line: string) => at.house.agent('console', id, { type: 'command', thread, line } as never)

/** Everything that is due now, and a look at the queue. */
async function go(ms = 0): Promise<void> {
  at.house.clock.ms += ms
  await fireTimers(at.database.db, at.house.house.clock.now())
  while ((await work(at.database.db, at.house.house)).events > 0);
  await routePass(at.database.db, at.house.house)
}

async function asks(user: string): Promise<string> {
  at.house.clock.ms += 1
  await at.house.says(user, '转人工')
  await go()
  return (await conversationOf(user)).id
}
const conversationOf = async (user: string) => {
  const row = (await at.database.db.select().from(conversations)).find(({ userKey }) => userKey === user)
  if (!row) throw new Error(`no conversation of ${user}`)
  return row
}
const ownerOf = async (user: string) => (await conversationOf(user)).agentId
const agent = async (id: string) => {
  const row = await findAgent(at.database.db, { id })
  if (!row) throw new Error(`no ${id}`)
  return row
}
const told = async (user: string) => {
  const { id } = await conversationOf(user)
  const names = ['anna', 'ben', 'cho'].map((one) => ({ id: one, name: one }))
  return (await lastDecisions(at.database.db, id)).map((row) => decisionText(row, names, 'en'))
}
const offered = async () => (await at.database.db.select().from(deliveries)).filter(({ op }) => op === 'offer')

describe('offers', () => {
  test('one is asked, the next when they let it lie, and who takes it has it', async () => {
    await open({ mode: 'offer', offerSeconds: 30 })
    const id = await asks('mei')
    expect((await conversationOf('mei')).handoff?.offer?.to).toEqual(['anna'])
    expect((await offered()).map(({ payload }) => [payload.whom?.id, payload.buttons?.map((button) => button.id)])).toEqual([
      ['u-anna', ['accept', 'decline']],
    ])
    await go(29_000)
    expect((await conversationOf('mei')).handoff?.offer?.to).toEqual(['anna'])
    await go(1_000)
    expect((await conversationOf('mei')).handoff?.offer?.to).toEqual(['ben'])
    await says('ben', id, '/accept')
    await go()
    expect(await conversationOf('mei')).toMatchObject({ status: 'assigned', agentId: 'ben' })
    expect((await conversationOf('mei')).handoff).not.toHaveProperty('offer')
    expect(await told('mei')).toEqual([
      'asked anna: 2 of 2 who could had room, and had 0 in hand',
      'anna did not react',
      'asked ben: 2 of 2 who could had room, and had 0 in hand',
      'ben took it',
    ])
  })

  test('who declines is not asked again, and a late answer finds it gone', async () => {
    await open({ mode: 'offer' })
    const id = await asks('mei')
    await says('anna', id, '/decline')
    await go()
    expect((await conversationOf('mei')).handoff).toMatchObject({ not: ['anna'], offer: { to: ['ben'] } })
    await says('anna', id, '/decline')
    await says('ben', id, '/accept')
    await go()
    await says('anna', id, '/accept')
    await go()
    expect(await ownerOf('mei')).toBe('ben')
    expect(await told('mei')).toContain('anna declined')
  })

  test('who was not asked has nothing to decline', async () => {
    await open({ mode: 'offer' })
    const id = await asks('mei')
    await says('ben', id, '/decline')
    await go()
    expect((await conversationOf('mei')).handoff).toMatchObject({ offer: { to: ['anna'] } })
    expect((await conversationOf('mei')).handoff).not.toHaveProperty('not')
  })

  test('who leaves while being asked is asked no more', async () => {
    await open({ mode: 'offer' })
    await asks('mei')
    await at.house.agent('console', 'anna', { type: 'presence', state: 'away' } as never)
    await go()
    expect((await conversationOf('mei')).handoff?.offer?.to).toEqual(['ben'])
    expect(await told('mei')).toContain('who was asked is not here any more: the offer was taken back')
  })

  test('who misses too many in a row is paused and told so, and comes back by saying that they are here', async () => {
    await open({ mode: 'offer', missesBeforePause: 2 }, { agents: people('anna') })
    await asks('mei')
    await go(30_000)
    expect(await agent('anna')).toMatchObject({ missed: 1, presence: 'online' })
    expect((await conversationOf('mei')).handoff?.offer?.to).toEqual(['anna'])
    await go(30_000)
    expect(await agent('anna')).toMatchObject({ missed: 2, presence: 'away' })
    expect((await conversationOf('mei')).handoff).not.toHaveProperty('offer')
    const whispers = (await at.database.db.select().from(deliveries)).filter(({ op }) => op === 'whisper')
    expect(whispers.map(({ payload }) => payload.text)).toEqual([expect.stringContaining('/online')])
    await online('anna')
    await go()
    expect(await agent('anna')).toMatchObject({ missed: 0, presence: 'online' })
    expect((await conversationOf('mei')).handoff?.offer?.to).toEqual(['anna'])
  })

  test('where all are asked the first gets it, and nobody is blamed for the others', async () => {
    await open({ mode: 'broadcast', missesBeforePause: 1 })
    const id = await asks('mei')
    expect((await conversationOf('mei')).handoff?.offer?.to).toEqual(['anna', 'ben'])
    await go(30_000)
    expect([(await agent('anna')).missed, (await agent('ben')).missed]).toEqual([0, 0])
    for (let n = 0; n < 5; n++) await go(30_000)
    await says('ben', id, '/accept')
    await says('anna', id, '/accept')
    await go()
    expect(await ownerOf('mei')).toBe('ben')
    expect(await told('mei')).toEqual([
      'asked anna, ben: 2 of 2 who could had room, and had 0 in hand',
      'anna, ben did not react',
      'ben took it',
    ])
  })

  test('a tool that cannot ask in private asks in the thread; what is over by then is not asked any more', async () => {
    await at.open({ still: false, agents: people('anna'), routing: { mode: 'offer' } })
    await online('anna')
    await until('anna is here', async () => (await agent('anna')).presence === 'online')
    await at.house.says('mei', '转人工')
    const asked = await until('she is asked', () =>
      at.house.shown.find((one) => one.op === 'post' && one.entry.commands?.[0]?.id === 'accept'),
    )
    expect(asked).toMatchObject({ entry: { author: 'system', commands: [{ id: 'accept' }, { id: 'decline' }] } })
    await at.house.agent(asked.desk, 'u-anna', { type: 'button', thread: asked.thread, command: 'accept' } as never)
    await until('she has it', async () => (await conversationOf('mei')).agentId === 'anna')
  })
})

describe('a lease', () => {
  const lease = { leaseMinutes: { chat: 5, async: 0 } }

  test('who was given it and never answers loses it; it keeps its turn and goes to somebody else', async () => {
    await open({ ...lease })
    await asks('mei')
    const { queuedAt } = await conversationOf('mei')
    expect(await ownerOf('mei')).toBe('anna')
    await go(5 * MINUTE)
    expect(await ownerOf('mei')).toBe('ben')
    expect((await conversationOf('mei')).queuedAt).toEqual(queuedAt)
    expect((await agent('anna')).missed).toBe(1)
    expect(await told('mei')).toEqual([
      'given to anna: 2 of 2 who could had room, and had 0 in hand',
      'anna was given it and never answered',
      'given to ben: 2 of 2 who could had room, and had 0 in hand',
    ])
  })

  test('an answer ends it, and makes good what was missed', async () => {
    await open({ ...lease }, { agents: people('anna') })
    const id = await asks('mei')
    await go(5 * MINUTE)
    expect(await agent('anna')).toMatchObject({ missed: 1 })
    await at.house.types('console', 'anna', id, '您好')
    await go(10 * MINUTE)
    expect(await conversationOf('mei')).toMatchObject({ status: 'assigned', agentId: 'anna' })
    expect(await agent('anna')).toMatchObject({ missed: 0 })
  })

  test('who takes it by hand, and mail, have none', async () => {
    await open({ ...lease, mode: 'claim' })
    const id = await asks('mei')
    await says('ben', id, '/claim')
    await go(60 * MINUTE)
    expect(await ownerOf('mei')).toBe('ben')
  })
})

describe('who comes first', () => {
  test('the agent whom the customer had before, even with more in hand', async () => {
    await open({}, { agents: people('anna', 'ben').map((one) => ({ ...one, capacity: 3 })) })
    const first = await asks('mei')
    expect(await ownerOf('mei')).toBe('anna')
    await says('anna', first, '/resolve')
    await go()
    await asks('tom')
    await asks('lin')
    expect([await ownerOf('tom'), await ownerOf('lin')].sort()).toEqual(['anna', 'ben'])
    const mine = (await ownerOf('tom')) === 'anna' ? 'tom' : 'lin'
    await says('anna', (await conversationOf(mine)).id, '/resolve')
    await go()
    await at.house.says('mei', '转人工')
    await go()
    const rows = (await at.database.db.select().from(conversations)).filter(({ userKey }) => userKey === 'mei')
    expect(rows.at(-1)).toMatchObject({ status: 'assigned', agentId: 'anna' })
  })

  test('VIPs, by the tags of the customer: those who wait already hear their true place when they come nearer', async () => {
    await open({ vip: { tags: ['金卡'], priority: 'high' } }, { agents: people('anna') })
    await asks('first')
    await asks('long')
    await asks('gold')
    const { customerId } = await conversationOf('gold')
    await at.database.db
      .update(customers)
      .set({ tags: ['金卡'] })
      .where(eq(customers.id, customerId))
    await says('anna', (await conversationOf('first')).id, '/resolve')
    await go()
    expect([await ownerOf('gold'), await ownerOf('long')]).toEqual(['anna', null])
  })

  test('one person in two tools is one agent with one capacity', async () => {
    await open({ mode: 'claim' }, { agents: people('anna') })
    await asks('mei')
    await asks('tom')
    at.house.house.routing = { ...plainRouting }
    await at.house.agent(group, 'u-anna', { type: 'command', thread: '', line: '/online' } as never)
    await go()
    expect([await ownerOf('mei'), await ownerOf('tom')]).toEqual(['anna', null])
  })
})

test('what a tool says of its user is a hint: it makes nobody online, and who is elsewhere active stays', async () => {
  await open({}, { agents: people('anna') })
  const tool = (state: string) => at.house.agent(group, 'u-anna', { type: 'presence', state } as never)
  await tool('away')
  await go(4 * MINUTE)
  await asks('mei')
  expect(await ownerOf('mei')).toBe('anna')
  await at.house.types('console', 'anna', (await conversationOf('mei')).id, '您好')
  await go(10 * MINUTE)
  await asks('tom')
  await says('anna', (await conversationOf('mei')).id, '/resolve')
  await go()
  expect(await ownerOf('tom')).toBe('anna')
  await at.house.agent('console', 'anna', { type: 'presence', state: 'away' } as never)
  await tool('online')
  await go()
  expect((await agent('anna')).presence).toBe('away')
})

test('outside a shift nothing is given, and it is given when the shift begins', async () => {
  await open(
    {},
    {
      agents: people('anna'),
      staffing: {
        people: new Map([
          [
            'anna',
            {
              levels: new Map(),
              capacity: 1,
              shifts: { timezone: 'UTC', open: { daily: [{ from: 8 * 60 + 30, to: 17 * 60 }] }, closed: [] },
            },
          ],
        ]),
      },
    },
  )
  await asks('mei')
  expect(await told('mei')).toEqual(['waits: everybody who could is off shift (1 off shift)'])
  await go(30 * MINUTE)
  expect(await ownerOf('mei')).toBe('anna')
})

// Rocket.Chat#7397: after a transfer the old agents still get the messages.
test('only the desks that the skill names see its conversations, and a transfer takes them away from the others', async () => {
  const skill = { level: 1, wishes: [], overflow: [] }
  const staffing = {
    skills: new Map([
      ['tech', { ...skill, desks: ['elsewhere'] }],
      ['aftersales', { ...skill }],
    ]),
  }
  await open({ mode: 'claim' }, { staffing })
  const id = await asks('mei')
  await says('anna', id, '/claim')
  await says('anna', id, '/transfer tech')
  await go()
  const ops = async () => (await at.database.db.select().from(deliveries)).filter(({ targetId }) => targetId === group).map(({ op }) => op)
  expect(await ops()).toContain('close')
  const before = (await ops()).length
  await at.house.says('mei', '秘密')
  await says('ben', id, '/note inside')
  await go()
  expect(await ops()).toHaveLength(before)
})

test('a transfer to a skill takes its name or its id, and calls it by its name', async () => {
  const skill = { level: 1, wishes: [], overflow: [] }
  const staffing = {
    skills: new Map([
      ['aftersales', { ...skill, name: '售后' }],
      ['tech', { ...skill, name: '技术支持' }],
    ]),
  }
  await open({ mode: 'claim' }, { staffing })
  const id = await asks('mei')
  await says('anna', id, '/claim')
  await says('anna', id, '/transfer 财务')
  await says('anna', id, '/transfer 技术支持')
  await go()
  expect(await conversationOf('mei')).toMatchObject({ skill: 'tech' })
  const said = (await at.database.db.select().from(deliveries)).map(({ payload }) => JSON.stringify(payload)).join()
  expect(said).toContain('技术支持')
})

// chatwoot#6616: a conversation is given to a team, and to nobody in it.
test('a transfer to a team, by its name or its id, is given to its people and to nobody else', async () => {
  const person = (team: string) => ({ levels: new Map(), team, capacity: 1 })
  const staffing = {
    teams: new Map([
      ['north', {}],
      ['south', { name: '南方组' }],
    ]),
    people: new Map([
      ['anna', person('north')],
      ['ben', person('north')],
      ['cho', person('south')],
    ]),
  }
  await open({}, { staffing, agents: people('anna', 'ben', 'cho') })
  await at.house.agent('console', 'cho', { type: 'presence', state: 'away' } as never)
  const id = await asks('mei')
  expect(await ownerOf('mei')).toBe('anna')
  await says('anna', id, '/transfer 南方组')
  await go()
  expect(await conversationOf('mei')).toMatchObject({ status: 'queued', agentId: null })
  await online('cho')
  await go()
  expect(await ownerOf('mei')).toBe('cho')
  await says('cho', id, '/transfer north')
  await go()
  expect(['anna', 'ben']).toContain(await ownerOf('mei'))
})

// chatwoot#8274: any agent may resolve a conversation of somebody else.
describe('why', () => {
  test('is written down when it changes, not at every look, and /why tells it', async () => {
    await open({}, { agents: people('anna') })
    await asks('first')
    const id = await asks('mei')
    for (let n = 0; n < 5; n++) await go(MINUTE)
    expect(await told('mei')).toEqual(['waits: everybody who could is busy (1 busy)'])
    await at.house.agent('console', 'anna', { type: 'presence', state: 'away' } as never)
    await go()
    expect(await told('mei')).toEqual(['waits: everybody who could is busy (1 busy)', 'waits: everybody who could is away (1 away)'])
    const [event] = await says('anna', id, '/why')
    await go()
    const row = await at.database.db.query.events.findFirst({ where: (table, { eq }) => eq(table.id, event ?? '') })
    expect(row?.result).toMatchObject({
      ok: true,
      message: expect.stringMatching(/5 分钟前 · 等待：合适的客服都已满（1 人已满）\n刚才 · 等待：合适的客服都不在线/),
    })
  })

  test('is kept for a month', async () => {
    await open({}, { agents: people('anna') })
    await asks('mei')
    const watchdog = createWatchdog(at.house.parts)
    at.house.clock.ms += 29 * 86_400_000
    await watchdog.look(at.house.house)
    expect(await at.database.db.select().from(decisions)).toHaveLength(1)
    at.house.clock.ms += 2 * 86_400_000
    await watchdog.look(at.house.house)
    expect(await at.database.db.select().from(decisions)).toEqual([])
  })
})

test('the watchdog sees who waits beside an idle agent at two looks, and says so', async () => {
  await open({ mode: 'claim' }, { agents: people('anna') })
  await asks('mei')
  const watchdog = createWatchdog(at.house.parts)
  const look = (house_ = at.house.house) => {
    at.house.clock.ms += 15_000
    return watchdog.look(house_)
  }
  expect([await look(), await look(), watchdog.found()]).toEqual([false, false, { now: 0, times: 0 }])
  // Nobody routes: as if every process that could had stopped doing so.
  const auto = { ...at.house.house, routing: { ...at.house.house.routing, mode: 'auto' as const } }
  expect([await look(auto), await look(auto), watchdog.found()]).toEqual([false, true, { now: 1, times: 1 }])
  await routePass(at.database.db, auto)
  expect([await look(auto), watchdog.found().now]).toEqual([false, 0])
})
