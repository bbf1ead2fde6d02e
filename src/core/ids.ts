// Ids that sort by time: a prefix that says what the thing is, and a UUIDv7 as 32 hex digits.
import type { Clock } from './clock.ts'

export type IdPrefix = 'cus' | 'idn' | 'cnv' | 'msg' | 'att' | 'evt' | 'dlv' | 'thr' | 'agt' | 'ses' | 'aud' | 'tmr' | 'qst' | 'dcn' | 'fup'

/** A new id such as `cnv_0198c1f2…`: time first, so that ids made later sort later (RFC 9562 UUIDv7). */
export function newId(prefix: IdPrefix, clock: Clock): string {
  const time = clock.now().getTime().toString(16).padStart(12, '0')
  const variant = (8 + Math.floor(clock.random() * 4)).toString(16)
  return `${prefix}_${time}7${hex(3, clock)}${variant}${hex(15, clock)}`
}

function hex(digits: number, clock: Clock): string {
  let out = ''
  while (out.length < digits)
    out += Math.floor(clock.random() * 0x10000)
      .toString(16)
      .padStart(4, '0')
  return out.slice(0, digits)
}
