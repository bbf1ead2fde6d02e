// What is said in the answer to a customer's call is on record, and told, like all that leaves.
import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import type { Inline } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { HOUR } from '../../test/support/byhand.ts'
import { stages } from '../../test/support/stages.ts'
import { until } from '../../test/support/until.ts'

const at = stages({ answersOnly: true, able: { desk: ['mark'] } })
const { group } = at
afterEach(() => void vi.restoreAllMocks())

/** Words of an agent wait for the customer; gives the id that they have in the tool. */
async function waiting(): Promise<{ thread: string; target: string }> {
  await at.open({ routing: { mode: 'claim' } })
  await at.house.says('c1', '转人工')
  const thread = await until('a thread', async () => (await at.database.db.query.threads.findFirst())?.threadKey)
  await calls()
  await at.house.agent(group(), 'u-anna', { type: 'button', thread, command: 'claim' })
  const message = { thread, parts: [{ type: 'text' as const, text: '您好' }], messageId: 'w1' }
  await at.house.agent(group(), 'u-anna', { type: 'message', ...message })
  await until('they wait', async () => (await at.message('您好'))?.author === 'agent')
  return { thread, target: 'w1' }
}

const calls = (render: Inline['render'] = async ({ length }) => ({ response: new Response('said'), taken: length })) =>
  at.house.runner.answer([...at.house.parts.channels.keys()][0] as string, [], { to: { user: 'c1' }, withinMs: 3_000, render })

test('an agent sees at their words that they went out', async () => {
  const { target } = await waiting()
  expect(await (await calls())?.text()).toBe('said')
  await until('the tick', () => {
    at.house.clock.ms += 1_000
    return at.house.shown.some((one) => one.op === 'mark' && one.target === target && one.state === 'sent')
  })
})

test('what cannot be said there is told to the agents, with its reason', async () => {
  await waiting()
  const failing = calls(async () => {
    throw new ConnectorError('unsupported', 'words only')
  })
  await expect(failing).rejects.toThrow('words only')
  await until('the reason', () => at.house.shown.find((one) => one.op === 'post' && JSON.stringify(one.entry.parts).includes('words only')))
})

test('what nobody called for within a day is told to the agents, also when the database goes away just then', async () => {
  await waiting()
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown
  let told = 0
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(async function (this: pg.Client, ...args: unknown[]) {
    const isTelling = /^insert into "deliveries"/.test(String((args[0] as { text?: string }).text))
    if (isTelling && ++told === 1) throw new Error('Connection terminated unexpectedly')
    return query.apply(this, args)
  } as never)
  at.house.clock.ms += 25 * HOUR
  const isTold = () => at.house.shown.find((one) => one.op === 'post' && JSON.stringify(one.entry.parts).includes('此渠道只能回复'))
  await until('the reason', () => {
    at.house.clock.ms += 1_000
    return isTold()
  })
})
