// WeChat Official Account: followers write to it, and are answered by customer-service messages; or, where the account may send none,
// in the answer to what they wrote.
import { z } from 'zod'
import { type Connector, type Deps, defineConnector } from '#core/connector.ts'
import { type Wechat, wechat } from '#platforms/wechat/api.ts'
import { answer, readPush } from '#platforms/wechat/push.ts'
import { sendMessage, sendTyping } from '#platforms/wechat/send.ts'
import { accountKeys, needsKey, pushKeys } from '#platforms/wechat/settings.ts'
import { decode } from './decode.ts'
import { profileOf } from './profile.ts'

const MB = 1024 * 1024
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const config = needsKey(z.strictObject(accountKeys))

export type WechatConfig = z.output<typeof config>

export const wechatConnector = defineConnector({
  type: 'wechat',
  title: { zh: '微信公众号', en: 'WeChat Official Account' },
  docs: 'channels/wechat.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['appSecret', 'token', 'encodingAesKey'],
  capabilities: {
    text: { max: 2048, unit: 'bytes', markdown: false },
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
  return {
    async webhook(request) {
      const push = await readPush(request, keys, deps.now())
      if ('echo' in push) return { events: [], response: answer(push.echo) }
      return { events: decode(push.fields, deps.now()), response: answer('success') }
    },
    send: (message, signal) => sendMessage({ api, file: deps.file, link: deps.link, now: deps.now }, message, signal),
    typing: ({ user }, signal) => sendTyping(api, ['/cgi-bin/message/custom/typing'], user, signal),
    check: (signal) => api.check(signal),
    media: (ref, signal) => api.download(ref.id, signal),
    profile: (user, signal) => profileOf(api, user, signal),
  }
}
