// Feeds of opening hours: read from time to time, kept for everybody, and never worse than what the last good one said.
import { expect, test } from 'vitest'
import { createFeeds, type Feed } from './feeds.ts'

const DAY =
  'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20261001\r\nDTEND;VALUE=DATE:20261002\r\nEND:VEVENT\r\nEND:VCALENDAR'
const HOUR = 3_600_000
const feed: Feed = { key: 'k', calendar: 'office', timezone: 'UTC', url: 'https://example.com/a.ics', events: 'closed', refresh: 12 * HOUR }

/** What a house remembers, and what its processes share. */
function house() {
  const kept = new Map<string, string>()
  const clock = { ms: Date.parse('2026-09-01T00:00Z') }
  const said: string[] = []
  const calls = { count: 0 }
  const answer = { now: (): Response => new Response(DAY) }
  const log = (_: unknown, text: string) => said.push(text)
  const process = () =>
    createFeeds({
      memory: {
        read: async (key) => JSON.parse(kept.get(key) ?? 'null') ?? undefined,
        async write(key, value, before) {
          if ((kept.get(key) ?? 'null') !== JSON.stringify(before ?? null)) return false
          kept.set(key, JSON.stringify(value))
          return true
        },
      },
      clock: { now: () => new Date(clock.ms), random: () => 0.5 },
      log: { debug: log, info: log, warn: log, error: log } as never,
      fetch: async () => {
        calls.count += 1
        return answer.now()
      },
      read: (name) => (name === 'a.ics' ? DAY : undefined),
    })
  return { process, clock, said, calls, answer }
}

const days = async (feeds: ReturnType<typeof createFeeds>, list = [feed]) => (await feeds.look(list))?.get('k')?.closedDays

test('a feed is read once for all processes, and again when it is time', async () => {
  const { process, clock, calls } = house()
  const [one, two] = [process(), process()]
  expect([await days(one), await days(two)]).toEqual([[['2026-10-01', '2026-10-01']], [['2026-10-01', '2026-10-01']]])
  expect(calls.count).toBe(1)
  clock.ms += HOUR
  expect(await days(one)).toBeUndefined()
  expect(calls.count).toBe(1)
  clock.ms += 12 * HOUR
  await days(one)
  expect(calls.count).toBe(2)
})

test('a broken one keeps what the last good one said, says so, is tried again soon, and also after a restart', async () => {
  const { process, clock, said, calls, answer } = house()
  await days(process())
  answer.now = () => new Response('<html>moved</html>')
  clock.ms += 12 * HOUR
  expect(await days(process())).toEqual([['2026-10-01', '2026-10-01']])
  expect(said.join()).toContain('cannot be read; what it said at 2026-09-01')
  answer.now = () => new Response('', { status: 500 })
  clock.ms += HOUR
  const again = process()
  expect(await days(again)).toEqual([['2026-10-01', '2026-10-01']])
  expect(calls.count).toBe(3)
  answer.now = () => new Response(DAY.replaceAll('202610', '202612'))
  clock.ms += HOUR
  expect(await days(again)).toEqual([['2026-12-01', '2026-12-01']])
})

test('how each feed is: since when it fails, why, and when it is tried again; one that is read again has no trouble', async () => {
  const { process, clock, answer } = house()
  const feeds = process()
  expect(await feeds.states([feed])).toEqual([{ calendar: 'office', feed: 'example.com' }])
  await days(feeds)
  const readAt = '2026-09-01T00:00:00.000Z'
  expect(await feeds.states([feed])).toEqual([{ calendar: 'office', feed: 'example.com', readAt }])
  const fails = async (now: () => Response) => {
    answer.now = now
    clock.ms += HOUR
    await days(feeds)
    return (await process().states([feed]))[0]?.trouble
  }
  clock.ms += 11 * HOUR
  const since = '2026-09-01T12:00:00.000Z'
  const first = await fails(() => new Response('', { status: 404 }))
  expect(first).toEqual({ since, error: 'HTTP 404', fault: 'gone', nextAt: '2026-09-01T12:10:00.000Z' })
  expect(await fails(() => new Response('', { status: 403 }))).toMatchObject({ since, fault: 'refused' })
  expect(await fails(() => new Response('<html>sign in</html>'))).toMatchObject({ since, fault: 'no_calendar' })
  const unreachable = () => {
    throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
  }
  expect(await fails(unreachable)).toMatchObject({ since, fault: 'unreachable', error: 'connect ECONNREFUSED' })
  expect(await fails(() => new Response('x'.repeat(2 * 1024 * 1024 + 1)))).toMatchObject({ since, fault: 'too_big' })
  expect(await fails(() => new Response(DAY))).toBeUndefined()
})

test('a file beside frontdesk.yaml is one, too; one that is not there says so', async () => {
  const { process, said } = house()
  expect(await days(process(), [{ ...feed, url: undefined, file: 'a.ics' }])).toEqual([['2026-10-01', '2026-10-01']])
  expect(await days(process(), [{ ...feed, key: 'x', url: undefined, file: 'b.ics' }])).toBeUndefined()
  expect(said.join()).toContain('the week holds alone')
})
