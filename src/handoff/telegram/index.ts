// A Telegram group with topics as agents' desk: one topic per conversation, the card as its first message.
// Telegram allows a bot about twenty messages a minute in one group; the outbox paces, this desk only says how long to wait.
import { z } from 'zod'
import { cut } from '#core/adapt.ts'
import { bounded } from '#core/bounded.ts'
import type { Deps, Health, Receipt, WebhookResult } from '#core/connector.ts'
import { type Card, type Desk, defineDesk, type MarkState, type Offer, type Thread } from '#core/desk.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskEvent, DeskUser } from '#core/event.ts'
import { healthOf } from '#core/health.ts'
import type { Button, Locale } from '#core/message.ts'
import { isNotModified, messageIdOf, messageKey, telegram } from '#platforms/telegram.ts'
import { createPoller, readUpdate, readWebhook, setWebhook, updateIdOf } from '#platforms/telegram-updates.ts'
import { decode } from './decode.ts'
import { cardText, offerText, TEXT_MAX } from './encode.ts'
import { nameCommands } from './menu.ts'
import { type Context, edit, forgetIfGone, markup, NO_PREVIEW, placeOf, post, remove } from './post.ts'

const config = z
  .strictObject({
    token: z
      .string()
      .regex(/^[A-Za-z0-9:_-]+$/, 'the token as BotFather gave it, like 123456:ABC-def / BotFather 给出的 token，形如 123456:ABC-def'),
    /** The group: a negative number, `-100…`. As text, too: an `${ENV_NAME}` in the file is always text. */
    chat: z.coerce
      .number<number | string>()
      .int()
      .negative('the number of a group is negative, like -1001234567890 / 群组编号是负数，形如 -1001234567890'),
    mode: z.enum(['polling', 'webhook']).optional(),
    /** What Telegram sends back in a header of every update, so that nobody else can post them. */
    secret: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,256}$/, '1 to 256 letters, digits, _ or - / 1 至 256 个字母、数字、_ 或 -')
      .optional(),
    apiRoot: z.url().default('https://api.telegram.org'),
    /** The language of cards and marks; the house's unless told. */
    locale: z.enum(['zh', 'en']).optional(),
    /** How long one poll waits for news. */
    pollSeconds: z.int().min(0).max(50).default(25),
  })
  .refine((value) => value.mode !== 'webhook' || value.secret !== undefined, {
    path: ['secret'],
    message: 'mode webhook needs a secret / webhook 模式需要 secret',
  })

type Config = z.output<typeof config>

export const telegramDesk = defineDesk({
  type: 'telegram',
  title: { zh: 'Telegram 群组', en: 'Telegram group' },
  docs: 'desks/telegram.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['token', 'secret'],
  capabilities: {
    text: { max: TEXT_MAX, unit: 'utf16' },
    buttons: { max: 100, labelMax: 64, idMaxBytes: 64 },
    media: { maxBytes: 50 * 1024 * 1024 },
  },
  inbound: (value) => (value.mode === 'webhook' ? 'webhook' : 'poll'),
  create: createDesk,
})

function createDesk(settings: Config, deps: Deps & { locale: Locale }): Desk {
  const api = telegram({ token: settings.token, apiRoot: settings.apiRoot, fetch: deps.fetch, exchange: deps.exchange })
  const context: Context = { api, chat: settings.chat, locale: settings.locale ?? deps.locale, deps, done: bounded(1000) }
  return {
    ...incoming(context, settings),
    open: (card, key, signal) => open(context, card, key, signal),
    post: (thread, entry, signal) => post(context, thread, entry, signal),
    update: (thread, card, signal) => update(context, thread, card, signal),
    whisper: (thread, to, entry, signal) => whisper(context, thread, to, entry, signal),
    mark: (_thread, target, state, signal) => mark(context, target, state, signal),
    edit: (thread, shown, entry, signal) => edit(context, thread, shown, entry, signal),
    remove: (_thread, shown, signal) => remove(context, shown, signal),
    offer: (to, one, signal) => offer(context, to, one, signal),
    typing: async (thread, signal) => {
      // Telegram answers ok even where the topic was deleted: nothing is learnt from it.
      await api.call('sendChatAction', { ...placeOf(settings.chat, thread), action: 'typing' }, signal)
    },
    address: async (thread) => topicLink(settings.chat, thread),
    close: (thread, signal) => setTopic(context, 'closeForumTopic', thread, signal),
    reopen: (thread, signal) => setTopic(context, 'reopenForumTopic', thread, signal),
    check: (signal) => check(context, signal),
    media: (ref, signal) => api.download(ref.id, signal),
  }
}

function incoming(context: Context, settings: Config): Pick<Desk, 'webhook' | 'poll' | 'setup'> {
  const { api, chat, deps } = context
  // A bot's token begins with its id.
  const bot = Number.parseInt(settings.token, 10)
  const read = (raw: unknown) => decode(readUpdate(raw), { chat, bot, now: deps.now() })
  let isNamed = false
  const pollOnce = createPoller(api, settings.pollSeconds)
  // One update that cannot be read must not stop all that follow it: it is named in the log and passed over.
  const readOrSkip = (raw: unknown): DeskEvent[] => {
    try {
      return read(raw)
    } catch (error) {
      deps.log.error({ desk: deps.id, update: updateIdOf(raw), error: reason(error) }, 'an update was passed over')
      return []
    }
  }
  return {
    async webhook(request): Promise<WebhookResult<DeskEvent>> {
      const update = await readWebhook(request, settings.secret)
      return { events: decode(update, { chat, bot, now: deps.now() }), response: new Response('ok') }
    },
    async poll(cursor, signal) {
      if (!isNamed) {
        isNamed = true
        await nameCommands(context, signal)
      }
      const polled = await pollOnce(cursor, signal)
      return { events: polled.updates.flatMap(readOrSkip), cursor: polled.cursor }
    },
    async setup(url, signal) {
      await setWebhook(api, url, settings.secret, signal)
      await nameCommands(context, signal)
    },
  }
}

async function open(context: Context, card: Card, key: string, signal: AbortSignal): Promise<Thread> {
  const { api, chat, done } = context
  let thread = done.get(key)?.[0] ?? ''
  if (thread === '') {
    const topic = await api.call(
      'createForumTopic',
      { chat_id: chat, name: cut(card.title.trim() || card.conversation, 128, 'utf16') },
      signal,
    )
    thread = String(topic.message_thread_id)
    done.set(key, [thread])
  }
  const cardId = await forgetIfGone(context, key, () => postCard(context, thread, card, signal))
  done.delete(key)
  return { thread, cardId }
}

async function postCard({ api, chat, locale }: Context, thread: string, card: Card, signal: AbortSignal): Promise<string> {
  const params = { ...placeOf(chat, thread), text: cardText(card, locale), ...NO_PREVIEW, ...markup(card.buttons) }
  return String((await api.call('sendMessage', params, signal)).message_id)
}

async function update(context: Context, { thread, cardId }: Thread, card: Card, signal: AbortSignal): Promise<void> {
  const { api, chat, locale } = context
  try {
    if (cardId === undefined) throw new ConnectorError('rejected', 'message to edit not found')
    const params = { chat_id: chat, message_id: Number(cardId), text: cardText(card, locale), ...NO_PREVIEW, ...markup(card.buttons) }
    await api.call('editMessageText', params, signal)
  } catch (error) {
    if (isNotModified(error)) return
    if (!(error instanceof ConnectorError && /can't be edited|to edit not found|MESSAGE_ID_INVALID/.test(error.message))) throw error
    await postCard(context, thread, card, signal)
  }
}

/** Reactions are the only sign that a bot can put at somebody else's message; bots may use Telegram's own list alone. */
const TICKS = { held: '🤔', note: '✍', sent: '🕊', delivered: '👌', read: '👀', failed: '💔' } as const satisfies Record<MarkState, string>

async function mark({ api, chat }: Context, target: string, state: MarkState, signal: AbortSignal): Promise<void> {
  const reaction = [{ type: 'emoji' as const, emoji: TICKS[state] }]
  await api.call('setMessageReaction', { chat_id: chat, message_id: messageIdOf(target), reaction }, signal)
}

/** Links to topics of a private supergroup leave out the -100 of its id. */
function topicLink(chat: Context['chat'], thread: string): string {
  return `https://t.me/c/${String(chat).replace(/^-100/, '')}/${thread}`
}

/** In the private chat, which Telegram allows only with whom once pressed 'Start' there; the others are told as gone. */
async function offer({ api, chat, locale, deps }: Context, to: DeskUser, { card, until, buttons, thread }: Offer, signal: AbortSignal) {
  const user = Number(to.id)
  // An anonymous administrator is no person that could be written to.
  if (!Number.isSafeInteger(user)) throw new ConnectorError('recipient_gone', 'somebody anonymous cannot be asked in private')
  const url = thread === undefined ? undefined : topicLink(chat, thread)
  const text = offerText(card, { until, url, now: deps.now() }, locale)
  const sent = await api.call('sendMessage', { chat_id: user, text, ...NO_PREVIEW, ...markup(buttons) }, signal)
  return { externalIds: [messageKey(sent)], at: deps.now() } satisfies Receipt
}

/** A pop-up holds so many characters. */
const POP_UP_MAX = 200

type Whisper = { key: string; text: string; buttons?: Button[]; callback?: string }

async function whisper(context: Context, thread: string, to: DeskUser, entry: Whisper, signal: AbortSignal): Promise<void> {
  const { api, chat } = context
  const hasButtons = (entry.buttons?.length ?? 0) > 0
  const shown = entry.callback !== undefined && (await popUp(context, entry.callback, entry.text, signal))
  // Without words the answer only stops the spinner of a press.
  if (!hasButtons && (shown || entry.text === '')) return
  // Telegram has no message for one person in a group: the others see it too, so it says whom it is for.
  const text = cut(`${to.name ?? to.id}: ${entry.text}`, TEXT_MAX, 'utf16')
  await api.call('sendMessage', { ...placeOf(chat, thread), text, ...markup(entry.buttons) }, signal)
}

/** Answers a press, so that its spinner stops; says whether the text was shown. A press too old to answer is no reason to be silent. */
async function popUp({ api, deps }: Context, callback: string, text: string, signal: AbortSignal): Promise<boolean> {
  const short = text.length <= POP_UP_MAX
  try {
    await api.call('answerCallbackQuery', { callback_query_id: callback, ...(short && text !== '' && { text, show_alert: true }) }, signal)
    return short
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.kind !== 'rejected') throw error
    deps.log.debug({ desk: deps.id, error: error.message }, 'a press could not be answered')
    return false
  }
}

async function setTopic(
  { api, chat }: Context,
  method: 'closeForumTopic' | 'reopenForumTopic',
  thread: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await api.call(method, { chat_id: chat, message_thread_id: Number(thread) }, signal)
  } catch (error) {
    // A topic that somebody deleted is as closed as it can be.
    const gone = method === 'closeForumTopic' && error instanceof ConnectorError && error.kind === 'thread_gone'
    if (!gone && !isNotModified(error)) throw error
  }
}

const ADVICE = {
  forum: 'the group has no topics: switch Topics on in its settings / 该群组未开启话题功能，请在群组设置中开启',
  rights:
    "the bot may not manage topics: make it an administrator with the right 'Manage topics' / 机器人没有管理话题的权限，请设为管理员并授予“管理话题”",
}

/** Proves the token, that the group is one with topics, and that we may open them. */
async function check({ api, chat }: Context, signal: AbortSignal): Promise<Health> {
  const health = await api.check(signal)
  if (health.state !== 'connected') return health
  try {
    const group = await api.call('getChat', { chat_id: chat }, signal)
    if (!('is_forum' in group) || !group.is_forum) return { ...health, state: 'misconfigured', detail: ADVICE.forum }
    const me = await api.call('getMe', {}, signal)
    const member = await api.call('getChatMember', { chat_id: chat, user_id: me.id }, signal)
    const may = member.status === 'creator' || (member.status === 'administrator' && member.can_manage_topics === true)
    return may ? health : { ...health, state: 'misconfigured', detail: ADVICE.rights }
  } catch (error) {
    return { ...healthOf(error), account: health.account }
  }
}
