import { join } from 'node:path'
import { parseXml } from '#platforms/wechat/xml.ts'
import { type Arrived, connectorContract, readFixtures } from '../../../test/contract/connector.ts'
import { type FaultName, NOW } from '../../../test/contract/support.ts'
import type { FakeFile } from '../../../test/fakes/wechat/world.ts'
import { type FakeWechat, type PushOptions, pushRequest, type Sent, startFakeWechat } from '../../../test/fakes/wechat.ts'
import { wechatConnector } from './index.ts'

const SECRET = 'contract-app-secret-0123456789ab'
const KEYS: PushOptions = {
  token: 'hookTokenOfTheContract',
  encodingAesKey: 'kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR',
  appId: 'wx49f0ab532d5d035a',
  mode: 'secure',
  format: 'xml',
}
const HOOK = 'https://desk.example/hooks/ch1'

const request = (body: string, keys: Partial<PushOptions> = {}, at = NOW.getTime()) => pushRequest(HOOK, { ...KEYS, ...keys }, body, at)

function changed(body: string, name: string, change: (value: string) => string | undefined): Request {
  const original = request(body)
  const url = new URL(original.url)
  const value = change(url.searchParams.get(name) ?? '')
  if (value === undefined) url.searchParams.delete(name)
  else url.searchParams.set(name, value)
  return new Request(url, original)
}

function arrivedOf({ msgtype, content, file }: Sent & { file?: FakeFile }): Arrived {
  if (file) return { file: file.bytes, fileName: file.name }
  if (msgtype !== 'msgmenu') return { text: String(content.content) }
  const list = content.list as { id: string; content: string }[]
  return { text: String(content.head_content), buttons: list.map(({ id, content: label }) => ({ id, label })) }
}

/** WeChat says no with 200 and a number. */
const FAULTS: Partial<Record<FaultName, number>> = { rate_limited: 45009, recipient_gone: 43004 }

function inject(fake: FakeWechat, name: FaultName): void {
  const errcode = FAULTS[name]
  if (errcode) fake.fail({ errcode })
  else if (name === 'unauthorized') {
    // The secret was changed on the platform: neither the token nor the secret is good any more.
    fake.world.revokeTokens()
    fake.fail({ errcode: 40125, errmsg: 'invalid appsecret' }, { path: /stable_token$/ })
  } else if (name === 'server_error') fake.fail({ status: 502 })
  else if (name === 'accept_then_reset') fake.fail({ kind: 'accept-then-reset' })
  else fake.fail({ kind: name as 'reset' | 'hang' | 'html' })
}

connectorContract(wechatConnector, {
  secrets: [SECRET, KEYS.token, KEYS.encodingAesKey, 'access_token=9'],
  required: ['appId', 'appSecret', 'token', 'encodingAesKey'],
  fixtures: readFixtures(join(import.meta.dirname, 'fixtures')),
  faults: { rate_limited: { kind: 'rate_limited', certain: true, retryAfterMs: 15 * 60_000 } },
  webhook: {
    config: {},
    request: (body) => request(body),
    requestOf: (bytes) => request(new TextDecoder().decode(bytes)),
    rawOf: (body) => parseXml(body),
    forgeries: {
      'no encryption': (body) => request(body, { mode: 'plain' }),
      'no signature': (body) => changed(body, 'msg_signature', () => undefined),
      'an empty signature': (body) => changed(body, 'msg_signature', () => ''),
      'the signature of the plain mode': (body) =>
        changed(body, 'msg_signature', () => new URL(request(body).url).searchParams.get('signature') ?? ''),
      'another token': (body) => request(body, { token: 'BBBBB' }),
      'another key': (body) => request(body, { encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' }),
      'another account': (body) => request(body, { appId: 'wx0000000000000000' }),
      'another nonce': (body) => changed(body, 'nonce', (value) => `${value}1`),
      'another time': (body) => changed(body, 'timestamp', (value) => String(Number(value) + 1)),
      'a time of more than five minutes ago': (body) => request(body, {}, NOW.getTime() - 301_000),
      'a time in more than five minutes': (body) => request(body, {}, NOW.getTime() + 301_000),
      'no body': (body) => new Request(request(body).url, { method: 'POST' }),
    },
  },
  async start() {
    const fake = await startFakeWechat({ ...KEYS, secret: SECRET, quotas: false, now: () => NOW })
    fake.customer('oOPENID')
    const { appId, token, encodingAesKey } = KEYS
    return {
      config: { appId, appSecret: SECRET, token, encodingAesKey, apiRoot: fake.url },
      user: 'oOPENID',
      arrived: () => fake.sent.map(arrivedOf),
      fault: (name) => inject(fake, name),
      unreachable: { apiRoot: 'http://127.0.0.1:2' },
      close: () => fake.close(),
    }
  },
})
