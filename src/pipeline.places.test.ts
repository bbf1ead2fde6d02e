// The place that the console shows is the router's, whoever came since the customer was told theirs.
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { listConversations } from '#store/console.ts'
import { readWaiting } from '#store/queue.ts'
import { conversations, customers } from '#store/schema.ts'
import { readPlaces } from '#store/turn.ts'
import { byHand } from '../test/support/byhand.ts'
import fc from '../test/support/fc.ts'
import { planOf } from './pipeline/plan.ts'
import { readQueue } from './pipeline.ts'

const at = byHand()
const lead = { id: 'lead', role: 'supervisor' as const, skills: [] }

const waiting = fc.record({
  skill: fc.constantFrom('tech', 'aftersales', null),
  priority: fc.constantFrom('low' as const, 'normal' as const, 'high' as const, 'urgent' as const),
  minute: fc.nat(3),
  tags: fc.constantFrom<string[]>([], ['vip'], ['gold', 'new']),
  own: fc.constantFrom<string[]>([], ['gold']),
})
type Waits = typeof waiting extends fc.Arbitrary<infer T> ? T : never

async function fill(list: Waits[]): Promise<void> {
  const { db } = at.database
  const now = at.house.house.clock.now()
  const person = { name: '王', named: true, firstSeenAt: now, lastSeenAt: now }
  await db.insert(customers).values(list.map(({ tags }, n) => ({ ...person, id: `cus_${n}`, tags })))
  const plain = {
    channelId: 'ch',
    threadKey: '',
    status: 'queued' as const,
    version: 1,
    locale: 'zh' as const,
    greeted: true,
    botState: {},
  }
  await db.insert(conversations).values(
    list.map(({ skill, priority, minute, own }, n) => ({
      ...plain,
      id: `cnv_${n % 2 ? 'B' : 'a'}${n}`,
      customerId: `cus_${n}`,
      userKey: `${n}`,
      skill,
      priority,
      tags: own,
      lastSeq: 0,
      openedAt: now,
      lastMessageAt: now,
      queuedAt: new Date(now.getTime() - minute * 60_000),
    })),
  )
}

test.each([
  { tags: ['vip', 'gold'], priority: 'high' as const },
  { tags: ['gold'], priority: 'normal' as const },
  { tags: [], priority: 'high' as const },
])('each stands where the router has them, in its order: VIPs are %j', async (vip) => {
  const examples = fc.sample(fc.array(waiting, { minLength: 12, maxLength: 40 }), { numRuns: 4, seed: 20261128 })
  for (const list of examples) {
    await at.open({ agents: [], routing: { vip, mode: 'claim' } })
    await fill(list)
    const { house } = at.house
    const { db } = at.database
    const { queue } = planOf(await readQueue(db, await readWaiting(db), house), house)
    const ids = queue.map(({ conversation }) => conversation)
    const places = await readPlaces(db, ids, vip)
    expect(ids.map((id) => places.get(id))).toEqual(queue.map(({ place }) => place))
    const { rows } = await listConversations(db, lead, { view: 'queue', limit: 50, vip })
    expect(rows.map(({ conversation }) => conversation.id)).toEqual(ids)
    await at.house.stop()
  }
})

test('whoever came before somebody who was told their place takes it: no two of a skill stand at the same', async () => {
  await at.open({ agents: [], routing: { mode: 'claim' } })
  await at.house.says('mei', '转人工')
  await at.pass()
  await at.house.says('tom', '人工客服')
  await at.pass(1_000)
  const rows = async () => {
    const { vip } = at.house.house.routing
    const { rows } = await listConversations(at.database.db, lead, { view: 'queue', limit: 50, vip })
    const places = await readPlaces(
      at.database.db,
      rows.map(({ conversation }) => conversation.id),
      vip,
    )
    return rows.map(({ conversation: { id, userKey, toldPlace } }) => ({ user: userKey, told: toldPlace, place: places.get(id) }))
  }
  expect(await rows()).toEqual([
    { user: 'mei', told: 1, place: 1 },
    { user: 'tom', told: 2, place: 2 },
  ])
  await at.database.db.update(conversations).set({ priority: 'urgent' }).where(eq(conversations.userKey, 'tom'))
  await at.pass()
  // Tom hears that he is next; that Mei is no more is not announced.
  expect(await rows()).toEqual([
    { user: 'tom', told: 1, place: 1 },
    { user: 'mei', told: 1, place: 2 },
  ])
})
