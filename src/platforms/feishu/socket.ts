// Feishu's long connection: no public address is needed. The platform names an address, we connect there and say from time to time
// that we are alive; each event comes as a frame, or as several, and is answered by one, after its commit.
// Whoever runs this reconnects: it returns when it is stopped, and throws when the line is lost.
import { ConnectorError, reason } from '#core/errors.ts'
import { parseJson } from '../json.ts'
import type { Feishu, Told } from './api.ts'
import { recordOf } from './api.ts'
import { CONTROL, DATA, decodeFrame, encodeFrame, type Frame, headerOf } from './frames.ts'

/** What is answered to one event; undefined where there is nothing to say. Its events are committed when it resolves. */
export type OnPushed = (body: Told) => Promise<unknown>

export interface Line {
  api: Feishu
  onPushed: OnPushed
  /** The connection stands. */
  onOpened?(): void
  /** Opens a WebSocket. */
  connect?(url: string): WebSocket
  /** What could not be taken, in words. */
  onTrouble(words: string): void
}

/** Feishu says how often; until then, and never less often than twice that. */
const PING_MS = 120_000
const OPEN_MS = 15_000
/** Parts of one event that never becomes whole are let go. */
const PARTS_MAX = 64
const EVENT_MAX = 8 * 1024 * 1024

export async function holdLine(line: Line, signal: AbortSignal): Promise<void> {
  try {
    const { url, config } = await line.api.endpoint(signal)
    signal.throwIfAborted()
    const address = URL.parse(url)
    if (!address || !/^wss?:$/.test(address.protocol))
      throw new ConnectorError('transient', 'the address of the long connection is none', { certain: true })
    const socket = (line.connect ?? ((to: string) => new WebSocket(to)))(url)
    socket.binaryType = 'arraybuffer'
    const service = Number(address.searchParams.get('service_id')) || 0
    // Heard from the start: events may come in the same breath as the line opens.
    await talked(line, socket, { service, pingMs: pingOf(config) }, opened(socket, signal), signal)
  } catch (error) {
    if (!signal.aborted) throw error // Whoever was stopped while connecting just ends.
  }
}

function opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('the long connection did not open in time'), OPEN_MS)
    const stop = () => fail('stopped while connecting')
    const settled = () => {
      clearTimeout(timer)
      // The signal lives as long as the process, and lines come and go.
      signal.removeEventListener('abort', stop)
    }
    const fail = (words: string) => {
      settled()
      socket.close()
      reject(new ConnectorError('transient', words, { certain: true }))
    }
    socket.addEventListener('open', () => {
      settled()
      resolve()
    })
    socket.addEventListener('error', () => fail('the long connection could not be opened'))
    socket.addEventListener('close', () => fail('the long connection was closed before it opened'))
    signal.addEventListener('abort', stop, { once: true })
  })
}

interface Pace {
  service: number
  pingMs: number
}

function talked(line: Line, socket: WebSocket, pace: Pace, opening: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const parts = assembly()
    let heard = true
    let timer: ReturnType<typeof setTimeout> | undefined
    const end = (error?: ConnectorError) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      if (socket.readyState <= WebSocket.OPEN) socket.close()
      if (error) reject(error)
      else resolve()
    }
    const stop = () => end()
    const send = (frame: Frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(encodeFrame(frame))
    }
    const ping = () => {
      // Neither an answer to the last ping nor an event: the line is dead, though nobody told us.
      if (!heard) return end(new ConnectorError('transient', 'the long connection fell silent', { certain: true }))
      heard = false
      send({ seq: 0n, log: 0n, service: pace.service, method: CONTROL, headers: [['type', 'ping']] })
      timer = setTimeout(ping, pace.pingMs)
    }
    socket.addEventListener('message', ({ data }: MessageEvent) => {
      heard = true
      const frame = frameIn(data, line)
      if (frame?.method === CONTROL) pace.pingMs = pongOf(frame) ?? pace.pingMs
      if (frame?.method === DATA) void answer(line, frame, parts, send)
    })
    socket.addEventListener('close', () => end(new ConnectorError('transient', 'the long connection was lost', { certain: true })))
    socket.addEventListener('error', () => end(new ConnectorError('transient', 'the long connection broke', { certain: true })))
    signal.addEventListener('abort', stop, { once: true })
    const begin = () => {
      line.onOpened?.()
      ping()
    }
    opening.then(begin, end)
  })
}

function frameIn(data: unknown, { onTrouble }: Line): Frame | undefined {
  try {
    return data instanceof ArrayBuffer ? decodeFrame(new Uint8Array(data)) : undefined
  } catch (error) {
    onTrouble(`a frame could not be read: ${reason(error)}`)
    return undefined
  }
}

/** One event, whole: taken, then answered. What is answered with 500 comes again. */
async function answer({ onPushed, onTrouble }: Line, frame: Frame, parts: Assembly, send: (frame: Frame) => void): Promise<void> {
  // Cards of the new kind come as events too; the old kind never comes this way.
  const whole = parts.add(frame)
  if (!whole) return
  const began = performance.now()
  let told: { code: number; data?: string } = { code: 200 }
  try {
    const said = await onPushed(recordOf(parseJson(new TextDecoder().decode(whole))))
    if (said !== undefined) told = { code: 200, data: base64(JSON.stringify(said)) }
  } catch (error) {
    onTrouble(`an event could not be taken: ${reason(error)}`)
    told = { code: 500 }
  }
  const took = String(Math.round(performance.now() - began))
  send({ ...frame, headers: [...frame.headers, ['biz_rt', took]], payload: new TextEncoder().encode(JSON.stringify(told)) })
}

interface Assembly {
  /** The payload, when the last part of it came. */
  add(frame: Frame): Uint8Array | undefined
}

/** Long events come in parts: `sum` of them, each with its `seq`. */
function assembly(): Assembly {
  const waiting = new Map<string, Map<number, Uint8Array>>()
  return {
    add(frame) {
      const sum = Number(headerOf(frame, 'sum') ?? 1)
      const payload = frame.payload ?? new Uint8Array()
      if (!(sum > 1)) return payload
      const id = headerOf(frame, 'message_id') ?? ''
      const parts = waiting.get(id) ?? new Map<number, Uint8Array>()
      waiting.set(id, parts.set(Number(headerOf(frame, 'seq') ?? 0), payload))
      if (waiting.size > PARTS_MAX) waiting.delete(waiting.keys().next().value as string)
      if (parts.size < sum) return undefined
      waiting.delete(id)
      const size = [...parts.values()].reduce((all, part) => all + part.length, 0)
      if (size > EVENT_MAX) return undefined
      const whole = new Uint8Array(size)
      let at = 0
      for (const [, part] of [...parts].sort(([a], [b]) => a - b)) {
        whole.set(part, at)
        at += part.length
      }
      return whole
    },
  }
}

function pingOf(config: Told): number {
  const seconds = Number(config.PingInterval)
  return seconds > 0 ? seconds * 1000 : PING_MS
}

/** An answer to a ping may say how often to ping from now on. */
function pongOf(frame: Frame): number | undefined {
  if (headerOf(frame, 'type') !== 'pong' || !frame.payload?.length) return undefined
  try {
    const seconds = Number(recordOf(parseJson(new TextDecoder().decode(frame.payload))).PingInterval)
    return seconds > 0 ? seconds * 1000 : undefined
  } catch {
    return undefined // It is an answer all the same.
  }
}

function base64(words: string): string {
  return btoa(Array.from(new TextEncoder().encode(words), (byte) => String.fromCharCode(byte)).join(''))
}
