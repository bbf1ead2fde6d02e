// What came of an attempt travels with the next batch.
import { expect, test } from 'vitest'
import { type Finishing, takeAbandoned } from '#store/deliveries.ts'
import type { DeliveryRow } from '#store/rows.ts'
import { stages } from '../test/support/stages.ts'
import { type Worked, work } from './pipeline.ts'

const at = stages()

const rows = () => at.database.db.query.deliveries.findMany({ orderBy: ({ position }) => position })

/** A customer asks, and the answer is on its way. */
async function ask(words: string, outcomes: Finishing[] = []): Promise<Worked> {
  await at.house.says('c1', words)
  return work(at.database.db, at.house.house, { admit: () => true, holder: 'a', outcomes: () => outcomes })
}

async function first(): Promise<DeliveryRow> {
  await at.open({ still: true })
  const [row] = (await ask('多久发货')).sending
  if (!row) throw new Error('nothing was sent')
  return row
}

test('the next answer of one conversation goes with the commit that ends the one before it', async () => {
  const row = await first()
  const { sending, written } = await ask('怎么开发票', [{ row, outcome: { state: 'sent', externalIds: ['m9'] } }])
  expect(written).toEqual([{ next: false }])
  expect(sending).toHaveLength(1)
  expect(await rows()).toMatchObject([{ state: 'sent', externalIds: ['m9'] }, { state: 'sending' }])
  const tries = await at.database.db.query.attempts.findMany()
  expect(new Map(tries.map(({ deliveryId, outcome }) => [deliveryId, outcome]))).toEqual(
    new Map([
      [row.id, 'sent'],
      [sending[0]?.id, null],
    ]),
  )
  expect(await at.database.db.query.messageLinks.findMany()).toMatchObject([
    { externalId: 'm9', messageId: row.messageId, direction: 'out' },
  ])
})

test('what is to be tried again still stands before the next answer', async () => {
  const row = await first()
  const { sending, written } = await ask('怎么开发票', [{ row, outcome: { state: 'retry', nextAt: at.house.house.clock.now() } }])
  expect(written).toEqual([{ next: false }])
  expect(sending).toEqual([])
  expect(await rows()).toMatchObject([{ state: 'retry' }, { state: 'pending' }])
})

test('what somebody else took over is theirs: the outcome counts no more, and the next answer waits', async () => {
  const row = await first()
  at.house.clock.ms += 60_000
  expect(await takeAbandoned(at.database.db, at.house.house.clock.now(), 'died')).toHaveLength(1)
  const { sending, written } = await ask('怎么开发票', [{ row, outcome: { state: 'sent' } }])
  expect(written).toEqual([undefined])
  expect(sending).toEqual([])
  expect(await rows()).toMatchObject([{ state: 'sending' }, { state: 'pending' }])
})
