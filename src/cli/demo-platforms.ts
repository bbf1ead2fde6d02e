// The demo's outside world: each platform is a fake on this machine, and the house reaches it by the connector that customers' real words take.
import { randomBytes } from 'node:crypto'
import { type FakeApp, startFakeApp } from '../../test/fakes/app.ts'
import { type FakeMailApi, startFakeMailApi } from '../../test/fakes/mailapi.ts'
import { type FakeTelegram, startFakeTelegram } from '../../test/fakes/telegram.ts'
import { type FakeWechat, startFakeWechat } from '../../test/fakes/wechat.ts'
import { type FakeKf, startFakeKf } from '../../test/fakes/wecom-kf.ts'

export const GROUP = -1_001_000_000_001
const CUSTOMERS_BOT = { token: '7100000001:demo-customers', username: 'example_shop_bot' }
const DESK_BOT = { token: '7100000002:demo-desk', username: 'example_desk_bot' }
export const HELP_ADDRESS = 'help@shop.example'

export interface Platforms {
  telegram: FakeTelegram
  /** The bot that customers write to. */
  bot: string
  wechat: FakeWechat
  mini: FakeWechat
  /** Signs who somebody is in the Mini Program. */
  miniSecret: string
  kf: FakeKf
  mail: FakeMailApi
  /** Where mails are posted to, and what signs them. */
  mailHook: { url: string; secret: string }
  app: FakeApp
  /** Each channel's lines of frontdesk.yaml. */
  channels: string
  /** The desk in the Telegram group. */
  desk: string
  /** Tells those who call the house where it is. */
  aim(house: string): void
  close(): Promise<void>
}

interface Keys {
  secret: string
  token: string
  encodingAesKey: string
}

export async function startPlatforms(): Promise<Platforms> {
  const [keys, miniSecret, mailKey] = [keysFor(), randomBytes(24).toString('base64url'), randomBytes(16).toString('base64url')]
  const [mailSecret, appSecret] = [webhookSecret(), webhookSecret()]
  const telegram = await startFakeTelegram({ bots: [CUSTOMERS_BOT, DESK_BOT] })
  telegram.addForum(GROUP, '客服群')
  const wechat = await startFakeWechat({ ...keys, appId: 'wx00000000000demo1' })
  const mini = await startFakeWechat({ ...keys, appId: 'wx00000000000demo2', kind: 'mini', format: 'json' })
  const kf = await startFakeKf({ ...keys, corpId: 'ww0000000000demo', accounts: ['wkDemo'] })
  const mail = await startFakeMailApi(mailKey)
  const app = await startFakeApp({ secrets: [appSecret] })
  const mailHook = { url: '', secret: mailSecret }
  const channels = `  - { id: web, type: web, origins: ["*"] }
  - { id: telegram, type: telegram, token: "${CUSTOMERS_BOT.token}", apiRoot: "${telegram.url}", pollSeconds: 5 }
  - { id: wechat, type: wechat, appId: ${wechat.push.appId}, ${wechatKeys(keys, wechat.url)} }
  - { id: mini, type: wechat-mini, appId: ${mini.push.appId}, sessionSecret: "${miniSecret}", ${wechatKeys(keys, mini.url)} }
  - { id: kf, type: wecom-kf, corpId: ww0000000000demo, secret: "${keys.secret}", ${pushKeys(keys)}, apiRoot: "${kf.url}" }
  - { id: mail, type: email, address: ${HELP_ADDRESS}, name: 示例商城, secret: "${mailSecret}", api: { provider: resend, key: "${mailKey}", apiRoot: "${mail.url}" } }
  - { id: app, type: app, callbackUrl: "${app.url}/callback", secret: "${appSecret}" }`
  return {
    ...{ telegram, bot: CUSTOMERS_BOT.username, wechat, mini, miniSecret, kf, mail, mailHook, app, channels },
    desk: `  - { id: group, type: telegram, token: "${DESK_BOT.token}", chat: ${GROUP}, apiRoot: "${telegram.url}", pollSeconds: 5 }`,
    aim(house) {
      wechat.hook = `${house}/hooks/wechat`
      mini.hook = `${house}/hooks/mini`
      kf.hook = `${house}/hooks/kf`
      mailHook.url = `${house}/hooks/mail`
      app.hook = `${house}/hooks/app`
    },
    async close() {
      await Promise.all([telegram, wechat, mini, kf, mail, app].map((fake) => fake.close()))
    },
  }
}

/** One set for all of them: in the demo nobody else listens. */
function keysFor(): Keys {
  const letters = (count: number) => randomBytes(64).toString('base64').replaceAll(/[+/=]/g, '').slice(0, count)
  // The last letter holds only four bits: the platform gives out keys with the other two empty, and `A` has none.
  return { secret: letters(32), token: letters(24), encodingAesKey: `${letters(42)}A` }
}

function webhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

function pushKeys({ token, encodingAesKey }: Keys): string {
  return `token: "${token}", encodingAesKey: "${encodingAesKey}"`
}

function wechatKeys(keys: Keys, apiRoot: string): string {
  return `appSecret: "${keys.secret}", ${pushKeys(keys)}, apiRoot: "${apiRoot}"`
}
