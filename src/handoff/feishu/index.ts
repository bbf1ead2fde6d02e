// A group of Feishu or Lark as agents' desk: one topic per conversation, the card as its first message. Only `open` creates a message in
// the group; everything else is a reply to that card: in a topic group each message that is created is a topic of its own.
import { bounded } from '#core/bounded.ts'
import type { Deps, WebhookResult } from '#core/connector.ts'
import { type Desk, defineDesk } from '#core/desk.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskEvent, DeskUser } from '#core/event.ts'
import type { Locale } from '#core/message.ts'
import { feishu, recordOf, type Told } from '#platforms/feishu/api.ts'
import { isRefusal } from '#platforms/feishu/errors.ts'
import { readPush } from '#platforms/feishu/push.ts'
import { holdLine } from '#platforms/feishu/socket.ts'
import { checkFeishu } from './check.ts'
import { readHandle } from './content.ts'
import { decode, type Recalled } from './decode.ts'
import { FILE_MAX, TEXT_MAX } from './encode.ts'
import { createPresses, lateJson } from './presses.ts'
import { type Context, edit, mark, offer, open, post, remove, update, whisper } from './send.ts'
import { config, modeOf, type Settings } from './settings.ts'

export const feishuDesk = defineDesk({
  type: 'feishu',
  title: { zh: '飞书群', en: 'Feishu / Lark group' },
  docs: 'desks/feishu.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['appSecret', 'encryptKey', 'verificationToken'],
  capabilities: {
    text: { max: TEXT_MAX, unit: 'utf16' },
    buttons: { max: 30, labelMax: 60, idMaxBytes: 500 },
    media: { maxBytes: FILE_MAX },
    whisper: true,
  },
  inbound: (value) => (modeOf(value) === 'webhook' ? 'webhook' : 'connect'),
  create: createDesk,
})

function createDesk(settings: Settings, deps: Deps & { locale: Locale }): Desk {
  const { appId, appSecret, apiRoot } = settings
  const { fetch, exchange, memory, now } = deps
  const api = feishu({ appId, appSecret, apiRoot, fetch, exchange, memory, now })
  const locale = settings.locale ?? deps.locale
  const context: Context = {
    api,
    settings,
    locale,
    deps,
    presses: createPresses(locale),
    done: bounded(2000),
    gone: new Set(),
    seen: bounded(2000),
    made: bounded(5000),
    marks: bounded(2000),
  }
  return {
    ...incoming(context),
    open: (card, key, signal) => open(context, card, key, signal),
    post: (thread, entry, signal) => post(context, thread, entry, signal),
    update: (thread, card, signal) => update(context, thread, card, signal),
    whisper: (thread, to, entry, signal) => whisper(context, thread, to, entry, signal),
    mark: (_thread, target, state, signal) => mark(context, target, state, signal),
    edit: (thread, shown, entry, signal) => edit(context, thread, shown, entry, signal),
    remove: (_thread, shown, signal) => remove(context, shown, signal),
    offer: (to, one, signal) => offer(context, to, one, signal),
    user: (id, signal) => user(context, id, signal),
    check: (signal) => checkFeishu(api, settings, signal),
    async media(ref, signal) {
      const handle = readHandle(ref.id)
      if (!handle) throw new ConnectorError('rejected', 'not the handle of a file in Feishu')
      return api.download(handle.message, handle.key, handle.type, signal)
    },
  }
}

// ── In ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Taken {
  events: DeskEvent[]
  /** What is answered, where something is. */
  answer?: () => Promise<unknown>
}

function incoming(context: Context): Pick<Desk, 'webhook' | 'connect'> {
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
async function placed(context: Context, event: Extract<DeskEvent, { type: 'message' }>): Promise<DeskEvent> {
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
async function botId(context: Context): Promise<string | undefined> {
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

async function lookUp({ api }: Context, messageId: string): Promise<Told | undefined> {
  try {
    const told = await api.call('GET', `/im/v1/messages/${encodeURIComponent(messageId)}`, undefined, AbortSignal.timeout(ASK_MS))
    const { items } = recordOf(told.data)
    return Array.isArray(items) ? recordOf(items[0]) : undefined
  } catch (error) {
    if (isRefusal(error, NOT_TO_SEE)) return undefined
    // Not answered with 200: Feishu says it again later.
    throw new ConnectorError('rejected', `what was taken back could not be looked up: ${reason(error)}`, { cause: error })
  }
}

const NOT_TO_SEE = new Set([230002, 230011, 230050, 230110, 230001])

/** Who somebody is, as far as the app may know: the company keeps its people's addresses, so they are verified. */
async function user({ api }: Context, id: string, signal: AbortSignal): Promise<DeskUser> {
  try {
    const told = await api.call('GET', `/contact/v3/users/${encodeURIComponent(id)}?user_id_type=open_id`, undefined, signal)
    const person = recordOf(recordOf(told.data).user)
    const [name, email] = [person.name, person.enterprise_email || person.email]
    return { id, ...(typeof name === 'string' && name !== '' && { name }), ...(typeof email === 'string' && email !== '' && { email }) }
  } catch (error) {
    // Without the permission there is no name and no address: that is no failure.
    if (error instanceof ConnectorError && error.kind !== 'transient' && error.kind !== 'rate_limited') return { id }
    throw error
  }
}
