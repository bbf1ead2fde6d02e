// 'Did you mean': the known word nearest to a mistyped one.

/** The nearest of `known`, or undefined when nothing is near enough to be meant: about one slip per three letters. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const typed = fold(word)
  let best: { word: string; distance: number } | undefined
  for (const candidate of known) {
    const other = fold(candidate)
    const limit = Math.max(1, Math.floor(Math.max(typed.length, other.length) / 3))
    const distance = typed === other ? 0 : slips(typed, other, limit)
    if (distance > limit || distance >= Math.max(typed.length, other.length)) continue
    if (!best || distance < best.distance) best = { word: candidate, distance }
  }
  return best?.word
}

/** Case, separators and full-width forms are slips that people do not see. */
function fold(word: string): string {
  return word
    .slice(0, 80)
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_.-]/g, '')
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment); anything above `limit` is `limit + 1`. */
export function slips(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (previous[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (previous[column - 1] as number) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, (before[column - 2] as number) + 1)
      current.push(cost)
    }
    before = previous
    previous = current
  }
  return Math.min(previous[b.length] as number, limit + 1)
}
