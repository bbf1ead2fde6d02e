// Questions that ask the same, together: what customers asked and the bot could not answer, for a person to look through.
import { type Bank, createBank } from './bank.ts'
import { createNeighbours } from './neighbours.ts'

/** Cosine from which two questions are taken for the same. */
const SAME = 0.24
/** Beyond this a look at every pair takes longer than a person waits. */
const MOST = 1500

/** Positions of `texts`, the largest group first, within a group the most typical question first. Only the first 1,500 are looked at. */
export function groupQuestions(texts: readonly string[]): number[][] {
  const some = texts.slice(0, MOST)
  const bank = createBank(some.map((text, n) => ({ id: String(n), titles: [], ask: [text] })))
  const { cosines } = createNeighbours(bank)
  const near = some.map((_, row) => cosinesOf(row, bank, cosines))
  const left = new Set(some.keys())
  const groups: number[][] = []
  // Whoever has the most alike leads: the others gather around.
  const rank = near.map((cosines) => cosines.filter((one) => one >= SAME).length)
  for (const leader of [...some.keys()].sort((a, b) => (rank[b] ?? 0) - (rank[a] ?? 0) || a - b)) {
    if (!left.delete(leader)) continue
    const others = [...left].filter((other) => (near[leader]?.[other] ?? 0) >= SAME)
    for (const other of others) left.delete(other)
    groups.push([leader, ...others.sort((a, b) => (near[leader]?.[b] ?? 0) - (near[leader]?.[a] ?? 0))])
  }
  return groups.sort((a, b) => b.length - a.length)
}

function cosinesOf(row: number, { vectors }: Bank, cosines: ReturnType<typeof createNeighbours>['cosines']): number[] {
  const [from, to] = [vectors.start[row] as number, vectors.start[row + 1] as number]
  return [...cosines(vectors.feature.subarray(from, to), vectors.weight.subarray(from, to))]
}
