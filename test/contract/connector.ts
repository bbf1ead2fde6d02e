// What every connector must do. A channel's own test calls this with a harness for its platform's fake; see docs/channels.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connector, ConnectorDefinition } from '#core/connector.ts'
import type { Button } from '#core/message.ts'
import { decodes, polls, reads, refuses } from './connector-in.ts'
import { breaks, changesItsMind, fails, sends } from './connector-out.ts'
import { type FaultName, type Recorder, recorder } from './support.ts'

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

export interface Suite {
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

export const signal = () => AbortSignal.timeout(10_000)

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
