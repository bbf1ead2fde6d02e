// The frames of Feishu's long connection: protocol buffers over WebSocket. Its documentation names no format; the fields are those of
// the platform's own open clients. Only what these frames use is read: numbers, and what has a length.

export interface Frame {
  seq: bigint
  log: bigint
  service: number
  /** 0: control, 1: data. */
  method: number
  headers: [key: string, value: string][]
  payloadEncoding?: string
  payloadType?: string
  payload?: Uint8Array<ArrayBuffer>
  logNew?: string
}

export const CONTROL = 0
export const DATA = 1

const VARINT = 0
const BYTES = 2
/** Fields as the platform numbers them. */
const FIELD = { seq: 1, log: 2, service: 3, method: 4, header: 5, payloadEncoding: 6, payloadType: 7, payload: 8, logNew: 9 } as const

/** The first header of this name. */
export function headerOf(frame: Frame, name: string): string | undefined {
  return frame.headers.find(([key]) => key === name)?.[1]
}

export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const out: number[] = []
  // The first four are required: they are written even when they are nothing.
  number(out, FIELD.seq, frame.seq)
  number(out, FIELD.log, frame.log)
  number(out, FIELD.service, BigInt(frame.service))
  number(out, FIELD.method, BigInt(frame.method))
  for (const [key, value] of frame.headers) {
    const inner: number[] = []
    bytes(inner, 1, utf8(key))
    bytes(inner, 2, utf8(value))
    bytes(out, FIELD.header, inner)
  }
  if (frame.payloadEncoding) bytes(out, FIELD.payloadEncoding, utf8(frame.payloadEncoding))
  if (frame.payloadType) bytes(out, FIELD.payloadType, utf8(frame.payloadType))
  if (frame.payload) bytes(out, FIELD.payload, frame.payload)
  if (frame.logNew) bytes(out, FIELD.logNew, utf8(frame.logNew))
  return Uint8Array.from(out)
}

/** Throws a plain `RangeError` for what is no frame. Unknown fields are passed over. */
export function decodeFrame(data: Uint8Array): Frame {
  const frame: Frame = { seq: 0n, log: 0n, service: 0, method: 0, headers: [] }
  for (const { field, value } of fields(data)) {
    if (typeof value === 'bigint') {
      if (field === FIELD.seq) frame.seq = value
      else if (field === FIELD.log) frame.log = value
      else if (field === FIELD.service) frame.service = Number(BigInt.asIntN(32, value))
      else if (field === FIELD.method) frame.method = Number(BigInt.asIntN(32, value))
    } else if (field === FIELD.header) frame.headers.push(pair(value))
    else if (field === FIELD.payloadEncoding) frame.payloadEncoding = text(value)
    else if (field === FIELD.payloadType) frame.payloadType = text(value)
    else if (field === FIELD.payload) frame.payload = value.slice()
    else if (field === FIELD.logNew) frame.logNew = text(value)
  }
  return frame
}

interface Field {
  field: number
  value: bigint | Uint8Array
}

function* fields(data: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n]
    for (;;) {
      const byte = data[at++]
      if (byte === undefined || shift > 63n) throw new RangeError('a number of a frame breaks off')
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
      shift += 7n
    }
  }
  const take = (size: number): Uint8Array => {
    if (!Number.isSafeInteger(size) || at + size > data.length) throw new RangeError('a field of a frame breaks off')
    at += size
    return data.subarray(at - size, at)
  }
  while (at < data.length) {
    const tag = Number(varint())
    const field = tag >>> 3
    switch (tag & 7) {
      case VARINT:
        yield { field, value: varint() }
        break
      case BYTES:
        yield { field, value: take(Number(varint())) }
        break
      case 1:
        take(8)
        break
      case 5:
        take(4)
        break
      default:
        throw new RangeError('not a frame')
    }
  }
}

function pair(data: Uint8Array): [string, string] {
  let [key, value] = ['', '']
  for (const one of fields(data)) {
    if (typeof one.value === 'bigint') continue
    if (one.field === 1) key = text(one.value)
    if (one.field === 2) value = text(one.value)
  }
  return [key, value]
}

function number(out: number[], field: number, value: bigint): void {
  varintTo(out, BigInt((field << 3) | VARINT))
  varintTo(out, BigInt.asUintN(64, value))
}

function bytes(out: number[], field: number, value: ArrayLike<number>): void {
  varintTo(out, BigInt((field << 3) | BYTES))
  varintTo(out, BigInt(value.length))
  for (let index = 0; index < value.length; index++) out.push(value[index] as number)
}

function varintTo(out: number[], value: bigint): void {
  let rest = value
  while (rest > 0x7fn) {
    out.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  out.push(Number(rest))
}

function utf8(words: string): Uint8Array {
  return new TextEncoder().encode(words)
}

function text(data: Uint8Array): string {
  return new TextDecoder().decode(data)
}
