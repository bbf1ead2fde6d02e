import { join } from 'node:path'
import type { Button } from '#core/message.ts'
import { type Arrived, connectorContract, readFixtures } from '../../../test/contract/connector.ts'
import { type FaultName, NOW } from '../../../test/contract/support.ts'
import type { Sent } from '../../../test/fakes/wecom-kf/world.ts'
import { type FakeKf, sealedRequest, startFakeKf } from '../../../test/fakes/wecom-kf.ts'
import { wecomKfConnector } from './index.ts'

const COMPANY = {
  corpId: 'ww12345678910',
  secret: 'kf-contract-secret',
  token: 'QDG6eK',
  encodingAesKey: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
}
const USER = 'wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw'
const KF = 'wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q'
const HOOK = 'https://desk.example/hooks/ch1'
const AT = Math.floor(NOW.getTime() / 1000)

const sealed = (inner: string, extra: Partial<typeof COMPANY> = {}, at = AT) => sealedRequest({ ...COMPANY, ...extra }, HOOK, inner, at)

/** The same request with another query. */
async function changed(request: Promise<Request>, change: (query: URLSearchParams) => void): Promise<Request> {
  const made = await request
  const url = new URL(made.url)
  change(url.searchParams)
  return new Request(url, { method: 'POST', body: await made.text() })
}

function arrivedOf({ msgtype, content, file }: Sent): Arrived {
  if (file) return { file: file.bytes, fileName: file.name }
  if (msgtype === 'location') return { location: { lat: Number(content.latitude), lng: Number(content.longitude) } }
  if (msgtype !== 'msgmenu') return { text: String(content.content) }
  type Entry = { click?: { id: string; content: string }; view?: { url: string; content: string } }
  const buttons = (content.list as Entry[]).map(
    ({ click, view }): Button => ({ id: click?.id ?? '', label: click?.content ?? view?.content ?? '', ...(view && { url: view.url }) }),
  )
  return { text: String(content.head_content), buttons }
}

function inject(fake: FakeKf, name: FaultName): void {
  const paths = ['kf/send_msg', 'kf/account/list']
  if (name === 'rate_limited') fake.fail({ status: 429, retryAfter: 7 }, { paths })
  else if (name === 'unauthorized') fake.fail({ code: 40001, words: 'invalid credential' }, { paths: ['gettoken'] })
  else if (name === 'recipient_gone') fake.fail({ code: 40096, words: 'invalid external userid' }, { paths })
  else if (name === 'server_error') fake.fail({ status: 502 }, { paths })
  else fake.fail({ kind: name === 'accept_then_reset' ? 'accept-then-reset' : name }, { paths })
}

/** A company with one account, and a customer who has just written and been read. */
async function open(): Promise<FakeKf> {
  const fake = await startFakeKf({ ...COMPANY, accounts: [KF], now: () => NOW })
  fake.customer(USER, KF).text('在吗')
  fake.world.account(KF).entries.length = 0
  return fake
}

/** The five messages are the platform's rule, not what the suite is about. */
const generous = (fake: FakeKf) =>
  Object.defineProperty(fake.customer(USER, KF).session(), 'answers', { get: () => 0, set: () => undefined })

connectorContract(wecomKfConnector, {
  secrets: [COMPANY.secret, COMPANY.token, COMPANY.encodingAesKey, 'TOKEN-1-of'],
  required: ['corpId', 'secret', 'token', 'encodingAesKey'],
  fixtures: readFixtures(join(import.meta.dirname, 'fixtures')),
  polled: true,
  webhook: {
    config: {},
    request: (body) => sealed(body),
    requestOf: (bytes) => sealed(new TextDecoder().decode(bytes)),
    forgeries: {
      'no signature': (body) => changed(sealed(body), (query) => query.delete('msg_signature')),
      'a signature of zeros': (body) => changed(sealed(body), (query) => query.set('msg_signature', '0'.repeat(40))),
      'a changed nonce': (body) => changed(sealed(body), (query) => query.set('nonce', '7')),
      'a stale time': (body) => sealed(body, {}, AT - 301),
      'a time to come': (body) => sealed(body, {}, AT + 301),
      'another token': (body) => sealed(body, { token: 'QDG6eL' }),
      'another key': (body) => sealed(body, { encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' }),
      'another company': (body) => sealed(body, { corpId: 'ww12345678911' }),
      'no encryption': (body) =>
        changed(
          Promise.resolve(new Request(`${HOOK}?msg_signature=${'a'.repeat(40)}&timestamp=${AT}&nonce=1`, { method: 'POST', body })),
          () => undefined,
        ),
    },
  },
  async start() {
    const fake = await open()
    generous(fake)
    return {
      config: { ...COMPANY, apiRoot: fake.url, sweepSeconds: 0 },
      user: USER,
      thread: KF,
      arrived: () => fake.world.sent.map(arrivedOf),
      fault: (name) => inject(fake, name),
      closeWindow: () => fake.fail({ code: 95001, words: 'send msg count limit' }, { paths: ['kf/send_msg'] }),
      unreachable: { apiRoot: 'http://127.0.0.1:2' },
      patient: { sweepSeconds: 3600 },
      write: (text) => void fake.customer(USER, KF).text(text),
      offer: (payload) => void fake.world.account(KF).entries.push(payload as never),
      expire: () => fake.expireTokens(),
      refuseLater: () => void fake.world.lateFailures.push(4),
      forget: () => fake.forgetCursors(),
      close: () => fake.close(),
    }
  },
})
