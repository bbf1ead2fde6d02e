// What was written while nobody heard it. For a long connection that is down Feishu keeps nothing; a request URL is called again after
// 15 s, 5 min, 1 h and 6 h, and then no more. So the history is read. The list of the group can be asked from a time on, and where the group was
// made for topics it holds what was said in them; in any other group it holds only plain answers to the cards, and the topics are read one
// by one. Presses of buttons stand in no history.
import { reason } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import { type HistoryOf, recordOf, type Told } from '#platforms/feishu/api.ts'
import { FeishuError, isRefusal } from '#platforms/feishu/errors.ts'
import { patiently } from '../patiently.ts'
import type { Context } from './context.ts'
import { eventsIn, rootOf, writtenAt } from './history.ts'
import { botId, messageOf, placed } from './incoming.ts'

export async function* missed(context: Context, threads: string[], since: Date, signal: AbortSignal): AsyncGenerator<DeskEvent[]> {
  const wanted = new Set(threads)
  const { chat } = context.settings
  let hasReplies = false
  for await (const page of pages(context, { chat, since }, signal)) {
    hasReplies ||= page.some(({ root_id: root, thread_id: topic }) => Boolean(root && topic))
    const ours = page.filter((item) => wanted.has(rootOf(item)) && writtenAt(item) >= since)
    yield* told(context, ours)
    // With its card a topic is gone.
    for (const { deleted, message_id: id } of ours) if (deleted === true) wanted.delete(String(id))
  }
  // Seen is believed: no page of Feishu's says outright what the list of a group of topics holds.
  if (hasReplies && context.flat === undefined) context.flat = await isForTopics(context, signal)
  if (context.flat) return
  for (const root of wanted) yield* repliesIn(context, root, since, signal)
}

/** A group that only shows its messages as topics can be made an ordinary one again, and is listed like one. */
async function isForTopics({ api, settings, deps }: Context, signal: AbortSignal): Promise<boolean> {
  try {
    const path = `/im/v1/chats/${encodeURIComponent(settings.chat)}`
    return recordOf((await patiently(() => api.call('GET', path, undefined, signal), signal)).data).chat_mode === 'topic'
  } catch (error) {
    if (!(error instanceof FeishuError)) throw error
    deps.log.debug({ desk: deps.id, error: reason(error) }, 'the group may not be looked at: its topics are read one by one')
    return false
  }
}

/** Gone, or not to be seen by us: begun before the bot came into a group that hides its past. */
const NOT_TO_READ = new Set([230001, 230011, 230019, 230050, 230073, 230110, 230111])

async function* repliesIn(context: Context, root: string, since: Date, signal: AbortSignal): AsyncGenerator<DeskEvent[]> {
  const first = context.topics.get(root) === undefined ? await patiently(() => messageOf(context, root, signal), signal) : undefined
  if (first?.deleted === true) return yield* told(context, [first], root)
  const topic = context.topics.get(root)
  // Nobody answered in a topic yet; what was answered beside stands in the list of the group.
  if (topic === undefined) return
  try {
    yield* told(context, await newestIn(context, topic, since, signal), root)
  } catch (error) {
    if (!isRefusal(error, NOT_TO_READ)) throw error
    context.deps.log.debug({ desk: context.deps.id, error: reason(error) }, 'a topic cannot be read')
  }
}

/** From its end back to that time, oldest first. */
async function newestIn(context: Context, topic: string, since: Date, signal: AbortSignal): Promise<Told[]> {
  const found: Told[] = []
  for await (const page of pages(context, { topic }, signal)) {
    const young = page.filter((item) => writtenAt(item) >= since)
    found.push(...young)
    if (young.length < page.length) break
  }
  return found.reverse()
}

/** As if Feishu had told it. */
async function* told(context: Context, items: Told[], root?: string): AsyncGenerator<DeskEvent[]> {
  const { settings, deps } = context
  const bot = items.some(({ mentions }) => Array.isArray(mentions) && mentions.length > 0) ? await botId(context) : undefined
  const how = { chat: settings.chat, appId: settings.appId, now: deps.now(), ...(bot && { bot }), ...(root && { root }) }
  const events: DeskEvent[] = []
  for (const event of items.flatMap((item) => eventsIn(item, how)))
    events.push(event.type === 'message' ? await placed(context, event) : event)
  if (events.length > 0) yield events
}

async function* pages({ api }: Context, of: HistoryOf, signal: AbortSignal): AsyncGenerator<Told[]> {
  let after: string | undefined
  do {
    const { items, next } = await patiently(() => api.history(of, after, signal), signal)
    yield items
    after = next
  } while (after !== undefined)
}
