// A clock that jumps: an hour ahead, an hour back. What is on the wire stays on the wire, what waits goes out, nothing twice.
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import type { Database } from '#store/database.ts'
import { testDatabase } from '../test/support/database.ts'
import { type Stage, stage } from '../test/support/stage.ts'
import { until } from '../test/support/until.ts'

const HOUR = 3_600_000

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

const states = async (): Promise<string[]> => {
  const { rows } = await database.db.execute<{ state: string }>(sql`select state from deliveries where kind = 'channel' order by position`)
  return rows.map(({ state }) => state)
}

const texts = ({ sent }: Stage) => sent.map(({ message }) => message.parts.map((part) => ('text' in part ? part.text : '')).join(''))

test.each([
  ['ahead', HOUR],
  ['back', -HOUR],
])('while a message is on the wire, an hour %s: it is sent once, and so are the next ones', async (_, jump) => {
  const place = await stage(database)
  const releases: (() => void)[] = []
  place.onSend.now = () => new Promise((resolve) => void releases.push(resolve))
  const onTheWire = (n: number) => until(`${n} are on the wire`, () => releases.length === n)
  await place.says('u1', '多久发货')
  await onTheWire(1)
  place.clock.ms += jump
  // One after the other: in between the loop that takes over what dead processes leave behind has had its turn.
  for (const n of [2, 3, 4]) {
    await place.says(`u${n}`, '怎么开发票')
    await onTheWire(n)
  }
  expect(await states()).toEqual(['sending', 'sending', 'sending', 'sending'])
  for (const release of releases) release()
  await until('all are sent', async () => (await states()).every((state) => state === 'sent'))
  expect(texts(place)).toHaveLength(4)
  await place.stop()
})

test('while a message waits for its next try, an hour ahead: it goes out, once', async () => {
  const place = await stage(database)
  let tries = 0
  place.onSend.now = async () => {
    tries += 1
    if (tries === 1) throw new ConnectorError('transient', 'refused', { certain: true })
  }
  await place.says('u1', '多久发货')
  await until('it waits', async () => (await states())[0] === 'retry')
  place.clock.ms += HOUR
  await until('it is sent', async () => (await states())[0] === 'sent')
  expect([tries, texts(place).length]).toEqual([2, 1])
  await place.stop()
})

test('while a message waits for its next try, an hour back: it goes out when its time comes, and new ones do not wait for it', async () => {
  const place = await stage(database)
  let tries = 0
  place.onSend.now = async () => {
    tries += 1
    if (tries === 1) throw new ConnectorError('transient', 'refused', { certain: true })
  }
  await place.says('u1', '多久发货')
  await until('it waits', async () => (await states())[0] === 'retry')
  place.clock.ms -= HOUR
  await place.says('u2', '怎么开发票')
  await until('the other one is sent', async () => (await states())[1] === 'sent')
  expect((await states())[0]).toBe('retry')
  place.clock.ms += HOUR + 60_000
  await until('it is sent', async () => (await states()).every((state) => state === 'sent'))
  expect(texts(place)).toHaveLength(2)
  await place.stop()
})

test('an hour back: what a process that died was sending is judged as soon as its lease has run out, not an hour later', async () => {
  const place = await stage(database)
  await place.says('u1', '多久发货')
  await until('it is sent', async () => (await states())[0] === 'sent')
  place.clock.ms -= HOUR
  const over = new Date(place.clock.ms - 1_000).toISOString()
  await database.db.execute(sql`update deliveries set state = 'sending', lease_until = ${over}, finished_at = null where kind = 'channel'`)
  await until('it is judged', async () => (await states())[0] === 'held')
  await place.stop()
})

test('while a commit takes longer than a lease: what it let in goes out once, by whoever has it then', async () => {
  let slow = 1
  const place = await stage(database, {
    pass: (milestone) => {
      if (milestone !== 'work.committed' || slow-- <= 0) return
      place.clock.ms += 30_000
    },
  })
  await place.says('u1', '多久发货')
  await until('all are sent', async () => {
    const all = await states()
    return all.length > 0 && all.every((state) => state === 'sent')
  })
  expect(texts(place)).toHaveLength(1)
  const { rows } = await database.db.execute(
    sql`select a.outcome from attempts a join deliveries d on d.id = a.delivery_id where d.kind = 'channel' order by a.number`,
  )
  expect(rows).toEqual([{ outcome: 'retry' }, { outcome: 'sent' }])
  await place.stop()
})
