// A group of Feishu or Lark as agents' desk: one topic per conversation, the card as its first message. Only `open` creates a message in
// the group; everything else is a reply to that card: in a topic group each message that is created is a topic of its own.
import { bounded } from '#core/bounded.ts'
import type { Deps } from '#core/connector.ts'
import { type Desk, defineDesk } from '#core/desk.ts'
import { ConnectorError } from '#core/errors.ts'
import type { DeskUser } from '#core/event.ts'
import type { Locale } from '#core/message.ts'
import { feishu, recordOf } from '#platforms/feishu/api.ts'
import { checkFeishu } from './check.ts'
import { readHandle } from './content.ts'
import type { Context } from './context.ts'
import { FILE_MAX, TEXT_MAX } from './encode.ts'
import { incoming } from './incoming.ts'
import { missed } from './missed.ts'
import { createPresses } from './presses.ts'
import { edit, mark, offer, open, post, remove, update, whisper } from './send.ts'
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
    topics: bounded(5000),
    marks: bounded(2000),
  }
  return {
    ...incoming(context),
    missed: (threads, since, signal) => missed(context, threads, since, signal),
    open: (card, key, signal) => open(context, card, key, signal),
    post: (thread, entry, signal) => post(context, thread, entry, signal),
    update: (thread, card, signal) => update(context, thread, card, signal),
    whisper: (thread, to, entry, signal) => whisper(context, thread, to, entry, signal),
    mark: (_thread, target, state, signal) => mark(context, target, state, signal),
    edit: (thread, shown, entry, signal) => edit(context, thread, shown, entry, signal),
    remove: (_thread, shown, signal) => remove(context, shown, signal),
    offer: (to, one, signal) => offer(context, to, one, signal),
    user: (id, signal) => user(context, id, signal),
    check: (signal) => checkFeishu(api, settings, now(), signal),
    async media(ref, signal) {
      const handle = readHandle(ref.id)
      if (!handle) throw new ConnectorError('rejected', 'not the handle of a file in Feishu')
      return api.download(handle.message, handle.key, handle.type, signal)
    },
  }
}

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
