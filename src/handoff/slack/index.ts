// Slack as agents' desk: a channel for each skill, a thread for each conversation, the card as its root.
// Slack takes about one message a second in a channel; the outbox paces, this desk only says how long to wait.
import { z } from 'zod'
import { bounded } from '#core/bounded.ts'
import type { Deps } from '#core/connector.ts'
import { type Desk, defineDesk } from '#core/desk.ts'
import type { DeskEvent } from '#core/event.ts'
import type { Locale } from '#core/message.ts'
import { slack } from '#platforms/slack.ts'
import { check } from './check.ts'
import { type Context, selfOf } from './context.ts'
import { BUTTONS_MAX, FILE_MAX, LABEL_MAX, TEXT_MAX } from './encode.ts'
import { connect, presence, user, webhook } from './incoming.ts'
import { missed } from './missed.ts'
import { address, close, edit, mark, offer, open, post, remove, reopen, update, whisper } from './outgoing.ts'

const token = z.string().regex(/^[\x21-\x7e]{1,500}$/, 'a token without blanks / token 中不能有空格')
const channel = z
  .string()
  .regex(/^[CG][A-Z0-9]{1,30}$/, "the channel's id, like C0123456789, not its name / 频道 id，形如 C0123456789，而不是频道名")

const config = z
  .strictObject({
    botToken: token,
    /** Proves that a call to our hook comes from Slack. */
    signingSecret: token.optional(),
    /** With it events come over Socket Mode, and no public address is needed. */
    appToken: token.regex(/^xapp-/, 'an app-level token begins with xapp- / 应用级 token 以 xapp- 开头').optional(),
    channel,
    channels: z.record(z.string(), channel).default({}),
    apiRoot: z.url().default('https://slack.com'),
    /** Whether Slack is asked if people who are online are still there. */
    presence: z.boolean().default(true),
    /** The language of cards and marks; the house's unless told. */
    locale: z.enum(['zh', 'en']).optional(),
  })
  .refine(({ signingSecret, appToken }) => signingSecret !== undefined || appToken !== undefined, {
    path: ['signingSecret'],
    message: 'signingSecret for the webhook, or appToken for Socket Mode / 需要 signingSecret（webhook）或 appToken（Socket Mode）',
  })

type Config = z.output<typeof config>
type Sink = (events: DeskEvent[]) => Promise<void>

export const slackDesk = defineDesk({
  type: 'slack',
  title: { zh: 'Slack 频道', en: 'Slack channel' },
  docs: 'desks/slack.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['botToken', 'signingSecret', 'appToken'],
  capabilities: {
    text: { max: TEXT_MAX, unit: 'utf16' },
    buttons: { max: BUTTONS_MAX, labelMax: LABEL_MAX, idMaxBytes: 2000 },
    media: { maxBytes: FILE_MAX },
    whisper: true,
  },
  inbound: (value) => (value.appToken === undefined ? 'webhook' : 'connect'),
  create: createDesk,
})

/** New messages in one channel, as Slack says; short bursts pass. */
const [PER_SECOND, BURST] = [1, 5]
/** Slack takes fifty `users.getPresence` and some more (tier 3). */
const PRESENCE_PER_MINUTE = 40

function createDesk(settings: Config, deps: Deps & { locale: Locale }): Desk {
  const context = contextOf(settings, deps)
  const { signingSecret, appToken } = settings
  const places = context.all.size
  return {
    rate: { perSecond: PER_SECOND * places, burst: BURST * places },
    ...(signingSecret !== undefined && { webhook: (request: Request) => webhook(context, signingSecret, request) }),
    ...(appToken !== undefined && {
      connect: (sink: Sink, signal: AbortSignal, opened?: () => void) => connect(context, sink, signal, opened),
    }),
    missed: (threads, since, signal) => missed(context, threads, since, signal),
    open: (card, key, signal) => open(context, card, key, signal),
    post: (thread, entry, signal) => post(context, thread, entry, signal),
    update: (thread, card, signal) => update(context, thread, card, signal),
    whisper: (thread, to, entry, signal) => whisper(context, thread, to, entry, signal),
    mark: (_thread, target, state, signal) => mark(context, target, state, signal),
    edit: (thread, shown, entry, signal) => edit(context, thread, shown, entry, signal),
    remove: (_thread, shown, signal) => remove(context, shown, signal),
    offer: (to, asked, signal) => offer(context, to, asked, signal),
    user: (id, signal) => user(context, id, signal),
    ...(settings.presence && {
      presence: (id: string, signal: AbortSignal) => presence(context, id, signal),
      presencePerMinute: PRESENCE_PER_MINUTE,
    }),
    address: (thread, signal) => address(context, thread, signal),
    close: (thread, signal) => close(context, thread, signal),
    reopen: (thread, signal) => reopen(context, thread, signal),
    check: (signal) => check(context, settings, signal),
    media: (ref, signal) => context.api.download(ref.id, signal),
  }
}

function contextOf(settings: Config, deps: Deps & { locale: Locale }): Context {
  const { botToken, appToken, apiRoot, channel: usual, channels } = settings
  const api = slack({ token: botToken, appToken, apiRoot, fetch: deps.fetch, exchange: deps.exchange })
  return {
    api,
    deps,
    locale: settings.locale ?? deps.locale,
    channel: usual,
    channels,
    all: new Set([usual, ...Object.values(channels)]),
    self: selfOf(api),
    done: bounded(1000),
    doubtful: bounded(1000),
    names: bounded(5000),
    ticks: bounded(5000),
  }
}
