// What is compared of a text. Measured against word segmenters, stemmers and longer runs of letters, which did not do better.
import { normalize } from '../normalize.ts'

/** Features of a text with how often each occurs; words without a topic count for less than once. */
export type Features = Map<string, number>

/**
 * Latin: words, pairs of words, and 2–4 letters in a row with the word's edges (these forgive typos). Chinese: characters and pairs
 * of characters, which need no dictionary. Everything else is treated as letters. How a text begins and ends is a feature, too:
 * '有货吗' asks, '有货' tells.
 */
export function featuresOf(text: string, spell?: (word: string) => string | undefined): Features {
  const found: Features = new Map()
  const add = (feature: string, weight: number) => found.set(feature, (found.get(feature) ?? 0) + weight)
  let before: string | undefined
  const read = normalize(text).match(runs) ?? []
  for (const [at, run] of read.entries()) {
    if (han.test(run)) {
      const chars = [...run]
      addChinese(chars, add)
      add(`^${chars[0]}`, 1)
      add(`${chars.at(-1)}$`, 1)
      before = undefined
    } else {
      const word = spell?.(run) ?? run
      addLetters(word, add)
      if (at === 0 && read.length > 1) add(`^${word}`, 1)
      if (at > 0 && at === read.length - 1) add(`${word}$`, 1)
      if (before !== undefined) add(`${before} ${word}`, empty.has(before) && empty.has(word) ? weak : 1)
      before = word
    }
  }
  return found
}

/** How a text begins or ends. */
export function isEdge(feature: string): boolean {
  return feature.startsWith('^') || feature.endsWith('$')
}

/** Which averages an example belongs to: that of two languages would be like neither. */
export function scriptOf(text: string): 'zh' | 'latin' {
  return han.test(text) ? 'zh' : 'latin'
}

/** A whole word or Chinese character(s) with a meaning of its own. */
export function isTopic(feature: string): boolean {
  if (feature.startsWith('w:')) return !empty.has(feature.slice(2))
  if (!han.test(feature) || isEdge(feature)) return false
  return feature.length === 1 ? !emptyChars.has(feature) : !emptyPairs.has(feature) && [...feature].some((char) => !emptyChars.has(char))
}

const runs = /\p{Script=Han}+|[^\p{Script=Han}\s]+/gu
const han = /\p{Script=Han}/u
const longestWord = 30
const weak = 0.75

function addLetters(word: string, add: (feature: string, weight: number) => void): void {
  const weight = empty.has(word) ? weak : 1
  add(`w:${word}`, weight)
  const padded = `_${word.slice(0, longestWord)}_`
  for (let size = 2; size <= 4; size++) {
    for (let at = 0; at + size <= padded.length; at++) add(padded.slice(at, at + size), weight)
  }
}

function addChinese(chars: string[], add: (feature: string, weight: number) => void): void {
  chars.forEach((char, at) => {
    add(char, emptyChars.has(char) ? weak : 1)
    const next = chars[at + 1]
    if (next !== undefined) add(char + next, (emptyChars.has(char) && emptyChars.has(next)) || emptyPairs.has(char + next) ? weak : 1)
  })
}

/** Words that carry no topic count little: in a small FAQ there are too few examples to learn that from. */
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
