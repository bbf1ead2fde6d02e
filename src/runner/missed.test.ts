// What a tool told nobody: when it is read again, from when on, by whom, and what follows from a failure.
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Desk } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import type { Database } from '#store/database.ts'
import { readSetting } from '#store/settings.ts'
import { testDatabase } from '../../test/support/database.ts'
import { type Stage, stage } from '../../test/support/stage.ts'
import { until } from '../../test/support/until.ts'
import { createMissed, type Missed } from './missed.ts'
import type { DeskPart, RunnerParts } from './parts.ts'

const [MINUTE, DAY] = [60_000, 86_400_000]

let database: Database
let house: Stage
let thread: string

beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.close())
beforeEach(async () => {
  house = await stage(database)
  await house.says('c1', '转人工')
  thread = await until('a thread', () => house.shown.find((one) => one.op === 'open')?.thread)
  await house.settle()
})
afterEach(async () => {
  await house.stop()
  await database.db.execute(sql`delete from settings where key like 'missed:%'`)
})

/** A tool that keeps what was written: what it was asked for, and what it says next. */
interface Tool {
  asked: { threads: string[]; since: number }[]
  answers(signal: AbortSignal): AsyncGenerator<DeskEvent[]>
}

async function* nothing(): AsyncGenerator<DeskEvent[]> {}
async function* says(...batches: DeskEvent[][]): AsyncGenerator<DeskEvent[]> {
  yield* batches
}

const tool = (): Tool => ({ asked: [], answers: nothing })

interface Process extends Missed {
  /** How often it was called because of something new. */
  found: number
  warned: string[]
}

/** What one process does with it, moved by the test. */
function inProcess(held: Tool, { name = 'one', inbound = 'webhook' as DeskPart['inbound'] } = {}): Process {
  const [id, part] = [...house.parts.desks].at(-1) as [string, DeskPart]
  const missed: Desk['missed'] = (threads, since, signal) => {
    held.asked.push({ threads, since: since.getTime() })
    return held.answers(signal)
  }
  const warned: string[] = []
  const log: RunnerParts['log'] = {
    ...house.parts.log,
    warn: (fields: object, words?: string) => void warned.push(`${JSON.stringify(fields)} ${words}`),
  }
  const desks = new Map([[id, { ...part, inbound, desk: { ...part.desk, missed } }]])
  const it: Process = {
    found: 0,
    warned,
    ...createMissed({ ...house.parts, name, log, desks }, () => {
      it.found += 1
    }),
  }
  return it
}

const deskId = () => [...house.parts.desks.keys()].at(-1) as string
const mark = () => readSetting<string>(database.db, `missed:${deskId()}`)
const now = () => house.clock.ms
const look = (process: Missed) => process.look(new AbortController().signal)
/** It takes nothing; from then on it counts what the tool is asked. */
async function firstLook(process: Missed, held: Tool): Promise<void> {
  await look(process)
  held.asked.length = 0
}

function wrote(text: string, externalId: string): DeskEvent {
  const base = { externalId, at: new Date(now()), by: { id: 'u-anna' }, raw: null }
  return { ...base, type: 'message', thread, parts: [{ type: 'text', text }], messageId: externalId }
}

async function kept(): Promise<string[]> {
  const { rows } = await database.db.execute<{ external_id: string }>(
    sql`select external_id from events where source_id = ${deskId()} order by position`,
  )
  return rows.map(({ external_id }) => external_id)
}

test('the first look only remembers; the next one asks for the open threads, from ten minutes before that on', async () => {
  const slack = tool()
  const process = inProcess(slack)
  const first = now()
  await look(process)
  expect(await kept()).toEqual([])
  expect(await mark()).toBe(new Date(first).toISOString())
  house.clock.ms += 5 * MINUTE
  slack.answers = () => says([wrote('我来处理', 'm1')], [wrote('请稍等', 'm2')])
  await look(process)
  expect(slack.asked.at(-1)).toEqual({ threads: [thread], since: first - 10 * MINUTE })
  expect(await kept()).toEqual(['m1', 'm2'])
  expect(process.found).toBe(2)
  expect(await mark()).toBe(new Date(now()).toISOString())
})

describe('what stood there at the first look is never taken', () => {
  const HOUR = 60 * MINUTE
  /** As the tool's clock stamps it. */
  const at = (ms: number, text: string, id: string): DeskEvent => ({ ...wrote(text, id), at: new Date(ms) })
  /** A tool that lists what it has from that time on. */
  const listing = (...said: DeskEvent[]): Tool => {
    const held = tool()
    held.answers = () => says(said.filter((one) => one.at.getTime() >= (held.asked.at(-1)?.since ?? 0)))
    return held
  }

  test.each([
    ['goes right', 0],
    ['is eight minutes ahead', 8],
    ['is eight minutes behind', -8],
  ])('and what came a moment later is, when its clock %s', async (_name, ahead) => {
    const clock = () => now() + ahead * MINUTE
    const said = [at(clock() - 1_000, '之前', 'm0\0')]
    const slack = tool()
    slack.answers = () => says(said.filter((one) => one.at.getTime() >= (slack.asked.at(-1)?.since ?? 0)))
    const process = inProcess(slack)
    await look(process)
    said.push(at(clock() + 1, '之后', 'm1'))
    for (let n = 0; n < 8; n++) {
      house.clock.ms += 5 * MINUTE
      await look(process)
    }
    expect(await kept()).toEqual(['m1'])
  })

  test('nor by the next process, and it is forgotten once nobody can find it', async () => {
    const slack = listing(at(now() - MINUTE, '之前', 'm0'))
    await look(inProcess(slack))
    const left = () => readSetting(database.db, `missed:${deskId()}:left`)
    expect(await left()).toMatchObject({ ids: ['m0'] })
    house.clock.ms += MINUTE
    await look(inProcess(slack, { name: 'the next one' }))
    expect(await kept()).toEqual([])
    house.clock.ms += HOUR
    await look(inProcess(slack, { name: 'another' }))
    house.clock.ms += 5 * MINUTE
    await look(inProcess(slack, { name: 'and another' }))
    expect([await left(), await kept()]).toEqual([undefined, []])
  })

  test('but it is, when it comes by itself', async () => {
    const slack = listing(at(now(), '路上', 'm0'))
    await look(inProcess(slack))
    await house.agent(deskId(), 'u-anna', {
      type: 'message',
      thread,
      parts: [{ type: 'text', text: '路上' }],
      messageId: 'm0',
      externalId: 'm0',
    } as never)
    expect(await kept()).toEqual(['m0'])
  })

  test('a first look that failed, or in which the process was killed, was none', async () => {
    const slack = tool()
    slack.answers = async function* () {
      yield [wrote('之前', 'm0')]
      throw new ConnectorError('transient', 'broken')
    }
    const process = inProcess(slack)
    await look(process)
    expect(await mark()).toBeUndefined()
    slack.answers = () => says([wrote('之前', 'm0'), wrote('其间', 'm1')])
    house.clock.ms += MINUTE
    await look(process)
    house.clock.ms += 5 * MINUTE
    slack.answers = () => says([wrote('之前', 'm0'), wrote('其间', 'm1'), wrote('之后', 'm2')])
    await look(process)
    expect(await kept()).toEqual(['m2'])
  })
})

test('a mark of a clock that was far ahead hides nothing', async () => {
  const slack = tool()
  const process = inProcess(slack)
  house.clock.ms += 40 * DAY
  await look(process)
  house.clock.ms -= 40 * DAY
  const next = inProcess(slack, { name: 'set right' })
  await look(next)
  expect(slack.asked.at(-1)?.since).toBe(now() - 10 * MINUTE)
  expect(await mark()).toBe(new Date(now()).toISOString())
})

test('what is on record already comes again without a trace', async () => {
  const slack = tool()
  const process = inProcess(slack)
  await look(process)
  slack.answers = () => says([wrote('我来处理', 'm1')])
  for (let n = 0; n < 2; n++) {
    house.clock.ms += 5 * MINUTE
    await look(process)
  }
  expect(slack.asked).toHaveLength(3)
  expect(await kept()).toEqual(['m1'])
  expect(process.found).toBe(1)
})

test('it is read every five minutes, and no sooner', async () => {
  const slack = tool()
  const process = inProcess(slack)
  await firstLook(process, slack)
  const at: number[] = []
  const begun = now()
  for (let n = 0; n < 80; n++) {
    house.clock.ms += 15_000
    const before = slack.asked.length
    await look(process)
    if (slack.asked.length > before) at.push((now() - begun) / MINUTE)
  }
  expect(at).toEqual([5, 10, 15, 20])
})

test('after a failure it is read again in half a minute, from the same time; what was found before it is kept', async () => {
  const slack = tool()
  const process = inProcess(slack)
  await firstLook(process, slack)
  const first = await mark()
  house.clock.ms += 5 * MINUTE
  slack.answers = async function* () {
    yield [wrote('我来处理', 'm1')]
    throw new ConnectorError('rate_limited', 'too many requests')
  }
  await look(process)
  expect(process.warned).toEqual([expect.stringContaining('too many requests')])
  expect([await mark(), await kept()]).toEqual([first, ['m1']])
  house.clock.ms += 29_000
  await look(process)
  expect(slack.asked).toHaveLength(1)
  house.clock.ms += 1_000
  slack.answers = () => says([wrote('我来处理', 'm1'), wrote('请稍等', 'm2')])
  await look(process)
  expect(slack.asked.map(({ since }) => since)).toEqual([Date.parse(first ?? '') - 10 * MINUTE, Date.parse(first ?? '') - 10 * MINUTE])
  expect([await mark(), await kept()]).toEqual([new Date(now()).toISOString(), ['m1', 'm2']])
})

test('what goes on failing is tried ever more seldom, at last every five minutes', async () => {
  const slack = tool()
  const process = inProcess(slack)
  await firstLook(process, slack)
  slack.answers = async function* () {
    yield [wrote('我来处理', 'm1')]
    throw new ConnectorError('unauthorized', 'a permission is missing')
  }
  house.clock.ms += 5 * MINUTE
  const begun = now()
  const at: number[] = []
  for (let n = 0; n < 90; n++) {
    const before = slack.asked.length
    await look(process)
    if (slack.asked.length > before) at.push((now() - begun) / MINUTE)
    house.clock.ms += 15_000
  }
  expect(at).toEqual([0, 0.5, 1.5, 3.5, 7.5, 12.5, 17.5])
})

test('a tool that keeps us waiting holds up no other', async () => {
  const slack = tool()
  slack.answers = async function* (signal) {
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const [id, part] = [...house.parts.desks].at(-1) as [string, DeskPart]
  const missed: Desk['missed'] = (threads, since, signal) => {
    slack.asked.push({ threads, since: since.getTime() })
    return slack.answers(signal)
  }
  const desks = new Map<string, DeskPart>([
    [id, { ...part, inbound: 'webhook', desk: { ...part.desk, missed } }],
    ['other', { ...part, id: 'other', inbound: 'connect', desk: { ...part.desk, missed: nothing } }],
  ])
  const process = createMissed({ ...house.parts, desks }, () => undefined)
  const abort = new AbortController()
  const ended = process.run(abort.signal)
  await until('it waits for the one', () => slack.asked.length === 1)
  process.opened('other')
  await until('the other was read', () => readSetting(database.db, 'missed:other'))
  abort.abort()
  await ended
})

test('after a long absence nothing is asked for that is older than three days', async () => {
  const slack = tool()
  await firstLook(inProcess(slack), slack)
  house.clock.ms += 20 * DAY
  await look(inProcess(slack, { name: 'the next one' }))
  expect(slack.asked.map(({ since }) => now() - since)).toEqual([3 * DAY])
})

test('threads of conversations that ended before that time are not asked for; nor is the tool, where there are none', async () => {
  const slack = tool()
  const process = inProcess(slack)
  await firstLook(process, slack)
  await database.db.execute(sql`update conversations set status = 'resolved', resolved_at = ${new Date(now() - 9 * MINUTE)}`)
  house.clock.ms += 5 * MINUTE
  await look(process)
  expect(slack.asked.map(({ threads }) => threads)).toEqual([[thread]])
  house.clock.ms += 5 * MINUTE
  await look(process)
  expect(slack.asked).toHaveLength(1)
  expect(await mark()).toBe(new Date(now()).toISOString())
})

test('of two processes one reads; the other leaves it alone, and the mark to the one that read', async () => {
  const slack = tool()
  const [one, two] = [inProcess(slack), inProcess(slack, { name: 'two' })]
  await firstLook(one, slack)
  house.clock.ms += 5 * MINUTE
  const gate = Promise.withResolvers<void>()
  slack.answers = async function* () {
    yield [wrote('我来处理', 'm1')]
    await gate.promise
  }
  const reading = look(one)
  await until('one reads', async () => (await kept()).length === 1)
  const before = await mark()
  await look(two)
  expect(slack.asked).toHaveLength(1)
  expect(await mark()).toBe(before)
  gate.resolve()
  await reading
  expect(await mark()).not.toBe(before)
  const { rows } = await database.db.execute(sql`select name from leases where name like 'missed:%'`)
  expect(rows).toEqual([])
})

test('where a connection is held, whoever holds it reads: at once when it stands anew, and not while it does not', async () => {
  const slack = tool()
  const process = inProcess(slack, { inbound: 'connect' })
  await look(process)
  expect(await mark()).toBeUndefined()
  process.opened(deskId())
  await firstLook(process, slack)
  const first = now()
  process.closed(deskId())
  house.clock.ms += 20 * MINUTE
  await look(process)
  expect(slack.asked).toEqual([])
  process.opened(deskId())
  await look(process)
  // It broke and stands again within a second: what was said meanwhile does not wait five minutes.
  process.closed(deskId())
  process.opened(deskId())
  await look(process)
  expect(slack.asked.map(({ since }) => since)).toEqual([first - 10 * MINUTE, now() - 10 * MINUTE])
})

test('a line that stands wakes the loop; told to end, it ends in the middle of a reading, without a word and with the mark not moved', async () => {
  const slack = tool()
  const process = inProcess(slack, { inbound: 'connect' })
  const abort = new AbortController()
  const ended = process.run(abort.signal)
  process.opened(deskId())
  const first = await until('the first look', mark)
  slack.asked.length = 0
  slack.answers = async function* (signal) {
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  house.clock.ms += 1_000
  process.opened(deskId())
  await until('it reads', () => slack.asked.length === 1)
  abort.abort()
  await ended
  expect([await mark(), process.warned]).toEqual([first, []])
})

test('a tool that cannot be asked is none of its business', async () => {
  const missed = createMissed(house.parts, () => undefined)
  await look(missed)
  expect(await mark()).toBeUndefined()
})
