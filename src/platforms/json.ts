// JSON from outside.
import { isTooDeep } from '#core/depth.ts'

/** As JSON.parse, but numbers too large for a double come as their digits: ids must never be rounded. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError('nested too deeply')
  if (!/\d{16}/.test(text)) return JSON.parse(text) // A reviver is called for each value: only where there may be such a number.
  const reviver = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '') ? context?.source : value
  return JSON.parse(text, reviver)
}
