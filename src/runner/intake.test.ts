// What a mailbox that cannot be read says of itself: the same, whether it is met while it is read or when somebody asks.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Health } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { LineUnsafe } from '#core/mail.ts'
import { emailDesk } from '#handoff/email/index.ts'
import type { Database } from '#store/database.ts'
import { recorder } from '../../test/contract/support.ts'
import { testDatabase } from '../../test/support/database.ts'
import { type Stage, stage } from '../../test/support/stage.ts'
import { until } from '../../test/support/until.ts'
import { lookAtBells, runIntake } from './intake.ts'
import type { Channel, DeskPart, RunnerParts } from './parts.ts'

let database: Database
let house: Stage
const running: (() => Promise<void>)[] = []

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()))
  await house.stop()
})

/** A desk of mail whose mailbox fails in this way. */
function mailDesk(error: Error): DeskPart {
  const post = { send: () => Promise.reject(new Error('nothing is sent here')), verify: async () => undefined, close: () => undefined }
  const mail = { openMailbox: () => Promise.reject(error), openPost: () => post }
  const settings = { address: 'desk@shop.example', imap: { host: 'x', user: 'x', password: 'y' }, smtp: { host: 'x' } }
  const desk = emailDesk.create(emailDesk.config.parse(settings), { ...recorder().deps, mail, locale: 'zh' })
  return { id: 'inbox', definition: emailDesk, desk, inbound: 'poll' }
}

const parts = (change: Partial<RunnerParts>): RunnerParts => ({
  ...house.parts,
  health: new Map<string, Health>(),
  clock: { ...house.parts.clock, random: () => 0 },
  channels: new Map(),
  desks: new Map(),
  ...change,
})

const ERRORS: [Health['state'], Error][] = [
  ['misconfigured', new LineUnsafe('nobody vouches for the certificate of x:993')],
  ['misconfigured', new ConnectorError('unsupported', 'imap needs Node')],
  ['bad_credentials', new ConnectorError('unauthorized', 'wrong password')],
  ['transient', new ConnectorError('transient', 'the mailbox cannot be reached')],
  ['transient', new ConnectorError('rate_limited', 'come again later', { retryAfterMs: 1_000 })],
  ['transient', new Error('a fault of ours')],
]

test.each(ERRORS)('%s, say both the reading and the check: %s', async (state, error) => {
  house = await stage(database, { still: true })
  const part = mailDesk(error)
  const its = parts({ desks: new Map([[part.id, part]]) })
  const abort = new AbortController()
  const ended = runIntake(its, () => undefined, abort.signal)
  running.push(async () => {
    abort.abort()
    await ended
  })
  const read = await until('it was read', () => its.health.get(part.id))
  expect(read).toEqual({ state, detail: error.message })
  expect(await part.desk.check(AbortSignal.timeout(5_000))).toMatchObject({ state, detail: `IMAP: ${error.message}` })
})

test('so says what is read between requests, where no loops run', async () => {
  house = await stage(database, { still: true })
  const [channel] = house.parts.channels.values() as Iterable<Channel>
  if (!channel) throw new Error('the stage has a channel')
  for (const [state, error] of ERRORS) {
    const connector = { ...channel.connector, poll: () => Promise.reject(error) }
    const rings: Channel = { ...channel, inbound: 'poll', definition: { ...channel.definition, rings: true }, connector }
    const its = parts({ channels: new Map([[channel.id, rings]]) })
    await lookAtBells(its, its.clock.now())
    expect(its.health.get(channel.id)).toEqual({ state, detail: error.message })
  }
})
