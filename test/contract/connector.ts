// What every connector must do. A channel's own test calls this with a harness for its platform's fake; see docs/channels.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adapt } from '#core/adapt.ts'
import type { Connector, ConnectorDefinition, Outbound } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import type { Button, MediaKind, Part } from '#core/message.ts'
import {
  FAULTS,
  type FaultName,
  FILES,
  fileAs,
  hostileBodies,
  jsonSuite,
  LINKS,
  naughtyStrings,
  type Recorder,
  recorder,
  stored,
  WORDS,
} from './support.ts'

/** What reached the platform, in our words. */
export interface Arrived {
  text?: string
  file?: Uint8Array
  fileName?: string
  buttons?: Button[]
  location?: { lat: number; lng: number }
}

export interface ConnectorHarness {
  /** A config that works with the fake. */
  config: Record<string, unknown>
  /** Somebody whom the fake knows, and where they are spoken with, on channels with several such places. */
  user: string
  thread?: string
  /** Messages that the platform took, oldest first. Absent: the channel has no platform. */
  arrived?(): Arrived[]
  /** The next call meets this fault. */
  fault?(name: FaultName): void
  /** The next message is one too many, or too late. */
  closeWindow?(): void
  /** Resolves when a call hangs there; absent: a tenth of a second is enough. */
  hangs?(): Promise<unknown>
  /** The same config, but nobody listens there. */
  unreachable?: Record<string, unknown>
  /** What config needs so that a poll waits long for news. */
  patient?: Record<string, unknown>
  /** A customer writes. */
  write?(text: string): void
  /** On channels that are polled: puts the payload of a fixture where the next poll finds it. */
  offer?(payload: unknown): void
  /** The access token that everybody has is no longer good. */
  expire?(): void
  /** The platform takes the next message, and says later that it did not get through. */
  refuseLater?(): void
  /** The platform forgets how far anybody has read. */
  forget?(): void
  close(): Promise<void>
}

/** One payload of the platform and the events that must come of it. */
export interface Fixture {
  name: string
  /** Where the payload's shape is from. */
  source: string
  body: string
  events: unknown
}

export interface ConnectorContract {
  start(): Promise<ConnectorHarness>
  /** Values that must never be seen in a log or an error. */
  secrets: string[]
  /** Keys of the config without which it is refused. */
  required: string[]
  fixtures?: Fixture[]
  /** The fixtures are what a poll brings: a webhook is only a doorbell, or there is none. */
  polled?: true
  /** What a fault becomes here, where it is not what it usually becomes (`none`: it does not exist there): WeChat says that it is too much, not until when. */
  faults?: Partial<Record<FaultName, object | 'none'>>
  webhook?: {
    /** What config needs for webhooks, over the harness's. */
    config: Record<string, unknown>
    /** A request as the platform makes it. */
    request(body: string): Request | Promise<Request>
    /** Where the signature covers the body: a request with exactly these bytes. */
    requestOf?(bytes: Uint8Array<ArrayBuffer>): Request | Promise<Request>
    /** What is kept of a payload that is not JSON. */
    rawOf?(body: string): unknown
    /** Requests that are not the platform's: wrong, missing and, where the platform dates them, stale signatures. */
    forgeries: Record<string, (body: string) => Request | Promise<Request>>
  }
}

/** Reads `*.json` of a folder: `{ source, payload, events }`. A payload that is a text is one on the wire, too. */
export function readFixtures(folder: string): Fixture[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => {
    const { source, payload, events } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      source: string
      payload: unknown
      events: unknown
    }
    return { name: name.replace('.json', ''), source, body: typeof payload === 'string' ? payload : JSON.stringify(payload), events }
  })
}

interface Suite {
  definition: ConnectorDefinition
  contract: ConnectorContract
  recorder: Recorder
  harness: ConnectorHarness
  create(extra?: Record<string, unknown>): Connector
}

export function connectorContract(definition: ConnectorDefinition, contract: ConnectorContract): void {
  describe(`the connector contract: ${definition.type}`, () => {
    const suite = { definition, contract, recorder: recorder() } as Suite
    suite.create = (extra) => definition.create(definition.config.parse({ ...suite.harness.config, ...extra }), suite.recorder.deps)
    beforeAll(async () => {
      suite.harness = await contract.start()
    })
    afterAll(() => suite.harness.close())

    describesItself(suite)
    sends(suite)
    if (contract.fixtures && contract.webhook && !contract.polled) decodes(suite, contract.fixtures, contract.webhook)
    if (contract.fixtures && contract.polled) reads(suite, contract.fixtures)
    if (contract.webhook) refuses(suite, contract.webhook)
    fails(suite)
    breaks(suite)
    polls(suite)
    changesItsMind(suite)

    test('no secret was seen in any error or log line', () => {
      const all = suite.recorder.said.join('\n')
      for (const secret of contract.secrets) expect(all.includes(secret)).toBe(false)
    })
  })
}

const signal = () => AbortSignal.timeout(10_000)

function describesItself(suite: Suite): void {
  const { definition, contract } = suite
  test('the config is strict: unknown keys and missing secrets are refused', () => {
    expect(definition.config.safeParse(suite.harness.config).success).toBe(true)
    expect(definition.config.safeParse({ ...suite.harness.config, tokenn: 'x' }).success).toBe(false)
    for (const key of contract.required) {
      const { [key]: _left, ...rest } = suite.harness.config
      expect(definition.config.safeParse(rest).success, key).toBe(false)
    }
  })

  test('what the capabilities promise has a method, and a method has its promise', () => {
    const connector = suite.create()
    const { capabilities } = definition
    expect(Boolean(connector.typing)).toBe(Boolean(capabilities.typing))
    expect(Boolean(connector.edit)).toBe(Boolean(capabilities.edit))
    expect(Boolean(connector.recall)).toBe(Boolean(capabilities.recall))
    const way = definition.inbound(definition.config.parse(suite.harness.config))
    if (way === 'none') expect([connector.webhook, connector.poll, connector.connect]).toEqual([undefined, undefined, undefined])
    else expect(connector[way]).toBeTypeOf('function')
    expect(definition.title.zh && definition.title.en).toBeTruthy()
  })

  test('check says connected and who we are', async () => {
    expect(await suite.create().check(signal())).toMatchObject({ state: 'connected' })
  })
}

function outbound(suite: Suite, parts: Part[], key = `dlv_${crypto.randomUUID()}`): Outbound {
  const { user, thread } = suite.harness
  return { key, to: { user, ...(thread && { thread }) }, parts }
}

/** Sends as the core does, through `adapt`, and gives what reached the platform. */
async function deliver(suite: Suite, parts: Part[]): Promise<Arrived[]> {
  const before = suite.harness.arrived?.().length ?? 0
  const connector = suite.create()
  for (const message of adapt(parts, suite.definition.capabilities, { locale: 'zh', link: ({ id }) => `${LINKS}${id}` })) {
    const out = outbound(suite, message)
    const receipt = await connector.send(out, signal())
    expect(receipt.externalIds.length).toBeGreaterThan(0)
    expect(receipt.at.getTime()).toBeGreaterThan(0)
    if (suite.definition.capabilities.idempotent) expect((await connector.send(out, signal())).externalIds).toEqual(receipt.externalIds)
  }
  return suite.harness.arrived?.().slice(before) ?? []
}

function sends(suite: Suite): void {
  const { capabilities } = suite.definition
  test.each(Object.entries(WORDS))('carries %s exactly', async (_name, text) => {
    const arrived = await deliver(suite, [{ type: 'text', text }])
    if (suite.harness.arrived) expect(arrived).toEqual([{ text }])
  })

  test('carries a text of the greatest length, and a longer one in several messages', async () => {
    const unit = capabilities.text.unit === 'bytes' ? 'a' : '文'
    const arrived = await deliver(suite, [{ type: 'text', text: unit.repeat(capabilities.text.max) }])
    if (suite.harness.arrived) expect(arrived).toHaveLength(1)
    const long = await deliver(suite, [{ type: 'text', text: unit.repeat(capabilities.text.max * 2 + 1) }])
    if (suite.harness.arrived) expect(long.map((one) => one.text).join('')).toBe(unit.repeat(capabilities.text.max * 2 + 1))
  })

  for (const kind of Object.keys(capabilities.media ?? {}) as MediaKind[]) {
    test(`carries a file as ${kind}, byte for byte, with its name and caption`, async () => {
      const id = fileAs(kind, capabilities.media?.[kind]?.mimes)
      const file = FILES[id] as (typeof FILES)[string]
      const media = { id, name: file.name, mime: file.mime, bytes: file.bytes.length }
      const arrived = await deliver(suite, [{ type: 'media', kind, media, caption: '说明 👍🏽' }])
      // Where a kind has no captions the words follow, and where it is not taken as such it goes as a file.
      const as = capabilities.media?.[kind]?.mimes?.includes(file.mime) === false ? 'file' : kind
      const isWhole = capabilities.media?.[as]?.captionMax !== undefined || capabilities.multipart
      const [text, whole] = ['说明 👍🏽', { file: file.bytes, fileName: file.name }]
      if (suite.harness.arrived) expect(arrived).toEqual(isWhole ? [{ text, ...whole }] : [whole, { text }])
    })
  }

  test.runIf(capabilities.buttons)('carries buttons with their ids and labels', async () => {
    const buttons: Button[] = [
      { id: 'faq:订单', label: '查订单' },
      { id: 'agent', label: '转人工' },
    ]
    if (capabilities.buttons?.links) buttons.push({ id: 'site', label: '官网', url: 'https://example.com/a?b=1' })
    const arrived = await deliver(suite, [{ type: 'buttons', text: '请选择', buttons }])
    const expected = buttons.map(({ id, label, url }) => (url ? { id: '', label, url } : { id, label }))
    if (suite.harness.arrived) expect(arrived).toEqual([{ text: '请选择', buttons: expected }])
  })

  test('more buttons than there can be become a numbered list', async () => {
    const buttons = Array.from({ length: (capabilities.buttons?.max ?? 0) + 1 }, (_, n) => ({ id: `say:${n}`, label: `选项${n}` }))
    const arrived = await deliver(suite, [{ type: 'buttons', text: '请选择', buttons }])
    const list = buttons.map(({ label }, n) => `${n + 1}. ${label}`)
    if (suite.harness.arrived) expect(arrived).toEqual([{ text: ['请选择', ...list].join('\n') }])
  })

  test('a file that is too large becomes a link, and says for how long it opens', async () => {
    const largest = Math.max(0, ...Object.values(capabilities.media ?? {}).map(({ maxBytes }) => maxBytes))
    const media = { id: 'att_file', name: '录像.zip', mime: 'application/zip', bytes: largest + 1 }
    const arrived = await deliver(suite, [{ type: 'media', kind: 'file', media }])
    if (suite.harness.arrived) expect(arrived).toEqual([{ text: `录像.zip（7 天内有效）: ${LINKS}att_file` }])
  })

  test('marked up words arrive as what they mean', async () => {
    const marked: Part = { type: 'text', format: 'markdown', text: '**请看** [帮助](https://example.com/a_b)' }
    const arrived = await deliver(suite, [marked])
    if (suite.harness.arrived)
      expect(arrived[0]?.text).toBe(capabilities.text.markdown ? marked.text : '请看 帮助 (https://example.com/a_b)')
  })

  test('no emoji is torn where a long text is split', async () => {
    const family = '👨‍👩‍👧‍👦'
    const arrived = await deliver(suite, [{ type: 'text', text: family.repeat(Math.ceil(capabilities.text.max / 8)) }])
    const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
    const pieces = arrived.flatMap(({ text = '' }) => [...graphemes.segment(text)].map(({ segment }) => segment))
    // Mails and forms may break lines between them.
    expect([...new Set(pieces.filter((piece) => piece.trim() !== ''))]).toEqual(suite.harness.arrived ? [family] : [])
  })

  test.runIf(capabilities.location)('carries a place', async () => {
    const arrived = await deliver(suite, [{ type: 'location', lat: 31.2304, lng: 121.4737 }])
    if (suite.harness.arrived) expect(arrived).toEqual([{ location: { lat: 31.2304, lng: 121.4737 } }])
  })

  test.skipIf(!naughtyStrings)('carries a sample of the naughty strings (needs ../shared/data/corpora/blns)', async () => {
    const sample = (naughtyStrings ?? []).filter((text, index) => index % 12 === 0 && text.trim() === text && text !== '')
    for (const text of sample) {
      const arrived = await deliver(suite, [{ type: 'text', text }])
      if (suite.harness.arrived) expect(arrived.map((one) => one.text).join('')).toBe(text)
    }
  })
}

type Hook = NonNullable<ConnectorContract['webhook']>

function decodes(suite: Suite, fixtures: Fixture[], hook: Hook): void {
  test.each(fixtures)('decodes the payload "$name" to its stored events, twice the same', async ({ body, events }) => {
    const connector = suite.create(hook.config)
    const first = await connector.webhook?.(await hook.request(body))
    expect(stored(first?.events ?? [])).toEqual(events)
    for (const event of first?.events ?? []) expect(event.raw).toEqual(hook.rawOf ? hook.rawOf(body) : JSON.parse(body))
    const second = await connector.webhook?.(await hook.request(body))
    expect(second?.events.map((event) => event.externalId)).toEqual(first?.events.map((event) => event.externalId))
    expect(first?.response.status).toBeLessThan(300)
  })
}

function reads(suite: Suite, fixtures: Fixture[]): void {
  test.each(fixtures)('reads the payload "$name" as its stored events, twice the same', async ({ body, events }) => {
    const start = (await suite.create().poll?.(null, signal()))?.cursor ?? null
    suite.harness.offer?.(JSON.parse(body))
    const first = await suite.create().poll?.(start, signal())
    expect(stored(first?.events ?? [])).toEqual(events)
    for (const event of first?.events ?? []) expect(event.raw).toEqual(JSON.parse(body))
    const second = await suite.create().poll?.(start, signal())
    expect(second?.events.map((event) => event.externalId)).toEqual(first?.events.map((event) => event.externalId))
  })
}

function refuses(suite: Suite, hook: Hook): void {
  const valid = suite.contract.fixtures?.[0]?.body ?? '{}'
  test.each(Object.entries(hook.forgeries))('refuses a request with %s before it reads it', async (_name, forge) => {
    const connector = suite.create(hook.config)
    for (const body of [valid, 'garbage']) {
      const error = await suite.recorder.failure(async () => connector.webhook?.(await forge(body)))
      expect(error.kind).toBe('unauthorized')
    }
  })

  test('answers garbage, huge and truncated bodies with "rejected" and nothing else', async () => {
    const connector = suite.create(hook.config)
    for (const body of hostileBodies(valid)) await onlyRejects(connector, await hook.request(body))
  })

  test.skipIf(!jsonSuite)('answers every body of the JSON test suite (needs ../shared/data/corpora/jsontestsuite)', async () => {
    const connector = suite.create(hook.config)
    for (const name of readdirSync(jsonSuite as string)) {
      const bytes = new Uint8Array(readFileSync(join(jsonSuite as string, name)))
      const request = hook.requestOf ? await hook.requestOf(bytes) : new Request(await hook.request(''), { method: 'POST', body: bytes })
      await onlyRejects(connector, request)
    }
  })
}

async function onlyRejects(connector: Connector, request: Request): Promise<void> {
  try {
    const result = await connector.webhook?.(request)
    expect(Array.isArray(result?.events)).toBe(true)
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectorError)
    expect((error as ConnectorError).kind).toBe('rejected')
  }
}

function sendOne(suite: Suite, connector: Connector, end = signal()): Promise<unknown> {
  return connector.send(outbound(suite, [{ type: 'text', text: 'x' }]), end)
}

function fails(suite: Suite): void {
  const cases = Object.entries({ ...FAULTS, ...suite.contract.faults }) as [FaultName, object | 'none'][]

  for (const [name, expected] of cases) {
    test(`a platform that answers with ${name} becomes the right error`, async ({ skip }) => {
      if (!suite.harness.fault) return skip('this channel has no platform')
      if (expected === 'none') return skip('there is no such fault on this wire')
      suite.harness.fault(name)
      const error = await suite.recorder.failure(() => sendOne(suite, suite.create()))
      expect({ kind: error.kind, certain: error.certain, retryAfterMs: error.retryAfterMs }).toEqual({
        retryAfterMs: undefined,
        ...expected,
      })
    })
  }

  test('a person who blocked us is gone for good, and surely got nothing', async ({ skip }) => {
    if (!suite.harness.fault) return skip('this channel has no platform')
    suite.harness.fault('recipient_gone')
    expect(await suite.recorder.failure(() => sendOne(suite, suite.create()))).toMatchObject({ kind: 'recipient_gone', certain: true })
  })

  test('a closed window is final, and the message surely did not arrive', async ({ skip }) => {
    if (!suite.harness.closeWindow) return skip('this channel has no window')
    suite.harness.closeWindow()
    expect(await suite.recorder.failure(() => sendOne(suite, suite.create()))).toMatchObject({ kind: 'window_closed', certain: true })
  })

  test('a lost answer leaves it open whether the message arrived, and it is not sent again', async ({ skip }) => {
    if (!suite.harness.fault) return skip('this channel has no platform')
    const before = suite.harness.arrived?.().length ?? 0
    suite.harness.fault('accept_then_reset')
    expect(await suite.recorder.failure(() => sendOne(suite, suite.create()))).toMatchObject({ kind: 'transient', certain: false })
    expect(suite.harness.arrived?.().length).toBe(before + 1)
  })
}

function breaks(suite: Suite): void {
  test('a platform that cannot be reached surely got nothing', async ({ skip }) => {
    if (!suite.harness.unreachable) return skip('this channel has no platform')
    expect(await suite.recorder.failure(() => sendOne(suite, suite.create(suite.harness.unreachable)))).toMatchObject({
      kind: 'transient',
      certain: true,
    })
    expect(await suite.create(suite.harness.unreachable).check(signal())).toMatchObject({ state: 'transient' })
  })

  test('an abort ends a hanging call within a second', async ({ skip }) => {
    if (!suite.harness.fault) return skip('this channel has no platform')
    suite.harness.fault('hang')
    const stop = new AbortController()
    const error = suite.recorder.failure(() => sendOne(suite, suite.create(), stop.signal))
    await (suite.harness.hangs?.() ?? new Promise((resolve) => setTimeout(resolve, 100)))
    const before = performance.now()
    stop.abort()
    expect(await error).toMatchObject({ kind: 'transient', certain: false })
    expect(performance.now() - before).toBeLessThan(1000)
  })

  test('check never throws: it tells bad credentials from a bad connection', async ({ skip }) => {
    if (!suite.harness.fault) return skip('this channel has no platform')
    suite.harness.fault('unauthorized')
    expect(await suite.create().check(signal())).toMatchObject({ state: 'bad_credentials' })
    suite.harness.fault('server_error')
    expect(await suite.create().check(signal())).toMatchObject({ state: 'transient' })
  })
}

/** What a platform takes back, or forgets, after it had said yes. */
function changesItsMind(suite: Suite): void {
  test('a token that runs out in the middle of ten parallel sends loses none of them and doubles none', async ({ skip }) => {
    const { expire, arrived } = suite.harness
    if (!expire || !arrived) return skip('this channel has no tokens that run out')
    const connector = suite.create()
    await sendOne(suite, connector)
    const before = arrived().length
    const words = Array.from({ length: 10 }, (_, n) => `第 ${n} 条`)
    await Promise.all(
      words.map(async (text, n) => {
        if (n === 5) expire()
        await connector.send(outbound(suite, [{ type: 'text', text }]), signal())
      }),
    )
    const texts = arrived()
      .slice(before)
      .map((one) => one.text)
    expect(texts.sort()).toEqual(words.sort())
  })

  test('what the platform refuses later is told as a receipt for that message', async ({ skip }) => {
    const connector = suite.create()
    if (!suite.harness.refuseLater || !connector.poll) return skip('this platform refuses at once or never')
    const start = (await connector.poll(null, signal())).cursor
    suite.harness.refuseLater()
    const out = outbound(suite, [{ type: 'text', text: '送不到' }])
    const { externalIds } = await connector.send(out, signal())
    const { events } = await connector.poll(start, signal())
    expect(events).toMatchObject([{ type: 'delivery', state: 'failed', target: externalIds[0], from: out.to }])
    expect(events[0]?.type === 'delivery' && events[0].reason).toBeTruthy()
  })

  test('a place that the platform forgot costs no message, and what is read again is known by its id', async ({ skip }) => {
    const connector = suite.create()
    if (!suite.harness.forget || !suite.harness.write || !connector.poll) return skip('this platform forgets no places')
    const start = (await connector.poll(null, signal())).cursor
    suite.harness.write('之前')
    const read = await connector.poll(start, signal())
    suite.harness.forget()
    suite.harness.write('之后')
    const again = await connector.poll(read.cursor, signal())
    const ids = again.events.map((event) => event.externalId)
    expect(ids).toEqual(expect.arrayContaining(read.events.map((event) => event.externalId)))
    expect(again.events.at(-1)).toMatchObject({ type: 'message', parts: [{ text: '之后' }] })
  })
}

function polls(suite: Suite): void {
  test('a crash between reading and committing loses nothing, and a confirmed cursor brings nothing twice', async ({ skip }) => {
    const connector = suite.create()
    if (!suite.harness.write || !connector.poll) return skip('this channel is not polled')
    const start = (await connector.poll(null, signal())).cursor
    for (const text of ['一', '二', '三']) suite.harness.write(text)
    const read = await connector.poll(start, signal())
    const again = await suite.create().poll?.(start, signal())
    const textsOf = (events: typeof read.events) =>
      events.map((event) => (event.type === 'message' && event.parts[0]?.type === 'text' ? event.parts[0].text : ''))
    expect(textsOf(read.events)).toEqual(['一', '二', '三'])
    expect(again?.events.map((event) => event.externalId)).toEqual(read.events.map((event) => event.externalId))
    suite.harness.write('四')
    expect(textsOf((await connector.poll(read.cursor, signal())).events)).toEqual(['四'])
  })

  test.skipIf(!naughtyStrings)('brings the naughty strings as they were written (needs ../shared/data/corpora/blns)', async ({ skip }) => {
    const connector = suite.create()
    const { write } = suite.harness
    if (!write || !connector.poll) return skip('this channel is not polled')
    let { cursor } = await connector.poll(null, signal())
    const sample = (naughtyStrings ?? []).filter(
      (text, index) => index % 6 === 1 && text.trim() === text && text !== '' && !text.startsWith('/'),
    )
    for (const text of sample) write(text)
    const seen: string[] = []
    while (seen.length < sample.length) {
      const page = await connector.poll(cursor, signal())
      expect(page.events.length).toBeGreaterThan(0)
      for (const event of page.events)
        seen.push(event.type === 'message' && event.parts[0]?.type === 'text' ? event.parts[0].text : event.type)
      cursor = page.cursor
    }
    expect(seen).toEqual(sample)
  })

  test('an abort ends a waiting poll within a second', async ({ skip }) => {
    const connector = suite.create(suite.harness.patient)
    if (!suite.harness.write || !connector.poll) return skip('this channel is not polled')
    const { cursor } = await connector.poll(null, signal())
    const stop = new AbortController()
    const waiting = connector.poll(cursor, stop.signal).catch((error: unknown) => error)
    setTimeout(() => stop.abort(), 100)
    const before = performance.now()
    await waiting
    expect(performance.now() - before).toBeLessThan(1000)
  })
}
