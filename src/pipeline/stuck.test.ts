// What agents change and take back of words that did not reach the customer.
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import { deliveries } from '#store/schema.ts'
import { countTrouble, sendAgain } from '#store/trouble.ts'
import { amending } from '../../test/support/amending.ts'
import { until } from '../../test/support/until.ts'

const { at, group, talking, writes, rewrites, said, whispers, row } = amending()

/** What was written, and the button under what is said of it. */
async function stuck(thread: string, ...errors: ConnectorError[]): Promise<[string, string]> {
  at.house.onSend.now = async () => {
    const error = errors.shift()
    if (error) throw error
  }
  const target = await writes(thread, '明天发货')
  const button = await until('the button', () => {
    at.house.clock.ms += 1_000
    return at.house.shown.flatMap((one) => (one.op === 'post' ? (one.entry.commands ?? []) : [])).find(({ id }) => id.startsWith('resend'))
  })
  return [target, button.id]
}
const press = (thread: string, command: string) => at.house.agent(group(), 'u-anna', { type: 'button', thread, command })
const unsure = () => new ConnectorError('transient', 'reset', { certain: false })
const sends = () => at.database.db.select().from(deliveries).where(eq(deliveries.op, 'send'))

test('what is sent again is what they are now', async () => {
  const thread = await talking()
  const [target, again] = await stuck(thread, new ConnectorError('rejected', 'a word that may not be said'))
  await rewrites(thread, target, '今天发货')
  await until('it is changed', () => row('今天发货'))
  await press(thread, again)
  await until('it goes out', () => said().length > 0)
  await at.house.settle()
  expect(said()).toEqual([expect.stringContaining('今天发货')])
  expect(at.house.followed).toEqual([])
})

test.each([
  ['refused', [new ConnectorError('rejected', 'no')]],
  ['lost from sight', [unsure(), unsure()]],
])('what was %s and then taken back is settled, and nobody sends it again', async (_, errors) => {
  const thread = await talking()
  const [target, again] = await stuck(thread, ...errors)
  await at.house.agent(group(), 'u-anna', { type: 'remove', thread, target })
  await until('it is taken back', async () => (await row('明天发货'))?.recalledAt)
  await press(thread, again)
  await at.house.settle()
  expect(said()).toEqual([])
  expect(await countTrouble(at.database.db, 'operator')).toEqual([])
})

test('while the platform cannot be reached an edit and a deletion cost nothing, also where it could change nothing later', async () => {
  const thread = await talking({ able: { desk: ['mark'] } })
  at.house.onSend.now = async () => {
    throw new ConnectorError('transient', 'refused', { certain: true })
  }
  const first = await writes(thread, '明天发货')
  const second = await writes(thread, '说错了')
  await until('the first is to be tried again', async () => (await sends()).some(({ state }) => state === 'retry'))
  await rewrites(thread, first, '今天发货')
  await at.house.agent(group(), 'u-anna', { type: 'remove', thread, target: second })
  await until('both are done', async () => (await row('今天发货')) && (await row('说错了'))?.recalledAt)
  at.house.onSend.now = undefined
  at.house.clock.ms += 60_000
  await until('what is left goes out', () => said().length > 0)
  await at.house.settle()
  expect(said()).toEqual([expect.stringContaining('今天发货')])
  expect(whispers().filter(({ text }) => /更正|不能撤回/.test(text))).toEqual([])
})

test.each(['changed', 'taken back'])(
  'what was %s while it was on its way, and did not arrive, is so when it is sent again',
  async (what) => {
    const thread = await talking()
    let refuse: ((error: Error) => void) | undefined
    at.house.onSend.now = () =>
      new Promise((_resolve, reject) => {
        refuse = reject
      })
    const target = await writes(thread, '明天发货')
    await until('it is on its way', () => refuse)
    if (what === 'changed') await rewrites(thread, target, '今天发货')
    else await at.house.agent(group(), 'u-anna', { type: 'remove', thread, target })
    await until('that is on record', async () => (await at.message('今天发货')) ?? (await row('明天发货'))?.recalledAt)
    refuse?.(new ConnectorError('rejected', 'a word that may not be said'))
    await at.house.settle()
    at.house.onSend.now = undefined
    const [stuck] = (await sends()).filter(({ state }) => state === 'failed' || state === 'expired')
    const deed = { by: 'operator' as const, now: at.house.house.clock.now(), auditId: () => 'aud_1' }
    await sendAgain(at.database.db, [stuck?.id ?? ''], deed)
    await at.house.settle()
    expect(said()).toEqual(what === 'changed' ? [expect.stringContaining('今天发货')] : [])
  },
)

test('what may have arrived, and waits to be sent again, is not taken back as if it had never left', async () => {
  const thread = await talking()
  const [target, again] = await stuck(thread, unsure(), unsure())
  at.house.onSend.now = async () => {
    throw new ConnectorError('unauthorized', 'the key is wrong')
  }
  await at.house.says('c2', '多久发货')
  await until(
    'the channel rests',
    () => at.house.parts.health.get([...at.house.parts.channels.keys()][0] ?? '')?.state === 'bad_credentials',
  )
  await press(thread, again)
  await until('it waits', async () => (await sends()).some(({ state, possiblyTwice }) => state === 'pending' && possiblyTwice))
  await at.house.agent(group(), 'u-anna', { type: 'remove', thread, target })
  await until('it is taken back', async () => (await row('明天发货'))?.recalledAt)
  at.house.onSend.now = undefined
  at.house.clock.ms += 31_000
  await until('the customer has it no more', () => at.house.followed.find(({ op }) => op === 'recall'))
})
