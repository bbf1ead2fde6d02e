// What went wrong elsewhere with those who wait, by the numbers of the issues (docs/failures.md). Each through the door that connectors
// and desks use, with a real store; the clock is moved by hand, and the house does what is due.
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { listConversations } from '#store/console.ts'
import { deliveries, conversations as table } from '#store/schema.ts'
import { byHand, MINUTE } from '../support/byhand.ts'
import type { StageOptions } from '../support/stage.ts'

const at = byHand()
const { pass } = at

const people = (...ids: string[]) => ids.map((id) => ({ id, name: id, skills: ['aftersales'], capacity: 1 }))
const open = async (options: StageOptions = {}) => {
  await at.open({ agents: people('anna', 'ben'), ...options })
}
const asks = async (user: string) => {
  at.house.clock.ms += 1_000
  await at.house.says(user, '转人工')
  await pass()
}
const of = async (user: string) => {
  const [row] = await at.database.db.select().from(table).where(eq(table.userKey, user))
  if (!row) throw new Error(`no conversation of ${user}`)
  return row
}
const owner = async (user: string) => (await of(user)).agentId
const online = async (id: string) => {
  await at.house.agent('console', id, { type: 'presence', state: 'online' } as never)
  await pass()
}
const command = async (by: string, user: string, line: string) => {
  await at.house.agent('console', by, { type: 'command', thread: (await of(user)).id, line } as never)
  await pass()
}
const textOf = (parts: readonly object[]) => parts.map((part) => ('text' in part ? String(part.text) : '')).join(' ')
const heardBy = (user: string) =>
  at.house.sent.filter(({ message }) => message.to.user === user).map(({ message }) => textOf(message.parts))
const threadOf = (n: number) => at.house.shown.filter(({ op }) => op === 'open')[n]?.thread ?? ''

describe('the place in the queue', () => {
  test('chatwoot#10059 chatwoot#8047 chatwoot PR#13999 LHC#635: everybody is told their own place, not how many wait', async () => {
    await open({ routing: { mode: 'claim' } })
    // All in one pass, at one moment: whoever is first, each place is told to one of them.
    for (const user of ['mei', 'tom', 'lin']) await at.house.says(user, '转人工')
    await pass()
    const told = ['mei', 'tom', 'lin'].map((user) => /下一位|前面还有 \d 位/.exec(heardBy(user).join())?.[0])
    expect(told.sort()).toEqual(['下一位', '前面还有 1 位', '前面还有 2 位'].sort())
  })

  test('LHC#841 zopim-chat-web-sdk-sample-app#3 zendesk_sdk_chat_ios#129: told again as it moves, and not when it does not', async () => {
    await open({ routing: { mode: 'claim' } })
    for (const user of ['mei', 'tom', 'lin']) await asks(user)
    await command('anna', 'mei', '/claim')
    await pass(MINUTE)
    expect(heardBy('tom').at(-1)).toContain('下一位就是您')
    expect(heardBy('lin').at(-1)).toContain('您前面还有 1 位')
    const places = () => ['tom', 'lin'].map((user) => heardBy(user).filter((text) => text.includes('排队有进展')).length)
    expect(places()).toEqual([1, 1])
    for (let n = 0; n < 3; n++) await pass(MINUTE)
    expect(places()).toEqual([1, 1])
  })
})

describe('nobody is forgotten in the queue', () => {
  test('chatwoot#10376 chatwoot#10583: whoever is freed is given the one who waited longest, not the next who comes', async () => {
    await open()
    await online('anna')
    await asks('first')
    await asks('old')
    await asks('newer')
    expect([await owner('first'), await owner('old'), await owner('newer')]).toEqual(['anna', null, null])
    await command('anna', 'first', '/resolve')
    expect([await owner('old'), await owner('newer')]).toEqual(['anna', null])
    await asks('newest')
    await command('anna', 'old', '/resolve')
    expect([await owner('newer'), await owner('newest')]).toEqual(['anna', null])
  })

  test('Rocket.Chat#18041 Rocket.Chat#31474: who came while nobody was there waits in sight, and is given to whoever comes back', async () => {
    await open()
    await asks('mei')
    expect(await of('mei')).toMatchObject({ status: 'queued', agentId: null })
    const seen = await listConversations(
      at.database.db,
      { id: 'anna', role: 'agent', skills: ['aftersales'] },
      { view: 'queue', limit: 10, vip: at.house.house.routing.vip },
    )
    expect(seen.rows.map(({ conversation }) => conversation.userKey)).toEqual(['mei'])
    await online('ben')
    expect(await owner('mei')).toBe('ben')
  })

  test('Rocket.Chat#22105 Rocket.Chat#23042 Rocket.Chat#23642 Livechat#614: where agents take by hand it is in their tool and their list at once', async () => {
    await open({ routing: { mode: 'claim' } })
    await online('anna')
    const hints: string[] = []
    const stop = at.house.parts.live.subscribe('console', ({ type }) => hints.push(type))
    await asks('mei')
    stop()
    expect(threadOf(0)).not.toBe('')
    expect(hints.length).toBeGreaterThan(0)
    const seen = await listConversations(
      at.database.db,
      { id: 'anna', role: 'agent', skills: ['aftersales'] },
      { view: 'queue', limit: 10, vip: at.house.house.routing.vip },
    )
    expect(seen.rows.map(({ conversation }) => conversation.userKey)).toEqual(['mei'])
  })
})

describe('a transfer', () => {
  test('Rocket.Chat#7397: goes the way that the file says, and whoever passed it on owns nothing of it any more', async () => {
    const agents = [
      { id: 'anna', name: '安娜', skills: ['aftersales'] },
      { id: 'ben', name: '小本', skills: ['tech'] },
      { id: 'cho', name: '小周', skills: ['tech'] },
    ]
    await open({ agents, routing: { mode: 'claim' } })
    for (const id of ['anna', 'ben', 'cho']) await online(id)
    await asks('mei')
    await command('anna', 'mei', '/claim')
    await command('anna', 'mei', '/transfer tech')
    // Agents take conversations themselves in this house: nobody is chosen for them.
    expect(await of('mei')).toMatchObject({ status: 'queued', agentId: null, skill: 'tech' })
    at.house.house.routing = { ...at.house.house.routing, mode: 'offer' }
    await pass()
    const offered = (await at.database.db.select().from(deliveries)).filter(({ op }) => op === 'offer')
    expect(offered.map(({ payload }) => payload.whom?.id)).toEqual(['u-ben'])
    await command('ben', 'mei', '/accept')
    expect(await owner('mei')).toBe('ben')
    const before = heardBy('mei').length
    const [group = ''] = [...at.house.house.desks.keys()]
    await at.house.types(group, 'u-anna', threadOf(0), '我还在')
    await pass()
    expect(heardBy('mei')).toHaveLength(before)
  })
})
