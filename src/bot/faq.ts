// Finds the entry that a question means, and says how sure that is: answer, suggest, or admit not to know.
import { type Bank, createBank, type MatcherEntry } from './faq/bank.ts'
import { confidenceOf } from './faq/confidence.ts'
import { createLooker, type Looker } from './faq/look.ts'
import { decodeModel, encodeModel, type Model } from './faq/model.ts'
import { train } from './faq/train.ts'
import { normalize, phraseKey } from './normalize.ts'

export type { MatcherEntry } from './faq/bank.ts'

export type Zone = 'answer' | 'suggest' | 'unknown'

export interface Match {
  /** At most ten, best first; without those that share nothing with the question. */
  ranked: { id: string; score: number }[]
  /** Of the first: 0 to 1, where 1 means one of its own phrases. A band, not a promise. */
  confidence: number
  zone: Zone
}

/** Another way of finding entries (embeddings, a service) takes this shape. */
export interface Matcher {
  match(query: string): Match
}

/** Fewer entries than this leave nothing to learn: likeness tells them apart. */
export const fewestToTrain = 4

/** What trains: the same words give the same bytes, on every machine. */
export function trainMatcher(entries: readonly MatcherEntry[], tell?: (share: number) => void): Uint8Array {
  return encodeModel(train(createBank(entries), { ...(tell && { tell }) }))
}

/** The bot's own. */
export interface OwnMatcher extends Matcher {
  /** The same, that goes by what was learnt of the entries too. Undefined when that was of other phrases or another version. */
  trained(model: Uint8Array): OwnMatcher | undefined
  isTrained: boolean
}

export interface MatcherOptions {
  /** From here on: answer. Default 0.5. */
  answer?: number
}

/** Suggestions begin at this share of the answer's threshold. */
const suggestShare = 0.6

export function createMatcher(entries: readonly MatcherEntry[], options: MatcherOptions = {}): OwnMatcher {
  const answer = options.answer ?? 0.5
  const bank = createBank(entries)
  const looker = createLooker(bank)
  const ownerOf = ownersOf(entries, bank)
  const id = (entry: number) => entries[entry]?.id ?? ''
  const terse = new Set(bank.examples.filter(({ text }) => isOneWord(text)).map(({ entry }) => entry))
  const perEntry = bank.examples.length / Math.max(1, bank.entries)
  const matcher = (look: Looker, model?: Model): OwnMatcher => ({
    isTrained: model !== undefined,
    match(query) {
      const same = ownerOf(phraseKey(query), model)
      const found = look(query)
      const ranked = found.ranked.map(({ entry, score }) => ({ id: id(entry), score: rounded(score) }))
      if (same !== undefined) {
        const others = ranked.filter((other) => other.id !== id(same)).slice(0, 9)
        return { ranked: [{ id: id(same), score: 2 }, ...others], confidence: 1, zone: 'answer' }
      }
      const confidence = rounded(confidenceOf(found, { entries: bank.entries, perEntry, isTrained: model !== undefined }))
      return { ranked, confidence, zone: zoneOf(confidence, answer, isOneWord(query) && !terse.has(found.ranked[0]?.entry ?? -1)) }
    },
    trained(given) {
      const model = decodeModel(given, bank)
      return model && matcher(looker(model), model)
    },
  })
  return matcher(looker())
}

/**
 * Whose own phrase a question is, if it is one. A title is always its entry's: buttons say it. A phrase that all else contradicts is
 * nobody's: among thousands that were gathered it stands under the wrong entry, and is looked at like any other question.
 */
function ownersOf(entries: readonly MatcherEntry[], bank: Bank): (key: string, model?: Model) => number | undefined {
  const titles = new Map<string, number>()
  for (const [entry, { titles: own }] of entries.entries()) {
    for (const title of own) if (!titles.has(phraseKey(title))) titles.set(phraseKey(title), entry)
  }
  const rows = new Map<string, number[]>()
  for (const [row, { text }] of bank.examples.entries()) {
    const same = rows.get(phraseKey(text))
    if (same) same.push(row)
    else rows.set(phraseKey(text), [row])
  }
  return (key, model) => {
    const title = titles.get(key)
    if (title !== undefined) return title
    const own = rows.get(key)?.find((row) => !model?.strange[row])
    return own === undefined ? undefined : bank.examples[own]?.entry
  }
}

/** The last bit of an exponential is not the same in every version of an engine: so that Node and Workers say the same. */
function rounded(value: number): number {
  return Math.round(value * 1e9) / 1e9
}

/** One word is a subject and not yet a question ('发货', 'order'), unless the entry has phrases of one word itself. */
function zoneOf(confidence: number, answer: number, isVague: boolean): Zone {
  if (confidence < answer * suggestShare) return 'unknown'
  return confidence < answer || isVague ? 'suggest' : 'answer'
}

function isOneWord(query: string): boolean {
  const key = normalize(query)
  return /^\p{Script=Han}{1,2}$/u.test(key) || /^[^\p{Script=Han} ]+$/u.test(key)
}
