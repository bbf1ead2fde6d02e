// iCal feeds of opening hours: fetched, kept for every process and the next start, and read again from time to time. A broken feed leaves
// what the last good one said, and is called out.
import type { Clock } from '#core/clock.ts'
import type { Logger, Memory } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import type { Dates, Range } from '#core/hours.ts'
import { readDates } from '#core/ical.ts'

export interface Feed {
  key: string
  /** The calendar that it belongs to. */
  calendar: string
  timezone: string
  url?: string | undefined
  file?: string | undefined
  events: 'closed' | 'open'
  at?: Range[] | undefined
  refresh: number
}

/** What is kept of a feed. */
interface Kept {
  triedAt: string
  dates?: Dates
  readAt?: string
  error?: string
}

export interface FeedParts {
  memory: Memory
  clock: Clock
  log: Logger
  fetch: typeof fetch
  /** The text of a file beside frontdesk.yaml. */
  read(name: string): string | undefined
}

const FETCH_MS = 20_000
const MOST_BYTES = 2 * 1024 * 1024
/** A feed that failed is tried again sooner. */
const RETRY_MS = 10 * 60_000
/** What other processes read is taken up within so long. */
const LOOK_MS = 60_000

export interface Feeds {
  /** What each feed said last, by its key; `undefined` where nothing changed since the last look. */
  look(feeds: readonly Feed[]): Promise<ReadonlyMap<string, Dates> | undefined>
}

export function createFeeds(parts: FeedParts): Feeds {
  let lookedAt = Number.NEGATIVE_INFINITY
  let asked: readonly Feed[] | undefined
  let known = ''

  return {
    async look(feeds) {
      const now = parts.clock.now()
      if (feeds === asked && now.getTime() - lookedAt < LOOK_MS) return undefined
      asked = feeds
      lookedAt = now.getTime()
      const dates = new Map<string, Dates>()
      for (const feed of new Map(feeds.map((one) => [one.key, one])).values()) {
        const kept = await keep(parts, feed, now)
        if (kept?.dates) dates.set(feed.key, kept.dates)
      }
      const text = JSON.stringify([...dates])
      if (text === known) return undefined
      known = text
      return dates
    },
  }
}

/** The feed as it is kept, read anew when it is time: by one process, since the others find that it has been taken up. */
async function keep({ memory, clock, log, fetch: request, read }: FeedParts, feed: Feed, now: Date): Promise<Kept | undefined> {
  const before = (await memory.read(feed.key)) as Kept | undefined
  const wait = before?.error === undefined ? feed.refresh : Math.min(feed.refresh, RETRY_MS)
  if (before && now.getTime() - Date.parse(before.triedAt) < wait) return before
  const { error: _, ...rest } = before ?? {}
  const trying: Kept = { ...rest, triedAt: now.toISOString() }
  if (!(await memory.write(feed.key, trying, before))) return ((await memory.read(feed.key)) as Kept | undefined) ?? before
  let after: Kept
  try {
    const text = feed.file === undefined ? await download(request, feed.url ?? '') : read(feed.file)
    if (text === undefined) throw new Error(`there is no file ${feed.file} / 没有文件 ${feed.file}`)
    after = { ...trying, dates: readDates(text, feed, now), readAt: clock.now().toISOString() }
  } catch (error) {
    after = { ...trying, error: reason(error) }
    const last = trying.readAt ? `what it said at ${trying.readAt} still holds` : 'it never could be read: the week holds alone'
    log.warn(
      { calendar: feed.calendar, feed: feed.file ?? new URL(feed.url ?? 'http://?').host, error: after.error },
      `a feed of opening hours cannot be read; ${last}`,
    )
  }
  await memory.write(feed.key, after, trying)
  return after
}

async function download(request: typeof fetch, url: string): Promise<string> {
  const response = await request(url, { headers: { accept: 'text/calendar' }, signal: AbortSignal.timeout(FETCH_MS) })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const bytes = await response.arrayBuffer()
  if (bytes.byteLength > MOST_BYTES) throw new Error('more than 2 MB / 超过 2 MB')
  return new TextDecoder().decode(bytes)
}
