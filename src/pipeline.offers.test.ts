// Who is asked, and for how long what was given stays with them.
import { describe, expect, test } from 'vitest'
import { deliveries } from '#store/schema.ts'
import { MINUTE } from '../test/support/byhand.ts'
import { people, queueing } from '../test/support/queueing.ts'
import { until } from '../test/support/until.ts'

const { at, open, online, says, go, asks, conversationOf, ownerOf, agent, told } = queueing()
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
