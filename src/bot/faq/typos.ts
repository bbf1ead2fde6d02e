// Mistyped words become the word of the bank that was meant: 'adress', 'invoise', 'refudn'.
import { slips } from '#core/nearest.ts'

/** Shorter words are one slip away from too many others. */
const shortest = 5
/** Longer ones may hold two slips. */
const longWord = 9

/** The known word that an unknown one is a slip away from: of several the most frequent. Undefined when there is none. */
export type Speller = (word: string) => string | undefined

/** Words that differ by one slip share a form in which one of them lacks a letter, or both do: so one look finds them. */
export function createSpeller(frequency: ReadonlyMap<string, number>): Speller {
  const forms = new Map<string, string[]>()
  for (const word of frequency.keys()) {
    if (word.length < shortest) continue
    for (const form of formsOf(word)) {
      const known = forms.get(form)
      if (known) known.push(word)
      else forms.set(form, [word])
    }
  }
  return (word) => {
    if (word.length < shortest || frequency.has(word) || /\d/.test(word)) return undefined
    const limit = word.length >= longWord ? 2 : 1
    let best: { word: string; distance: number; count: number } | undefined
    for (const form of formsOf(word)) {
      for (const candidate of forms.get(form) ?? []) {
        const distance = slips(word, candidate, limit)
        if (distance > limit || candidate[0] !== word[0]) continue
        const count = frequency.get(candidate) ?? 0
        if (!best || distance < best.distance || (distance === best.distance && count > best.count))
          best = { word: candidate, distance, count }
      }
    }
    return best?.word
  }
}

function formsOf(word: string): string[] {
  const forms = [word]
  for (let at = 0; at < word.length; at++) forms.push(word.slice(0, at) + word.slice(at + 1))
  return forms
}
