// What was written while nobody heard it. Slack tells an event three more times, within minutes, and switches deliveries off when most of
// them fail; over Socket Mode nothing is kept for a line that is down, and above 30 000 events in an hour the rest is dropped. So threads
// are read again. Apps that are sold outside Slack's directory may read once a minute and fifteen messages at a time: that takes longer.
import { reason } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import type { SlackMessage } from '#platforms/slack.ts'
import { isRefusal } from '#platforms/slack-errors.ts'
import { patiently } from '../patiently.ts'
import { type Context, placeOf } from './context.ts'
import { decodeEvent, readEvent } from './decode.ts'
import { decodeContext, learnNames } from './incoming.ts'

/** As many threads are asked one by one; of more, the channel tells which were answered. */
const FEW = 5
/** Slack's own advice: no more than 200 at a time. */
const PAGE = 200
const NAMES_MS = 5_000

export async function* missed(context: Context, threads: string[], since: Date, signal: AbortSignal): AsyncGenerator<DeskEvent[]> {
  const oldest = (since.getTime() / 1000).toFixed(6)
  for (const [channel, roots] of byChannel(context, threads)) {
    for (const root of await answeredIn(context, channel, roots, oldest, signal)) yield* repliesIn(context, channel, root, oldest, signal)
  }
}

/** A channel that is no longer ours in the config is not read: what comes from there is passed over, too. */
function byChannel(context: Context, threads: string[]): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const thread of threads) {
    const { channel, ts } = placeOf(thread)
    if (ts !== undefined && context.all.has(channel)) found.set(channel, [...(found.get(channel) ?? []), ts])
  }
  return found
}

/** The threads in which somebody wrote since then. A root says when it was answered last. */
async function answeredIn(context: Context, channel: string, roots: string[], oldest: string, signal: AbortSignal): Promise<string[]> {
  if (roots.length <= FEW) return roots
  const wanted = new Set(roots)
  const answered: string[] = []
  const first = [...roots].sort(byTime)[0] ?? oldest
  for await (const page of pages(context, 'conversations.history', { channel, oldest: first, inclusive: true }, signal)) {
    for (const { ts, latest_reply: latest } of page) {
      if (wanted.delete(ts) && latest !== undefined && byTime(latest, oldest) > 0) answered.push(ts)
    }
    if (wanted.size === 0) break
  }
  // The channel's own line does not show a root that is gone: then there is no thread either.
  return answered.sort(byTime)
}

async function* repliesIn(
  context: Context,
  channel: string,
  root: string,
  oldest: string,
  signal: AbortSignal,
): AsyncGenerator<DeskEvent[]> {
  try {
    for await (const page of pages(context, 'conversations.replies', { channel, ts: root, oldest }, signal)) {
      const events: DeskEvent[] = []
      // The root comes along, however old it is.
      for (const message of page) if (message.ts !== root) events.push(...(await eventsOf(context, channel, message, signal)))
      if (events.length > 0) yield events
    }
  } catch (error) {
    if (!isRefusal(error, 'thread_not_found')) throw error
    context.deps.log.debug({ desk: context.deps.id, error: reason(error) }, 'a thread that is gone cannot be read')
  }
}

/** Read as if Slack had told it. */
async function eventsOf(context: Context, channel: string, message: SlackMessage, signal: AbortSignal): Promise<DeskEvent[]> {
  const self = await context.self(signal)
  const body = { type: 'event_callback', team_id: self.team, event: { ...message, type: 'message', channel, event_ts: message.ts } }
  const read = readEvent(body, { self, channels: context.all })
  if (!read || decodeEvent(read, decodeContext(context, self), body).length === 0) return []
  await learnNames(context, read.event, AbortSignal.any([signal, AbortSignal.timeout(NAMES_MS)]))
  return decodeEvent(read, decodeContext(context, self), body)
}

type Reading = 'conversations.history' | 'conversations.replies'

async function* pages(context: Context, method: Reading, params: object, signal: AbortSignal): AsyncGenerator<SlackMessage[]> {
  let cursor: string | undefined
  do {
    const answer = await patiently(() => context.api.call(method, { ...params, limit: PAGE, cursor }, signal), signal)
    yield answer.messages ?? []
    cursor = answer.response_metadata?.next_cursor || undefined
  } while (cursor !== undefined)
}

/** Times of Slack are digits with a point, of the same length for the next two centuries. */
function byTime(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
