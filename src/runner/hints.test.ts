// What a tool shows of its users is a hint: it puts away who left it, and nobody who works elsewhere.
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ConnectorError } from '#core/errors.ts'
import type { Presence } from '#core/event.ts'
import { slackDesk } from '#handoff/slack/index.ts'
import { findAgent } from '#store/agents.ts'
import type { Database } from '#store/database.ts'
import { lastDecisions } from '#store/decisions.ts'
import { agents, conversations, events } from '#store/schema.ts'
import { recorder } from '../../test/contract/support.ts'
import { startFakeSlack } from '../../test/fakes/slack.ts'
import { testDatabase } from '../../test/support/database.ts'
import { type Stage, type StageOptions, stage } from '../../test/support/stage.ts'
import { decisionText } from '../pipeline/decision.ts'
import { presenceOf, renew } from '../pipeline/presence.ts'
import { routePass, work } from '../pipeline.ts'
import { createHints, type Hints, lookedAt, type Seen } from './hints.ts'

const MINUTE = 60_000

describe('what a look says', () => {
  const here: Seen = { at: 0, until: 60 * MINUTE, as: 'here' }
  /** Looks every three minutes; `heard` are minutes at which they did something elsewhere, each good for an hour. */
  const looks = (shown: Presence[], heard: number[] = [], first: Seen | 'stranger' = here) => {
    let seen = first === 'stranger' ? undefined : first
    let until = 60 * MINUTE
    return shown.map((state, n) => {
      const at = (n + 1) * 3 * MINUTE
      for (const minute of heard) if (minute * MINUTE <= at) until = Math.max(until, (minute + 60) * MINUTE)
      const [next, says] = lookedAt(seen, state, until, at, 60)
      seen = next
      return says
    })
  }

  test('one look is none; who is away at two, and gave no sign of life for long, has left, and that is said once', () => {
    expect(looks(['away', 'online', 'away', 'online', 'away'])).toEqual([undefined, undefined, undefined, undefined, undefined])
    expect(looks(['online', 'online', 'online', 'away', 'away', 'away', 'away'])).toEqual([...Array(4), 'away', ...Array(2)])
    // Heard of at the beginning: twelve minutes have to pass.
    expect(looks(Array(6).fill('away'))).toEqual([...Array(3), 'away', ...Array(2)])
  })

  test('who does something elsewhere while the tool shows them away is not put away, and who was never seen in it neither', () => {
    expect(looks(Array(12).fill('away'), [4])).toEqual(Array(12))
    expect(looks(Array(12).fill('away'), [], 'stranger')).toEqual(Array(12))
  })

  test('who was in the tool yesterday, and works elsewhere today, was not there today', () => {
    const day = 24 * 60 * MINUTE
    const [seen, says] = lookedAt(here, 'away', day + 60 * MINUTE, day, 60)
    expect([seen.as, says]).toEqual(['elsewhere', undefined])
  })

  test('who is seen is kept online before their word fades, and not with each look', () => {
    const said = looks(Array(18).fill('online'))
    expect(said.indexOf('online')).toBe(16)
  })
})

describe('in the house', () => {
  let database: Database
  let house: Stage
  let shows: Record<string, Presence | Error>
  let asked: string[]
  beforeAll(async () => {
    database = await testDatabase()
  })
  afterAll(() => database.close())
  afterEach(() => house.stop())

  const desk = () => [...house.parts.desks.values()].find(({ id }) => id !== 'console')
  const signal = AbortSignal.timeout(MINUTE)
  const anna = async () => (await findAgent(database.db, { id: 'anna' })) as NonNullable<Awaited<ReturnType<typeof findAgent>>>
  const state = async () => presenceOf(await anna(), house.house.clock.now())
  const workAll = async () => {
    while ((await work(database.db, house.house)).events > 0);
  }

  async function open(agents?: StageOptions, presencePerMinute?: number): Promise<Hints> {
    house = await stage(database, { still: true, ...agents })
    shows = {}
    asked = []
    const presence = async (id: string) => {
      asked.push(id)
      const shown = shows[id] ?? 'away'
      if (shown instanceof Error) throw shown
      return shown
    }
    Object.assign(desk()?.desk ?? {}, { presence, presencePerMinute })
    return createHints(house.parts, () => undefined)
  }

  async function online(...ids: string[]): Promise<void> {
    for (const id of ids) await house.agent('console', id, { type: 'presence', state: 'online' } as never)
    await workAll()
  }

  /** A look every fifteen seconds, as the loop does. */
  async function pass(minutes: number, hints: Hints): Promise<void> {
    for (let n = 0; n < minutes * 4; n++) {
      house.clock.ms += 15_000
      await hints.look(signal)
      await workAll()
    }
  }

  test('only who is online is asked for; who leaves fades, /why says so, and back in the tool they are online again', async () => {
    const hints = await open()
    await online('anna')
    shows['u-anna'] = 'online'
    await pass(20, hints)
    expect(new Set(asked)).toEqual(new Set(['u-anna']))
    expect(await state()).toBe('online')
    shows['u-anna'] = 'away'
    await pass(13, hints)
    expect(await state()).toBe('offline')
    await house.says('c1', '转人工')
    await workAll()
    await routePass(database.db, house.house)
    const [waiting] = await database.db.select().from(conversations)
    const why = (await lastDecisions(database.db, waiting?.id ?? '')).map((row) => decisionText(row, [], 'zh'))
    expect(why.join()).toContain('1 人久无动静或工具显示离开')
    shows['u-anna'] = 'online'
    await pass(4, hints)
    expect(await state()).toBe('online')
  })

  test('Slack is asked as it wants to be, and its away is what it is', async () => {
    const fake = await startFakeSlack({ token: 'xoxb-1', secret: 's' })
    onTestFinished(() => fake.close())
    const hints = await open()
    const settings = slackDesk.config.parse({ botToken: 'xoxb-1', signingSecret: 's', channel: 'C100', apiRoot: fake.url })
    const { presence, presencePerMinute } = slackDesk.create(settings, { ...recorder().deps, locale: 'zh' })
    expect(presencePerMinute).toBeLessThan(50)
    Object.assign(desk()?.desk ?? {}, { presence, presencePerMinute })
    await online('anna')
    fake.world.addUser('u-anna', '安娜', { presence: 'active' })
    await pass(4, hints)
    fake.world.addUser('u-anna', '安娜', { presence: 'away' })
    await pass(20, hints)
    expect(await state()).toBe('offline')
    expect(fake.calls.every(({ method, args, ok }) => method === 'users.getPresence' && args.user === 'u-anna' && ok)).toBe(true)
  })

  test('who works in the console meanwhile stays online, and who said that they are away is not asked for', async () => {
    const hints = await open()
    await online('anna')
    shows['u-anna'] = 'online'
    await pass(4, hints)
    shows['u-anna'] = 'away'
    for (let n = 0; n < 40; n++) {
      await database.db.update(agents).set({ presenceUntil: renew(await anna(), house.house).presenceUntil })
      await pass(1, hints)
    }
    expect(await state()).toBe('online')
    await house.agent('console', 'anna', { type: 'presence', state: 'away' } as never)
    await workAll()
    asked = []
    await pass(10, hints)
    expect(asked).toEqual([])
  })

  const team = (size: number) => Array.from({ length: size }, (_, n) => ({ id: `a${n}`, name: `a${n}` }))

  test('of a tool that takes forty questions a minute ten are asked in a quarter of one, in turns, by whichever process comes first', async () => {
    const agents = team(25)
    const one = await open({ agents }, 40)
    const two = createHints({ ...house.parts, name: 'other' }, () => undefined)
    await online(...agents.map(({ id }) => id))
    const counts: number[] = []
    for (let n = 0; n < 4; n++) {
      house.clock.ms += 15_000
      await Promise.all([one.look(signal), two.look(signal)])
      counts.push(asked.length)
    }
    expect(counts).toEqual([10, 20, 25, 25])
    expect(new Set(asked).size).toBe(25)
    // Nobody was there: nothing to be said of anybody.
    expect((await database.db.select().from(events)).filter(({ sourceId }) => sourceId !== 'console')).toEqual([])
  })

  test('a tool that takes fewer is asked less, one that names no limit for all whose turn it is', async () => {
    for (const [perMinute, count] of [
      [8, 2],
      [1, 1],
      [undefined, 13],
    ] as const) {
      const agents = team(13)
      const hints = await open({ agents }, perMinute)
      await online(...agents.map(({ id }) => id))
      await hints.look(signal)
      expect(asked).toHaveLength(count)
      await house.stop()
    }
  })

  test('as long as the tool asks nobody is asked for; one whom it does not know keeps no other from being seen', async () => {
    const hints = await open()
    await online('anna', 'ben')
    Object.assign(shows, { 'u-anna': new ConnectorError('rejected', 'user_not_found'), 'u-ben': 'online' })
    await pass(1, hints)
    expect(asked.sort()).toEqual(['u-anna', 'u-ben'])
    shows['u-anna'] = shows['u-ben'] = new ConnectorError('rate_limited', 'ratelimited', { retryAfterMs: 20 * MINUTE })
    asked = []
    await pass(20, hints)
    expect(asked).toHaveLength(1)
    await pass(4, hints)
    expect(asked).toHaveLength(2)
  })
})
