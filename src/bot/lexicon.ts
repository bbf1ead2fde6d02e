// How alike a question and the examples of each entry are: tf-idf cosine to the centroid plus BM25 votes of the nearest examples.
// No training, so a new file answers at once; measured against trained models and libraries before it was chosen.
import { slips } from '#core/nearest.ts'
import { featuresOf, isTopic } from './normalize.ts'

export interface Example {
  /** Index of the entry. */
  entry: number
  /** Examples in one language are averaged together: the average of two languages would be like neither. */
  group: string
  text: string
}

export interface Look {
  /** Entries with any likeness, best first. */
  ranked: { entry: number; score: number }[]
  /** Cosine to the single nearest example. */
  nearest: number
  /** Cosine to the best entry's centroid. */
  centroid: number
  /** Which part of the question's weight the examples know at all. */
  coverage: number
  /** Which part of the question's topic (its words without the empty ones) the best entry's examples hold. */
  topic: number
  /** How many different features the question has. */
  size: number
}

export type Lexicon = (query: string) => Look

interface Posting {
  document: number
  /** tf-idf weight in the normalised document. */
  weight: number
  bm25: number
}

interface Documents {
  postings: Map<string, { idf: number; entries: Posting[] }>
  groups: { entry: number; length: number }[]
  groupOf: number[]
  unknownIdf: number
  /** Of each entry: the words and characters with a meaning of their own. */
  wordsOf: Set<string>[]
}

const neighbours = 8
const voteShare = 0.4

export function createLexicon(examples: readonly Example[]): Lexicon {
  const documents = indexed(examples)
  return (query) => {
    const features = featuresOf(query)
    const { vector, coverage } = queryVector(features, documents)
    const cosines = new Float64Array(examples.length)
    const votes = new Float64Array(examples.length)
    for (const [feature, weight] of vector) {
      for (const posting of documents.postings.get(feature)?.entries ?? []) {
        cosines[posting.document] = (cosines[posting.document] as number) + weight * posting.weight
        votes[posting.document] = (votes[posting.document] as number) + Math.min(1, features.get(feature) ?? 1) * posting.bm25
      }
    }
    const centroids = centroidScores(cosines, documents)
    const ranked = combine(centroids, voteScores(votes, examples))
    return {
      ranked,
      nearest: cosines.reduce((best, cosine) => Math.max(best, cosine), 0),
      centroid: centroids.get(ranked[0]?.entry ?? -1) ?? 0,
      coverage,
      topic: topicShare(vector, ranked[0]?.entry, documents),
      size: features.size,
    }
  }
}

function indexed(examples: readonly Example[]): Documents {
  const counts = examples.map(({ text }) => featuresOf(text))
  const frequency = new Map<string, number>()
  for (const features of counts) for (const feature of features.keys()) frequency.set(feature, (frequency.get(feature) ?? 0) + 1)
  const idf = (feature: string) => Math.log(1 + (examples.length + 1) / ((frequency.get(feature) ?? 0) + 0.5))
  const average = counts.reduce((sum, features) => sum + features.size, 0) / Math.max(1, counts.length)
  const postings: Documents['postings'] = new Map()
  counts.forEach((features, document) => {
    const weights = [...features].map(([feature, count]) => ({ feature, weight: sublinear(count) * idf(feature), count }))
    const length = Math.hypot(...weights.map(({ weight }) => weight)) || 1
    for (const { feature, weight, count } of weights) {
      const saturated = (count * 2.2) / (count + 1.2 * (0.5 + (0.5 * features.size) / average))
      const posting = { document, weight: weight / length, bm25: idf(feature) * saturated }
      const known = postings.get(feature)
      if (known) known.entries.push(posting)
      else postings.set(feature, { idf: idf(feature), entries: [posting] })
    }
  })
  return { postings, unknownIdf: idf(''), wordsOf: wordsOf(examples, counts), ...grouped(examples, counts, idf) }
}

function wordsOf(examples: readonly Example[], counts: Map<string, number>[]): Set<string>[] {
  const words: Set<string>[] = []
  examples.forEach(({ entry }, document) => {
    const own = words[entry] ?? new Set()
    for (const feature of counts[document]?.keys() ?? []) if (isTopic(feature)) own.add(feature)
    words[entry] = own
  })
  return words
}

function grouped(
  examples: readonly Example[],
  counts: Map<string, number>[],
  idf: (feature: string) => number,
): Pick<Documents, 'groups' | 'groupOf'> {
  const numbers = new Map<string, number>()
  const sums: Map<string, number>[] = []
  const groups: Documents['groups'] = []
  const groupOf = examples.map(({ entry, group }, document) => {
    const key = `${entry} ${group}`
    const number = numbers.get(key) ?? numbers.size
    if (!numbers.has(key)) {
      numbers.set(key, number)
      groups.push({ entry, length: 1 })
      sums.push(new Map())
    }
    const weights = [...(counts[document] ?? [])].map(([feature, count]) => [feature, sublinear(count) * idf(feature)] as const)
    const length = Math.hypot(...weights.map(([, weight]) => weight)) || 1
    const sum = sums[number] as Map<string, number>
    for (const [feature, weight] of weights) sum.set(feature, (sum.get(feature) ?? 0) + weight / length)
    return number
  })
  groups.forEach((group, number) => {
    group.length = Math.hypot(...(sums[number] as Map<string, number>).values()) || 1
  })
  return { groups, groupOf }
}

/** Counts are weighted: below one they are words without a topic. */
function sublinear(count: number): number {
  return count <= 1 ? count : 1 + Math.log(count)
}

function queryVector(features: Map<string, number>, documents: Documents): { vector: [string, number][]; coverage: number } {
  let known = 0
  let all = 0
  const weights = [...features].map(([feature, count]): [string, number] => {
    const idf = documents.postings.get(feature)?.idf
    const weight = sublinear(count) * (idf ?? documents.unknownIdf)
    all += weight
    if (idf !== undefined) known += weight
    return [feature, weight]
  })
  const length = Math.hypot(...weights.map(([, weight]) => weight)) || 1
  return { vector: weights.map(([feature, weight]) => [feature, weight / length]), coverage: all === 0 ? 0 : known / all }
}

/** Letters within words find a typo, but also 'dress' in 'address': the topic asks for whole characters and (nearly) whole words. */
function topicShare(vector: [string, number][], entry: number | undefined, documents: Documents): number {
  const words = documents.wordsOf[entry ?? -1] ?? new Set()
  let held = 0
  let all = 0
  for (const [feature, weight] of vector) {
    if (!isTopic(feature)) continue
    all += weight
    if (words.has(feature) || isTypoOf(feature, words)) held += weight
  }
  return all === 0 ? 0 : held / all
}

function isTypoOf(feature: string, words: Set<string>): boolean {
  if (!feature.startsWith('w:') || feature.length < 6) return false
  const limit = feature.length > 10 ? 2 : 1
  for (const word of words) if (word.startsWith('w:') && slips(feature, word, limit) <= limit) return true
  return false
}

/** The centroid's cosine is the sum of the examples' cosines over the length of their sum: no second index is needed. */
function centroidScores(cosines: Float64Array, documents: Documents): Map<number, number> {
  const sums = new Float64Array(documents.groups.length)
  documents.groupOf.forEach((group, document) => {
    sums[group] = (sums[group] as number) + (cosines[document] as number)
  })
  const best = new Map<number, number>()
  documents.groups.forEach(({ entry, length }, group) => {
    const score = (sums[group] as number) / length
    if (score > (best.get(entry) ?? 0)) best.set(entry, score)
  })
  return best
}

/** The nearest examples vote for their entries, each with its share of their scores. */
function voteScores(votes: Float64Array, examples: readonly Example[]): Map<number, number> {
  const top = [...votes.keys()]
    .filter((document) => (votes[document] as number) > 0)
    .sort((a, b) => (votes[b] as number) - (votes[a] as number))
    .slice(0, neighbours)
    .map((document) => ({ entry: examples[document]?.entry ?? 0, score: (votes[document] as number) ** 2 }))
  const total = top.reduce((sum, { score }) => sum + score, 0)
  const shares = new Map<number, number>()
  for (const { entry, score } of top) shares.set(entry, (shares.get(entry) ?? 0) + score / total)
  return shares
}

function combine(centroids: Map<number, number>, shares: Map<number, number>): Look['ranked'] {
  return [...centroids]
    .map(([entry, centroid]) => ({ entry, score: centroid + voteShare * (shares.get(entry) ?? 0) }))
    .sort((a, b) => b.score - a.score || a.entry - b.entry)
}
