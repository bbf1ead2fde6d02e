// The connector contract with the fake of WeChat: for accounts and for Mini Programs, which differ in what they push and take.
import { join } from 'node:path'
import type { ConnectorDefinition } from '#core/connector.ts'
import { parseJson } from '#platforms/json.ts'
import { parseXml } from '#platforms/wechat/xml.ts'
import type { FakeFile } from '../fakes/wechat/world.ts'
import { type FakeWechat, type PushOptions, pushRequest, type Sent, startFakeWechat } from '../fakes/wechat.ts'
import { type Arrived, connectorContract, readFixtures } from './connector.ts'
import { type FaultName, NOW } from './support.ts'

export const SECRET = 'contract-app-secret-0123456789ab'
export const KEYS: PushOptions = {
  token: 'hookTokenOfTheContract',
  encodingAesKey: 'kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR',
  appId: 'wx49f0ab532d5d035a',
  mode: 'secure',
  format: 'xml',
}
const HOOK = 'https://desk.example/hooks/ch1'

/** A push of these words, signed and sealed. */
export function push(body: string, keys: Partial<PushOptions> = {}, at = NOW.getTime()): Request {
  return pushRequest(HOOK, { ...KEYS, ...keys }, body, at)
}

/** The same with one value of its address changed, or without it. */
export function changed(body: string, name: string, change: (value: string) => string | undefined): Request {
  const original = push(body)
  const url = new URL(original.url)
  const value = change(url.searchParams.get(name) ?? '')
  if (value === undefined) url.searchParams.delete(name)
  else url.searchParams.set(name, value)
  return new Request(url, original)
}

export function arrivedOf({ msgtype, content, file }: Sent & { file?: FakeFile }): Arrived {
  if (file) return { file: file.bytes, fileName: file.name }
  if (msgtype !== 'msgmenu') return { text: String(content.content) }
  const list = content.list as { id: string; content: string }[]
  return { text: String(content.head_content), buttons: list.map(({ id, content: label }) => ({ id, label })) }
}

/** WeChat says no with 200 and a number. */
const NUMBERS: Partial<Record<FaultName, number>> = { rate_limited: 45009, recipient_gone: 43004 }

function inject(fake: FakeWechat, name: FaultName): void {
  const errcode = NUMBERS[name]
  if (errcode) fake.fail({ errcode })
  else if (name === 'unauthorized') {
    // The secret was changed on the platform: neither the token nor the secret is good any more.
    fake.world.revokeTokens()
    fake.fail({ errcode: 40125, errmsg: 'invalid appsecret' }, { path: /stable_token$/ })
  } else if (name === 'server_error') fake.fail({ status: 502 })
  else if (name === 'accept_then_reset') fake.fail({ kind: 'accept-then-reset' })
  else fake.fail({ kind: name as 'reset' | 'hang' | 'html' })
}

export interface WechatContract {
  kind: 'account' | 'mini'
  /** Where its fixtures are. */
  folder: string
  config?: Record<string, unknown>
  secrets?: string[]
}

export function wechatContract(definition: ConnectorDefinition, { kind, folder, config = {}, secrets = [] }: WechatContract): void {
  connectorContract(definition, {
    secrets: [SECRET, KEYS.token, KEYS.encodingAesKey, 'access_token=9', ...secrets],
    required: ['appId', 'appSecret', 'token', 'encodingAesKey'],
    fixtures: readFixtures(join(folder, 'fixtures')),
    faults: { rate_limited: { kind: 'rate_limited', certain: true, retryAfterMs: 15 * 60_000 } },
    webhook: {
      config: {},
      request: (body) => push(body),
      requestOf: (bytes) => push(new TextDecoder().decode(bytes)),
      rawOf: (body) => (body.startsWith('<') ? parseXml(body) : parseJson(body)),
      forgeries: {
        'no encryption': (body) => push(body, { mode: 'plain' }),
        'no signature': (body) => changed(body, 'msg_signature', () => undefined),
        'an empty signature': (body) => changed(body, 'msg_signature', () => ''),
        'the signature of the plain mode': (body) =>
          changed(body, 'msg_signature', () => new URL(push(body).url).searchParams.get('signature') ?? ''),
        'another token': (body) => push(body, { token: 'BBBBB' }),
        'another key': (body) => push(body, { encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' }),
        'another account': (body) => push(body, { appId: 'wx0000000000000000' }),
        'another nonce': (body) => changed(body, 'nonce', (value) => `${value}1`),
        'another time': (body) => changed(body, 'timestamp', (value) => String(Number(value) + 1)),
        'a time of more than five minutes ago': (body) => push(body, {}, NOW.getTime() - 301_000),
        'a time in more than five minutes': (body) => push(body, {}, NOW.getTime() + 301_000),
        'no body': (body) => new Request(push(body).url, { method: 'POST' }),
      },
    },
    async start() {
      const fake = await startFakeWechat({ ...KEYS, kind, secret: SECRET, quotas: false, now: () => NOW })
      fake.customer('oOPENID')
      const { appId, token, encodingAesKey } = KEYS
      return {
        config: { appId, appSecret: SECRET, token, encodingAesKey, apiRoot: fake.url, ...config },
        user: 'oOPENID',
        arrived: () => fake.sent.map(arrivedOf),
        fault: (name) => inject(fake, name),
        unreachable: { apiRoot: 'http://127.0.0.1:2' },
        close: () => fake.close(),
      }
    },
  })
}
