// Customer messages of a WeChat Mini Program: whoever presses its contact button writes here. Pushed as XML or JSON, as its page says.
import { z } from 'zod'
import { type Connector, type Deps, defineConnector } from '#core/connector.ts'
import { wechat } from '#platforms/wechat/api.ts'
import { answer, readPush } from '#platforms/wechat/push.ts'
import { sendMessage, sendTyping } from '#platforms/wechat/send.ts'
import { accountKeys, needsKey, pushKeys } from '#platforms/wechat/settings.ts'
import { decode } from './decode.ts'
import { sessions } from './session.ts'

const MB = 1024 * 1024
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const config = needsKey(
  z.strictObject({
    ...accountKeys,
    /** With it the Mini Program's own server signs who its user is. */
    sessionSecret: z.string().min(16, 'at least 16 letters / 至少 16 个字符').optional(),
  }),
)

export type WechatMiniConfig = z.output<typeof config>

export const wechatMiniConnector = defineConnector({
  type: 'wechat-mini',
  title: { zh: '微信小程序', en: 'WeChat Mini Program' },
  docs: 'channels/wechat-mini.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['appSecret', 'token', 'encodingAesKey', 'sessionSecret'],
  capabilities: {
    text: { max: 2048, unit: 'bytes', markdown: false },
    media: { image: { maxBytes: 10 * MB, mimes: ['image/jpeg', 'image/png', 'image/gif'] } },
    typing: true,
    window: { ms: 48 * HOUR, messages: 5, arrive: { ms: MINUTE, messages: 2 } },
  },
  inbound: () => 'webhook',
  create: createWechatMini,
})

/** The second is what the pages of Mini Programs named before. */
const TYPING = ['/cgi-bin/message/custom/business/typing', '/cgi-bin/message/custom/typing']

function createWechatMini(settings: WechatMiniConfig, deps: Deps): Connector {
  const api = wechat({ ...settings, ...deps })
  const keys = pushKeys(settings)
  const session = sessions(settings.sessionSecret)
  return {
    async webhook(request) {
      const push = await readPush(request, keys, deps.now())
      if ('echo' in push) return { events: [], response: answer(push.echo) }
      return { events: await decode(push.fields, session, deps.now()), response: answer('success') }
    },
    // `…/custom/business/send`, which a page names, takes no message.
    send: (message, signal) => sendMessage({ api, file: deps.file, link: deps.link, now: deps.now }, message, signal),
    typing: ({ user }, signal) => sendTyping(api, TYPING, user, signal),
    check: (signal) => api.check(signal),
    media: (ref, signal) => api.download(ref.id, signal),
  }
}
