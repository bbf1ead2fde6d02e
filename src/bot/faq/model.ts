// What training gives: for each feature, how much it speaks for or against entries. Small enough to be stored and sent.
import type { Bank } from './bank.ts'

/**
 * Row n holds the weights of feature n, each a whole number of `unit[n]`. A row as long as there are entries has one weight for
 * each; a shorter one has the entries' numbers beside it, from `list[n]` on.
 */
export interface Model {
  entries: number
  /** How much of the phrases seems to stand under the wrong entry: 0 to 0.6. */
  doubt: number
  /** 1 for each example that what was learnt of the others contradicts; empty where there is no doubt. */
  strange: Uint8Array
  start: Int32Array
  list: Int32Array
  entry: Uint16Array
  weight: Int8Array
  unit: Float32Array
}

/** Of a bank whose phrases may stand under the wrong entry. */
export const mostDoubt = 0.6

/** The same while it is learnt. Without `entry` every row has a weight for each entry; else `entry` says whose each weight is. */
export interface Rows {
  start: Int32Array
  entry?: Uint16Array
  weight: Float32Array
}

/** How much the question's features speak for each entry: logarithms of probabilities, but for a constant. */
export function scoresOf(
  { feature, weight }: { feature: ArrayLike<number>; weight: ArrayLike<number> },
  model: Omit<Model, 'doubt' | 'strange'>,
  scores: Float64Array,
): Float64Array {
  scores.fill(0)
  for (let k = 0; k < feature.length; k++) {
    const row = feature[k] as number
    const from = model.start[row] as number
    const length = (model.start[row + 1] as number) - from
    const value = (weight[k] as number) * (model.unit[row] as number)
    if (length === model.entries) {
      for (let entry = 0; entry < length; entry++)
        scores[entry] = (scores[entry] as number) + value * (model.weight[from + entry] as number)
    } else {
      const list = model.list[row] as number
      for (let at = 0; at < length; at++) {
        const entry = model.entry[list + at] as number
        scores[entry] = (scores[entry] as number) + value * (model.weight[from + at] as number)
      }
    }
  }
  return scores
}

/** A hundredth of a row's largest weight is no loss that shows. Rows of mostly nothing keep only what is something. */
export function packRows(rows: Rows, entries: number): Omit<Model, 'doubt' | 'strange'> {
  const features = rows.start.length - 1
  const unit = new Float32Array(features)
  const whole = new Int8Array(rows.weight.length)
  const counts = new Int32Array(features)
  for (let row = 0; row < features; row++) {
    const [from, to] = [rows.start[row] as number, rows.start[row + 1] as number]
    let most = 0
    for (let at = from; at < to; at++) most = Math.max(most, Math.abs(rows.weight[at] as number))
    unit[row] = most / 127
    if (most === 0) continue
    for (let at = from; at < to; at++) {
      whole[at] = Math.round((rows.weight[at] as number) / (unit[row] as number))
      if (whole[at] !== 0) counts[row] = (counts[row] as number) + 1
    }
  }
  return { ...gather(rows, entries, { whole, counts }), unit }
}

function gather(
  rows: Rows,
  entries: number,
  { whole, counts }: { whole: Int8Array; counts: Int32Array },
): Omit<Model, 'unit' | 'doubt' | 'strange'> {
  const features = counts.length
  const start = new Int32Array(features + 1)
  const list = new Int32Array(features)
  // A number beside a weight costs twice the weight.
  const isFull = (row: number) => (counts[row] as number) * 3 >= entries
  let listed = 0
  for (let row = 0; row < features; row++) {
    list[row] = listed
    const length = isFull(row) ? entries : (counts[row] as number)
    if (length !== entries) listed += length
    start[row + 1] = (start[row] as number) + length
  }
  const weight = new Int8Array(start[features] as number)
  const entry = new Uint16Array(listed)
  for (let row = 0; row < features; row++) {
    const full = (start[row + 1] as number) - (start[row] as number) === entries
    let at = start[row] as number
    let beside = list[row] as number
    const [from, to] = [rows.start[row] as number, rows.start[row + 1] as number]
    for (let k = from; k < to; k++) {
      const value = whole[k] as number
      if (value === 0) continue
      const own = rows.entry ? (rows.entry[k] as number) : k - from
      if (full) weight[(start[row] as number) + own] = value
      else {
        weight[at++] = value
        entry[beside++] = own
      }
    }
  }
  return { entries, start, list, entry, weight }
}

const magic = 0x46414d31 // FAM1
const headBytes = 28

export function encodeModel(model: Model): Uint8Array {
  const parts = [model.start, model.list, model.unit, model.entry, model.weight, model.strange]
  const head = Uint32Array.from([
    magic,
    model.entries,
    Math.round(model.doubt * 1000),
    model.start.length,
    model.entry.length,
    model.weight.length,
    model.strange.length,
  ])
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, head.byteLength))
  let at = 0
  for (const part of [head, ...parts]) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += part.byteLength
  }
  return bytes
}

/** Undefined when the bytes are no model for this bank: of another version, cut off, or of other phrases. */
export function decodeModel(bytes: Uint8Array, bank: Bank): Model | undefined {
  const copy = bytes.slice().buffer
  if (copy.byteLength < headBytes) return undefined
  const [kind, entries = 0, doubt = 0, rows = 0, listed = 0, weights = 0, examples = 0] = new Uint32Array(copy, 0, 7)
  if (kind !== magic || entries !== bank.entries || rows !== bank.numbers.size + 1) return undefined
  const sizes = [rows * 4, (rows - 1) * 4, (rows - 1) * 4, listed * 2, weights, examples]
  if (copy.byteLength !== sizes.reduce((sum, size) => sum + size, headBytes)) return undefined
  let at = headBytes
  const places = sizes.map((size) => {
    at += size
    return at - size
  })
  const [start = 0, list = 0, unit = 0, entry = 0, weight = 0, strange = 0] = places
  return {
    entries,
    doubt: doubt / 1000,
    start: new Int32Array(copy, start, rows),
    list: new Int32Array(copy, list, rows - 1),
    unit: new Float32Array(copy, unit, rows - 1),
    entry: new Uint16Array(copy, entry, listed),
    weight: new Int8Array(copy, weight, weights),
    strange: new Uint8Array(copy, strange, examples),
  }
}
