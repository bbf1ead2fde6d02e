// WeChat Official Account: followers write to it, and are answered by customer-service messages; or, where the account may send none,
// in the answer to what they wrote.
import { z } from 'zod'
import type { Capabilities } from '#core/capabilities.ts'
import { type Connector, type Deps, defineConnector, type WebhookResult } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { type Wechat, wechat } from '#platforms/wechat/api.ts'
import { answer, type Pushed, readPush } from '#platforms/wechat/push.ts'
import { sendMessage, sendTyping } from '#platforms/wechat/send.ts'
import { accountKeys, needsKey, pushKeys } from '#platforms/wechat/settings.ts'
import { decode } from './decode.ts'
import { answeredBefore, inlineFor, type PassiveParts } from './passive.ts'
import { profileOf } from './profile.ts'

const MB = 1024 * 1024
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const config = needsKey(
  z.strictObject({
    ...accountKeys,
    /** `passive`: only in the answer to what the customer wrote, for accounts without customer-service messages. */
    replies: z.enum(['service', 'passive']).default('service'),
  }),
)

export type WechatConfig = z.output<typeof config>

const text = { max: 2048, unit: 'bytes', markdown: false } as const

export const wechatConnector = defineConnector({
  type: 'wechat',
  title: { zh: '微信公众号', en: 'WeChat Official Account' },
  docs: 'channels/wechat.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['appSecret', 'token', 'encodingAesKey'],
  capabilities: {
    text,
    media: {
      image: { maxBytes: 10 * MB, mimes: ['image/jpeg', 'image/png', 'image/gif'] },
      audio: { maxBytes: 2 * MB, mimes: ['audio/amr', 'audio/mpeg', 'audio/mp3'] },
      video: { maxBytes: 10 * MB, mimes: ['video/mp4'] },
    },
    // WeChat names no limits for a menu within a message: these are known to be shown whole.
    buttons: { max: 10, labelMax: 60, idMaxBytes: 64, links: false },
    typing: true,
    window: { ms: 48 * HOUR, messages: 5, press: { ms: MINUTE, messages: 3 }, arrive: { ms: MINUTE, messages: 3 } },
  },
  inbound: () => 'webhook',
  create: createWechat,
})

function createWechat(settings: WechatConfig, deps: Deps): Connector {
  const api: Wechat = wechat({ ...settings, ...deps })
  const keys = pushKeys(settings)
  const read = async (request: Request): Promise<WebhookResult & { push?: Pushed }> => {
    const push = await readPush(request, keys, deps.now())
    if ('echo' in push) return { events: [], response: answer(push.echo) }
    return { events: decode(push.fields, deps.now()), response: answer('success'), push }
  }
  const rest: Pick<Connector, 'check' | 'media' | 'profile'> = {
    check: (signal) => api.check(signal),
    media: (ref, signal) => api.download(ref.id, signal),
    profile: (user, signal) => profileOf(api, user, signal),
  }
  if (settings.replies === 'passive') return { ...rest, ...passive({ memory: deps.memory, crypt: keys.crypt, now: deps.now }, read) }
  return {
    ...rest,
    webhook: read,
    send: (message, signal) => sendMessage({ api, file: deps.file, link: deps.link, now: deps.now }, message, signal),
    typing: ({ user }, signal) => sendTyping(api, ['/cgi-bin/message/custom/typing'], user, signal),
  }
}

/** Words only: to send anything else WeChat would have to be called. */
const WORDS_ONLY: Capabilities = { text, window: { ms: 5_000, messages: 1 } }

function passive(
  parts: PassiveParts,
  read: (request: Request) => Promise<WebhookResult & { push?: Pushed }>,
): Pick<Connector, 'webhook' | 'send' | 'answersOnly' | 'capabilities'> {
  return {
    answersOnly: true,
    capabilities: WORDS_ONLY,
    async webhook(request) {
      const { events, response, push } = await read(request)
      const [event] = events
      if (!event || !push || event.type === 'leave') return { events, response }
      const before = await answeredBefore(parts, event)
      return before ? { events, response: before } : { events, response, inline: inlineFor(parts, event, push) }
    },
    send: () => Promise.reject(new ConnectorError('window_closed', 'this account can only answer / 该账号只能被动回复')),
  }
}
