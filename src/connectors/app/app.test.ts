import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connector, Outbound } from '#core/connector.ts'
import { formatProblem } from '#core/document.ts'
import type { Part } from '#core/message.ts'
import { loadConfig } from '#src/config.ts'
import { type Arrived, connectorContract, readFixtures } from '../../../test/contract/connector.ts'
import { type FaultName, FILES, LINKS, NOW, type Recorder, recorder } from '../../../test/contract/support.ts'
import { type FakeApp, type LoggedCall, startFakeApp } from '../../../test/fakes/app.ts'
import fc from '../../../test/support/fc.ts'
import { listen } from '../../../test/support/listen.ts'
import { decode } from './decode.ts'
import { appConnector } from './index.ts'

const SECRET = `whsec_${Buffer.from('a contract secret of 32 bytes !!').toString('base64')}`
const OTHER = `whsec_${Buffer.from('another secret, also of 32 bytes').toString('base64')}`

interface Seal {
  secret?: string
  id?: string
  at?: Date
  headers?: Record<string, string>
}

/** As a server that is not ours signs: by Node's own HMAC. */
function signed(body: string | Uint8Array<ArrayBuffer>, { secret = SECRET, id = 'msg_fixture', at = NOW, headers }: Seal = {}): Request {
  const seconds = String(at.getTime() / 1000)
  const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`${id}.${seconds}.`)
    .update(body)
    .digest('base64')
  const own = { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${mac}` }
  const method = 'POST'
  return new Request('https://desk.example/hooks/ch1', {
    method,
    headers: { 'content-type': 'application/json', ...own, ...headers },
    body,
  })
}

const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000)

function without(name: string, body: string): Request {
  const request = signed(body)
  request.headers.delete(name)
  return request
}

function arrivedOf({ event }: LoggedCall): Arrived {
  const parts = event.parts as (Record<string, unknown> & { type: string })[]
  const words = parts.flatMap((part) => (part.text ?? part.caption) as string | undefined).filter((text) => text !== undefined)
  const file = parts.find((part) => part.url !== undefined)
  const place = parts.find((part) => part.type === 'location')
  const buttons = parts.find((part) => part.type === 'buttons')?.buttons as { id: string; label: string; url?: string }[] | undefined
  return {
    ...(words.length > 0 && { text: words.join('') }),
    ...(file && { file: FILES[String(file.url).slice(LINKS.length)]?.bytes, fileName: String(file.name) }),
    ...(buttons && { buttons: buttons.map((one) => (one.url ? { ...one, id: '' } : one)) }),
    ...(place && { location: { lat: Number(place.lat), lng: Number(place.lng) } }),
  }
}

function inject(fake: FakeApp, name: FaultName): void {
  if (name === 'rate_limited') fake.fail({ status: 429, retry_after: 7 })
  else if (name === 'unauthorized') fake.fail({ status: 401 })
  else if (name === 'recipient_gone') fake.fail({ status: 410 })
  else if (name === 'server_error') fake.fail({ status: 502 })
  else if (name === 'accept_then_reset') fake.fail({ kind: 'accept-then-reset' })
  else fake.fail({ kind: name })
}

connectorContract(appConnector, {
  secrets: [SECRET, SECRET.slice(6)],
  required: ['callbackUrl', 'secret'],
  fixtures: readFixtures(join(import.meta.dirname, 'fixtures')),
  webhook: {
    config: {},
    request: signed,
    requestOf: signed,
    forgeries: {
      'no id': (body) => without('webhook-id', body),
      'no time': (body) => without('webhook-timestamp', body),
      'no signature': (body) => without('webhook-signature', body),
      'the signature of another secret': (body) => signed(body, { secret: OTHER }),
      'the signature of another body': (body) =>
        signed(body, { headers: { 'webhook-signature': signed(`${body} `).headers.get('webhook-signature') ?? '' } }),
      'the id of another request': (body) => signed(body, { headers: { 'webhook-id': 'msg_other' } }),
      'a time that was not signed': (body) => signed(body, { headers: { 'webhook-timestamp': String(NOW.getTime() / 1000 + 1) } }),
      'a stale signature': (body) => signed(body, { at: minutes(-5.1) }),
      'a signature from the future': (body) => signed(body, { at: minutes(5.1) }),
      'a version that we do not know': (body) =>
        signed(body, { headers: { 'webhook-signature': (signed(body).headers.get('webhook-signature') ?? '').replace('v1,', 'v2,') } }),
      'a full stop in its id': (body) => signed(body, { id: 'msg.1' }),
    },
  },
  async start() {
    const fake = await startFakeApp({ secrets: [SECRET], now: () => NOW })
    return {
      config: { callbackUrl: `${fake.url}/callback`, secret: SECRET },
      user: 'u_42',
      arrived: () => fake.accepted('message').map(arrivedOf),
      fault: (name) => inject(fake, name),
      unreachable: { callbackUrl: 'http://127.0.0.1:2/callback' },
      close: () => fake.close(),
    }
  },
})

let fake: FakeApp
let heard: Recorder
beforeEach(async () => {
  fake = await startFakeApp({ secrets: [SECRET], now: () => NOW })
  heard = recorder()
})
afterEach(() => fake.close())

const signal = () => AbortSignal.timeout(10_000)
const create = (extra: object = {}): Connector =>
  appConnector.create(appConnector.config.parse({ callbackUrl: `${fake.url}/callback`, secret: SECRET, ...extra }), heard.deps)
const message = (...parts: Part[]): Outbound => ({ key: 'dlv_1', to: { user: 'u_42' }, parts })
const text = (words: string): Part => ({ type: 'text', text: words })
const failure = (outbound = message(text('x'))) => heard.failure(() => create().send(outbound, signal()))

describe('what the app is sent', () => {
  test('a message has its key as id, who speaks, where to, its parts, and all of it as plain words', async () => {
    const parts: Part[] = [
      { type: 'text', text: '**您好**', format: 'markdown' },
      {
        type: 'buttons',
        text: '请选择',
        buttons: [
          { id: 'a', label: '查订单' },
          { id: 'b', label: '官网', url: 'https://shop.example/' },
        ],
      },
      { type: 'media', kind: 'file', media: { id: 'att_file', name: '发票.pdf', mime: 'application/pdf', bytes: 7 }, caption: '请查收' },
      { type: 'location', lat: 1, lng: 2, title: '门店' },
    ]
    const whole = { ...message(...parts), to: { user: 'u_42', thread: 'order-7' }, sender: { name: '安娜' }, replyTo: 'm_1' }
    const receipt = await create().send(whole, signal())
    expect(receipt).toEqual({ externalIds: ['app-dlv_1'], at: NOW })
    expect(fake.accepted()[0]).toMatchObject({ id: 'dlv_1' })
    expect(fake.accepted()[0]?.event).toEqual({
      type: 'message',
      id: 'dlv_1',
      user: { id: 'u_42' },
      thread: 'order-7',
      replyTo: 'm_1',
      sender: { name: '安娜' },
      parts: [
        { type: 'text', text: '**您好**', format: 'markdown' },
        parts[1],
        { type: 'file', url: `${LINKS}att_file`, name: '发票.pdf', mime: 'application/pdf', bytes: 7, caption: '请查收' },
        parts[3],
      ],
      text: `您好\n请选择\n1. 查订单\n2. 官网: https://shop.example/\n发票.pdf: ${LINKS}att_file\n请查收\n门店 1,2`,
    })
  })

  test('edits, recalls and typing are types of their own, and none has the id of the message it is about', async () => {
    const connector = create()
    await connector.send(message(text('one')), signal())
    await connector.edit?.('app-dlv_1', { ...message(text('two')), key: 'dlv_2' }, signal())
    for (const _ of [1, 2]) await connector.recall?.('编号.1', { user: 'u_42' }, signal())
    await connector.typing?.({ user: 'u_42', thread: 't' }, signal())
    expect(fake.accepted().map(({ event: { id: _id, ...event } }) => event)).toMatchObject([
      { type: 'message' },
      { type: 'edit', target: 'app-dlv_1', text: 'two', user: { id: 'u_42' } },
      { type: 'recall', target: '编号.1', user: { id: 'u_42' } },
      { type: 'typing', user: { id: 'u_42' }, thread: 't' },
    ])
    for (const { id, event } of fake.accepted()) expect(event.id).toBe(id)
  })

  test('a message that was uncertain and is sent again reaches the user once, under one id', async () => {
    fake.fail({ kind: 'accept-then-reset' })
    expect(await failure()).toMatchObject({ kind: 'transient', certain: false })
    expect((await create().send(message(text('x')), signal())).externalIds).toEqual(['app-dlv_1'])
    expect(fake.calls.map((call) => [call.id, call.ok, call.before])).toEqual([
      ['dlv_1', true, 0],
      ['dlv_1', true, 1],
    ])
    expect(fake.accepted()).toHaveLength(1)
  })

  test('an app that names no id of its own knows the message by our key', async () => {
    const answers = ['', 'ok', '{}', '{"id":7}', '{"id":""}', '[]', 'null']
    const server = await listen((_request, response) => response.end(answers.shift()))
    while (answers.length > 0) {
      const { externalIds } = await create({ callbackUrl: server.url }).send(message(text('x')), signal())
      expect(externalIds).toEqual(['dlv_1'])
    }
    await server.close()
  })

  test('while a secret is replaced, both sign, and the server may know either', async () => {
    for (const known of [SECRET, OTHER]) {
      fake.secrets.splice(0, 9, known)
      await create({ secret: [OTHER, SECRET] }).send({ ...message(text('x')), key: `dlv_${known.slice(6, 9)}` }, signal())
    }
    expect(fake.accepted()).toHaveLength(2)
    fake.secrets.splice(0, 9, OTHER)
    expect(await failure()).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining('no signature fits') })
  })

  test('a file needs a public address of ours, and says so', async () => {
    const { link: _link, ...deps } = heard.deps
    const connector = appConnector.create({ callbackUrl: `${fake.url}/callback`, secret: SECRET }, deps)
    const file = message({ type: 'media', kind: 'image', media: { id: 'att_image' } })
    const error = await heard.failure(() => connector.send(file, signal()))
    expect(error).toMatchObject({ kind: 'unsupported', certain: true, message: expect.stringContaining('publicUrl') })
  })
})

describe('what the app may answer', () => {
  test.each([
    [301, 'rejected', true],
    [400, 'rejected', true],
    [403, 'unauthorized', true],
    [404, 'rejected', true],
    [410, 'recipient_gone', true],
    [500, 'transient', false],
    [503, 'transient', false],
  ] as const)('%i is %s', async (status, kind, certain) => {
    fake.fail({ status, error: '余额不足' })
    const error = await failure()
    expect(error).toMatchObject({ kind, certain })
    if (status !== 301) expect(error.message).toContain(`${status} 余额不足`)
    expect(fake.calls).toHaveLength(1) // The redirect's target was not called.
  })

  test('a user who is gone is gone, whatever is sent', async () => {
    fake.gone.add('u_42')
    expect(await failure()).toMatchObject({ kind: 'recipient_gone', message: expect.stringContaining('deleted') })
  })

  test.each([
    ['3', 3000],
    [minutes(2).toUTCString(), 120_000],
    [minutes(-2).toUTCString(), 1000],
    ['99999999999999', 86_400_000],
    ['soon', 1000],
  ])('"retry-after: %s" is obeyed', async (retry_after, retryAfterMs) => {
    fake.fail({ status: 429, retry_after })
    expect(await failure()).toMatchObject({ kind: 'rate_limited', retryAfterMs })
  })

  test('an endless answer is not read to its end, and a long reason is cut', async () => {
    const server = await listen((_request, response) => {
      response.statusCode = 400
      const more = () => void (response.writable && response.write('x'.repeat(60_000)) && setImmediate(more))
      response.on('drain', more)
      more()
    })
    const error = await heard.failure(() => create({ callbackUrl: server.url }).send(message(text('x')), signal()))
    expect(error.kind).toBe('rejected')
    expect(error.message.length).toBeLessThan(300)
    await server.close()
  })

  test('what it echoes of our secret is not repeated', async () => {
    const server = await listen((request, response) => {
      response.statusCode = 422
      response.end(JSON.stringify({ error: `bad ${SECRET} ${SECRET.slice(6)} ${request.url}` }))
    })
    const connector = create({ callbackUrl: `${server.url}/?token=hidden-in-the-url` })
    const error = await heard.failure(() => connector.send(message(text('x')), signal()))
    expect(error.message).toContain('422 bad <hidden> <hidden>')
    expect(error.message).not.toContain('hidden-in-the-url')
    await server.close()
  })

  test('check tells a wrong place from a broken one', async () => {
    expect(await create().check(signal())).toEqual({ state: 'connected', account: new URL(fake.url).host })
    expect(fake.accepted('ping')).toHaveLength(1)
    expect(await create({ callbackUrl: `${fake.url}/nowhere` }).check(signal())).toMatchObject({ state: 'misconfigured' })
    fake.fail({ status: 301 })
    expect(await create().check(signal())).toMatchObject({ state: 'misconfigured', detail: expect.stringContaining('callbackUrl') })
    expect(await create({ secret: OTHER }).check(signal())).toMatchObject({ state: 'bad_credentials' })
  })
})

describe('what the app tells', () => {
  const post = async (body: unknown, seal?: Seal, extra?: object) => create(extra).webhook?.(signed(JSON.stringify(body), seal))
  const said = (id: string, words = 'x') => ({ id, type: 'message', user: { id: 'u_42' }, message: { id: `m_${id}`, text: words } })

  test('a batch brings its events in order, each by its own id', async () => {
    const result = await post(Array.from({ length: 100 }, (_, n) => said(`e${n}`, `${n}`)))
    expect(result?.events.map((event) => event.externalId)).toEqual(Array.from({ length: 100 }, (_, n) => `e${n}`))
    expect(await result?.response.json()).toEqual({ accepted: 100 })
  })

  test.each([
    [Array.from({ length: 101 }, (_, n) => said(`e${n}`)), 'at most 100 events in one call, not 101'],
    [[said('a'), { ...said('b'), id: undefined }], '[1].id: '],
    [[said('a'), { ...said('b'), user: {} }], '[1].user.id: '],
    [{ ...said('a'), message: { id: 'm' } }, 'message: needs text or parts'],
    [{ ...said('a'), message: { id: 'm', parts: [{ type: 'image', url: 'ftp://x/y' }] } }, 'message.parts[0].url: '],
    [{ ...said('a'), message: { text: 'x' } }, 'message.id: '],
    [{ ...said('a'), user: { id: 42 } }, 'user.id: '],
    [{ ...said('a'), user: { id: 'a\u0000b' } }, 'user.id: '],
    [{ ...said('a'), message: { id: 'm', text: 'x'.repeat(20_001) } }, 'message.text: '],
    [{ type: 'delivery', user: { id: 'u' }, target: 't', state: 'opened' }, 'state: '],
    [{ type: 'new-thing' }, 'user: '],
  ])('what breaks the form is refused with its place: %#', async (body, place) => {
    const error = await heard.failure(async () => post(body))
    expect(error.kind).toBe('rejected')
    expect(error.message).toContain(place)
    expect(error.message).toMatch(/^[^/]*docs\/channels\/app\.md \/ .*docs\/channels\/app\.zh\.md$/)
  })

  test('an attachment of ours cannot be claimed by its id', async () => {
    const body = { ...said('a'), message: { id: 'm', parts: [{ type: 'image', url: 'att_0198' }] } }
    expect(await heard.failure(async () => post(body))).toMatchObject({ kind: 'rejected' })
  })

  test('while a secret is replaced, either is taken, and one good signature among several is enough', async () => {
    for (const secret of [SECRET, OTHER]) expect((await post(said('a'), { secret }, { secret: [OTHER, SECRET] }))?.events).toHaveLength(1)
    const good = signed(JSON.stringify(said('a'))).headers.get('webhook-signature')
    const several = `v1,AAAA v1a,BBBB ${good}`
    expect((await post(said('a'), { headers: { 'webhook-signature': several } }))?.events).toHaveLength(1)
  })

  test('whatever stands in an event, decoding gives well-formed events or a refusal', () => {
    const keys = ['message', 'user', 'parts', 'target', 'state', 'buttonId', 'source', 'at', 'thread', 'text', 'label', 'reason']
    const types = fc.constantFrom('message', 'press', 'edit', 'recall', 'arrive', 'leave', 'typing', 'delivery', 'ping', '__proto__', 'x')
    fc.assert(
      fc.property(types, fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), fc.jsonValue(), (type, fields, part) => {
        const content = { id: 'm', text: 'x', parts: [part] }
        for (const event of [
          fields,
          { user: { id: 'u' }, message: content, ...fields },
          { user: { id: 'u' }, ...fields, message: content },
        ]) {
          try {
            for (const one of decode({ type, ...event }, 'msg_1', NOW)) {
              expect(one.from.user).not.toBe('')
              expect(Number.isNaN(one.at.getTime())).toBe(false)
              if (one.type === 'message') expect(one.parts.length).toBeGreaterThan(0)
            }
          } catch (error) {
            expect(error).toMatchObject({ kind: 'rejected' })
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the config', () => {
  const problems = (callbackUrl: string, secret: string) => {
    const read = (name: string) =>
      name === 'frontdesk.yaml' ? `channels:\n  - { id: app, type: app, callbackUrl: "${callbackUrl}", secret: ${secret} }\n` : undefined
    const loaded = loadConfig({ env: { APP_SECRET: SECRET }, read })
    return 'problems' in loaded ? loaded.problems.map((one) => formatProblem(one, 'en')).join('\n') : ''
  }

  test('takes one secret or two, also from the environment, and a callback by https or on this machine', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the file writes variables so
    for (const secret of [SECRET, `["${SECRET}", "${OTHER}"]`, '"${APP_SECRET}"', '["${APP_SECRET}"]'])
      expect(problems('https://api.shop.example/frontdesk?v=1', secret)).toBe('')
    expect(problems('http://127.0.0.1:8080/x', SECRET)).toBe('')
  })

  test.each([
    ['http://api.shop.example/', SECRET, 'https, or http on this machine'],
    ['https://user:pw@api.shop.example/', SECRET, 'without user and password'],
    ['https://api.shop.example/', 'secret', 'whsec_ and 24 to 64 random bytes'],
    ['https://api.shop.example/', 'whsec_c2hvcnQ=', 'whsec_ and 24 to 64 random bytes'],
    ['https://api.shop.example/', '[]', 'channels.0.secret'],
  ])('says what is wrong with %s and %s, and repeats no secret', (url, secret, words) => {
    expect(problems(url, secret)).toContain(words)
    expect(problems(url, secret)).not.toContain(SECRET)
  })
})
