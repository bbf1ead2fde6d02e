// What a question is reduced to before it is compared: no case, no width, no punctuation, one way of writing Chinese.
import { toSimplified } from './traditional.ts'

/** More than this of one message adds noise, not meaning. */
const maxLength = 400

export function normalize(text: string): string {
  const plain = text.slice(0, maxLength).normalize('NFKC').toLowerCase()
  return toSimplified(plain)
    .replaceAll(/[’'`´]/g, '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** Equal keys are the same phrase: blanks do not count, so that 'wi fi' is 'wifi' and '发 票' is '发票'. */
export function phraseKey(text: string): string {
  return normalize(text).replaceAll(' ', '')
}

const han = /\p{Script=Han}/u

/**
 * What is compared. Latin: words, pairs of words, and 2–4 letters in a row with the word's edges (these forgive typos).
 * Chinese: characters and pairs of characters, which did as well as a word segmenter and need no dictionary.
 * Words that carry no topic count little: in a small FAQ there are too few examples to learn that from.
 */
export function featuresOf(text: string): Map<string, number> {
  const found = new Map<string, number>()
  const add = (feature: string, weight: number) => found.set(feature, (found.get(feature) ?? 0) + weight)
  for (const run of normalize(text).match(/\p{Script=Han}+|[^\p{Script=Han}\s]+/gu) ?? []) {
    if (han.test(run)) addChinese(run, add)
    else addLetters(run, add)
  }
  const words = normalize(text)
    .split(' ')
    .filter((word) => word && !han.test(word))
  for (let at = 1; at < words.length; at++) {
    const [a, b] = [words[at - 1] as string, words[at] as string]
    add(`${a} ${b}`, empty.has(a) && empty.has(b) ? weak : 1)
  }
  return found
}

/** A whole word or Chinese character(s) with a meaning of its own. */
export function isTopic(feature: string): boolean {
  if (feature.startsWith('w:')) return !empty.has(feature.slice(2))
  if (!han.test(feature)) return false
  return feature.length === 1 ? !emptyChars.has(feature) : !emptyPairs.has(feature) && [...feature].some((char) => !emptyChars.has(char))
}

function addLetters(word: string, add: (feature: string, weight: number) => void): void {
  const weight = empty.has(word) ? weak : 1
  add(`w:${word}`, weight)
  const padded = `_${word.slice(0, 30)}_`
  for (let size = 2; size <= 4; size++) {
    for (let at = 0; at + size <= padded.length; at++) add(padded.slice(at, at + size), weight)
  }
}

function addChinese(run: string, add: (feature: string, weight: number) => void): void {
  const chars = [...run]
  chars.forEach((char, at) => {
    add(char, emptyChars.has(char) ? weak : 1)
    const next = chars[at + 1]
    if (next !== undefined) add(char + next, (emptyChars.has(char) && emptyChars.has(next)) || emptyPairs.has(char + next) ? weak : 1)
  })
}

const weak = 0.5

const empty = new Set(
  (
    'a an the i im ive id me my mine we our us you your u ur he she it its they them is am are was were be been do does did done have has had ' +
    'can could will would shall should may might must to of in on at for from by with about as into and or but if so than then that this these ' +
    'those there here what which who whom when where why how please pls hi hello hey thanks thank ok okay just some any not no dont get want need ' +
    'like know tell'
  ).split(' '),
)
const emptyChars = new Set(
  '的了吗呢吧啊呀哦嘛么我你您他她它们是有在就也都还和与或把被给让请能可会要想得着过个这那些什怎哪多少几为何如以来去到对从很好一下',
)
const emptyPairs = new Set(
  '什么 怎么 怎样 如何 可以 能否 是否 请问 为什 为何 哪里 哪儿 多少 时候 几时 我想 我要 一下 知道 告诉 有没 没有 这个 那个 么样 你们 我们 您好 你好'.split(
    ' ',
  ),
)
