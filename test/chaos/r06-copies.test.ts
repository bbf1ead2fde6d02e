// R6, R7. Every call of a platform comes three times at once, and again later; and calls come in any order.
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { GROUP } from '../support/house.ts'
import { openBench } from './bench.ts'
import { readPages } from './collect.ts'
import { ANNA, appSays, bearer, HOOK, inGroup, newVisitor } from './loader.ts'
import { type Done, heardBy } from './providers.ts'
import { full, seeded, shuffled } from './seed.ts'

const CUSTOMERS = full ? 100 : 10

interface Request {
  path: string
  body: unknown
  headers: Record<string, string>
}

const hook = (path: 'tg' | 'group', { update }: Done): Request => ({ path: `/hooks/${path}`, body: update, headers: HOOK })

test.concurrent('R6: each call three times at once and again later is one message and one reply', { timeout: 120_000 }, async ({
  onTestFinished,
}) => {
  const { random } = seeded('R6')
  const bench = await openBench({ onTestFinished })
  const { providers, client, house } = bench
  const thread = await inGroup(bench, 201)
  const visitors = await Promise.all(Array.from({ length: CUSTOMERS }, () => newVisitor(bench)))
  const requests: Request[] = visitors.map((visitor, n) => ({
    path: '/chat/v1/web/messages',
    body: { clientId: `client-${n}`, text: '多久发货' },
    headers: bearer(visitor),
  }))
  for (let n = 0; n < CUSTOMERS; n++) {
    requests.push(hook('tg', await providers.customer({ id: 301 + n, first_name: `问${n}` }, 'text', '多久发货')))
    requests.push(hook('tg', await providers.customer({ id: 201, first_name: '客户201' }, 'text', `说201-${n}。`)))
    const { body, headers } = appSays(`user${n}`, `用${n}`, '多久发货')
    requests.push({ path: '/hooks/app', body, headers })
    requests.push(hook('group', await providers.agent(ANNA, 'text', thread, `答201-${n}。`)))
  }
  // More than it can bear at once is asked to come again, and does, as platforms do.
  const call = async ({ path, body, headers }: Request) => expect((await client.until2xx(path, body, headers)).acked).toBe(true)
  const copies = shuffled([...requests, ...requests, ...requests], random)
  await Promise.all(copies.map(call))
  await house.quiet(60_000)
  // A day later, when all is done.
  for (const request of requests) await call(request)
  await house.quiet(60_000)

  const calls = providers.calls()
  for (let n = 0; n < CUSTOMERS; n++) expect(heardBy(calls, 301 + n)).toHaveLength(1)
  expect(providers.appCalls().filter(({ ok, event }) => ok && String(event.text).includes('24 小时'))).toHaveLength(CUSTOMERS)
  const both = { customer: heardBy(calls, 201), topic: heardBy(calls, GROUP, thread) }
  for (let n = 0; n < CUSTOMERS; n++) {
    expect(both.customer.filter((text) => text.includes(`答201-${n}。`))).toHaveLength(1)
    expect(both.topic.filter((text) => text.includes(`说201-${n}。`))).toHaveLength(1)
  }
  for (const visitor of visitors) {
    const authors = (await readPages(bench, visitor)).map(({ author }) => author)
    expect(authors.slice(authors.indexOf('customer'))).toEqual(['customer', 'bot'])
  }
  await house.stop()
  const [rows] = await bench.place.look<{ said: number; events: number }>(sql`select
    (select count(*)::int from messages where author in ('customer', 'agent') and text <> '转人工') as said,
    (select count(*)::int from events where state = 'done') as events`)
  expect(rows?.said).toBe(requests.length)
})

test.concurrent('R7: calls in any order: all are answered, each customer is one conversation, and nobody is answered twice', {
  timeout: 120_000,
}, async ({ onTestFinished }) => {
  const { random } = seeded('R7')
  const bench = await openBench({ onTestFinished })
  const { providers, client, house } = bench
  const requests: Request[] = []
  for (let n = 0; n < CUSTOMERS; n++) {
    for (let k = 0; k < 5; k++) {
      requests.push(hook('tg', await providers.customer({ id: 401 + n, first_name: `第${n}-${k}次` }, 'text', '多久发货')))
    }
    requests.push(hook('tg', await providers.customer({ id: 401 + n, first_name: `第${n}-5次` }, 'text', '转人工')))
  }
  const asked = new Set<number>()
  for (const { path, body, headers } of shuffled(requests, random)) {
    expect((await client.once(path, body, headers))?.status).toBe(200)
    const { message } = body as { message: { text: string; chat: { id: number } } }
    if (message.text === '转人工') asked.add(message.chat.id)
  }
  await house.quiet(60_000)
  const calls = providers.calls()
  for (let n = 0; n < CUSTOMERS; n++) {
    const heard = heardBy(calls, 401 + n)
    for (let k = 0; k < 5; k++) expect(heard.filter((text) => text.includes(`第${n}-${k}次，`)).length).toBeLessThanOrEqual(1)
  }
  await house.stop()
  const rows = await bench.place.look<{
    conversations: number
    said: number
    queued: number
    distinct: number
    handoffs: number
  }>(sql`select
    (select count(*)::int from conversations) as conversations,
    (select count(*)::int from conversations where status = 'queued') as queued,
    (select count(*)::int from messages where author = 'customer') as said,
    (select count(distinct (conversation_id, seq))::int from messages) - (select count(*)::int from messages) as distinct,
    (select count(*)::int from audit_events where action = 'handoff.requested') as handoffs`)
  expect(rows).toEqual([{ conversations: CUSTOMERS, queued: asked.size, said: requests.length, distinct: 0, handoffs: CUSTOMERS }])
  // The house's own history says it in the order in which it was sent to the customer.
  const history = await bench.place.look<{ chat: string; text: string }>(sql`select c.user_key as chat, m.text from messages m
    join conversations c on c.id = m.conversation_id where m.author in ('bot', 'system') order by c.user_key, m.seq`)
  for (let n = 0; n < CUSTOMERS; n++) {
    const own = history.filter((row) => row.chat === String(401 + n)).map(({ text }) => text.split('\n')[0])
    expect(heardBy(calls, 401 + n).map((text) => text.split('\n')[0])).toEqual(own)
  }
})
