// What every connector must do with what comes in: read it the same twice, refuse what is forged, and lose nothing in a crash.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Connector } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { type ConnectorContract, type Fixture, type Suite, signal } from './connector.ts'
import { hostileBodies, jsonSuite, naughtyStrings, stored } from './support.ts'

type Hook = NonNullable<ConnectorContract['webhook']>

export function decodes(suite: Suite, fixtures: Fixture[], hook: Hook): void {
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

export function reads(suite: Suite, fixtures: Fixture[]): void {
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

export function refuses(suite: Suite, hook: Hook): void {
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

export function polls(suite: Suite): void {
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
