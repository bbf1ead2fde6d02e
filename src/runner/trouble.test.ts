// Words that did not reach the customer: the agents hear of it, whatever breaks while they are told, and they hear of it once.
import { desc } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import type { Database } from '#store/database.ts'
import { insertDeliveries } from '#store/deliveries.ts'
import { conversations } from '#store/schema.ts'
import { testDatabase } from '../../test/support/database.ts'
import { type Stage, stage } from '../../test/support/stage.ts'
import { until } from '../../test/support/until.ts'

let database: Database
let house: Stage

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
afterEach(async () => {
  vi.restoreAllMocks()
  await house.stop()
})

test('what became of words and what is told of it are on record together: a connection that is lost between them undoes both, and shows nothing twice', async () => {
  house = await stage(database)
  const group = [...house.house.desks.keys()][0] ?? ''
  await house.says('c1', '转人工')
  const { thread } = await until('a thread', () => house.shown.find((one) => one.op === 'open'))
  await house.settle()
  house.onSend.now = async () => {
    throw new ConnectorError('rejected', 'too long')
  }
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown
  let told = 0
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(async function (this: pg.Client, ...args: unknown[]) {
    const result = await query.apply(this, args)
    const isTelling = /^insert into "deliveries"/.test(String((args[0] as { text?: string }).text))
    if (isTelling && ++told === 1) throw new Error('Connection terminated unexpectedly')
    return result
  } as never)
  await house.types(group, 'u-anna', thread, '您好')
  await until('they are told again, which only a failure that was undone brings', () => told === 2)
  await house.settle()
  const words = house.shown.flatMap((one) => (one.op === 'post' ? one.entry.parts : [])).filter((part) => 'text' in part)
  expect(words.filter(({ text }) => text.includes('too long'))).toHaveLength(1)
})

test('words to a channel that was taken out of the config fail with a reason in the reader’s language', async () => {
  house = await stage(database)
  await house.says('c1', '转人工')
  await until('a thread', () => house.shown.find((one) => one.op === 'open'))
  await house.settle()
  const [conversation] = await database.db.select().from(conversations).orderBy(desc(conversations.openedAt)).limit(1)
  const now = house.house.clock.now()
  await insertDeliveries(database.db, [
    {
      id: 'dlv_gone',
      kind: 'channel',
      targetId: 'gone',
      lane: 'channel:gone',
      conversationId: conversation?.id ?? '',
      messageId: null,
      op: 'send',
      payload: { to: { user: 'c1' }, parts: [{ type: 'text', text: '您好' }] },
      automatic: false,
      nextAt: now,
      originKey: 'gone',
      createdAt: now,
    },
  ])
  // So long a process with an older config is given to send it.
  house.clock.ms += 11 * 60_000
  await until('they are told', () =>
    house.shown.some((one) => one.op === 'post' && /无法发送：配置中已没有渠道 gone/.test(JSON.stringify(one.entry.parts))),
  )
  expect(JSON.stringify(house.shown)).not.toContain('no longer in the config')
})
