import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Exchange } from '#core/connector.ts'
import { localMemory } from '#core/memory.ts'
import { exchange } from '#src/node/exchange.ts'
import { type FakeWechat, startFakeWechat } from '../../../test/fakes/wechat.ts'
import { type Wechat, type WechatOptions, wechat } from './api.ts'

const SECRET = 'app-secret-of-the-client-tests'
const PICTURE = { bytes: new Uint8Array([137, 80, 78, 71]), name: 'a.png', mime: 'image/png' }

let fake: FakeWechat
let ms: number
beforeEach(async () => {
  ms = Date.parse('2026-03-01T08:00:00Z')
  fake = await startFakeWechat({ secret: SECRET, now: () => new Date(ms) })
})
afterEach(() => fake.close())

const signal = () => AbortSignal.timeout(10_000)
const memory = localMemory

function client(more: Partial<WechatOptions> = {}): Wechat {
  const { appId } = fake.push
  return wechat({ appId, appSecret: SECRET, apiRoot: fake.url, fetch, exchange, memory: memory(), now: () => new Date(ms), ...more })
}

function customer(openid: string) {
  const person = fake.world.person(openid)
  fake.world.acts(person, 'message')
  return person
}
const say = (api: Wechat, touser: string, content = 'x', end = signal()) =>
  api.post('/cgi-bin/message/custom/send', { touser, msgtype: 'text', text: { content } }, end)
const fetched = () => fake.calls.filter(({ path }) => path.endsWith('stable_token')).map(({ body }) => body.force_refresh)

describe('the access token', () => {
  test('is fetched once by however many processes call at once, and kept until it is about to end', async () => {
    const shared = memory()
    const processes = Array.from({ length: 10 }, () => client({ memory: shared }))
    for (let n = 0; n < 10; n++) customer(`o${n}`)
    await Promise.all(processes.map((api, n) => say(api, `o${n}`)))
    expect(fetched()).toEqual([false])
    ms += 110 * 60_000
    await Promise.all(processes.map((api, n) => say(api, `o${n}`)))
    expect(fetched()).toEqual([false])
    ms += 7 * 60_000
    await Promise.all(processes.map((api, n) => say(api, `o${n}`)))
    expect(fetched()).toEqual([false, false])
    expect(fake.world.sent).toHaveLength(30)
  })

  test('that ran out early is replaced once for all who were refused, and nothing is sent twice', async () => {
    const shared = memory()
    const processes = Array.from({ length: 10 }, () => client({ memory: shared }))
    for (let n = 0; n < 10; n++) customer(`o${n}`)
    await Promise.all(processes.map((api, n) => say(api, `o${n}`)))
    fake.world.expireTokens()
    await Promise.all(processes.map((api, n) => say(api, `o${n}`)))
    expect(fetched()).toEqual([false, false])
    expect(fake.world.sent).toHaveLength(20)
    expect(fake.calls.filter(({ errcode }) => errcode === 42001)).toHaveLength(10)
  })

  test('that WeChat gives and refuses is forced, once in half a minute', async () => {
    const api = client()
    customer('o1')
    const broken = { errcode: 40001, errmsg: 'invalid credential, access_token is invalid or not latest' }
    fake.fail(broken, { times: 1 })
    await say(api, 'o1')
    expect(fetched()).toEqual([false, false, true])
    fake.fail(broken, { times: 1 })
    await expect(say(api, 'o1')).rejects.toMatchObject({ kind: 'transient', certain: true, retryAfterMs: 30_000 })
    ms += 30_000
    fake.fail(broken, { times: 1 })
    await say(api, 'o1')
    expect(fetched().filter(Boolean)).toHaveLength(2)
  })

  test('whose fetching breaks leaves nothing half done: surely nothing was sent, and the next call fetches again', async () => {
    const api = client()
    customer('o1')
    for (const kind of ['reset', 'html'] as const) {
      fake.fail({ kind }, { path: /stable_token$/ })
      await expect(say(api, 'o1')).rejects.toMatchObject({ kind: 'transient', certain: true })
    }
    await say(api, 'o1')
    expect(fake.world.sent).toHaveLength(1)
  })

  test('that another process fetches is waited for no longer than the call may take', async () => {
    const shared = memory()
    const never: Exchange = (_url, { signal: end }) => new Promise((_, reject) => end.addEventListener('abort', () => reject(end.reason)))
    const first = new AbortController()
    const slow = say(client({ memory: shared, exchange: never }), 'o1', 'x', first.signal)
    const second = new AbortController()
    const waiting = say(client({ memory: shared }), 'o1', 'x', second.signal)
    second.abort()
    await expect(waiting).rejects.toMatchObject({ kind: 'transient', certain: true })
    first.abort()
    await expect(slow).rejects.toMatchObject({ kind: 'transient', certain: true })
    customer('o1')
    await say(client({ memory: shared }), 'o1')
  })
})

describe('what WeChat says no with', () => {
  test.each([
    [-1, { kind: 'transient', certain: true }],
    [40003, { kind: 'recipient_gone' }],
    [43004, { kind: 'recipient_gone' }],
    [45002, { kind: 'rejected' }],
    [45009, { kind: 'rate_limited', retryAfterMs: 900_000 }],
    [45011, { kind: 'rate_limited', retryAfterMs: 60_000 }],
    [45015, { kind: 'window_closed' }],
    [45047, { kind: 'window_closed' }],
    [48001, { kind: 'unsupported' }],
    [87014, { kind: 'rejected' }],
    [99999, { kind: 'rejected' }],
  ])('%i', async (errcode, expected) => {
    customer('o1')
    fake.fail({ errcode })
    await expect(say(client(), 'o1')).rejects.toMatchObject({
      certain: true,
      message: expect.stringContaining(String(errcode)),
      ...expected,
    })
  })

  test('an address that is not on the whitelist is a setting to change, with the address in the words', async () => {
    fake.isListed = false
    const health = await client().check(signal())
    expect(health).toMatchObject({ state: 'misconfigured', detail: expect.stringMatching(/127\.0\.0\.1.*whitelist.*白名单/) })
    await expect(say(client(), 'o1')).rejects.toMatchObject({ kind: 'unauthorized', certain: true })
  })

  test('a wrong secret is told as that, without the secret', async () => {
    fake.secret = 'changed on the platform'
    const health = await client().check(signal())
    expect(health).toMatchObject({ state: 'bad_credentials', detail: expect.stringContaining('appSecret') })
    expect(JSON.stringify(health)).not.toContain(SECRET)
  })
})

describe('files', () => {
  test('come as they are; a video by the address that WeChat names; what is gone is told', async () => {
    const api = client()
    const bytes = new Uint8Array([0, 255, 13, 10, 123, 34])
    const picture = fake.world.keep({ type: 'image', name: 'x.jpg', mime: 'image/jpeg', bytes })
    const loaded = await api.download(picture.id, signal())
    expect([new Uint8Array(await loaded.arrayBuffer()), loaded.headers.get('content-type'), loaded.url]).toEqual([bytes, 'image/jpeg', ''])
    const video = fake.world.keep({ type: 'video', name: 'x.mp4', mime: 'video/mp4', bytes })
    expect(new Uint8Array(await (await api.download(video.id, signal())).arrayBuffer())).toEqual(bytes)
    ms += 73 * 3_600_000
    await expect(api.download(picture.id, signal())).rejects.toMatchObject({ kind: 'rejected', message: expect.stringContaining('40007') })
  })

  test('an address of a video that is not one of WeChat’s is not asked', async () => {
    let asked = ''
    const elsewhere = client({
      fetch: async (input) => {
        asked = String(input)
        return Response.json({ video_url: 'http://169.254.169.254/latest/meta-data' }, { headers: { 'content-type': 'text/plain' } })
      },
    })
    await expect(elsewhere.download('m', signal())).rejects.toMatchObject({ kind: 'rejected' })
    expect(asked).toContain('/cgi-bin/media/get')
  })

  test('that cannot be handed over leave it sure that nothing was sent', async () => {
    for (const kind of ['reset', 'html', 'accept-then-reset'] as const) {
      fake.fail({ kind }, { path: /upload$/ })
      await expect(client().upload('image', PICTURE, signal())).rejects.toMatchObject({ kind: 'transient', certain: true })
    }
    expect(fake.world.files.get(await client().upload('image', PICTURE, signal()))).toMatchObject(PICTURE)
  })
})
