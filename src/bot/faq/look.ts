// One look at a question: which entries it is like, best first, and by which measures that can be believed.
import { slips } from '#core/nearest.ts'
import { type Bank, type Question, questionOf } from './bank.ts'
import { isTopic } from './features.ts'
import { type Model, mostDoubt, scoresOf } from './model.ts'
import { bestOf, createNeighbours } from './neighbours.ts'

export interface Look {
  /** At most ten entries with any likeness, best first; scores from 0 to 1, or up to 1.4 where nothing was learnt. */
  ranked: { entry: number; score: number }[]
  /** What was learnt says of the first: its probability among all entries. 0 where nothing was learnt. */
  likely: number
  /** Cosine to the single nearest example of the best entry. */
  nearest: number
  /** Cosine to the best entry's average. */
  centroid: number
  /** How far that is above the next best entry's average; below 0 where another's is nearer. */
  lead: number
  /** Which part of the question's weight the examples know at all. */
  coverage: number
  /** Which part of the question's topic (its words without the empty ones) the best entry's examples hold. */
  topic: number
  /** How many different features the question has. */
  size: number
}

export type Looker = (question: string) => Look

const most = 10
const voteShare = 0.4

export function createLooker(bank: Bank): (model?: Model) => Looker {
  const all = createNeighbours(bank)
  const words = wordsOf(bank)
  const scores = new Float64Array(bank.entries)
  return (model) => {
    const neighbours = model && model.strange.length > 0 ? createNeighbours(bank, model.strange) : all
    return (text) => {
      const question = questionOf(text, bank)
      const cosines = neighbours.cosines(question.feature, question.weight)
      const averages = neighbours.averages(cosines)
      if (model) {
        scoresOf(question, model, scores)
        const { average, single } = shares(bank, model)
        for (let entry = 0; entry < scores.length; entry++) {
          const near = single === 0 ? 0 : single * nearestOf(entry, cosines, bank)
          scores[entry] = (scores[entry] as number) + average * (averages[entry] as number) + near
        }
      } else {
        const votes = neighbours.votes(question)
        for (let entry = 0; entry < scores.length; entry++) {
          scores[entry] = (averages[entry] as number) + voteShare * (votes[entry] as number)
        }
      }
      const order = question.feature.length === 0 ? [] : bestOf(scores, averages, most)
      const first = order[0]
      return {
        ...measured(order, scores, model !== undefined),
        nearest: first === undefined ? 0 : nearestOf(first, cosines, bank),
        centroid: averages[first ?? -1] ?? 0,
        lead: first === undefined ? 0 : leadOf(first, averages),
        coverage: question.coverage,
        topic: topicShare(question, words[first ?? -1], bank),
        size: question.features.size,
      }
    }
  }
}

/** How much likeness counts beside what was learnt. */
function shares({ examples, entries }: Bank, { doubt }: Model): { average: number; single: number } {
  // Of many examples one may say the same in the same words – and stand under the wrong entry, which hurts averages less.
  const many = Math.min(1, Math.max(0, (examples.length / Math.max(1, entries) - 10) / 40))
  return { average: 1 + 20 * doubt, single: 3 * many * Math.max(0, 1 - doubt / mostDoubt) }
}

function measured(order: number[], scores: Float64Array, learnt: boolean): Pick<Look, 'ranked' | 'likely'> {
  const top = scores[order[0] ?? -1] ?? 0
  if (!learnt) return { ranked: order.map((entry) => ({ entry, score: scores[entry] as number })), likely: 0 }
  let total = 0
  for (const score of scores) total += Math.exp(score - top)
  // The root, so that what is worth suggesting beside the first is not a hundredth of it.
  const ranked = order.map((entry) => ({ entry, score: Math.sqrt(Math.exp((scores[entry] as number) - top) / total) }))
  return { ranked, likely: 1 / total }
}

function nearestOf(entry: number, cosines: Float32Array, { firstOf, examples }: Bank): number {
  let best = 0
  for (let at = firstOf[entry] as number; examples[at]?.entry === entry; at++) best = Math.max(best, cosines[at] as number)
  return best
}

function leadOf(entry: number, averages: Float32Array): number {
  let next = 0
  for (let other = 0; other < averages.length; other++) if (other !== entry) next = Math.max(next, averages[other] as number)
  return (averages[entry] as number) - next
}

/** Of each entry: the words and characters with a meaning of their own. */
function wordsOf({ vectors, numbers, examples, entries }: Bank): Set<string>[] {
  const topics = [...numbers.keys()].map((feature) => (isTopic(feature) ? feature : undefined))
  const words = Array.from({ length: entries }, () => new Set<string>())
  examples.forEach(({ entry }, row) => {
    const end = vectors.start[row + 1] as number
    for (let at = vectors.start[row] as number; at < end; at++) {
      const topic = topics[vectors.feature[at] as number]
      if (topic !== undefined) words[entry]?.add(topic)
    }
  })
  return words
}

/** Letters within words find a typo, but also 'dress' in 'address': the topic asks for whole characters and (nearly) whole words. */
function topicShare({ features }: Question, words: Set<string> | undefined, bank: Bank): number {
  let held = 0
  let all = 0
  for (const [feature, count] of features) {
    if (!isTopic(feature)) continue
    const number = bank.numbers.get(feature)
    const weight = Math.min(1, count) * (number === undefined ? bank.unknownIdf : (bank.idf[number] as number))
    all += weight
    if (words?.has(feature) || (words && isTypoOf(feature, words))) held += weight
  }
  return all === 0 ? 0 : held / all
}

function isTypoOf(feature: string, words: Set<string>): boolean {
  if (!feature.startsWith('w:') || feature.length < 6) return false
  const limit = feature.length > 10 ? 2 : 1
  for (const word of words) if (word.startsWith('w:') && slips(feature, word, limit) <= limit) return true
  return false
}
