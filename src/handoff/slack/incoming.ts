// What Slack tells us, over the webhook or Socket Mode: names are looked up, forms opened while there is time, and the rest decoded.
import type { WebhookResult } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import type { DeskEvent, DeskUser, Presence } from '#core/event.ts'
import type { SlackUser } from '#platforms/slack.ts'
import { readSlackRequest, type SlackPosted } from '#platforms/slack-request.ts'
import { runSocket } from '#platforms/slack-socket.ts'
import { mentionsIn } from '#platforms/slack-text.ts'
import type { Context } from './context.ts'
import { commandOfReaction, type DecodeContext, decodeEvent, decodeReaction, type Happened, readEvent, type Self } from './decode.ts'
import { formView } from './encode.ts'
import { decodeInteraction, decodeSlash, type Interaction } from './interact.ts'

/** Slack waits three seconds for its answer, and the commit comes after this. */
const LOOK_UP_MS = 1_500
/** A form must be opened while its `trigger_id` is fresh: three seconds. */
const FORM_MS = 2_000

export async function webhook(context: Context, secret: string, request: Request): Promise<WebhookResult<DeskEvent>> {
  const posted = await readSlackRequest(request, secret, context.deps.now())
  if (posted.type === 'event' && posted.body.type === 'url_verification')
    return { events: [], response: Response.json({ challenge: String(posted.body.challenge ?? '') }) }
  // An empty answer closes a form and says nothing to a slash command.
  return { events: await read(context, posted), response: new Response(null, { status: 200 }) }
}

/** `opened` is called when the line stands. */
export async function connect(
  context: Context,
  sink: (events: DeskEvent[]) => Promise<void>,
  signal: AbortSignal,
  opened?: () => void,
): Promise<void> {
  const take = async (posted: SlackPosted) => {
    const events = await readOrSkip(context, posted)
    if (events.length > 0) await sink(events)
  }
  await runSocket({ slack: context.api, log: context.deps.log, take, onReady: opened }, signal)
}

/** One envelope that cannot be read must not come again and again: it is named in the log and passed over. */
async function readOrSkip(context: Context, posted: SlackPosted): Promise<DeskEvent[]> {
  try {
    return await read(context, posted)
  } catch (error) {
    context.deps.log.error({ desk: context.deps.id, error: reason(error) }, 'an envelope of Slack was passed over')
    return []
  }
}

async function read(context: Context, { type, body }: SlackPosted): Promise<DeskEvent[]> {
  const signal = AbortSignal.timeout(LOOK_UP_MS)
  const self = await known(context, signal)
  if (type === 'event') return readOne(context, self, body, signal)
  const scene = decodeContext(context, self)
  if (type === 'slash') return decodeSlash(body, scene)
  const { events, form } = decodeInteraction(body, scene)
  return form ? openForm(context, form) : events
}

async function readOne(context: Context, self: Self | undefined, body: Record<string, unknown>, signal: AbortSignal): Promise<DeskEvent[]> {
  if (body.type === 'app_rate_limited')
    context.deps.log.warn({ desk: context.deps.id }, 'Slack holds events back: more than 30 000 in an hour')
  const event = readEvent(body, { self, channels: context.all })
  if (!event) {
    const isForeign = readEvent(body, { self: undefined, channels: context.all }) !== undefined
    // Either a second workspace has the app, or the token is not the one of the workspace that calls.
    if (isForeign) context.deps.log.warn({ desk: context.deps.id, team: body.team_id }, 'an event of another workspace was passed over')
    return []
  }
  const line = commandOfReaction(event.event)
  // Most reactions are nobody's command.
  if (event.event.type !== 'message' && !line) return []
  await learnNames(context, event.event, signal)
  const scene = decodeContext(context, self)
  if (!line) return decodeEvent(event, scene, body)
  if (self && event.event.item_user !== undefined && event.event.item_user !== self.user) return []
  const { channel = '', ts = '' } = event.event.item ?? {}
  return decodeReaction(event, await rootOf(context, channel, ts, signal), scene, body)
}

export function decodeContext({ all, names, deps }: Context, self: Self | undefined): DecodeContext {
  return { self, channels: all, names, now: deps.now() }
}

async function known({ self, deps }: Context, signal: AbortSignal): Promise<Self | undefined> {
  try {
    return await self(signal)
  } catch (error) {
    deps.log.debug({ desk: deps.id, error: reason(error) }, 'Slack does not say who we are; the event must')
    return undefined
  }
}

/** A reaction names its message, not the thread that it stands in. */
async function rootOf({ api, deps }: Context, channel: string, ts: string, signal: AbortSignal): Promise<string> {
  try {
    const { messages = [] } = await api.call('conversations.replies', { channel, ts, limit: 1 }, signal)
    // Asked with a reply, Slack gives the root or the reply itself: both know the root.
    return messages[0]?.thread_ts ?? messages[0]?.ts ?? ts
  } catch (error) {
    deps.log.debug({ desk: deps.id, error: reason(error) }, 'the thread of a reaction could not be looked up')
    return ts
  }
}

// ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Who writes and who is mentioned. Without an answer in time their ids must do. */
export async function learnNames(context: Context, event: Happened, signal: AbortSignal): Promise<void> {
  const spoken = event.message ?? event
  const before = event.previous_message
  const ids = new Set([...(spoken.user ? [spoken.user] : []), ...mentionsIn(spoken), ...(before ? mentionsIn(before) : [])])
  const missing = [...ids].filter((id) => context.names.get(id) === undefined)
  await Promise.all(
    missing.map(async (id) => {
      try {
        const { user } = await context.api.call('users.info', { user: id }, signal)
        context.names.set(id, nameOf(user))
      } catch (error) {
        context.deps.log.debug({ desk: context.deps.id, error: reason(error) }, 'a name could not be looked up')
      }
    }),
  )
}

function nameOf({ profile, real_name, name, id }: SlackUser): string {
  return profile?.display_name || profile?.real_name || real_name || name || id
}

/**
 * Who somebody is. The e-mail links them to an agent, so only Slack's own word counts: a colleague in our workspace, with a confirmed
 * address. People of other companies in a shared channel are linked by hand or not at all.
 */
export async function user(context: Context, id: string, signal: AbortSignal): Promise<DeskUser> {
  const self = await context.self(signal)
  const { user: found } = await context.api.call('users.info', { user: id }, signal)
  const name = nameOf(found)
  context.names.set(id, name)
  const isColleague = found.team_id === self.team && !found.is_stranger && !found.is_bot && !found.deleted
  const email = isColleague && found.is_email_confirmed !== false ? found.profile?.email : undefined
  return { id, name, ...(email && { email }) }
}

/** Slack knows `active` and `away`: by its user's own word, or after ten minutes without a touch. */
export async function presence({ api }: Context, id: string, signal: AbortSignal): Promise<Presence> {
  const { presence: state } = await api.call('users.getPresence', { user: id }, signal)
  return state === 'active' ? 'online' : 'away'
}

// ── Forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Before anything else, since Slack gives three seconds. Where it fails the press is told as a command, and answered in words. */
async function openForm({ api, locale, deps }: Context, form: NonNullable<Interaction['form']>): Promise<DeskEvent[]> {
  try {
    const view = formView(form.kind, form.thread, locale)
    await api.call('views.open', { trigger_id: form.trigger, view }, AbortSignal.timeout(FORM_MS))
    return []
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    deps.log.warn({ desk: deps.id, error: error.message }, 'a form could not be opened')
    return [form.instead]
  }
}
