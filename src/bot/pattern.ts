// Which regular expressions of a config file may run on what strangers send. JavaScript's engine backtracks: a careless pattern
// takes minutes on thirty letters. So the number of ways in which a pattern can be tried is counted before it is accepted.
import type { Text } from '#core/message.ts'

export interface PatternProblem {
  text: Text
  hint?: Text
}

/** Replies are cut to this before they are matched. */
export const maxMatched = 200
/** More ways than this of trying a reply are refused; each costs at most `maxMatched` steps. */
const maxWays = 50_000

const remedy: Text = {
  zh: '请用定长或互不重叠的写法，例如 ^SO\\d{8}$；不要嵌套 + 或 *',
  en: 'use fixed lengths or pieces that cannot overlap, such as ^SO\\d{8}$; do not nest + or *',
}

/** What is wrong with a pattern, or undefined when it is safe to run. */
export function patternProblem(source: string): PatternProblem | undefined {
  try {
    new RegExp(source, 'u')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { text: { zh: `正则表达式有误：${why}`, en: `not a regular expression: ${why}` } }
  }
  if (/\\[1-9]|\\k</.test(source.replaceAll('\\\\', ''))) return refused('反向引用', 'back references')
  if (/\(\?(?:[=!]|<[=!])/.test(source)) return refused('环视断言 (?=、(?!、(?<', 'look-around (?= (?! (?<')
  const reader = { source, at: 0 }
  const ways = alternatives(reader) * (source.startsWith('^') ? 1 : maxMatched)
  if (ways <= maxWays) return undefined
  return { text: { zh: '正则表达式可能会运行很久', en: 'this regular expression can take very long' }, hint: remedy }
}

function refused(zh: string, en: string): PatternProblem {
  return { text: { zh: `正则表达式里不能用${zh}`, en: `${en} are not allowed in a regular expression here` }, hint: remedy }
}

interface Reader {
  source: string
  at: number
}

/** Ways of trying `a|b|c`: each alternative in turn. */
function alternatives(reader: Reader): number {
  let sum = sequence(reader)
  while (reader.source[reader.at] === '|') {
    reader.at++
    sum += sequence(reader)
  }
  return sum
}

function sequence(reader: Reader): number {
  let ways = 1
  while (reader.at < reader.source.length && !'|)'.includes(reader.source[reader.at] as string)) ways = Math.min(ways * piece(reader), 1e12)
  return ways
}

/** One atom with its quantifier: as many ways as there are lengths to try, each to the power of what is inside. */
function piece(reader: Reader): number {
  const start = reader.at
  const inside = atom(reader)
  const text = reader.source.slice(start, reader.at)
  const [min, max] = quantifier(reader)
  if (max === 1 && min === 1) return inside
  if (inside === 1 && isEnded(text, reader)) return 1
  let ways = 0
  for (let count = min; count <= Math.min(max, min + maxMatched); count++) {
    ways += inside ** count
    if (ways > 1e12) return 1e12
  }
  return Math.max(1, ways)
}

function atom(reader: Reader): number {
  const rest = reader.source.slice(reader.at)
  if (rest.startsWith('(')) {
    reader.at += /^\((?:\?(?::|<[^>]*>))?/.exec(rest)?.[0].length ?? 1
    const ways = alternatives(reader)
    reader.at++
    return ways
  }
  reader.at += single(rest).length
  return 1
}

/** The first atom that is no group: a class, an escape or one character. */
function single(rest: string): string {
  const found =
    /^(?:\[(?:\\.|[^\]\\])*\]|\\u\{[^}]*\}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[pP]\{[^}]*\}|\\c[A-Za-z]|\\[\s\S]|[\s\S])/u.exec(rest)
  return found?.[0] ?? ''
}

function quantifier(reader: Reader): [min: number, max: number] {
  const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(reader.source.slice(reader.at))
  if (!found) return [1, 1]
  reader.at += found[0].length
  const [, sign, low, comma, high] = found
  if (sign) return [sign === '+' ? 1 : 0, sign === '?' ? 1 : Number.POSITIVE_INFINITY]
  return [Number(low), comma ? (high ? Number(high) : Number.POSITIVE_INFINITY) : Number(low)]
}

/** A repetition that what follows cannot belong to (`[^@]+@`, `\d+$`) has one length that fits: shorter ones fail at once. */
function isEnded(repeated: string, reader: Reader): boolean {
  if (repeated.startsWith('(')) return false
  const next = single(reader.source.slice(reader.at))
  if (next === '$') return true
  const literal = /^\\[^A-Za-z0-9]$/.test(next) ? next.slice(1) : next
  if (literal.length === 0 || /^(?:\[|\\|[.()|?*+{^])/.test(next === literal ? next : '')) return false
  const after = reader.source.slice(reader.at + next.length)
  if (/^(?:[*?]|\{0)/.test(after)) return false
  return !new RegExp(`^${repeated}$`, 'u').test(literal)
}
