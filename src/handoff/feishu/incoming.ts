// From Feishu: events over either way, and what they leave out – who began a topic, and what became of a message that was taken back.
import type { WebhookResult } from '#core/connector.ts'
import type { Desk } from '#core/desk.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskEvent } from '#core/event.ts'
import { recordOf, type Told } from '#platforms/feishu/api.ts'
import { isRefusal } from '#platforms/feishu/errors.ts'
import { readPush } from '#platforms/feishu/push.ts'
import { holdLine } from '#platforms/feishu/socket.ts'
import { type Context, noteTopic } from './context.ts'
import { decode, type Recalled } from './decode.ts'
import { lateJson } from './presses.ts'

interface Taken {
  events: DeskEvent[]
  /** What is answered, where something is. */
  answer?: () => Promise<unknown>
}

export function incoming(context: Context): Pick<Desk, 'webhook' | 'connect'> {
  const { settings, deps, api } = context
  return {
    async webhook(request): Promise<WebhookResult<DeskEvent>> {
      const pushed = await readPush(request, settings, deps.now())
      if (pushed.type === 'challenge') return { events: [], response: Response.json({ challenge: pushed.challenge }) }
      const { events, answer } = await take(context, pushed.body)
      return { events, response: answer ? lateJson(answer) : Response.json({}) }
    },
    connect: (sink, signal, onOpened?: () => void) => {
      const onPushed = async (body: Told) => {
        const { events, answer } = await take(context, body)
        if (events.length > 0) await sink(events)
        return answer?.()
      }
      const onTrouble = (words: string) => deps.log.warn({ desk: deps.id, error: words }, 'the long connection brought something odd')
      return holdLine({ api, onPushed, onTrouble, ...(onOpened && { onOpened }) }, signal)
    },
  }
}

/** How long the platform is asked before an event is answered: it waits three seconds altogether. */
const ASK_MS = 1_500

async function take(context: Context, body: Told): Promise<Taken> {
  const { settings, deps, presses } = context
  const bot = hasMentions(body) ? await botId(context) : undefined
  const decoded = decode(body, { chat: settings.chat, now: deps.now(), ...(bot && { bot }) })
  switch (decoded.type) {
    case 'events':
      return { events: await Promise.all(decoded.events.map((event) => (event.type === 'message' ? placed(context, event) : event))) }
    case 'press':
      if (decoded.callback === '') return { events: [decoded.event] }
      presses.open(decoded.callback, decoded.card)
      return { events: [decoded.event], answer: () => presses.answer(decoded.callback) }
    case 'recalled':
      return { events: await recalledEvents(context, decoded.recalled) }
  }
}

/** Feishu tells of a topic's message which one it answers, and not who wrote that one: asked once for each topic. */
export async function placed(context: Context, event: Extract<DeskEvent, { type: 'message' }>): Promise<DeskEvent> {
  const { made, seen, settings, deps } = context
  const { thread, by, messageId } = event
  seen.set(messageId, { thread, by })
  try {
    const known = made.get(thread)
    const { sender_type, id } = known === undefined ? recordOf((await lookUp(context, thread))?.sender) : {}
    const ours = known ?? (sender_type === 'app' && id === settings.appId)
    made.set(thread, ours)
    return ours ? { ...event, ours } : event
  } catch (error) {
    // Words in a topic that is on record are understood without it.
    deps.log.debug({ desk: deps.id, error: reason(error) }, 'Feishu does not say who began a topic')
    return event
  }
}

function hasMentions(body: Told): boolean {
  const { mentions } = recordOf(recordOf(body.event).message)
  return Array.isArray(mentions) && mentions.length > 0
}

/** Our own id; asked for once. Without it a mention of the bot is known only by the command behind it. */
export async function botId(context: Context): Promise<string | undefined> {
  try {
    context.bot ??= (await context.api.me(AbortSignal.timeout(ASK_MS))).id
  } catch (error) {
    context.deps.log.debug({ desk: context.deps.id, error: reason(error) }, 'the bot could not be asked who it is')
  }
  return context.bot
}

/** Feishu says which message was taken back, and neither where it stood nor who wrote it. */
async function recalledEvents(context: Context, { messageId, at, raw }: Recalled): Promise<DeskEvent[]> {
  const base = { externalId: `recall:${messageId}`, at, raw }
  const known = context.seen.get(messageId)
  if (known) return [{ ...base, type: 'remove', thread: known.thread, by: known.by, target: messageId }]
  const found = await lookUp(context, messageId)
  const sender = recordOf(found?.sender)
  const root = typeof found?.root_id === 'string' ? found.root_id : ''
  if (found && sender.sender_type === 'user' && root !== '')
    return [{ ...base, type: 'remove', thread: root, by: { id: String(sender.id ?? '') }, target: messageId }]
  // With its first message a topic is gone: so it is told as one, and means nothing where it is none of ours.
  const isCard = !found || (sender.sender_type === 'app' && root === '')
  return isCard ? [{ ...base, type: 'thread_gone', thread: messageId, by: { id: 'feishu' }, reason: 'the card was taken back' }] : []
}

async function lookUp(context: Context, messageId: string): Promise<Told | undefined> {
  try {
    return await messageOf(context, messageId, AbortSignal.timeout(ASK_MS))
  } catch (error) {
    // Not answered with 200: Feishu says it again later.
    throw new ConnectorError('rejected', `what was taken back could not be looked up: ${reason(error)}`, { cause: error })
  }
}

/** A message as it stands now; nothing, where there is none that we may see. */
export async function messageOf(context: Context, messageId: string, signal: AbortSignal): Promise<Told | undefined> {
  try {
    const told = await context.api.call('GET', `/im/v1/messages/${encodeURIComponent(messageId)}`, undefined, signal)
    const { items } = recordOf(told.data)
    if (!Array.isArray(items)) return undefined
    const found = recordOf(items[0])
    if (!found.root_id) noteTopic(context, messageId, found)
    return found
  } catch (error) {
    if (isRefusal(error, NOT_TO_SEE)) return undefined
    throw error
  }
}

const NOT_TO_SEE = new Set([230002, 230011, 230050, 230110, 230001])
