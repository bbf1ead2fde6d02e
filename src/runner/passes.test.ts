// What passes are lent and let in, and what becomes of it when they break.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Loan } from '#core/batch.ts'
import type { Database } from '#store/database.ts'
import type { Finishing, Written } from '#store/deliveries.ts'
import { testDatabase } from '../../test/support/database.ts'
import { type Stage, stage } from '../../test/support/stage.ts'
import type { Outbox } from './outbox.ts'
import { createPasses } from './passes.ts'

let database: Database
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())

type Told = { lent: Parameters<Loan<Finishing, Written>['end']>[]; sent: Parameters<Outbox['send']>[] }

/** Passes of this house beside an outbox that notes what it is told; `admit` may throw, which breaks a save after it was lent something. */
function passesOf(house: Stage, admit: () => boolean) {
  const told: Told = { lent: [], sent: [] }
  const outbox = {
    admit,
    send: (...args: Parameters<Outbox['send']>) => void told.sent.push(args),
    lend: () => ({ items: [], end: (...args: [Written[]?]) => void told.lent.push(args) }),
  } as Partial<Outbox> as Outbox
  const around = { outbox, house: () => house.house, signal: new AbortController().signal }
  const quiet = () => undefined
  return { told, passes: createPasses(house.parts, { ...around, onWorked: quiet, onRouted: quiet, onWaiting: quiet }) }
}

test('an event that cannot be saved gives back the outcomes that it was to take along: they are written by somebody else', async () => {
  const house = await stage(database, { still: true })
  const { told, passes } = passesOf(house, () => {
    throw new Error('broken')
  })
  await house.says('c1', '多久发货')
  expect(await passes.work(true)).toBe(1)
  // Once for the batch, once for the event alone; neither says that anything was written.
  expect(told.lent).toEqual([[], []])
  expect(told.sent).toEqual([[[], [], []]])
})

test('what a broken batch had let in may be on record: it is named, beside what its second try sends', async () => {
  const house = await stage(database, { still: true })
  let asked = 0
  const { told, passes } = passesOf(house, () => {
    asked += 1
    if (asked === 2) throw new Error('broken')
    return true
  })
  await house.says('c1', '多久发货')
  await house.says('c2', '怎么开发票')
  expect(await passes.work(true)).toBe(1)
  const [[sent, admitted, doubtful] = []] = told.sent
  expect([sent?.length, admitted?.length, doubtful?.length]).toEqual([1, 2, 1])
  expect(sent?.map(({ id }) => id)).not.toContain(doubtful?.[0]?.id)
  expect(told.lent).toEqual([[], [[]]])
})
