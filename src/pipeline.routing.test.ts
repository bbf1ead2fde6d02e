// Who gets what, from end to end: several tools, shifts, transfers, who may see it, and what is written down of it all.
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { conversations, customers, decisions, deliveries } from '#store/schema.ts'
import { MINUTE } from '../test/support/byhand.ts'
import { plainRouting } from '../test/support/plain.ts'
import { people, queueing } from '../test/support/queueing.ts'
import { routePass } from './pipeline.ts'
import { createWatchdog } from './runner/watchdog.ts'

const { at, open, group, online, says, go, asks, conversationOf, ownerOf, agent, told } = queueing()

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
    await at.house.agent(group(), 'u-anna', { type: 'command', thread: '', line: '/online' } as never)
    await go()
    expect([await ownerOf('mei'), await ownerOf('tom')]).toEqual(['anna', null])
  })
})

test('what a tool says of its user is a hint: it makes nobody online, and who is elsewhere active stays', async () => {
  await open({}, { agents: people('anna') })
  const tool = (state: string) => at.house.agent(group(), 'u-anna', { type: 'presence', state } as never)
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
  const ops = async () =>
    (await at.database.db.select().from(deliveries)).filter(({ targetId }) => targetId === group()).map(({ op }) => op)
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
