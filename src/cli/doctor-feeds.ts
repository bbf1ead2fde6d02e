// Reads the feeds of opening hours for real, and asks a running Frontdesk how it fares with them: it may go another way through the network.
import { reason } from '#core/errors.ts'
import type { Dates } from '#core/hours.ts'
import { type Feed, feedsOf } from '../config/calendars.ts'
import type { Settings } from '../config.ts'
import type { Environment } from '../node/environment.ts'
import { FeedError, feedAdvice, placeOf, readFeed } from '../runner/feeds.ts'
import type { Finding } from './doctor.ts'
import { own } from './doctor-place.ts'

const WAIT_MS = 10_000

interface Seen {
  calendar: string
  feed: string
  since?: string
  detail?: string
}

/** Files beside frontdesk.yaml were read with it: what is wrong with those is told with their lines. */
export async function checkFeeds(settings: Settings, env: Environment, runs: boolean): Promise<Finding[]> {
  const feeds = feedsOf(settings).filter(({ url }) => url !== undefined)
  if (feeds.length === 0) return []
  const seen = runs ? await askRunning(env) : []
  return Promise.all(feeds.map((feed) => checkFeed(feed, seen)))
}

async function checkFeed(feed: Feed, seen: Seen[]): Promise<Finding> {
  const name = { zh: `时间表 ${feed.calendar}`, en: `calendar ${feed.calendar}` }
  const place = placeOf(feed)
  const there = seen.find((one) => one.calendar === feed.calendar && one.feed === place && one.since !== undefined)
  try {
    const count = countOf(await readFeed(feed, { fetch, read: () => undefined }, new Date()))
    if (there) {
      const found = {
        zh: `${place}：这里可以读取，但运行中的 Frontdesk 自 ${there.since} 起读取失败：${there.detail}`,
        en: `${place}: it can be read here, but the running Frontdesk cannot since ${there.since}: ${there.detail}`,
      }
      return { name, mark: 'warn', found, advice: feedAdvice.unreachable }
    }
    const found = { zh: `${place}：${count} 个日期或时段`, en: `${place}: ${count} ${count === 1 ? 'day or time' : 'days and times'}` }
    return { name, mark: 'ok', found }
  } catch (error) {
    const advice = feedAdvice[error instanceof FeedError ? error.fault : 'unreachable']
    const why = reason(error)
    const since = there && { zh: `（自 ${there.since} 起）`, en: ` (since ${there.since})` }
    return { name, mark: 'bad', found: { zh: `${place}：${why}${since?.zh ?? ''}`, en: `${place}: ${why}${since?.en ?? ''}` }, advice }
  }
}

function countOf({ closedDays, openDays, closedSpans, openSpans }: Dates): number {
  return closedDays.length + openDays.length + closedSpans.length + openSpans.length
}

async function askRunning(env: Environment): Promise<Seen[]> {
  try {
    const response = await fetch(`${own(env)}/readyz`, { signal: AbortSignal.timeout(WAIT_MS) })
    return ((await response.json()) as { feeds?: Seen[] }).feeds ?? []
  } catch {
    return [] // It is asked how it is under the name of the database: there it is told that it does not answer.
  }
}
