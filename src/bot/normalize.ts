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
