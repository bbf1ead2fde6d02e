// The far end of the long connection: frames over WebSocket. Its own few lines of protocol buffers, so that ours are read by others.
import type { WebSocket } from 'ws'

interface Frame {
  numbers: Map<number, bigint>
  headers: [string, string][]
  payload: Buffer
}

/** An event longer than this comes in parts. */
const PART = 600
/** The line broke before an event was answered: it comes again. */
export const LOST = Symbol('lost')

export class LongLine {
  /** How often the client is to ping. */
  pingSeconds = 120
  pings = 0
  /** The codes that events were answered with. */
  readonly answered: number[] = []
  private socket: WebSocket | undefined
  private next = 1
  private readonly open = new Map<string, (told: unknown) => void>()

  get isOpen(): boolean {
    return this.socket?.readyState === 1
  }

  accept(socket: WebSocket): void {
    this.socket = socket
    socket.on('message', (data: Buffer) => this.hear(read(data)))
  }

  /** The line breaks. */
  drop(): void {
    this.socket?.terminate()
    this.socket = undefined
    for (const answer of this.open.values()) answer(LOST)
    this.open.clear()
  }

  /** Anything at all. */
  raw(data: Uint8Array): void {
    this.socket?.send(data)
  }

  /** Sends one event, in parts where it is long, and resolves with what was answered. */
  send(body: string): Promise<unknown> {
    const bytes = Buffer.from(body)
    const id = `m${this.next++}`
    const sum = Math.ceil(bytes.length / PART)
    const whole = new Promise<unknown>((resolve) => this.open.set(id, resolve))
    // The last part first: they need not come in order.
    for (let seq = sum - 1; seq >= 0; seq--) {
      const headers: [string, string][] = [
        ['type', 'event'],
        ['message_id', id],
        ['sum', String(sum)],
        ['seq', String(seq)],
        ['trace_id', 'trace'],
      ]
      this.raw(write({ seq: 2n ** 53n + 7n, service: 7, method: 1, headers, payload: bytes.subarray(seq * PART, (seq + 1) * PART) }))
    }
    return whole
  }

  private hear(frame: Frame): void {
    const header = (name: string) => frame.headers.find(([key]) => key === name)?.[1]
    if (frame.numbers.get(4) === 0n) {
      if (header('type') !== 'ping' || frame.numbers.get(3) !== 7n) throw new Error('the client did not ping as it should')
      this.pings += 1
      const payload = Buffer.from(JSON.stringify({ PingInterval: this.pingSeconds, ReconnectCount: -1 }))
      this.raw(write({ seq: 0n, service: 7, method: 0, headers: [['type', 'pong']], payload }))
      return
    }
    if (frame.numbers.get(1) !== 2n ** 53n + 7n || header('biz_rt') === undefined) throw new Error('an answer that is none')
    const { code, data } = JSON.parse(frame.payload.toString()) as { code: number; data?: string }
    this.answered.push(code)
    this.open.get(header('message_id') ?? '')?.(data === undefined ? undefined : JSON.parse(Buffer.from(data, 'base64').toString()))
  }
}

function varint(value: bigint): Buffer {
  const out: number[] = []
  let rest = value
  do {
    const low = Number(rest % 128n)
    rest /= 128n
    out.push(rest > 0n ? low + 128 : low)
  } while (rest > 0n)
  return Buffer.from(out)
}

const field = (number: number, bytes: Uint8Array) => Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes])

export function write(frame: { seq: bigint; service: number; method: number; headers: [string, string][]; payload: Uint8Array }): Buffer {
  const number = (tag: number, value: bigint) => Buffer.concat([varint(BigInt(tag * 8)), varint(value)])
  const headers = frame.headers.map(([key, value]) => field(5, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))])))
  return Buffer.concat([
    number(1, frame.seq),
    number(2, 2n ** 63n + 1n),
    number(3, BigInt(frame.service)),
    number(4, BigInt(frame.method)),
    ...headers,
    field(7, Buffer.from('json')),
    field(8, frame.payload),
    field(9, Buffer.from('log')),
  ])
}

export function read(data: Buffer): Frame {
  const frame: Frame = { numbers: new Map(), headers: [], payload: Buffer.alloc(0) }
  for (const [tag, value] of fieldsOf(data)) {
    if (typeof value === 'bigint') frame.numbers.set(tag, value)
    else if (tag === 5) {
      const inner = new Map(fieldsOf(value) as [number, Buffer][])
      frame.headers.push([inner.get(1)?.toString() ?? '', inner.get(2)?.toString() ?? ''])
    } else if (tag === 8) frame.payload = value
  }
  return frame
}

function fieldsOf(data: Buffer): [number, bigint | Buffer][] {
  const out: [number, bigint | Buffer][] = []
  let at = 0
  const number = (): bigint => {
    let value = 0n
    for (let factor = 1n; ; factor *= 128n) {
      const byte = data.readUInt8(at++)
      value += BigInt(byte % 128) * factor
      if (byte < 128) return value
    }
  }
  while (at < data.length) {
    const tag = Number(number())
    if (tag % 8 === 0) out.push([Math.floor(tag / 8), number()])
    else {
      const size = Number(number())
      out.push([Math.floor(tag / 8), data.subarray(at, at + size)])
      at += size
    }
  }
  return out
}
