// WeCom 微信客服: customers write in WeChat to a customer service account of a company. A call of WeCom's is only a doorbell; what there
// is, is read (reader.ts). Several accounts of one company are one channel: the account is the address's `thread`.
import { z } from 'zod'
import { type Connector, type Deps, defineConnector, type Health } from '#core/connector.ts'
import { ConnectorError, reason } from '#core/errors.ts'
import { crypt, ENCODING_AES_KEY } from '#platforms/wechat/crypt.ts'
import { type Wecom, wecom } from '#platforms/wecom/client.ts'
import { readCall } from './doorbell.ts'
import { createPeople } from './people.ts'
import { createReader, listAccounts, topicOf } from './reader.ts'
import { createSending } from './sending.ts'

const MB = 1024 * 1024

const config = z.strictObject({
  corpId: z.string().min(1),
  /** Of the app that may call the API of WeChat Customer Service. */
  secret: z.string().min(1),
  /** Token and EncodingAESKey of the page on which the app's callback is set up. */
  token: z.string().regex(/^[A-Za-z0-9]{1,32}$/, '1 to 32 letters and digits / 1 至 32 个字母或数字'),
  encodingAesKey: z.string().regex(ENCODING_AES_KEY, '43 letters and digits / 43 个字母或数字'),
  /** Only these accounts; all that the app may use when left out. */
  accounts: z.array(z.string().min(1)).min(1).optional(),
  apiRoot: z.url().default('https://qyapi.weixin.qq.com'),
  /** How often every account is looked at though nobody rang: calls get lost. */
  sweepSeconds: z.int().min(0).max(3600).default(120),
})

export type WecomKfConfig = z.output<typeof config>

export const wecomKfConnector = defineConnector({
  type: 'wecom-kf',
  title: { zh: '微信客服', en: 'WeCom customer service' },
  docs: 'channels/wecom-kf.md',
  runtimes: ['node', 'workers'],
  config,
  secrets: ['secret', 'token', 'encodingAesKey'],
  capabilities: {
    text: { max: 2048, unit: 'bytes', markdown: false },
    media: {
      image: { maxBytes: 10 * MB, mimes: ['image/jpeg', 'image/png'] },
      audio: { maxBytes: 2 * MB, mimes: ['audio/amr'] },
      video: { maxBytes: 10 * MB, mimes: ['video/mp4'] },
      file: { maxBytes: 20 * MB },
    },
    buttons: { max: 10, labelMax: 128, idMaxBytes: 128, textMax: 1024, links: true },
    location: true,
    idempotent: true,
    window: { ms: 48 * 3_600_000, messages: 5 },
  },
  inbound: () => 'poll',
  rings: true,
  create: createWecomKf,
})

function createWecomKf(settings: WecomKfConfig, deps: Deps): Connector {
  const { corpId, secret, token, encodingAesKey, apiRoot } = settings
  const api = wecom({ corpId, secret, apiRoot, fetch: deps.fetch, exchange: deps.exchange, now: deps.now })
  const seal = crypt({ token, encodingAesKey, receiveId: corpId })
  const people = createPeople(api, deps)
  return {
    async webhook(request) {
      const { response, ring } = await readCall(request, seal, deps.now())
      // Nothing of it needs to be kept: what it tells of stays at WeCom until the cursor has passed it, and is looked for anyway.
      if (ring) deps.live.publish(topicOf(deps.id), { type: 'rang', ...ring })
      return { events: [], response }
    },
    poll: createReader({ api, people, deps, sweepSeconds: settings.sweepSeconds, accounts: settings.accounts }),
    send: createSending({ api, deps, onlyAccount: (signal) => onlyAccount(api, settings, signal) }),
    check: (signal) => check(api, settings, signal),
    media: (ref, signal) => api.download(ref.id, signal),
    async profile(user, signal) {
      await people.meet([user], signal)
      return people.senderOf(user)
    },
  }
}

async function onlyAccount(api: Wecom, settings: WecomKfConfig, signal: AbortSignal): Promise<string> {
  const ids = settings.accounts ?? (await listAccounts(api, signal)).map(({ id }) => id)
  const [id, ...others] = ids
  if (id === undefined || others.length > 0) throw new ConnectorError('rejected', `which of ${ids.length} accounts speaks is not said`)
  return id
}

async function check(api: Wecom, { corpId, accounts }: WecomKfConfig, signal: AbortSignal): Promise<Health> {
  try {
    const found = (await listAccounts(api, signal)).filter(({ id }) => !accounts || accounts.includes(id))
    const missing = accounts?.find((id) => !found.some((one) => one.id === id))
    if (missing)
      return { state: 'misconfigured', detail: `我们的应用不能管理客服账号 ${missing} / our app may not manage the account ${missing}` }
    if (found.length > 0) return { state: 'connected', account: found.map(({ name }) => name).join(', ') }
    const detail = '没有可用的客服账号：请在管理后台把账号授权给本应用 / no account: let the app manage one in the admin console'
    return { state: 'misconfigured', detail }
  } catch (error) {
    const kind = error instanceof ConnectorError ? error.kind : 'transient'
    if (kind === 'unauthorized') return { state: 'bad_credentials', detail: reason(error) }
    // The credentials work: only the list is refused, and what rings can be read without it.
    if (kind === 'rejected') return { state: 'connected', account: corpId, detail: reason(error) }
    return { state: 'transient', detail: reason(error) }
  }
}
