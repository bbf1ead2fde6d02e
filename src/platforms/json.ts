// JSON from outside.
import { isTooDeep } from '#core/depth.ts'

/** As JSON.parse, but numbers too large for a double come as their digits: ids must never be rounded. */
export function parseJson(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError('nested too deeply')
  if (!hasLongNumber(text)) return JSON.parse(text) // A reviver is called for each value: only where there may be such a number.
  const reviver = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '') ? context?.source : value
  return JSON.parse(text, reviver)
}

/**
 * The object that an answer is. Undefined where it is none – a proxy's page, nothing at all –, and then the caller judges by the status:
 * that is no fault of the words.
 */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value = parseJson(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** So few digits a double holds, whatever they are. */
const EXACT = 15

/** Are there sixteen digits in a row? One of them then stands at each sixteenth place: the others are looked at only around that. */
function hasLongNumber(text: string): boolean {
  for (let at = EXACT; at < text.length; at += EXACT + 1) {
    if (!isDigit(text, at)) continue
    let [from, to] = [at, at]
    while (isDigit(text, from - 1)) from--
    while (isDigit(text, to + 1)) to++
    if (to - from >= EXACT) return true
  }
  return false
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}
