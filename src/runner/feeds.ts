// iCal feeds of opening hours: fetched, kept for every process and the next start, and read again from time to time. A broken feed leaves
// what the last good one said, and is called out.
import { type Clock, every } from '#core/clock.ts'
import type { Logger, Memory } from '#core/connector.ts'
import { reason } from '#core/errors.ts'
import type { Dates, Range } from '#core/hours.ts'
import { readDates } from '#core/ical.ts'
import type { Text } from '#core/message.ts'

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
  fault?: FeedFault
  /** When it failed first, of the failures since it was read last. */
  failsSince?: string
}

/** What is wrong with it, as far as it matters for what is to be done. */
export type FeedFault = 'refused' | 'gone' | 'no_calendar' | 'too_big' | 'unreachable' | 'no_file'

/** How a feed is, for those who look after the house. */
export interface FeedState {
  calendar: string
  /** The file, or the host alone: addresses of private calendars are secrets. */
  feed: string
  /** Absent: it never could be read. */
  readAt?: string
  trouble?: { since: string; error: string; fault: FeedFault; nextAt: string }
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
const waitOf = (feed: Feed, isFailing: boolean) => (isFailing ? Math.min(feed.refresh, RETRY_MS) : feed.refresh)
/** What other processes read is taken up within so long. */
const LOOK_MS = 60_000

export interface Feeds {
  /** What each feed said last, by its key; `undefined` where nothing changed since the last look. */
  look(feeds: readonly Feed[]): Promise<ReadonlyMap<string, Dates> | undefined>
  /** How each of them is, whichever process read it. */
  states(feeds: readonly Feed[]): Promise<FeedState[]>
}

export function createFeeds(parts: FeedParts): Feeds {
  const looks = every(LOOK_MS)
  let asked: readonly Feed[] | undefined
  let known = ''

  return {
    async look(feeds) {
      const now = parts.clock.now()
      if (!looks.isDue(now) && feeds === asked) return undefined
      asked = feeds
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
    states: (feeds) => Promise.all(feeds.map(async (feed) => stateOf(feed, (await parts.memory.read(feed.key)) as Kept | undefined))),
  }
}

function stateOf(feed: Feed, kept: Kept | undefined): FeedState {
  const { readAt, error, fault = 'unreachable', triedAt = '', failsSince = triedAt } = kept ?? {}
  const state = { calendar: feed.calendar, feed: placeOf(feed), ...(readAt && { readAt }) }
  if (error === undefined) return state
  const nextAt = new Date(Date.parse(triedAt) + waitOf(feed, true)).toISOString()
  return { ...state, trouble: { since: failsSince, error, fault, nextAt } }
}

export function placeOf({ file, url }: Pick<Feed, 'file' | 'url'>): string {
  return file ?? new URL(url ?? 'http://?').host
}

/** The feed as it is kept, read anew when it is time: by one process, since the others find that it has been taken up. */
async function keep({ memory, clock, log, fetch: request, read }: FeedParts, feed: Feed, now: Date): Promise<Kept | undefined> {
  const before = (await memory.read(feed.key)) as Kept | undefined
  if (before && now.getTime() - Date.parse(before.triedAt) < waitOf(feed, before.error !== undefined)) return before
  const { error: _, fault: __, failsSince: since, ...rest } = before ?? {}
  const trying: Kept = { ...rest, triedAt: now.toISOString() }
  if (!(await memory.write(feed.key, trying, before))) return ((await memory.read(feed.key)) as Kept | undefined) ?? before
  let after: Kept
  try {
    after = { ...trying, dates: await readFeed(feed, { fetch: request, read }, now), readAt: clock.now().toISOString() }
  } catch (error) {
    const fault = error instanceof FeedError ? error.fault : 'unreachable'
    after = { ...trying, error: reason(error), fault, failsSince: since ?? now.toISOString() }
    const last = trying.readAt ? `what it said at ${trying.readAt} still holds` : 'it never could be read: the week holds alone'
    const about = { calendar: feed.calendar, feed: placeOf(feed), since: after.failsSince, error: after.error }
    log.warn(about, `a feed of opening hours cannot be read; ${last}`)
  }
  await memory.write(feed.key, after, trying)
  return after
}

export class FeedError extends Error {
  readonly fault: FeedFault

  constructor(fault: FeedFault, message: string) {
    super(message)
    this.name = 'FeedError'
    this.fault = fault
  }
}

/** What a feed says now; throws a FeedError, or what the network threw. */
export async function readFeed(feed: Feed, { fetch: request, read }: Pick<FeedParts, 'fetch' | 'read'>, now: Date): Promise<Dates> {
  const text = feed.file === undefined ? await download(request, feed.url ?? '') : read(feed.file)
  if (text === undefined) throw new FeedError('no_file', `there is no file ${feed.file} / 没有文件 ${feed.file}`)
  try {
    return readDates(text, feed, now)
  } catch (error) {
    throw new FeedError('no_calendar', reason(error))
  }
}

async function download(request: typeof fetch, url: string): Promise<string> {
  const response = await request(url, { headers: { accept: 'text/calendar' }, signal: AbortSignal.timeout(FETCH_MS) }).catch((error) => {
    throw new FeedError('unreachable', unreachable(error))
  })
  if (!response.ok) throw new FeedError(faultOf(response.status), `HTTP ${response.status}`)
  const bytes = await response.arrayBuffer()
  if (bytes.byteLength > MOST_BYTES) throw new FeedError('too_big', 'more than 2 MB / 超过 2 MB')
  return new TextDecoder().decode(bytes)
}

/** Node says 'fetch failed' and keeps why for itself; of several addresses that are closed it tells the code alone. */
function unreachable(error: unknown): string {
  const { cause = error } = error as { cause?: unknown }
  return reason(cause) || String((cause as { code?: unknown }).code ?? 'no answer')
}

function faultOf(status: number): FeedFault {
  if (status === 401 || status === 403) return 'refused'
  return status === 404 || status === 410 ? 'gone' : 'unreachable'
}

/** What is to be done about it. */
export const feedAdvice: Record<FeedFault, Text> = {
  refused: {
    zh: '需要登录才能读取：在日历的设置里取“iCal 格式的私密地址”，写入 hours 中这份日历的 feeds',
    en: 'It asks for a sign-in: take the “secret address in iCal format” from the settings of the calendar, and write it under feeds of this calendar in hours',
  },
  gone: {
    zh: '地址不存在或已被收回：取新的 iCal 地址，写入 hours 中这份日历的 feeds',
    en: 'The address is wrong or was withdrawn: get a new iCal address and write it under feeds of this calendar in hours',
  },
  no_calendar: {
    zh: '返回的不是 iCal 日历，多半是网页或登录页：用浏览器打开该地址，应当得到以 BEGIN:VCALENDAR 开头的文件',
    en: 'What comes is no iCal calendar, most likely a web page or a sign-in: opened in a browser the address must give a file that begins with BEGIN:VCALENDAR',
  },
  too_big: {
    zh: '日历太大：另建一份只含节假日和加班日的日历',
    en: 'The calendar is too large: make one that holds holidays and extra days only',
  },
  unreachable: {
    zh: '会自动重试；如果持续，检查网络、代理和防火墙，以及对方服务是否正常',
    en: 'It is tried again by itself; if it lasts, check network, proxy and firewall, and whether that service is well',
  },
  no_file: {
    zh: '把文件放到 frontdesk.yaml 旁边，或修改 hours 中的 file',
    en: 'Put the file beside frontdesk.yaml, or change file in hours',
  },
}
